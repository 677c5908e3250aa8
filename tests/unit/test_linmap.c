// SPDX-License-Identifier: GPL-2.0-only
/*
 * Splits of the linear map from files: /proc/vmstat, /sys/kernel/mm/linear_map/stats and
 * DirectMap* as the kernel series writes them, without privilege to trace.
 */
#include "tree.h"

#include "host/ksyms.h"
#include "linmap/linmap_events.h"
#include "linmap/linmap_files.h"
#include "host/meminfo.h"
#include "sources.h"

#define NO_BTF "the kernel has no BTF (/sys/kernel/btf/vmlinux is missing)"

struct made {
	struct host host;
	struct probe *p;
	void *source;
};

static struct made made(enum host_arch arch, unsigned int minor)
{
	return (struct made){ .host = { .root = tree_new(),
					.arch = arch,
					.major = 6,
					.minor = minor,
					.page_size = 4096 },
			      .p = probe_new() };
}

static void done(struct made *m)
{
	source_linmap.close(m->source);
	probe_free(m->p);
	tree_free(m->host.root);
}

static struct snapshot *reading(struct made *m)
{
	static const struct source_options o;
	struct snapshot *s = snapshot_new();

	if (!m->source)
		assert_int_equal(source_linmap.open(&m->host, &o, m->p, &m->source), 0);
	assert_int_equal(source_linmap.read(m->source, s), 0);
	return s;
}

static void is(const struct snapshot *s, enum snapshot_field_id id, uint64_t n)
{
	if (!s->field[id].known)
		fail_msg("%s: %s", snapshot_field_desc[id].name, s->field[id].why);
	assert_int_equal(s->field[id].n, n);
}

static void lacks(const struct snapshot *s, enum snapshot_field_id id, const char *why)
{
	assert_false(s->field[id].known);
	assert_string_equal(s->field[id].why, why);
}

static void state(const struct made *m, const char *name, enum probe_state state)
{
	const struct probe_row *r = probe_find(m->p, name);

	assert_non_null(r);
	assert_string_equal(probe_state_name(r->state), probe_state_name(state));
}

#define STATS                                                                                 \
	"pud_splits 2\ncont_pmd_splits 3\npmd_splits 5\ncont_pte_splits 7\n"                  \
	"failed_splits 1\nrepaint_tables 0\n"

static void series(struct made *m, const char *abi)
{
	tree_file(m->host.root, "/proc/vmstat",
		  "direct_map_level2_splits 5\ndirect_map_level3_splits 2\n"
		  "direct_map_cont_splits 10\n");
	tree_file(m->host.root, LINMAP_DIR "/abi", abi);
	tree_file(m->host.root, LINMAP_DIR "/mode", "block_split\n");
	tree_file(m->host.root, LINMAP_DIR "/stats", STATS);
	tree_file(
		m->host.root, "/proc/meminfo",
		"MemTotal: 99 kB\nDirectMap4k:       64 kB\nDirectMap64k:    1984 kB\n"
		"DirectMap2M:    30720 kB\nDirectMap32M:  1015808 kB\nDirectMap1G: 1048576 kB\n");
}

static void row_is(const struct snapshot *s, uint64_t bytes, const char *leaf, uint64_t splits)
{
	const struct table *t = &s->table[TABLE_SPLIT];
	const struct row *r = table_find(t, bytes, leaf);

	assert_non_null(r);
	assert_true(row_get(t, r, "splits").known);
	assert_int_equal(row_get(t, r, "splits").n, splits);
	assert_false(row_get(t, r, "own").known);
	assert_string_equal(row_get(t, r, "own").why, NO_BTF);
	assert_false(row_get(t, r, "failed").known);
}

static void test_series(void **unused)
{
	struct made m = made(ARCH_ARM64, 12);
	struct snapshot *s;

	series(&m, "1\n");
	s = reading(&m);
	is(s, F_LINEAR_SPLITS_PUD, 2);
	is(s, F_LINEAR_SPLITS_PMD, 5);
	is(s, F_LINEAR_SPLITS_CONT, 10);
	is(s, F_LINEAR_FAILED_SPLITS, 1);
	is(s, F_LINEAR_REPAINT_TABLES, 0);
	is(s, F_LINEAR_SELF_SPLITS, 0);
	lacks(s, F_LINEAR_COLLAPSES_PMD, "this kernel does not collapse what it split");
	row_is(s, 1 << 30, "PUD", 2);
	row_is(s, 32 << 20, "contiguous PMD", 3);
	row_is(s, 2 << 20, "PMD", 5);
	row_is(s, 64 << 10, "contiguous PTE", 7);
	assert_int_equal(s->table[TABLE_SPLIT].nrows, 4);
	assert_string_equal(s->table[TABLE_SPLIT_CALLER].why, NO_BTF);
	state(&m, "linear_map.splits", PROBE_OK);
	state(&m, "linear_map.collapses", PROBE_UNAVAILABLE);
	state(&m, "linear_map.split_callers", PROBE_UNAVAILABLE);
	assert_string_equal(probe_find(m.p, "linear_map.split_callers")->remedy,
			    "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y");
	snapshot_free(s);

	/* without events own splits are those before the first reading */
	tree_file(m.host.root, "/proc/vmstat",
		  "direct_map_level2_splits 8\ndirect_map_level3_splits 2\n");
	s = reading(&m);
	is(s, F_LINEAR_SPLITS_PMD, 8);
	lacks(s, F_LINEAR_SPLITS_CONT, "/proc/vmstat lost this counter");
	is(s, F_LINEAR_SELF_SPLITS, 0);
	snapshot_free(s);
	done(&m);
}

static void test_direct_map(void **unused)
{
	struct made m = made(ARCH_ARM64, 12);
	struct snapshot *s;
	const struct table *t;

	series(&m, "1\n");
	s = reading(&m);
	t = &s->table[TABLE_DIRECT_MAP];
	assert_int_equal(t->nrows, 5);
	assert_int_equal(row_get(t, table_find(t, 4096, NULL), "bytes").n, 64 << 10);
	assert_int_equal(row_get(t, table_find(t, 65536, NULL), "bytes").n, 1984 << 10);
	assert_int_equal(row_get(t, table_find(t, 1 << 30, NULL), "bytes").n, 1 << 30);
	snapshot_free(s);
	done(&m);
}

/* The stats of a newer ABI are not interpreted; vmstat is no part of it. */
static void test_newer(void **unused)
{
	struct made m = made(ARCH_ARM64, 12);
	struct snapshot *s;

	series(&m, "2\n");
	s = reading(&m);
	is(s, F_LINEAR_SPLITS_CONT, 10);
	lacks(s, F_LINEAR_FAILED_SPLITS,
	      "this kernel has no " LINMAP_DIR "/stats that is known");
	assert_string_equal(s->table[TABLE_SPLIT].why, NO_BTF);
	snapshot_free(s);
	done(&m);
}

static void test_stock(void **unused)
{
	static const char fixed[] = "the linear map of this kernel is fixed at boot: nothing "
				    "splits or collapses it";
	struct made m = made(ARCH_ARM64, 12);
	struct snapshot *s;

	tree_file(m.host.root, "/proc/vmstat", "nr_free_pages 1\n");
	tree_file(m.host.root, "/proc/meminfo", "MemTotal: 99 kB\n");
	s = reading(&m);
	lacks(s, F_LINEAR_SPLITS_PUD, fixed);
	lacks(s, F_LINEAR_SPLITS_CONT, fixed);
	lacks(s, F_LINEAR_COLLAPSES_PUD, fixed);
	lacks(s, F_LINEAR_SELF_SPLITS, fixed);
	assert_string_equal(s->table[TABLE_SPLIT].why, fixed);
	assert_string_equal(s->table[TABLE_DIRECT_MAP].why,
			    "this kernel has no DirectMap lines in /proc/meminfo");
	assert_null(probe_find(m.p, "linear_map.split_callers"));
	snapshot_free(s);
	done(&m);
}

/* Whether a kernel splits is said by its symbols; by its version only where they are hidden.
 */
static void test_splits_by_symbols(void **unused)
{
	static const char fixed[] = "the linear map of this kernel is fixed at boot: nothing "
				    "splits or collapses it";
	static const char with[] = "ffff800080010000 T _text\n"
				   "ffff800080020000 T split_kernel_leaf_mapping\n";
	static const struct {
		unsigned int minor;
		const char *kallsyms, *why;
	} kernels[] = {
		{ 12, with, NO_BTF }, /* has taken it from a newer one */
		{ 18, with, NO_BTF },
		{ 18, "ffff800080010000 T _text\n", fixed },
		{ 18, "0000000000000000 T _text\n", NO_BTF },
		{ 12, "0000000000000000 T _text\n", fixed },
	};

	for (size_t i = 0; i < sizeof(kernels) / sizeof(*kernels); i++) {
		struct made m = made(ARCH_ARM64, kernels[i].minor);
		struct snapshot *s;

		tree_dir(m.host.root, "/sys/kernel");
		tree_file(m.host.root, "/proc/kallsyms", kernels[i].kallsyms);
		s = reading(&m);
		lacks(s, F_LINEAR_SPLITS_PMD, kernels[i].why);
		snapshot_free(s);
		ksyms_free(m.host.ksyms);
		done(&m);
	}
}

static void test_x86(void **unused)
{
	struct made m = made(ARCH_X86_64, 12);
	struct snapshot *s;

	tree_file(m.host.root, "/proc/vmstat",
		  "direct_map_level2_splits 5\ndirect_map_level3_splits 2\n");
	s = reading(&m);
	is(s, F_LINEAR_SPLITS_PUD, 2);
	is(s, F_LINEAR_SPLITS_PMD, 5);
	lacks(s, F_LINEAR_SPLITS_CONT, "x86_64 has no contiguous groups");
	lacks(s, F_LINEAR_COLLAPSES_PMD,
	      "this kernel does not count collapses in /proc/vmstat");
	snapshot_free(s);
	tree_file(m.host.root, "/proc/vmstat",
		  "direct_map_level2_splits 9\ndirect_map_level3_splits 3\n");
	s = reading(&m);
	is(s, F_LINEAR_SPLITS_PMD, 9);
	is(s, F_LINEAR_SELF_SPLITS, 0);
	snapshot_free(s);
	done(&m);
}

/* arch/arm64/include/asm/pgtable-hwdef.h, worked out by hand */
static void test_sizes(void **unused)
{
	struct host h = { .arch = ARCH_ARM64, .page_size = 16384 };

	assert_int_equal(linmap_kind_bytes(&h, SPLIT_PUD), 0);
	assert_int_equal(linmap_kind_bytes(&h, SPLIT_CONT_PMD), 1 << 30);
	assert_int_equal(linmap_kind_bytes(&h, SPLIT_PMD), 32 << 20);
	assert_int_equal(linmap_kind_bytes(&h, SPLIT_CONT_PTE), 2 << 20);
	h.page_size = 65536;
	assert_int_equal(linmap_kind_bytes(&h, SPLIT_CONT_PMD), 16ull << 30);
	assert_int_equal(linmap_kind_bytes(&h, SPLIT_PMD), 512 << 20);
	assert_int_equal(linmap_kind_bytes(&h, SPLIT_CONT_PTE), 2 << 20);
}

static void test_lines(void **unused)
{
	const char *p =
		"DirectMap:  1 kB\nDirectMap4k: 1 MB\nDirectMapxk: 2 kB\n"
		" DirectMap4k: 3 kB\nDirectMap2M:\nDirectMap32M: 32768 kB\nDirectMap1G: 7";
	uint64_t size = 1, bytes = 2;

	assert_int_equal(meminfo_direct_map(&p, &size, &bytes), 0);
	assert_int_equal(size, 32 << 20);
	assert_int_equal(bytes, 32 << 20);
	assert_int_equal(meminfo_direct_map(&p, &size, &bytes), -ENOENT);
	assert_int_equal(size, 32 << 20);
	/* x86 and the series write a small k, the series that arm64 is to get a capital one */
	p = "DirectMap64K:    1984 kB\nDirectMap4k: 64 kB\n";
	assert_int_equal(meminfo_direct_map(&p, &size, &bytes), 0);
	assert_int_equal(size, 64 << 10);
	assert_int_equal(bytes, 1984 << 10);
	assert_int_equal(meminfo_direct_map(&p, &size, &bytes), 0);
	assert_int_equal(size, 4 << 10);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_series),
		cmocka_unit_test(test_direct_map),
		cmocka_unit_test(test_newer),
		cmocka_unit_test(test_stock),
		cmocka_unit_test(test_splits_by_symbols),
		cmocka_unit_test(test_x86),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
