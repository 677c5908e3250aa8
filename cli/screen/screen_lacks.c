// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "screen/screen_part.h"
#include "util/util.h"

static const char lacks_heading[] = "not measured here, or only in part (see pgtop doctor)";

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Rows that lack for the same reason share a line, told at the first of them. */
static bool told_before(const struct probe *p, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (p->rows[k].kind == PROBE_MEASUREMENT &&
		    p->rows[k].state == p->rows[i].state &&
		    same_text(p->rows[k].why, p->rows[i].why) &&
		    same_text(p->rows[k].remedy, p->rows[i].remedy))
			return true;
	}
	return false;
}

static void print_lack(const struct screen *s, size_t first)
{
	const struct probe_row *f = &s->probe->rows[first];
	char line[2048] = "";

	for (size_t i = first; i < s->probe->n; i++) {
		const struct probe_row *r = &s->probe->rows[i];

		if (r->kind == PROBE_MEASUREMENT && r->state == f->state &&
		    same_text(r->why, f->why) && same_text(r->remedy, f->remedy))
			append(line, sizeof(line), "", r->name);
	}
	snprintf(line + strlen(line), sizeof(line) - strlen(line), "%s: %s%s%s",
		 f->state == PROBE_DEGRADED ? " (partial)" : "",
		 f->why ? f->why : "no reason known", f->remedy ? "; to change it: " : "",
		 f->remedy ? f->remedy : "");
	text_item(s->out, "  ", 4, line);
}

/* Counted since the programs were loaded, so that what was lost before the interval shows. */
static const char *lost_text(const struct screen *s, enum snapshot_field_id id, char *buf,
			     size_t len)
{
	const struct value *total = field(s->total, id), *delta = field(s->delta, id);

	if (delta->known)
		snprintf(buf, len, "%" PRIu64 " in the interval, %" PRIu64 " in all", delta->n,
			 total->n);
	else
		snprintf(buf, len, "%" PRIu64 " in all", total->n);
	return buf;
}

static bool print_lost(const struct screen *s, enum snapshot_field_id id, const char *what,
		       bool any)
{
	char n[96];

	if (!field(s->total, id)->known || !field(s->total, id)->n)
		return any;
	if (!any)
		text_heading(s->out, s->color, lacks_heading);
	text_line(s->out, "%s: %s", what, lost_text(s, id, n, sizeof(n)));
	return true;
}

static bool print_losses(const struct screen *s)
{
	bool any = print_lost(s, F_EVENTS_DROPPED,
			      "events missed, or dropped for lack of room", false);

	return print_lost(s, F_EVENTS_UNATTRIBUTED,
			  "events in the totals, but in no process row", any);
}

struct cause {
	const char *why;
	size_t rows;
};

static int by_rows(const void *pa, const void *pb)
{
	const struct cause *a = pa, *b = pb;

	return a->rows > b->rows ? -1 : a->rows < b->rows;
}

/* The reasons of all rows that are not ok into @causes, which has room for each row; how many
 * there are. */
static size_t causes_find(const struct probe *p, struct cause *causes)
{
	size_t n = 0, k;

	for (size_t i = 0; i < p->n; i++) {
		const struct probe_row *r = &p->rows[i];

		if (r->kind != PROBE_MEASUREMENT || r->state == PROBE_OK)
			continue;
		for (k = 0; k < n && !same_text(causes[k].why, r->why); k++)
			;
		if (k == n)
			causes[n++] = (struct cause){ .why = r->why };
		causes[k].rows++;
	}
	qsort(causes, n, sizeof(*causes), by_rows);
	return n;
}

static void print_cause(const struct screen *s, const struct cause *c)
{
	char line[512], fit[512];

	snprintf(line, sizeof(line), "%zu row%s: %s", c->rows, c->rows == 1 ? "" : "s",
		 c->why ? c->why : "no reason known");
	fprintf(s->out, "  %s\n",
		text_cut(text_clean(line), text_columns() - 2, fit, sizeof(fit)));
}

void screen_lacks_counted(const struct screen *s, size_t most)
{
	_cleanup_free_ struct cause *causes = calloc(s->probe->n + 1, sizeof(*causes));
	size_t n = causes ? causes_find(s->probe, causes) : 0;

	if (!causes)
		*s->error = -ENOMEM;
	if (!print_losses(s) && n)
		text_heading(s->out, s->color, lacks_heading);
	for (size_t i = 0; i < n && i < most; i++)
		print_cause(s, &causes[i]);
	if (n > most)
		fprintf(s->out, "  and for %zu more reason%s; --all shows them\n", n - most,
			n - most == 1 ? "" : "s");
}

void screen_lacks(const struct screen *s)
{
	bool any = print_losses(s);

	for (size_t i = 0; i < s->probe->n; i++) {
		const struct probe_row *r = &s->probe->rows[i];

		if (r->kind != PROBE_MEASUREMENT || r->state == PROBE_OK ||
		    told_before(s->probe, i))
			continue;
		if (!any)
			text_heading(s->out, s->color, lacks_heading);
		any = true;
		print_lack(s, i);
	}
}
