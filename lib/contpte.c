// SPDX-License-Identifier: GPL-2.0-only
/* contpte.c - the source of contiguous-PTE folds, unfolds and maps */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "sources.h"
#include "util.h"

struct contpte {
	char why[256];
};

static const char *const probe_rows[] = {
	"contpte.unfolds",	  "contpte.folds",	    "contpte.maps",
	"contpte.unfold_latency", "contpte.unfold_callers",
};

static void contpte_close(void *source)
{
	free(source);
}

static int contpte_open(struct host *h, const struct sources_options *o, struct probe *p,
			void **ret)
{
	struct contpte *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	snprintf(c->why, sizeof(c->why), "contiguous PTEs are arm64's: %s has none",
		 h->arch_name);
	for (size_t i = 0; i < ARRAY_SIZE(probe_rows); i++)
		probe_add(p, PROBE_MEASUREMENT, probe_rows[i], PROBE_UNAVAILABLE, NULL, c->why,
			  NULL);
	*ret = c;
	return 0;
}

static int contpte_read(void *source, struct snapshot *s)
{
	static const enum snapshot_field_id fields[] = {
		F_CONTPTE_FOLDS,
		F_CONTPTE_UNFOLDS,
		F_CONTPTE_MAPS,
		F_CONTPTE_FOLD_ATTEMPTS,
	};
	static const enum snapshot_table_id tables[] = {
		TABLE_UNFOLD_REASON,
		TABLE_UNFOLD_CALLER,
		TABLE_UNFOLD_LATENCY,
	};
	const struct contpte *c = source;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		snapshot_lacks(s, fields[i], c->why);
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		table_lacks(snapshot_table(s, tables[i]), c->why);
	return snapshot_error(s);
}

const struct source_class source_contpte = {
	.name = "contpte",
	.open = contpte_open,
	.read = contpte_read,
	.close = contpte_close,
};
