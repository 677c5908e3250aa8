// SPDX-License-Identifier: GPL-2.0-only
/* A plan has room for all that a window can bring; what has none is counted, not lost in
 * silence. */
#include "policy_bench.h"

#include "policy/policy_state.h"

static void test_counted(void **state)
{
	static struct plan plan;
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	plan_clear(&plan);
	for (int i = 0; i < PLAN_DECISIONS + 7; i++)
		(void)policy_decide(b.policy, &plan, 0, DECISION_VETO);
	assert_int_equal(plan.ndecisions, PLAN_DECISIONS);
	assert_int_equal(plan.dropped, 7);
	for (int i = 0; i < PLAN_STEPS + 3; i++)
		policy_plan(b.policy, &plan, 0, STEP_FORGET, "", 1);
	assert_int_equal(plan.nsteps, PLAN_STEPS);
	assert_int_equal(plan.dropped, 10);
	plan_clear(&plan);
	assert_int_equal(plan.dropped, 0);
	bench_done(&b);
}

/* As many levers as there can be, all in place, when everybody speaks at once. */
static void test_room(void **state)
{
	struct policy_config c;
	static struct observation o;
	static struct plan plan;
	struct levers l = { .n = LEVERS_MAX };
	struct policy *p;

	policy_defaults(&c);
	c.mode = POLICY_TUNE;
	o = (struct observation){ .mono_ns = 1, .real_ns = REAL_NS, .interval_ns = WINDOW_NS };
	for (size_t i = 0; i < LEVERS_MAX; i++) {
		l.lever[i] = (struct lever){ .kind = LEVER_MTHP_ANON, .size = 65536 };
		snprintf(l.lever[i].name, LEVER_NAME, "mthp.%zu", i);
		strcpy(o.lever[i].value, "always");
		strcpy(o.lever[i].above, "never");
	}
	o.psi_full = o.swap_out = bench_known(1e6);
	assert_int_equal(policy_new(&c, &l, 1, &p), 0);
	for (size_t i = 0; i < LEVERS_MAX; i++)
		assert_int_equal(policy_adopt(p, l.lever[i].name, "always", "madvise"), 0);
	policy_step(p, &o, &plan);
	assert_int_equal(plan.nsteps, LEVERS_MAX);
	assert_int_equal(plan.ndecisions, 2 * LEVERS_MAX); /* taken back, and yielded */
	assert_int_equal(plan.dropped, 0);
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counted),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
