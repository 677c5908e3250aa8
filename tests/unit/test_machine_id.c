// SPDX-License-Identifier: GPL-2.0-only
/* Machines of a fleet differ, and one machine stays as it is. */
#include "policy_bench.h"

#include "machine_id.h"

#define MACHINES 2000

static uint64_t hash_of(const char *root, unsigned int machine, const char *purpose)
{
	char text[40];

	snprintf(text, sizeof(text), "%032x\n", machine);
	tree_file(root, "/etc/machine-id", text);
	return machine_id_hash(root, purpose);
}

static void test_differs(void **state)
{
	char *root = tree_new();
	uint64_t a = hash_of(root, 1, "canary");

	assert_int_equal(hash_of(root, 1, "canary"), a);
	assert_int_not_equal(hash_of(root, 1, "start"), a);
	assert_int_not_equal(hash_of(root, 2, "canary"), a);
	tree_free(root);
}

/* 10 % of machines are 10 %: 3.3 standard deviations of the binomial distribution. */
static void test_shares(void **state)
{
	char *root = tree_new();
	unsigned int in = 0, both = 0;

	for (unsigned int i = 0; i < MACHINES; i++) {
		bool chosen;

		hash_of(root, i, "canary");
		chosen = machine_id_share(root, "canary") < 0.1;
		in += chosen;
		both += chosen && machine_id_share(root, "start") < 0.5;
	}
	assert_in_range(in, 156, 244);
	/* of these the start says nothing */
	assert_in_range(both, in / 2 - 24, in / 2 + 24);
	tree_free(root);
}

static void test_without_id(void **state)
{
	char *root = tree_new();
	uint64_t none = machine_id_hash(root, "x");

	tree_file(root, "/proc/sys/kernel/random/boot_id", "1-2-3\n");
	assert_int_not_equal(machine_id_hash(root, "x"), none);
	tree_free(root);
}

static uint64_t waits_until(uint64_t seed)
{
	struct bench b;
	uint64_t until;

	bench_init(&b, POLICY_TUNE);
	policy_seed(b.policy, seed);
	bench_until(&b, DECISION_REVERT, 100); /* no effect */
	until = bench_status(&b, 0).until_real_ns;
	bench_done(&b);
	return until;
}

/* Machines with the same history do not wait for the same time, but up to an eighth of an hour
 * apart. */
static void test_jitter(void **state)
{
	char *root = tree_new();
	uint64_t least = UINT64_MAX, most = 0;

	for (unsigned int i = 0; i < 100; i++) {
		uint64_t until = waits_until(hash_of(root, i, "jitter"));

		least = until < least ? until : least;
		most = until > most ? until : most;
	}
	assert_in_range((most - least) / 1000000000, 3600 / 8 * 9 / 10, 3600 / 8);
	tree_free(root);
}

/* Nothing is tried before, and what others write meanwhile is their word. */
static void test_start_delay(void **state)
{
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.25;
	policy_wait(b.policy, 0, 600000000000);
	bench_windows(&b, 60);
	assert_int_equal(b.n, 0);
	assert_non_null(strstr(bench_status(&b, 0).why, "start_delay"));
	strcpy(b.value[0], "madvise");
	bench_until(&b, DECISION_YIELD, 1);
	bench_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_differs),	    cmocka_unit_test(test_shares),
		cmocka_unit_test(test_without_id),  cmocka_unit_test(test_jitter),
		cmocka_unit_test(test_start_delay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
