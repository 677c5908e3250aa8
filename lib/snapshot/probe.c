// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot/probe.h"
#include "util/array.h"
#include "util/util.h"

struct probe *probe_new(void)
{
	return calloc(1, sizeof(struct probe));
}

static void row_done(struct probe_row *r)
{
	free(r->name);
	free(r->via);
	free(r->why);
	free(r->remedy);
}

void probe_free(struct probe *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++)
		row_done(&p->rows[i]);
	free(p->rows);
	free(p);
}

static char *probe_copy(struct probe *p, const char *text)
{
	char *c = text ? strdup(text) : NULL;

	if (text && !c)
		p->error = -ENOMEM;
	return c;
}

/* A place for the row called @name: the old row emptied, or a new one. */
static struct probe_row *row_for(struct probe *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++) {
		if (!strcmp(p->rows[i].name, name)) {
			row_done(&p->rows[i]);
			return &p->rows[i];
		}
	}
	if (array_reserve_one(&p->rows, p->n, sizeof(*p->rows))) {
		p->error = -ENOMEM;
		return NULL;
	}
	return &p->rows[p->n++];
}

void probe_add(struct probe *p, enum probe_kind kind, const char *name, enum probe_state state,
	       const char *via, const char *why, const char *remedy)
{
	struct probe_row row, *place;

	if (!p)
		return;
	row = (struct probe_row){
		.kind = kind,
		.state = state,
		.name = probe_copy(p, name),
		.via = probe_copy(p, via),
		.why = probe_copy(p, why),
		.remedy = probe_copy(p, remedy),
	};
	/* Complete before the old row goes: the arguments may point into it. */
	place = p->error ? NULL : row_for(p, row.name);
	if (place)
		*place = row;
	else
		row_done(&row);
}

void probe_add_fields(struct probe *p, const char *name, const struct snapshot *s,
		      const enum snapshot_field_id *ids, size_t n, const char *via,
		      const char *remedy)
{
	const char *why = NULL;
	size_t known = 0;

	for (size_t i = 0; i < n; i++) {
		if (s->field[ids[i]].known)
			known++;
		else if (!why)
			why = s->field[ids[i]].why;
	}
	if (known == n)
		probe_add(p, PROBE_MEASUREMENT, name, PROBE_OK, via, NULL, NULL);
	else if (known)
		probe_add(p, PROBE_MEASUREMENT, name, PROBE_DEGRADED, via, why, remedy);
	else
		probe_add(p, PROBE_MEASUREMENT, name, PROBE_UNAVAILABLE, NULL, why, remedy);
}

const struct probe_row *probe_find(const struct probe *p, const char *name)
{
	for (size_t i = 0; p && i < p->n; i++) {
		if (!strcmp(p->rows[i].name, name))
			return &p->rows[i];
	}
	return NULL;
}

const char *probe_state_name(enum probe_state state)
{
	static const char *const name[] = { "ok", "degraded", "unavailable" };

	return name[state];
}

const char *probe_kind_name(enum probe_kind kind)
{
	static const char *const name[] = { "measurement", "lever", "fact" };

	return name[kind];
}
