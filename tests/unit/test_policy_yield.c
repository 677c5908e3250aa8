// SPDX-License-Identifier: GPL-2.0-only
/* For how long a knob that somebody else wrote is theirs. */
#include "policy_bench.h"

#include "policy/memory.h"

#define DAY (24 * 3600 / 10) /* windows */

static void written(struct bench *b, const char *word)
{
	strcpy(b->value[0], word);
	bench_until(b, DECISION_YIELD, 1);
	assert_int_equal(bench_status(b, 0).state, LEVER_YIELDED);
}

static void begin(struct bench *b)
{
	bench_init(b, POLICY_TUNE);
	b->factor[0] = 0.25;
	bench_until(b, DECISION_KEEP, 200);
}

static size_t tries(const struct bench *b, size_t from, const char *lever)
{
	size_t n = 0;

	for (; from < b->n; from++)
		n += b->log[from].action == DECISION_TRY && !strcmp(b->log[from].lever, lever);
	return n;
}

/* 30 days after they last wrote it. */
static void test_quiet_time(void **state)
{
	const struct decision *d;
	struct bench b;
	size_t n;

	begin(&b);
	written(&b, "madvise");
	bench_windows(&b, 20 * DAY);
	strcpy(b.value[0], "never");
	n = b.n;
	bench_windows(&b, 29 * DAY);
	assert_int_equal(bench_status(&b, 0).state, LEVER_YIELDED);
	assert_int_equal(tries(&b, n, "mthp.64K"), 0);
	d = bench_until(&b, DECISION_RELEASE, DAY + 2);
	assert_string_equal(d->lever, "mthp.64K");
	assert_non_null(strstr(d->reason, "for 720 h"));
	bench_until(&b, DECISION_KEEP, 300);
	assert_string_equal(bench_status(&b, 0).original, "never");
	bench_done(&b);
}

static void test_no_quiet_time(void **state)
{
	static struct plan plan;
	struct bench b;

	begin(&b);
	b.c.yield_ns = 0;
	policy_configure(b.policy, &b.c, b.real_ns, &plan);
	written(&b, "madvise");
	bench_windows(&b, 400 * DAY);
	assert_int_equal(bench_status(&b, 0).state, LEVER_YIELDED);
	assert_string_equal(b.value[0], "madvise");
	bench_done(&b);
}

/* "never" for all sizes still stands when the yield ends. */
static void test_never_stands(void **state)
{
	struct bench b;
	size_t n;

	begin(&b);
	strcpy(b.above, "never");
	bench_until(&b, DECISION_YIELD, 1);
	n = b.n;
	bench_windows(&b, 31 * DAY);
	assert_int_equal(bench_status(&b, 0).state, LEVER_BLOCKED);
	assert_int_equal(tries(&b, n, "mthp.64K"), 0);
	bench_done(&b);
}

/* pgtopd ends; the next one starts in another boot, with @value in the knob. */
static void boot(struct bench *next, struct bench *b, const char *value)
{
	static struct plan plan;
	struct lever_memory m;

	policy_stop(b->policy, b->real_ns, false, &plan);
	bench_carry_out(b, &plan);
	policy_remember(b->policy, 0, &m);
	*next = *b;
	next->n = next->writes = 0;
	assert_int_equal(policy_new(&next->c, &next->levers, 1, &next->policy), 0);
	for (size_t i = 0; i < b->n; i++)
		policy_history(next->policy, &b->log[i]);
	assert_int_equal(policy_recall(next->policy, &m, false), 0);
	strcpy(next->value[0], value);
	bench_done(b);
}

static void test_boot_ends_it(void **state)
{
	static const char *const after[] = { "never", "inherit" };
	static struct bench b, next;

	for (size_t i = 0; i < ARRAY_SIZE(after); i++) {
		begin(&b);
		written(&b, "madvise");
		boot(&next, &b, after[i]);
		assert_non_null(
			strstr(bench_until(&next, DECISION_RELEASE, 1)->reason, "booted"));
		bench_until(&next, DECISION_KEEP, 300);
		assert_string_equal(next.value[0], "always");
		bench_done(&next);
	}
}

/* What tuned or rc.local write at each boot is their word at each boot. */
static void test_repeated_at_boot(void **state)
{
	static struct bench b, next;

	begin(&b);
	written(&b, "madvise");
	for (int boots = 0; boots < 3; boots++) {
		boot(&next, &b, "never");
		policy_wait(next.policy, 600000000000, 0);
		bench_windows(&next, 30);
		strcpy(next.value[0], "madvise");
		bench_windows(&next, DAY);
		assert_int_equal(bench_status(&next, 0).state, LEVER_YIELDED);
		assert_int_equal(tries(&next, 0, "mthp.64K"), 0);
		b = next;
	}
	/* and then no longer */
	boot(&next, &b, "never");
	bench_until(&next, DECISION_KEEP, 300);
	bench_done(&next);
}

/* That the value before is written back looks like a boot without anybody's word. */
static void test_written_back(void **state)
{
	static struct bench b, next;

	begin(&b);
	written(&b, "never");
	boot(&next, &b, "never");
	bench_until(&next, DECISION_RELEASE, 1);
	bench_done(&next);
}

/* A restart while the boot is waited for does not make the yield one of this boot. */
static void test_restart_while_waiting(void **state)
{
	static struct bench b, next;
	struct lever_memory m;

	begin(&b);
	written(&b, "madvise");
	boot(&next, &b, "never");
	policy_wait(next.policy, 600000000000, 0);
	bench_windows(&next, 10);
	policy_remember(next.policy, 0, &m);
	bench_done(&next);
	assert_int_equal(policy_new(&b.c, &b.levers, 100, &next.policy), 0);
	assert_int_equal(policy_recall(next.policy, &m, true), 0);
	bench_until(&next, DECISION_RELEASE, 1);
	bench_done(&next);
}

/* Ten minutes: nothing is tried, and what changes is the machine's setting. */
static void test_boot_is_waited_for(void **state)
{
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.25;
	policy_wait(b.policy, 600000000000, 0);
	bench_windows(&b, 20);
	strcpy(b.value[0], "madvise");
	bench_windows(&b, 40);
	assert_int_equal(b.n, 0);
	assert_non_null(strstr(bench_status(&b, 0).why, "boot"));
	bench_until(&b, DECISION_KEEP, 100);
	assert_string_equal(bench_status(&b, 0).original, "madvise");
	written(&b, "never");
	bench_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quiet_time),
		cmocka_unit_test(test_no_quiet_time),
		cmocka_unit_test(test_never_stands),
		cmocka_unit_test(test_boot_ends_it),
		cmocka_unit_test(test_repeated_at_boot),
		cmocka_unit_test(test_written_back),
		cmocka_unit_test(test_restart_while_waiting),
		cmocka_unit_test(test_boot_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
