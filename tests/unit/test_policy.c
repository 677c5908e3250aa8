// SPDX-License-Identifier: GPL-2.0-only
/* What the policy decides, from the first window to the last. */
#include "policy_bench.h"

static void test_observe_changes_nothing(void **state)
{
	struct bench b;

	bench_init(&b, POLICY_OBSERVE);
	b.factor[0] = 0.1;
	bench_windows(&b, 2000);
	assert_int_equal(b.n + b.steps, 0);
	assert_int_equal(bench_status(&b, 0).state, LEVER_BLOCKED);
	bench_done(&b);
}

static void test_kept(void **state)
{
	const struct decision *d;
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.25;
	d = bench_until(&b, DECISION_TRY, 10);
	assert_string_equal(d->lever, "mthp.64K");
	assert_int_equal(bench_status(&b, 0).state, LEVER_BASELINE);
	d = bench_until(&b, DECISION_APPLY, 20);
	assert_string_equal(d->from, "never");
	assert_string_equal(d->to, "always");
	assert_int_equal(d->before.n, 12);
	bench_window(&b);
	assert_int_equal(bench_status(&b, 0).state, LEVER_SETTLE);
	d = bench_until(&b, DECISION_CONFIRM, 40);
	assert_string_equal(b.value[0], "never");
	d = bench_until(&b, DECISION_KEEP, 60);
	assert_string_equal(b.value[0], "always");
	assert_true(d->tested);
	/* objective 10 falls to a quarter; the ripple is two percent at most */
	assert_true(d->effect > 0.73 && d->effect < 0.77);
	assert_true(d->before.mean > 9.8 && d->before.mean < 10.2);
	assert_true(d->after.mean > 2.45 && d->after.mean < 2.55);
	assert_true(d->p < 0.001);
	assert_false(d->proxy);
	assert_string_equal(d->objective, "user_mpki");
	assert_non_null(strstr(d->reason, "64K anonymous mTHP kept"));
	assert_int_equal(bench_status(&b, 0).state, LEVER_KEPT);
	assert_string_equal(bench_status(&b, 0).original, "never");
	bench_done(&b);
}

static void test_no_effect(void **state)
{
	const struct decision *d;
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	d = bench_until(&b, DECISION_REVERT, 200);
	assert_non_null(strstr(d->reason, "no effect"));
	assert_string_equal(b.value[0], "never");
	assert_int_equal(bench_status(&b, 0).state, LEVER_COOLDOWN);
	assert_int_equal(bench_count(&b, DECISION_KEEP), 0);
	bench_done(&b);
}

static void test_worse(void **state)
{
	const struct decision *d;
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 1.5;
	d = bench_until(&b, DECISION_REVERT, 200);
	assert_non_null(strstr(d->reason, "worse"));
	assert_true(d->effect < -0.4);
	assert_string_equal(b.value[0], "never");
	bench_done(&b);
}

/* The load falls by itself just when the lever is applied, and stays so: not believed. */
static void test_step_is_no_effect(void **state)
{
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	bench_until(&b, DECISION_APPLY, 40);
	b.level /= 3;
	bench_until(&b, DECISION_REVERT, 200);
	assert_int_equal(bench_count(&b, DECISION_KEEP), 0);
	assert_int_equal(bench_count(&b, DECISION_CONFIRM), 1);
	assert_string_equal(b.value[0], "never");
	bench_done(&b);
}

/* The cool-down doubles with each failure, and the number of changes stays bounded. */
static void test_backoff(void **state)
{
	uint64_t last = 0, gap = 0;
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.c.changes_per_hour = 3600;
	bench_windows(&b, 3 * 8640);
	for (size_t i = 0; i < b.n; i++) {
		if (b.log[i].action != DECISION_TRY || strcmp(b.log[i].lever, "mthp.64K"))
			continue;
		/* an eighth is spread, and the trial itself takes some minutes */
		if (gap)
			assert_true(b.log[i].real_ns - last > gap * 3 / 2);
		if (last)
			gap = b.log[i].real_ns - last;
		last = b.log[i].real_ns;
	}
	assert_in_range(bench_count(&b, DECISION_TRY), 6, 16);
	bench_done(&b);
}

static void test_advise(void **state)
{
	const struct decision *d;
	struct bench b;

	bench_init(&b, POLICY_ADVISE);
	b.factor[0] = 0.25;
	d = bench_until(&b, DECISION_ADVISE, 40);
	assert_string_equal(d->to, "always");
	assert_non_null(strstr(d->reason, "mode = tune"));
	bench_windows(&b, 8640);
	assert_int_equal(b.steps, 0);
	assert_in_range(bench_count(&b, DECISION_ADVISE), 2, 14);
	bench_done(&b);
}

/* Nothing but faults is counted. */
static void init_proxy(struct bench *b)
{
	bench_init(b, POLICY_TUNE);
	b->objective = OBJECTIVE_FAULTS;
	b->level = 40000;
}

static void test_proxy(void **state)
{
	const struct decision *d;
	struct bench b;

	init_proxy(&b);
	b.factor[0] = 0.07;
	d = bench_until(&b, DECISION_KEEP, 200);
	assert_true(d->proxy);
	assert_true(d->effect > 0.9);
	assert_non_null(strstr(d->reason, "a proxy, because TLB walks are not measured: not "
					  "measured in this test"));
	bench_done(&b);

	/* what is too long is not cut within words */
	init_proxy(&b);
	b.o.objective[OBJECTIVE_USER_MPKI].why =
		"armv8_pmuv3 does not list dtlb_walk: the core does not count it (raw event "
		"0x34 would open and stay 0 for ever)";
	d = bench_until(&b, DECISION_TRY, 100);
	assert_string_equal(strstr(d->reason, "list dtlb_walk"),
			    "list dtlb_walk: the core does not count it");
	bench_done(&b);

	bench_init(&b, POLICY_TUNE);
	b.objective = OBJECTIVE_FAULTS;
	b.c.proxy = false;
	static struct plan plan;
	policy_configure(b.policy, &b.c, b.real_ns, &plan);
	bench_windows(&b, 100);
	assert_int_equal(b.n, 0);
	assert_non_null(strstr(bench_status(&b, 0).why, "nothing that it could improve"));
	bench_done(&b);
}

/* Faults, and walks whenever others leave the PMU to us. */
static void share_pmu(struct bench *b, bool ours)
{
	b->objective = ours ? OBJECTIVE_USER_MPKI : OBJECTIVE_FAULTS;
	b->level = ours ? 10 : 40000;
	b->o.objective[OBJECTIVE_USER_MPKI] =
		(struct reading){ .why = "others use the PMU too" };
	b->o.objective[OBJECTIVE_FAULTS] = bench_known(40000);
	b->o.countable[OBJECTIVE_USER_MPKI] = true;
}

/* Others use the PMU for a while: that is no reason to go by the proxy. */
static void test_pmu_taken_by_others(void **state)
{
	const struct decision *d;
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	share_pmu(&b, false);
	b.factor[0] = 0.07;
	bench_windows(&b, 100);
	assert_int_equal(b.n, 0);
	assert_string_equal(bench_status(&b, 0).why,
			    "its objective cannot be counted at the moment");
	share_pmu(&b, true);
	d = bench_until(&b, DECISION_TRY, 10);
	assert_string_equal(d->objective, "user_mpki");
	bench_done(&b);
}

/* What the proxy kept is compared by something better where there is, or not at all. */
static void test_recheck_by_something_better(void **state)
{
	const struct decision *d;
	struct bench b;

	init_proxy(&b);
	b.factor[0] = 0.07;
	strcpy(b.value[1], "always");
	d = bench_until(&b, DECISION_KEEP, 300);
	assert_true(d->proxy);
	share_pmu(&b, false);
	bench_windows(&b, 12000);
	assert_int_equal(bench_count(&b, DECISION_TRY), 1);
	share_pmu(&b, true);
	b.factor[0] = 1;
	d = bench_until(&b, DECISION_REVERT, 300);
	assert_string_equal(d->objective, "user_mpki");
	assert_string_equal(b.value[0], "never");
	bench_done(&b);
}

static void stop_counting(struct bench *b)
{
	b->o.objective[b->objective] = (struct reading){ .why = "CPU 3 has no counters" };
	b->objective = OBJECTIVES;
}

/* What nothing judges does not stay in place. */
static void test_uncounted(void **state)
{
	const struct decision *d;
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.25;
	strcpy(b.value[1], "always");
	bench_until(&b, DECISION_APPLY, 100);
	stop_counting(&b);
	d = bench_until(&b, DECISION_REVERT, 6);
	assert_non_null(strstr(d->reason, "its objective could not be counted"));
	assert_string_equal(b.value[0], "never");
	assert_in_range(bench_status(&b, 0).until_real_ns, b.real_ns,
			b.real_ns + b.c.cooldown_ns * 9 / 8);
	/* nothing is in place: there is time */
	b.objective = OBJECTIVE_USER_MPKI;
	bench_until(&b, DECISION_TRY, 800);
	stop_counting(&b);
	bench_windows(&b, 30);
	b.objective = OBJECTIVE_USER_MPKI;
	bench_until(&b, DECISION_KEEP, 300);
	/* what is kept stays when it cannot be compared */
	bench_until(&b, DECISION_TRY, 12000);
	stop_counting(&b);
	bench_windows(&b, 3000);
	assert_string_equal(b.value[0], "always");
	assert_int_equal(bench_status(&b, 0).state, LEVER_KEPT);
	bench_done(&b);
}

/* Evidence is of one objective. */
static void test_evidence_of_another_objective(void **state)
{
	static const char *const objectives[] = { "user_mpki", "minor_faults" };
	struct decision d = { .id = 1,
			      .real_ns = REAL_NS,
			      .lever = "mthp.64K",
			      .action = DECISION_REVERT,
			      .tested = true,
			      .p = 1e-6,
			      .after.n = 12 };

	for (size_t i = 0; i < ARRAY_SIZE(objectives); i++) {
		const struct decision *kept;
		struct bench b;

		bench_init(&b, POLICY_TUNE);
		b.factor[0] = 0.25;
		b.real_ns = REAL_NS + 100 * b.c.cooldown_ns;
		snprintf(d.objective, sizeof(d.objective), "%s", objectives[i]);
		policy_history(b.policy, &d);
		kept = bench_until(&b, DECISION_KEEP, 300);
		assert_int_equal(!strstr(kept->reason, "with 1 earlier trial"), i);
		bench_done(&b);
	}
}

static void test_yield(void **state)
{
	static const enum decision_action moments[] = { DECISION_TRY, DECISION_APPLY,
							DECISION_CONFIRM, DECISION_KEEP };

	for (size_t i = 0; i < ARRAY_SIZE(moments); i++) {
		const struct decision *d;
		struct bench b;
		size_t steps;

		bench_init(&b, POLICY_TUNE);
		b.factor[0] = 0.25;
		bench_until(&b, moments[i], 200);
		steps = b.steps;
		strcpy(b.value[0], "madvise");
		d = bench_until(&b, DECISION_YIELD, 1);
		assert_non_null(strstr(d->reason, "madvise"));
		assert_string_equal(d->lever, "mthp.64K");
		/* only what is ours is in the journal */
		assert_int_equal(b.forgets,
				 moments[i] == DECISION_APPLY || moments[i] == DECISION_KEEP);
		assert_int_equal(b.steps, steps + b.forgets);
		bench_windows(&b, 8640);
		assert_string_equal(b.value[0], "madvise");
		assert_int_equal(bench_status(&b, 0).state, LEVER_YIELDED);
		bench_done(&b);
	}
}

/* echo never > /sys/kernel/mm/transparent_hugepage/enabled: what everybody does first. */
static void test_never_for_all(void **state)
{
	struct bench b;

	/* kept, with a word of its own before */
	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.5;
	bench_until(&b, DECISION_KEEP, 200);
	strcpy(b.above, "never");
	bench_window(&b);
	assert_string_equal(b.value[0], "never");
	assert_int_equal(b.log[b.n - 2].action, DECISION_REVERT);
	assert_int_equal(b.log[b.n - 1].action, DECISION_YIELD);
	assert_non_null(strstr(b.log[b.n - 1].reason, "transparent_hugepage/enabled"));
	assert_int_equal(bench_status(&b, 0).state, LEVER_YIELDED);
	/* nothing else is tried either, and it stays so when the word has gone */
	b.n = 0;
	bench_windows(&b, 200);
	assert_int_equal(b.n, 0);
	assert_string_equal(bench_status(&b, 1).why, "the policy for all sizes is never");
	bench_done(&b);

	/* in the midst of a trial of a size that inherits */
	bench_init(&b, POLICY_TUNE);
	strcpy(b.value[0], "inherit");
	bench_until(&b, DECISION_APPLY, 100);
	assert_string_equal(b.value[0], "always");
	strcpy(b.above, "never");
	bench_window(&b);
	assert_string_equal(b.value[0], "inherit");
	assert_int_equal(bench_status(&b, 0).state, LEVER_YIELDED);
	bench_done(&b);

	/* from the start */
	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.5;
	strcpy(b.above, "never");
	strcpy(b.value[0], "inherit");
	bench_windows(&b, 200);
	assert_int_equal(b.n + b.writes, 0);
	bench_done(&b);
}

/* It cannot be taken back just then: it is tried again, and the lever stays left alone. */
static void test_never_for_all_while_restoring_fails(void **state)
{
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.5;
	bench_until(&b, DECISION_KEEP, 200);
	b.err = -EIO;
	strcpy(b.above, "never");
	bench_windows(&b, 3);
	assert_string_equal(b.value[0], "always");
	b.err = 0;
	bench_window(&b);
	assert_string_equal(b.value[0], "never");
	assert_int_equal(bench_status(&b, 0).state, LEVER_YIELDED);
	bench_done(&b);
}

static void test_release(void **state)
{
	static struct plan plan;
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.25;
	assert_int_equal(policy_release(b.policy, "mthp.64K", b.real_ns, &plan), -EALREADY);
	assert_int_equal(policy_release(b.policy, "mthp.1M", b.real_ns, &plan), -ENOENT);
	bench_until(&b, DECISION_TRY, 10);
	strcpy(b.value[0], "madvise");
	bench_until(&b, DECISION_YIELD, 1);
	assert_int_equal(policy_release(b.policy, "mthp.64K", b.real_ns, &plan), 0);
	assert_int_equal(plan.ndecisions, 1);
	assert_int_equal(plan.decision[0].action, DECISION_RELEASE);
	bench_until(&b, DECISION_KEEP, 300);
	policy_stop(b.policy, b.real_ns, false, &plan);
	bench_carry_out(&b, &plan);
	assert_string_equal(b.value[0], "madvise");
	bench_done(&b);
}

static void test_hold(void **state)
{
	static struct plan plan;
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.25;
	bench_until(&b, DECISION_KEEP, 300);
	assert_int_equal(policy_hold(b.policy, "mthp.64K", b.real_ns, &plan), 0);
	bench_carry_out(&b, &plan);
	assert_string_equal(b.value[0], "never");
	assert_int_equal(policy_hold(b.policy, "mthp.64K", b.real_ns, &plan), -EALREADY);
	bench_windows(&b, 8640);
	assert_string_equal(b.value[0], "never");
	assert_int_equal(bench_status(&b, 0).state, LEVER_HELD);
	bench_done(&b);
}

/* What could not be restored when it was held is restored later, and held all the same. */
static void test_hold_while_restoring_fails(void **state)
{
	static struct plan plan;
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.25;
	bench_until(&b, DECISION_KEEP, 300);
	b.err = -EIO;
	assert_int_equal(policy_hold(b.policy, "mthp.64K", b.real_ns, &plan), 0);
	bench_carry_out(&b, &plan);
	bench_windows(&b, 10);
	assert_string_equal(b.value[0], "always");
	b.err = 0;
	bench_windows(&b, 8640);
	assert_string_equal(b.value[0], "never");
	assert_int_equal(bench_status(&b, 0).state, LEVER_HELD);
	bench_done(&b);
}

static void test_stop(void **state)
{
	static struct plan plan;

	for (int windows = 0; windows < 120; windows++) {
		struct bench b;

		bench_init(&b, POLICY_TUNE);
		b.factor[0] = b.factor[1] = 0.5;
		bench_windows(&b, windows);
		policy_stop(b.policy, b.real_ns, false, &plan);
		bench_carry_out(&b, &plan);
		assert_string_equal(b.value[0], "never");
		assert_string_equal(b.value[1], "never");
		bench_done(&b);
	}
}

static void test_configure(void **state)
{
	static struct plan plan;
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = b.factor[1] = 0.5;
	bench_until(&b, DECISION_KEEP, 300);
	bench_until(&b, DECISION_APPLY, 300); /* the other lever */
	b.c.mode = POLICY_OBSERVE;
	policy_configure(b.policy, &b.c, b.real_ns, &plan);
	assert_int_equal(plan.nsteps, 2);
	bench_carry_out(&b, &plan);
	assert_string_equal(b.value[0], "never");
	assert_string_equal(b.value[1], "never");
	b.n = b.steps = 0;
	bench_windows(&b, 1000);
	assert_int_equal(b.n + b.steps, 0);
	bench_done(&b);
}

static void suspend(struct bench *b, const char *why)
{
	static struct plan plan;

	policy_suspend(b->policy, why, b->real_ns, &plan);
	bench_carry_out(b, &plan);
}

/* The journal cannot be written: what is on trial goes, what was kept stays under guard. */
static void test_suspend(void **state)
{
	struct bench b;
	size_t n;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = b.factor[1] = 0.5;
	bench_until(&b, DECISION_KEEP, 300);
	bench_until(&b, DECISION_APPLY, 300);
	n = b.n;
	suspend(&b, "the disk is full");
	assert_int_equal(b.n, n + 1);
	assert_int_equal(b.log[n].action, DECISION_REVERT);
	assert_string_equal(b.log[n].reason, "2M anonymous mTHP taken back: the disk is full");
	bench_windows(&b, 12000);
	assert_int_equal(b.n, n + 1);
	assert_string_equal(b.value[0], "always");
	assert_string_equal(b.value[1], "never");
	assert_string_equal(bench_status(&b, 1).why, "tuning is paused");
	b.o.psi_full = bench_known(0.2);
	bench_window(&b);
	assert_string_equal(b.value[0], "never");
	b.o.psi_full = bench_known(0);
	bench_windows(&b, 3000);
	assert_int_equal(b.n, n + 2);
	suspend(&b, NULL);
	bench_until(&b, DECISION_TRY, 10);
	bench_done(&b);
}

/* Nor does what is compared again go, where it is in place. */
static void test_suspend_in_a_recheck(void **state)
{
	static const enum decision_action moments[] = { DECISION_TRY, DECISION_CONFIRM,
							DECISION_APPLY };

	for (size_t i = 0; i < ARRAY_SIZE(moments); i++) {
		struct bench b;

		bench_init(&b, POLICY_TUNE);
		b.factor[0] = 0.5;
		strcpy(b.value[1], "always");
		bench_until(&b, DECISION_KEEP, 300);
		bench_until(&b, moments[i], 12000);
		suspend(&b, "the disk is full");
		bench_windows(&b, 3000);
		assert_string_equal(b.value[0],
				    moments[i] == DECISION_CONFIRM ? "never" : "always");
		assert_int_equal(bench_count(&b, DECISION_REVERT),
				 moments[i] == DECISION_CONFIRM);
		bench_done(&b);
	}
}

static void test_write_fails(void **state)
{
	const struct decision *d;
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.25;
	b.err = -EACCES;
	d = bench_until(&b, DECISION_ABANDON, 100);
	assert_non_null(strstr(d->reason, "could not be written"));
	assert_int_equal(bench_status(&b, 0).state, LEVER_COOLDOWN);
	assert_int_equal(bench_count(&b, DECISION_PAUSE), 0);
	b.err = 0;
	bench_until(&b, DECISION_KEEP, 1000);
	bench_done(&b);

	bench_init(&b, POLICY_TUNE);
	b.err = -ENOSPC;
	d = bench_until(&b, DECISION_PAUSE, 100);
	assert_non_null(strstr(d->reason, "No space left"));
	b.err = 0;
	bench_windows(&b, 300);
	assert_int_equal(b.writes, 1);
	bench_until(&b, DECISION_RESUME, 100);
	bench_done(&b);

	bench_init(&b, POLICY_TUNE);
	b.err = -ESTALE;
	bench_until(&b, DECISION_YIELD, 100);
	assert_int_equal(bench_status(&b, 0).state, LEVER_YIELDED);
	bench_done(&b);
}

/* A write that failed and left our value there: it is ours, and goes back. */
static void test_write_fails_and_stays(void **state)
{
	struct bench b;

	for (int landed = 0; landed < 2; landed++) {
		bench_init(&b, POLICY_TUNE);
		b.err = -EUCLEAN;
		bench_until(&b, DECISION_ABANDON, 100);
		if (landed)
			strcpy(b.value[0], "always");
		bench_windows(&b, 2);
		assert_int_equal(b.restores, 2);
		b.err = landed ? 0 : -ENOENT; /* there is nothing to restore */
		bench_windows(&b, 1);
		assert_string_equal(b.value[0], "never");
		assert_int_equal(b.restores, 3);
		bench_windows(&b, 10);
		assert_int_equal(b.restores, 3);
		assert_int_equal(bench_count(&b, DECISION_YIELD), 0);
		bench_done(&b);
	}
}

/* A knob that cannot be restored is tried again each window, and nothing else is changed. */
static void test_restore_fails(void **state)
{
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[1] = 0.25;
	bench_until(&b, DECISION_APPLY, 100);
	b.err = -EIO;
	bench_until(&b, DECISION_PAUSE, 100);
	b.restores = 0;
	bench_windows(&b, 500);
	assert_int_equal(b.restores, 500);
	assert_int_equal(b.writes, 1);
	assert_int_equal(bench_count(&b, DECISION_PAUSE), 1);
	b.err = 0;
	bench_windows(&b, 1);
	assert_string_equal(b.value[0], "never");
	bench_until(&b, DECISION_KEEP, 1000);
	assert_string_equal(b.value[1], "always");
	bench_done(&b);
}

static void test_unreadable_knob(void **state)
{
	const struct decision *d = NULL;
	static struct plan plan;
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.25;
	bench_until(&b, DECISION_KEEP, 300);
	for (int i = 0; i < 3; i++) {
		b.mono_ns += WINDOW_NS;
		b.o.mono_ns = b.mono_ns;
		*b.o.lever[0].value = 0;
		policy_step(b.policy, &b.o, &plan);
		if (plan.nsteps)
			d = &plan.decision[0];
	}
	assert_non_null(d);
	assert_int_equal(d->action, DECISION_REVERT);
	assert_non_null(strstr(d->reason, "can no longer be read"));
	assert_int_equal(plan.step[0].kind, STEP_RESTORE);
	bench_done(&b);
}

static void test_holds_it_already(void **state)
{
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	strcpy(b.value[0], "always");
	strcpy(b.value[1], "always");
	bench_windows(&b, 500);
	assert_int_equal(b.n + b.steps, 0);
	assert_non_null(strstr(bench_status(&b, 0).why, "already"));
	bench_done(&b);
}

/* What a run has decided is what the next one begins with. */
static void test_history(void **state)
{
	struct bench b, next;

	bench_init(&b, POLICY_TUNE);
	bench_until(&b, DECISION_REVERT, 300);
	bench_init(&next, POLICY_TUNE);
	for (size_t i = 0; i < b.n; i++)
		policy_history(next.policy, &b.log[i]);
	next.real_ns = b.real_ns;
	bench_window(&next);
	assert_int_equal(bench_status(&next, 0).state, LEVER_COOLDOWN);
	assert_int_equal(bench_status(&next, 0).until_real_ns,
			 bench_status(&b, 0).until_real_ns);
	/* ids go on, the second lever is tried meanwhile */
	bench_until(&next, DECISION_TRY, 20);
	assert_true(next.log[0].id > b.log[b.n - 1].id);
	assert_string_equal(next.log[0].lever, "mthp.2M");
	bench_done(&b);
	bench_done(&next);
}

/* Killed in mid-trial: perhaps by what was tried. It waits, and its changes count. */
static void test_history_of_a_killed_trial(void **state)
{
	struct bench b, next;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.25;
	bench_until(&b, DECISION_APPLY, 300);
	bench_init(&next, POLICY_TUNE);
	next.factor[0] = 0.25;
	next.c.changes_per_hour = 3;
	policy_free(next.policy);
	assert_int_equal(policy_new(&next.c, &next.levers, 1, &next.policy), 0);
	for (size_t i = 0; i < b.n; i++)
		policy_history(next.policy, &b.log[i]);
	next.real_ns = b.real_ns;
	bench_window(&next);
	assert_int_equal(bench_status(&next, 0).state, LEVER_COOLDOWN);
	assert_in_range(bench_status(&next, 0).until_real_ns,
			b.real_ns + next.c.cooldown_ns - WINDOW_NS,
			b.real_ns + next.c.cooldown_ns * 9 / 8);
	/* three changes an hour, and one was made: not the other lever either */
	bench_windows(&next, 300);
	assert_int_equal(next.n, 0);
	bench_until(&next, DECISION_TRY, 100);
	bench_done(&b);
	bench_done(&next);
}

/* A run that goes on where @b ended; the load gains by the lever. */
static void restart(struct bench *next, const struct bench *b)
{
	bench_init(next, POLICY_TUNE);
	next->factor[0] = 0.25;
	next->real_ns = b->real_ns;
	for (size_t i = 0; i < b->n; i++)
		policy_history(next->policy, &b->log[i]);
}

/* Stop, stop and keep, reload, hold. */
static void end_from_outside(struct bench *b, int how)
{
	static struct plan plan;

	b->c.mode = POLICY_ADVISE;
	if (how < 2)
		policy_stop(b->policy, b->real_ns, how, &plan);
	else if (how == 2)
		policy_configure(b->policy, &b->c, b->real_ns, &plan);
	else
		assert_int_equal(policy_hold(b->policy, "mthp.64K", b->real_ns, &plan), 0);
	bench_carry_out(b, &plan);
	assert_int_equal(plan.decision[0].action, DECISION_REVERT);
	assert_false(plan.decision[0].tested);
	assert_string_equal(b->value[0], "never");
	if (how == 3) {
		assert_int_equal(policy_release(b->policy, "mthp.64K", b->real_ns, &plan), 0);
		bench_keep_log(b, &plan);
	}
}

/* Whoever ends a trial from outside: what two legs of it say is worth nothing. */
static void test_history_of_a_stop(void **state)
{
	static const enum decision_action moments[] = { DECISION_APPLY, DECISION_CONFIRM };

	for (int i = 0; i < 8; i++) {
		const struct decision *d;
		struct bench b, next;

		bench_init(&b, POLICY_TUNE);
		bench_until(&b, DECISION_APPLY, 300);
		/* by chance; it would not be confirmed */
		b.level /= 3;
		if (moments[i % 2] == DECISION_CONFIRM)
			bench_until(&b, DECISION_CONFIRM, 300);
		bench_windows(&b, 5);
		end_from_outside(&b, i / 2);
		restart(&next, &b);
		bench_window(&next);
		assert_int_not_equal(bench_status(&next, 0).state, LEVER_COOLDOWN);
		d = bench_until(&next, DECISION_KEEP, 300);
		assert_null(strstr(d->reason, "earlier trial"));
		bench_done(&b);
		bench_done(&next);
	}
}

/* Nor is it when the machine falls idle before they are confirmed. */
static void test_idle_before_the_verdict(void **state)
{
	const struct decision *d;
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	bench_until(&b, DECISION_APPLY, 300);
	b.level /= 3;
	bench_until(&b, DECISION_CONFIRM, 300);
	b.o.cpu_busy = bench_known(0.001);
	d = bench_until(&b, DECISION_REVERT, 300);
	assert_non_null(strstr(d->reason, "too few windows"));
	assert_false(d->tested);
	assert_int_equal(bench_status(&b, 0).state, LEVER_COOLDOWN);
	b.o.cpu_busy = bench_known(2);
	b.factor[0] = 0.25;
	strcpy(b.value[1], "always");
	d = bench_until(&b, DECISION_KEEP, 1000);
	assert_null(strstr(d->reason, "earlier trial"));
	bench_done(&b);
}

/* exit = keep: only what is on trial goes. */
static void test_stop_keeping(void **state)
{
	static const enum decision_action moments[] = { DECISION_APPLY, DECISION_CONFIRM };
	static struct plan plan;

	for (size_t i = 0; i < ARRAY_SIZE(moments); i++) {
		struct bench b;

		bench_init(&b, POLICY_TUNE);
		b.factor[0] = b.factor[1] = 0.5;
		bench_until(&b, DECISION_KEEP, 300);
		bench_until(&b, moments[i], 300);
		policy_stop(b.policy, b.real_ns, true, &plan);
		assert_int_equal(plan.ndecisions, 1);
		assert_string_equal(plan.decision[0].lever, "mthp.2M");
		bench_carry_out(&b, &plan);
		assert_string_equal(b.value[0], "always");
		assert_string_equal(b.value[1], "never");
		bench_done(&b);
	}
}

/* What is compared again is as it was kept until it is taken back for that. */
static void test_stop_keeping_in_a_recheck(void **state)
{
	static const enum decision_action moments[] = { DECISION_TRY, DECISION_CONFIRM,
							DECISION_APPLY };
	static struct plan plan;

	for (size_t i = 0; i < ARRAY_SIZE(moments); i++) {
		struct bench b, next;

		bench_init(&b, POLICY_TUNE);
		strcpy(b.value[1], "always");
		b.factor[0] = 0.25;
		bench_until(&b, DECISION_KEEP, 300);
		bench_until(&b, moments[i], 12000);
		policy_stop(b.policy, b.real_ns, true, &plan);
		assert_int_equal(plan.ndecisions, i > 0);
		bench_carry_out(&b, &plan);
		assert_string_equal(b.value[0], i ? "never" : "always");
		restart(&next, &b);
		bench_window(&next);
		assert_int_not_equal(bench_status(&next, 0).state, LEVER_COOLDOWN);
		bench_done(&b);
		bench_done(&next);
	}
}

static void test_history_of_a_pause(void **state)
{
	struct decision d = { .id = 1, .real_ns = REAL_NS, .action = DECISION_PAUSE };
	struct bench b;

	/* a failed write: as long as a cool-down */
	bench_init(&b, POLICY_TUNE);
	policy_history(b.policy, &d);
	bench_until(&b, DECISION_RESUME, 361);
	bench_done(&b);
	/* the breaker: a day */
	bench_init(&b, POLICY_TUNE);
	for (unsigned int i = 0; i < b.c.breaker_reverts; i++) {
		struct decision revert = { .id = i + 1,
					   .real_ns = REAL_NS,
					   .lever = "mthp.2M",
					   .action = DECISION_REVERT,
					   .guard = "bloat" };

		policy_history(b.policy, &revert);
	}
	d.id = 100;
	policy_history(b.policy, &d);
	bench_windows(&b, 8639);
	assert_int_equal(b.n, 0);
	bench_until(&b, DECISION_RESUME, 2);
	bench_done(&b);
}

static void test_history_of_a_yield(void **state)
{
	const struct decision yield = {
		.id = 7, .real_ns = REAL_NS, .lever = "mthp.64K", .action = DECISION_YIELD
	};
	const struct decision hold = {
		.id = 8, .real_ns = REAL_NS, .lever = "mthp.2M", .action = DECISION_HOLD
	};
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	policy_history(b.policy, &yield);
	policy_history(b.policy, &hold);
	bench_windows(&b, 9000);
	assert_int_equal(b.n + b.steps, 0);
	assert_int_equal(bench_status(&b, 0).state, LEVER_YIELDED);
	assert_int_equal(bench_status(&b, 1).state, LEVER_HELD);
	assert_int_equal(bench_status(&b, 1).decision, 8);
	bench_done(&b);
}

/* The clock was set back by a year since: the cool-down is not a year. */
static void test_history_from_the_future(void **state)
{
	struct bench b, next;

	bench_init(&b, POLICY_TUNE);
	bench_until(&b, DECISION_REVERT, 300);
	bench_init(&next, POLICY_TUNE);
	next.real_ns -= 365 * 86400 * 1000000000ull;
	for (size_t i = 0; i < b.n; i++)
		policy_history(next.policy, &b.log[i]);
	bench_windows(&next, 2);
	assert_int_equal(bench_status(&next, 0).state, LEVER_COOLDOWN);
	assert_true(bench_status(&next, 0).until_real_ns <
		    next.real_ns + 2 * next.c.cooldown_ns);
	bench_done(&b);
	bench_done(&next);
}

static void test_adopt(void **state)
{
	static struct plan plan;
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	assert_int_equal(policy_adopt(b.policy, "mthp.1M", "always", "never"), -ENOENT);
	assert_int_equal(policy_adopt(b.policy, "mthp.64K", "always", "madvise"), 0);
	strcpy(b.value[0], "always");
	bench_windows(&b, 5);
	assert_int_equal(bench_status(&b, 0).state, LEVER_KEPT);
	policy_stop(b.policy, b.real_ns, false, &plan);
	bench_carry_out(&b, &plan);
	assert_string_equal(b.value[0], "madvise");
	bench_done(&b);
}

/* A kept lever is compared again, and goes when what it did is gone. */
static void test_recheck(void **state)
{
	const struct decision *d;
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	strcpy(b.value[1], "always");
	b.factor[0] = 0.25;
	bench_until(&b, DECISION_KEEP, 300);
	d = bench_until(&b, DECISION_TRY, 12000);
	assert_non_null(strstr(d->reason, "checked again"));
	d = bench_until(&b, DECISION_KEEP, 100);
	assert_non_null(strstr(d->reason, "stays"));
	assert_string_equal(b.value[0], "always");
	b.factor[0] = 1;
	b.level = 2.5;
	d = bench_until(&b, DECISION_REVERT, 30000);
	assert_string_equal(b.value[0], "never");
	bench_done(&b);
}

/* It writes, so it is done only where tuning is asked for; by what the lever was kept for. */
static void test_recheck_of_adopted(void **state)
{
	const struct decision keep = { .id = 7,
				       .real_ns = REAL_NS,
				       .lever = "mthp.64K",
				       .action = DECISION_KEEP,
				       .objective = "user_mpki" };
	static const enum policy_mode modes[] = { POLICY_OBSERVE, POLICY_ADVISE, POLICY_TUNE };

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct bench b;

		bench_init(&b, modes[i]);
		policy_history(b.policy, &keep);
		assert_int_equal(policy_adopt(b.policy, "mthp.64K", "always", "madvise"), 0);
		strcpy(b.value[0], "always");
		strcpy(b.value[1], "always");
		b.factor[0] = 0.25;
		bench_windows(&b, 12000);
		assert_int_equal(bench_count(&b, DECISION_CONFIRM) > 0,
				 modes[i] == POLICY_TUNE);
		assert_int_equal(b.steps > 0, modes[i] == POLICY_TUNE);
		bench_done(&b);
	}
}

/* A restart does not put it off, and what has stood is compared less often. */
static void test_recheck_after_a_restart(void **state)
{
	struct decision keep = { .id = 7,
				 .real_ns = REAL_NS,
				 .lever = "mthp.64K",
				 .action = DECISION_KEEP,
				 .objective = "user_mpki" };

	for (int stood = 0; stood < 2; stood++) {
		struct bench b;

		bench_init(&b, POLICY_TUNE);
		for (int i = 0; i <= stood; i++)
			policy_history(b.policy, &keep);
		assert_int_equal(policy_adopt(b.policy, "mthp.64K", "always", "never"), 0);
		strcpy(b.value[0], "always");
		strcpy(b.value[1], "always");
		b.factor[0] = 0.25;
		b.real_ns = REAL_NS + 23 * 3600 * 1000000000ull;
		/* within four hours: a day after it was kept, and an eighth */
		bench_windows(&b, 4 * 360 + 20);
		assert_int_equal(bench_count(&b, DECISION_TRY), !stood);
		bench_windows(&b, 27 * 360);
		assert_true(bench_count(&b, DECISION_TRY) > 0);
		bench_done(&b);
	}
}

static void test_changes_per_hour(void **state)
{
	static struct plan plan;
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.c.changes_per_hour = 1;
	b.c.cooldown_ns = 0;
	policy_configure(b.policy, &b.c, b.real_ns, &plan);
	bench_windows(&b, 24 * 360);
	/* a trial takes two changes: one trial an hour */
	assert_in_range(b.steps, 40, 50);
	bench_done(&b);
}

static void test_sleep_and_long_windows(void **state)
{
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.25;
	bench_until(&b, DECISION_CONFIRM, 300);
	b.window_ns = 3600 * 1000000000ull;
	b.level = 1000; /* it would decide, were it evidence */
	bench_windows(&b, 20);
	b.window_ns = WINDOW_NS;
	b.level = 10;
	assert_int_equal(bench_count(&b, DECISION_KEEP), 0);
	bench_until(&b, DECISION_KEEP, 300);
	bench_done(&b);
}

/* Windows that are no evidence still show a breach, and a knob that somebody writes. */
static void test_left_out_windows(void **state)
{
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.25;
	bench_until(&b, DECISION_APPLY, 300);
	b.o.left_out = true;
	bench_windows(&b, 20);
	assert_int_equal(bench_count(&b, DECISION_CONFIRM), 0);
	b.o.psi_full = bench_known(0.5);
	bench_windows(&b, 1);
	assert_int_equal(bench_count(&b, DECISION_REVERT), 1);
	assert_string_equal(b.value[0], "never");
	strcpy(b.value[1], "madvise");
	bench_windows(&b, 1);
	assert_int_equal(bench_count(&b, DECISION_YIELD), 1);
	bench_done(&b);
}

static void test_idle_machine(void **state)
{
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.o.cpu_busy = bench_known(0.001);
	bench_windows(&b, 1000);
	assert_int_equal(b.n, 0);
	assert_non_null(strstr(bench_status(&b, 0).why, "activity"));
	bench_done(&b);
}

/* Sentences for people, whole. */
static void test_sentence(void **state)
{
	const struct decision *d;
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.25;
	d = bench_until(&b, DECISION_KEEP, 300);
	assert_string_equal(
		d->reason,
		"64K anonymous mTHP kept: user TLB walks per 1000 instructions "
		"fell by 75.0 % (36 windows without it: 10 \302\261 0.145, 12 with it: "
		"2.5 \302\261 0.0376; p < 0.0001); its cost in kernel CPU time is not known; "
		"anonymous memory grew by 0.0 %");
	bench_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_observe_changes_nothing),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_no_effect),
		cmocka_unit_test(test_worse),
		cmocka_unit_test(test_step_is_no_effect),
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_advise),
		cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_pmu_taken_by_others),
		cmocka_unit_test(test_recheck_by_something_better),
		cmocka_unit_test(test_uncounted),
		cmocka_unit_test(test_evidence_of_another_objective),
		cmocka_unit_test(test_yield),
		cmocka_unit_test(test_never_for_all),
		cmocka_unit_test(test_never_for_all_while_restoring_fails),
		cmocka_unit_test(test_release),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_configure),
		cmocka_unit_test(test_hold_while_restoring_fails),
		cmocka_unit_test(test_write_fails_and_stays),
		cmocka_unit_test(test_history_of_a_killed_trial),
		cmocka_unit_test(test_history_of_a_stop),
		cmocka_unit_test(test_idle_before_the_verdict),
		cmocka_unit_test(test_stop_keeping),
		cmocka_unit_test(test_stop_keeping_in_a_recheck),
		cmocka_unit_test(test_history_of_a_pause),
		cmocka_unit_test(test_recheck_of_adopted),
		cmocka_unit_test(test_left_out_windows),
		cmocka_unit_test(test_suspend),
		cmocka_unit_test(test_suspend_in_a_recheck),
		cmocka_unit_test(test_write_fails),
		cmocka_unit_test(test_restore_fails),
		cmocka_unit_test(test_unreadable_knob),
		cmocka_unit_test(test_holds_it_already),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_history_of_a_yield),
		cmocka_unit_test(test_history_from_the_future),
		cmocka_unit_test(test_adopt),
		cmocka_unit_test(test_recheck),
		cmocka_unit_test(test_recheck_after_a_restart),
		cmocka_unit_test(test_changes_per_hour),
		cmocka_unit_test(test_sleep_and_long_windows),
		cmocka_unit_test(test_idle_machine),
		cmocka_unit_test(test_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
