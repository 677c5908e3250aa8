// SPDX-License-Identifier: GPL-2.0-only
/* Counters that share hardware; every expected number is worked out by hand. */
#include "tree.h"

#include "pmu/pmu_scale.h"
#include "util/util.h"

#define MS 1000000ull

static void test_parse(void **state)
{
	static const uint64_t words[] = { 2, 100, 50, 7, 9 };
	struct pmu_counts c = { .n = 99 };

	assert_int_equal(pmu_counts_parse(words, 0, 2, &c), -ENODATA);
	assert_int_equal(pmu_counts_parse(words, 4, 2, &c), -EBADMSG);
	assert_int_equal(pmu_counts_parse(words, 5, 3, &c), -EBADMSG);
	assert_int_equal(pmu_counts_parse(words, 5, 1, &c), -EBADMSG);
	/* The kernel dissolved the group: the leader is left, alone. */
	assert_int_equal(pmu_counts_parse((uint64_t[]){ 1, 100, 50, 7 }, 4, 2, &c), -EBADMSG);
	assert_int_equal(pmu_counts_parse((uint64_t[]){ 1, 100, 50, 7, 9 }, 5, 2, &c),
			 -EBADMSG);
	assert_int_equal(pmu_counts_parse(words, 12, PMU_GROUP_MAX + 1, &c), -EBADMSG);
	assert_int_equal(c.n, 99);
	assert_int_equal(pmu_counts_parse(words, 5, 2, &c), 0);
	assert_int_equal(c.n, 2);
	assert_int_equal(c.enabled, 100);
	assert_int_equal(c.running, 50);
	assert_int_equal(c.count[0], 7);
	assert_int_equal(c.count[1], 9);
}

/* enabled and running in ms of one interval, starting from an arbitrary point */
static enum pmu_verdict verdict(uint64_t enabled, uint64_t running)
{
	const struct pmu_counts older = { 5000 * MS, 4000 * MS, 1, { 1000 } };
	const struct pmu_counts newer = {
		older.enabled + enabled, older.running + running, 1, { 1600 }
	};
	struct pmu_counts d = { 0 };
	enum pmu_verdict v = pmu_counts_delta(&older, &newer, &d);

	assert_int_equal(d.enabled, enabled);
	assert_int_equal(d.running, running);
	assert_int_equal(d.count[0], 600);
	return v;
}

static void test_verdict(void **state)
{
	assert_int_equal(verdict(1000 * MS, 1000 * MS), PMU_EXACT);
	assert_int_equal(verdict(1000 * MS, 999 * MS), PMU_SCALED);
	/* 20 % is the least that counts */
	assert_int_equal(verdict(1000 * MS, 200 * MS), PMU_SCALED);
	assert_int_equal(verdict(1000 * MS, 200 * MS - 1), PMU_REJECTED);
	assert_int_equal(verdict(1000 * MS, 0), PMU_REJECTED);
	/* In 100 ms a group has had 25 turns: from there on a small share is a fact. */
	assert_int_equal(verdict(100 * MS, 0), PMU_REJECTED);
	assert_int_equal(verdict(100 * MS - 1, 0), PMU_DEFERRED);
	assert_int_equal(verdict(10 * MS, 1 * MS), PMU_DEFERRED);
	assert_int_equal(verdict(10 * MS, 2 * MS), PMU_SCALED);
	assert_int_equal(verdict(0, 0), PMU_EXACT);
}

static void test_backwards(void **state)
{
	const struct pmu_counts base = { 100, 100, 2, { 10, 20 } };
	struct pmu_counts now, d;

	now = base;
	now.enabled = 99;
	assert_int_equal(pmu_counts_delta(&base, &now, &d), PMU_REJECTED);
	now = base;
	now.running = 99;
	assert_int_equal(pmu_counts_delta(&base, &now, &d), PMU_REJECTED);
	now = base;
	now.count[1] = 19;
	assert_int_equal(pmu_counts_delta(&base, &now, &d), PMU_REJECTED);
	now = base;
	now.n = 1;
	assert_int_equal(pmu_counts_delta(&base, &now, &d), PMU_REJECTED);
	assert_int_equal(pmu_counts_delta(&base, &base, &d), PMU_EXACT);
	assert_int_equal(d.count[1], 0);
}

/*
 * Why differences are scaled and not totals: a share that falls makes scaled totals go down.
 * Totals: 1000 of 1000 ms counted 1000; then 1001 in all, in 1250 of 2000 ms:
 * 1001 x 2000 / 1250 = 1602, but 1000 + 1 x 1000 / 250 = 1004.
 */
static void test_sum_of_differences(void **state)
{
	const struct pmu_counts at[] = {
		{ 0, 0, 1, { 0 } },
		{ 1000 * MS, 1000 * MS, 1, { 1000 } },
		{ 2000 * MS, 1250 * MS, 1, { 1001 } },
		/* nearly idle, at full share: the scaled total would fall to 1001 x 3000 /
		   2250 */
		{ 3000 * MS, 2250 * MS, 1, { 1001 } },
	};
	static const uint64_t want[] = { 0, 1000, 1004, 1004 };
	uint64_t total = 0;

	for (size_t i = 1; i < ARRAY_SIZE(at); i++) {
		struct pmu_counts d;
		enum pmu_verdict v = pmu_counts_delta(&at[i - 1], &at[i], &d);

		assert_true(v == PMU_EXACT || v == PMU_SCALED);
		total += pmu_scale(d.count[0], d.enabled, d.running);
		assert_int_equal(total, want[i]);
	}
}

static void test_scale(void **state)
{
	assert_int_equal(pmu_scale(600, 1000, 500), 1200);
	assert_int_equal(pmu_scale(1, 10, 4), 3); /* 2.5 */
	assert_int_equal(pmu_scale(1, 10, 3), 3); /* 3.33 */
	assert_int_equal(pmu_scale(2, 10, 3), 7); /* 6.67 */
	assert_int_equal(pmu_scale(0, 10, 3), 0);
	assert_int_equal(pmu_scale(5, 10, 0), UINT64_MAX);
	/* 10^13 events in a day at 1/5 of the time: the product needs 91 bits */
	assert_int_equal(pmu_scale(10000000000000, 86400000000000, 17280000000000),
			 50000000000000);
	assert_int_equal(pmu_scale(UINT64_MAX, 2, 1), UINT64_MAX);
	assert_int_equal(pmu_scale(UINT64_MAX, UINT64_MAX, UINT64_MAX), UINT64_MAX);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),	  cmocka_unit_test(test_verdict),
		cmocka_unit_test(test_backwards), cmocka_unit_test(test_sum_of_differences),
		cmocka_unit_test(test_scale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
