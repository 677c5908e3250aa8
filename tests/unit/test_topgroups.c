// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after those it needs */
#include <cmocka.h>

#include "snapshot/topgroups.h"

/* A difference in which cgroup i + @first did n[i]. */
static struct snapshot *did(uint64_t first, const uint64_t *n, size_t count)
{
	struct snapshot *s = snapshot_new();
	struct table *t = snapshot_table(s, TABLE_CGROUP);
	size_t column = table_column(t, "unfolds", VALUE_COUNTER, UNIT_COUNT);

	for (size_t i = 0; i < count; i++) {
		struct row *r = table_row(t, first + i, NULL);
		char path[32];

		snprintf(path, sizeof(path), "/g%zu", (size_t)first + i);
		row_label(t, r, 0, path);
		row_set(t, r, column, n[i], "test");
	}
	return s;
}

static void update(struct topgroups *t, uint64_t first, const uint64_t *n, size_t count)
{
	struct snapshot *s = did(first, n, count);

	assert_int_equal(topgroups_update(t, s), 0);
	snapshot_free(s);
}

/* -1: not shown */
static int64_t shown(const struct topgroups *t, const char *path)
{
	uint64_t other;
	size_t n;
	const struct topgroup *g = topgroups_list(t, &n, &other);

	for (size_t i = 0; i < n; i++) {
		if (!strcmp(g[i].path, path))
			return g[i].n;
	}
	return -1;
}

static uint64_t other(const struct topgroups *t)
{
	uint64_t ret;
	size_t n;

	topgroups_list(t, &n, &ret);
	return ret;
}

/* Cgroup @id, called @path (NULL: it is gone), did @n. */
static void add(struct snapshot *s, uint64_t id, const char *path, uint64_t n)
{
	struct table *t = snapshot_table(s, TABLE_CGROUP);
	struct row *r = table_row(t, id, NULL);

	row_label(t, r, 0, path);
	row_set(t, r, table_column(t, "unfolds", VALUE_COUNTER, UNIT_COUNT), n, "test");
}

static void take(struct topgroups *t, struct snapshot *s)
{
	assert_int_equal(topgroups_update(t, s), 0);
	snapshot_free(s);
}

static void test_nothing_known(void **state)
{
	struct topgroups *t = topgroups_new("unfolds", 2);
	struct snapshot *s = snapshot_new();
	uint64_t rest;
	size_t n;

	assert_int_equal(topgroups_update(t, s), 0);
	assert_null(topgroups_list(t, &n, &rest));
	assert_int_equal(n, 0);
	snapshot_free(s);
	topgroups_free(t);
}

static void test_busiest_first(void **state)
{
	struct topgroups *t = topgroups_new("unfolds", 2);

	update(t, 1, (const uint64_t[]){ 5, 7, 0, 11 }, 4);
	assert_int_equal(shown(t, "/g4"), 11);
	assert_int_equal(shown(t, "/g2"), 7);
	assert_int_equal(shown(t, "/g1"), -1);
	assert_int_equal(other(t), 5);
	update(t, 1, (const uint64_t[]){ 5, 7, 0, 11 }, 4);
	assert_int_equal(shown(t, "/g4"), 22);
	assert_int_equal(other(t), 10);
	topgroups_free(t);
}

/* A burst of another does not push anyone out; lasting activity does. */
static void test_patience(void **state)
{
	struct topgroups *t = topgroups_new("unfolds", 1);

	update(t, 1, (const uint64_t[]){ 10, 0 }, 2);
	for (int i = 1; i < TOPGROUPS_PATIENCE; i++) {
		update(t, 1, (const uint64_t[]){ 1, 100 }, 2);
		assert_int_equal(shown(t, "/g1"), 10 + i);
	}
	update(t, 1, (const uint64_t[]){ 10, 0 }, 2);
	for (int i = 1; i < TOPGROUPS_PATIENCE; i++)
		update(t, 1, (const uint64_t[]){ 1, 100 }, 2);
	assert_int_equal(shown(t, "/g1"), 20 + 2 * (TOPGROUPS_PATIENCE - 1));
	update(t, 1, (const uint64_t[]){ 1, 100 }, 2);
	assert_int_equal(shown(t, "/g1"), -1);
	assert_int_equal(shown(t, "/g2"), 100);
	assert_int_equal(other(t), 2 * (TOPGROUPS_PATIENCE - 1) * 100 + 1);
	topgroups_free(t);
}

static void test_gone(void **state)
{
	struct topgroups *t = topgroups_new("unfolds", 2);

	update(t, 1, (const uint64_t[]){ 5, 7 }, 2);
	update(t, 2, (const uint64_t[]){ 7, 3 }, 2);
	assert_int_equal(shown(t, "/g1"), -1);
	assert_int_equal(shown(t, "/g2"), 14);
	assert_int_equal(shown(t, "/g3"), 3);
	assert_int_equal(other(t), 0);
	topgroups_free(t);
}

/* A service that starts again has another id and the same path: one series goes on. */
static void test_made_anew(void **state)
{
	for (int first = 0; first < 2; first++) {
		struct topgroups *t = topgroups_new("unfolds", 3);
		struct snapshot *s = snapshot_new();
		uint64_t rest;
		size_t n;

		add(s, 7, "/a.service", 10);
		take(t, s);
		s = snapshot_new();
		if (first)
			add(s, 8, "/a.service", 3);
		add(s, 7, NULL, 2); /* its last */
		if (!first)
			add(s, 8, "/a.service", 3);
		take(t, s);
		topgroups_list(t, &n, &rest);
		assert_int_equal(n, 1);
		/* what the old one still did is with the path, or with others: never twice */
		assert_int_equal(shown(t, "/a.service") + other(t), 15);
		assert_int_equal(shown(t, "/a.service"), first ? 13 : 15);
		s = snapshot_new();
		add(s, 7, NULL, 0);
		add(s, 8, "/a.service", 4);
		take(t, s);
		assert_int_equal(shown(t, "/a.service"), first ? 17 : 19);
		topgroups_free(t);
	}
}

/* Those that have no name to show are others, however busy. */
static void test_nameless(void **state)
{
	struct topgroups *t = topgroups_new("unfolds", 3);
	struct snapshot *s = snapshot_new();
	uint64_t rest;
	size_t n;

	add(s, 1, NULL, 100);
	add(s, 2, NULL, 200);
	add(s, 3, "/bad\xff", 400);
	add(s, 4, "/bad\xfe", 800);
	add(s, 5, "/b", 1);
	take(t, s);
	topgroups_list(t, &n, &rest);
	assert_int_equal(n, 1);
	assert_int_equal(shown(t, "/b"), 1);
	assert_int_equal(rest, 1500);
	topgroups_free(t);
}

/* What the counters grow by adds up, whoever comes and goes. */
static void test_adds_up(void **state)
{
	struct topgroups *t = topgroups_new("unfolds", 3);
	uint64_t rest = 0;

	srand(1);
	for (int round = 0; round < 2000; round++) {
		uint64_t n[9], sum = 0, grown = 0, first = 1 + rand() % 5, before[16];
		char path[32];

		for (int i = 0; i < 16; i++) {
			snprintf(path, sizeof(path), "/g%d", i);
			before[i] = shown(t, path) < 0 ? 0 : shown(t, path);
		}
		for (int i = 0; i < 9; i++)
			sum += n[i] = rand() % 4 ? rand() % 100 : 0;
		update(t, first, n, 9);
		for (int i = 0; i < 16; i++) {
			int64_t now;

			snprintf(path, sizeof(path), "/g%d", i);
			now = shown(t, path);
			assert_true(now < 0 || (uint64_t)now >= before[i]);
			grown += now < 0 ? 0 : now - before[i];
		}
		assert_int_equal(grown + other(t) - rest, sum);
		rest = other(t);
	}
	topgroups_free(t);
}

/* A service that is started anew within one window: two rows, one path, neither shown yet. */
static void test_anew_before_shown(void **state)
{
	struct topgroups *t = topgroups_new("unfolds", 3);
	struct snapshot *s = snapshot_new();
	uint64_t rest;
	size_t n;

	add(s, 7, "/s", 5);
	add(s, 8, "/s", 9);
	take(t, s);
	topgroups_list(t, &n, &rest);
	assert_int_equal(n, 1);
	assert_int_equal(shown(t, "/s"), 14);
	/* the old one has lost its name, and is part of the rest from now on */
	s = snapshot_new();
	add(s, 7, NULL, 1);
	add(s, 8, "/s", 2);
	take(t, s);
	topgroups_list(t, &n, &rest);
	assert_int_equal(n, 1);
	assert_int_equal(shown(t, "/s") + rest, 17);
	topgroups_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_known), cmocka_unit_test(test_anew_before_shown),
		cmocka_unit_test(test_busiest_first), cmocka_unit_test(test_patience),
		cmocka_unit_test(test_gone),	      cmocka_unit_test(test_made_anew),
		cmocka_unit_test(test_nameless),      cmocka_unit_test(test_adds_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
