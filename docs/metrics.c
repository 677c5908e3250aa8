// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints docs/metrics.md, or with the argument "man" docs/pgtop-metrics.7, from the tables
 * that the programs themselves use.
 */
#include <stdio.h>
#include <string.h>

#include "memory/mthp.h"
#include "snapshot/metrics.h"
#include "snapshot/snapshot_json.h"

static void print_fields(void)
{
	printf("## Fields\n\n| name | kind | unit | meaning |\n|---|---|---|---|\n");
	for (int i = 0; i < FIELD_MAX; i++) {
		const struct field_desc *d = &snapshot_field_desc[i];

		printf("| `%s.%s` | %s | %s | %s |\n", d->group, d->name,
		       d->kind == VALUE_COUNTER ? "counter" : "gauge",
		       value_unit_name(d->unit), d->help);
	}
}

static void print_tables(void)
{
	printf("\n## Tables\n\n| name | key | labels | meaning |\n|---|---|---|---|\n");
	for (int i = 0; i < TABLE_MAX; i++) {
		const struct table_desc *d = &snapshot_table_desc[i];

		printf("| `%s` | `%s` | %s%s%s | %s |\n", d->name, d->key,
		       d->label[0] ? d->label[0] : "", d->label[1] ? ", " : "",
		       d->label[1] ? d->label[1] : "", d->help);
	}
}

static void print_mthp_stats(void)
{
	printf("\n## Columns of `mthp`\n\n"
	       "The counters of the kernel for each size, one file each in\n"
	       "%s/hugepages-*kB/stats. A kernel may have more, or have some\n"
	       "of them earlier.\n\n"
	       "| name | since Linux | meaning |\n|---|---|---|\n",
	       MTHP_DIR);
	for (size_t i = 0; i < mthp_stats_count; i++)
		printf("| `%s` | %s | %s |\n", mthp_stats[i].name, mthp_stats[i].since,
		       mthp_stats[i].help);
}

static void print_facts(void)
{
	static const char *const forms[] = { "text", "number", "bytes" };

	printf("\n## Facts\n\n| name | in JSON | meaning |\n|---|---|---|\n");
	for (int i = 0; i < FACT_MAX; i++)
		printf("| `%s` | %s | %s |\n", snapshot_fact_desc[i].name,
		       forms[snapshot_fact_desc[i].form], snapshot_fact_desc[i].help);
}

static void print_metrics(void)
{
	printf("\n## Prometheus\n\n"
	       "The metrics that pgtopd exports. Sizes in labels are bytes. A metric that is\n"
	       "unavailable is left out.\n\n"
	       "| name | kind | labels | meaning |\n|---|---|---|---|\n");
	for (size_t i = 0; i < metrics_count; i++) {
		const struct metric *m = &metrics[i];

		printf("| `pgtop_%s` | %s | %s | %s |\n", m->name, metric_kind_name(m->kind),
		       m->labels ? m->labels : "", m->help);
	}
}

static void print_markdown(void)
{
	/* REUSE-IgnoreStart: the page's own */
	printf("<!-- SPDX-License-Identifier: GPL-2.0-only -->\n"
	       "# What pgtop measures\n\n"
	       "These are the names in `pgtop --json`, version %d. `make docs` writes this page from\n"
	       "lib/snapshot/snapshot.h and lib/snapshot/metrics.c: change them there. Counters only\n"
	       "grow. A number that cannot be measured is `unavailable` with the reason, never 0.\n\n",
	       JSON_VERSION);
	/* REUSE-IgnoreEnd */
	print_fields();
	print_tables();
	print_mthp_stats();
	print_facts();
	print_metrics();
}

#define MAN_COLUMNS 79 /* mandoc wants 80 at most; a full stop follows */

static void print_filled(const char *text)
{
	int column = 0;

	while (*text) {
		int len = strcspn(text, " ");

		if (column && column + 1 + len > MAN_COLUMNS) {
			putchar('\n');
			column = 0;
		}
		column += printf("%s%.*s", column ? " " : "", len, text);
		text += len;
		text += strspn(text, " ");
	}
}

static void print_man_metric(const struct metric *m)
{
	printf(".It Li pgtop_%s%s%s%s\n", m->name, m->labels ? " { " : "",
	       m->labels ? m->labels : "", m->labels ? " }" : "");
	print_filled(m->help);
	printf(".\nA %s.\n", metric_kind_name(m->kind));
}

static void print_man(void)
{
	/* REUSE-IgnoreStart: the page's own */
	printf(".\\\" SPDX-License-Identifier: GPL-2.0-only\n"
	       ".\\\" make docs writes this page from lib/snapshot/metrics.c: change it there.\n"
	       ".Dd November 30, 2026\n.Dt PGTOP-METRICS 7\n.Os\n"
	       ".Sh NAME\n.Nm pgtop-metrics\n.Nd metrics that pgtopd exports to Prometheus\n"
	       ".Sh DESCRIPTION\n"
	       ".Xr pgtopd 8\nwrites these metrics for the textfile collector of\n"
	       "node_exporter, in text format 0.0.4, and\n.Ic pgtop prom\nprints them once.\n"
	       "Sizes in labels are bytes, times are seconds.\n"
	       "A count of 0 is exported as 0; a metric that is unavailable is left out.\n"
	       "The counters of pgtopd itself restart at 0 when it starts.\n"
	       "Those of the kernel (mthp_*, compaction, pressure, splits of the linear map)\n"
	       "continue.\n"
	       ".Bl -tag -width Ds\n");
	/* REUSE-IgnoreEnd */
	for (size_t i = 0; i < metrics_count; i++)
		print_man_metric(&metrics[i]);
	printf(".El\n.Sh SEE ALSO\n.Xr pgtopd.conf 5 ,\n.Xr pgtop 8 ,\n.Xr pgtopd 8\n");
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "man"))
		print_man();
	else
		print_markdown();
	return 0;
}
