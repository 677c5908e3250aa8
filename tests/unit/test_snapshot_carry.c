// SPDX-License-Identifier: GPL-2.0-only
/* Between two walks the levels of the last one stay; counters never do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "snapshot/snapshot_carry.h"

static void set(struct snapshot *s, uint64_t pid, const char *column, enum value_kind kind,
		uint64_t n)
{
	struct table *t = snapshot_table(s, TABLE_PROCESS);

	row_set(t, table_row(t, pid, NULL), table_column(t, column, kind, UNIT_BYTES), n,
		"test");
}

static uint64_t get(const struct snapshot *s, uint64_t pid, const char *column)
{
	const struct table *t = &s->table[TABLE_PROCESS];
	struct value v = row_get(t, table_find(t, pid, NULL), column);

	assert_true(v.known);
	return v.n;
}

static struct snapshot *walked(void)
{
	struct snapshot *s = snapshot_new();

	snapshot_set(s, F_USER_WALKED, 7, "page walk");
	snapshot_set(s, F_MEM_ANON, 1, "meminfo");
	snapshot_set(s, F_TLB_FLUSHES, 100, "events");
	snapshot_lacks(s, F_LINEAR_TOTAL, "not here");
	set(s, 1, "present_bytes", VALUE_GAUGE, 11);
	set(s, 2, "present_bytes", VALUE_GAUGE, 22);
	set(s, 2, "tlb_flushes", VALUE_COUNTER, 5);
	row_label(snapshot_table(s, TABLE_PROCESS), s->table[TABLE_PROCESS].rows[1], 0, "two");
	table_lacks(snapshot_table(s, TABLE_LINEAR_MAP), "not here");
	return s;
}

static void test_levels_stay(void **state)
{
	struct snapshot *older = walked(), *s = snapshot_new();

	snapshot_set(s, F_MEM_ANON, 2, "meminfo");
	set(s, 1, "tlb_flushes", VALUE_COUNTER, 3);
	assert_int_equal(snapshot_carry(s, older), 0);
	snapshot_free(older);
	assert_int_equal(s->field[F_USER_WALKED].n, 7);
	assert_string_equal(s->field[F_USER_WALKED].via, "page walk");
	assert_int_equal(s->field[F_MEM_ANON].n, 2);
	assert_false(s->field[F_TLB_FLUSHES].known);
	assert_string_equal(s->field[F_LINEAR_TOTAL].why, "not here");
	assert_string_equal(s->table[TABLE_LINEAR_MAP].why, "not here");
	assert_int_equal(get(s, 1, "present_bytes"), 11);
	assert_int_equal(get(s, 1, "tlb_flushes"), 3);
	assert_int_equal(get(s, 2, "present_bytes"), 22);
	assert_string_equal(s->table[TABLE_PROCESS].rows[1]->label[0], "two");
	assert_false(row_get(&s->table[TABLE_PROCESS], s->table[TABLE_PROCESS].rows[1],
			     "tlb_flushes")
			     .known);
	snapshot_free(s);
}

/* What was walked again is as it is now: a process that was not is not there. */
static void test_a_new_walk_wins(void **state)
{
	struct snapshot *older = walked(), *s = snapshot_new();

	snapshot_lacks(s, F_USER_WALKED, "hidden");
	set(s, 3, "present_bytes", VALUE_GAUGE, 33);
	assert_int_equal(snapshot_carry(s, older), 0);
	snapshot_free(older);
	assert_false(s->field[F_USER_WALKED].known);
	assert_string_equal(s->field[F_USER_WALKED].why, "hidden");
	assert_int_equal(s->table[TABLE_PROCESS].nrows, 1);
	snapshot_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels_stay),
		cmocka_unit_test(test_a_new_walk_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
