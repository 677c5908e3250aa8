// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state after a restart is the state before it, for random histories: what an observer
 * sees of the live policy is held against what a new one makes of the journal and the memory.
 */
#include "policy_bench.h"

#include "durable/memory_file.h"
#include "policy/memory.h"

#define HISTORIES 10000
#define WINDOWS	  240

static uint64_t seed;

/* xorshift64* */
static uint64_t random_u64(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return seed * 0x2545f4914f6cdd1d;
}

static bool one_in(unsigned int n)
{
	return random_u64() % n == 0;
}

static void configure(struct bench *b)
{
	static struct plan plan;

	b->c.baseline_windows = b->c.measure_windows = 3;
	b->c.settle_windows = 1;
	b->c.cooldown_ns = 5 * WINDOW_NS;
	b->c.backoff_max_ns = 60 * WINDOW_NS;
	b->c.recheck_ns = 20 * WINDOW_NS;
	b->c.changes_per_hour = 1000;
	b->c.breaker_reverts = 1000;
	b->c.min_effect = 0.03;
	policy_configure(b->policy, &b->c, b->real_ns, &plan);
}

/* What happens to machines. */
static void disturb(struct bench *b)
{
	static struct plan plan;
	static const char *const names[] = { "mthp.64K", "mthp.2M" };
	static const char *const words[] = { "never", "madvise", "inherit" };
	size_t i = random_u64() % 2;

	switch (random_u64() % 40) {
	case 0:
		b->factor[i] = 0.25 + 0.05 * (random_u64() % 20);
		break;
	case 1:
		b->o.psi_full = bench_known(one_in(2) ? 0.5 : 0);
		break;
	case 2:
		if (one_in(4))
			strcpy(b->value[i], words[random_u64() % 3]);
		break;
	case 3:
		if (one_in(4) && !policy_hold(b->policy, names[i], b->real_ns, &plan))
			bench_carry_out(b, &plan);
		break;
	case 4:
	case 5:
		if (!policy_release(b->policy, names[i], b->real_ns, &plan))
			bench_carry_out(b, &plan);
		break;
	case 6:
		if (one_in(8))
			strcpy(b->above, one_in(2) ? "never" : "madvise");
		break;
	case 7:
		b->level = one_in(3) ? 0.001 : 10;
		break;
	case 8:
		b->o.psi_full = bench_known(0);
		break;
	}
}

static void live(struct bench *b, unsigned int windows)
{
	for (unsigned int i = 0; i < windows && b->n < LOG_MAX - 16; i++) {
		disturb(b);
		bench_window(b);
	}
}

/* By way of the file's text, as pgtopd does it. */
static void remember(const struct bench *b, struct memory *ret)
{
	struct memory m = { .n = 2, .boot = "1" };
	char *text;

	for (size_t i = 0; i < 2; i++)
		policy_remember(b->policy, i, &m.lever[i]);
	text = memory_print(&m);
	assert_non_null(text);
	memset(ret, 0, sizeof(*ret));
	assert_int_equal(memory_parse(text, strlen(text), ret), 0);
	for (size_t i = 0; i < 2; i++) {
		if (!lever_memory_equal(&m.lever[i], &ret->lever[i]))
			fail_msg("another memory is read back from %s", text);
	}
	free(text);
}

/* What policy_stop() plans, or what the journal undoes after a kill. */
static void end_run(struct bench *b, bool killed)
{
	static struct plan plan;
	struct lever_status s[2];

	if (!killed) {
		policy_stop(b->policy, b->real_ns, false, &plan);
		bench_carry_out(b, &plan);
		return;
	}
	policy_status(b->policy, s, 2);
	for (int i = 0; i < 2; i++) {
		if (*s[i].original)
			strcpy(b->value[i], s[i].original);
	}
}

static void take_up(struct bench *next, const struct bench *b, const struct memory *m,
		    bool same_boot)
{
	*next = *b;
	next->n = 0;
	assert_int_equal(policy_new(&next->c, &next->levers, 1, &next->policy), 0);
	for (size_t i = 0; i < b->n; i++)
		policy_history(next->policy, &b->log[i]);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(policy_recall(next->policy, &m->lever[i], same_boot), 0);
}

static void expect_same(const struct memory *before, const struct policy *p, bool same_boot)
{
	for (size_t i = 0; i < 2; i++) {
		struct lever_memory want = before->lever[i], now;

		policy_remember(p, i, &now);
		if (want.state == LEVER_KEPT)
			want.state = LEVER_IDLE; /* written again in the first window */
		if (!same_boot)
			memset(&want.proven, 0, sizeof(want.proven));
		/* a word of an earlier boot, see test_policy_yield */
		if (!same_boot && want.state == LEVER_YIELDED)
			want.yield.old = 1;
		if (!lever_memory_equal(&want, &now))
			fail_msg("%s: %s before, %s after the restart (seed %llu)", want.lever,
				 lever_state_name(want.state), lever_state_name(now.state),
				 (unsigned long long)seed);
	}
}

static size_t adopted;

/* What was kept is kept again, with all that is known of it, and without a trial. */
static void expect_adopted(struct bench *next, const struct memory *before)
{
	bool quiet = !next->o.psi_full.n && strcmp(next->above, "never") != 0;

	bench_window(next);
	for (size_t i = 0; i < 2; i++) {
		struct lever_memory want = before->lever[i], now;
		bool proven = *want.proven.value &&
			      (want.state == LEVER_KEPT || want.state == LEVER_IDLE);

		policy_remember(next->policy, i, &now);
		if (!proven || !quiet)
			continue;
		assert_int_equal(now.state, LEVER_KEPT);
		assert_string_equal(next->value[i], "always");
		want.state = now.state;
		want.decision = now.decision;
		if (!lever_memory_equal(&want, &now))
			fail_msg("%s: adopted otherwise than kept (seed %llu)", want.lever,
				 (unsigned long long)seed);
		adopted++;
	}
}

static void test_restarts(void **state)
{
	for (unsigned int k = 0; k < HISTORIES; k++) {
		bool killed = k % 2, same_boot = k % 3;
		static struct bench b, next;
		struct memory m;

		seed = 0x9e3779b97f4a7c15 * (k + 1);
		bench_init(&b, POLICY_TUNE);
		configure(&b);
		live(&b, 1 + random_u64() % WINDOWS);
		if (killed)
			remember(&b, &m);
		end_run(&b, killed);
		if (!killed)
			remember(&b, &m);
		take_up(&next, &b, &m, same_boot);
		expect_same(&m, next.policy, same_boot);
		if (same_boot)
			expect_adopted(&next, &m);
		bench_done(&next);
		bench_done(&b);
	}
	/* the histories have what this is about */
	assert_true(adopted > HISTORIES / 100);
}

/* Restarts between trials do not use alpha up: 0.1.0 began a trial after each. */
static void test_no_new_trial(void **state)
{
	static struct bench b, next;
	struct memory m;
	unsigned int tests;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.5;
	bench_until(&b, DECISION_KEEP, 200);
	policy_remember(b.policy, 0, &m.lever[0]);
	tests = m.lever[0].tests;
	for (int day = 0; day < 30; day++) {
		end_run(&b, false);
		assert_string_equal(b.value[0], "never");
		remember(&b, &m);
		take_up(&next, &b, &m, true);
		bench_done(&b);
		b = next;
		bench_windows(&b, 30);
		assert_string_equal(b.value[0], "always");
	}
	policy_remember(b.policy, 0, &m.lever[0]);
	assert_int_equal(m.lever[0].tests, tests);
	bench_done(&b);
}

/* Whoever wrote the knob, or another configuration, between two runs is obeyed. */
static void test_not_adopted(void **state)
{
	static struct bench b, next;
	struct memory m;

	for (int k = 0; k < 4; k++) {
		bench_init(&b, POLICY_TUNE);
		b.factor[0] = 0.5;
		bench_until(&b, DECISION_KEEP, 200);
		end_run(&b, false);
		remember(&b, &m);
		if (k == 1)
			b.c.alpha = 0.001;
		if (k == 2)
			b.c.mode = POLICY_ADVISE;
		take_up(&next, &b, &m, true);
		if (k == 0)
			strcpy(next.value[0], "madvise");
		if (k == 3)
			next.o.psi_full = bench_known(0.5);
		next.writes = 0;
		bench_windows(&next, 5);
		assert_int_equal(next.writes, 0);
		bench_done(&next);
		bench_done(&b);
	}
}

static void test_damaged(void **state)
{
	struct memory m = { .n = 1, .boot = "b", .lever[0] = { .lever = "mthp.64K" } };
	char *text = memory_print(&m);
	size_t len = strlen(text);

	assert_int_equal(memory_parse(text, len, &m), 0);
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(memory_parse(text, i, &m), -EBADMSG);
		text[i] ^= 1;
		assert_int_equal(memory_parse(text, len, &m), -EBADMSG);
		text[i] ^= 1;
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_restarts),
		cmocka_unit_test(test_no_new_trial),
		cmocka_unit_test(test_not_adopted),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
