// SPDX-License-Identifier: GPL-2.0-only
/* Facts and levers of made-up machines. */
#include "tree.h"

#include <sys/types.h>

#include "machine/machine_probe.h"
#include "machine/machine.h"
#include "sources.h"
#include "util/util.h"

#define CPU "/sys/devices/system/cpu"
#define THP "/sys/kernel/mm/transparent_hugepage"
#define N1  "0x00000000413fd0c1\n"
#define N3  "0x00000000410fd8e0\n"
#define ONE "0x00000000c00fac30\n"

struct made {
	char *root;
	struct host host;
};

/* Debian's arm64 6.12 on @n cores, 2 GiB. */
static struct made debian_arm64(unsigned int n, const char *midr)
{
	struct made m = { .root = tree_new() };
	char path[128], list[16];

	for (unsigned int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), CPU "/cpu%u/regs/identification/midr_el1", i);
		tree_file(m.root, path, midr);
	}
	snprintf(list, sizeof(list), "0-%u\n", n - 1);
	tree_file(m.root, CPU "/online", list);
	tree_dir(m.root, "/proc/self");
	tree_dir(m.root, "/sys/kernel/mm");
	tree_file(m.root, "/proc/cmdline", "root=/dev/vda\n");
	tree_file(m.root, "/proc/meminfo", "MemTotal:        2097152 kB\n");
	tree_file(m.root, "/sys/module/kfence/parameters/sample_interval", "0\n");
	tree_file(m.root, "/boot/config-6.12.0",
		  "CONFIG_RODATA_FULL_DEFAULT_ENABLED=y\nCONFIG_KFENCE=y\n"
		  "CONFIG_KFENCE_SAMPLE_INTERVAL=0\n");
	m.host = (struct host){ .root = m.root,
				.arch = ARCH_ARM64,
				.arch_name = "aarch64",
				.release = "6.12.0",
				.major = 6,
				.minor = 12,
				.page_size = 4096 };
	return m;
}

static void read_facts(struct made *m, struct snapshot *s)
{
	void *source;

	assert_int_equal(source_machine.open(&m->host, NULL, NULL, &source), 0);
	assert_int_equal(source_machine.read(source, s), 0);
	source_machine.close(source);
}

static struct snapshot *facts_of(struct made *m)
{
	struct snapshot *s = snapshot_new();

	read_facts(m, s);
	return s;
}

static void fact(const struct snapshot *s, enum snapshot_fact_id id, const char *text)
{
	if (!s->fact[id].text)
		fail_msg("%s: %s", snapshot_fact_desc[id].name, s->fact[id].why);
	assert_string_equal(s->fact[id].text, text);
	assert_null(s->fact[id].why);
}

static void lacks(const struct snapshot *s, enum snapshot_fact_id id, const char *why)
{
	assert_null(s->fact[id].text);
	assert_string_equal(s->fact[id].why, why);
}

static void test_arm64_facts(void **state)
{
	struct made m = debian_arm64(4, N1);
	struct snapshot *s = facts_of(&m);

	fact(s, FACT_ARCH, "aarch64");
	fact(s, FACT_KERNEL, "6.12.0");
	fact(s, FACT_PATCH_ABI, "stock");
	fact(s, FACT_CPU_MODEL, "Neoverse N1 r3p1 (0x413fd0c1)");
	fact(s, FACT_CPUS, "4");
	fact(s, FACT_MEMORY, "2097152");
	fact(s, FACT_GRANULE, "4096");
	fact(s, FACT_KFENCE, "0 ms");
	fact(s, FACT_RODATA, "full (default)");
	fact(s, FACT_BBML2, "no CPU");
	fact(s, FACT_LINEAR_MAP,
	     "pages: rodata=full protects the linear alias of read-only memory, and KFENCE may "
	     "be enabled late (sample interval 0 at boot)");
	snapshot_free(s);

	tree_free(m.root);
}

#define LINEAR_MAP "/sys/kernel/mm/linear_map"

static void tell(struct made *m, const char *abi, const char *mode, const char *reason,
		 const char *bbml2)
{
	tree_file(m->root, LINEAR_MAP "/abi", abi);
	tree_file(m->root, LINEAR_MAP "/mode", mode);
	tree_file(m->root, LINEAR_MAP "/reason", reason);
	tree_file(m->root, LINEAR_MAP "/bbml2", bbml2);
}

static void told(struct made *m, const char *linear_map, const char *bbml2, const char *rodata)
{
	struct snapshot *s = facts_of(m);

	fact(s, FACT_LINEAR_MAP, linear_map);
	fact(s, FACT_BBML2, bbml2);
	fact(s, FACT_RODATA, rodata);
	fact(s, FACT_PATCH_ABI, "1");
	snapshot_free(s);
}

/* The words are those of the kernel's Documentation/ABI/testing/sysfs-kernel-mm-linear_map. */
static void test_told(void **state)
{
	struct made m = debian_arm64(4, N1);

	/* against the MIDR, which is on no list */
	tell(&m, "1\n", "block_split\n", "bbml2 rodata_full kfence_late\n", "0-3\n");
	told(&m, "blocks, split on demand: every CPU may split live blocks (BBML2)",
	     "CPUs 0-3", "full (default)");
	tell(&m, "1\n", "pte\n", "no_bbml2 rodata_full\n", "0-1\n");
	told(&m,
	     "pages: rodata=full protects the linear alias of read-only memory, and CPUs 2-3 "
	     "cannot split live blocks",
	     "CPUs 0-1", "full (default)");
	tell(&m, "1\n", "repainted\n", "no_bbml2 rodata_full kfence_late a_new_word\n", "0\n");
	told(&m,
	     "pages: rodata=full protects the linear alias of read-only memory, and KFENCE may "
	     "be enabled late (sample interval 0 at boot), and CPUs 1-3 cannot split live "
	     "blocks (it was blocks until they came up)",
	     "CPUs 0", "full (default)");
	tell(&m, "1\n", "block\n", "no_page_permissions\n", "\n");
	told(&m, "blocks: nothing asks for single pages (rodata=on)", "no CPU",
	     "on (default)");
	tell(&m, "1\n", "pte\n", "debug_pagealloc\n", "0-3\n");
	told(&m, "pages: debug_pagealloc changes the protection of single pages", "CPUs 0-3",
	     "full (default)");
	tree_free(m.root);
}

/* What is not known is not interpreted. */
static void test_told_unknown(void **state)
{
	struct made m = debian_arm64(4, N1);
	struct snapshot *s;

	tree_file(m.root, "/proc/cmdline", "rodata=on kfence.sample_interval=100\n");
	tell(&m, "2\n", "pte\n", "no_bbml2\n", "0-3\n");
	s = facts_of(&m);
	fact(s, FACT_PATCH_ABI, "2, unknown to this pgtop");
	fact(s, FACT_BBML2, "no CPU");
	fact(s, FACT_LINEAR_MAP,
	     "blocks: nothing asks for single pages (rodata=on) (inferred: the kernel says "
	     "'pte (no_bbml2)' by ABI 2, unknown to this pgtop)");
	snapshot_free(s);
	tell(&m, "1\n", "holes\n", "bbml2\n", "0-3\n");
	s = facts_of(&m);
	fact(s, FACT_PATCH_ABI, "1");
	fact(s, FACT_BBML2, "CPUs 0-3");
	fact(s, FACT_LINEAR_MAP,
	     "blocks: nothing asks for single pages (rodata=on) (inferred: the kernel says "
	     "'holes (bbml2)' by ABI 1, unknown to this pgtop)");
	snapshot_free(s);
	tree_free(m.root);
}

/* What the series brings can be there without the number of an ABI, and on arm64 only. */
static void test_series(void **state)
{
	struct made m = debian_arm64(1, N1);
	struct snapshot *s;

	tree_file(m.root, "/proc/vmstat",
		  "nr_free_pages 1\ncontpte_fold 7\ncontpte_unfold 5\n");
	s = facts_of(&m);
	fact(s, FACT_PATCH_ABI, "0 (contpte counters)");
	snapshot_free(s);
	tree_file(m.root, LINEAR_MAP "/abi", "1\n");
	s = facts_of(&m);
	fact(s, FACT_PATCH_ABI, "1 (contpte counters)");
	snapshot_free(s);
	tree_file(m.root, "/sys/kernel/btf/vmlinux", "no BTF");
	s = facts_of(&m);
	fact(s, FACT_PATCH_ABI, "1 (contpte counters)");
	snapshot_free(s);
	tree_file(m.root, "/proc/vmstat", "nr_free_pages 1\nnot_contpte_unfold 5\n");
	s = facts_of(&m);
	fact(s, FACT_PATCH_ABI, "1");
	snapshot_free(s);
	tree_free(m.root);
}

static void fact_after_walk(struct made *m, uint64_t pages, uint64_t blocks, const char *text)
{
	struct snapshot *s = snapshot_new();
	struct table *t = snapshot_table(s, TABLE_LINEAR_MAP);
	size_t bytes = table_column(t, "bytes", VALUE_GAUGE, UNIT_BYTES);

	snapshot_set(s, F_LINEAR_TOTAL, pages + blocks, "page walk");
	snapshot_set(s, F_LINEAR_PAGES, pages, "page walk");
	row_set(t, table_row(t, 4096, "4K"), bytes, pages, "page walk");
	row_set(t, table_row(t, 2 << 20, "2M"), bytes, blocks, "page walk");
	read_facts(m, s);
	fact(s, FACT_LINEAR_MAP, text);
	snapshot_free(s);
}

#define PAGES_SHOWN                                                                           \
	"pages: the page tables show it; what pgtop infers from rodata=, KFENCE and CPUs "    \
	"says blocks, and is wrong here"
#define BLOCKS_SHOWN                                                                          \
	"blocks: the page tables show it; what pgtop infers from rodata=, KFENCE and CPUs "   \
	"says pages, and is wrong here"
#define BLOCKS "blocks: nothing asks for single pages (rodata=on)"
#define PAGES  "pages: rodata=full protects the linear alias of read-only memory"

/* Without the kernel's configuration its default is not a fact. */
static void test_no_configuration(void **state)
{
	static const char why[] =
		"rodata= is not on the command line, and the kernel's configuration was not found "
		"(/proc/config.gz, /boot/config-RELEASE, /lib/modules/RELEASE/config)";
	struct made m = debian_arm64(4, N1);
	struct snapshot *s;
	struct probe *p = probe_new();
	const struct probe_row *r;

	m.host.release[0] = '7';
	tree_file(m.root, "/sys/module/kfence/parameters/sample_interval", "100\n");
	s = facts_of(&m);
	lacks(s, FACT_RODATA, why);
	assert_null(s->fact[FACT_LINEAR_MAP].text);
	assert_memory_equal(s->fact[FACT_LINEAR_MAP].why, why, strlen(why));
	snapshot_free(s);
	probe_machine(&m.host, LINMAP_NOT_WALKED, p);
	r = probe_find(p, "lever.rodata");
	assert_int_equal(r->state, PROBE_DEGRADED);
	assert_memory_equal(r->why, why, strlen(why));
	probe_free(p);

	tree_file(m.root, "/usr/lib/modules/7.12.0/config",
		  "# CONFIG_RODATA_FULL_DEFAULT_ENABLED is not set\n"
		  "CONFIG_KFENCE_SAMPLE_INTERVAL=100\n");
	s = facts_of(&m);
	fact(s, FACT_RODATA, "on (default)");
	fact(s, FACT_LINEAR_MAP, "blocks: nothing asks for single pages (rodata=on)");
	snapshot_free(s);
	tree_free(m.root);
}

/* What is measured is stronger than what is inferred. */
static void test_refuted(void **state)
{
	struct made m = debian_arm64(4, N1);

	tree_file(m.root, "/proc/cmdline", "rodata=on kfence.sample_interval=100\n");
	fact_after_walk(&m, 89 << 20, 11 << 20, BLOCKS);
	fact_after_walk(&m, 91 << 20, 9 << 20, PAGES_SHOWN);
	tree_file(m.root, "/proc/cmdline", "kfence.sample_interval=100\n");
	fact_after_walk(&m, 51 << 20, 49 << 20, PAGES);
	fact_after_walk(&m, 49 << 20, 51 << 20, BLOCKS_SHOWN);
	/* a patched kernel knows */
	tell(&m, "1\n", "pte\n", "no_bbml2 rodata_full\n", "0-3\n");
	fact_after_walk(&m, 89 << 20, 11 << 20, PAGES);
	fact_after_walk(&m, 49 << 20, 51 << 20,
			"blocks: the page tables show it; the kernel says pages, and is wrong "
			"here");
	tree_free(m.root);
}

/* Advice follows the page tables, over kernels, cores and what was walked. */
static void test_advice_follows_walk(void **state)
{
	static const char *const core[] = { N1, ONE, N3, "0x00000000000f0510\n" };
	static const unsigned int kernel[][2] = { { 6, 12 }, { 6, 18 }, { 7, 3 }, { 9, 9 } };

	for (size_t i = 0; i < ARRAY_SIZE(core) * ARRAY_SIZE(kernel) * 4; i++) {
		struct made m = debian_arm64(4, core[i % 4]);
		enum linmap_walked walked = i / 16;
		struct probe *p = probe_new();
		const struct probe_row *rodata, *kfence;

		m.host.major = kernel[i / 4 % 4][0];
		m.host.minor = kernel[i / 4 % 4][1];
		probe_machine(&m.host, walked, p);
		rodata = probe_find(p, "lever.rodata");
		kfence = probe_find(p, "lever.kfence");
		if (walked == LINMAP_WALKED_BLOCKS) {
			assert_int_equal(rodata->state, PROBE_OK);
			assert_null(rodata->remedy);
			assert_int_equal(kfence->state, PROBE_OK);
			assert_int_equal(probe_find(p, "fact.bbml2")->state, PROBE_OK);
		}
		if (walked == LINMAP_WALKED_PAGES)
			assert_int_equal(rodata->state, PROBE_DEGRADED);
		if (walked != LINMAP_WALKED_PAGES && rodata->remedy)
			assert_null(strstr(rodata->remedy, "boot with rodata="));
		probe_free(p);
		tree_free(m.root);
	}
}

static void test_old_kfence(void **state)
{
	struct made m = debian_arm64(4, N1);
	struct probe *p = probe_new();

	m.host.minor = 1;
	tree_file(m.root, "/proc/cmdline", "rodata=on kfence.sample_interval=100\n");
	probe_machine(&m.host, LINMAP_WALKED_PAGES, p);
	assert_non_null(probe_find(p, "lever.kfence"));
	assert_int_equal(probe_find(p, "lever.kfence")->state, PROBE_DEGRADED);
	assert_non_null(strstr(probe_find(p, "lever.kfence")->remedy, "Linux 6.4 or later"));
	probe_free(p);
	tree_free(m.root);
}

static void test_mixed_cores(void **state)
{
	struct made m = debian_arm64(4, ONE);
	struct machine_bbml2 b;
	struct snapshot *s;

	tree_file(m.root, CPU "/cpu2/regs/identification/midr_el1", N1);
	assert_int_equal(machine_bbml2(&m.host, false, &b), 0);
	assert_int_equal(cpulist_count(&b.listed), 3);
	assert_false(cpulist_has(&b.listed, 2));
	s = facts_of(&m);
	fact(s, FACT_CPU_MODEL,
	     "AmpereOne (AMPERE1) r0p0 (0xc00fac30), Neoverse N1 r3p1 (0x413fd0c1)");
	fact(s, FACT_BBML2, "CPUs 0-1,3");
	snapshot_free(s);

	tree_file(m.root, CPU "/cpu2/regs/identification/midr_el1", "what\n");
	s = facts_of(&m);
	lacks(s, FACT_BBML2, "the MIDR of some CPUs cannot be read");
	snapshot_free(s);
	tree_free(m.root);
}

static void test_nothing_there(void **state)
{
	struct made m = { .root = tree_new() };
	struct snapshot *s;

	m.host = (struct host){ .root = m.root, .arch = ARCH_ARM64, .page_size = 4096 };
	s = facts_of(&m);
	lacks(s, FACT_CPUS, CPU "/online is missing");
	lacks(s, FACT_MEMORY, "/proc/meminfo is missing");
	lacks(s, FACT_LINEAR_MAP, "/proc/cmdline is missing");
	/* of a kernel whose sysfs is not there nothing is known */
	lacks(s, FACT_KFENCE, "/sys/module/kfence/parameters/sample_interval is missing");
	lacks(s, FACT_COLLAPSE, "/sys/kernel/mm/linear_map/collapse_auto is missing");
	lacks(s, FACT_PATCH_ABI,
	      "/sys/kernel/mm/linear_map cannot be looked for: sysfs is not mounted on /sys");
	lacks(s, FACT_CONTAINER, "/proc/self/ns/pid is missing");
	for (int i = 0; i < FACT_MAX; i++) {
		if (s->fact[i].why)
			assert_true(strlen(s->fact[i].why) > 8);
	}
	snapshot_free(s);

	m.host.arch = ARCH_X86_64;
	tree_file(m.root, "/proc/cpuinfo", "garbage\n");
	tree_file(m.root, "/proc/meminfo", "MemTotal: lots\n");
	tree_file(m.root, "/sys/module/kfence/parameters/sample_interval", "many\n");
	tree_file(m.root, "/sys/kernel/mm/linear_map/collapse_auto", "0\n");
	s = facts_of(&m);
	fact(s, FACT_COLLAPSE, "0");
	lacks(s, FACT_CPU_MODEL, "/proc/cpuinfo has no line model name");
	lacks(s, FACT_MEMORY, "/proc/meminfo holds text pgtop cannot parse");
	lacks(s, FACT_KFENCE,
	      "/sys/module/kfence/parameters/sample_interval holds text pgtop "
	      "cannot parse");
	snapshot_free(s);
	tree_free(m.root);
}

static const struct probe_row *row(const struct probe *p, const char *name,
				   enum probe_state state)
{
	const struct probe_row *r = probe_find(p, name);

	if (!r)
		fail_msg("no row %s", name);
	assert_string_equal(probe_state_name(r->state), probe_state_name(state));
	/* what is not ok says why */
	assert_true((r->state == PROBE_OK) == (r->why == NULL));
	assert_true((r->state == PROBE_UNAVAILABLE) == (r->via == NULL));
	return r;
}

static void has(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("'%s' has no '%s'", text ? text : "", part);
}

static void test_kfence_trap(void **state)
{
	struct made m = debian_arm64(2, N1);
	const struct probe_row *r;
	struct probe *p = probe_new();

	probe_machine(&m.host, LINMAP_WALKED_PAGES, p);
	r = row(p, "lever.kfence", PROBE_DEGRADED);
	has(r->why, "sample interval 0");
	has(r->why, "kfence_early_init is false");
	has(r->why, "even with rodata=on");
	has(r->remedy, "kfence.sample_interval=100");
	/* 2 MiB a GiB, of two */
	has(r->remedy, "about 4096 KiB of page tables here");
	r = row(p, "lever.rodata", PROBE_DEGRADED);
	has(r->remedy, "boot with rodata=on kfence.sample_interval=100");
	has(r->remedy, "weaker");
	r = row(p, "fact.bbml2", PROBE_DEGRADED);
	has(r->why,
	    "2 of 2 CPUs (Neoverse N1 r3p1 (0x413fd0c1)) are not on the kernel's list");
	has(r->remedy, "no kernel changes that");
	/* no kernel has it */
	assert_null(row(p, "lever.linear_map_collapse", PROBE_UNAVAILABLE)->remedy);
	probe_free(p);

	p = probe_new();
	tree_file(m.root, "/proc/cmdline", "rodata=on kfence.sample_interval=100\n");
	tree_file(m.root, "/sys/kernel/mm/linear_map/collapse_auto", "0\n");
	probe_machine(&m.host, LINMAP_WALKED_BLOCKS, p);
	row(p, "lever.kfence", PROBE_OK);
	row(p, "lever.rodata", PROBE_OK);
	row(p, "lever.linear_map_collapse", PROBE_OK);
	probe_free(p);
	tree_free(m.root);
}

static void test_told_rows(void **state)
{
	struct made m = debian_arm64(4, ONE);
	const struct probe_row *r;
	struct probe *p = probe_new();

	tell(&m, "1\n", "block_split\n", "bbml2 rodata_full kfence_late\n", "0-3\n");
	probe_machine(&m.host, LINMAP_WALKED_BLOCKS, p);
	has(row(p, "fact.linear_map", PROBE_OK)->via,
	    LINEAR_MAP ": block_split (bbml2 rodata_full kfence_late)");
	row(p, "fact.bbml2", PROBE_OK);
	row(p, "lever.rodata", PROBE_OK);
	/* KFENCE that comes late does no harm where blocks can be split */
	row(p, "lever.kfence", PROBE_OK);
	probe_free(p);

	p = probe_new();
	tree_file(m.root, "/proc/cmdline", "rodata=on linear_map.bbml2=off\n");
	tell(&m, "1\n", "pte\n", "no_bbml2 kfence_late\n", "\n");
	probe_machine(&m.host, LINMAP_WALKED_PAGES, p);
	r = row(p, "lever.rodata", PROBE_DEGRADED);
	has(r->why, "KFENCE may be enabled late");
	has(r->why, "CPUs 0-3 cannot split live blocks");
	has(r->remedy, "boot without linear_map.bbml2=off");
	has(row(p, "lever.kfence", PROBE_DEGRADED)->why, "even with rodata=on");
	r = row(p, "fact.bbml2", PROBE_DEGRADED);
	has(r->via, LINEAR_MAP "/bbml2");
	has(r->why, "the kernel does not know CPUs 0-3 to split");
	has(r->remedy, "without linear_map.bbml2=");
	probe_free(p);

	p = probe_new();
	tell(&m, "7\n", "pte\n", "no_bbml2 rodata_full\n", "\n");
	probe_machine(&m.host, LINMAP_WALKED_PAGES, p);
	r = row(p, "fact.linear_map", PROBE_DEGRADED);
	has(r->why, "its ABI is 7, this pgtop knows 1:");
	has(r->remedy, "as new as the kernel");
	/* by MIDR, as on a kernel that says nothing */
	row(p, "fact.bbml2", PROBE_OK);
	probe_free(p);
	tree_free(m.root);
}

/* contpte_convert() of each kernel; without BTF its version tells. */
static void test_unfold_cost(void **state)
{
	static const struct {
		const char *core;
		unsigned int major, minor;
		enum linmap_walked walked;
		const char *via;
	} made[] = {
		{ ONE, 6, 12, LINMAP_WALKED_PAGES, "this kernel always does that" },
		{ N1, 6, 18, LINMAP_WALKED_PAGES, "known to cope without (BBML2)" },
		{ ONE, 6, 18, LINMAP_WALKED_BLOCKS,
		  "neither an unfold nor a fold invalidates a TLB: every CPU copes without (BBML2)" },
		{ N1, 7, 3, LINMAP_WALKED_PAGES, "known to cope without (BBML3)" },
		{ N3, 7, 3, LINMAP_WALKED_BLOCKS,
		  "neither an unfold nor a fold invalidates a TLB: every CPU copes without (BBML3)" },
		/* on no list that pgtop knows, and the page tables show that it copes */
		{ N1, 9, 9, LINMAP_WALKED_BLOCKS, "invalidates a TLB" },
	};

	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++) {
		struct made m = debian_arm64(2, made[i].core);
		struct probe *p = probe_new();

		m.host.major = made[i].major;
		m.host.minor = made[i].minor;
		probe_machine(&m.host, made[i].walked, p);
		has(row(p, "fact.unfold_cost", PROBE_OK)->via, made[i].via);
		probe_free(p);
		tree_free(m.root);
	}
}

/* What 6.18 calls BBML2 is BBML3 to 7.x; of a newer kernel than 7.3 the list is not known. */
static void test_bbml3(void **state)
{
	struct made m = debian_arm64(2, N3);
	const struct probe_row *r;
	struct probe *p = probe_new();
	struct snapshot *s;

	m.host.major = 7;
	m.host.minor = 3;
	s = facts_of(&m);
	fact(s, FACT_BBML2, "BBML3: CPUs 0-1");
	fact(s, FACT_LINEAR_MAP,
	     "blocks, split on demand: every CPU may split live blocks (BBML3)");
	snapshot_free(s);
	tree_free(m.root);

	m = debian_arm64(2, N1);
	m.host.major = m.host.minor = 9;
	probe_machine(&m.host, LINMAP_WALKED_PAGES, p);
	r = row(p, "fact.bbml2", PROBE_DEGRADED);
	has(r->why, "ID_AA64MMFR2_EL1.BBM is 3, which user space cannot read");
	has(r->why, "by the list of Linux 7.3, the newest that pgtop knows");
	probe_free(p);
	tree_free(m.root);
}

static void test_listed_cores(void **state)
{
	struct made m = debian_arm64(2, ONE);
	struct probe *p = probe_new();

	probe_machine(&m.host, LINMAP_WALKED_PAGES, p);
	row(p, "fact.bbml2", PROBE_OK);
	has(row(p, "lever.rodata", PROBE_DEGRADED)->remedy,
	    "prefer a kernel that splits blocks on demand");
	probe_free(p);

	/* which splits, so that late KFENCE costs nothing */
	p = probe_new();
	m.host.minor = 18;
	probe_machine(&m.host, LINMAP_NOT_WALKED, p);
	row(p, "lever.rodata", PROBE_OK);
	row(p, "lever.kfence", PROBE_OK);
	probe_free(p);
	tree_free(m.root);
}

static void test_mthp(void **state)
{
	struct made m = debian_arm64(1, N1);
	struct probe *p = probe_new();

	probe_machine(&m.host, LINMAP_WALKED_PAGES, p);
	has(row(p, "lever.thp", PROBE_UNAVAILABLE)->why, THP "/enabled is missing");
	probe_free(p);

	tree_file(m.root, THP "/enabled", "always [madvise] never\n");
	tree_file(m.root, THP "/hugepages-2048kB/enabled", "always [inherit] madvise never\n");
	tree_file(m.root, THP "/hugepages-64kB/enabled", "always inherit madvise [never]\n");
	tree_file(m.root, THP "/hugepages-64kB/shmem_enabled", "garbage\n");
	tree_file(m.root, THP "/hugepages-xkB/enabled", "always inherit madvise [never]\n");
	p = probe_new();
	probe_machine(&m.host, LINMAP_WALKED_PAGES, p);
	has(row(p, "lever.thp", PROBE_OK)->via, "now madvise");
	has(row(p, "lever.mthp.64K", PROBE_OK)->via, "hugepages-64kB/enabled, now never");
	has(row(p, "lever.mthp.2M", PROBE_OK)->via,
	    "hugepages-2048kB/enabled, now inherit -> madvise");
	has(row(p, "lever.shmem_mthp.64K", PROBE_UNAVAILABLE)->why, "cannot parse");
	assert_null(probe_find(p, "lever.shmem_mthp.2M"));
	probe_free(p);
	tree_free(m.root);
}

/* Each row: what is there, and what follows from it. */
static const struct {
	const char *name;
	const char *dir, *path, *text; /* made besides, unless NULL */
	const char *row;
	enum probe_state state;
	const char *why, *remedy; /* NULL: none */
} rows_of_absence[] = {
	{ "no sysfs", NULL, NULL, NULL, "fact.btf", PROBE_UNAVAILABLE,
	  "/sys/kernel/btf/vmlinux is missing", "mount sysfs on /sys" },
	{ "a sysfs without BTF", "/sys/kernel", NULL, NULL, "fact.btf", PROBE_UNAVAILABLE,
	  "the kernel has no BTF", "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y" },
	{ "no procfs", NULL, NULL, NULL, "fact.psi", PROBE_UNAVAILABLE,
	  "/proc/pressure/memory is missing", "mount proc on /proc" },
	{ "a procfs without PSI", "/proc/self", NULL, NULL, "fact.psi", PROBE_UNAVAILABLE,
	  "the kernel keeps no pressure stall information",
	  "boot with psi=1, or a kernel built with CONFIG_PSI=y" },
	{ "PSI that says nothing", NULL, "/proc/pressure/memory", "x\n", "fact.psi",
	  PROBE_UNAVAILABLE, "/proc/pressure/memory holds text pgtop cannot parse", NULL },
	{ "PSI", NULL, "/proc/pressure/memory", "some avg10=0.00 total=0\n", "fact.psi",
	  PROBE_OK, NULL, NULL },
	{ "no procfs", NULL, NULL, NULL, "fact.capabilities", PROBE_UNAVAILABLE,
	  "/proc/self/status is missing", "mount proc on /proc" },
	{ "a status without capabilities", NULL, "/proc/self/status", "Name:\tx\n",
	  "fact.capabilities", PROBE_UNAVAILABLE,
	  "/proc/self/status holds text pgtop cannot parse", NULL },
	{ "no procfs", NULL, NULL, NULL, "fact.container", PROBE_UNAVAILABLE,
	  "/proc/self/ns/pid is missing", "mount proc on /proc" },
	{ "a procfs without namespaces", "/proc/self", NULL, NULL, "fact.container",
	  PROBE_UNAVAILABLE, "/proc/self/ns/pid is missing", NULL },
	{ "no sysfs", NULL, NULL, NULL, "lever.thp", PROBE_UNAVAILABLE,
	  "/sys/kernel/mm/transparent_hugepage/enabled is missing", "mount sysfs on /sys" },
	{ "a sysfs without THP", "/sys/kernel", NULL, NULL, "lever.thp", PROBE_UNAVAILABLE,
	  "/sys/kernel/mm/transparent_hugepage/enabled is missing",
	  "boot a kernel that has it (CONFIG_TRANSPARENT_HUGEPAGE; sizes below the PMD from "
	  "6.8, for shared memory from 6.11)" },
	{ "THP that cannot be parsed", NULL, THP "/enabled", "madvise\n", "lever.thp",
	  PROBE_UNAVAILABLE,
	  "/sys/kernel/mm/transparent_hugepage/enabled holds text pgtop cannot parse", NULL },
	{ "no sysfs", NULL, NULL, NULL, "lever.linear_map_collapse", PROBE_UNAVAILABLE,
	  "/sys/kernel/mm/linear_map/collapse_auto is missing", "mount sysfs on /sys" },
	{ "a sysfs without the switch", "/sys/kernel", NULL, NULL, "lever.linear_map_collapse",
	  PROBE_UNAVAILABLE, "this kernel has no switch for the collapse of its linear map",
	  NULL },
};

static void test_absence(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows_of_absence); i++) {
		char *root = tree_new();
		struct host h = { .root = root, .arch = ARCH_X86_64, .page_size = 4096 };
		struct probe *p = probe_new();
		const struct probe_row *r;

		if (rows_of_absence[i].dir)
			tree_dir(root, rows_of_absence[i].dir);
		if (rows_of_absence[i].path)
			tree_file(root, rows_of_absence[i].path, rows_of_absence[i].text);
		probe_machine(&h, LINMAP_NOT_WALKED, p);
		r = row(p, rows_of_absence[i].row, rows_of_absence[i].state);
		if (strcmp(r->why ?: "", rows_of_absence[i].why ?: "") ||
		    strcmp(r->remedy ?: "", rows_of_absence[i].remedy ?: ""))
			fail_msg("%s: %s: '%s' -> '%s'", rows_of_absence[i].name,
				 rows_of_absence[i].row, r->why ?: "", r->remedy ?: "");
		probe_free(p);
		tree_free(root);
	}
}

/* Neither sysfs nor a configuration: whether KFENCE is built in is not known. */
static void test_kfence_unseen(void **state)
{
	static const struct {
		const char *path, *text; /* NULL: nothing besides the command line */
		enum probe_state state;
		const char *via;
	} cases[] = {
		{ NULL, NULL, PROBE_UNAVAILABLE, NULL },
		{ "/sys/module/x/refcnt", "0\n", PROBE_OK, "not built in" },
		{ "/boot/config-R", "# CONFIG_KFENCE is not set\n", PROBE_OK, "not built in" },
		{ "/boot/config-R", "CONFIG_KFENCE=y\nCONFIG_KFENCE_SAMPLE_INTERVAL=100\n",
		  PROBE_OK, "kfence.sample_interval=, set at boot" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *root = tree_new();
		struct host h = { .root = root,
				  .arch = ARCH_ARM64,
				  .release = "R",
				  .major = 6,
				  .minor = 12,
				  .page_size = 4096 };
		struct probe *p = probe_new();
		const struct probe_row *r;

		tree_file(root, "/proc/cmdline", "rodata=on\n");
		if (cases[i].path)
			tree_file(root, cases[i].path, cases[i].text);
		probe_machine(&h, LINMAP_NOT_WALKED, p);
		r = row(p, "lever.kfence", cases[i].state);
		if (cases[i].via)
			assert_string_equal(r->via, cases[i].via);
		else
			has(r->why, "/sys/module is missing");
		probe_free(p);
		tree_free(root);
	}
}

/* lxcfs: what a container is to see of the memory is not the machine's. */
static void test_lxcfs(void **state)
{
	struct made m = debian_arm64(1, N1);
	struct snapshot *s;

	tree_file(m.root, "/proc/self/mountinfo",
		  "23 28 0:22 / /proc rw - proc proc rw\n"
		  "90 23 0:44 /proc/meminfo /proc/meminfo rw - fuse.lxcfs lxcfs rw\n");
	tree_file(m.root, CPU "/present", "0-7\n");
	tree_file(m.root, CPU "/offline", "\n");
	s = facts_of(&m);
	lacks(s, FACT_MEMORY,
	      "/proc/meminfo is not the kernel's here: fuse.lxcfs is mounted over it");
	lacks(s, FACT_CPUS, "CPUs 1-7 are neither online nor offline by " CPU);
	snapshot_free(s);
	tree_free(m.root);
}

/* That a file is missing says something of the kernel only where its place is there. */
static void test_unseen(void **state)
{
	struct made m = debian_arm64(1, N1);
	struct probe *p = probe_new();
	const struct probe_row *r;

	probe_machine(&m.host, LINMAP_NOT_WALKED, p);
	r = row(p, "fact.lockdown", PROBE_UNAVAILABLE);
	has(r->why, "securityfs is not mounted here");
	has(r->remedy, "mount securityfs");
	probe_free(p);

	p = probe_new();
	tree_file(m.root, "/sys/kernel/security/lsm", "capability");
	probe_machine(&m.host, LINMAP_NOT_WALKED, p);
	assert_string_equal(row(p, "fact.lockdown", PROBE_OK)->via, "none: not in use");
	probe_free(p);
	tree_free(m.root);
}

static void test_facts_without_privilege(void **state)
{
	struct made m = debian_arm64(1, N1);
	struct probe *p = probe_new();
	const struct probe_row *r;

	tree_file(m.root, "/proc/self/status", "CapEff:\t0000000000000000\n");
	tree_file(m.root, "/sys/kernel/security/lockdown",
		  "none integrity [confidentiality]\n");
	probe_machine(&m.host, LINMAP_WALKED_PAGES, p);
	r = row(p, "fact.capabilities", PROBE_DEGRADED);
	has(r->why, "without CAP_BPF BPF programs cannot be loaded");
	has(r->why, "CAP_PERFMON");
	has(r->why, "CAP_SYSLOG kernel addresses have no names");
	has(row(p, "fact.lockdown", PROBE_DEGRADED)->why,
	    "page walks and tracing are refused");
	row(p, "fact.btf", PROBE_UNAVAILABLE);
	row(p, "fact.tracefs", PROBE_UNAVAILABLE);
	row(p, "fact.psi", PROBE_UNAVAILABLE);
	row(p, "fact.container", PROBE_UNAVAILABLE);
	r = row(p, "fact.perf_event_paranoid", PROBE_UNAVAILABLE);
	has(r->why, "perf_event_paranoid is missing");
	/* proc is mounted, only its sys is not */
	assert_null(r->remedy);
	probe_free(p);
	p = probe_new();
	tree_dir(m.root, "/proc/sys/kernel");
	probe_machine(&m.host, LINMAP_WALKED_PAGES, p);
	has(row(p, "fact.perf_event_paranoid", PROBE_UNAVAILABLE)->why, "CONFIG_PERF_EVENTS");
	probe_free(p);

	/* CAP_SYS_ADMIN (21) contains CAP_BPF and CAP_PERFMON */
	p = probe_new();
	tree_file(m.root, "/proc/self/status", "CapEff:\t0000000000200000\n");
	tree_file(m.root, "/sys/kernel/security/lockdown",
		  "none [integrity] confidentiality\n");
	tree_file(m.root, "/sys/kernel/btf/vmlinux", "");
	tree_file(m.root, "/proc/pressure/memory", "some avg10=0.00 total=0\n");
	tree_file(m.root, "/proc/sys/kernel/perf_event_paranoid", "-1\n");
	probe_machine(&m.host, LINMAP_WALKED_PAGES, p);
	r = row(p, "fact.capabilities", PROBE_DEGRADED);
	assert_null(strstr(r->why, "CAP_BPF"));
	assert_null(strstr(r->why, "CAP_PERFMON"));
	has(r->why, "without CAP_SYS_PTRACE other users' processes");
	row(p, "fact.lockdown", PROBE_OK);
	row(p, "fact.btf", PROBE_OK);
	row(p, "fact.psi", PROBE_OK);
	row(p, "fact.perf_event_paranoid", PROBE_OK);
	probe_free(p);

	/* the effective user does not matter */
	p = probe_new();
	tree_file(m.root, "/proc/self/status", "CapEff:\t0000000000000000\n");
	tree_file(m.root, "/proc/sys/kernel/perf_event_paranoid", "2\n");
	probe_machine(&m.host, LINMAP_WALKED_PAGES, p);
	r = row(p, "fact.perf_event_paranoid", PROBE_DEGRADED);
	has(r->why, "kernel.perf_event_paranoid is 2, and above 0 it takes CAP_PERFMON");
	has(r->remedy, "CAP_PERFMON");
	probe_free(p);
	tree_free(m.root);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arm64_facts),
		cmocka_unit_test(test_series),
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_told_unknown),
		cmocka_unit_test(test_told_rows),
		cmocka_unit_test(test_no_configuration),
		cmocka_unit_test(test_refuted),
		cmocka_unit_test(test_advice_follows_walk),
		cmocka_unit_test(test_old_kfence),
		cmocka_unit_test(test_mixed_cores),
		cmocka_unit_test(test_nothing_there),
		cmocka_unit_test(test_kfence_trap),
		cmocka_unit_test(test_unfold_cost),
		cmocka_unit_test(test_bbml3),
		cmocka_unit_test(test_listed_cores),
		cmocka_unit_test(test_mthp),
		cmocka_unit_test(test_absence),
		cmocka_unit_test(test_kfence_unseen),
		cmocka_unit_test(test_lxcfs),
		cmocka_unit_test(test_unseen),
		cmocka_unit_test(test_facts_without_privilege),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
