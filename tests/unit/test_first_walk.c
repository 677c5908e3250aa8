// SPDX-License-Identifier: GPL-2.0-only
/* The first walk of the linear map since boot: kept, told again, never taken from another
 * boot. */
#include "tree.h"

#include "durable/first_walk.h"

#define BOOT "0c5e1bd8-6a02-4ffd-9f2c-1f4d5b7a9e11"

static struct snapshot *reading(uint64_t real_ns, uint64_t pages, uint64_t tables)
{
	struct snapshot *s = snapshot_new();

	s->real_ns = real_ns;
	if (pages) {
		snapshot_set(s, F_LINEAR_TOTAL, 4096000, "test");
		snapshot_set(s, F_LINEAR_PAGES, pages, "test");
		snapshot_set(s, F_LINEAR_TABLES, tables, "test");
	}
	return s;
}

/* One reading: whether it is the first, and what it is told of it (0: nothing) */
static void expect_seen(struct first_walk *w, struct snapshot *s, int first, uint64_t time,
			uint64_t pages)
{
	assert_int_equal(first_walk_see(w, s), first);
	assert_int_equal(s->field[F_LINEAR_FIRST_TIME].known, time != 0);
	if (time) {
		assert_int_equal(s->field[F_LINEAR_FIRST_TIME].n, time);
		assert_int_equal(s->field[F_LINEAR_FIRST_PAGES].n, pages);
	}
	snapshot_free(s);
}

static void test_first(void **state)
{
	struct first_walk w = { .boot = BOOT };

	expect_seen(&w, reading(5, 0, 0), 0, 0, 0); /* no walk in it */
	expect_seen(&w, reading(6, 8192, 4096), 1, 6, 8192);
	expect_seen(&w, reading(7, 12288, 8192), 0, 6, 8192);
	expect_seen(&w, reading(8, 0, 0), 0, 6, 8192);
	assert_int_equal(w.mapped, 4096000);
	assert_int_equal(w.tables, 4096);
}

static void test_kept(void **state)
{
	struct first_walk w = { BOOT, 1700000000123456789, 10, 20, 30 }, back;
	const char *dir = *state;

	assert_int_equal(first_walk_load(dir, BOOT, &back), -ENOENT);
	assert_string_equal(back.boot, BOOT);
	assert_int_equal(first_walk_save(dir, &w), 0);
	assert_int_equal(first_walk_load(dir, BOOT, &back), 0);
	assert_int_equal(back.real_ns, w.real_ns);
	assert_int_equal(back.mapped, 10);
	assert_int_equal(back.pages, 20);
	assert_int_equal(back.tables, 30);
	/* of another boot: nothing, and the next one takes its place */
	assert_int_equal(first_walk_load(dir, "other", &back), -ENOENT);
	assert_string_equal(back.boot, "other");
	assert_int_equal(back.real_ns, 0);
	back.real_ns = 1;
	assert_int_equal(first_walk_save(dir, &back), 0);
	assert_int_equal(first_walk_load(dir, BOOT, &back), -ENOENT);
	back.boot[0] = '\0';
	assert_int_equal(first_walk_save(dir, &back), -ENODATA);
}

/* CRC-32 of "b 1 2 3 4" by zlib.crc32() */
#define LINE "8d9cbb0c b 1 2 3 4\n"

static void test_damaged(void **state)
{
	struct first_walk w = { 0 };
	char line[] = LINE;

	assert_int_equal(first_walk_parse(LINE, strlen(LINE), &w), 0);
	assert_string_equal(w.boot, "b");
	assert_int_equal(w.tables, 4);
	w.tables = 7;
	for (size_t i = 0; i < strlen(LINE); i++) {
		line[i] ^= 1;
		assert_int_equal(first_walk_parse(line, strlen(line), &w), -EBADMSG);
		line[i] ^= 1;
		assert_int_equal(first_walk_parse(line, i, &w), -EBADMSG);
	}
	assert_int_equal(w.tables, 7);
}

static int setup(void **state)
{
	*state = tree_new();
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
		cmocka_unit_test(test_first),
		cmocka_unit_test_setup_teardown(test_kept, setup, teardown),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
