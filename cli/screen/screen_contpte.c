// SPDX-License-Identifier: GPL-2.0-only
#include <stdint.h>
#include <stdio.h>

#include "screen/screen_part.h"
#include "util/util.h"

/* Upper bound of the bucket in which the @part-th of all unfolds lies (part in percent). */
static uint64_t latency_bound(const struct table *t, unsigned int part)
{
	uint64_t total = 0, sum = 0, bound = 0;

	for (size_t i = 0; i < t->nrows; i++)
		total += row_get(t, t->rows[i], "unfolds").n;
	for (size_t i = 0; i < t->nrows && sum * 100 < total * part; i++) {
		sum += row_get(t, t->rows[i], "unfolds").n;
		bound = t->rows[i]->key;
	}
	return total ? bound : 0;
}

static bool known_any(const struct snapshot *s, const enum snapshot_field_id *ids, size_t n)
{
	for (size_t i = 0; s && i < n; i++) {
		if (s->field[ids[i]].known)
			return true;
	}
	return false;
}

void screen_contpte(const struct screen *s)
{
	static const enum snapshot_field_id any[] = { F_CONTPTE_FOLDS, F_CONTPTE_UNFOLDS,
						      F_CONTPTE_MAPS };
	const struct table *latency;
	struct texts b;
	uint64_t p99;

	if (!s->delta || !known_any(s->total, any, ARRAY_SIZE(any)))
		return;
	text_heading(s->out, s->color, "contpte");
	text_line(s->out, "unfolds %s/s, folds %s/s (of %s/s attempts), mapped %s/s",
		  field_rate(s, F_CONTPTE_UNFOLDS, b.b[0]),
		  field_rate(s, F_CONTPTE_FOLDS, b.b[1]),
		  field_rate(s, F_CONTPTE_FOLD_ATTEMPTS, b.b[2]),
		  field_rate(s, F_CONTPTE_MAPS, b.b[3]));
	screen_most(s, TABLE_UNFOLD_REASON, "unfolds", "  by reason   ");
	screen_most(s, TABLE_UNFOLD_CALLER, "unfolds", "  by caller   ");
	latency = &s->delta->table[TABLE_UNFOLD_LATENCY];
	p99 = latency_bound(latency, 99);
	if (p99)
		fprintf(s->out, "  an unfold took at most %s (half), %s (99 %%)\n",
			text_time(latency_bound(latency, 50), b.b[0]), text_time(p99, b.b[1]));
}
