// SPDX-License-Identifier: GPL-2.0-only
/* From two snapshots to what the policy sees; the numbers are worked out by hand. */
#include <math.h>

#include "tree.h"

#include "policy/observation.h"
#include "util/util.h"

#define S 1000000000ull

#define CLOSE(r, expected) close_to(r, expected, #r)
#define UNKNOWN(r, text)   unknown(r, text, #r)

static void close_to(struct reading r, double expected, const char *name)
{
	if (!r.known)
		fail_msg("%s: %s", name, r.why);
	if (fabs(r.n - expected) > 1e-9 * fabs(expected))
		fail_msg("%s = %.12g, not %.12g", name, r.n, expected);
}

static void unknown(struct reading r, const char *why, const char *name)
{
	if (r.known)
		fail_msg("%s is known: %g", name, r.n);
	assert_string_equal(r.why, why);
}

struct pair {
	struct snapshot *older, *newer, *delta;
	struct levers levers;
	struct observation o;
};

static void pair_init(struct pair *p)
{
	p->older = snapshot_new();
	p->newer = snapshot_new();
	p->older->mono_ns = 100 * S;
	p->newer->mono_ns = 110 * S;
	p->newer->real_ns = 77;
	p->levers.n = 0;
}

static void pair_observe(struct pair *p)
{
	assert_int_equal(snapshot_diff(p->older, p->newer, &p->delta), 0);
	observe(p->delta, &p->levers, &p->o);
}

static void pair_done(struct pair *p)
{
	snapshot_free(p->older);
	snapshot_free(p->newer);
	snapshot_free(p->delta);
}

/* In ten seconds the field grows by @n. */
static void grows(struct pair *p, enum snapshot_field_id id, uint64_t n)
{
	snapshot_set(p->older, id, 1000, "test");
	snapshot_set(p->newer, id, 1000 + n, "test");
}

static void test_objectives(void **state)
{
	struct pair p;

	pair_init(&p);
	grows(&p, F_INSTRUCTIONS_USER, 2000000);
	grows(&p, F_DTLB_WALK_USER, 3000);
	grows(&p, F_ITLB_WALK_USER, 1000);
	grows(&p, F_INSTRUCTIONS_KERNEL, 500000);
	grows(&p, F_DTLB_WALK_KERNEL, 100);
	grows(&p, F_CYCLES_USER, 1000000);
	grows(&p, F_WALK_CYCLES_USER, 125000);
	grows(&p, F_STALL_TLB_USER, 500000);
	grows(&p, F_CYCLES_KERNEL, 1000000);
	grows(&p, F_STALL_TLB_KERNEL, 250000);
	grows(&p, F_VM_MINOR_FAULTS, 60000);
	grows(&p, F_CPU_USER, 15 * S);
	grows(&p, F_CPU_KERNEL, 5 * S);
	pair_observe(&p);
	CLOSE(p.o.objective[OBJECTIVE_USER_MPKI], 2);
	CLOSE(p.o.objective[OBJECTIVE_KERNEL_MPKI], 0.2);
	CLOSE(p.o.objective[OBJECTIVE_USER_CYCLES], 0.125);
	CLOSE(p.o.objective[OBJECTIVE_KERNEL_CYCLES], 0.25);
	CLOSE(p.o.objective[OBJECTIVE_FAULTS], 3000);
	CLOSE(p.o.cpu_busy, 2);
	CLOSE(p.o.user_busy, 1.5);
	CLOSE(p.o.minor_faults, 6000);
	assert_int_equal(p.o.mono_ns, 110 * S);
	assert_int_equal(p.o.interval_ns, 10 * S);
	assert_int_equal(p.o.real_ns, 77);
	pair_done(&p);
}

static void test_unknown_objectives(void **state)
{
	struct pair p;

	pair_init(&p);
	snapshot_lacks(p.newer, F_INSTRUCTIONS_USER, "no PMU here");
	grows(&p, F_DTLB_WALK_USER, 3000);
	grows(&p, F_VM_MINOR_FAULTS, 5);
	grows(&p, F_CPU_USER, 0);
	grows(&p, F_CPU_KERNEL, 0);
	pair_observe(&p);
	UNKNOWN(p.o.objective[OBJECTIVE_USER_MPKI], "no PMU here");
	UNKNOWN(p.o.objective[OBJECTIVE_FAULTS], "the CPUs were idle");
	UNKNOWN(p.o.objective[OBJECTIVE_USER_CYCLES], "nothing reads it");
	UNKNOWN(p.o.psi_full, "nothing reads it");
	UNKNOWN(p.o.pmu_running, "no PMU event was counted");
	CLOSE(p.o.cpu_busy, 0);
	pair_done(&p);
}

static void test_guards(void **state)
{
	struct pair p;

	pair_init(&p);
	grows(&p, F_PSI_MEMORY_FULL, S / 2);
	grows(&p, F_PSI_MEMORY_SOME, S);
	grows(&p, F_VM_COMPACT_STALLS, 70);
	grows(&p, F_VM_SWAP_OUT, 1000);
	grows(&p, F_VM_ZSWAP_OUT, 234);
	grows(&p, F_CONTPTE_UNFOLDS, 12340);
	snapshot_set(p.newer, F_MEM_TOTAL, 8000, "test");
	snapshot_set(p.newer, F_MEM_AVAILABLE, 2000, "test");
	snapshot_set(p.newer, F_MEM_ANON, 3000, "test");
	pair_observe(&p);
	CLOSE(p.o.psi_full, 0.05);
	CLOSE(p.o.psi_some, 0.1);
	CLOSE(p.o.compact_stalls, 7);
	CLOSE(p.o.swap_out, 123.4);
	CLOSE(p.o.unfolds, 1234);
	CLOSE(p.o.available, 0.25);
	CLOSE(p.o.anon_bytes, 3000);
	CLOSE(p.o.mem_total, 8000);
	pair_done(&p);
}

static void set_event(struct snapshot *s, uint64_t id, uint64_t enabled, uint64_t running,
		      uint64_t supported)
{
	struct table *t = snapshot_table(s, TABLE_PMU_EVENT);
	size_t e = table_column(t, "enabled", VALUE_COUNTER, UNIT_NS);
	size_t r = table_column(t, "running", VALUE_COUNTER, UNIT_NS);
	size_t u = table_column(t, "supported", VALUE_GAUGE, UNIT_COUNT);
	struct row *row = table_row(t, id, "role");

	row_set(t, row, e, enabled, "test");
	row_set(t, row, r, running, "test");
	row_set(t, row, u, supported, "test");
}

static void has_event(struct pair *p, uint64_t id, const char *name, uint64_t supported)
{
	struct table *t = snapshot_table(p->newer, TABLE_PMU_EVENT);
	size_t u = table_column(t, "supported", VALUE_GAUGE, UNIT_COUNT);

	row_set(t, table_row(t, id, name), u, supported, "test");
}

/* What is counted here is so too while others have the PMU. */
static void test_countable(void **state)
{
	struct pair p;

	pair_init(&p);
	snapshot_lacks(p.newer, F_DTLB_WALK_USER, "others use it too");
	has_event(&p, 1, "instructions/user", 1);
	has_event(&p, 2, "dtlb_walk/user", 1);
	has_event(&p, 3, "instructions/kernel", 1);
	has_event(&p, 4, "dtlb_walk/kernel", 0);
	has_event(&p, 5, "cycles/kernel", 1);
	has_event(&p, 6, "walk_cycles/kernel", 0);
	has_event(&p, 7, "stall_tlb/kernel", 1);
	has_event(&p, 8, "walk_cycles/user", 1);
	/* another type of core */
	has_event(&p, 101, "instructions/user", 1);
	has_event(&p, 102, "dtlb_walk/user", 1);
	pair_observe(&p);
	UNKNOWN(p.o.objective[OBJECTIVE_USER_MPKI], "others use it too");
	assert_true(p.o.countable[OBJECTIVE_USER_MPKI]);
	assert_false(p.o.countable[OBJECTIVE_KERNEL_MPKI]);
	assert_true(p.o.countable[OBJECTIVE_KERNEL_CYCLES]);
	assert_false(p.o.countable[OBJECTIVE_USER_CYCLES]); /* of what? */
	assert_false(p.o.countable[OBJECTIVE_FAULTS]);
	snapshot_free(p.delta);
	has_event(&p, 102, "dtlb_walk/user", 0);
	pair_observe(&p);
	assert_false(p.o.countable[OBJECTIVE_USER_MPKI]);
	pair_done(&p);
}

static void test_pmu_running(void **state)
{
	struct pair p;

	pair_init(&p);
	for (uint64_t id = 1; id <= 3; id++)
		set_event(p.older, id, 1000, 1000, 1);
	set_event(p.newer, 1, 2000, 2000, 1); /* always */
	set_event(p.newer, 2, 2000, 1400, 1); /* 0.4 of it */
	set_event(p.newer, 3, 2000, 1000, 0); /* does not exist */
	pair_observe(&p);
	CLOSE(p.o.pmu_running, 0.4);
	pair_done(&p);
}

static void set_size(struct snapshot *s, uint64_t size, const char *policy, uint64_t alloc,
		     uint64_t fallback)
{
	struct table *t = snapshot_table(s, TABLE_MTHP);
	size_t a = table_column(t, "anon_fault_alloc", VALUE_COUNTER, UNIT_COUNT);
	size_t f = table_column(t, "anon_fault_fallback", VALUE_COUNTER, UNIT_COUNT);
	struct row *row = table_row(t, size, NULL);

	row_label(t, row, 0, policy);
	row_set(t, row, a, alloc, "test");
	row_set(t, row, f, fallback, "test");
}

static void test_levers(void **state)
{
	struct pair p;

	pair_init(&p);
	set_size(p.older, 64 << 10, "never", 100, 10);
	set_size(p.newer, 64 << 10, "always", 400, 110);
	set_size(p.older, 2 << 20, "inherit", 5, 5);
	set_size(p.newer, 2 << 20, "inherit", 5, 104); /* one less than it takes */
	snapshot_fact(p.newer, FACT_THP_ENABLED, "madvise");
	levers_find(p.newer, 64 << 10, 2 << 20, false, &p.levers);
	assert_int_equal(p.levers.n, 2);
	pair_observe(&p);
	assert_string_equal(p.o.lever[0].value, "always"); /* the newer one */
	assert_string_equal(p.o.lever[0].effective, "always");
	CLOSE(p.o.lever[0].allocs, 30);
	CLOSE(p.o.lever[0].fallbacks, 0.25);
	assert_string_equal(p.o.lever[1].value, "inherit");
	assert_string_equal(p.o.lever[1].effective, "madvise");
	CLOSE(p.o.lever[1].allocs, 0);
	UNKNOWN(p.o.lever[1].fallbacks, "too few faults asked for this size");
	pair_done(&p);
}

static void collapses(struct pair *p, struct snapshot *s, uint64_t of_64k, uint64_t of_2m)
{
	struct table *t = snapshot_table(s, TABLE_MTHP);
	size_t column = table_column(t, "collapse_alloc", VALUE_COUNTER, UNIT_COUNT);

	set_size(s, 64 << 10, "always", 0, 0);
	set_size(s, 2 << 20, "always", 0, 0);
	if (s == p->newer)
		snapshot_fact(s, FACT_GRANULE, "4096");
	row_set(t, table_row(t, 64 << 10, NULL), column, of_64k, "test");
	snapshot_set(s, F_THP_COLLAPSE_ALLOC, of_2m, "test");
}

/* The kernel counts those of 2M by themselves, and of other sizes from 7.3 on. */
static void test_collapses(void **state)
{
	static const char *const none[] = { "511", "0" };

	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		struct pair p;

		pair_init(&p);
		collapses(&p, p.older, 10, 3);
		collapses(&p, p.newer, 110, 23);
		snapshot_fact(p.newer, FACT_MAX_PTES_NONE, none[i]);
		levers_find(p.newer, 64 << 10, 2 << 20, false, &p.levers);
		pair_observe(&p);
		CLOSE(p.o.lever[0].collapses, i ? 0 : 10);
		CLOSE(p.o.lever[1].collapses, i ? 0 : 2);
		pair_done(&p);
	}
}

/* Of 8 s of CPU time 2 in the kernel; 4e9 user instructions. */
static void test_kernel(void **state)
{
	struct pair p;

	pair_init(&p);
	grows(&p, F_CPU_KERNEL, 2 * S);
	grows(&p, F_CPU_USER, 6 * S);
	grows(&p, F_INSTRUCTIONS_USER, 4000000000);
	pair_observe(&p);
	CLOSE(p.o.kernel_share, 0.25);
	CLOSE(p.o.kernel_work_ns, 500);
	pair_done(&p);
}

static void test_size_vanishes(void **state)
{
	struct pair p;

	pair_init(&p);
	set_size(p.older, 64 << 10, "never", 100, 10);
	levers_find(p.older, 64 << 10, 2 << 20, false, &p.levers);
	table_lacks(snapshot_table(p.newer, TABLE_MTHP), "sysfs is gone");
	pair_observe(&p);
	assert_string_equal(p.o.lever[0].value, "");
	UNKNOWN(p.o.lever[0].allocs, "sysfs is gone");
	pair_done(&p);
}

static void test_names(void **state)
{
	for (int i = 0; i < OBJECTIVES; i++) {
		assert_true(*objective_name(i) && *objective_title(i));
		assert_true(strlen(objective_name(i)) < 24); /* struct decision */
		assert_true(objective_floor(i) > 0);
		assert_int_equal(objective_is_proxy(i), i == OBJECTIVE_FAULTS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objectives),
		cmocka_unit_test(test_unknown_objectives),
		cmocka_unit_test(test_guards),
		cmocka_unit_test(test_countable),
		cmocka_unit_test(test_pmu_running),
		cmocka_unit_test(test_levers),
		cmocka_unit_test(test_collapses),
		cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_size_vanishes),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
