// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "sort.h"
#include "util/util.h"

/* And the field that says why there is no such column, where nothing is counted at all. */
static const struct {
	const char *name;
	enum snapshot_field_id field;
} columns[] = {
	{ "unfolds", F_CONTPTE_UNFOLDS },
	{ "folds", F_CONTPTE_FOLDS },
	{ "maps", F_CONTPTE_MAPS },
	{ "tlb_flushes", F_TLB_FLUSHES },
	{ "tlb_sent", F_TLB_FLUSHES },
	{ "tlb_received", F_TLB_FLUSHES },
	{ "tlb_flush_pages", F_TLB_FLUSH_PAGES },
	{ "tlb_mm", F_TLB_FLUSHES },
	{ "tlb_range", F_TLB_FLUSHES },
	{ "tlb_page", F_TLB_FLUSHES },
	{ "tlb_kernel", F_TLB_FLUSHES },
	{ "tlb_all", F_TLB_FLUSHES },
	{ "tlb_pgtable", F_TLB_FLUSHES },
	{ "tlb_other", F_TLB_FLUSHES },
	{ "tlb_escalated", F_TLB_ESCALATED },
	{ "present_bytes", F_USER_WALKED },
	{ "block_bytes", F_USER_BLOCK },
	{ "contpte_bytes", F_CONTPTE_MAPPED },
	{ "aligned_bytes", F_CONTPTE_ELIGIBLE },
	{ "swap_bytes", F_USER_WALKED },
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

static const char *no_column(const struct snapshot *s, const char *column)
{
	const struct table *t = &s->table[TABLE_PROCESS];

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		const struct value *v = &s->field[columns[i].field];

		if (!strcmp(columns[i].name, column) && !v->known && v->why)
			return v->why;
	}
	return t->why ? t->why : "nothing counted it (without an interval there are no rates)";
}

const char *sort_why_not(const struct snapshot *s, const char *column)
{
	const struct table *t = &s->table[TABLE_PROCESS];
	const char *why = NULL;
	size_t c = 0;

	while (c < t->ncolumns && strcmp(t->columns[c].name, column))
		c++;
	if (c == t->ncolumns)
		return no_column(s, column);
	for (size_t i = 0; i < t->nrows; i++) {
		struct value v = row_get(t, t->rows[i], column);

		if (v.known)
			return NULL;
		why = why ? why : v.why;
	}
	return why;
}
