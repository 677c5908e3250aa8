// SPDX-License-Identifier: GPL-2.0-only
/* The screen that fits the terminal: a line or two a subject, then as many processes as fit.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "screen/screen.h"
#include "util/number.h"
#include "util/util.h"

#define LABEL_WIDTH 13
#define ROWS_LEAST  3 /* of processes, however many lines the rest takes */
#define CAUSES	    2 /* why something is not measured; one where there is less room */

/* One line of figures behind @label, as many as fit: none is cut. */
static void brief_line(const struct screen *s, const char *label, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void brief_line(const struct screen *s, const char *label, const char *fmt, ...)
{
	char text[1024], fit[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_cut_list(text_clean(text), text_columns() - LABEL_WIDTH, fit, sizeof(fit));
	fprintf(s->out, "%-*s%s\n", LABEL_WIDTH, label, fit);
}

/* One line of words behind @label, cut where the screen ends; --all has the rest. */
static void brief_words(const struct screen *s, const char *label, const char *first,
			const char *words)
{
	char text[1024], fit[1024];

	snprintf(text, sizeof(text), "%s%s", first, words);
	text_cut(text_clean(text), text_columns() - LABEL_WIDTH, fit, sizeof(fit));
	fprintf(s->out, "%-*s%s\n", LABEL_WIDTH, label, fit);
}

/* "4K 1.4%, 2M 40.2%, 1G 58.3%" */
static const char *brief_leaves(const struct screen *s, enum snapshot_table_id id, char *buf,
				size_t len)
{
	const struct table *t = &s->total->table[id];
	char item[64], percent[TEXT_LEN];
	uint64_t all = 0;

	*buf = '\0';
	for (size_t i = 0; i < t->nrows; i++)
		all += row_get(t, t->rows[i], "bytes").n;
	for (size_t i = 0; i < t->nrows; i++) {
		struct value v = row_get(t, t->rows[i], "bytes");

		snprintf(item, sizeof(item), "%s %s", t->rows[i]->label[0] ?: "?",
			 text_percent(v.n, all, percent));
		if (v.known && v.n)
			append(buf, len, "", item);
	}
	return buf;
}

static void brief_linear_map(const struct screen *s)
{
	const struct value *total = field(s->total, F_LINEAR_TOTAL);
	const struct value *tables = field(s->total, F_LINEAR_TABLES);
	const char *mode = s->total->fact[FACT_LINEAR_MAP].text;
	char leaves[256], line[512];
	struct texts b;

	if (total->known)
		brief_line(s, "linear map", "%s: %s; page tables %s",
			   text_bytes(total->n, b.b[0]),
			   brief_leaves(s, TABLE_LINEAR_MAP, leaves, sizeof(leaves)),
			   text_value(tables, UNIT_BYTES, b.b[1]));
	if (mode)
		brief_words(s, total->known ? "" : "linear map", "", mode);
	if (screen_decay(s, line, sizeof(line)))
		brief_line(s, "", "%s", line);
	if (s->delta && screen_split_rates(s, line, sizeof(line)))
		brief_line(s, "", "%s", line);
}

static void brief_user_map(const struct screen *s)
{
	const struct value *walked = field(s->total, F_USER_WALKED);
	char leaves[256], processes[80];
	struct texts b;

	if (walked->known)
		brief_line(s, "user memory", "%s in %s: %s", text_bytes(walked->n, b.b[0]),
			   screen_walked(s, processes, sizeof(processes)),
			   brief_leaves(s, TABLE_USER_MAP, leaves, sizeof(leaves)));
	else if (walked->why)
		brief_words(s, "user memory", "unavailable: ", walked->why);
}

static void brief_tlb(const struct screen *s)
{
	const char *label = "TLB";
	char misses[256];
	struct texts b;

	if (screen_misses(s, misses, sizeof(misses))) {
		brief_line(s, label, "%s", misses);
		label = "";
	}
	if (field(s->delta, F_TLB_FLUSHES)->known)
		brief_line(s, label, "flushes/s %s, of whole address spaces %s, pages/s %s",
			   field_rate(s, F_TLB_FLUSHES, b.b[0]),
			   field_rate(s, F_TLB_FLUSHES_FULL, b.b[1]),
			   field_rate(s, F_TLB_FLUSH_PAGES, b.b[2]));
}

static void brief_contpte(const struct screen *s)
{
	struct texts b;

	if (field(s->delta, F_CONTPTE_UNFOLDS)->known ||
	    field(s->delta, F_CONTPTE_MAPS)->known)
		brief_line(s, "contpte", "unfolds/s %s, folds/s %s, mapped/s %s",
			   field_rate(s, F_CONTPTE_UNFOLDS, b.b[0]),
			   field_rate(s, F_CONTPTE_FOLDS, b.b[1]),
			   field_rate(s, F_CONTPTE_MAPS, b.b[2]));
}

static void brief_pressure(const struct screen *s)
{
	const struct value *some = field(s->delta, F_PSI_MEMORY_SOME);
	struct value free = screen_free_in_blocks(s->total, host_pmd_bytes(s->host));
	char line[256] = "", size[32], blocks[64];
	struct texts b;

	if (some->known)
		append(line, sizeof(line), "memory stall ",
		       text_percent(some->n, s->delta->interval_ns, b.b[0]));
	if (field(s->delta, F_VM_MINOR_FAULTS)->known)
		append(line, sizeof(line), "minor faults/s ",
		       field_rate(s, F_VM_MINOR_FAULTS, b.b[1]));
	snprintf(blocks, sizeof(blocks), "free in blocks of %s ",
		 format_size(host_pmd_bytes(s->host), size, sizeof(size)));
	if (free.known)
		append(line, sizeof(line), blocks, text_bytes(free.n, b.b[2]));
	if (*line)
		brief_line(s, "pressure", "%s", line);
}

static void brief_mthp(const struct screen *s)
{
	char line[512] = "";

	screen_mthp_words(s, line, sizeof(line));
	if (*line)
		brief_line(s, "mTHP", "%s", line);
}

static void brief_above(const struct screen *s)
{
	screen_machine(s);
	screen_source(s);
	fputc('\n', s->out);
	brief_linear_map(s);
	brief_user_map(s);
	brief_tlb(s);
	brief_contpte(s);
	brief_mthp(s);
	brief_pressure(s);
}

static void brief_below(const struct screen *s)
{
	screen_policy_line(s);
	screen_lacks_counted(s, s->causes);
}

/* Run @part with its output in @ret, owned by the caller; counts its lines.  -1: no memory. */
static int brief_lines(const struct screen *s, void (*part)(const struct screen *), char **ret)
{
	struct screen to_memory = *s;
	size_t len = 0;
	int lines = 0;

	*ret = NULL;
	to_memory.out = open_memstream(ret, &len);
	if (!to_memory.out)
		return -1;
	part(&to_memory);
	if (fclose(to_memory.out))
		return -1;
	for (size_t i = 0; i < len; i++)
		lines += (*ret)[i] == '\n';
	return lines;
}

/* A heading with a blank line above it, the titles, and the prompt that follows. */
#define LINES_AROUND 4

void screen_brief(const struct screen *s)
{
	_cleanup_free_ char *above = NULL, *below = NULL;
	struct screen part = *s;
	int before = brief_lines(s, brief_above, &above), after, room;

	part.causes = CAUSES + 1;
	do {
		part.causes--;
		free(below);
		after = brief_lines(&part, brief_below, &below);
		room = s->lines - before - after - LINES_AROUND;
	} while (before >= 0 && after >= 0 && room < ROWS_LEAST && part.causes > 1);
	if (before < 0 || after < 0) {
		*s->error = -ENOMEM;
		return;
	}
	fputs(above, s->out);
	if (s->fill)
		part.rows = MAX(room, ROWS_LEAST);
	if (!screen_processes(&part))
		screen_cgroups(&part);
	fputs(below, s->out);
}
