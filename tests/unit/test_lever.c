// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include "policy/lever.h"
#include "util/util.h"

static void add(struct snapshot *s, uint64_t size, const char *anon, const char *shmem)
{
	struct table *t = snapshot_table(s, TABLE_MTHP);
	struct row *r = table_row(t, size, NULL);

	if (anon)
		row_label(t, r, 0, anon);
	if (shmem)
		row_label(t, r, 1, shmem);
}

/* As a 4K kernel has them; the smallest is for shared memory only. */
static struct snapshot *machine(void)
{
	struct snapshot *s = snapshot_new();

	snapshot_fact(s, FACT_THP_ENABLED, "madvise");
	snapshot_fact(s, FACT_THP_SHMEM, "never");
	add(s, 8 << 10, NULL, "never");
	add(s, 2 << 20, "inherit", "inherit");
	add(s, 32 << 10, "never", "never");
	add(s, 64 << 10, "never", "never");
	return s;
}

static void names(const struct levers *l, const char *const *expected)
{
	size_t n = 0;

	for (; expected[n]; n++) {
		assert_true(n < l->n);
		assert_string_equal(l->lever[n].name, expected[n]);
	}
	assert_int_equal(l->n, n);
}

static void test_order(void **state)
{
	struct snapshot *s = machine();
	struct levers l;

	levers_find(s, 64 << 10, 2 << 20, false, &l);
	names(&l, (const char *const[]){ "mthp.64K", "mthp.2M", "shmem_mthp.64K",
					 "shmem_mthp.2M", NULL });
	assert_string_equal(l.lever[0].path,
			    "/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled");
	assert_string_equal(
		l.lever[3].path,
		"/sys/kernel/mm/transparent_hugepage/hugepages-2048kB/shmem_enabled");
	assert_string_equal(l.lever[0].wanted, "always");
	assert_string_equal(l.lever[2].wanted, "within_size");
	levers_find(s, 64 << 10, 2 << 20, true, &l);
	names(&l,
	      (const char *const[]){ "mthp.64K", "mthp.2M", "shmem_mthp.64K", "shmem_mthp.2M",
				     "mthp.32K", "shmem_mthp.8K", "shmem_mthp.32K", NULL });
	/* x86_64: no contiguous PTEs */
	levers_find(s, 0, 2 << 20, false, &l);
	names(&l, (const char *const[]){ "mthp.2M", "shmem_mthp.2M", NULL });
	snapshot_free(s);
}

static void test_none(void **state)
{
	struct snapshot *s = snapshot_new();
	struct levers l = { .n = 7 };

	levers_find(s, 64 << 10, 2 << 20, true, &l);
	assert_int_equal(l.n, 0);
	assert_null(levers_named(&l, "mthp.64K"));
	snapshot_free(s);
}

static void test_more_than_fit(void **state)
{
	struct snapshot *s = snapshot_new();
	struct levers l;

	for (uint64_t i = 0; i < 40; i++)
		add(s, 4096ull << i, "never", "never");
	levers_find(s, 64 << 10, 2 << 20, true, &l);
	assert_int_equal(l.n, LEVERS_MAX);
	snapshot_free(s);
}

static void test_values(void **state)
{
	struct snapshot *s = machine();
	char buf[LEVER_VALUE] = "untouched";
	struct levers l;

	levers_find(s, 64 << 10, 2 << 20, false, &l);
	assert_int_equal(lever_value(&l.lever[1], s, buf), 0);
	assert_string_equal(buf, "inherit");
	assert_int_equal(lever_effective(&l.lever[1], s, buf), 0);
	assert_string_equal(buf, "madvise");
	assert_int_equal(lever_effective(&l.lever[3], s, buf), 0);
	assert_string_equal(buf, "never");
	assert_int_equal(lever_effective(&l.lever[0], s, buf), 0);
	assert_string_equal(buf, "never");
	l.lever[0].size = 128 << 10;
	strcpy(buf, "untouched");
	assert_int_equal(lever_value(&l.lever[0], s, buf), -ENODATA);
	assert_string_equal(buf, "untouched");
	add(s, 128 << 10, "a word that is far too long", NULL);
	assert_int_equal(lever_value(&l.lever[0], s, buf), -ENODATA);
	snapshot_fact_lacks(s, FACT_THP_ENABLED, "no THP");
	assert_int_equal(lever_effective(&l.lever[1], s, buf), -ENODATA);
	snapshot_free(s);
}

/* Where the kernel has the switch, after the sizes that everybody is asked for. */
static void test_collapse(void **state)
{
	struct snapshot *s = machine();
	char buf[LEVER_VALUE], title[LEVER_TITLE];
	const struct lever *c;
	struct levers l;

	snapshot_fact(s, FACT_COLLAPSE, "0");
	levers_find(s, 64 << 10, 2 << 20, true, &l);
	names(&l, (const char *const[]){ "mthp.64K", "mthp.2M", "shmem_mthp.64K",
					 "shmem_mthp.2M", "linear_map.collapse", "mthp.32K",
					 "shmem_mthp.8K", "shmem_mthp.32K", NULL });
	c = levers_named(&l, "linear_map.collapse");
	assert_string_equal(c->path, "/sys/kernel/mm/linear_map/collapse_auto");
	assert_string_equal(c->wanted, "1");
	assert_int_equal(c->size, 0);
	assert_string_equal(lever_title(c, title), "collapse of the linear map");
	assert_int_equal(lever_value(c, s, buf), 0);
	assert_string_equal(buf, "0");
	snapshot_fact(s, FACT_COLLAPSE, "1");
	assert_int_equal(lever_effective(c, s, buf), 0);
	assert_string_equal(buf, "1");
	snapshot_fact_lacks(s, FACT_COLLAPSE, "it is gone");
	assert_int_equal(lever_value(c, s, buf), -ENODATA);
	snapshot_free(s);
}

static void test_words(void **state)
{
	struct snapshot *s = machine();
	char title[LEVER_TITLE];
	struct levers l;

	levers_find(s, 64 << 10, 2 << 20, false, &l);
	assert_string_equal(lever_title(&l.lever[0], title), "64K anonymous mTHP");
	assert_string_equal(lever_title(&l.lever[3], title), "2M shared-memory mTHP");
	for (size_t i = 0; i < l.n; i++) {
		const char *text = lever_explain(&l.lever[i]);

		assert_int_equal(text[strlen(text) - 1], '.');
		assert_ptr_equal(levers_named(&l, l.lever[i].name), &l.lever[i]);
		assert_memory_equal(l.lever[i].name, lever_kind_name(l.lever[i].kind),
				    strlen(lever_kind_name(l.lever[i].kind)));
	}
	snapshot_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),	      cmocka_unit_test(test_none),
		cmocka_unit_test(test_more_than_fit), cmocka_unit_test(test_values),
		cmocka_unit_test(test_words),	      cmocka_unit_test(test_collapse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
