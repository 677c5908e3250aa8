// SPDX-License-Identifier: GPL-2.0-only
/* What is written is read back as it was: random snapshots, and some made by hand. */
#include "tree.h"

#include <json-c/json.h>

#include "random_snapshot.h"
#include "snapshot/snapshot_line.h"

static struct snapshot *read_back(const char *line, size_t len)
{
	struct snapshot *s = NULL;
	size_t skipped = 99;
	char why[256] = "";

	if (snapshot_line_read(line, len, &s, &skipped, why, sizeof(why)))
		fail_msg("%s: %.300s", why, line);
	assert_int_equal(skipped, 0);
	return s;
}

static struct snapshot *round_trip(const struct snapshot *s)
{
	char *line = NULL;
	size_t len = 0;
	struct snapshot *back;

	assert_int_equal(snapshot_line_write(s, &line, &len), 0);
	assert_int_equal(strlen(line), len);
	assert_null(strchr(line, '\n'));
	back = read_back(line, len);
	free(line);
	return back;
}

static void test_random_round_trip(void **state)
{
	for (unsigned int seed = 1; seed <= 300; seed++) {
		struct snapshot *s = random_snapshot(seed, 1000 * seed);
		struct snapshot *back = round_trip(s);

		expect_same_snapshot(s, back);
		snapshot_free(s);
		snapshot_free(back);
	}
}

static void test_random_difference(void **state)
{
	for (unsigned int seed = 1; seed <= 300; seed++) {
		struct snapshot *a = random_snapshot(seed, 1000);
		struct snapshot *b = random_snapshot(seed + seed % 3, 2000);
		struct snapshot *a2 = round_trip(a), *b2 = round_trip(b), *d, *d2, *d3;

		assert_int_equal(snapshot_diff(a, b, &d), 0);
		assert_int_equal(snapshot_diff(a2, b2, &d2), 0);
		d3 = round_trip(d);
		expect_same_snapshot(d, d2);
		expect_same_snapshot(d, d3);
		snapshot_free(a);
		snapshot_free(b);
		snapshot_free(a2);
		snapshot_free(b2);
		snapshot_free(d);
		snapshot_free(d2);
		snapshot_free(d3);
	}
}

static void test_largest_numbers_and_odd_texts(void **state)
{
	struct snapshot *s = snapshot_new(), *back;
	struct table *t = snapshot_table(s, TABLE_PROCESS);
	char all[256];

	for (int i = 1; i < 256; i++)
		all[i - 1] = (char)i;
	all[255] = '\0';
	s->mono_ns = UINT64_MAX;
	s->real_ns = UINT64_MAX - 1;
	snapshot_set(s, F_MEM_TOTAL, UINT64_MAX, all);
	snapshot_set(s, F_MEM_AVAILABLE, (uint64_t)INT64_MAX + 1, NULL);
	snapshot_set(s, F_MEM_SWAP_FREE, 0, "");
	snapshot_lacks(s, F_MEM_SWAP_TOTAL, all);
	snapshot_fact(s, FACT_ARCH, all);
	snapshot_fact_lacks(s, FACT_KERNEL, "\\\"/\t");
	row_label(t, table_row(t, UINT64_MAX, all), 1, all);
	row_label(t, table_row(t, UINT64_MAX, ""), 0, NULL);
	row_label(t, table_row(t, UINT64_MAX, NULL), 0, "");
	table_row(snapshot_table(s, TABLE_CGROUP), 0, NULL);
	table_lacks(snapshot_table(s, TABLE_MTHP), all);
	back = round_trip(s);
	expect_same_snapshot(s, back);
	assert_int_equal(back->mono_ns, UINT64_MAX);
	assert_string_equal(back->field[F_MEM_TOTAL].via, all);
	assert_null(back->field[F_MEM_AVAILABLE].via);
	assert_string_equal(back->field[F_MEM_SWAP_FREE].via, "");
	assert_int_equal(back->table[TABLE_PROCESS].nrows, 3);
	snapshot_free(s);
	snapshot_free(back);
}

static void test_text_is_the_documented_one(void **state)
{
	static const char line[] =
		"{\"schema\":\"pgtop.snapshot.line\",\"version\":1,\"mono_ns\":5,\"real_ns\":6,"
		"\"facts\":{\"arch\":\"arm64\",\"kernel\":[\"hidden\"]},"
		"\"fields\":{\"memory.total\":[4096,\"file\"],\"memory.available\":\"no\","
		"\"memory.swap_free\":7},"
		"\"tables\":{\"mthp\":{\"why\":\"some\",\"columns\":"
		"[[\"a\",\"counter\",\"count\",\"file\",null],"
		"[\"b\",\"gauge\",\"bytes\",null,\"gone\"]],"
		"\"rows\":[[65536,null,\"never\",null,1,true],[2097152,\"x\",true,\"y\",[3]],"
		"[1,null,null,null,[4,\"other\"],\"why\"],[2,null,null,null]]}}}";
	struct snapshot *s = read_back(line, sizeof(line) - 1);
	const struct table *t = &s->table[TABLE_MTHP];
	char *again;
	size_t len;

	assert_int_equal(s->mono_ns, 5);
	assert_int_equal(s->real_ns, 6);
	assert_false(s->delta);
	assert_string_equal(s->fact[FACT_ARCH].text, "arm64");
	assert_null(s->fact[FACT_KERNEL].text);
	assert_string_equal(s->fact[FACT_KERNEL].why, "hidden");
	assert_int_equal(s->field[F_MEM_TOTAL].n, 4096);
	assert_string_equal(s->field[F_MEM_TOTAL].via, "file");
	assert_false(s->field[F_MEM_AVAILABLE].known);
	assert_string_equal(s->field[F_MEM_AVAILABLE].why, "no");
	assert_true(s->field[F_MEM_SWAP_FREE].known);
	assert_string_equal(t->why, "some");
	assert_int_equal(t->ncolumns, 2);
	assert_int_equal(t->columns[1].kind, VALUE_GAUGE);
	assert_int_equal(t->columns[1].unit, UNIT_BYTES);
	assert_int_equal(t->nrows, 4);
	assert_string_equal(t->rows[0]->label[0], "never");
	assert_null(t->rows[0]->identity);
	assert_string_equal(row_get(t, t->rows[0], "a").via, "file");
	assert_string_equal(row_get(t, t->rows[0], "b").why, "gone");
	assert_string_equal(t->rows[1]->identity, "x");
	assert_string_equal(t->rows[1]->label[0], "x");
	assert_string_equal(t->rows[1]->label[1], "y");
	assert_true(row_get(t, t->rows[1], "a").known);
	assert_null(row_get(t, t->rows[1], "a").via);
	assert_string_equal(row_get(t, t->rows[2], "a").via, "other");
	assert_string_equal(row_get(t, t->rows[2], "b").why, "why");
	assert_int_equal(snapshot_line_write(s, &again, &len), 0);
	assert_string_equal(again, line);
	free(again);
	snapshot_free(s);
}

/* What a newer pgtop of the same version may add. */
static void test_unknown_names_are_counted(void **state)
{
	static const char line[] =
		"{\"schema\":\"pgtop.snapshot.line\",\"version\":1,\"mono_ns\":5,\"real_ns\":6,"
		"\"later\":{},\"facts\":{\"arch\":\"arm64\",\"moon\":\"full\"},"
		"\"fields\":{\"memory.total\":[1,\"v\"],\"memory.later\":{\"of\":\"any\"},"
		"\"cpu.temperature\":4},\"tables\":{\"later\":[],\"mthp\":{\"columns\":"
		"[[\"a\",\"histogram\",\"count\",\"v\",null],[\"b\",\"gauge\",\"kelvin\",null,null],"
		"[\"c\",\"gauge\",\"count\",\"v\",null]],\"rows\":[[1,null,null,null,3,4,5]]}}}";
	struct snapshot *s = NULL;
	size_t skipped = 0;
	char why[256];

	assert_int_equal(
		snapshot_line_read(line, sizeof(line) - 1, &s, &skipped, why, sizeof(why)), 0);
	/* moon, memory.later, cpu.temperature, table later, columns a and b */
	assert_int_equal(skipped, 6);
	assert_int_equal(s->table[TABLE_MTHP].ncolumns, 1);
	assert_int_equal(row_get(&s->table[TABLE_MTHP], s->table[TABLE_MTHP].rows[0], "c").n,
			 5);
	snapshot_free(s);
}

static void refused(const char *line, int err, const char *part)
{
	struct snapshot *s = NULL;
	char why[256] = "";

	assert_int_equal(snapshot_line_read(line, strlen(line), &s, NULL, why, sizeof(why)),
			 err);
	assert_null(s);
	if (!strstr(why, part))
		fail_msg("'%s' does not say '%s'", why, part);
}

#define HEAD "{\"schema\":\"pgtop.snapshot.line\",\"version\":1,\"mono_ns\":5,\"real_ns\":6"

static void test_refuses(void **state)
{
	refused("", -EBADMSG, "not JSON");
	refused("{", -EBADMSG, "not JSON");
	refused("null", -EBADMSG, "it is no");
	refused("[]", -EBADMSG, "not a snapshot");
	refused("{}", -EBADMSG, "not a snapshot");
	refused(HEAD "} {}", -EBADMSG, "not JSON");
	refused("{\"schema\":\"pgtop.snapshot\",\"version\":1}", -EBADMSG, "not a snapshot");
	refused("{\"schema\":\"pgtop.snapshot.line\",\"version\":2,\"x\":0}", -EPROTONOSUPPORT,
		"of version 2, this pgtop reads version 1");
	refused("{\"schema\":\"pgtop.snapshot.line\",\"version\":1,\"real_ns\":6}", -EBADMSG,
		"mono_ns");
	refused("{\"schema\":\"pgtop.snapshot.line\",\"version\":1,\"mono_ns\":-5,"
		"\"real_ns\":6}",
		-EBADMSG, "mono_ns");
	refused(HEAD ",\"facts\":[]}", -EBADMSG, "facts");
	refused(HEAD ",\"facts\":{\"arch\":5}}", -EBADMSG, "'arch'");
	refused(HEAD ",\"fields\":{\"memory.total\":-5}}", -EBADMSG, "'memory.total'");
	refused(HEAD ",\"fields\":{\"memory.total\":1.5}}", -EBADMSG, "'memory.total'");
	refused(HEAD ",\"fields\":{\"memory.total\":[]}}", -EBADMSG, "'memory.total'");
	refused(HEAD ",\"fields\":{\"memory.total\":[1,\"v\",2]}}", -EBADMSG,
		"'memory.total'");
	refused(HEAD ",\"fields\":{\"memory.total\":true}}", -EBADMSG, "'memory.total'");
	refused(HEAD ",\"tables\":{\"mthp\":{\"rows\":[]}}}", -EBADMSG, "'mthp'");
	refused(HEAD ",\"tables\":{\"mthp\":{\"columns\":[[\"a\"]],\"rows\":[]}}}", -EBADMSG,
		"five");
	refused(HEAD ",\"tables\":{\"mthp\":{\"columns\":[],\"rows\":[[1]]}}}", -EBADMSG,
		"length");
	refused(HEAD
		",\"tables\":{\"mthp\":{\"columns\":[],\"rows\":[[1,null,null,null,5]]}}}",
		-EBADMSG, "length");
	refused(HEAD
		",\"tables\":{\"mthp\":{\"columns\":[],\"rows\":[[\"1\",null,null,null]]}}}",
		-EBADMSG, "key");
	refused("[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]", -EBADMSG, "larger");
}

/* A short line must not make a large snapshot. */
static void test_refuses_a_bomb(void **state)
{
	enum { COLUMNS = 2000, ROWS = 2000 };
	char *line = NULL;
	size_t len;
	FILE *f = open_memstream(&line, &len);

	fputs(HEAD ",\"tables\":{\"mthp\":{\"columns\":[", f);
	for (int i = 0; i < COLUMNS; i++)
		fprintf(f, "%s[\"%d\",\"gauge\",\"count\",null,null]", i ? "," : "", i);
	fputs("],\"rows\":[", f);
	for (int i = 0; i < ROWS; i++)
		fprintf(f, "%s[%d,null,null,null,1]", i ? "," : "", i);
	fputs("]}}}", f);
	fclose(f);
	refused(line, -EBADMSG, "larger");
	free(line);
}

static void test_object_prints_as_the_line(void **state)
{
	struct snapshot *s = random_snapshot(7, 7);
	struct json_object *answer = json_object_new_object(), *o = NULL, *back, *member;
	struct snapshot *again = NULL;
	char *line, why[256];
	const char *text;
	size_t len;

	assert_int_equal(snapshot_line_write(s, &line, &len), 0);
	assert_int_equal(snapshot_line_object(s, &o), 0);
	json_object_object_add(answer, "snapshot", o);
	text = json_object_to_json_string_ext(answer, JSON_C_TO_STRING_PLAIN);
	assert_non_null(strstr(text, line));
	back = json_tokener_parse(text);
	assert_true(json_object_object_get_ex(back, "snapshot", &member));
	assert_int_equal(snapshot_line_read_object(member, &again, NULL, why, sizeof(why)), 0);
	expect_same_snapshot(s, again);
	json_object_put(back);
	json_object_put(answer);
	snapshot_free(s);
	snapshot_free(again);
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_round_trip),
		cmocka_unit_test(test_random_difference),
		cmocka_unit_test(test_largest_numbers_and_odd_texts),
		cmocka_unit_test(test_text_is_the_documented_one),
		cmocka_unit_test(test_unknown_names_are_counted),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_refuses_a_bomb),
		cmocka_unit_test(test_object_prints_as_the_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
