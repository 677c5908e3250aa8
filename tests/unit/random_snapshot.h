/* SPDX-License-Identifier: GPL-2.0-only */
/* random_snapshot.h - snapshots no source would make, and whether two are the same */
#ifndef PGTOP_TEST_RANDOM_SNAPSHOT_H
#define PGTOP_TEST_RANDOM_SNAPSHOT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "snapshot/snapshot.h"

/* xorshift64 (Marsaglia 2003) */
static inline uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static inline const char *random_text(uint64_t *state)
{
	static const char *const text[] = {
		"/proc/vmstat",	       "tp_btf tlb_flush",	"",
		"a \"quoted\" \\ one", "tab\tand\x1b",		"\xc3\xbc",
		"\xff is no UTF-8",    "fentry contpte_convert"
	};

	return text[random_next(state) % 8];
}

static inline uint64_t random_number(uint64_t *state)
{
	return random_next(state) >> random_next(state) % 64;
}

static inline void random_rows(struct table *t, uint64_t *state)
{
	size_t ncolumns = random_next(state) % 6, nrows = random_next(state) % 12;
	char name[8];

	for (size_t i = 0; i < ncolumns; i++) {
		snprintf(name, sizeof(name), "c%zu", i);
		table_column(t, name, random_next(state) % 2, random_next(state) % 4);
	}
	for (size_t i = 0; i < nrows; i++) {
		struct row *r = table_row(t, random_next(state) % 8,
					  random_next(state) % 2 ? random_text(state) : NULL);

		for (int k = 0; k < 2; k++) {
			if (random_next(state) % 2)
				row_label(t, r, k,
					  random_next(state) % 4 ? random_text(state) : NULL);
		}
		for (size_t c = 0; c < ncolumns; c++) {
			uint64_t what = random_next(state) % 4;

			if (what < 2)
				row_set(t, r, c, random_number(state),
					what ? random_text(state) : "usual");
			else if (what == 2)
				row_lacks(t, r, c, random_text(state));
		}
	}
}

/* The same @seed gives the same snapshot. */
static inline struct snapshot *random_snapshot(uint64_t seed, uint64_t mono_ns)
{
	uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
	struct snapshot *s = snapshot_new();

	assert_non_null(s);
	s->mono_ns = mono_ns;
	s->real_ns = random_next(&state);
	for (int i = 0; i < FACT_MAX; i++) {
		if (random_next(&state) % 3 == 0)
			snapshot_fact(s, i, random_text(&state));
		else if (random_next(&state) % 2)
			snapshot_fact_lacks(s, i, random_text(&state));
	}
	for (int i = 0; i < FIELD_MAX; i++) {
		uint64_t what = random_next(&state) % 4;

		if (what < 2)
			snapshot_set(s, i, random_number(&state),
				     what ? random_text(&state) : NULL);
		else if (what == 2)
			snapshot_lacks(s, i, random_text(&state));
	}
	for (int i = 0; i < TABLE_MAX; i++) {
		if (random_next(&state) % 5 == 0)
			table_lacks(&s->table[i], random_text(&state));
		if (random_next(&state) % 4)
			random_rows(&s->table[i], &state);
	}
	assert_int_equal(snapshot_error(s), 0);
	return s;
}

static inline void expect_same_text(const char *a, const char *b)
{
	assert_int_equal(a == NULL, b == NULL);
	if (a)
		assert_string_equal(a, b);
}

static inline void expect_same_value(struct value a, struct value b)
{
	assert_int_equal(a.known, b.known);
	assert_true(a.n == b.n);
	expect_same_text(a.via, b.via);
	expect_same_text(a.why, b.why);
}

static inline void expect_same_table(const struct table *a, const struct table *b)
{
	expect_same_text(a->why, b->why);
	assert_int_equal(a->ncolumns, b->ncolumns);
	assert_int_equal(a->nrows, b->nrows);
	for (size_t i = 0; i < a->ncolumns; i++) {
		assert_string_equal(a->columns[i].name, b->columns[i].name);
		assert_int_equal(a->columns[i].kind, b->columns[i].kind);
		assert_int_equal(a->columns[i].unit, b->columns[i].unit);
	}
	for (size_t i = 0; i < a->nrows; i++) {
		const struct row *x = a->rows[i], *y = b->rows[i];

		assert_true(x->key == y->key);
		expect_same_text(x->identity, y->identity);
		for (int k = 0; k < 2; k++)
			expect_same_text(x->label[k], y->label[k]);
		for (size_t c = 0; c < a->ncolumns; c++)
			expect_same_value(row_get(a, x, a->columns[c].name),
					  row_get(b, y, b->columns[c].name));
	}
}

static inline void expect_same_snapshot(const struct snapshot *a, const struct snapshot *b)
{
	assert_int_equal(a->version, b->version);
	assert_int_equal(a->delta, b->delta);
	assert_true(a->mono_ns == b->mono_ns && a->real_ns == b->real_ns);
	assert_true(a->interval_ns == b->interval_ns);
	for (int i = 0; i < FACT_MAX; i++) {
		expect_same_text(a->fact[i].text, b->fact[i].text);
		expect_same_text(a->fact[i].why, b->fact[i].why);
	}
	for (int i = 0; i < FIELD_MAX; i++)
		expect_same_value(a->field[i], b->field[i]);
	for (int i = 0; i < TABLE_MAX; i++)
		expect_same_table(&a->table[i], &b->table[i]);
}

#endif
