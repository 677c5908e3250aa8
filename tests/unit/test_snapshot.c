// SPDX-License-Identifier: GPL-2.0-only
/* Memory runs out where the test says: snapshot.c is compiled in with an allocator that
 * counts. */
#include "tree.h"

static int allocations_left = -1;

static int allocation_fails(void)
{
	return allocations_left >= 0 && allocations_left-- == 0;
}

static void *failing_malloc(size_t size)
{
	return allocation_fails() ? NULL : malloc(size);
}

static void *failing_calloc(size_t n, size_t size)
{
	return allocation_fails() ? NULL : calloc(n, size);
}

static void *failing_reallocarray(void *p, size_t n, size_t size)
{
	return allocation_fails() ? NULL : reallocarray(p, n, size);
}

static int failing_vasprintf(char **ret, const char *fmt, va_list ap)
{
	return allocation_fails() ? -1 : vasprintf(ret, fmt, ap);
}

#define malloc	     failing_malloc
#define calloc	     failing_calloc
#define reallocarray failing_reallocarray
#define vasprintf    failing_vasprintf
#include "util/array.c"

#include "snapshot/snapshot.c"
#undef malloc
#undef calloc
#undef reallocarray
#undef vasprintf

static struct snapshot *at(uint64_t mono_ns)
{
	struct snapshot *s = snapshot_new();

	assert_non_null(s);
	s->mono_ns = mono_ns;
	return s;
}

static struct snapshot *diff(struct snapshot *older, struct snapshot *newer)
{
	struct snapshot *d = NULL;

	assert_int_equal(snapshot_diff(older, newer, &d), 0);
	snapshot_free(older);
	snapshot_free(newer);
	return d;
}

static void expect_known(struct value v, uint64_t n, const char *via)
{
	assert_true(v.known);
	assert_int_equal(v.n, n);
	assert_string_equal(v.via, via);
	assert_null(v.why);
}

static void expect_unknown(struct value v, const char *why)
{
	assert_false(v.known);
	assert_int_equal(v.n, 0);
	if (why)
		assert_string_equal(v.why, why);
	else
		assert_null(v.why);
}

static void test_new_is_unknown(void **state)
{
	struct snapshot *s = at(1);

	assert_int_equal(s->version, SNAPSHOT_VERSION);
	for (int i = 0; i < FIELD_MAX; i++)
		expect_unknown(s->field[i], NULL);
	for (int i = 0; i < FACT_MAX; i++)
		assert_null(s->fact[i].text);
	for (int i = 0; i < TABLE_MAX; i++)
		assert_int_equal(snapshot_table(s, i)->nrows, 0);
	assert_int_equal(snapshot_error(s), 0);
	snapshot_free(s);
	snapshot_free(NULL);
}

static void test_descriptions(void **state)
{
	for (int i = 0; i < FIELD_MAX; i++) {
		const struct field_desc *d = &snapshot_field_desc[i];

		assert_non_null(d->group);
		assert_non_null(d->name);
		for (int k = 0; k < i; k++)
			assert_true(strcmp(d->group, snapshot_field_desc[k].group) ||
				    strcmp(d->name, snapshot_field_desc[k].name));
	}
	assert_string_equal(snapshot_field_desc[F_PSI_MEMORY_SOME].group, "psi");
	assert_int_equal(snapshot_field_desc[F_PSI_MEMORY_SOME].unit, UNIT_NS);
	assert_int_equal(snapshot_field_desc[F_MEM_TOTAL].kind, VALUE_GAUGE);
	assert_string_equal(snapshot_table_desc[TABLE_MTHP].key, "size_bytes");
}

static void test_set_copies(void **state)
{
	struct snapshot *s = at(1);
	char via[] = "file", why[] = "reason", text[] = "arm64";

	snapshot_set(s, F_MEM_TOTAL, 5, via);
	snapshot_lacks(s, F_MEM_AVAILABLE, why);
	snapshot_fact(s, FACT_ARCH, text);
	memset(via, 'x', 4);
	memset(why, 'x', 6);
	memset(text, 'x', 5);
	expect_known(s->field[F_MEM_TOTAL], 5, "file");
	expect_unknown(s->field[F_MEM_AVAILABLE], "reason");
	assert_string_equal(s->fact[FACT_ARCH].text, "arm64");
	snapshot_free(s);
}

static void test_later_setters_win(void **state)
{
	struct snapshot *s = at(1);

	snapshot_lacks(s, F_MEM_TOTAL, "reason");
	snapshot_set(s, F_MEM_TOTAL, 5, "file");
	expect_known(s->field[F_MEM_TOTAL], 5, "file");
	snapshot_lacks(s, F_MEM_TOTAL, "reason");
	expect_unknown(s->field[F_MEM_TOTAL], "reason");
	snapshot_add(s, F_MEM_TOTAL, 7, "sum");
	snapshot_add(s, F_MEM_TOTAL, 0, "sum");
	snapshot_add(s, F_MEM_TOTAL, 3, "sum");
	expect_known(s->field[F_MEM_TOTAL], 10, "sum");
	snapshot_fact(s, FACT_ARCH, "arm64");
	snapshot_fact_lacks(s, FACT_ARCH, "reason");
	assert_null(s->fact[FACT_ARCH].text);
	assert_string_equal(s->fact[FACT_ARCH].why, "reason");
	snapshot_free(s);
}

static void test_intern_keeps_once(void **state)
{
	struct snapshot *s = at(1);
	const char *a = snapshot_intern(s, "%s-%d", "x", 1);
	const char *b = snapshot_intern(s, "x-2");

	assert_string_equal(a, "x-1");
	assert_string_equal(b, "x-2");
	assert_ptr_equal(snapshot_intern(s, "x-%d", 1), a);
	assert_ptr_equal(snapshot_intern(s, "%s", ""), snapshot_intern(s, "%s", ""));
	snapshot_free(s);
}

static void test_rows(void **state)
{
	struct snapshot *s = at(1);
	struct table *t = snapshot_table(s, TABLE_PROCESS);
	size_t a = table_column(t, "a", VALUE_COUNTER, UNIT_COUNT);
	struct row *x = table_row(t, 7, "x"), *y = table_row(t, 7, "y"), *none, *empty;

	assert_ptr_not_equal(x, y);
	none = table_row(t, 7, NULL);
	empty = table_row(t, 7, "");
	assert_int_equal(t->nrows, 4);
	assert_ptr_equal(table_row(t, 7, "x"), x);
	assert_ptr_equal(table_row(t, 7, NULL), none);
	assert_ptr_equal(table_row(t, 7, ""), empty);
	assert_int_equal(t->nrows, 4);
	row_set(t, x, a, 1, "v");
	row_add(t, x, a, 2, "v");
	row_add(t, y, a, 2, "v");
	row_lacks(t, none, a, "reason");
	expect_known(row_get(t, x, "a"), 3, "v");
	expect_known(row_get(t, y, "a"), 2, "v");
	expect_unknown(row_get(t, none, "a"), "reason");
	expect_unknown(row_get(t, empty, "a"), NULL);
	expect_unknown(row_get(t, x, "absent"), NULL);
	expect_unknown(row_get(t, NULL, "a"), NULL);

	assert_ptr_equal(table_find(t, 7, "y"), y);
	assert_ptr_equal(table_find(t, 7, NULL), x);
	assert_null(table_find(t, 7, "z"));
	assert_null(table_find(t, 8, NULL));
	assert_null(table_find(snapshot_table(s, TABLE_CGROUP), 7, NULL));
	snapshot_free(s);
}

static void test_columns_added_later(void **state)
{
	struct snapshot *s = at(1);
	struct table *t = snapshot_table(s, TABLE_MTHP);
	struct row *early = table_row(t, 65536, NULL), *late;
	size_t a = table_column(t, "a", VALUE_COUNTER, UNIT_COUNT), b;

	row_set(t, early, a, 1, "v");
	b = table_column(t, "b", VALUE_GAUGE, UNIT_BYTES);
	late = table_row(t, 131072, NULL);
	row_set(t, late, b, 2, "v");
	expect_unknown(row_get(t, early, "b"), NULL);
	expect_unknown(row_get(t, late, "a"), NULL);
	row_set(t, early, b, 3, "v");
	expect_known(row_get(t, early, "a"), 1, "v");
	expect_known(row_get(t, early, "b"), 3, "v");
	/* The first one's kind and unit stay. */
	assert_int_equal(table_column(t, "b", VALUE_COUNTER, UNIT_COUNT), b);
	assert_int_equal(t->columns[b].kind, VALUE_GAUGE);
	assert_int_equal(t->columns[b].unit, UNIT_BYTES);
	row_set(t, early, 2, 9, "no such column");
	row_set(t, NULL, a, 9, "no row");
	row_set(t, early, SIZE_MAX, 9, "column of a failure");
	assert_int_equal(t->ncolumns, 2);
	snapshot_free(s);
}

/* Keys that collide in any table of slots smaller than 2^20, and twice the same key. */
static void test_many_rows(void **state)
{
	enum { N = 16384 };
	struct snapshot *s = at(1);
	struct table *t = snapshot_table(s, TABLE_PROCESS);
	size_t c = table_column(t, "c", VALUE_COUNTER, UNIT_COUNT);

	for (uint64_t i = 0; i < N; i++) {
		row_set(t, table_row(t, i << 20, "a"), c, i, "v");
		row_set(t, table_row(t, i, "b"), c, N + i, "v");
	}
	assert_int_equal(t->nrows, 2 * N);
	for (uint64_t i = 0; i < N; i++) {
		assert_int_equal(row_get(t, table_find(t, i << 20, "a"), "c").n, i);
		assert_int_equal(row_get(t, table_find(t, i, "b"), "c").n, N + i);
	}
	assert_null(table_find(t, N, NULL));
	snapshot_free(s);
}

static void test_diff_fields(void **state)
{
	struct snapshot *a = at(100), *b = at(350), *d;

	b->real_ns = 9;
	snapshot_set(a, F_VM_SWAP_IN, 10, "old");
	snapshot_set(b, F_VM_SWAP_IN, 25, "new");
	snapshot_set(a, F_MEM_TOTAL, 10, "old");
	snapshot_set(b, F_MEM_TOTAL, 8, "new");
	snapshot_set(b, F_MEM_AVAILABLE, 6, "new");
	snapshot_set(a, F_TLB_FLUSHES, 10, "old");
	snapshot_set(b, F_TLB_FLUSHES, 9, "new");
	snapshot_lacks(a, F_VM_SWAP_OUT, "no swap");
	snapshot_set(b, F_VM_SWAP_OUT, 5, "new");
	snapshot_set(a, F_THP_SPLIT_PMD, 5, "old");
	snapshot_lacks(b, F_THP_SPLIT_PMD, "file vanished");
	snapshot_set(b, F_THP_SPLIT_PAGE, 5, "new");
	snapshot_fact(a, FACT_CPUS, "4");
	snapshot_fact(b, FACT_CPUS, "3");
	d = diff(a, b);
	assert_true(d->delta);
	assert_int_equal(d->mono_ns, 350);
	assert_int_equal(d->interval_ns, 250);
	assert_int_equal(d->real_ns, 9);
	expect_known(d->field[F_VM_SWAP_IN], 15, "new");
	expect_known(d->field[F_MEM_TOTAL], 8, "new");
	expect_known(d->field[F_MEM_AVAILABLE], 6, "new");
	assert_false(d->field[F_TLB_FLUSHES].known);
	assert_non_null(strstr(d->field[F_TLB_FLUSHES].why, "backwards"));
	expect_unknown(d->field[F_VM_SWAP_OUT], "no swap");
	expect_unknown(d->field[F_THP_SPLIT_PMD], "file vanished");
	assert_false(d->field[F_THP_SPLIT_PAGE].known);
	assert_non_null(d->field[F_THP_SPLIT_PAGE].why);
	expect_unknown(d->field[F_VM_COMPACT_FAILS], NULL);
	assert_string_equal(d->fact[FACT_CPUS].text, "3");
	snapshot_free(d);
}

static void test_diff_refuses(void **state)
{
	struct snapshot *a = at(100), *b = at(100), *d = NULL;

	assert_int_equal(snapshot_diff(a, b, &d), -EINVAL);
	b->mono_ns = 99;
	assert_int_equal(snapshot_diff(a, b, &d), -EINVAL);
	b->mono_ns = 101;
	b->version++;
	assert_int_equal(snapshot_diff(a, b, &d), -EINVAL);
	assert_null(d);
	snapshot_free(a);
	snapshot_free(b);
}

static void fill_row(struct snapshot *s, uint64_t key, const char *label, uint64_t n)
{
	struct table *t = snapshot_table(s, TABLE_PROCESS);

	row_set(t, table_row(t, key, label), table_column(t, "n", VALUE_COUNTER, UNIT_COUNT),
		n, "v");
}

static void test_diff_rows(void **state)
{
	struct snapshot *a = at(1), *b = at(2), *d;
	struct table *t;

	fill_row(a, 1, "stays", 10);
	fill_row(a, 2, "goes", 20);
	fill_row(a, 4, "before exec", 40);
	fill_row(b, 3, "comes", 5);
	fill_row(b, 4, "after exec", 44);
	fill_row(b, 1, "stays", 13);
	row_label(snapshot_table(b, TABLE_PROCESS),
		  table_row(&b->table[TABLE_PROCESS], 1, "stays"), 1, "/a.slice");
	d = diff(a, b);
	t = snapshot_table(d, TABLE_PROCESS);
	assert_int_equal(t->nrows, 3);
	expect_known(row_get(t, table_find(t, 1, "stays"), "n"), 3, "v");
	expect_known(row_get(t, table_find(t, 3, "comes"), "n"), 5, "v");
	expect_known(row_get(t, table_find(t, 4, "after exec"), "n"), 44, "v");
	assert_null(table_find(t, 2, NULL));
	assert_string_equal(table_find(t, 1, NULL)->label[1], "/a.slice");
	snapshot_free(d);
}

static void test_diff_of_other_columns(void **state)
{
	struct snapshot *a = at(1), *b = at(2), *d;
	struct table *o = snapshot_table(a, TABLE_MTHP), *n = snapshot_table(b, TABLE_MTHP),
		     *t;
	struct row *r;

	/* The older one has its columns in another order, and one that is gone. */
	row_set(o, table_row(o, 1, NULL), table_column(o, "gone", VALUE_COUNTER, UNIT_COUNT),
		9, "v");
	row_set(o, table_row(o, 1, NULL), table_column(o, "y", VALUE_GAUGE, UNIT_COUNT), 5,
		"v");
	row_set(o, table_row(o, 1, NULL), table_column(o, "x", VALUE_COUNTER, UNIT_COUNT), 5,
		"v");
	row_lacks(o, table_row(o, 1, NULL), table_column(o, "z", VALUE_COUNTER, UNIT_COUNT),
		  "reason");
	r = table_row(n, 1, NULL);
	row_set(n, r, table_column(n, "x", VALUE_COUNTER, UNIT_COUNT), 8, "v");
	row_set(n, r, table_column(n, "y", VALUE_GAUGE, UNIT_COUNT), 4, "v");
	row_set(n, r, table_column(n, "z", VALUE_COUNTER, UNIT_COUNT), 4, "v");
	row_set(n, r, table_column(n, "new", VALUE_COUNTER, UNIT_COUNT), 7, "v");
	d = diff(a, b);
	t = snapshot_table(d, TABLE_MTHP);
	assert_int_equal(t->ncolumns, 4);
	expect_known(row_get(t, table_find(t, 1, NULL), "x"), 3, "v");
	expect_known(row_get(t, table_find(t, 1, NULL), "y"), 4, "v");
	expect_unknown(row_get(t, table_find(t, 1, NULL), "z"), "reason");
	expect_known(row_get(t, table_find(t, 1, NULL), "new"), 7, "v");
	snapshot_free(d);
}

/* A policy is shown as label 0 but does not identify the size it belongs to. */
static void test_diff_over_a_changed_label(void **state)
{
	struct snapshot *a = at(1), *b = at(2), *d;
	struct table *o = snapshot_table(a, TABLE_MTHP), *n = snapshot_table(b, TABLE_MTHP),
		     *t;
	struct row *before = table_row(o, 65536, NULL), *after = table_row(n, 65536, NULL);

	row_label(o, before, 0, "never");
	row_set(o, before, table_column(o, "x", VALUE_COUNTER, UNIT_COUNT), 100, "v");
	row_label(n, after, 0, "always");
	row_set(n, after, table_column(n, "x", VALUE_COUNTER, UNIT_COUNT), 108, "v");
	assert_ptr_equal(table_row(n, 65536, NULL), after);
	assert_ptr_equal(table_find(n, 65536, "always"), after);
	d = diff(a, b);
	t = snapshot_table(d, TABLE_MTHP);
	assert_int_equal(t->nrows, 1);
	assert_string_equal(t->rows[0]->label[0], "always");
	expect_known(row_get(t, table_find(t, 65536, "always"), "x"), 8, "v");
	snapshot_free(d);
}

/* What was counted since boot did not happen in the interval. */
static void test_diff_table_unknown_at_the_start(void **state)
{
	struct snapshot *a = at(1), *b = at(2), *d;
	struct table *n = snapshot_table(b, TABLE_MTHP), *t;
	struct row *r = table_row(n, 65536, NULL);

	table_lacks(snapshot_table(a, TABLE_MTHP), "sysfs was not mounted");
	row_set(n, r, table_column(n, "x", VALUE_COUNTER, UNIT_COUNT), 108, "v");
	row_set(n, r, table_column(n, "y", VALUE_GAUGE, UNIT_COUNT), 4, "v");
	d = diff(a, b);
	t = snapshot_table(d, TABLE_MTHP);
	assert_null(t->why);
	expect_unknown(row_get(t, t->rows[0], "x"), "sysfs was not mounted");
	expect_known(row_get(t, t->rows[0], "y"), 4, "v");
	snapshot_free(d);
}

static void test_diff_table_unknown_at_the_end(void **state)
{
	struct snapshot *a = at(1), *b = at(2), *d;

	fill_row(a, 1, "x", 10);
	table_lacks(snapshot_table(b, TABLE_PROCESS), "refused");
	d = diff(a, b);
	assert_string_equal(snapshot_table(d, TABLE_PROCESS)->why, "refused");
	assert_int_equal(snapshot_table(d, TABLE_PROCESS)->nrows, 0);
	snapshot_free(d);
}

static void test_diff_outlives_its_inputs(void **state)
{
	struct snapshot *a = at(1), *b = at(2), *d;

	snapshot_set(a, F_VM_SWAP_IN, 1, "v");
	snapshot_set(b, F_VM_SWAP_IN, 2, "v");
	snapshot_fact(b, FACT_ARCH, "arm64");
	snapshot_fact_lacks(b, FACT_RODATA, "not in the command line");
	fill_row(b, 1, "x", 10);
	/* diff() frees both; the sanitizer sees any pointer into them. */
	d = diff(a, b);
	assert_string_equal(d->field[F_VM_SWAP_IN].via, "v");
	assert_string_equal(d->fact[FACT_ARCH].text, "arm64");
	assert_string_equal(d->fact[FACT_RODATA].why, "not in the command line");
	assert_string_equal(d->table[TABLE_PROCESS].rows[0]->label[0], "x");
	assert_string_equal(d->table[TABLE_PROCESS].columns[0].name, "n");
	snapshot_free(d);
}

/* Fill a snapshot in every way; what was set last, if memory lasted. */
static int fill_all(struct snapshot *s)
{
	struct table *t = snapshot_table(s, TABLE_MTHP);

	snapshot_set(s, F_MEM_TOTAL, 1, "a way");
	snapshot_lacks(s, F_MEM_AVAILABLE, snapshot_intern(s, "%s", "no"));
	snapshot_fact(s, FACT_ARCH, "arm64");
	for (uint64_t i = 0; i < 20; i++) {
		size_t c = table_column(t, i % 2 ? "odd" : "even", VALUE_COUNTER, UNIT_COUNT);
		struct row *r = table_row(t, i, i % 3 ? "label" : NULL);

		row_label(t, r, 1, "second");
		row_add(t, r, c, i, "file");
		row_lacks(t, r, c ^ 1, "other");
	}
	return snapshot_error(s);
}

static int diff_all(const struct snapshot *a)
{
	struct snapshot *b = snapshot_new(), *d = NULL;
	int r = b ? fill_all(b) : -ENOMEM;

	if (!r) {
		b->mono_ns = a->mono_ns + 1;
		r = snapshot_diff(a, b, &d);
	}
	assert_int_equal(r == 0, d != NULL);
	snapshot_free(b);
	snapshot_free(d);
	return r;
}

static void test_without_memory(void **state)
{
	struct snapshot *a = at(1);
	int r = -ENOMEM, budget;

	assert_int_equal(fill_all(a), 0);
	for (budget = 0; r && budget < 10000; budget++) {
		allocations_left = budget;
		r = diff_all(a);
		allocations_left = -1;
		assert_true(r == 0 || r == -ENOMEM);
	}
	/* It failed at every allocation in turn, then there was enough. */
	assert_int_equal(r, 0);
	assert_true(budget > 50);
	snapshot_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_is_unknown),
		cmocka_unit_test(test_descriptions),
		cmocka_unit_test(test_set_copies),
		cmocka_unit_test(test_later_setters_win),
		cmocka_unit_test(test_intern_keeps_once),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_columns_added_later),
		cmocka_unit_test(test_many_rows),
		cmocka_unit_test(test_diff_fields),
		cmocka_unit_test(test_diff_refuses),
		cmocka_unit_test(test_diff_rows),
		cmocka_unit_test(test_diff_of_other_columns),
		cmocka_unit_test(test_diff_over_a_changed_label),
		cmocka_unit_test(test_diff_table_unknown_at_the_start),
		cmocka_unit_test(test_diff_table_unknown_at_the_end),
		cmocka_unit_test(test_diff_outlives_its_inputs),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
