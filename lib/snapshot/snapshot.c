// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot/snapshot.h"
#include "util/array.h"
#include "util/util.h"

#define FACT_DESC(id, name, form, help) [id] = { name, FORM_##form, help },
#define FIELD_DESC(id, group, name, kind, unit, help)                                         \
	[id] = { group, name, VALUE_##kind, UNIT_##unit, help },
#define TABLE_DESC(id, name, key, unit, label0, label1, help)                                 \
	[id] = { name, key, UNIT_##unit, { label0, label1 }, help },

const struct fact_desc snapshot_fact_desc[FACT_MAX] = { SNAPSHOT_FACTS(FACT_DESC) };
const struct field_desc snapshot_field_desc[FIELD_MAX] = { SNAPSHOT_FIELDS(FIELD_DESC) };
const struct table_desc snapshot_table_desc[TABLE_MAX] = { SNAPSHOT_TABLES(TABLE_DESC) };

/* Strings of a snapshot: few are distinct, many are referred to, so they are kept once. */
#define POOL_BUCKETS 4096

struct pool_string {
	struct pool_string *next;
	char text[];
};

struct string_pool {
	struct pool_string *bucket[POOL_BUCKETS];
	const char *last; /* what was kept last: most cells of a table say the same */
};

static void pool_free(struct string_pool *pool)
{
	for (size_t i = 0; pool && i < POOL_BUCKETS; i++) {
		while (pool->bucket[i]) {
			struct pool_string *s = pool->bucket[i];

			pool->bucket[i] = s->next;
			free(s);
		}
	}
	free(pool);
}

/* FNV-1a, 32 bits */
static size_t pool_hash(const char *text)
{
	uint32_t h = 2166136261u;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	return h % POOL_BUCKETS;
}

static const char *snapshot_keep(struct snapshot *s, const char *text)
{
	struct pool_string **head, *e;
	size_t len;

	if (!text)
		return NULL;
	if (s->pool->last && !strcmp(s->pool->last, text))
		return s->pool->last;
	head = &s->pool->bucket[pool_hash(text)];
	for (e = *head; e; e = e->next) {
		if (!strcmp(e->text, text))
			return s->pool->last = e->text;
	}
	len = strlen(text) + 1;
	e = malloc(sizeof(*e) + len);
	if (!e) {
		s->error = -ENOMEM;
		return "";
	}
	memcpy(e->text, text, len);
	e->next = *head;
	*head = e;
	return s->pool->last = e->text;
}

struct snapshot *snapshot_new(void)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->pool = calloc(1, sizeof(*s->pool));
	if (!s->pool) {
		free(s);
		return NULL;
	}
	s->version = SNAPSHOT_VERSION;
	for (int i = 0; i < TABLE_MAX; i++) {
		s->table[i].owner = s;
		s->table[i].desc = &snapshot_table_desc[i];
	}
	return s;
}

static void table_done(struct table *t)
{
	for (size_t i = 0; i < t->nrows; i++) {
		free(t->rows[i]->v);
		free(t->rows[i]);
	}
	free(t->rows);
	free(t->slots);
	free(t->columns);
}

void snapshot_free(struct snapshot *s)
{
	if (!s)
		return;
	for (int i = 0; i < TABLE_MAX; i++)
		table_done(&s->table[i]);
	pool_free(s->pool);
	free(s);
}

int snapshot_error(const struct snapshot *s)
{
	return s->error;
}

const char *snapshot_intern(struct snapshot *s, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		text = NULL;
		s->error = -ENOMEM;
		return "";
	}
	return snapshot_keep(s, text);
}

void snapshot_fact(struct snapshot *s, enum snapshot_fact_id id, const char *text)
{
	s->fact[id] = (struct fact){ .text = snapshot_keep(s, text) };
}

void snapshot_fact_lacks(struct snapshot *s, enum snapshot_fact_id id, const char *why)
{
	s->fact[id] = (struct fact){ .why = snapshot_keep(s, why) };
}

static void value_set(struct snapshot *s, struct value *v, uint64_t n, const char *via)
{
	*v = (struct value){ .n = n, .known = true, .via = snapshot_keep(s, via) };
}

static void value_lacks(struct snapshot *s, struct value *v, const char *why)
{
	*v = (struct value){ .why = snapshot_keep(s, why) };
}

void snapshot_set(struct snapshot *s, enum snapshot_field_id id, uint64_t n, const char *via)
{
	value_set(s, &s->field[id], n, via);
}

void snapshot_add(struct snapshot *s, enum snapshot_field_id id, uint64_t n, const char *via)
{
	struct value *v = &s->field[id];

	value_set(s, v, v->known ? v->n + n : n, via);
}

void snapshot_lacks(struct snapshot *s, enum snapshot_field_id id, const char *why)
{
	value_lacks(s, &s->field[id], why);
}

void table_lacks(struct table *t, const char *why)
{
	t->why = snapshot_keep(t->owner, why);
}

static int snapshot_reserve_one(struct snapshot *s, void *array, size_t n, size_t size)
{
	int r = array_reserve_one(array, n, size);

	if (r)
		s->error = r;
	return r;
}

/* @guess: where it probably is */
static size_t column_find(const struct table *t, const char *name, size_t guess)
{
	size_t i;

	if (guess < t->ncolumns && !strcmp(t->columns[guess].name, name))
		return guess;
	for (i = 0; i < t->ncolumns; i++) {
		if (!strcmp(t->columns[i].name, name))
			break;
	}
	return i;
}

size_t table_column(struct table *t, const char *name, enum value_kind kind,
		    enum value_unit unit)
{
	size_t i = column_find(t, name, t->ncolumns);

	if (i < t->ncolumns)
		return i;
	if (snapshot_reserve_one(t->owner, &t->columns, t->ncolumns, sizeof(*t->columns)))
		return SIZE_MAX;
	t->columns[i] = (struct column){ snapshot_keep(t->owner, name), kind, unit };
	t->ncolumns++;
	return i;
}

static bool same_label(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Fibonacci hashing (Knuth, volume 3, 6.4): keys are often multiples of a page or a cache
 * line. */
static size_t slot_of(const struct table *t, uint64_t key)
{
	return (key * 0x9e3779b97f4a7c15u >> 32) & (t->nslots - 1);
}

static size_t slot_after(const struct table *t, size_t i)
{
	return (i + 1) & (t->nslots - 1);
}

static void slot_put(struct table *t, struct row *r)
{
	size_t i = slot_of(t, r->key);

	while (t->slots[i])
		i = slot_after(t, i);
	t->slots[i] = r;
}

/* Keep at least half of the slots empty. */
static int reserve_slot(struct table *t)
{
	size_t grown = t->nslots ? 2 * t->nslots : 16;
	struct row **slots;

	if (2 * (t->nrows + 1) <= t->nslots)
		return 0;
	slots = calloc(grown, sizeof(*slots));
	if (!slots) {
		t->owner->error = -ENOMEM;
		return -ENOMEM;
	}
	free(t->slots);
	t->slots = slots;
	t->nslots = grown;
	for (size_t i = 0; i < t->nrows; i++)
		slot_put(t, t->rows[i]);
	return 0;
}

static struct row *row_find(const struct table *t, uint64_t key, const char *identity)
{
	size_t i;

	if (!t->nslots)
		return NULL;
	for (i = slot_of(t, key); t->slots[i]; i = slot_after(t, i)) {
		if (t->slots[i]->key == key && same_label(t->slots[i]->identity, identity))
			return t->slots[i];
	}
	return NULL;
}

const struct row *table_find(const struct table *t, uint64_t key, const char *label0)
{
	size_t i;

	if (!t->nslots)
		return NULL;
	for (i = slot_of(t, key); t->slots[i]; i = slot_after(t, i)) {
		const struct row *r = t->slots[i];

		if (r->key == key && (!label0 || same_label(r->label[0], label0)))
			return r;
	}
	return NULL;
}

struct row *table_row(struct table *t, uint64_t key, const char *label0)
{
	struct row *r = row_find(t, key, label0);

	if (r)
		return r;
	if (snapshot_reserve_one(t->owner, &t->rows, t->nrows, sizeof(*t->rows)) ||
	    reserve_slot(t))
		return NULL;
	r = calloc(1, sizeof(*r));
	if (!r) {
		t->owner->error = -ENOMEM;
		return NULL;
	}
	r->key = key;
	r->identity = snapshot_keep(t->owner, label0);
	r->label[0] = r->identity;
	t->rows[t->nrows++] = r;
	slot_put(t, r);
	return r;
}

void row_label(struct table *t, struct row *r, int i, const char *text)
{
	if (r)
		r->label[i] = snapshot_keep(t->owner, text);
}

static struct value *row_cell(struct table *t, struct row *r, size_t column)
{
	struct value *p;

	if (!r || column >= t->ncolumns)
		return NULL;
	if (column < r->nv)
		return &r->v[column];
	p = reallocarray(r->v, t->ncolumns, sizeof(*p));
	if (!p) {
		t->owner->error = -ENOMEM;
		return NULL;
	}
	memset(p + r->nv, 0, (t->ncolumns - r->nv) * sizeof(*p));
	r->v = p;
	r->nv = t->ncolumns;
	return &r->v[column];
}

void row_set(struct table *t, struct row *r, size_t column, uint64_t n, const char *via)
{
	struct value *v = row_cell(t, r, column);

	if (v)
		value_set(t->owner, v, n, via);
}

void row_add(struct table *t, struct row *r, size_t column, uint64_t n, const char *via)
{
	struct value *v = row_cell(t, r, column);

	if (v)
		value_set(t->owner, v, v->known ? v->n + n : n, via);
}

void row_lacks(struct table *t, struct row *r, size_t column, const char *why)
{
	struct value *v = row_cell(t, r, column);

	if (v)
		value_lacks(t->owner, v, why);
}

static struct value cell_get(const struct row *r, size_t column)
{
	return r && column < r->nv ? r->v[column] : (struct value){ 0 };
}

struct value row_get(const struct table *t, const struct row *r, const char *name)
{
	return cell_get(r, column_find(t, name, 0));
}

static struct value value_diff(struct snapshot *d, enum value_kind kind,
			       const struct value *older, const struct value *newer)
{
	struct value v = { 0 };

	if (kind == VALUE_GAUGE || !newer->known) {
		v = *newer;
		v.via = snapshot_keep(d, newer->via);
		v.why = snapshot_keep(d, newer->why);
	} else if (!older->known) {
		value_lacks(d, &v, older->why ? older->why : "not measured at the start");
	} else if (newer->n < older->n) {
		value_lacks(d, &v, "the counter went backwards: its source restarted");
	} else {
		value_set(d, &v, newer->n - older->n, newer->via);
	}
	return v;
}

/* What a counter of @r began from; an empty cell or a row not there had not begun to count. */
static struct value value_before(const struct table *older, const struct row *r, size_t column)
{
	static const struct value zero = { .known = true };
	struct value v = cell_get(r, column);

	if (v.known || v.why)
		return v;
	return older->why ? (struct value){ .why = older->why } : zero;
}

static void row_diff(struct table *out, const struct table *older, const struct table *newer,
		     const struct row *n)
{
	const struct row *o = row_find(older, n->key, n->identity);
	struct row *r = table_row(out, n->key, n->identity);

	row_label(out, r, 0, n->label[0]);
	row_label(out, r, 1, n->label[1]);
	for (size_t i = 0; i < n->nv; i++) {
		const struct column *c = &newer->columns[i];
		struct value was = value_before(older, o, column_find(older, c->name, i));
		struct value *cell = row_cell(out, r, i);

		if (cell)
			*cell = value_diff(out->owner, c->kind, &was, &n->v[i]);
	}
}

/* Columns keep their places, so that cell i of a row is cell i of the difference. */
static void table_diff(struct table *out, const struct table *older, const struct table *newer)
{
	out->why = snapshot_keep(out->owner, newer->why);
	for (size_t i = 0; i < newer->ncolumns; i++)
		table_column(out, newer->columns[i].name, newer->columns[i].kind,
			     newer->columns[i].unit);
	for (size_t i = 0; i < newer->nrows; i++)
		row_diff(out, older, newer, newer->rows[i]);
}

int snapshot_diff(const struct snapshot *older, const struct snapshot *newer,
		  struct snapshot **ret)
{
	struct snapshot *d;
	int r;

	if (older->version != newer->version || newer->mono_ns <= older->mono_ns)
		return -EINVAL;
	d = snapshot_new();
	if (!d)
		return -ENOMEM;
	d->delta = true;
	d->mono_ns = newer->mono_ns;
	d->real_ns = newer->real_ns;
	d->interval_ns = newer->mono_ns - older->mono_ns;
	for (int i = 0; i < FACT_MAX; i++)
		d->fact[i] = (struct fact){ snapshot_keep(d, newer->fact[i].text),
					    snapshot_keep(d, newer->fact[i].why) };
	for (int i = 0; i < FIELD_MAX; i++)
		d->field[i] = value_diff(d, snapshot_field_desc[i].kind, &older->field[i],
					 &newer->field[i]);
	for (int i = 0; i < TABLE_MAX; i++)
		table_diff(&d->table[i], &older->table[i], &newer->table[i]);
	r = d->error;
	if (r) {
		snapshot_free(d);
		return r;
	}
	*ret = d;
	return 0;
}
