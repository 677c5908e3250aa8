// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "sort.h"
#include "util/util.h"

#define SERIES "only the pgtop kernel series on arm64 counts it"

/*
 * The field that says why there is no such column where nothing is counted at all, whether
 * it is a rate, and why there is none where flushes are counted.
 */
static const struct {
	const char *name;
	enum snapshot_field_id field;
	bool rate;
	const char *only;
} columns[] = {
	{ "unfolds", F_CONTPTE_UNFOLDS, true, NULL },
	{ "folds", F_CONTPTE_FOLDS, true, NULL },
	{ "maps", F_CONTPTE_MAPS, true, NULL },
	{ "tlb_flushes", F_TLB_FLUSHES, true, NULL },
	{ "tlb_sent", F_TLB_FLUSHES, true, NULL },
	{ "tlb_received", F_TLB_FLUSHES, true, NULL },
	{ "tlb_flush_pages", F_TLB_FLUSH_PAGES, true, NULL },
	{ "tlb_mm", F_TLB_FLUSHES, true, SERIES },
	{ "tlb_range", F_TLB_FLUSHES, true, SERIES },
	{ "tlb_page", F_TLB_FLUSHES, true, SERIES },
	{ "tlb_kernel", F_TLB_FLUSHES, true, SERIES },
	{ "tlb_all", F_TLB_FLUSHES, true, SERIES },
	{ "tlb_pgtable", F_TLB_FLUSHES, true, SERIES },
	{ "tlb_other", F_TLB_FLUSHES, true, SERIES },
	{ "tlb_escalated", F_TLB_ESCALATED, true, SERIES },
	{ "linear_splits", F_LINEAR_SPLITS_PMD, true, "only arm64 has it" },
	{ "present_bytes", F_USER_WALKED, false, NULL },
	{ "block_bytes", F_USER_BLOCK, false, NULL },
	{ "contpte_bytes", F_CONTPTE_MAPPED, false, NULL },
	{ "aligned_bytes", F_CONTPTE_ELIGIBLE, false, NULL },
	{ "swap_bytes", F_USER_WALKED, false, NULL },
};

bool sort_known(const char *column)
{
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		if (!strcmp(columns[i].name, column))
			return true;
	}
	return false;
}

char *sort_names(void)
{
	char *names = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&names, &len);

	if (!f)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		fprintf(f, "%s%s", i ? ", " : "", columns[i].name);
	fclose(f);
	return names;
}

static const char *no_column(const struct snapshot *s, bool interval, const char *name)
{
	const struct table *t = &s->table[TABLE_PROCESS];
	const struct value *v;
	size_t i = 0;

	while (strcmp(columns[i].name, name))
		i++;
	v = &s->field[columns[i].field];
	if (!v->known && v->why)
		return v->why;
	if (columns[i].rate && !interval)
		return "without an interval there are no rates";
	if (v->known && columns[i].only)
		return columns[i].only;
	return t->why ? t->why : "no process has it";
}

const char *sort_why_not(const struct snapshot *s, bool interval, const char *column)
{
	const struct table *t = &s->table[TABLE_PROCESS];
	const char *why = NULL;
	size_t c = 0;

	while (c < t->ncolumns && strcmp(t->columns[c].name, column))
		c++;
	if (c == t->ncolumns)
		return no_column(s, interval, column);
	for (size_t i = 0; i < t->nrows; i++) {
		struct value v = row_get(t, t->rows[i], column);

		if (v.known)
			return NULL;
		why = why ? why : v.why;
	}
	return why;
}
