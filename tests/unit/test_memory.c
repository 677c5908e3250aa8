// SPDX-License-Identifier: GPL-2.0-only
#include "look.h"

#include <dlfcn.h>
#include <fcntl.h>

#include "util/util.h"

/* The errno with which files of the made-up machine are refused; 0: they are not */
static int open_error;

int open(const char *path, int flags, ...)
{
	static int (*real)(const char *path, int flags, ...);
	va_list args;
	mode_t mode;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "open");
	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	if (open_error && strstr(path, "/proc/")) {
		errno = open_error;
		return -1;
	}
	return real(path, flags, mode);
}

static const char meminfo[] = "MemTotal:       24684084 kB\n"
			      "MemAvailable:   24308172 kB\n"
			      "SwapTotal:          2048 kB\n"
			      "SwapFree:           1024 kB\n"
			      "PageTables:         2228 kB\n"
			      "AnonPages:          6144 kB\n"
			      "AnonHugePages:      4096 kB\n"
			      "ShmemHugePages:        0 kB\n"
			      "FileHugePages:      2048 kB\n"
			      "DirectMap4k:       30720 kB\n"
			      "DirectMap64k:        128 kB\n"
			      "DirectMap2M:     2066432 kB\n"
			      "DirectMap32M:      65536 kB\n"
			      "DirectMap1G:    25165824 kB\n";

static const char vmstat[] =
	"pswpin 1\npswpout 2\npgfault 1000\npgmajfault 58\ncompact_stall 3\n"
	"compact_fail 4\nthp_fault_alloc 5\nthp_fault_fallback 6\n"
	"thp_collapse_alloc 7\nthp_split_page 8\nthp_split_pmd 9\n"
	"thp_underused_split_page 10\nzswpin 11\nzswpout 12\nzswpwb 99\n"
	"swpin_zero 13\nswpout_zero 14\n";

static const char psi[] = "some avg10=0.00 avg60=0.00 avg300=0.00 total=123456\n"
			  "full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n";

static const char buddyinfo[] = "Node 0, zone    DMA32      1      2      3 \n"
				"Node 0, zone   Normal     10     20     30 \n";

static const char proc_stat[] = "cpu  1 10 100 1000 10000 100000 1000000 9 9 9\ncpu0 5 5\n";

static int setup(void **state)
{
	struct look *l = look_new(16384);

	tree_dir(l->root, "/proc/self");
	tree_file(l->root, "/proc/meminfo", meminfo);
	tree_file(l->root, "/proc/vmstat", vmstat);
	tree_file(l->root, "/proc/stat", proc_stat);
	tree_file(l->root, "/proc/sys/vm/min_free_kbytes", "67584\n");
	tree_file(l->root, "/proc/pressure/memory", psi);
	tree_file(l->root, "/proc/buddyinfo", buddyinfo);
	*state = l;
	return 0;
}

static void look(struct look *l)
{
	look_by(l, &source_memory);
}

static void remove_file(struct look *l, const char *path)
{
	char full[256];

	snprintf(full, sizeof(full), "%s%s", l->root, path);
	assert_int_equal(unlink(full), 0);
}

static void expect(const struct look *l, enum snapshot_field_id id, uint64_t n,
		   const char *via)
{
	struct value v = l->s->field[id];

	assert_true(v.known);
	assert_int_equal(v.n, n);
	assert_string_equal(v.via, via);
}

static void expect_unknown(const struct look *l, enum snapshot_field_id id, const char *why)
{
	struct value v = l->s->field[id];

	assert_false(v.known);
	assert_string_equal(v.why, why);
}

static void expect_meminfo(const struct look *l)
{
	expect(l, F_MEM_TOTAL, 25276502016, "/proc/meminfo");
	expect(l, F_MEM_AVAILABLE, 24891568128, "/proc/meminfo");
	expect(l, F_MEM_SWAP_TOTAL, 2097152, "/proc/meminfo");
	expect(l, F_MEM_SWAP_FREE, 1048576, "/proc/meminfo");
	expect(l, F_MEM_PAGE_TABLES, 2281472, "/proc/meminfo");
	expect(l, F_MEM_ANON, 6291456, "/proc/meminfo");
	expect(l, F_MEM_ANON_HUGE, 4194304, "/proc/meminfo");
	expect(l, F_MEM_SHMEM_HUGE, 0, "/proc/meminfo");
	expect(l, F_MEM_FILE_HUGE, 2097152, "/proc/meminfo");
}

static void expect_vmstat(const struct look *l)
{
	expect(l, F_VM_MINOR_FAULTS, 942, "/proc/vmstat");
	expect(l, F_VM_MAJOR_FAULTS, 58, "/proc/vmstat");
	expect(l, F_VM_SWAP_IN, 1, "/proc/vmstat");
	expect(l, F_VM_SWAP_OUT, 2, "/proc/vmstat");
	expect(l, F_VM_COMPACT_STALLS, 3, "/proc/vmstat");
	expect(l, F_VM_COMPACT_FAILS, 4, "/proc/vmstat");
	expect(l, F_THP_FAULT_ALLOC, 5, "/proc/vmstat");
	expect(l, F_THP_FAULT_FALLBACK, 6, "/proc/vmstat");
	expect(l, F_THP_COLLAPSE_ALLOC, 7, "/proc/vmstat");
	expect(l, F_THP_SPLIT_PAGE, 8, "/proc/vmstat");
	expect(l, F_THP_SPLIT_PMD, 9, "/proc/vmstat");
}

static void expect_psi(const struct look *l)
{
	expect(l, F_PSI_MEMORY_SOME, 123456000, "/proc/pressure/memory");
	expect(l, F_PSI_MEMORY_FULL, 7000, "/proc/pressure/memory");
}

static void expect_stat(const struct look *l)
{
	expect(l, F_CPU_USER, 110000000, "/proc/stat");
	expect(l, F_CPU_KERNEL, 11001000000000, "/proc/stat");
}

static void expect_free_blocks(struct look *l)
{
	static const uint64_t bytes[] = { 16384, 32768, 65536 }, n[] = { 11, 22, 33 };
	struct table *t = snapshot_table(l->s, TABLE_FREE_BLOCKS);

	assert_int_equal(t->nrows, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(t->rows[i]->key, bytes[i]);
		assert_int_equal(row_get(t, t->rows[i], "free").n, n[i]);
	}
	assert_int_equal(t->columns[0].kind, VALUE_GAUGE);
}

static void test_good(void **state)
{
	struct look *l = *state;

	look(l);
	expect_meminfo(l);
	expect_vmstat(l);
	expect_psi(l);
	expect_stat(l);
	expect_free_blocks(l);
	expect(l, F_MEM_MIN_FREE, 69206016, "/proc/sys/vm/min_free_kbytes");
	expect(l, F_MEM_DIRECT_4K, 31457280, "/proc/meminfo");
	expect(l, F_MEM_DIRECT_2M, 2116026368, "/proc/meminfo");
	expect(l, F_MEM_DIRECT_64K, 131072, "/proc/meminfo");
	expect(l, F_MEM_DIRECT_32M, 67108864, "/proc/meminfo");
	expect(l, F_MEM_DIRECT_1G, 25769803776, "/proc/meminfo");
	expect(l, F_THP_UNDERUSED_SPLIT, 10, "/proc/vmstat");
	expect(l, F_VM_ZSWAP_IN, 11, "/proc/vmstat");
	expect(l, F_VM_ZSWAP_OUT, 12, "/proc/vmstat");
	expect(l, F_VM_SWAP_IN_ZERO, 13, "/proc/vmstat");
	expect(l, F_VM_SWAP_OUT_ZERO, 14, "/proc/vmstat");
	expect_probe(l, "meminfo", PROBE_OK, NULL);
	expect_probe(l, "vmstat", PROBE_OK, NULL);
	expect_probe(l, "psi.memory", PROBE_OK, NULL);
	expect_probe(l, "buddyinfo", PROBE_OK, NULL);
	expect_probe(l, "cpu_time", PROBE_OK, NULL);
	expect_probe(l, "min_free", PROBE_OK, NULL);
}

/* As patches for arm64 spell them. */
static void test_direct_map_spelled_large(void **state)
{
	struct look *l = *state;

	tree_file(l->root, "/proc/meminfo",
		  "DirectMap4K: 4 kB\nDirectMap64K: 128 kB\nDirectMap2M: 2048 kB\n"
		  "DirectMap32M: 32768 kB\nDirectMap1G: 1048576 kB\n");
	look(l);
	expect(l, F_MEM_DIRECT_4K, 4096, "/proc/meminfo");
	expect(l, F_MEM_DIRECT_64K, 131072, "/proc/meminfo");
	expect(l, F_MEM_DIRECT_2M, 2097152, "/proc/meminfo");
	expect(l, F_MEM_DIRECT_32M, 33554432, "/proc/meminfo");
	expect(l, F_MEM_DIRECT_1G, 1073741824, "/proc/meminfo");
}

/* A kernel is none the worse for being old. */
static void test_without_new_counters(void **state)
{
	struct look *l = *state;

	tree_file(l->root, "/proc/vmstat",
		  "pswpin 1\npswpout 2\npgfault 1000\npgmajfault 58\ncompact_stall 3\n"
		  "compact_fail 4\nthp_fault_alloc 5\nthp_fault_fallback 6\n"
		  "thp_collapse_alloc 7\nthp_split_page 8\nthp_split_pmd 9\n");
	look(l);
	expect_vmstat(l);
	expect_unknown(l, F_VM_ZSWAP_OUT,
		       "/proc/vmstat has no line zswpout: the kernel was built without "
		       "CONFIG_ZSWAP");
	expect_unknown(
		l, F_THP_UNDERUSED_SPLIT,
		"/proc/vmstat has no line thp_underused_split_page: this kernel does not "
		"look for underused huge pages");
	expect_probe(l, "vmstat", PROBE_OK, NULL);
}

static void test_without_psi(void **state)
{
	struct look *l = *state;

	remove_file(l, "/proc/pressure/memory");
	look(l);
	expect_unknown(
		l, F_PSI_MEMORY_SOME,
		"/proc/pressure/memory is missing: the kernel was built without CONFIG_PSI "
		"or booted with psi=0");
	expect_probe(l, "psi.memory", PROBE_UNAVAILABLE,
		     "boot with psi=1 a kernel built with CONFIG_PSI=y");
	expect_meminfo(l);
	expect_vmstat(l);
	expect_free_blocks(l);
}

static void test_lines_this_kernel_lacks(void **state)
{
	struct look *l = *state;

	/* arm64 without THP and swap */
	tree_file(l->root, "/proc/meminfo",
		  "MemTotal: 4 kB\nMemAvailable: 4 kB\nPageTables: 4 kB\n"
		  "SwapTotal: 0 kB\nSwapFree: 0 kB\nAnonPages: 4 kB\n");
	tree_file(l->root, "/proc/vmstat",
		  "pgfault 5\npgmajfault 5\ncompact_stall 0\ncompact_fail 0\n");
	look(l);
	expect(l, F_VM_MINOR_FAULTS, 0, "/proc/vmstat");
	expect_unknown(
		l, F_VM_SWAP_IN,
		"/proc/vmstat has no line pswpin: the kernel was built without CONFIG_SWAP");
	expect_unknown(l, F_THP_SPLIT_PMD,
		       "/proc/vmstat has no line thp_split_pmd: the kernel was built without "
		       "CONFIG_TRANSPARENT_HUGEPAGE");
	expect_unknown(
		l, F_MEM_DIRECT_4K,
		"/proc/meminfo has no line DirectMap4k: kernels for this architecture do "
		"not count it");
	expect_probe(l, "meminfo", PROBE_DEGRADED,
		     "boot a kernel built with CONFIG_TRANSPARENT_HUGEPAGE=y");
	expect_probe(l, "vmstat", PROBE_DEGRADED, "boot a kernel built with CONFIG_SWAP=y");
	expect_psi(l);
}

static void test_bad_line_harms_only_itself(void **state)
{
	struct look *l = *state;

	tree_file(
		l->root, "/proc/vmstat",
		"pswpin one\npswpout 2\npgfault 57\npgmajfault 58\n\xff\xff\nthp_split_pmd 9");
	look(l);
	expect_unknown(l, F_VM_SWAP_IN,
		       "/proc/vmstat: the line pswpin holds text pgtop cannot parse");
	/* more major faults than faults */
	assert_false(l->s->field[F_VM_MINOR_FAULTS].known);
	assert_non_null(strstr(l->s->field[F_VM_MINOR_FAULTS].why, "pgmajfault"));
	expect(l, F_VM_MAJOR_FAULTS, 58, "/proc/vmstat");
	expect(l, F_VM_SWAP_OUT, 2, "/proc/vmstat");
	expect(l, F_THP_SPLIT_PMD, 9, "/proc/vmstat");
	expect_probe(l, "vmstat", PROBE_DEGRADED, NULL);
}

static void break_file(struct look *l, const char *path)
{
	tree_bytes(l->root, path, "\x7f\0\xff\n\n\n garbage", 14);
}

static void test_bad_vmstat(void **state)
{
	struct look *l = *state;

	break_file(l, "/proc/vmstat");
	look(l);
	expect_unknown(l, F_VM_MINOR_FAULTS, "/proc/vmstat holds text pgtop cannot parse");
	expect_probe(l, "vmstat", PROBE_UNAVAILABLE, NULL);
	expect_meminfo(l);
	expect_psi(l);
	expect_free_blocks(l);
}

static void test_bad_meminfo(void **state)
{
	struct look *l = *state;

	break_file(l, "/proc/meminfo");
	look(l);
	expect_unknown(l, F_MEM_TOTAL, "/proc/meminfo holds text pgtop cannot parse");
	expect_probe(l, "meminfo", PROBE_UNAVAILABLE, NULL);
	expect_vmstat(l);
	expect_psi(l);
	expect_free_blocks(l);
}

static void test_bad_psi(void **state)
{
	struct look *l = *state;

	tree_file(l->root, "/proc/pressure/memory", "some total=5\nfull\n");
	look(l);
	expect(l, F_PSI_MEMORY_SOME, 5000, "/proc/pressure/memory");
	expect_unknown(l, F_PSI_MEMORY_FULL, "/proc/pressure/memory has no line full");
	expect_probe(l, "psi.memory", PROBE_DEGRADED, NULL);
	expect_meminfo(l);
	expect_vmstat(l);
}

static void test_bad_buddyinfo(void **state)
{
	struct look *l = *state;

	tree_file(l->root, "/proc/buddyinfo",
		  "Node 0, zone Normal 1 2\nNode 1, zone Normal 1\n");
	look(l);
	assert_int_equal(snapshot_table(l->s, TABLE_FREE_BLOCKS)->nrows, 0);
	assert_string_equal(snapshot_table(l->s, TABLE_FREE_BLOCKS)->why,
			    "/proc/buddyinfo holds text pgtop cannot parse");
	expect_probe(l, "buddyinfo", PROBE_UNAVAILABLE, NULL);
	expect_meminfo(l);
	expect_vmstat(l);
	expect_psi(l);
}

static void test_bad_stat(void **state)
{
	struct look *l = *state;

	tree_file(l->root, "/proc/stat", "cpu  1 2 3 4\n");
	tree_file(l->root, "/proc/sys/vm/min_free_kbytes", "67584 x\n");
	look(l);
	expect_unknown(l, F_CPU_USER,
		       "/proc/stat: the line cpu holds text pgtop cannot parse");
	expect_unknown(l, F_CPU_KERNEL,
		       "/proc/stat: the line cpu holds text pgtop cannot parse");
	assert_false(l->s->field[F_MEM_MIN_FREE].known);
	expect_probe(l, "cpu_time", PROBE_UNAVAILABLE, NULL);
	expect_probe(l, "min_free", PROBE_UNAVAILABLE, NULL);
	expect_meminfo(l);
	tree_file(l->root, "/proc/stat", "intr 5\n");
	snapshot_free(l->s);
	probe_free(l->probe);
	look(l);
	expect_unknown(l, F_CPU_USER, "/proc/stat has no line cpu");
}

/* One reason each, and what helps against that one. */
static void test_remedies(void **state)
{
	static const struct {
		int err;
		const char *row, *why, *remedy;
	} cases[] = {
		{ EACCES, "meminfo", "/proc/meminfo may not be read by this user",
		  "run as root" },
		{ EMFILE, "meminfo", "/proc/meminfo cannot be read: Too many open files",
		  "raise the limit of open files (ulimit -n, LimitNOFILE=)" },
		{ EIO, "meminfo", "/proc/meminfo cannot be read: Input/output error", NULL },
		{ EMFILE, "buddyinfo", "/proc/buddyinfo cannot be read: Too many open files",
		  "raise the limit of open files (ulimit -n, LimitNOFILE=)" },
		{ EOPNOTSUPP, "psi.memory",
		  "/proc/pressure/memory is switched off: the kernel was built without "
		  "CONFIG_PSI or booted with psi=0",
		  "boot with psi=1 a kernel built with CONFIG_PSI=y" },
		{ EPERM, "psi.memory", "/proc/pressure/memory may not be read by this user",
		  "run as root" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct look *l = *state;

		open_error = cases[i].err;
		look(l);
		open_error = 0;
		assert_string_equal(probe_find(l->probe, cases[i].row)->why, cases[i].why);
		expect_probe(l, cases[i].row, PROBE_UNAVAILABLE, cases[i].remedy);
		probe_free(l->probe);
		snapshot_free(l->s);
		l->probe = NULL;
		l->s = NULL;
	}
}

static void test_no_proc(void **state)
{
	struct look *l = look_new(4096);

	look(l);
	expect_unknown(l, F_MEM_TOTAL,
		       "/proc/meminfo is missing: proc is not mounted on /proc");
	expect_probe(l, "meminfo", PROBE_UNAVAILABLE, "mount proc on /proc");
	expect_probe(l, "psi.memory", PROBE_UNAVAILABLE, "mount proc on /proc");
	expect_probe(l, "buddyinfo", PROBE_UNAVAILABLE, "mount proc on /proc");
	look_teardown((void **)&l);
}

/* What a container is shown of its memory is not the machine's. */
static void test_lxcfs(void **state)
{
	struct look *l = *state;

	tree_file(l->root, "/proc/self/mountinfo",
		  "23 28 0:22 / /proc rw - proc proc rw\n"
		  "90 23 0:44 /proc/meminfo /proc/meminfo rw - fuse.lxcfs lxcfs rw\n");
	look(l);
	expect_unknown(
		l, F_MEM_TOTAL,
		"/proc/meminfo is not the kernel's here: fuse.lxcfs is mounted over it");
	expect_probe(l, "meminfo", PROBE_UNAVAILABLE, "run pgtop on the host");
	expect_vmstat(l);
	expect_psi(l);
}

static void test_nobody_asks(void **state)
{
	struct look *l = *state;
	const struct source_options o = { 0 };
	void *source = NULL;

	assert_int_equal(source_memory.open(&l->host, &o, NULL, &source), 0);
	source_memory.close(source);
	source_memory.close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_good, setup, look_teardown),
		cmocka_unit_test_setup_teardown(test_direct_map_spelled_large, setup,
						look_teardown),
		cmocka_unit_test_setup_teardown(test_without_new_counters, setup,
						look_teardown),
		cmocka_unit_test_setup_teardown(test_without_psi, setup, look_teardown),
		cmocka_unit_test_setup_teardown(test_lines_this_kernel_lacks, setup,
						look_teardown),
		cmocka_unit_test_setup_teardown(test_bad_line_harms_only_itself, setup,
						look_teardown),
		cmocka_unit_test_setup_teardown(test_bad_vmstat, setup, look_teardown),
		cmocka_unit_test_setup_teardown(test_bad_meminfo, setup, look_teardown),
		cmocka_unit_test_setup_teardown(test_bad_psi, setup, look_teardown),
		cmocka_unit_test_setup_teardown(test_bad_buddyinfo, setup, look_teardown),
		cmocka_unit_test_setup_teardown(test_bad_stat, setup, look_teardown),
		cmocka_unit_test_setup_teardown(test_remedies, setup, look_teardown),
		cmocka_unit_test_setup_teardown(test_lxcfs, setup, look_teardown),
		cmocka_unit_test(test_no_proc),
		cmocka_unit_test_setup_teardown(test_nobody_asks, setup, look_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
