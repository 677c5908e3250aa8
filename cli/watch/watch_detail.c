// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address_map.h"
#include "host/process.h"
#include "map.h"
#include "reasons/reasons.h"
#include "svg.h"
#include "util/util.h"
#include "watch/watch_detail.h"

#define DETAIL_ROWS 40 /* of mappings */

/* "unfolds/s 3, present_bytes 12.3M": all that the snapshot knows of it */
static void detail_counted(FILE *out, const struct screen *s, pid_t pid)
{
	const struct snapshot *snap = s->delta ? s->delta : s->total;
	const struct table *t = &snap->table[TABLE_PROCESS];
	const struct row *r = table_find(t, pid, NULL);
	char line[1024] = "", name[64], buf[TEXT_LEN];

	for (size_t i = 0; r && i < t->ncolumns; i++) {
		const struct column *c = &t->columns[i];
		struct value v = row_get(t, r, c->name);
		bool rate = c->kind == VALUE_COUNTER;

		if (!v.known || (rate && !s->delta))
			continue;
		snprintf(name, sizeof(name), "%s%s ", c->name, rate ? "/s" : "");
		append(line, sizeof(line), name,
		       rate ? text_rate(&v, snap->interval_ns, buf)
			    : text_value(&v, c->unit, buf));
	}
	text_heading(out, s->color, "in this interval");
	text_item(out, "  ", 4, *line ? line : "nothing is known of it");
}

static int detail_map(FILE *out, const struct watch_detail *d, const struct cli_options *o,
		      pid_t pid)
{
	struct address_map m = { .user = true };
	int r = address_map_walk(d->walk, pid, &m);
	char title[192];

	map_title(o, pid, title, sizeof(title));
	if (!r)
		r = map_print_text(out, o, title, d->walk, &m);
	address_map_done(&m);
	return r;
}

static int detail_reasons(FILE *out, const struct watch_detail *d, const struct cli_options *o,
			  pid_t pid)
{
	struct reasons r = { 0 };
	int e = reasons_find(o, d->walk, pid, &r);

	fputc('\n', out);
	if (!e)
		e = reasons_print_text(out, o, &r);
	reasons_done(&r);
	return e;
}

/* What cannot be walked is a sentence of the text, but for a process that has ended. */
static int detail_walked(FILE *out, struct watch_detail *d, const struct cli_options *o,
			 pid_t pid)
{
	struct cli_options longer = *o;
	struct process_look look;
	int r = process_look(o->host->root, pid, &look);

	longer.rows = DETAIL_ROWS;
	longer.progress = false;
	if (r == -ENOENT || r == -ESRCH || (!r && look.ended))
		return -ESRCH;
	if (!r && look.kernel) {
		text_line(out, "process %d is a kernel thread, which has no user memory", pid);
		return 0;
	}
	if (!d->walk && pagewalk_new(o->host, PAGEWALK_FOLIOS, NULL, &d->walk))
		return -ENOMEM;
	r = detail_map(out, d, &longer, pid);
	if (!r)
		r = detail_reasons(out, d, &longer, pid);
	if (!r || r == -ESRCH || r == -ENOMEM)
		return r;
	text_line(out, "process %d cannot be walked: %s", pid,
		  pagewalk_why(d->walk, PAGEWALK_PROCESS) ?: strerror(-r));
	return 0;
}

int watch_detail_read(struct watch_detail *d, const struct cli_options *o,
		      const struct screen *s, pid_t pid, bool walk)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int r = 0;

	if (!out)
		return -ENOMEM;
	if (walk)
		r = detail_walked(out, d, o, pid);
	else
		text_line(out, "process %d: a record has no page tables of single processes",
			  pid);
	detail_counted(out, s, pid);
	if (fclose(out) && !r)
		r = -ENOMEM;
	d->ended = r == -ESRCH;
	if (r && !(d->ended && !d->text)) {
		free(text);
		return r;
	}
	free(d->text);
	d->text = text;
	return r;
}

int watch_detail_draw(const struct cli_options *o, pid_t pid, const char *path)
{
	struct address_map m = { .want_cells = true, .user = pid };
	struct pagewalk *w = NULL;
	char title[192];
	int r = pagewalk_new(o->host, pid ? PAGEWALK_PROCESS : PAGEWALK_KERNEL, NULL, &w);

	if (!r)
		r = address_map_walk(w, pid, &m);
	map_title(o, pid, title, sizeof(title));
	if (!r)
		r = svg_write(path, title, &m, w);
	address_map_done(&m);
	pagewalk_free(w);
	return r;
}

void watch_detail_done(struct watch_detail *d)
{
	pagewalk_free(d->walk);
	free(d->text);
	*d = (struct watch_detail){ 0 };
}
