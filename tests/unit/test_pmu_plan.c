// SPDX-License-Identifier: GPL-2.0-only
/* Which events go together, and what an anchored group is scaled to; plans written by hand. */
#include "tree.h"

#include "pmu/pmu_plan.h"
#include "util/util.h"

/* "instructions dtlb_walk itlb_walk | ...", an anchored leader in parentheses */
static void expect(const unsigned int parts[ROLE_MAX], size_t max, const char *want)
{
	struct pmu_plan p;
	char text[512] = "";

	pmu_plan_make(parts, max, &p);
	for (size_t i = 0; i < p.n; i++) {
		for (size_t k = 0; k < p.group[i].n; k++) {
			bool own = p.group[i].anchored && !k;

			sprintf(text + strlen(text), own ? "%s(%s)" : "%s%s",
				k   ? " "
				: i ? " | "
				    : "",
				pmu_role_name(p.group[i].slot[k].role));
		}
	}
	assert_string_equal(text, want);
}

static void test_all(void **state)
{
	static const unsigned int one[ROLE_MAX] = { 1, 1, 1, 1, 1, 1, 1 };

	expect(one, 8,
	       "instructions dtlb_walk itlb_walk | cycles walk_cycles stall_tlb | "
	       "(instructions) l1d_refill");
	expect(one, 2,
	       "instructions dtlb_walk | (instructions) itlb_walk | cycles walk_cycles | "
	       "(cycles) stall_tlb | (instructions) l1d_refill");
	/* smaller than a leader and one role there is not */
	expect(one, 1,
	       "instructions dtlb_walk | (instructions) itlb_walk | cycles walk_cycles | "
	       "(cycles) stall_tlb | (instructions) l1d_refill");
}

static void test_intel(void **state)
{
	unsigned int parts[ROLE_MAX] = { 1, 1, 2, 1, 0, 3, 0 };

	expect(parts, 8,
	       "instructions dtlb_walk dtlb_walk itlb_walk | "
	       "cycles walk_cycles walk_cycles walk_cycles");
	expect(parts, 3,
	       "instructions dtlb_walk dtlb_walk | (instructions) itlb_walk | "
	       "cycles walk_cycles walk_cycles walk_cycles");
}

static void test_missing(void **state)
{
	expect((unsigned int[ROLE_MAX]){ 0 }, 8, "");
	expect((unsigned int[ROLE_MAX]){ [ROLE_CYCLES] = 1 }, 8, "cycles");
	expect((unsigned int[ROLE_MAX]){ [ROLE_INSTRUCTIONS] = 1, [ROLE_L1D_REFILL] = 1 }, 8,
	       "instructions | (instructions) l1d_refill");
	/* no denominator: the first numerator leads and is exported */
	expect((unsigned int[ROLE_MAX]){ [ROLE_DTLB_WALK] = 1, [ROLE_ITLB_WALK] = 1 }, 8,
	       "dtlb_walk itlb_walk");
	expect((unsigned int[ROLE_MAX]){ [ROLE_DTLB_WALK] = 1, [ROLE_ITLB_WALK] = 1 }, 1,
	       "dtlb_walk | itlb_walk");
	/* never more than a group holds: 3 + 3 + 3 events */
	expect(
		(unsigned int[ROLE_MAX]){
			[ROLE_INSTRUCTIONS] = 3, [ROLE_DTLB_WALK] = 3, [ROLE_ITLB_WALK] = 3 },
		8,
		"instructions instructions instructions dtlb_walk dtlb_walk dtlb_walk | "
		"(instructions) instructions instructions itlb_walk itlb_walk itlb_walk");
}

static void test_anchor(void **state)
{
	static const unsigned int one[ROLE_MAX] = { 1, 1, 1, 1, 1, 1, 1 };
	struct pmu_plan p;

	pmu_plan_make(one, 8, &p);
	assert_false(p.group[0].anchored);
	assert_false(p.group[1].anchored);
	assert_true(p.group[2].anchored);
	assert_int_equal(p.group[2].anchor, 0);
	assert_int_equal(pmu_group_roles(&p.group[0]), 3);
	pmu_plan_make(one, 2, &p);
	assert_int_equal(p.group[3].anchor, 2);
}

static void test_sums(void **state)
{
	static const unsigned int parts[ROLE_MAX] = { 1, 1, 2, 1, 1, 0, 0 };
	const struct pmu_counts first = { 1000, 250, 4, { 5000, 3, 4, 11 } };
	const struct pmu_counts third = { 1000, 500, 2, { 8000, 40 } };
	uint64_t sum[ROLE_MAX] = { [ROLE_CYCLES] = 77 };
	struct pmu_plan p;

	pmu_plan_make(parts, 8, &p);
	pmu_group_sums(&p.group[0], &first, PMU_SCALED, 0, sum);
	assert_int_equal(sum[ROLE_INSTRUCTIONS], 20000); /* x 1000 / 250 */
	assert_int_equal(sum[ROLE_DTLB_WALK], 28);	 /* (3 + 4) x 4 */
	assert_int_equal(sum[ROLE_ITLB_WALK], 44);
	assert_int_equal(sum[ROLE_CYCLES], 77);

	/* 40 in 8000 of its own; for 20000 instructions that is 100, by time it would be 80 */
	pmu_group_sums(&p.group[2], &third, PMU_SCALED, 20000, sum);
	assert_int_equal(sum[ROLE_L1D_REFILL], 100);

	/* what ran all the time is what happened, whatever the other group says */
	pmu_group_sums(&p.group[2], &(struct pmu_counts){ 9, 9, 2, { 8000, 40 } }, PMU_EXACT,
		       20000, sum);
	assert_int_equal(sum[ROLE_L1D_REFILL], 40);

	/* no instruction of its own to compare with: by time */
	pmu_group_sums(&p.group[2], &(struct pmu_counts){ 1000, 500, 2, { 0, 40 } },
		       PMU_SCALED, 20000, sum);
	assert_int_equal(sum[ROLE_L1D_REFILL], 80);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),	cmocka_unit_test(test_intel),
		cmocka_unit_test(test_missing), cmocka_unit_test(test_anchor),
		cmocka_unit_test(test_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
