// SPDX-License-Identifier: GPL-2.0-only
/* What the short screen and the live one say of each subject, and the number that tells most.
 */
#include <stdarg.h>
#include <string.h>

#include "screen/screen_part.h"
#include "util/number.h"
#include "util/util.h"

struct subjects {
	const struct screen *s;
	screen_line_fn *fn;
	void *arg;
};

static void subject_line(const struct subjects *u, enum screen_graph graph, const char *label,
			 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void subject_line(const struct subjects *u, enum screen_graph graph, const char *label,
			 const char *fmt, ...)
{
	struct screen_line l = { .graph = graph, .label = label };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l.text, sizeof(l.text), fmt, ap);
	va_end(ap);
	text_clean(l.text);
	u->fn(u->arg, &l);
}

static void subject_words(const struct subjects *u, const char *label, const char *first,
			  const char *words)
{
	struct screen_line l = { .label = label, .words = true };

	snprintf(l.text, sizeof(l.text), "%s%s", first, words);
	text_clean(l.text);
	u->fn(u->arg, &l);
}

/* "4K 1.4%, 2M 40.2%, 1G 58.3%" */
static const char *subject_leaves(const struct screen *s, enum snapshot_table_id id, char *buf,
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

static void subject_linear_map(const struct subjects *u)
{
	const struct screen *s = u->s;
	const struct value *total = field(s->total, F_LINEAR_TOTAL);
	const struct value *tables = field(s->total, F_LINEAR_TABLES);
	const char *mode = s->total->fact[FACT_LINEAR_MAP].text;
	char leaves[256], line[512];
	struct texts b;

	if (total->known)
		subject_line(u, GRAPH_LINEAR_BLOCKS, "linear map", "%s: %s; page tables %s",
			     text_bytes(total->n, b.b[0]),
			     subject_leaves(s, TABLE_LINEAR_MAP, leaves, sizeof(leaves)),
			     text_value(tables, UNIT_BYTES, b.b[1]));
	if (mode)
		subject_words(u, total->known ? "" : "linear map", "", mode);
	if (screen_decay(s, line, sizeof(line)))
		subject_line(u, GRAPH_NONE, "", "%s", line);
	if (s->delta && screen_split_rates(s, line, sizeof(line)))
		subject_line(u, GRAPH_SPLITS, "", "%s", line);
}

static void subject_user_map(const struct subjects *u)
{
	const struct screen *s = u->s;
	const struct value *walked = field(s->total, F_USER_WALKED);
	char leaves[256], processes[80];
	struct texts b;

	if (walked->known)
		subject_line(u, GRAPH_USER_LARGE, "user memory", "%s in %s: %s",
			     text_bytes(walked->n, b.b[0]),
			     screen_walked(s, processes, sizeof(processes)),
			     subject_leaves(s, TABLE_USER_MAP, leaves, sizeof(leaves)));
	else if (walked->why)
		subject_words(u, "user memory", "unavailable: ", walked->why);
}

static void subject_tlb(const struct subjects *u)
{
	const struct screen *s = u->s;
	const char *label = "TLB";
	char misses[256];
	struct texts b;

	if (screen_misses(s, misses, sizeof(misses))) {
		subject_line(u, GRAPH_MPKI, label, "%s", misses);
		label = "";
	}
	if (field(s->delta, F_TLB_FLUSHES)->known)
		subject_line(u, GRAPH_FLUSHES, label,
			     "flushes/s %s, of whole address spaces %s, pages/s %s",
			     field_rate(s, F_TLB_FLUSHES, b.b[0]),
			     field_rate(s, F_TLB_FLUSHES_FULL, b.b[1]),
			     field_rate(s, F_TLB_FLUSH_PAGES, b.b[2]));
}

static void subject_contpte(const struct subjects *u)
{
	const struct screen *s = u->s;
	struct texts b;

	if (field(s->delta, F_CONTPTE_UNFOLDS)->known ||
	    field(s->delta, F_CONTPTE_MAPS)->known)
		subject_line(u, GRAPH_UNFOLDS, "contpte",
			     "unfolds/s %s, folds/s %s, mapped/s %s",
			     field_rate(s, F_CONTPTE_UNFOLDS, b.b[0]),
			     field_rate(s, F_CONTPTE_FOLDS, b.b[1]),
			     field_rate(s, F_CONTPTE_MAPS, b.b[2]));
}

static void subject_pressure(const struct subjects *u)
{
	const struct screen *s = u->s;
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
		subject_line(u, GRAPH_FAULTS, "pressure", "%s", line);
}

static void subject_mthp(const struct subjects *u)
{
	const struct screen *s = u->s;
	char line[512] = "";

	screen_mthp_words(s, line, sizeof(line));
	if (*line)
		subject_line(u, GRAPH_ALLOCS, "mTHP", "%s", line);
}

void screen_subjects(const struct screen *s, screen_line_fn *fn, void *arg)
{
	const struct subjects u = { s, fn, arg };

	subject_linear_map(&u);
	subject_user_map(&u);
	subject_tlb(&u);
	subject_contpte(&u);
	subject_mthp(&u);
	subject_pressure(&u);
}

/* Per second, as the line says it. */
static bool graph_rate(const struct screen *s, enum snapshot_field_id id, double *ret)
{
	const struct value *v = field(s->delta, id);

	if (!v->known || !s->delta->interval_ns)
		return false;
	*ret = v->n * 1e9 / s->delta->interval_ns;
	return true;
}

/* The share in percent of leaves that are larger than a page. */
static bool graph_large(const struct screen *s, enum snapshot_table_id id, double *ret)
{
	const struct table *t = &s->total->table[id];
	uint64_t all = 0, large = 0;

	for (size_t i = 0; i < t->nrows; i++) {
		struct value v = row_get(t, t->rows[i], "bytes");

		all += v.n;
		large += t->rows[i]->key > s->host->page_size ? v.n : 0;
	}
	if (!all)
		return false;
	*ret = 100.0 * large / all;
	return true;
}

/* A sum of what is known of a table's counter, per second. */
static bool graph_column(const struct screen *s, enum snapshot_table_id id, const char *column,
			 double *ret)
{
	const struct table *t = s->delta ? &s->delta->table[id] : NULL;
	bool known = false;
	double sum = 0;

	for (size_t i = 0; t && i < t->nrows; i++) {
		struct value v = row_get(t, t->rows[i], column);

		known = known || v.known;
		sum += v.known ? v.n : 0;
	}
	if (!known || !s->delta->interval_ns)
		return false;
	*ret = sum * 1e9 / s->delta->interval_ns;
	return true;
}

static bool graph_splits(const struct screen *s, double *ret)
{
	double pud = 0, pmd = 0;
	bool known;

	if (graph_column(s, TABLE_SPLIT, "splits", ret))
		return true;
	known = graph_rate(s, F_LINEAR_SPLITS_PUD, &pud);
	known = graph_rate(s, F_LINEAR_SPLITS_PMD, &pmd) || known;
	*ret = pud + pmd;
	return known;
}

bool screen_graph(const struct screen *s, enum screen_graph graph, double *ret)
{
	switch (graph) {
	case GRAPH_LINEAR_BLOCKS:
		return graph_large(s, TABLE_LINEAR_MAP, ret);
	case GRAPH_SPLITS:
		return graph_splits(s, ret);
	case GRAPH_USER_LARGE:
		return graph_large(s, TABLE_USER_MAP, ret);
	case GRAPH_MPKI:
		return screen_mpki(s, ret);
	case GRAPH_FLUSHES:
		return graph_rate(s, F_TLB_FLUSHES, ret);
	case GRAPH_UNFOLDS:
		return graph_rate(s, F_CONTPTE_UNFOLDS, ret);
	case GRAPH_ALLOCS:
		return graph_column(s, TABLE_MTHP, "anon_fault_alloc", ret);
	case GRAPH_FAULTS:
		return graph_rate(s, F_VM_MINOR_FAULTS, ret);
	default:
		return false;
	}
}
