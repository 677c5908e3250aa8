// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include "policy/guard.h"
#include "util/util.h"

static struct reading known(double n)
{
	return (struct reading){ .n = n, .known = true };
}

static struct observation calm(void)
{
	return (struct observation){
		.interval_ns = 10000000000ull,
		.psi_full = known(0),
		.available = known(0.5),
		.swap_out = known(0),
		.compact_stalls = known(0),
		.unfolds = known(0),
		.anon_bytes = known(1e9),
		.mem_total = known(8e9),
		.cpu_busy = known(2),
		.pmu_running = known(1),
	};
}

/* Each guard of the machine at its limit, and just beyond it. */
static void test_machine(void **state)
{
	struct policy_config c;
	struct observation o = calm();
	struct guard_input in = { .c = &c, .o = &o };
	struct {
		struct reading *reading;
		double *limit;
		enum guard_id guard;
		double beyond;
	} g[] = {
		{ &o.psi_full, &c.psi_full_max, GUARD_PSI_FULL, 1.001 },
		{ &o.available, &c.available_min, GUARD_AVAILABLE, 0.999 },
		{ &o.swap_out, &c.swap_out_max, GUARD_SWAP_OUT, 1.001 },
		{ &o.compact_stalls, &c.compact_stalls_max, GUARD_COMPACTION, 1.001 },
		{ &o.unfolds, &c.unfolds_max, GUARD_UNFOLDS, 1.001 },
	};
	char text[160];

	policy_defaults(&c);
	for (size_t i = 0; i < ARRAY_SIZE(g); i++) {
		struct reading before = *g[i].reading;
		struct breach b;

		assert_false(guard_breached(GUARD_MACHINE, &in, &b));
		*g[i].reading = known(*g[i].limit);
		assert_false(guard_breached(GUARD_MACHINE, &in, &b));
		*g[i].reading = known(*g[i].limit * g[i].beyond);
		assert_true(guard_breached(GUARD_MACHINE, &in, &b));
		assert_int_equal(b.guard, g[i].guard);
		assert_true(b.value == *g[i].limit * g[i].beyond && b.limit == *g[i].limit);
		assert_non_null(strstr(guard_explain(&b, text, sizeof(text)), "limit"));
		*g[i].reading = (struct reading){ .why = "not known here" };
		assert_false(guard_breached(GUARD_MACHINE, &in, &b));
		*g[i].reading = before;
	}
}

/* The limits of 0.1.0 on a machine of 8 CPUs with 4K pages, and what they are on others. */
static void test_scale(void **state)
{
	static const struct {
		unsigned int cpus;
		uint64_t page;
		double stalls, unfolds, swap;
	} m[] = {
		{ 0, 4096, 10, 10000, 1000 },  { 1, 4096, 10, 10000, 1000 },
		{ 8, 4096, 10, 10000, 1000 },  { 8, 65536, 10, 10000, 62.5 },
		{ 16, 4096, 20, 20000, 2000 }, { 192, 65536, 240, 240000, 1500 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(m); i++) {
		struct policy_config c;

		policy_defaults(&c);
		c.compact_stalls_max = c.unfolds_max = c.swap_out_max = POLICY_AUTO;
		policy_scale(&c, m[i].cpus, m[i].page);
		assert_float_equal(c.compact_stalls_max, m[i].stalls, 1e-9);
		assert_float_equal(c.unfolds_max, m[i].unfolds, 1e-9);
		assert_float_equal(c.swap_out_max, m[i].swap, 1e-9);
		/* what is configured is what is meant */
		c.swap_out_max = 7;
		policy_scale(&c, m[i].cpus, m[i].page);
		assert_float_equal(c.swap_out_max, 7, 0);
	}
}

static void test_missing(void **state)
{
	struct policy_config c;
	struct observation o = calm();
	struct guard_input in = { .c = &c, .o = &o };

	policy_defaults(&c);
	assert_int_equal(guard_missing(&in), -1);
	for (int g = 0; g < GUARDS; g++)
		assert_null(guard_lacks(g, &o));
	o.psi_full = (struct reading){ .why = "psi=0" };
	assert_string_equal(guard_lacks(GUARD_PSI_FULL, &o), "psi=0");
	assert_null(guard_lacks(GUARD_SWAP_OUT, &o));
	assert_int_equal(guard_missing(&in), -1);
	o.available = (struct reading){ .why = "no /proc" };
	assert_string_equal(guard_lacks(GUARD_AVAILABLE, &o), "no /proc");
	o.pmu_running = (struct reading){ .why = "a trial's" };
	assert_null(guard_lacks(GUARD_PMU, &o));
	assert_int_equal(guard_missing(&in), GUARD_AVAILABLE);
}

static void test_lever_and_trial(void **state)
{
	struct policy_config c;
	struct observation o = calm();
	struct lever_observation lever = { .allocs = known(1), .fallbacks = known(0.9) };
	struct guard_input in = { .c = &c, .o = &o, .lever = &lever };
	struct breach b;

	policy_defaults(&c);
	assert_true(guard_breached(GUARD_LEVER, &in, &b));
	assert_int_equal(b.guard, GUARD_FALLBACK);
	assert_false(guard_breached(GUARD_MACHINE, &in, &b));
	lever.fallbacks = known(0.1);
	assert_false(guard_breached(GUARD_LEVER, &in, &b));
	o.pmu_running = known(0.1);
	assert_false(guard_breached(GUARD_TRIAL, &in, &b));
	in.pmu = true;
	assert_true(guard_breached(GUARD_TRIAL, &in, &b));
	assert_int_equal(b.guard, GUARD_PMU);
}

/* 1 GB that neither grows nor wanders; the lever hands out folios of 64K. */
static void test_bloat_of_a_level(void **state)
{
	const double base[] = { 1e9, 1.001e9, 0.999e9, 1e9, 1.001e9, 0.999e9 };
	struct lever_observation lever = { .allocs = known(1000) }; /* 655 MB a window */
	struct observation o = calm();
	struct policy_config c;
	struct bloat b;

	policy_defaults(&c);
	bloat_begin(&b, base, ARRAY_SIZE(base), 20);
	o.anon_bytes = known(1.05e9);
	bloat_step(&b, &c, &o, &lever, 64 << 10);
	assert_true(b.excess.known);
	assert_float_equal(b.excess.n, 0.05, 0.001);
	assert_float_equal(b.limit, 0.1, 1e-9);
	o.anon_bytes = known(1.2e9);
	bloat_step(&b, &c, &o, &lever, 64 << 10);
	assert_float_equal(b.excess.n, 0.2, 0.001);
	/* what no folio of this size was handed out for is not its fault */
	lever.allocs = known(0);
	bloat_begin(&b, base, ARRAY_SIZE(base), 20);
	bloat_step(&b, &c, &o, &lever, 64 << 10);
	assert_float_equal(b.excess.n, 0, 1e-9);
	/* and what is unknown is told */
	o.anon_bytes = (struct reading){ .why = "no AnonPages" };
	bloat_step(&b, &c, &o, &lever, 64 << 10);
	assert_false(b.excess.known);
}

/* A service that starts in the baseline does not loosen the guard: 10 % became 44 %. */
static void test_bloat_after_a_step(void **state)
{
	struct lever_observation lever = { .allocs = known(1000) };
	struct observation o = calm();
	struct policy_config c;
	struct bloat b;

	policy_defaults(&c);
	o.anon_bytes = known(1.5e9);
	for (int at = 1; at < 12; at++) {
		double base[12];

		for (int i = 0; i < 12; i++)
			base[i] = i < at ? 1e9 : 1.5e9;
		bloat_begin(&b, base, ARRAY_SIZE(base), 20);
		bloat_step(&b, &c, &o, &lever, 64 << 10);
		assert_true(b.excess.known);
		if (b.limit > 0.2 + 1e-9)
			fail_msg("a step after %d windows: limit %.3f", at, b.limit);
	}
}

/* A load that grows by 100 MB a window of 20 CPU-seconds goes on growing: no bloat. */
static void test_bloat_of_growth(void **state)
{
	struct lever_observation lever = { .allocs = known(1e6) };
	struct observation o = calm();
	struct policy_config c;
	double base[12];
	struct bloat b;

	policy_defaults(&c);
	for (int i = 0; i < 12; i++)
		base[i] = 1e9 + i * 1e8;
	bloat_begin(&b, base, 12, 20);
	for (int i = 12; i < 30; i++) {
		o.anon_bytes = known(1e9 + i * 1e8);
		bloat_step(&b, &c, &o, &lever, 64 << 10);
		assert_float_equal(b.excess.n, 0, 1e-6);
	}
	/* the growth is of the work done: at rest there is none to expect */
	o.cpu_busy = known(0);
	o.anon_bytes = known(1e9 + 29 * 1e8 + 1e9);
	bloat_step(&b, &c, &o, &lever, 64 << 10);
	assert_true(b.excess.n > b.limit);
}

/* -1 .. 1, the same at each run (D. E. Knuth's MMIX generator). */
static double wobble(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (int32_t)(*seed >> 32) * 0x1p-31;
}

/*
 * Memory that wanders by half a percent, each level four fifths of the last one, now and then
 * shows a slope by chance.  Were it continued, it would hide what a lever adds.
 */
static void test_bloat_behind_a_chance_slope(void **state)
{
	struct lever_observation lever = { .allocs = known(1e4) };
	struct observation o = calm();
	unsigned int hidden = 0;
	struct policy_config c;
	uint64_t seed = 1;
	struct bloat b;

	policy_defaults(&c);
	o.anon_bytes = known(1.2e9);
	for (int k = 0; k < 1000; k++) {
		double base[12], level = 0;

		for (int i = 0; i < 12; i++) {
			level = 0.8 * level + 5e6 * wobble(&seed);
			base[i] = 1e9 + level;
		}
		bloat_begin(&b, base, 12, 20);
		for (int i = 0; i < 120; i++)
			bloat_step(&b, &c, &o, &lever, 64 << 10);
		hidden += b.excess.n <= b.limit;
	}
	assert_int_equal(hidden, 0);
}

/* A service of 300 MB ends while 250 MB of bloat come: AnonPages falls all the same. */
static void test_bloat_behind_a_fall(void **state)
{
	const double base[] = { 1e9, 1.001e9, 0.999e9, 1e9, 1.001e9, 0.999e9 };
	const double with[] = { 1.05e9, 0.78e9, 0.84e9, 0.9e9, 0.95e9 };
	struct lever_observation lever = { .allocs = known(1e4) };
	struct observation o = calm();
	struct policy_config c;
	struct bloat b;

	policy_defaults(&c);
	bloat_begin(&b, base, ARRAY_SIZE(base), 20);
	for (size_t i = 0; i < ARRAY_SIZE(with); i++) {
		o.anon_bytes = known(with[i]);
		bloat_step(&b, &c, &o, &lever, 64 << 10);
	}
	assert_true(b.excess.n > b.limit);
	/* what only wobbles is no fall */
	bloat_begin(&b, base, ARRAY_SIZE(base), 20);
	for (int i = 0; i < 50; i++) {
		o.anon_bytes = known(i % 2 ? 0.99e9 : 1.01e9);
		bloat_step(&b, &c, &o, &lever, 64 << 10);
		assert_true(b.excess.n < b.limit);
	}
}

static void test_bloat_of_little(void **state)
{
	const double base[] = { 1e7, 1e7, 1e7, 1e7, 1e7, 1e7 };
	struct lever_observation lever = { .allocs = known(1e4) };
	struct observation o = calm();
	struct policy_config c;
	struct bloat b;

	policy_defaults(&c);
	bloat_begin(&b, base, ARRAY_SIZE(base), 20);
	o.anon_bytes = known(4e7); /* four times as much, of 8 GB half a percent is 40 MB */
	bloat_step(&b, &c, &o, &lever, 64 << 10);
	assert_true(b.excess.n < b.limit);
	o.anon_bytes = known(6e7);
	bloat_step(&b, &c, &o, &lever, 64 << 10);
	assert_true(b.excess.n > b.limit);
}

/* A kept lever's load may change over hours, and while memory is plentiful. */
static void test_bloat_of_a_kept_lever(void **state)
{
	struct lever_observation lever = { .allocs = known(1e4) };
	struct observation o = calm();
	struct policy_config c;
	struct bloat b;

	policy_defaults(&c);
	bloat_adopt(&b, 1e9);
	o.anon_bytes = known(2e9);
	bloat_step(&b, &c, &o, &lever, 64 << 10);
	assert_false(b.excess.known);
	o.available = known(0.1);
	bloat_step(&b, &c, &o, &lever, 64 << 10);
	assert_true(b.excess.known && b.excess.n > b.limit);
	for (int i = 0; i < 6 * 360; i++)
		bloat_step(&b, &c, &o, &lever, 64 << 10);
	assert_true(b.excess.known && b.excess.n < b.limit);
}

/*
 * khugepaged collapses 16 MB in ten seconds, as it does by default, on a machine of 10 GB that
 * has plenty: a tenth is found within two hours, however slowly it came.
 */
static void test_bloat_of_collapses(void **state)
{
	struct lever_observation lever = { .collapses = known(1.6e6 / (64 << 10)) };
	struct observation o = calm();
	struct policy_config c;
	struct bloat b;

	policy_defaults(&c);
	o.available = known(0.5);
	bloat_adopt(&b, 10e9);
	for (int i = 0; i < 720; i++) {
		o.anon_bytes = known(10e9 + i * 1.6e7);
		bloat_step(&b, &c, &o, &lever, 64 << 10);
	}
	assert_true(b.excess.known && b.excess.n > b.limit);
	/* dense memory, collapsed as fast, does not grow */
	bloat_adopt(&b, 10e9);
	o.anon_bytes = known(10e9);
	for (int i = 0; i < 720; i++)
		bloat_step(&b, &c, &o, &lever, 64 << 10);
	assert_true(b.excess.known && b.excess.n < b.limit);
	/* in a trial they are as good as faults */
	const double base[] = { 1e9, 1.001e9, 0.999e9, 1e9, 1.001e9, 0.999e9 };

	bloat_begin(&b, base, ARRAY_SIZE(base), 20);
	o.anon_bytes = known(1.2e9);
	for (int i = 0; i < 20; i++)
		bloat_step(&b, &c, &o, &lever, 64 << 10);
	assert_float_equal(b.excess.n, 0.2, 0.001);
}

static void test_bloat_unknown(void **state)
{
	struct bloat b;

	bloat_begin(&b, NULL, 0, 0);
	assert_false(b.known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_machine),
		cmocka_unit_test(test_scale),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_lever_and_trial),
		cmocka_unit_test(test_bloat_of_a_level),
		cmocka_unit_test(test_bloat_after_a_step),
		cmocka_unit_test(test_bloat_of_growth),
		cmocka_unit_test(test_bloat_behind_a_chance_slope),
		cmocka_unit_test(test_bloat_behind_a_fall),
		cmocka_unit_test(test_bloat_of_little),
		cmocka_unit_test(test_bloat_of_a_kept_lever),
		cmocka_unit_test(test_bloat_of_collapses),
		cmocka_unit_test(test_bloat_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
