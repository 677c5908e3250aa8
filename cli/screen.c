// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "leaves.h"
#include "number.h"
#include "screen.h"
#include "text.h"
#include "util.h"

/* Buffers for several numbers in one printf. */
struct texts {
	char b[8][TEXT_LEN];
};

static const struct value *field(const struct snapshot *s, enum snapshot_field_id id)
{
	static const struct value unknown;

	return s ? &s->field[id] : &unknown;
}

static const char *rate(const struct screen *s, enum snapshot_field_id id, char *buf)
{
	return text_rate(field(s->delta, id), s->delta ? s->delta->interval_ns : 0, buf);
}

static const char *row_rate(const struct screen *s, enum snapshot_table_id id,
			    const struct row *r, const char *column, char *buf)
{
	const struct table *t = s->delta ? &s->delta->table[id] : NULL;
	const struct row *d = t ? table_find(t, r->key, r->label[0]) : NULL;
	struct value v = d ? row_get(t, d, column) : (struct value){ 0 };

	return text_rate(&v, s->delta ? s->delta->interval_ns : 0, buf);
}

static bool known_any(const struct snapshot *s, const enum snapshot_field_id *ids, size_t n)
{
	for (size_t i = 0; s && i < n; i++) {
		if (s->field[ids[i]].known)
			return true;
	}
	return false;
}

/* --- machine -------------------------------------------------------------- */

static void append(char *line, size_t len, const char *before, const char *text)
{
	size_t at = strlen(line);

	if (text)
		snprintf(line + at, len - at, "%s%s%s", at ? ", " : "", before, text);
}

static void print_machine(const struct screen *s)
{
	const struct fact *f = s->total->fact;
	const struct value *ram = field(s->total, F_MEM_TOTAL);
	char line[512] = "", size[32], buf[TEXT_LEN];
	uint64_t granule;

	append(line, sizeof(line), "Linux ", f[FACT_KERNEL].text);
	append(line, sizeof(line), "", f[FACT_ARCH].text);
	if (f[FACT_PATCH_ABI].text && strcmp(f[FACT_PATCH_ABI].text, "stock"))
		append(line, sizeof(line), "pgtop series ABI ", f[FACT_PATCH_ABI].text);
	else
		append(line, sizeof(line), "", "stock kernel");
	if (f[FACT_CPUS].text) {
		append(line, sizeof(line), "", f[FACT_CPUS].text);
		strncat(line, strcmp(f[FACT_CPUS].text, "1") ? " CPUs" : " CPU",
			sizeof(line) - strlen(line) - 1);
	}
	if (ram->known) {
		append(line, sizeof(line), "", text_bytes(ram->n, buf));
		strncat(line, " RAM", sizeof(line) - strlen(line) - 1);
	}
	if (f[FACT_GRANULE].text &&
	    !parse_u64(f[FACT_GRANULE].text, 10, UINT64_MAX, &granule)) {
		append(line, sizeof(line), "", format_size(granule, size, sizeof(size)));
		strncat(line, " pages", sizeof(line) - strlen(line) - 1);
	}
	text_item(s->out, "pgtop  ", 7, line);
	line[0] = '\0';
	append(line, sizeof(line), "", f[FACT_CPU_MODEL].text);
	append(line, sizeof(line), "rodata ", f[FACT_RODATA].text);
	append(line, sizeof(line), "BBML2 ", f[FACT_BBML2].text);
	if (f[FACT_CONTAINER].text && strcmp(f[FACT_CONTAINER].text, "host"))
		append(line, sizeof(line), "container ", f[FACT_CONTAINER].text);
	if (f[FACT_VIRT].text && strcmp(f[FACT_VIRT].text, "none"))
		append(line, sizeof(line), "hypervisor ", f[FACT_VIRT].text);
	if (*line)
		text_item(s->out, "       ", 7, line);
}

/* --- maps ----------------------------------------------------------------- */

/* A bar over the rows of a table of leaves and a line that names them. */
static void print_leaves(const struct screen *s, enum snapshot_table_id id)
{
	const struct table *t = &s->total->table[id];
	struct text_segment seg[8];
	size_t n = 0;

	for (size_t i = 0; i < t->nrows && n < ARRAY_SIZE(seg); i++) {
		struct value v = row_get(t, t->rows[i], "bytes");

		if (!v.known)
			continue;
		seg[n] = leaf_segment(t->rows[i]->label[0], v.n, n);
		n++;
	}
	fputs("  ", s->out);
	text_bar(s->out, s->color, seg, n, TEXT_WIDTH - 4);
	fputc('\n', s->out);
	leaves_legend(s->out, seg, n);
}

static void print_linear_map(const struct screen *s)
{
	const struct value *total = field(s->total, F_LINEAR_TOTAL);
	const struct value *tables = field(s->total, F_LINEAR_TABLES);
	const struct value *own = field(s->total, F_LINEAR_SELF_SPLITS);
	struct texts b;
	char title[96];

	if (total->known) {
		snprintf(title, sizeof(title), "kernel linear map, %s, page tables %s",
			 text_bytes(total->n, b.b[0]), text_value(tables, UNIT_BYTES, b.b[1]));
		text_heading(s->out, s->color, title);
		print_leaves(s, TABLE_LINEAR_MAP);
	} else {
		text_heading(s->out, s->color, "kernel linear map");
	}
	if (s->total->fact[FACT_LINEAR_MAP].text)
		text_item(s->out, "  ", 2, s->total->fact[FACT_LINEAR_MAP].text);
	if (!s->delta)
		return;
	fprintf(s->out, "  splits/s  1G %s  2M %s    collapses/s  1G %s  2M %s",
		rate(s, F_LINEAR_SPLITS_PUD, b.b[0]), rate(s, F_LINEAR_SPLITS_PMD, b.b[1]),
		rate(s, F_LINEAR_COLLAPSES_PUD, b.b[2]),
		rate(s, F_LINEAR_COLLAPSES_PMD, b.b[3]));
	if (own->known)
		fprintf(s->out, "    by pgtop itself %s", text_si(own->n, b.b[4]));
	fputc('\n', s->out);
}

static void print_contpte_coverage(const struct screen *s)
{
	const struct value *exact = field(s->total, F_CONTPTE_MAPPED);
	const struct value *aligned = field(s->total, F_CONTPTE_ELIGIBLE);
	const struct value *all = field(s->total, F_USER_WALKED);
	struct texts b;

	if (!exact->known || !aligned->known || !all->known)
		return;
	fprintf(s->out,
		"  contpte %s (%s of memory); an alignment estimate would say %s (%s)\n",
		text_bytes(exact->n, b.b[0]), text_percent(exact->n, all->n, b.b[1]),
		text_bytes(aligned->n, b.b[2]), text_percent(aligned->n, all->n, b.b[3]));
}

static void print_user_map(const struct screen *s)
{
	const struct value *walked = field(s->total, F_USER_WALKED);
	const struct value *processes = field(s->total, F_USER_PROCESSES);
	struct texts b;
	char title[96];

	if (!walked->known)
		return;
	snprintf(title, sizeof(title), "user memory, %s in %s %s walked",
		 text_bytes(walked->n, b.b[0]), text_value(processes, UNIT_COUNT, b.b[1]),
		 processes->known && processes->n == 1 ? "process" : "processes");
	text_heading(s->out, s->color, title);
	print_leaves(s, TABLE_USER_MAP);
	print_contpte_coverage(s);
}

/* --- TLB ------------------------------------------------------------------ */

/* Misses per thousand instructions over the interval, of data and instruction side together.
 */
static const char *mpki(const struct screen *s, enum snapshot_field_id data,
			enum snapshot_field_id code, enum snapshot_field_id instructions,
			char *buf)
{
	const struct value *d = field(s->delta, data), *c = field(s->delta, code);
	const struct value *n = field(s->delta, instructions);

	if (!d->known || !n->known || !n->n)
		return strcpy(buf, TEXT_UNKNOWN);
	snprintf(buf, TEXT_LEN, "%.3f", 1000.0 * (d->n + (c->known ? c->n : 0)) / n->n);
	return buf;
}

static const char *share(const struct screen *s, enum snapshot_field_id part,
			 enum snapshot_field_id whole, char *buf)
{
	const struct value *p = field(s->delta, part), *w = field(s->delta, whole);

	if (!p->known || !w->known)
		return strcpy(buf, TEXT_UNKNOWN);
	return text_percent(p->n, w->n, buf);
}

static void print_flush_scopes(const struct screen *s)
{
	const struct table *t = &s->total->table[TABLE_TLB_FLUSH];
	struct grid *g = grid_new("<scope|flushes/s|pages/s");
	struct texts b;

	for (size_t i = 0; i < t->nrows; i++) {
		const struct row *r = t->rows[i];

		grid_cell(g, "%s", r->label[0] ? r->label[0] : "?");
		grid_cell(g, "%s", row_rate(s, TABLE_TLB_FLUSH, r, "flushes", b.b[0]));
		grid_cell(g, "%s", row_rate(s, TABLE_TLB_FLUSH, r, "pages", b.b[1]));
	}
	if (t->nrows)
		grid_print(g, s->out, 4, TEXT_WIDTH);
	grid_free(g);
}

static void print_tlb(const struct screen *s)
{
	struct texts b;

	if (!s->delta)
		return;
	text_heading(s->out, s->color, "TLB");
	fprintf(s->out, "  misses per 1000 instructions   user %s   kernel %s",
		mpki(s, F_DTLB_WALK_USER, F_ITLB_WALK_USER, F_INSTRUCTIONS_USER, b.b[0]),
		mpki(s, F_DTLB_WALK_KERNEL, F_ITLB_WALK_KERNEL, F_INSTRUCTIONS_KERNEL,
		     b.b[1]));
	fprintf(s->out, "   cycles walking   user %s   kernel %s\n",
		share(s, F_WALK_CYCLES_USER, F_CYCLES_USER, b.b[2]),
		share(s, F_WALK_CYCLES_KERNEL, F_CYCLES_KERNEL, b.b[3]));
	fprintf(s->out,
		"  flushes %s/s, of whole address spaces %s/s, pages %s/s, escalated %s/s\n",
		rate(s, F_TLB_FLUSHES, b.b[0]), rate(s, F_TLB_FLUSHES_FULL, b.b[1]),
		rate(s, F_TLB_FLUSH_PAGES, b.b[2]), rate(s, F_TLB_ESCALATED, b.b[3]));
	print_flush_scopes(s);
}

/* --- contpte -------------------------------------------------------------- */

static void print_unfold_table(const struct screen *s, enum snapshot_table_id id,
			       const char *what)
{
	const struct table *t = s->delta ? &s->delta->table[id] : &s->total->table[id];
	char line[512] = "", item[128];
	size_t shown = 0;

	for (size_t i = 0; i < t->nrows && shown < s->rows; i++) {
		const struct row *r = t->rows[i];
		struct value v = row_get(t, r, "unfolds");

		if (!v.known || !v.n)
			continue;
		snprintf(item, sizeof(item), "%s %" PRIu64, r->label[0] ? r->label[0] : "?",
			 v.n);
		append(line, sizeof(line), "", item);
		shown++;
	}
	if (shown)
		text_item(s->out, what, 14, line);
}

/* Upper bound of the bucket in which the @part-th of all unfolds lies (part in percent). */
static uint64_t latency_bound(const struct table *t, unsigned int part)
{
	uint64_t total = 0, sum = 0, bound = 0;

	for (size_t i = 0; i < t->nrows; i++)
		total += row_get(t, t->rows[i], "unfolds").n;
	for (size_t i = 0; i < t->nrows && sum * 100 < total * part; i++) {
		sum += row_get(t, t->rows[i], "unfolds").n;
		bound = t->rows[i]->key;
	}
	return total ? bound : 0;
}

static void print_contpte(const struct screen *s)
{
	static const enum snapshot_field_id any[] = { F_CONTPTE_FOLDS, F_CONTPTE_UNFOLDS,
						      F_CONTPTE_MAPS };
	const struct table *latency;
	struct texts b;
	uint64_t p99;

	if (!s->delta || !known_any(s->total, any, ARRAY_SIZE(any)))
		return;
	text_heading(s->out, s->color, "contpte");
	fprintf(s->out, "  unfolds %s/s   folds %s/s (of %s/s attempts)   mapped %s/s\n",
		rate(s, F_CONTPTE_UNFOLDS, b.b[0]), rate(s, F_CONTPTE_FOLDS, b.b[1]),
		rate(s, F_CONTPTE_FOLD_ATTEMPTS, b.b[2]), rate(s, F_CONTPTE_MAPS, b.b[3]));
	print_unfold_table(s, TABLE_UNFOLD_REASON, "  by reason   ");
	print_unfold_table(s, TABLE_UNFOLD_CALLER, "  by caller   ");
	latency = s->delta ? &s->delta->table[TABLE_UNFOLD_LATENCY]
			   : &s->total->table[TABLE_UNFOLD_LATENCY];
	p99 = latency_bound(latency, 99);
	if (p99)
		fprintf(s->out, "  an unfold took at most %sns (half), %sns (99 %%)\n",
			text_si(latency_bound(latency, 50), b.b[0]), text_si(p99, b.b[1]));
}

/* --- mTHP and pressure ---------------------------------------------------- */

static bool mthp_used(const struct row *r)
{
	for (size_t i = 0; i < r->nv; i++) {
		if (r->v[i].known && r->v[i].n)
			return true;
	}
	for (int i = 0; i < 2; i++) {
		if (r->label[i] && strcmp(r->label[i], "never"))
			return true;
	}
	return false;
}

static void mthp_cells(const struct screen *s, struct grid *g, const struct row *r)
{
	static const char *const rates[] = { "anon_fault_alloc", "anon_fault_fallback",
					     "split", "swpout", "swpout_fallback" };
	const struct table *t = &s->total->table[TABLE_MTHP];
	struct value anon = row_get(t, r, "nr_anon");
	char size[32], buf[TEXT_LEN];

	grid_cell(g, "%s", format_size(r->key, size, sizeof(size)));
	for (int i = 0; i < 2; i++)
		grid_cell(g, "%s", r->label[i] ? r->label[i] : TEXT_UNKNOWN);
	anon.n *= r->key;
	grid_cell(g, "%s", text_value(&anon, UNIT_BYTES, buf));
	for (size_t i = 0; i < ARRAY_SIZE(rates); i++)
		grid_cell(g, "%s", row_rate(s, TABLE_MTHP, r, rates[i], buf));
}

static void print_mthp(const struct screen *s)
{
	const struct table *t = &s->total->table[TABLE_MTHP];
	struct grid *g;
	size_t unused = 0;

	if (!t->nrows)
		return;
	text_heading(s->out, s->color, "mTHP");
	g = grid_new("size|<anon|<shmem|in use|alloc/s|fallbk/s|split/s|swpout/s|fallbk/s");
	for (size_t i = 0; i < t->nrows; i++) {
		if (mthp_used(t->rows[i]))
			mthp_cells(s, g, t->rows[i]);
		else
			unused++;
	}
	if (unused < t->nrows)
		grid_print(g, s->out, 2, TEXT_WIDTH);
	grid_free(g);
	if (unused)
		fprintf(s->out, "  %zu size%s never used\n", unused, unused == 1 ? "" : "s");
}

/* Bytes in free blocks of at least @size. */
static struct value free_in_blocks(const struct snapshot *s, uint64_t size)
{
	const struct table *t = &s->table[TABLE_FREE_BLOCKS];
	struct value sum = { .known = t->nrows > 0 };

	for (size_t i = 0; i < t->nrows; i++) {
		struct value v = row_get(t, t->rows[i], "free");

		if (t->rows[i]->key >= size)
			sum.n += v.n * t->rows[i]->key;
	}
	return sum;
}

static void print_stalls(const struct screen *s)
{
	const struct value *some = field(s->delta, F_PSI_MEMORY_SOME);
	const struct value *full = field(s->delta, F_PSI_MEMORY_FULL);
	uint64_t interval = s->delta->interval_ns;
	struct texts b;

	fprintf(s->out,
		"  memory stall some %s full %s   minor faults %s/s   swap in %s out %s\n",
		some->known ? text_percent(some->n, interval, b.b[0]) : TEXT_UNKNOWN,
		full->known ? text_percent(full->n, interval, b.b[1]) : TEXT_UNKNOWN,
		rate(s, F_VM_MINOR_FAULTS, b.b[2]), rate(s, F_VM_SWAP_IN, b.b[3]),
		rate(s, F_VM_SWAP_OUT, b.b[4]));
}

static void print_pressure(const struct screen *s)
{
	struct value small = free_in_blocks(s->total, 64 << 10);
	struct value large = free_in_blocks(s->total, 2 << 20);
	struct texts b;

	text_heading(s->out, s->color, "pressure");
	if (s->delta)
		print_stalls(s);
	fprintf(s->out, "  compaction stalls %s/s   free in blocks >= 64K %s, >= 2M %s\n",
		rate(s, F_VM_COMPACT_STALLS, b.b[0]), text_value(&small, UNIT_BYTES, b.b[1]),
		text_value(&large, UNIT_BYTES, b.b[2]));
}

/* --- processes and cgroups ------------------------------------------------ */

/* Columns of the process and cgroup tables, the first that has data sorts. */
static const struct top_column {
	const char *column, *title;
	enum value_kind kind;
} top_columns[] = {
	{ "unfolds", "unfold/s", VALUE_COUNTER },
	{ "folds", "fold/s", VALUE_COUNTER },
	{ "maps", "map/s", VALUE_COUNTER },
	{ "tlb_flushes", "flush/s", VALUE_COUNTER },
	{ "tlb_received", "recvd/s", VALUE_COUNTER },
	{ "present_bytes", "mem", VALUE_GAUGE },
	{ "block_bytes", "block", VALUE_GAUGE },
	{ "contpte_bytes", "contpte", VALUE_GAUGE },
	{ "aligned_bytes", "aligned", VALUE_GAUGE },
};

bool screen_sort_known(const struct snapshot *s, const char *sort)
{
	const struct table *t = &s->table[TABLE_PROCESS];

	for (size_t i = 0; i < t->ncolumns; i++) {
		if (!strcmp(t->columns[i].name, sort))
			return true;
	}
	return false;
}

static bool column_has_data(const struct table *t, const char *column)
{
	for (size_t i = 0; i < t->nrows; i++) {
		struct value v = row_get(t, t->rows[i], column);

		if (v.known && v.n)
			return true;
	}
	return false;
}

static const char *sort_column(const struct screen *s, const struct table *t)
{
	if (s->sort)
		return s->sort;
	for (size_t i = 0; i < ARRAY_SIZE(top_columns); i++) {
		if (column_has_data(t, top_columns[i].column))
			return top_columns[i].column;
	}
	return "present_bytes";
}

struct sort_key {
	const struct table *t;
	const char *column;
};

static int by_column(const void *pa, const void *pb, void *arg)
{
	const struct row *a = *(const struct row *const *)pa,
			 *b = *(const struct row *const *)pb;
	const struct sort_key *k = arg;
	struct value va = row_get(k->t, a, k->column), vb = row_get(k->t, b, k->column);

	if (va.known != vb.known)
		return va.known ? -1 : 1;
	if (va.n != vb.n)
		return va.n > vb.n ? -1 : 1;
	return a->key < b->key ? -1 : a->key > b->key;
}

static struct grid *top_grid(const char *head)
{
	char titles[256];

	snprintf(titles, sizeof(titles), "%s", head);
	for (size_t i = 0; i < ARRAY_SIZE(top_columns); i++) {
		size_t at = strlen(titles);

		snprintf(titles + at, sizeof(titles) - at, "|%s", top_columns[i].title);
	}
	return grid_new(titles);
}

static void top_cells(const struct table *t, const struct row *r, uint64_t interval_ns,
		      struct grid *g)
{
	char buf[TEXT_LEN];

	for (size_t i = 0; i < ARRAY_SIZE(top_columns); i++) {
		struct value v = row_get(t, r, top_columns[i].column);

		if (top_columns[i].kind == VALUE_COUNTER)
			grid_cell(g, "%s", text_rate(&v, interval_ns, buf));
		else
			grid_cell(g, "%s", text_value(&v, UNIT_BYTES, buf));
	}
}

static void print_top(const struct screen *s, enum snapshot_table_id id, const char *title)
{
	const struct snapshot *snap = s->delta ? s->delta : s->total;
	const struct table *t = &snap->table[id];
	struct sort_key key = { t, sort_column(s, t) };
	const struct row **rows;
	struct grid *g;
	bool pids = id == TABLE_PROCESS;
	char head[96];

	if (!t->nrows)
		return;
	rows = calloc(t->nrows, sizeof(*rows));
	if (!rows)
		return;
	memcpy(rows, t->rows, t->nrows * sizeof(*rows));
	qsort_r(rows, t->nrows, sizeof(*rows), by_column, &key);
	snprintf(head, sizeof(head), "%s by %s", title, key.column);
	text_heading(s->out, s->color, head);
	g = top_grid(pids ? "pid|<command" : "<cgroup");
	for (size_t i = 0; i < t->nrows && i < s->rows; i++) {
		if (pids)
			grid_cell(g, "%" PRIu64, rows[i]->key);
		grid_cell(g, "%.*s", pids ? 15 : 36,
			  rows[i]->label[0] ? rows[i]->label[0] : "?");
		top_cells(t, rows[i], snap->interval_ns, g);
	}
	for (size_t i = 0; i < ARRAY_SIZE(top_columns); i++) {
		if (!column_has_data(t, top_columns[i].column))
			grid_drop(g, i + (pids ? 2 : 1));
	}
	grid_print(g, s->out, 2, TEXT_WIDTH);
	grid_free(g);
	free(rows);
}

/* --- what is missing ------------------------------------------------------ */

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

static void print_lacks(const struct screen *s)
{
	bool any = false;

	for (size_t i = 0; i < s->probe->n; i++) {
		const struct probe_row *r = &s->probe->rows[i];

		if (r->kind != PROBE_MEASUREMENT || r->state == PROBE_OK ||
		    told_before(s->probe, i))
			continue;
		if (!any)
			text_heading(s->out, s->color,
				     "not or only partly measured here "
				     "(pgtop doctor tells more)");
		any = true;
		print_lack(s, i);
	}
}

void screen_print(const struct screen *s)
{
	print_machine(s);
	print_linear_map(s);
	print_user_map(s);
	print_tlb(s);
	print_contpte(s);
	print_mthp(s);
	print_pressure(s);
	print_top(s, TABLE_PROCESS, "processes");
	print_top(s, TABLE_CGROUP, "cgroups");
	print_lacks(s);
}
