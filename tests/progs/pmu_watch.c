// SPDX-License-Identifier: GPL-2.0-only
/*
 * pmu_watch [ROLE=EVENT...] - the PMU source, read on command
 *
 * First prints "probe NAME STATE REASON" for each row.  Then each line on standard input is a
 * reading: "field NAME NUMBER" or "lacks NAME REASON" for each field, "event ROLE/MODE ENABLED
 * RUNNING" for each counted row, and "done".
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sources.h"

static void print_probe(const struct probe *p)
{
	for (size_t i = 0; i < p->n; i++)
		printf("probe %s %s %s\n", p->rows[i].name, probe_state_name(p->rows[i].state),
		       p->rows[i].why ? p->rows[i].why : "");
}

static void print_events(const struct table *t)
{
	for (size_t i = 0; i < t->nrows; i++) {
		struct value enabled = row_get(t, t->rows[i], "enabled");
		struct value running = row_get(t, t->rows[i], "running");

		if (enabled.known)
			printf("event %s %" PRIu64 " %" PRIu64 "\n", t->rows[i]->label[0],
			       enabled.n, running.n);
	}
}

static void print_fields(const struct snapshot *s)
{
	for (int i = 0; i < FIELD_MAX; i++) {
		const char *name = snapshot_field_desc[i].name;

		if (strcmp(snapshot_field_desc[i].group, "pmu"))
			continue;
		if (s->field[i].known)
			printf("field %s %" PRIu64 "\n", name, s->field[i].n);
		else
			printf("lacks %s %s\n", name, s->field[i].why ? s->field[i].why : "?");
	}
}

static int watch(void *source)
{
	char line[64];

	while (fgets(line, sizeof(line), stdin)) {
		struct snapshot *s = snapshot_new();

		if (!s || source_pmu.read(source, s)) {
			snapshot_free(s);
			return 1;
		}
		print_fields(s);
		print_events(snapshot_table(s, TABLE_PMU_EVENT));
		printf("done\n");
		fflush(stdout);
		snapshot_free(s);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct source_options o = { .roles = (const char *const *)argv + 1 };
	struct probe *p = probe_new();
	struct host *h = NULL;
	void *source = NULL;
	int code = 1;

	if (p && !host_new("", &h) && !source_pmu.open(h, &o, p, &source)) {
		print_probe(p);
		fflush(stdout);
		code = watch(source);
	}
	source_pmu.close(source);
	probe_free(p);
	host_free(h);
	return code;
}
