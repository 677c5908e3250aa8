// SPDX-License-Identifier: GPL-2.0-only
/*
 * dump ROOT SOURCE[:PID]... - what sources put into a snapshot, one line a value
 *
 * $DUMP_RUN: a command that runs after each is opened and before it is read.
 *
 *   probe NAME STATE                 fact NAME TEXT
 *   field GROUP.NAME NUMBER          label TABLE KEY LABEL TEXT
 *   cell TABLE KEY COLUMN NUMBER     lacks NAME REASON (field, fact, table or cell)
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/number.h"
#include "sources.h"
#include "util/util.h"

static const struct source_class *const classes[] = {
	&source_memory,	 &source_mthp,	  &source_linmap,   &source_linmap_walk,
	&source_usermap, &source_contpte, &source_tlbflush,
};

static void print_probe(const struct probe *p)
{
	for (size_t i = 0; i < p->n; i++)
		printf("probe %s %s\n", p->rows[i].name, probe_state_name(p->rows[i].state));
}

static void print_fields(const struct snapshot *s)
{
	for (int i = 0; i < FIELD_MAX; i++) {
		const struct field_desc *d = &snapshot_field_desc[i];

		if (s->field[i].known)
			printf("field %s.%s %" PRIu64 "\n", d->group, d->name, s->field[i].n);
		else if (s->field[i].why)
			printf("lacks %s.%s %s\n", d->group, d->name, s->field[i].why);
	}
	for (int i = 0; i < FACT_MAX; i++) {
		if (s->fact[i].text)
			printf("fact %s %s\n", snapshot_fact_desc[i].name, s->fact[i].text);
		else if (s->fact[i].why)
			printf("lacks %s %s\n", snapshot_fact_desc[i].name, s->fact[i].why);
	}
}

static void print_row(const struct table *t, const struct row *r)
{
	for (int i = 0; i < 2; i++) {
		if (r->label[i])
			printf("label %s %" PRIu64 " %s %s\n", t->desc->name, r->key,
			       t->desc->label[i], r->label[i]);
	}
	for (size_t i = 0; i < r->nv; i++) {
		if (r->v[i].known)
			printf("cell %s %" PRIu64 " %s %" PRIu64 "\n", t->desc->name, r->key,
			       t->columns[i].name, r->v[i].n);
		else if (r->v[i].why)
			printf("lacks %s.%" PRIu64 ".%s %s\n", t->desc->name, r->key,
			       t->columns[i].name, r->v[i].why);
	}
}

static void print_tables(const struct snapshot *s)
{
	for (int i = 0; i < TABLE_MAX; i++) {
		const struct table *t = &s->table[i];

		if (t->why)
			printf("lacks %s %s\n", t->desc->name, t->why);
		for (size_t k = 0; k < t->nrows; k++)
			print_row(t, t->rows[k]);
	}
}

static int dump(const struct source_class *c, struct host *h, const char *pid, struct probe *p,
		struct snapshot *s)
{
	struct source_options o = { .walk_processes = 20 };
	const char *command = getenv("DUMP_RUN");
	uint64_t n = 0;
	void *source;
	pid_t one;
	int r;

	if (*pid && parse_u64(pid, 10, INT32_MAX, &n))
		return -EINVAL;
	one = n;
	o.pids = &one;
	o.npids = *pid != '\0';
	r = c->open(h, &o, p, &source);
	if (r)
		return r;
	if (command && system(command))
		fprintf(stderr, "failed: %s\n", command);
	r = c->read(source, s);
	c->close(source);
	return r;
}

int main(int argc, char **argv)
{
	struct snapshot *s = snapshot_new();
	struct probe *p = probe_new();
	struct host *h = NULL;
	int r = -1;

	if (argc > 2 && s && p)
		r = host_new(argv[1], &h);
	for (int i = 2; !r && i < argc; i++) {
		size_t len = strcspn(argv[i], ":");

		for (size_t k = 0; !r && k < ARRAY_SIZE(classes); k++) {
			if (!strncmp(classes[k]->name, argv[i], len) && !classes[k]->name[len])
				r = dump(classes[k], h, argv[i] + len + !!argv[i][len], p, s);
		}
	}
	if (!r) {
		print_probe(p);
		print_fields(s);
		print_tables(s);
	}
	host_free(h);
	probe_free(p);
	snapshot_free(s);
	return r ? 1 : 0;
}
