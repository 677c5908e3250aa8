// SPDX-License-Identifier: GPL-2.0-only
#include "look.h"

#include "memory/mthp.h"

static int setup(void **state)
{
	*state = look_new(4096);
	return 0;
}

static void file(struct look *l, const char *path, const char *text)
{
	char full[256];

	snprintf(full, sizeof(full), MTHP_DIR "/%s", path);
	tree_file(l->root, full, text);
}

static void look(struct look *l)
{
	look_by(l, &source_mthp);
}

static const struct table *sizes(const struct look *l)
{
	return &l->s->table[TABLE_MTHP];
}

static const char *probe_why(const struct look *l, const char *name)
{
	return probe_find(l->probe, name)->why;
}

static struct value cell(const struct look *l, uint64_t size, const char *name)
{
	const struct row *r = table_find(sizes(l), size, NULL);

	assert_non_null(r);
	return row_get(sizes(l), r, name);
}

static void expect_cell(const struct look *l, uint64_t size, const char *name, uint64_t n)
{
	struct value v = cell(l, size, name);

	assert_true(v.known);
	assert_int_equal(v.n, n);
	assert_non_null(v.via);
}

static void make_good(struct look *l)
{
	file(l, "enabled", "always [madvise] never\n");
	file(l, "defrag", "always defer defer+madvise [madvise] never\n");
	file(l, "shmem_enabled", "always within_size advise [never] deny force\n");
	file(l, "khugepaged/pages_collapsed", "12\n");
	file(l, "khugepaged/full_scans", "345\n");
	file(l, "khugepaged/defrag", "1\n");
	file(l, "khugepaged/max_ptes_none", "511\n");
	file(l, "shrink_underused", "1\n");
	file(l, "hpage_pmd_size", "2097152\n");
	file(l, "hugepages-2048kB/enabled", "always [inherit] madvise never\n");
	file(l, "hugepages-2048kB/shmem_enabled",
	     "always inherit within_size advise [never]\n");
	file(l, "hugepages-2048kB/stats/anon_fault_alloc", "308\n");
	file(l, "hugepages-2048kB/stats/nr_anon", "7\n");
	file(l, "hugepages-2048kB/stats/swpout", "1\n");
	file(l, "hugepages-64kB/enabled", "[always] inherit madvise never\n");
	file(l, "hugepages-64kB/shmem_enabled", "always inherit within_size [advise] never\n");
	file(l, "hugepages-64kB/stats/anon_fault_alloc", "18446744073709551615\n");
	file(l, "hugepages-64kB/stats/nr_anon", "0\n");
	file(l, "hugepages-64kB/stats/a_new_one", "5\n");
	/* order 1: shmem only, as 6.13 and newer have it */
	file(l, "hugepages-8kB/shmem_enabled", "always inherit within_size advise [never]\n");
	file(l, "hugepages-8kB/stats/swpout", "3\n");
}

static void test_good(void **state)
{
	struct look *l = *state;

	make_good(l);
	look(l);
	assert_int_equal(sizes(l)->nrows, 3);
	assert_int_equal(sizes(l)->rows[0]->key, 8192);
	assert_int_equal(sizes(l)->rows[1]->key, 65536);
	assert_int_equal(sizes(l)->rows[2]->key, 2097152);
	assert_null(sizes(l)->rows[0]->label[0]);
	assert_string_equal(sizes(l)->rows[0]->label[1], "never");
	assert_string_equal(sizes(l)->rows[1]->label[0], "always");
	assert_string_equal(sizes(l)->rows[1]->label[1], "advise");
	assert_string_equal(sizes(l)->rows[2]->label[0], "inherit");
	assert_string_equal(sizes(l)->rows[2]->label[1], "never");
	expect_cell(l, 2097152, "anon_fault_alloc", 308);
	expect_cell(l, 2097152, "nr_anon", 7);
	expect_cell(l, 2097152, "swpout", 1);
	expect_cell(l, 65536, "anon_fault_alloc", UINT64_MAX);
	expect_cell(l, 65536, "nr_anon", 0);
	expect_cell(l, 65536, "a_new_one", 5);
	expect_cell(l, 8192, "swpout", 3);
	assert_false(cell(l, 8192, "nr_anon").known);
	assert_non_null(cell(l, 8192, "nr_anon").why);
	assert_string_equal(l->s->fact[FACT_THP_ENABLED].text, "madvise");
	assert_string_equal(l->s->fact[FACT_THP_DEFRAG].text, "madvise");
	assert_string_equal(l->s->fact[FACT_THP_SHMEM].text, "never");
	assert_string_equal(l->s->fact[FACT_THP_SHRINK_UNDERUSED].text, "1");
	assert_string_equal(l->s->fact[FACT_MAX_PTES_NONE].text, "511");
	assert_int_equal(l->s->field[F_KHUGEPAGED_COLLAPSED].n, 12);
	assert_int_equal(l->s->field[F_KHUGEPAGED_SCANS].n, 345);
	expect_probe(l, "mthp.stats", PROBE_OK, NULL);
	expect_probe(l, "mthp.policy", PROBE_OK, NULL);
	expect_probe(l, "khugepaged", PROBE_OK, NULL);
}

static struct value out(const struct look *l, uint64_t size)
{
	return mthp_swapped_out(sizes(l), table_find(sizes(l), size, NULL));
}

/* The kernel counts a folio in one of both files. */
static void test_swapped_out(void **state)
{
	struct look *l = *state;

	make_good(l);
	file(l, "hugepages-2048kB/stats/zswpout", "41\n");
	file(l, "hugepages-64kB/stats/zswpout", "7\n");
	look(l);
	assert_true(out(l, 2097152).known);
	assert_int_equal(out(l, 2097152).n, 42);
	/* a kernel before 6.13 */
	assert_int_equal(out(l, 8192).n, 3);
	assert_false(out(l, 65536).known);
	assert_non_null(out(l, 65536).why);
}

/* What each kernel has is a list of its own: 6.12, 6.18 (from a running one), 7.3. */
static void test_stats_have_a_meaning(void **state)
{
	static const char names[] =
		"anon_fault_alloc anon_fault_fallback anon_fault_fallback_charge nr_anon "
		"nr_anon_partially_mapped shmem_alloc shmem_fallback shmem_fallback_charge split "
		"split_deferred split_failed swpin swpin_fallback swpin_fallback_charge swpout "
		"swpout_fallback zswpout collapse_alloc collapse_alloc_failed "
		"collapse_exceed_none_pte collapse_exceed_swap_pte collapse_exceed_shared_pte ";
	char word[64];
	size_t n = 0;

	for (const char *p = names; *p; p = strchr(p, ' ') + 1)
		n++;
	assert_int_equal(mthp_stats_count, n);
	for (size_t i = 0; i < n; i++) {
		snprintf(word, sizeof(word), "%s ", mthp_stats[i].name);
		assert_non_null(strstr(names, word));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(mthp_stats[i].name, mthp_stats[k].name);
	}
}

static void test_settings_this_kernel_lacks(void **state)
{
	struct look *l = *state;
	char path[256];

	make_good(l);
	snprintf(path, sizeof(path), "%s" MTHP_DIR "/shrink_underused", l->root);
	assert_int_equal(unlink(path), 0);
	file(l, "khugepaged/max_ptes_none", "many\n");
	look(l);
	assert_null(l->s->fact[FACT_THP_SHRINK_UNDERUSED].text);
	assert_non_null(strstr(l->s->fact[FACT_THP_SHRINK_UNDERUSED].why,
			       "does not look for underused huge pages"));
	assert_null(l->s->fact[FACT_MAX_PTES_NONE].text);
	assert_non_null(strstr(l->s->fact[FACT_MAX_PTES_NONE].why, "cannot parse"));
}

static void test_kinds(void **state)
{
	struct look *l = *state;

	make_good(l);
	file(l, "hugepages-64kB/stats/nr_anon_partially_mapped", "2\n");
	look(l);
	for (size_t i = 0; i < sizes(l)->ncolumns; i++) {
		const struct column *c = &sizes(l)->columns[i];
		int level = !strcmp(c->name, "nr_anon") ||
			    !strcmp(c->name, "nr_anon_partially_mapped");

		assert_int_equal(c->kind, level ? VALUE_GAUGE : VALUE_COUNTER);
		assert_int_equal(c->unit, UNIT_COUNT);
	}
}

static void test_garbage_harms_only_itself(void **state)
{
	struct look *l = *state;

	make_good(l);
	file(l, "hugepages-64kB/stats/swpout", "many\n");
	file(l, "hugepages-64kB/enabled", "always inherit madvise never\n");
	file(l, "khugepaged/full_scans", "\n");
	file(l, "defrag", "[a] [b]\n");
	look(l);
	assert_false(cell(l, 65536, "swpout").known);
	assert_non_null(strstr(cell(l, 65536, "swpout").why, "hugepages-64kB/stats/swpout"));
	assert_null(table_find(sizes(l), 65536, NULL)->label[0]);
	assert_string_equal(table_find(sizes(l), 65536, NULL)->label[1], "advise");
	assert_null(l->s->fact[FACT_THP_DEFRAG].text);
	assert_non_null(l->s->fact[FACT_THP_DEFRAG].why);
	expect_cell(l, 65536, "a_new_one", 5);
	expect_cell(l, 2097152, "swpout", 1);
	assert_int_equal(l->s->field[F_KHUGEPAGED_COLLAPSED].n, 12);
	assert_false(l->s->field[F_KHUGEPAGED_SCANS].known);
	expect_probe(l, "mthp.stats", PROBE_DEGRADED, NULL);
	expect_probe(l, "mthp.policy", PROBE_DEGRADED, NULL);
	expect_probe(l, "khugepaged", PROBE_DEGRADED, NULL);
	assert_non_null(strstr(probe_why(l, "khugepaged"), "full_scans"));
}

static void test_unknown_policy(void **state)
{
	struct look *l = *state;

	make_good(l);
	file(l, "hugepages-8kB/shmem_enabled", "maybe\n");
	look(l);
	assert_null(table_find(sizes(l), 8192, NULL)->label[1]);
	expect_probe(l, "mthp.policy", PROBE_DEGRADED, NULL);
	assert_non_null(strstr(probe_why(l, "mthp.policy"), "hugepages-8kB/shmem_enabled"));
	expect_probe(l, "mthp.stats", PROBE_OK, NULL);
}

/* The kernel adds up per-CPU parts of a level while they change. */
static void test_level_below_zero(void **state)
{
	struct look *l = *state;

	make_good(l);
	file(l, "hugepages-64kB/stats/nr_anon", "18446744073709551615\n");
	look(l);
	assert_false(cell(l, 65536, "nr_anon").known);
	assert_non_null(cell(l, 65536, "nr_anon").why);
	expect_cell(l, 2097152, "nr_anon", 7);
}

static void test_without_stats(void **state)
{
	struct look *l = *state;

	/* 6.8 and 6.9 */
	file(l, "enabled", "always [madvise] never\n");
	file(l, "hugepages-64kB/enabled", "always inherit madvise [never]\n");
	look(l);
	assert_int_equal(sizes(l)->nrows, 1);
	assert_string_equal(sizes(l)->rows[0]->label[0], "never");
	assert_null(sizes(l)->rows[0]->label[1]);
	assert_int_equal(sizes(l)->ncolumns, 0);
	expect_probe(l, "mthp.stats", PROBE_UNAVAILABLE, "boot Linux 6.10 or newer");
	expect_probe(l, "mthp.policy", PROBE_OK, NULL);
	expect_probe(l, "khugepaged", PROBE_UNAVAILABLE, NULL);
	assert_non_null(strstr(probe_why(l, "mthp.stats"), "6.10"));
}

static void test_before_mthp(void **state)
{
	struct look *l = *state;

	file(l, "enabled", "always [madvise] never\n");
	file(l, "khugepaged/pages_collapsed", "1\n");
	file(l, "khugepaged/full_scans", "2\n");
	look(l);
	assert_int_equal(sizes(l)->nrows, 0);
	assert_non_null(strstr(sizes(l)->why, "6.8"));
	assert_string_equal(l->s->fact[FACT_THP_ENABLED].text, "madvise");
	expect_probe(l, "mthp.stats", PROBE_UNAVAILABLE, "boot Linux 6.8 or newer");
	expect_probe(l, "mthp.policy", PROBE_UNAVAILABLE, "boot Linux 6.8 or newer");
	expect_probe(l, "khugepaged", PROBE_OK, NULL);
	assert_string_equal(probe_why(l, "mthp.policy"), sizes(l)->why);
}

static void test_without_thp(void **state)
{
	struct look *l = *state;

	tree_dir(l->root, "/sys/kernel/mm");
	look(l);
	assert_non_null(strstr(sizes(l)->why, "CONFIG_TRANSPARENT_HUGEPAGE"));
	assert_non_null(
		strstr(l->s->fact[FACT_THP_ENABLED].why, "CONFIG_TRANSPARENT_HUGEPAGE"));
	assert_false(l->s->field[F_KHUGEPAGED_SCANS].known);
	expect_probe(l, "mthp.stats", PROBE_UNAVAILABLE,
		     "boot a kernel built with CONFIG_TRANSPARENT_HUGEPAGE=y");
	expect_probe(l, "mthp.policy", PROBE_UNAVAILABLE,
		     "boot a kernel built with CONFIG_TRANSPARENT_HUGEPAGE=y");
	expect_probe(l, "khugepaged", PROBE_UNAVAILABLE,
		     "boot a kernel built with CONFIG_TRANSPARENT_HUGEPAGE=y");
}

/* Nothing is known of a kernel whose sysfs is not there. */
static void test_without_sysfs(void **state)
{
	struct look *l = *state;

	look(l);
	assert_string_equal(sizes(l)->why, MTHP_DIR " is missing");
	assert_string_equal(l->s->fact[FACT_THP_ENABLED].why, MTHP_DIR "/enabled is missing");
	expect_probe(l, "mthp.stats", PROBE_UNAVAILABLE, "mount sysfs on /sys");
	expect_probe(l, "mthp.policy", PROBE_UNAVAILABLE, "mount sysfs on /sys");
	expect_probe(l, "khugepaged", PROBE_UNAVAILABLE, "mount sysfs on /sys");
}

static void test_empty_size(void **state)
{
	struct look *l = *state;

	tree_dir(l->root, MTHP_DIR "/hugepages-64kB/stats");
	look(l);
	assert_int_equal(sizes(l)->nrows, 1);
	expect_probe(l, "mthp.stats", PROBE_UNAVAILABLE, NULL);
	expect_probe(l, "mthp.policy", PROBE_UNAVAILABLE, NULL);
}

static void test_parse_size(void **state)
{
	static const char *const bad[] = {
		"",
		"hugepages-",
		"hugepages-kB",
		"hugepages-64",
		"hugepages-64KB",
		"hugepages-64kBx",
		"hugepages-64kB ",
		"hugepages- 64kB",
		"hugepages-064kB",
		"hugepages-0kB",
		"hugepages-+64kB",
		"hugepages--64kB",
		"hugepages-0x40kB",
		"xhugepages-64kB",
		"huge",
		"khugepaged",
		"hugepages-64MB",
		"hugepages-64kB/x",
		"hugepages-6 4kB",
		/* 2^54 kB are 2^64 bytes */
		"hugepages-18014398509481984kB",
		"hugepages-18446744073709551616kB",
	};
	uint64_t n = 77;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(mthp_parse_size(bad[i], &n), -EINVAL);
	assert_int_equal(n, 77);
	assert_int_equal(mthp_parse_size("hugepages-64kB", &n), 0);
	assert_int_equal(n, 65536);
	assert_int_equal(mthp_parse_size("hugepages-524288kB", &n), 0);
	assert_int_equal(n, 536870912);
}

static void test_sizes(void **state)
{
	struct look *l = *state;
	uint64_t *sizes = NULL;
	size_t n = 77;

	assert_int_equal(mthp_sizes(l->root, &sizes, &n), -ENOENT);
	assert_null(sizes);
	assert_int_equal(n, 77);
	file(l, "enabled", "");
	assert_int_equal(mthp_sizes(l->root, &sizes, &n), 0);
	assert_int_equal(n, 0);
	free(sizes);
	/* Byte order of the names is not the order of the sizes. */
	file(l, "hugepages-1024kB/enabled", "");
	file(l, "hugepages-2048kB/enabled", "");
	file(l, "hugepages-128kB/enabled", "");
	file(l, "hugepages-64kB/enabled", "");
	file(l, "hugepages-manykB/enabled", "");
	assert_int_equal(mthp_sizes(l->root, &sizes, &n), 0);
	assert_int_equal(n, 4);
	assert_int_equal(sizes[0], 65536);
	assert_int_equal(sizes[1], 131072);
	assert_int_equal(sizes[2], 1048576);
	assert_int_equal(sizes[3], 2097152);
	free(sizes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_good, setup, look_teardown),
		cmocka_unit_test_setup_teardown(test_swapped_out, setup, look_teardown),
		cmocka_unit_test_setup_teardown(test_stats_have_a_meaning, setup,
						look_teardown),
		cmocka_unit_test_setup_teardown(test_settings_this_kernel_lacks, setup,
						look_teardown),
		cmocka_unit_test_setup_teardown(test_kinds, setup, look_teardown),
		cmocka_unit_test_setup_teardown(test_garbage_harms_only_itself, setup,
						look_teardown),
		cmocka_unit_test_setup_teardown(test_unknown_policy, setup, look_teardown),
		cmocka_unit_test_setup_teardown(test_level_below_zero, setup, look_teardown),
		cmocka_unit_test_setup_teardown(test_without_stats, setup, look_teardown),
		cmocka_unit_test_setup_teardown(test_before_mthp, setup, look_teardown),
		cmocka_unit_test_setup_teardown(test_without_thp, setup, look_teardown),
		cmocka_unit_test_setup_teardown(test_without_sysfs, setup, look_teardown),
		cmocka_unit_test_setup_teardown(test_empty_size, setup, look_teardown),
		cmocka_unit_test(test_parse_size),
		cmocka_unit_test_setup_teardown(test_sizes, setup, look_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
