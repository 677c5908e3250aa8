// SPDX-License-Identifier: GPL-2.0-only
/* The tracing sources where they cannot trace: everything unknown, each with the reason. */
#include "tree.h"

#include "sources.h"
#include "util/util.h"

static struct host *host(const char *root, enum host_arch arch, const char *name,
			 unsigned int major, unsigned int minor)
{
	struct host *h;

	assert_int_equal(host_new(root, &h), 0);
	h->arch = arch;
	h->major = major;
	h->minor = minor;
	snprintf(h->arch_name, sizeof(h->arch_name), "%s", name);
	snprintf(h->release, sizeof(h->release), "%u.%u.0-test", major, minor);
	return h;
}

static const enum snapshot_field_id contpte_fields[] = {
	F_CONTPTE_FOLDS,	 F_CONTPTE_UNFOLDS,	F_CONTPTE_MAPS,
	F_CONTPTE_FOLD_ATTEMPTS, F_CONTPTE_UNFOLD_TIME,
};
static const enum snapshot_table_id contpte_tables[] = {
	TABLE_UNFOLD_REASON,
	TABLE_UNFOLD_CALLER,
	TABLE_UNFOLD_LATENCY,
};
static const char *const contpte_rows[] = {
	"contpte.unfolds", "contpte.folds",	     "contpte.fold_attempts",
	"contpte.maps",	   "contpte.unfold_latency", "contpte.unfold_callers",
};

static void expect_probe(const struct probe *p, const char *name, const char *why)
{
	const struct probe_row *row = probe_find(p, name);

	assert_non_null(row);
	assert_int_equal(row->state, PROBE_UNAVAILABLE);
	assert_non_null(strstr(row->why, why));
}

static void expect_no_contpte(struct host *h, const char *why)
{
	const struct source_options o = { 0 };
	struct snapshot *s = snapshot_new();
	struct probe *p = probe_new();
	void *source = NULL;

	assert_int_equal(source_contpte.open(h, &o, p, &source), 0);
	assert_int_equal(source_contpte.read(source, s), 0);
	source_contpte.close(source);
	for (size_t i = 0; i < ARRAY_SIZE(contpte_fields); i++) {
		assert_false(s->field[contpte_fields[i]].known);
		assert_non_null(strstr(s->field[contpte_fields[i]].why, why));
	}
	for (size_t i = 0; i < 3; i++)
		assert_non_null(strstr(s->table[contpte_tables[i]].why, why));
	for (size_t i = 0; i < 6; i++)
		expect_probe(p, contpte_rows[i], why);
	probe_free(p);
	snapshot_free(s);
	host_free(h);
}

static void test_contpte(void **state)
{
	expect_no_contpte(host(*state, ARCH_X86_64, "x86_64", 6, 18), "this is x86_64");
	expect_no_contpte(host(*state, ARCH_OTHER, "riscv64", 6, 18), "this is riscv64");
	expect_no_contpte(host(*state, ARCH_ARM64, "aarch64", 6, 8),
			  "Linux 6.8.0-test has no contiguous PTEs");
	expect_no_contpte(host(*state, ARCH_ARM64, "aarch64", 6, 12), "no BTF");
}

/* The counters of the pgtop kernel series need no program. */
static void test_contpte_counters(void **state)
{
	struct host *h = host(*state, ARCH_ARM64, "aarch64", 6, 12);
	const struct source_options o = { 0 };
	struct snapshot *s = snapshot_new();
	struct probe *p = probe_new();
	void *source = NULL;

	tree_file(*state, "/proc/vmstat", "contpte_fold 13\ncontpte_unfold 23\n");
	assert_int_equal(source_contpte.open(h, &o, p, &source), 0);
	assert_int_equal(source_contpte.read(source, s), 0);
	source_contpte.close(source);
	assert_int_equal(probe_find(p, "contpte.unfolds")->state, PROBE_OK);
	assert_string_equal(probe_find(p, "contpte.unfolds")->via,
			    "/proc/vmstat contpte_unfold");
	assert_int_equal(probe_find(p, "contpte.folds")->state, PROBE_OK);
	expect_probe(p, "contpte.maps", "no BTF");
	assert_true(s->field[F_CONTPTE_FOLDS].known && s->field[F_CONTPTE_UNFOLDS].known);
	assert_int_equal(s->field[F_CONTPTE_FOLDS].n, 13);
	assert_int_equal(s->field[F_CONTPTE_UNFOLDS].n, 23);
	assert_false(s->field[F_CONTPTE_MAPS].known);
	probe_free(p);
	snapshot_free(s);
	host_free(h);
}

static void expect_no_flushes(struct host *h, const char *why)
{
	static const enum snapshot_field_id fields[] = { F_TLB_FLUSHES, F_TLB_FLUSH_PAGES,
							 F_TLB_FLUSHES_FULL,
							 F_TLB_FLUSHES_LOCAL,
							 F_TLB_ESCALATED };
	const struct source_options o = { 0 };
	struct snapshot *s = snapshot_new();
	struct probe *p = probe_new();
	void *source = NULL;

	assert_int_equal(source_tlbflush.open(h, &o, p, &source), 0);
	assert_int_equal(source_tlbflush.read(source, s), 0);
	source_tlbflush.cost(source, s);
	source_tlbflush.close(source);
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		assert_false(s->field[fields[i]].known);
		assert_non_null(strstr(s->field[fields[i]].why, why));
	}
	assert_non_null(strstr(s->table[TABLE_TLB_FLUSH].why, why));
	assert_false(s->field[F_BPF_RUNS].known);
	assert_non_null(strstr(s->field[F_BPF_RUNS].why, "no BPF program"));
	assert_non_null(strstr(s->table[TABLE_BPF_PROGRAM].why, "no BPF program"));
	expect_probe(p, "tlb.flushes", why);
	probe_free(p);
	snapshot_free(s);
	host_free(h);
}

static void test_tlbflush(void **state)
{
	expect_no_flushes(host(*state, ARCH_X86_64, "x86_64", 6, 18), "no BTF");
	expect_no_flushes(host(*state, ARCH_ARM64, "aarch64", 6, 12), "no BTF");
	tree_file(*state, "/sys/kernel/btf/vmlinux", "");
	tree_file(*state, "/proc/self/status", "Name:\tx\nCapEff:\t0000000000000000\n");
	expect_no_flushes(host(*state, ARCH_X86_64, "x86_64", 6, 18),
			  "needs CAP_BPF and CAP_PERFMON");
	tree_file(*state, "/proc/self/status", "Name:\tx\nCapEff:\t000001ffffffffff\n");
	expect_no_flushes(host(*state, ARCH_OTHER, "riscv64", 6, 18), "on riscv64");
}

static void test_close_nothing(void **state)
{
	source_contpte.close(NULL);
	source_tlbflush.close(NULL);
}

static int setup(void **state)
{
	*state = tree_new();
	tree_dir(*state, "/sys/kernel");
	return 0;
}

static int teardown(void **state)
{
	tree_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_contpte, setup, teardown),
		cmocka_unit_test_setup_teardown(test_contpte_counters, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tlbflush, setup, teardown),
		cmocka_unit_test(test_close_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
