// SPDX-License-Identifier: GPL-2.0-only
/*
 * split_watch [kprobe] - what pgtop's source says of the linear map's splits, on command
 *
 * With "kprobe" it counts by kprobes, also where better means exist.  Prints "probe.NAME=STATE
 * VIA-OR-WHY" of the source's rows and "ready".  For each line of its standard input it prints
 * what changed since the line before, and "end":
 *
 *   linear_map.splits_pud=N ...          fields, "unknown: REASON" for those not known
 *   linear_split.BYTES.splits=N ...      splits, own and failed of each size of leaf
 *   split_caller.REASON.CALLER.splits=N  the same of each function that asked
 *   process.PID.COMM.linear_splits=N     the same by process
 *   direct_map.BYTES.bytes=N             DirectMap* of meminfo as it is now
 *   linear_map.BYTES.bytes=N ...         the page walk as it is now, after the splits were
 * read
 */
#include <inttypes.h>
#include <string.h>

#include "sources.h"
#include "tool.h"

static struct snapshot *read_all(struct sources *sources)
{
	struct snapshot *s;

	if (sources_read(sources, &s))
		die("sources_read");
	return s;
}

static void print_field(const struct snapshot *d, enum snapshot_field_id id)
{
	const struct field_desc *desc = &snapshot_field_desc[id];

	printf("%s.%s=", desc->group, desc->name);
	if (d->field[id].known)
		printf("%" PRIu64 "\n", d->field[id].n);
	else
		printf("unknown: %s\n", d->field[id].why);
}

static void print_row(const struct table *t, const struct row *r)
{
	for (size_t i = 0; i < t->ncolumns; i++) {
		struct value v = row_get(t, r, t->columns[i].name);

		if (!v.known)
			continue;
		printf("%s.", t->desc->name);
		if (t->desc == &snapshot_table_desc[TABLE_PROCESS])
			printf("%" PRIu64 ".%s", r->key, r->label[0]);
		else if (t->desc->label[1])
			printf("%s.%s", r->label[1], r->label[0]);
		else
			printf("%" PRIu64, r->key);
		printf(".%s=%" PRIu64 "\n", t->columns[i].name, v.n);
	}
}

static void print_changes(const struct snapshot *d)
{
	static const enum snapshot_field_id fields[] = {
		F_LINEAR_SPLITS_PUD,  F_LINEAR_SPLITS_PMD,    F_LINEAR_SPLITS_CONT,
		F_LINEAR_SELF_SPLITS, F_LINEAR_FAILED_SPLITS, F_EVENTS_DROPPED,
		F_LINEAR_TOTAL,	      F_LINEAR_TABLES,	      F_LINEAR_SYSTEM_RAM,
	};
	static const enum snapshot_table_id tables[] = { TABLE_SPLIT, TABLE_SPLIT_CALLER,
							 TABLE_PROCESS, TABLE_DIRECT_MAP,
							 TABLE_LINEAR_MAP };

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		print_field(d, fields[i]);
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		const struct table *t = &d->table[tables[i]];

		for (size_t k = 0; k < t->nrows; k++)
			print_row(t, t->rows[k]);
	}
}

static void watch(struct sources *sources)
{
	struct snapshot *before = read_all(sources), *after, *d;
	char line[128];

	printf("ready\n");
	while (fgets(line, sizeof(line), stdin)) {
		after = read_all(sources);
		if (snapshot_diff(before, after, &d))
			die("snapshot_diff");
		print_changes(d);
		printf("end\n");
		snapshot_free(d);
		snapshot_free(before);
		before = after;
	}
	snapshot_free(before);
}

int main(int argc, char **argv)
{
	struct source_options o = { .prefer_kprobe = argc > 1 && !strcmp(argv[1], "kprobe") };
	uint64_t wanted = sources_bit("linmap") | sources_bit("linmap_walk");
	struct probe *p = probe_new();
	struct sources *sources;
	struct host *h;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!p || host_new("", &h) || sources_new(h, &o, wanted, p, &sources))
		die("sources_new");
	for (size_t i = 0; i < p->n; i++)
		printf("probe.%s=%s %s\n", p->rows[i].name, probe_state_name(p->rows[i].state),
		       p->rows[i].via ? p->rows[i].via : p->rows[i].why);
	watch(sources);
	sources_free(sources);
	probe_free(p);
	host_free(h);
	return 0;
}
