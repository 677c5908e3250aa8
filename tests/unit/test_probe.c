// SPDX-License-Identifier: GPL-2.0-only
/* Memory runs out where the test says: probe.c is compiled in with an allocator that
 * counts. */
#include "tree.h"

static int allocations_left = -1;

static int allocation_fails(void)
{
	return allocations_left >= 0 && allocations_left-- == 0;
}

static char *failing_strdup(const char *text)
{
	return allocation_fails() ? NULL : strdup(text);
}

static void *failing_reallocarray(void *p, size_t n, size_t size)
{
	return allocation_fails() ? NULL : reallocarray(p, n, size);
}

#define strdup	     failing_strdup
#define reallocarray failing_reallocarray
#include "util/array.c"

#include "snapshot/probe.c"

static void expect_row(const struct probe *p, const char *name, enum probe_state state,
		       const char *via, const char *why)
{
	const struct probe_row *r = probe_find(p, name);

	assert_non_null(r);
	assert_int_equal(r->state, state);
	if (via)
		assert_string_equal(r->via, via);
	else
		assert_null(r->via);
	if (why)
		assert_string_equal(r->why, why);
	else
		assert_null(r->why);
}

static void test_add_and_replace(void **state)
{
	struct probe *p = probe_new();

	probe_add(p, PROBE_MEASUREMENT, "a", PROBE_UNAVAILABLE, NULL, "not yet", "wait");
	probe_add(p, PROBE_LEVER, "b", PROBE_OK, "sysfs", NULL, NULL);
	probe_add(p, PROBE_MEASUREMENT, "a", PROBE_OK, "fentry x", NULL, NULL);
	assert_int_equal(p->n, 2);
	expect_row(p, "a", PROBE_OK, "fentry x", NULL);
	expect_row(p, "b", PROBE_OK, "sysfs", NULL);
	assert_null(probe_find(p, "a")->remedy);
	assert_int_equal(probe_find(p, "b")->kind, PROBE_LEVER);
	assert_null(probe_find(p, "c"));
	assert_int_equal(p->error, 0);
	probe_free(p);
}

static void test_nobody_asks(void **state)
{
	probe_add(NULL, PROBE_FACT, "a", PROBE_OK, NULL, NULL, NULL);
	assert_null(probe_find(NULL, "a"));
	probe_free(NULL);
}

static void test_arguments_from_the_replaced_row(void **state)
{
	struct probe *p = probe_new();
	const struct probe_row *r;

	probe_add(p, PROBE_FACT, "a", PROBE_OK, "the way", NULL, NULL);
	r = probe_find(p, "a");
	probe_add(p, PROBE_FACT, r->name, PROBE_DEGRADED, r->via, "partial", NULL);
	expect_row(p, "a", PROBE_DEGRADED, "the way", "partial");
	probe_free(p);
}

/* Whenever memory runs out: both rows stay whole, the new one or the old one. */
static void replace_without_memory(int budget)
{
	struct probe *p = probe_new();

	probe_add(p, PROBE_FACT, "a", PROBE_UNAVAILABLE, NULL, "old", NULL);
	probe_add(p, PROBE_FACT, "b", PROBE_OK, "sysfs", NULL, NULL);
	allocations_left = budget;
	probe_add(p, PROBE_FACT, "a", PROBE_OK, "new", NULL, "none");
	allocations_left = -1;
	assert_int_equal(p->n, 2);
	expect_row(p, "b", PROBE_OK, "sysfs", NULL);
	if (budget < 3) {
		assert_int_equal(p->error, -ENOMEM);
		expect_row(p, "a", PROBE_UNAVAILABLE, NULL, "old");
	} else {
		assert_int_equal(p->error, 0);
		expect_row(p, "a", PROBE_OK, "new", NULL);
	}
	probe_free(p);
}

static void test_replace_without_memory(void **state)
{
	for (int budget = 0; budget < 5; budget++)
		replace_without_memory(budget);
}

static void test_add_without_memory(void **state)
{
	/* Two strings and the list. */
	for (int budget = 0; budget < 3; budget++) {
		struct probe *p = probe_new();

		allocations_left = budget;
		probe_add(p, PROBE_FACT, "a", PROBE_OK, "way", NULL, NULL);
		allocations_left = -1;
		assert_int_equal(p->n, 0);
		assert_int_equal(p->error, -ENOMEM);
		assert_null(probe_find(p, "a"));
		probe_free(p);
	}
}

static void test_state_follows_from_fields(void **state)
{
	static const enum snapshot_field_id ids[] = { F_PSI_MEMORY_SOME, F_PSI_MEMORY_FULL };
	struct snapshot *s = snapshot_new();
	struct probe *p = probe_new();

	snapshot_lacks(s, F_PSI_MEMORY_SOME, "first");
	snapshot_lacks(s, F_PSI_MEMORY_FULL, "second");
	probe_add_fields(p, "psi", s, ids, 2, "/proc/pressure/memory", "boot with psi=1");
	expect_row(p, "psi", PROBE_UNAVAILABLE, NULL, "first");
	assert_string_equal(probe_find(p, "psi")->remedy, "boot with psi=1");

	snapshot_set(s, F_PSI_MEMORY_SOME, 0, "file");
	probe_add_fields(p, "psi", s, ids, 2, "/proc/pressure/memory", "boot with psi=1");
	expect_row(p, "psi", PROBE_DEGRADED, "/proc/pressure/memory", "second");

	snapshot_set(s, F_PSI_MEMORY_FULL, 0, "file");
	probe_add_fields(p, "psi", s, ids, 2, "/proc/pressure/memory", "boot with psi=1");
	expect_row(p, "psi", PROBE_OK, "/proc/pressure/memory", NULL);
	assert_null(probe_find(p, "psi")->remedy);
	probe_free(p);
	snapshot_free(s);
}

static void test_names(void **state)
{
	assert_string_equal(probe_state_name(PROBE_OK), "ok");
	assert_string_equal(probe_state_name(PROBE_DEGRADED), "degraded");
	assert_string_equal(probe_state_name(PROBE_UNAVAILABLE), "unavailable");
	assert_string_equal(probe_kind_name(PROBE_MEASUREMENT), "measurement");
	assert_string_equal(probe_kind_name(PROBE_LEVER), "lever");
	assert_string_equal(probe_kind_name(PROBE_FACT), "fact");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_and_replace),
		cmocka_unit_test(test_nobody_asks),
		cmocka_unit_test(test_arguments_from_the_replaced_row),
		cmocka_unit_test(test_replace_without_memory),
		cmocka_unit_test(test_add_without_memory),
		cmocka_unit_test(test_state_follows_from_fields),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
