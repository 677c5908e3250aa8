// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address_map.h"
#include "text.h"
#include "util/array.h"

static int address_map_add_range(void *arg, const struct pagewalk_range *r)
{
	struct address_map *m = arg;
	struct map_range *new;

	if (array_reserve_one(&m->ranges, m->nranges, sizeof(*m->ranges)))
		return -ENOMEM;
	new = &m->ranges[m->nranges];
	*new = (struct map_range){ .start = r->start, .end = r->end, .sum = *r->sum };
	memcpy(new->perms, r->perms, sizeof(new->perms));
	new->name = strdup(r->name ? r->name : "");
	if (!new->name)
		return -ENOMEM;
	m->nranges++;
	return 0;
}

static int address_map_add_cell(void *arg, const struct pagewalk_cell *c)
{
	struct address_map *m = arg;

	if (array_reserve_one(&m->cells, m->ncells, sizeof(*m->cells)))
		return -ENOMEM;
	m->cells[m->ncells++] = *c;
	return 0;
}

static int address_map_tell(void *arg, uint64_t done, uint64_t total)
{
	struct address_map *m = arg;
	char a[TEXT_LEN], b[TEXT_LEN];

	m->told = true;
	fprintf(stderr, "\rwalking, %s of %s ", text_bytes(done, a), text_bytes(total, b));
	return 0;
}

static void address_map_lose_names(void *arg, int err)
{
	struct address_map *m = arg;

	m->names_error = err;
}

static int by_start(const void *pa, const void *pb)
{
	const struct map_range *a = pa, *b = pb;

	return a->start < b->start ? -1 : a->start > b->start;
}

int address_map_walk(struct pagewalk *w, pid_t pid, struct address_map *m)
{
	struct pagewalk_ops ops = {
		.range = address_map_add_range,
		.cell = m->want_cells ? address_map_add_cell : NULL,
		.progress = m->progress ? address_map_tell : NULL,
		.no_names = address_map_lose_names,
		.arg = m,
	};
	int r = pid ? pagewalk_process(w, pid, &ops, &m->sum)
		    : pagewalk_kernel(w, &ops, &m->sum);

	if (m->told)
		fprintf(stderr, "\r%40s\r", "");
	if (m->nranges)
		qsort(m->ranges, m->nranges, sizeof(*m->ranges), by_start);
	return r;
}

void address_map_done(struct address_map *m)
{
	for (size_t i = 0; i < m->nranges; i++)
		free(m->ranges[i].name);
	free(m->ranges);
	free(m->cells);
}
