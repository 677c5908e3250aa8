// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "memory/mthp.h"
#include "screen/grid.h"
#include "util/number.h"
#include "screen/screen_part.h"
#include "snapshot/thp_policy.h"
#include "util/util.h"

static bool mthp_used(const struct snapshot *s, const struct row *r)
{
	for (size_t i = 0; i < r->nv; i++) {
		if (r->v[i].known && r->v[i].n)
			return true;
	}
	for (int i = 0; i < THP_MEMORIES; i++) {
		const char *word = thp_effective(s, r, i);

		if (word ? strcmp(word, "never") : r->label[i] != NULL)
			return true;
	}
	return false;
}

/* Whether faults may get folios of the size, or some are left of a time when they did. */
static bool mthp_is_on(const struct snapshot *s, const struct row *r)
{
	const char *word = thp_effective(s, r, THP_ANON);
	struct value used = row_get(&s->table[TABLE_MTHP], r, "nr_anon");

	return (word && strcmp(word, "never")) || (used.known && used.n);
}

/* What decides; with a mark where that is not the word of the size. */
static void policy_cell(struct grid *g, const char *own, const char *effective)
{
	grid_cell(g, "%s%s",
		  effective ? effective
		  : own	    ? "?"
			    : TEXT_UNKNOWN,
		  own && (!effective || strcmp(own, effective)) ? "*" : "");
}

/* "* inherit -> never (anon)": what the marks in the grid stand for */
static void print_inherited(const struct screen *s)
{
	static const char *const names[] = { "anon", "shmem" };
	const struct table *t = &s->total->table[TABLE_MTHP];
	char text[THP_MEMORIES * (THP_POLICY_BYTES + 16)] = "", policy[THP_POLICY_BYTES];

	for (int m = 0; m < THP_MEMORIES; m++) {
		const char *own = NULL, *effective = NULL;
		size_t at = strlen(text);

		for (size_t i = 0; i < t->nrows && !own; i++) {
			effective = thp_effective(s->total, t->rows[i], m);
			if (t->rows[i]->label[m] &&
			    (!effective || strcmp(t->rows[i]->label[m], effective)))
				own = t->rows[i]->label[m];
		}
		if (own)
			snprintf(text + at, sizeof(text) - at, "%s%s (%s)", at ? ", " : "",
				 thp_policy_text(own, effective, policy), names[m]);
	}
	if (*text)
		text_line(s->out, "* %s", text);
}

static void mthp_cells(const struct screen *s, struct grid *g, const struct row *r)
{
	static const char *const rates[] = { "anon_fault_alloc", "anon_fault_fallback",
					     "split" };
	const struct table *t = &s->total->table[TABLE_MTHP];
	const struct row *d =
		s->delta ? table_find(&s->delta->table[TABLE_MTHP], r->key, NULL) : NULL;
	struct value anon = row_get(t, r, "nr_anon"), out;
	char size[32], buf[TEXT_LEN];

	grid_cell(g, "%s", format_size(r->key, size, sizeof(size)));
	for (int i = 0; i < THP_MEMORIES; i++)
		policy_cell(g, r->label[i], thp_effective(s->total, r, i));
	anon.n *= r->key;
	grid_cell(g, "%s", text_value(&anon, UNIT_BYTES, buf));
	for (size_t i = 0; i < ARRAY_SIZE(rates); i++)
		grid_cell(g, "%s", row_rate(s, TABLE_MTHP, r, rates[i], buf));
	out = d ? mthp_swapped_out(&s->delta->table[TABLE_MTHP], d) : (struct value){ 0 };
	grid_cell(g, "%s", text_rate(&out, s->delta ? s->delta->interval_ns : 0, buf));
	grid_cell(g, "%s", row_rate(s, TABLE_MTHP, r, "swpout_fallback", buf));
}

/* "64K always 139M, alloc/s 2.55k, fail/s 3" */
static void mthp_word(const struct screen *s, const struct row *r, char *line, size_t len)
{
	const char *policy = thp_effective(s->total, r, THP_ANON);
	struct value used = row_get(&s->total->table[TABLE_MTHP], r, "nr_anon");
	const char *alloc, *fail;
	char item[160], size[32];
	struct texts b;

	used.n *= r->key;
	alloc = row_rate(s, TABLE_MTHP, r, "anon_fault_alloc", b.b[0]);
	fail = row_rate(s, TABLE_MTHP, r, "anon_fault_fallback", b.b[1]);
	snprintf(item, sizeof(item), "%s %s %s", format_size(r->key, size, sizeof(size)),
		 policy ?: "?", text_value(&used, UNIT_BYTES, b.b[2]));
	append(line, len, "", item);
	if (strcmp(alloc, "0") && strcmp(alloc, TEXT_UNKNOWN))
		append(line, len, "alloc/s ", alloc);
	if (strcmp(fail, "0") && strcmp(fail, TEXT_UNKNOWN))
		append(line, len, "fail/s ", fail);
}

void screen_mthp_words(const struct screen *s, char *line, size_t len)
{
	const struct table *t = &s->total->table[TABLE_MTHP];
	size_t unused = 0;
	char rest[48];

	for (size_t i = 0; i < t->nrows; i++) {
		if (mthp_is_on(s->total, t->rows[i]))
			mthp_word(s, t->rows[i], line, len);
		else
			unused++;
	}
	snprintf(rest, sizeof(rest), "%zu size%s off", unused, unused == 1 ? "" : "s");
	append(line, len, "", unused ? rest : NULL);
}

void screen_mthp(const struct screen *s)
{
	const struct table *t = &s->total->table[TABLE_MTHP];
	struct grid *g;
	size_t unused = 0;

	if (!t->nrows)
		return;
	text_heading(s->out, s->color, "mTHP");
	g = grid_new("size|<anon|<shmem|in use|alloc/s|fail/s|split/s|swap/s|fail/s");
	for (size_t i = 0; i < t->nrows; i++) {
		if (mthp_used(s->total, t->rows[i]))
			mthp_cells(s, g, t->rows[i]);
		else
			unused++;
	}
	if (unused < t->nrows)
		screen_grid(s, g, 2);
	else
		grid_free(g);
	print_inherited(s);
	if (unused)
		fprintf(s->out, "  %zu size%s never used\n", unused, unused == 1 ? "" : "s");
}

struct value screen_free_in_blocks(const struct snapshot *s, uint64_t size)
{
	const struct table *t = &s->table[TABLE_FREE_BLOCKS];
	struct value sum = { .known = t->nrows > 0 };

	for (size_t i = 0; i < t->nrows; i++) {
		struct value v = row_get(t, t->rows[i], "free");

		if (t->rows[i]->key >= size)
			sum.n += v.n * t->rows[i]->key;
	}
	return sum;
}

static void print_stalls(const struct screen *s)
{
	const struct value *some = field(s->delta, F_PSI_MEMORY_SOME);
	const struct value *full = field(s->delta, F_PSI_MEMORY_FULL);
	uint64_t interval = s->delta->interval_ns;
	struct texts b;

	text_line(s->out, "memory stall some %s, full %s; swap in %s/s, out %s/s",
		  some->known ? text_percent(some->n, interval, b.b[0]) : TEXT_UNKNOWN,
		  full->known ? text_percent(full->n, interval, b.b[1]) : TEXT_UNKNOWN,
		  field_rate(s, F_VM_SWAP_IN, b.b[2]), field_rate(s, F_VM_SWAP_OUT, b.b[3]));
	text_line(s->out, "minor faults %s/s, compaction stalls %s/s",
		  field_rate(s, F_VM_MINOR_FAULTS, b.b[0]),
		  field_rate(s, F_VM_COMPACT_STALLS, b.b[1]));
}

/* The sizes that matter: a contiguous block (16 pages where there is none) and a PMD leaf. */
void screen_pressure(const struct screen *s)
{
	uint64_t contpte = host_contpte_bytes(s->host), pmd = host_pmd_bytes(s->host);
	uint64_t small = contpte ? contpte : 16 * s->host->page_size;
	struct value in_small = screen_free_in_blocks(s->total, small);
	struct value in_large = screen_free_in_blocks(s->total, pmd);
	char small_name[32], large_name[32];
	struct texts b;

	text_heading(s->out, s->color, "pressure");
	if (s->delta)
		print_stalls(s);
	text_line(s->out, "free in blocks of %s or more %s, of %s or more %s",
		  format_size(small, small_name, sizeof(small_name)),
		  text_value(&in_small, UNIT_BYTES, b.b[0]),
		  format_size(pmd, large_name, sizeof(large_name)),
		  text_value(&in_large, UNIT_BYTES, b.b[1]));
}
