// SPDX-License-Identifier: GPL-2.0-only
/* Names of events; expected numbers from include/uapi/linux/perf_event.h and perf's own -vv.
 */
#include "tree.h"

#include <linux/perf_event.h>

#include "pmu/pmu_event.h"
#include "pmu/pmu_roles.h"
#include "util/util.h"

#define D PMU_DIR

struct machine {
	char *root;
	struct host host;
	struct pmu_device *pmu;
	size_t n;
};

/* An arm64 machine with two types of core; the big ones do not count walks. */
static struct machine biglittle(void)
{
	struct machine m = { .root = tree_new() };

	tree_file(m.root, D "/armv8_cortex_a53/type", "8\n");
	tree_file(m.root, D "/armv8_cortex_a53/cpus", "0-3\n");
	tree_file(m.root, D "/armv8_cortex_a53/format/event", "config:0-15\n");
	tree_file(m.root, D "/armv8_cortex_a53/format/long", "config1:0\n");
	tree_file(m.root, D "/armv8_cortex_a53/events/cpu_cycles", "event=0x0011\n");
	tree_file(m.root, D "/armv8_cortex_a53/events/dtlb_walk", "event=0x0034\n");
	tree_file(m.root, D "/armv8_cortex_a53/events/odd", "event=zero\n");
	tree_file(m.root, D "/armv8_cortex_a72/type", "9\n");
	tree_file(m.root, D "/armv8_cortex_a72/cpus", "4-5\n");
	tree_file(m.root, D "/armv8_cortex_a72/format/event", "config:0-15\n");
	tree_file(m.root, D "/armv8_cortex_a72/events/cpu_cycles", "event=0x0011\n");
	tree_file(m.root, D "/arm_cmn_0/type", "11\n");
	tree_file(m.root, D "/arm_cmn_0/cpumask", "0\n");
	tree_file(m.root, D "/arm_cmn_0/format/type", "config:0-15\n");
	tree_file(m.root, D "/broken/type", "twelve\n");
	tree_file(m.root, D "/broken/cpus", "6\n");
	tree_file(m.root, D "/software/type", "1\n");
	m.host = (struct host){ .root = m.root, .arch = ARCH_ARM64, .page_size = 4096 };
	assert_int_equal(pmu_devices(&m.host, &m.pmu, &m.n), 0);
	return m;
}

static struct machine intel(void)
{
	struct machine m = { .root = tree_new() };

	tree_file(m.root, D "/cpu/type", "4\n");
	tree_file(m.root, D "/cpu/format/event", "config:0-7\n");
	tree_file(m.root, D "/cpu/format/umask", "config:8-15\n");
	tree_file(m.root, D "/cpu/format/cmask", "config:24-31\n");
	tree_file(m.root, D "/cpu/format/offcore_rsp", "config1:0-63\n");
	tree_file(m.root, D "/cpu/format/split", "config:0-7,32-35\n");
	tree_file(m.root, D "/cpu/format/new", "config9:0\n");
	tree_file(m.root, D "/cpu/events/mem-loads", "event=0xcd,umask=0x1\n");
	tree_file(m.root, D "/cpu/events/loop", "loop\n");
	m.host = (struct host){ .root = m.root, .arch = ARCH_X86_64, .page_size = 4096 };
	assert_int_equal(pmu_devices(&m.host, &m.pmu, &m.n), 0);
	return m;
}

static void machine_done(struct machine *m)
{
	free(m->pmu);
	tree_free(m->root);
}

static void good(struct machine *m, size_t pmu, const char *text, uint32_t type,
		 uint64_t config, uint64_t config1)
{
	struct pmu_event e;
	char why[256] = "";
	int r = pmu_event_parse(&m->host, &m->pmu[pmu], text, strlen(text), &e, why,
				sizeof(why));

	if (r)
		fail_msg("%s: %s", text, why);
	assert_string_equal(e.name, text);
	assert_int_equal(e.type, type);
	assert_int_equal(e.config[0], config);
	assert_int_equal(e.config[1], config1);
	assert_int_equal(e.config[2], 0);
}

static void bad(struct machine *m, size_t pmu, const char *text, int r, const char *why)
{
	struct pmu_event e = { .type = 77 };
	char got[256] = "";

	assert_int_equal(pmu_event_parse(&m->host, &m->pmu[pmu], text, strlen(text), &e, got,
					 sizeof(got)),
			 r);
	assert_string_equal(got, why);
	assert_int_equal(e.type, 77);
}

static void test_devices(void **state)
{
	struct machine m = biglittle();

	assert_int_equal(m.n, 2);
	assert_string_equal(m.pmu[0].name, "armv8_cortex_a53");
	assert_int_equal(m.pmu[0].type, 8);
	assert_true(cpulist_has(&m.pmu[0].cpus, 3));
	assert_false(cpulist_has(&m.pmu[0].cpus, 4));
	assert_string_equal(m.pmu[1].name, "armv8_cortex_a72");
	machine_done(&m);

	m = intel();
	assert_int_equal(m.n, 1);
	assert_true(cpulist_has(&m.pmu[0].cpus, 511));
	machine_done(&m);
}

static void test_no_devices(void **state)
{
	char *root = tree_new();
	const struct host h = { .root = root, .arch = ARCH_X86_64 };
	struct pmu_device *all;
	size_t n = 77;

	assert_int_equal(pmu_devices(&h, &all, &n), 0);
	assert_int_equal(n, 0);
	free(all);
	tree_free(root);
}

static void test_generic(void **state)
{
	struct machine m = intel();

	good(&m, 0, "minor-faults", 1, 5, 0);
	good(&m, 0, "page-faults", 1, 2, 0);
	good(&m, 0, "task-clock", 1, 1, 0);
	good(&m, 0, "instructions", 0, 1, 0);
	good(&m, 0, "cycles", 0, 0, 0);
	/* dTLB is 3, iTLB 4; read 0, write 1; access 0, miss 1 */
	good(&m, 0, "dTLB-load-misses", 3, 0x10003, 0);
	good(&m, 0, "dTLB-store-misses", 3, 0x10103, 0);
	good(&m, 0, "dTLB-loads", 3, 0x00003, 0);
	good(&m, 0, "iTLB-load-misses", 3, 0x10004, 0);
	machine_done(&m);
}

static void test_terms(void **state)
{
	struct machine m = intel();

	good(&m, 0, "cpu/event=0x08,umask=0x10,cmask=1/", 4, 0x01001008, 0);
	good(&m, 0, "cpu/mem-loads/", 4, 0x1cd, 0);
	good(&m, 0, "mem-loads", 4, 0x1cd, 0);
	good(&m, 0, "cpu/mem-loads,umask=2/", 4, 0x2cd, 0);
	good(&m, 0, "cpu/config=0x1b7,config1=17/", 4, 0x1b7, 17);
	good(&m, 0, "cpu/event=0xb7,offcore_rsp=0xffffffffffffffff/", 4, 0xb7, UINT64_MAX);
	/* 0xabc over bits 0-7 and 32-35 */
	good(&m, 0, "cpu/split=0xabc/", 4, 0xa000000bc, 0);
	good(&m, 0, "r1cd", 4, 0x1cd, 0);
	bad(&m, 0, "cpu/umask=0x100/", -EINVAL,
	    "the PMU cpu takes no value as large as in 'umask=0x100'");
	bad(&m, 0, "cpu/nonsense=1/", -EINVAL,
	    "the PMU cpu has no term or event called 'nonsense=1'");
	bad(&m, 0, "cpu/event=/", -EINVAL, "the PMU cpu cannot use the term 'event='");
	bad(&m, 0, "cpu/event=1,/", -EINVAL, "the PMU cpu has no term or event called ''");
	bad(&m, 0, "cpu/../event=1/", -EINVAL,
	    "the PMU cpu has no term or event called '../event=1'");
	bad(&m, 0, "cpu/new/", -EINVAL, "the PMU cpu cannot use the term 'new'");
	bad(&m, 0, "cpu/loop/", -EINVAL, "the PMU cpu has no term or event called 'loop'");
	bad(&m, 0, "cpu//", -EINVAL, "cpu//: not of the form PMU/TERM=VALUE,.../");
	bad(&m, 0, "cpu/event=1", -EINVAL, "cpu/event=1: not of the form PMU/TERM=VALUE,.../");
	bad(&m, 0, "../event=1/", -EINVAL, "../event=1/: not of the form PMU/TERM=VALUE,.../");
	bad(&m, 0, "uncore/event=1/", -ENOENT, "this machine has no PMU called uncore");
	bad(&m, 0, "walks", -ENOENT,
	    "'walks' is not an event: neither a software event, nor a generic one, nor listed by "
	    "the PMU cpu");
	bad(&m, 0, "minor faults", -EINVAL, "minor faults: not the name of an event");
	bad(&m, 0, "", -EINVAL, "the name of an event is missing");
	machine_done(&m);
}

static void test_arm64(void **state)
{
	struct machine m = biglittle();

	good(&m, 0, "dtlb_walk", 8, 0x34, 0);
	good(&m, 0, "r34", 8, 0x34, 0);
	good(&m, 0, "armv8_cortex_a53/event=0x34,long/", 8, 0x34, 1);
	bad(&m, 1, "dtlb_walk", -ENOENT,
	    "armv8_cortex_a72 does not list dtlb_walk: the core does not count it (raw event "
	    "0x34 would open and stay 0 for ever)");
	bad(&m, 1, "walks", -ENOENT,
	    "'walks' is not an event: neither a software event, nor a generic one, nor listed by "
	    "the PMU armv8_cortex_a72");
	/* The trap: the number opens everywhere. */
	bad(&m, 1, "r34", -ENOENT,
	    "armv8_cortex_a72 does not list event 0x34: it would open and count 0 for ever");
	bad(&m, 1, "armv8_cortex_a72/event=0x34/", -ENOENT,
	    "armv8_cortex_a72 does not list event 0x34: it would open and count 0 for ever");
	bad(&m, 1, "armv8_cortex_a72/config=0x4005/", -ENOENT,
	    "armv8_cortex_a72 does not list event 0x4005: it would open and count 0 for ever");
	/* numbers PMCEID does not speak about are left to the self-test */
	good(&m, 1, "r8167", 9, 0x8167, 0);
	good(&m, 1, "r4040", 9, 0x4040, 0);
	good(&m, 1, "rc1", 9, 0xc1, 0);
	bad(&m, 1, "armv8_cortex_a53/event=0x11/", -ENOENT,
	    "the PMU armv8_cortex_a53 is not that of these cores");
	bad(&m, 0, "odd", -EINVAL,
	    "the PMU armv8_cortex_a53 cannot use the term 'event=zero'");
	/* a PMU that is not bound to cores can be named on any */
	good(&m, 1, "arm_cmn_0/type=5/", 11, 5, 0);
	machine_done(&m);
}

static void test_without_pmu(void **state)
{
	char *root = tree_new();
	const struct host h = { .root = root, .arch = ARCH_ARM64 };
	const struct pmu_device none = { .name = "" };
	struct machine m = { .root = root, .host = h, .pmu = (struct pmu_device *)&none };

	good(&m, 0, "minor-faults", 1, 5, 0);
	bad(&m, 0, "dtlb_walk", -ENOENT,
	    "dtlb_walk: not a software event, and there is no hardware PMU here that could list "
	    "it");
	tree_free(root);
}

static void test_format(void **state)
{
	static const char *const wrong[] = {
		"",	      "config",	     "config:",	     "config:64",
		"config:7-0", "config:0-7,", "config:0-7 ",  "config3:0-7",
		"event:0-7",  "config:-7",   "config:0-7\nx"
	};
	struct pmu_format f = { .word = 77 };
	uint64_t config[3] = { 0, UINT64_MAX, 0 };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(pmu_format_parse(wrong[i], &f), -EINVAL);
	assert_int_equal(f.word, 77);
	assert_int_equal(pmu_format_parse("config1:0-63\n", &f), 0);
	assert_int_equal(f.bits, UINT64_MAX);
	assert_int_equal(pmu_format_parse("config1:63", &f), 0);
	assert_int_equal(f.bits, 1ull << 63);
	assert_int_equal(pmu_format_parse("config1:4-7,12-15", &f), 0);
	assert_int_equal(f.bits, 0xf0f0);
	/* only its own bits change */
	assert_int_equal(pmu_format_apply(&f, 0x12, config), 0);
	assert_int_equal(config[1], 0xffffffffffff1f2f);
	assert_int_equal(pmu_format_apply(&f, 0x100, config), -ERANGE);
}

static void test_mapping(void **state)
{
	static const char *const wrong[] = { "",
					     "=",
					     "dtlb_walk",
					     "=minor-faults",
					     "walk=r34",
					     "dtlb_walks=r34",
					     "DTLB_WALK=r34" };
	enum pmu_role role = ROLE_MAX;
	const char *event = NULL;
	char why[256];

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(pmu_mapping_parse(wrong[i], &role, &event, why, sizeof(why)),
				 -EINVAL);
		assert_non_null(strstr(why, "instructions, cycles, dtlb_walk"));
	}
	assert_int_equal(pmu_mapping_parse("dtlb_walk=", &role, &event, why, sizeof(why)),
			 -EINVAL);
	assert_string_equal(why, "no event is given for the role dtlb_walk: write "
				 "dtlb_walk=EVENT, for example dtlb_walk=minor-faults");
	assert_null(event);
	assert_int_equal(
		pmu_mapping_parse("stall_tlb=cpu/event=1/", &role, &event, why, sizeof(why)),
		0);
	assert_int_equal(role, ROLE_STALL_TLB);
	assert_string_equal(event, "cpu/event=1/");
}

static const char *event_of(enum pmu_vendor vendor, uint32_t midr, unsigned int family,
			    unsigned int model, enum pmu_role role)
{
	const struct pmu_core_id id = { vendor, midr, family, model };
	const char *e = pmu_role_event(&id, role);

	return e ? e : "none";
}

static void test_role_events(void **state)
{
	/* Neoverse N1: nothing tells cycles of walks; V3 does */
	assert_string_equal(event_of(VENDOR_ARM64, 0x413fd0c1, 0, 0, ROLE_DTLB_WALK),
			    "dtlb_walk");
	assert_string_equal(event_of(VENDOR_ARM64, 0x413fd0c1, 0, 0, ROLE_WALK_CYCLES),
			    "none");
	/* DTLB_WALK_PERCYC of Neoverse V3 counts several walks in one cycle */
	assert_string_equal(event_of(VENDOR_ARM64, 0x410fd842, 0, 0, ROLE_WALK_CYCLES),
			    "none");
	assert_string_equal(event_of(VENDOR_ARM64, 0xc00fac40, 0, 0, ROLE_STALL_TLB),
			    "r8167+r815c");
	assert_string_equal(event_of(VENDOR_ARM64, 0xc00fac30, 0, 0, ROLE_STALL_TLB),
			    "rd20e+rd20c");
	/* Olympus: nvidia/t410/stall.json has both; Fujitsu Monaka's has neither */
	assert_string_equal(event_of(VENDOR_ARM64, 0x4e0f0100, 0, 0, ROLE_STALL_TLB),
			    "r8167+r815c");
	assert_string_equal(event_of(VENDOR_ARM64, 0x460f0030, 0, 0, ROLE_STALL_TLB), "none");
	/* unknown arm64 core: what it lists */
	assert_string_equal(event_of(VENDOR_ARM64, 0, 0, 0, ROLE_INSTRUCTIONS),
			    "inst_retired");
	/* Ice Lake-SP; a client core of the same family is in no table */
	/* a cycle in which a load and a store wait for walks is one cycle */
	assert_string_equal(event_of(VENDOR_INTEL, 0, 6, 106, ROLE_WALK_CYCLES),
			    "cpu/event=0x08,umask=0x10,cmask=1/");
	assert_string_equal(event_of(VENDOR_INTEL, 0, 6, 60, ROLE_WALK_CYCLES), "none");
	assert_string_equal(event_of(VENDOR_INTEL, 0, 6, 60, ROLE_DTLB_WALK),
			    "dTLB-load-misses+dTLB-store-misses");
	assert_string_equal(event_of(VENDOR_INTEL, 0, 6, 60, ROLE_L1D_REFILL), "none");
	/* "dTLB-loads" are L1 misses from Zen on only */
	assert_string_equal(event_of(VENDOR_AMD, 0, 0x15, 2, ROLE_L1D_REFILL), "none");
	assert_string_equal(event_of(VENDOR_AMD, 0, 0x17, 49, ROLE_L1D_REFILL), "dTLB-loads");
	assert_string_equal(event_of(VENDOR_AMD, 0, 0x19, 17, ROLE_L1D_REFILL), "dTLB-loads");
	assert_string_equal(event_of(VENDOR_OTHER, 0, 0, 0, ROLE_INSTRUCTIONS), "none");
}

static void test_core_id(void **state)
{
	char *root = tree_new();
	struct host h = { .root = root, .arch = ARCH_X86_64 };
	struct pmu_core_id id;

	pmu_core_id_read(&h, false, 0, &id);
	assert_int_equal(id.vendor, VENDOR_OTHER);
	tree_file(root, "/proc/cpuinfo",
		  "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\n"
		  "model\t\t: 17\nmodel name\t: AMD EPYC\n\n");
	pmu_core_id_read(&h, false, 0, &id);
	assert_int_equal(id.vendor, VENDOR_AMD);
	assert_int_equal(id.family, 0x19);
	assert_int_equal(id.model, 17);
	h.arch = ARCH_ARM64;
	tree_file(root, "/sys/devices/system/cpu/cpu3/regs/identification/midr_el1",
		  "0x00000000413fd0c1\n");
	pmu_core_id_read(&h, false, 3, &id);
	assert_int_equal(id.vendor, VENDOR_ARM64_OTHER);
	pmu_core_id_read(&h, true, 3, &id);
	assert_int_equal(id.vendor, VENDOR_ARM64);
	assert_int_equal(id.midr, 0x413fd0c1);
	tree_free(root);
}

static void test_software_in_via(void **state)
{
	static const char *const yes[] = { "perf minor-faults", "perf r34, page-faults",
					   "perf r34+context-switches", "perf task-clock" };
	static const char *const no[] = { "perf r34",
					  "perf dtlb_walk, cpu_core/event=0x12/",
					  "perf cpu/event=1,minor-faults=2/",
					  "perf instructions",
					  "perf dTLB-load-misses",
					  "/proc/vmstat",
					  "" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		assert_true(pmu_via_has_software(yes[i]));
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		assert_false(pmu_via_has_software(no[i]));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_devices),		cmocka_unit_test(test_no_devices),
		cmocka_unit_test(test_generic),		cmocka_unit_test(test_terms),
		cmocka_unit_test(test_arm64),		cmocka_unit_test(test_without_pmu),
		cmocka_unit_test(test_format),		cmocka_unit_test(test_mapping),
		cmocka_unit_test(test_role_events),	cmocka_unit_test(test_core_id),
		cmocka_unit_test(test_software_in_via),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
