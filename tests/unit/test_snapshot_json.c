// SPDX-License-Identifier: GPL-2.0-only
/* What --json prints: a member has one type, whatever was measured; numbers are numbers. */
#include "tree.h"

#include <json-c/json.h>

#include "snapshot/snapshot_json.h"

/* a counter and a gauge of one row, @ns after the start */
static struct snapshot *reading(uint64_t ns, uint64_t faults)
{
	struct snapshot *s = snapshot_new();
	struct table *t = snapshot_table(s, TABLE_MTHP);
	struct row *r = table_row(t, 65536, NULL);

	s->mono_ns = ns;
	row_set(t, r, table_column(t, "anon_fault_alloc", VALUE_COUNTER, UNIT_COUNT), faults,
		"a file");
	row_set(t, r, table_column(t, "nr_anon", VALUE_GAUGE, UNIT_COUNT), 3, "a file");
	return s;
}

static void expect_member(struct json_object *o, const char *table, const char *key,
			  const char *want)
{
	struct json_object *v;

	assert_true(json_object_object_get_ex(o, table, &o));
	if (json_object_is_type(o, json_type_object) &&
	    json_object_object_get_ex(o, "mthp", &v))
		o = json_object_array_get_idx(v, 0);
	assert_true(json_object_object_get_ex(o, key, &v));
	assert_string_equal(json_object_to_json_string_ext(v, JSON_C_TO_STRING_PLAIN), want);
}

static void test_cells(void **state)
{
	struct snapshot *before = reading(1, 5), *after = reading(2, 7), *delta;
	struct json_object *o = snapshot_to_json(after, NULL);

	expect_member(o, "tables", "anon_fault_alloc", "{\"value\":7}");
	expect_member(o, "tables", "nr_anon", "3");
	json_object_put(o);
	assert_int_equal(snapshot_diff(before, after, &delta), 0);
	o = snapshot_to_json(after, delta);
	expect_member(o, "tables", "anon_fault_alloc", "{\"value\":7,\"change\":2}");
	expect_member(o, "tables", "nr_anon", "3");
	json_object_put(o);
	snapshot_free(delta);
	snapshot_free(after);
	snapshot_free(before);
}

static void expect_fact(enum snapshot_fact_id id, const char *text, const char *want)
{
	struct snapshot *s = snapshot_new();
	struct json_object *o;

	snapshot_fact(s, id, text);
	o = snapshot_to_json(s, NULL);
	expect_member(o, "facts", snapshot_fact_desc[id].name, want);
	json_object_put(o);
	snapshot_free(s);
}

static void test_facts(void **state)
{
	expect_fact(FACT_KERNEL, "6.18", "\"6.18\""); /* text, however it looks */
	expect_fact(FACT_CPUS, "2", "2");
	expect_fact(FACT_MEMORY, "24683656", "25276063744");
	/* 2^54 KiB are 2^64 bytes */
	expect_fact(FACT_MEMORY, "18014398509481983", "18446744073709550592");
	expect_fact(FACT_MEMORY, "18014398509481984",
		    "{\"unavailable\":\"it is not a number\"}");
	expect_fact(FACT_CPUS, "two", "{\"unavailable\":\"it is not a number\"}");
}

static void test_lacking_fact(void **state)
{
	struct snapshot *s = snapshot_new();
	struct json_object *o;

	snapshot_fact_lacks(s, FACT_CPUS, "no file");
	o = snapshot_to_json(s, NULL);
	expect_member(o, "facts", "cpus", "{\"unavailable\":\"no file\"}");
	json_object_put(o);
	snapshot_free(s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_lacking_fact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
