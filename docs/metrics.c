// SPDX-License-Identifier: GPL-2.0-only
/* Prints docs/metrics.md from the tables that the program itself uses. */
#include <stdio.h>

#include "pgtop/snapshot.h"

static const char *unit(enum value_unit u)
{
	static const char *const name[] = { "count", "bytes", "ns", "pages" };

	return name[u];
}

static void print_fields(void)
{
	printf("## Fields\n\n| name | kind | unit | meaning |\n|---|---|---|---|\n");
	for (int i = 0; i < FIELD_MAX; i++) {
		const struct field_desc *d = &snapshot_field_desc[i];

		printf("| `%s.%s` | %s | %s | %s |\n", d->group, d->name,
		       d->kind == VALUE_COUNTER ? "counter" : "gauge", unit(d->unit), d->help);
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

static void print_facts(void)
{
	printf("\n## Facts\n\n| name | meaning |\n|---|---|\n");
	for (int i = 0; i < FACT_MAX; i++)
		printf("| `%s` | %s |\n", snapshot_fact_desc[i].name,
		       snapshot_fact_desc[i].help);
}

int main(void)
{
	printf("<!-- SPDX-License-Identifier: GPL-2.0-only -->\n"
	       "# What pgtop measures\n\n"
	       "The names in `pgtop --json`, version %d. Made by `make docs` from\n"
	       "include/pgtop/snapshot.h: change them there. Counters only grow; a number that\n"
	       "cannot be had is `unavailable` with the reason, and never 0.\n\n",
	       SNAPSHOT_VERSION);
	print_fields();
	print_tables();
	print_facts();
	return 0;
}
