// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "pagewalk/ptrun.h"
#include "util/util.h"

static enum leaf_kind record_kind(const struct walk_record *r, int contiguous)
{
	return MIN(LEAF_KIND(r->level, contiguous), (unsigned int)LEAF_P4D);
}

static int tell_cell(struct ptrun *run)
{
	struct pagewalk_cell c = run->cell;

	run->cell.bytes = 0;
	return c.bytes && run->ops->cell ? run->ops->cell(run->ops->arg, &c) : 0;
}

/* The one kind of leaf that maps all of the cell, or LEAF_MAX. */
static enum leaf_kind uniform_kind(const struct pagewalk_cell *c)
{
	enum leaf_kind k;

	for (k = 0; k < LEAF_MAX; k++) {
		if (c->mapped[k] == c->bytes)
			break;
	}
	return k;
}

static int ptrun_add_cell(struct ptrun *run, const struct walk_record *r)
{
	struct pagewalk_cell c = { .start = r->start, .bytes = r->span };
	enum leaf_kind kind;
	int e;

	for (int i = 0; i < 2; i++)
		c.mapped[record_kind(r, i)] += r->bytes[i];
	kind = uniform_kind(&c);
	if (run->cell.bytes && run->cell_vma == r->vma && kind != LEAF_MAX &&
	    run->cell.start + run->cell.bytes == c.start && uniform_kind(&run->cell) == kind) {
		run->cell.bytes += c.bytes;
		run->cell.mapped[kind] += c.bytes;
		return 0;
	}
	e = tell_cell(run);
	run->cell = c;
	run->cell_vma = r->vma;
	return e;
}

static int tell_range(struct ptrun *run)
{
	struct pagewalk_range r = run->range;

	run->range.end = 0;
	r.sum = &run->sum;
	return r.end && run->ops->range ? run->ops->range(run->ops->arg, &r) : 0;
}

/* "rw--", or "mix" if some of it is and some of it is not. */
static void record_perms(const struct walk_record *r, char perms[5])
{
	uint64_t all = r->bytes[0] + r->bytes[1];
	uint64_t w = r->writable[0] + r->writable[1], x = r->executable[0] + r->executable[1];

	memcpy(perms, "r---", 5);
	if ((w && w != all) || (x && x != all))
		memcpy(perms, "mix", 4);
	else {
		perms[1] = w ? 'w' : '-';
		perms[2] = x ? 'x' : '-';
	}
}

static int ptrun_add_range(struct ptrun *run, const struct walk_record *r)
{
	struct pagewalk_range new = { .start = r->start, .name = "" };
	unsigned int kinds = 0;
	int e = 0;

	record_perms(r, new.perms);
	for (int i = 0; i < 2; i++)
		kinds |= (r->bytes[i] ? 1u : 0) << record_kind(r, i);
	if (run->range.end != r->start || run->kinds != kinds ||
	    strcmp(run->range.perms, new.perms)) {
		e = tell_range(run);
		run->range = new;
		run->kinds = kinds;
		run->sum = (struct pagewalk_sum){ 0 };
	}
	run->range.end = r->start + r->span;
	for (int i = 0; i < 2; i++) {
		run->sum.bytes[record_kind(r, i)] += r->bytes[i];
		run->sum.writable[record_kind(r, i)] += r->writable[i];
		run->sum.executable[record_kind(r, i)] += r->executable[i];
	}
	return e;
}

int ptrun_add(struct ptrun *run, const struct walk_record *r)
{
	int e = ptrun_add_cell(run, r);

	return e || !run->ranges ? e : ptrun_add_range(run, r);
}

int ptrun_end(struct ptrun *run)
{
	int e = tell_cell(run);

	return e ? e : tell_range(run);
}
