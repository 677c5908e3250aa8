// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot/topgroups.h"
#include "util/utf8.h"
#include "util/util.h"

struct shown {
	uint64_t id;
	uint64_t recent;   /* its change in this update */
	unsigned int idle; /* updates in a row in which another deserved the place more */
	bool seen;
};

struct topgroups {
	char *column;
	size_t max, n;
	struct shown *shown; /* beside list[] */
	struct topgroup *list;
	uint64_t other;
	bool known;
};

struct topgroups *topgroups_new(const char *column, size_t max)
{
	struct topgroups *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->max = max;
	t->column = strdup(column);
	t->shown = calloc(max, sizeof(*t->shown));
	t->list = calloc(max, sizeof(*t->list));
	if (t->column && t->shown && t->list)
		return t;
	topgroups_free(t);
	return NULL;
}

void topgroups_free(struct topgroups *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		free((char *)t->list[i].path);
	free(t->list);
	free(t->shown);
	free(t->column);
	free(t);
}

/* Where @r is shown: by its id, or by its path if a cgroup of that path was made anew. */
static size_t topgroups_find(const struct topgroups *t, const struct row *r)
{
	const char *path = r->label[0];
	size_t i = 0;

	while (i < t->n && t->shown[i].id != r->key)
		i++;
	if (i < t->n || !path)
		return i;
	for (i = 0; i < t->n; i++) {
		if (!strcmp(t->list[i].path, path))
			break;
	}
	return i;
}

/* Whether it can have a series: one that has ended has no path, what is no text no label. */
static bool has_name(const struct row *r)
{
	return r->label[0] && utf8_valid(r->label[0]);
}

/* The series ends; what it counted is no longer told by anyone, as when a process exits. */
static void topgroups_drop(struct topgroups *t, size_t i)
{
	free((char *)t->list[i].path);
	t->n--;
	t->list[i] = t->list[t->n];
	t->shown[i] = t->shown[t->n];
}

static int topgroups_admit(struct topgroups *t, const struct row *r)
{
	char *path = strdup(r->label[0]);

	if (!path)
		return -ENOMEM;
	t->shown[t->n] = (struct shown){ .id = r->key, .seen = true };
	t->list[t->n] = (struct topgroup){ .path = path };
	t->n++;
	return 0;
}

/* A cgroup that is not shown, and what it did. */
struct candidate {
	const struct row *row;
	uint64_t n;
};

static int by_activity(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? 1 : -1;
	return x->row->key < y->row->key ? -1 : x->row->key > y->row->key;
}

static void topgroups_note(struct topgroups *t, size_t at, const struct row *r, uint64_t n)
{
	struct shown *s = &t->shown[at];

	s->seen = true;
	s->recent += n;
	if (r->label[0])
		s->id = r->key;
}

/* Note what those shown did; all others that did anything are candidates, busiest first. */
static size_t topgroups_look(struct topgroups *t, const struct table *groups,
			     struct candidate *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		t->shown[i] = (struct shown){ .id = t->shown[i].id, .idle = t->shown[i].idle };
	for (size_t i = 0; i < groups->nrows; i++) {
		const struct row *r = groups->rows[i];
		struct value v = row_get(groups, r, t->column);
		size_t at = topgroups_find(t, r);

		t->known |= v.known;
		if (at < t->n)
			topgroups_note(t, at, r, v.known ? v.n : 0);
		else if (v.known && !has_name(r))
			t->other += v.n;
		else if (v.known && v.n)
			ret[n++] = (struct candidate){ r, v.n };
	}
	qsort(ret, n, sizeof(*ret), by_activity);
	return n;
}

static void drop_gone(struct topgroups *t)
{
	for (size_t i = t->n; i-- > 0;) {
		if (!t->shown[i].seen)
			topgroups_drop(t, i);
	}
}

/* The place of whoever did least, if that was too little for long enough. */
static void make_room(struct topgroups *t, const struct candidate *busiest)
{
	size_t least = 0;

	for (size_t i = 0; i < t->n; i++) {
		struct shown *s = &t->shown[i];

		s->idle = busiest && s->recent < busiest->n / 2 ? s->idle + 1 : 0;
		if (s->recent < t->shown[least].recent)
			least = i;
	}
	if (t->n == t->max && t->n && t->shown[least].idle >= TOPGROUPS_PATIENCE) {
		t->other += t->shown[least].recent;
		topgroups_drop(t, least);
	}
}

static int topgroups_fill(struct topgroups *t, const struct candidate *c, size_t n)
{
	size_t i = 0, at;

	for (; i < n && t->n < t->max; i++) {
		/* One that was made anew in this window has two rows, and one series. */
		at = topgroups_find(t, c[i].row);
		if (at == t->n && topgroups_admit(t, c[i].row))
			return -ENOMEM;
		topgroups_note(t, at, c[i].row, c[i].n);
	}
	for (; i < n; i++)
		t->other += c[i].n;
	for (i = 0; i < t->n; i++)
		t->list[i].n += t->shown[i].recent;
	return 0;
}

int topgroups_update(struct topgroups *t, const struct snapshot *delta)
{
	const struct table *groups = &delta->table[TABLE_CGROUP];
	_cleanup_free_ struct candidate *c = calloc(groups->nrows + 1, sizeof(*c));
	size_t n;

	if (!c)
		return -ENOMEM;
	n = topgroups_look(t, groups, c);
	drop_gone(t);
	make_room(t, n ? c : NULL);
	return topgroups_fill(t, c, n);
}

const struct topgroup *topgroups_list(const struct topgroups *t, size_t *n, uint64_t *other)
{
	*n = t->known ? t->n : 0;
	*other = t->other;
	return t->known ? t->list : NULL;
}
