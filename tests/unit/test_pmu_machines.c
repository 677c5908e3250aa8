// SPDX-License-Identifier: GPL-2.0-only
/* The PMU source on made-up machines: several types of core, PMUs of other makers. */
#include "tree.h"

#include "perf_calls.h"
#include "sources.h"
#include "util/util.h"

#define CPU "/sys/devices/system/cpu"
#define D   "/sys/bus/event_source/devices"

struct machine {
	char *root;
	struct host *host;
	struct probe *probe;
	void *source;
};

static struct machine machine_new(enum host_arch arch, const char *online,
				  const struct perf_pmu *pmus)
{
	struct machine m = { .root = tree_new(), .probe = probe_new() };

	assert_int_equal(host_new(m.root, &m.host), 0);
	m.host->arch = arch;
	tree_file(m.root, CPU "/online", online);
	memset(&perf_calls, 0, sizeof(perf_calls));
	perf_calls.pmus = pmus;
	return m;
}

static void machine_pmu(const struct machine *m, const char *name, const struct perf_pmu *pmu,
			const char *bits)
{
	char path[128], type[16];

	snprintf(type, sizeof(type), "%u\n", pmu->type);
	snprintf(path, sizeof(path), D "/%s/type", name);
	tree_file(m->root, path, type);
	snprintf(path, sizeof(path), D "/%s/cpus", name);
	tree_file(m->root, path, pmu->cpus);
	snprintf(path, sizeof(path), D "/%s/format/event", name);
	tree_file(m->root, path, bits);
}

static void machine_event(const struct machine *m, const char *pmu, const char *event,
			  const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), D "/%s/events/%s", pmu, event);
	tree_file(m->root, path, text);
}

static void machine_open(struct machine *m, const char *const *roles)
{
	const struct source_options o = { .roles = roles };

	assert_int_equal(source_pmu.open(m->host, &o, m->probe, &m->source), 0);
	assert_int_equal(m->probe->error, 0);
}

static void machine_done(struct machine *m)
{
	source_pmu.close(m->source);
	probe_free(m->probe);
	host_free(m->host);
	tree_free(m->root);
}

static void expect(const struct machine *m, const char *row, enum probe_state state,
		   const char *via, const char *why)
{
	const struct probe_row *r = probe_find(m->probe, row);

	assert_non_null(r);
	if (r->state != state || (via && (!r->via || strcmp(r->via, via))) ||
	    (why && (!r->why || !strstr(r->why, why))))
		fail_msg("%s: %s, via %s: %s", row, probe_state_name(r->state),
			 r->via ? r->via : "-", r->why ? r->why : "-");
}

/* Apple's PMUs number their events as they like and list two of them. */
static struct machine apple(const struct perf_pmu pmus[2])
{
	static const char *const names[] = { "apple_icestorm_pmu", "apple_firestorm_pmu" };
	struct machine m = machine_new(ARCH_ARM64, "0-1\n", pmus);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		machine_pmu(&m, names[i], &pmus[i], "config:0-7\n");
		machine_event(&m, names[i], "cycles", "event=0x0002\n");
		machine_event(&m, names[i], "instructions", "event=0x008c\n");
	}
	return m;
}

static void test_other_pmu(void **state)
{
	static const struct perf_pmu pmus[] = { { 10, "0\n" }, { 11, "1\n" }, { 0 } };
	/* numbers that a PMUv3 has for common events */
	static const char *const raw[] = { "dtlb_walk=r0b", "itlb_walk=r34", NULL };
	struct machine m = apple(pmus);

	machine_open(&m, raw);
	expect(&m, "pmu.cycles", PROBE_OK, "perf cycles", NULL);
	expect(&m, "pmu.instructions", PROBE_OK, "perf instructions", NULL);
	expect(&m, "pmu.dtlb_walk", PROBE_OK, "perf r0b", NULL);
	expect(&m, "pmu.itlb_walk", PROBE_OK, "perf r34", NULL);
	expect(&m, "pmu.l1d_refill", PROBE_UNAVAILABLE, NULL,
	       "no event for it is known on this core type");
	machine_done(&m);
}

/* The same numbers on a PMUv3, which says that it does not count them. */
static void test_pmuv3(void **state)
{
	static const struct perf_pmu pmus[] = { { 8, "0-1\n" }, { 0 } };
	static const char *const raw[] = { "dtlb_walk=r0b", NULL };
	struct machine m = machine_new(ARCH_ARM64, "0-1\n", pmus);

	machine_pmu(&m, "armv8_pmuv3_0", &pmus[0], "config:0-15\n");
	machine_open(&m, raw);
	expect(&m, "pmu.dtlb_walk", PROBE_UNAVAILABLE, NULL,
	       "armv8_pmuv3_0 does not list event 0x0b");
	expect(&m, "pmu.cycles", PROBE_UNAVAILABLE, NULL,
	       "armv8_pmuv3_0 does not list cpu_cycles");
	machine_done(&m);
}

/* A device tree that has a PMU for the little cores only. */
static void test_some_without_pmu(void **state)
{
	static const struct perf_pmu pmus[] = { { 8, "0\n" }, { 0 } };
	static const char *const software[] = { "dtlb_walk=minor-faults", NULL };
	struct machine m = machine_new(ARCH_ARM64, "0-2\n", pmus);

	machine_pmu(&m, "armv8_cortex_a55", &pmus[0], "config:0-15\n");
	machine_event(&m, "armv8_cortex_a55", "cpu_cycles", "event=0x0011\n");
	machine_open(&m, software);
	expect(&m, "pmu.cycles", PROBE_UNAVAILABLE, NULL,
	       "counted on 1 of 3 CPUs only: CPU 1 belongs to no PMU (its driver or its node in "
	       "the device tree is missing)");
	/* no advice for guests */
	assert_null(probe_find(m.probe, "pmu.cycles")->remedy);
	/* every CPU has software events */
	expect(&m, "pmu.dtlb_walk", PROBE_OK, "perf minor-faults", NULL);
	machine_done(&m);
}

static void test_none_has_pmu(void **state)
{
	static const struct perf_pmu pmus[] = { { 0 } };
	struct machine m = machine_new(ARCH_ARM64, "0-1\n", pmus);

	machine_open(&m, NULL);
	expect(&m, "pmu.cycles", PROBE_UNAVAILABLE, NULL,
	       "this machine shows no hardware PMU");
	assert_non_null(strstr(probe_find(m.probe, "pmu.cycles")->remedy, "virtual PMU"));
	machine_done(&m);
}

#define CORE "cpu_core/event=0x12,umask=0x10/"
#define ATOM "cpu_atom/event=0x08,umask=0x10/"

/* An event of a named PMU is for its cores; the counts of all add up. */
static void test_hybrid(void **state)
{
	static const struct perf_pmu pmus[] = { { 4, "0\n" }, { 10, "1\n" }, { 0 } };
	static const struct {
		const char *roles[4];
		enum probe_state state;
		const char *via, *why;
	} cases[] = {
		{ { "walk_cycles=" CORE, "walk_cycles=" ATOM },
		  PROBE_OK,
		  "perf " ATOM ", " CORE,
		  NULL },
		{ { "walk_cycles=" ATOM, "walk_cycles=" CORE },
		  PROBE_OK,
		  "perf " ATOM ", " CORE,
		  NULL },
		{ { "walk_cycles=" CORE "+" ATOM }, PROBE_OK, "perf " ATOM ", " CORE, NULL },
		/* the others have none by default */
		{ { "walk_cycles=" CORE },
		  PROBE_UNAVAILABLE,
		  NULL,
		  "counted on 1 of 2 CPUs only: no event for it is known on this core type" },
		/* ... or one that is for all */
		{ { "walk_cycles=minor-faults", "walk_cycles=" CORE },
		  PROBE_OK,
		  "perf minor-faults, " CORE,
		  NULL },
		/* the last of those for the same cores is taken */
		{ { "walk_cycles=" CORE, "walk_cycles=minor-faults" },
		  PROBE_OK,
		  "perf minor-faults",
		  NULL },
		{ { "walk_cycles=" ATOM, "walk_cycles=cpu_core/event=1/",
		    "walk_cycles=" CORE },
		  PROBE_OK,
		  "perf " ATOM ", " CORE,
		  NULL },
		{ { "walk_cycles=cpu/event=1/" },
		  PROBE_UNAVAILABLE,
		  NULL,
		  "this machine has no PMU called cpu" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct machine m = machine_new(ARCH_X86_64, "0-1\n", pmus);

		machine_pmu(&m, "cpu_core", &pmus[0], "config:0-7\n");
		tree_file(m.root, D "/cpu_core/format/umask", "config:8-15\n");
		machine_pmu(&m, "cpu_atom", &pmus[1], "config:0-7\n");
		tree_file(m.root, D "/cpu_atom/format/umask", "config:8-15\n");
		tree_file(m.root, "/proc/cpuinfo",
			  "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\n"
			  "model\t\t: 183\n");
		machine_open(&m, cases[i].roles);
		expect(&m, "pmu.walk_cycles", cases[i].state, cases[i].via, cases[i].why);
		expect(&m, "pmu.cycles", PROBE_OK, "perf cycles", NULL);
		if (cases[i].state != PROBE_OK)
			assert_non_null(strstr(probe_find(m.probe, "pmu.walk_cycles")->remedy,
					       "--event ROLE=PMU/"));
		machine_done(&m);
	}
}

/* lxcfs shows a container one CPU, number 0, of the many that there are. */
static void test_container(void **state)
{
	static const struct perf_pmu pmus[] = { { 4, "0-31\n" }, { 0 } };
	struct machine m = machine_new(ARCH_X86_64, "0\n", pmus);

	tree_file(m.root, CPU "/present", "0-31\n");
	tree_file(m.root, CPU "/offline", "\n");
	tree_file(m.root, CPU "/cpu30/online", "0\n");
	machine_pmu(&m, "cpu", &pmus[0], "config:0-7\n");
	tree_file(m.root, "/proc/cpuinfo",
		  "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\n");
	machine_open(&m, NULL);
	expect(&m, "pmu.instructions", PROBE_DEGRADED, "perf instructions",
	       "CPUs 1-31 are neither online nor offline");
	for (unsigned int cpu = 0; cpu < 32; cpu++)
		assert_int_equal(!!perf_calls.opened[cpu], cpu != 30);
	machine_done(&m);
}

/* What the types count is one sum. */
static void test_sum(void **state)
{
	static const struct perf_pmu pmus[] = { { 8, "0\n" }, { 9, "1\n" }, { 0 } };
	static const char *const roles[] = { "cycles=armv8_cortex_a55/event=0x11/",
					     "cycles=armv8_cortex_a76/event=0x1d/", NULL };
	struct machine m = machine_new(ARCH_ARM64, "0-1\n", pmus);
	struct snapshot *first = snapshot_new(), *second = snapshot_new();

	machine_pmu(&m, "armv8_cortex_a55", &pmus[0], "config:0-15\n");
	machine_event(&m, "armv8_cortex_a55", "cpu_cycles", "event=0x0011\n");
	machine_pmu(&m, "armv8_cortex_a76", &pmus[1], "config:0-15\n");
	machine_event(&m, "armv8_cortex_a76", "bus_cycles", "event=0x001d\n");
	machine_open(&m, roles);
	expect(&m, "pmu.cycles", PROBE_OK,
	       "perf armv8_cortex_a55/event=0x11/, armv8_cortex_a76/event=0x1d/", NULL);
	assert_int_equal(source_pmu.read(m.source, first), 0);
	assert_int_equal(source_pmu.read(m.source, second), 0);
	assert_true(second->field[F_CYCLES_USER].known);
	/* four groups are read in turn: user and kernel mode on two CPUs */
	assert_int_equal(second->field[F_CYCLES_USER].n - first->field[F_CYCLES_USER].n,
			 2 * 4 * 1000000);
	snapshot_free(first);
	snapshot_free(second);
	machine_done(&m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_other_pmu),
		cmocka_unit_test(test_pmuv3),
		cmocka_unit_test(test_some_without_pmu),
		cmocka_unit_test(test_none_has_pmu),
		cmocka_unit_test(test_hybrid),
		cmocka_unit_test(test_container),
		cmocka_unit_test(test_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
