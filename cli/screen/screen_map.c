// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <string.h>

#include "screen/leaf_bar.h"
#include "util/number.h"
#include "screen/screen_part.h"
#include "util/util.h"

void screen_machine(const struct screen *s)
{
	const struct fact *f = s->total->fact;
	const struct value *ram = field(s->total, F_MEM_TOTAL);
	char line[512] = "", size[32], buf[TEXT_LEN];
	uint64_t granule;

	snprintf(line, sizeof(line), "Linux %s %s",
		 f[FACT_KERNEL].text ? f[FACT_KERNEL].text : "",
		 f[FACT_ARCH].text ? f[FACT_ARCH].text : "");
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
	if (f[FACT_BBML2].text)
		append(line, sizeof(line),
		       strncmp(f[FACT_BBML2].text, "BBML", 4) ? "BBML2 " : "",
		       f[FACT_BBML2].text);
	if (f[FACT_CONTAINER].text && strcmp(f[FACT_CONTAINER].text, "host"))
		append(line, sizeof(line), "container ", f[FACT_CONTAINER].text);
	if (f[FACT_VIRT].text && strcmp(f[FACT_VIRT].text, "none"))
		append(line, sizeof(line), "hypervisor ", f[FACT_VIRT].text);
	if (*line)
		text_item(s->out, "       ", 7, line);
}

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
		seg[n] = leaf_bar_segment(t->rows[i]->label[0], v.n, n);
		n++;
	}
	fputs("  ", s->out);
	text_bar(s->out, s->color, seg, n, text_columns() - 4);
	fputc('\n', s->out);
	leaf_bar_legend(s->out, seg, n);
}

/* "1G 0, 2M 1.50, other 0" */
static void splits_by_size(const struct screen *s, char *line, size_t len)
{
	const struct table *t = &s->total->table[TABLE_SPLIT];
	char size[32], item[80], rate[TEXT_LEN];

	for (size_t i = 0; i < t->nrows; i++) {
		const struct row *r = t->rows[i];

		snprintf(item, sizeof(item), "%s %s",
			 r->key ? format_size(r->key, size, sizeof(size)) : "other",
			 row_rate(s, TABLE_SPLIT, r, "splits", rate));
		append(line, len, "", item);
	}
}

/* By what was split, and who asked. */
static void print_splits(const struct screen *s)
{
	const struct value *own = field(s->total, F_LINEAR_SELF_SPLITS);
	const struct value *failed = field(s->total, F_LINEAR_FAILED_SPLITS);
	char line[256] = "";
	struct texts b;

	splits_by_size(s, line, sizeof(line));
	text_line(s->out, "splits/s %s%s%s%s%s", line, own->known ? "; by pgtop itself " : "",
		  own->known ? text_si(own->n, b.b[1]) : "",
		  failed->known && failed->n ? "; failed for lack of memory " : "",
		  failed->known && failed->n ? text_si(failed->n, b.b[2]) : "");
	screen_most(s, TABLE_SPLIT_CALLER, "splits", "  by caller   ");
}

/* "1G 0, 2M 1.50" of these two fields; nothing if neither is known */
static void rates_by_size(const struct screen *s, enum snapshot_field_id pud,
			  enum snapshot_field_id pmd, char *buf, size_t len)
{
	char pmd_name[32], pud_name[32];
	struct texts b;

	if (!field(s->delta, pud)->known && !field(s->delta, pmd)->known)
		return;
	format_size(host_pmd_bytes(s->host), pmd_name, sizeof(pmd_name));
	format_size(host_pmd_bytes(s->host) / 8 * s->host->page_size, pud_name,
		    sizeof(pud_name));
	snprintf(buf, len, "%s %s, %s %s", pud_name, field_rate(s, pud, b.b[0]), pmd_name,
		 field_rate(s, pmd, b.b[1]));
}

bool screen_split_rates(const struct screen *s, char *buf, size_t len)
{
	char splits[256] = "", collapses[80] = "";

	if (s->total->table[TABLE_SPLIT].nrows)
		splits_by_size(s, splits, sizeof(splits));
	else
		rates_by_size(s, F_LINEAR_SPLITS_PUD, F_LINEAR_SPLITS_PMD, splits,
			      sizeof(splits));
	rates_by_size(s, F_LINEAR_COLLAPSES_PUD, F_LINEAR_COLLAPSES_PMD, collapses,
		      sizeof(collapses));
	snprintf(buf, len, "%s%s%s%s%s", *splits ? "splits/s " : "", splits,
		 *splits && *collapses ? "; " : "", *collapses ? "collapses/s " : "",
		 collapses);
	return *buf;
}

/* "90 s", "5 min", "30 h", "12 days" */
static const char *text_age(uint64_t ns, char *buf)
{
	uint64_t n = ns / 1000000000;

	if (n < 120)
		snprintf(buf, TEXT_LEN, "%" PRIu64 " s", n);
	else if (n < 2 * 3600)
		snprintf(buf, TEXT_LEN, "%" PRIu64 " min", n / 60);
	else if (n < 2 * 86400)
		snprintf(buf, TEXT_LEN, "%" PRIu64 " h", n / 3600);
	else
		snprintf(buf, TEXT_LEN, "%" PRIu64 " days", n / 86400);
	return buf;
}

bool screen_decay(const struct screen *s, char *buf, size_t len)
{
	const struct value *when = field(s->total, F_LINEAR_FIRST_TIME);
	const struct value *pages = field(s->total, F_LINEAR_FIRST_PAGES);
	const struct value *tables = field(s->total, F_LINEAR_FIRST_TABLES);
	struct texts b;

	if (!when->known || s->total->real_ns < when->n ||
	    !field(s->total, F_LINEAR_PAGES)->known)
		return false;
	snprintf(
		buf, len,
		"since pgtopd first looked, %s ago: base pages %s -> %s, page tables %s -> %s",
		text_age(s->total->real_ns - when->n, b.b[0]),
		text_value(pages, UNIT_BYTES, b.b[1]),
		text_value(field(s->total, F_LINEAR_PAGES), UNIT_BYTES, b.b[2]),
		text_value(tables, UNIT_BYTES, b.b[3]),
		text_value(field(s->total, F_LINEAR_TABLES), UNIT_BYTES, b.b[4]));
	return true;
}

void screen_linear_map(const struct screen *s)
{
	const struct value *total = field(s->total, F_LINEAR_TOTAL);
	const struct value *tables = field(s->total, F_LINEAR_TABLES);
	const struct value *own = field(s->total, F_LINEAR_SELF_SPLITS);
	struct texts b;
	char title[256], rates[512];

	if (total->known) {
		snprintf(title, sizeof(title), "kernel linear map, %s, page tables %s",
			 text_bytes(total->n, b.b[0]), text_value(tables, UNIT_BYTES, b.b[1]));
		text_heading(s->out, s->color, title);
		print_leaves(s, TABLE_LINEAR_MAP);
		if (screen_decay(s, title, sizeof(title)))
			text_line(s->out, "%s", title);
	} else {
		text_heading(s->out, s->color, "kernel linear map");
	}
	if (s->total->fact[FACT_LINEAR_MAP].text)
		text_item(s->out, "  ", 2, s->total->fact[FACT_LINEAR_MAP].text);
	if (!s->delta)
		return;
	if (s->total->table[TABLE_SPLIT].nrows) {
		print_splits(s);
		return;
	}
	if (screen_split_rates(s, rates, sizeof(rates)))
		text_line(s->out, "%s%s%s", rates,
			  own->known ? "; splits while pgtop loaded " : "",
			  own->known ? text_si(own->n, b.b[4]) : "");
}

static void print_contpte_coverage(const struct screen *s)
{
	const struct value *exact = field(s->total, F_CONTPTE_MAPPED);
	const struct value *aligned = field(s->total, F_CONTPTE_ELIGIBLE);
	const struct value *all = field(s->total, F_USER_WALKED);
	struct texts b;

	if (!exact->known || !aligned->known || !all->known)
		return;
	text_line(s->out, "contpte %s (%s of memory); an alignment estimate would say %s (%s)",
		  text_bytes(exact->n, b.b[0]), text_percent(exact->n, all->n, b.b[1]),
		  text_bytes(aligned->n, b.b[2]), text_percent(aligned->n, all->n, b.b[3]));
}

/* "13 processes", "the 15 largest of 4085 processes" */
const char *screen_walked(const struct screen *s, char *buf, size_t len)
{
	const struct value *n = field(s->total, F_USER_PROCESSES);
	const struct value *all = field(s->total, F_USER_LISTED);

	if (n->known && all->known && all->n > n->n)
		snprintf(buf, len, "the %" PRIu64 " largest of %" PRIu64 " processes", n->n,
			 all->n);
	else
		snprintf(buf, len, "%" PRIu64 " %s", n->n,
			 n->n == 1 ? "process" : "processes");
	return buf;
}

void screen_user_map(const struct screen *s)
{
	const struct value *walked = field(s->total, F_USER_WALKED);
	const struct value *zero = field(s->total, F_USER_ZERO);
	const char *rest = walked->via ? strstr(walked->via, "; ") : NULL;
	struct texts b;
	char title[160], processes[80];

	if (!walked->known) {
		if (walked->why) {
			text_heading(s->out, s->color, "user memory");
			text_line(s->out, "unavailable: %s", walked->why);
		}
		return;
	}
	snprintf(title, sizeof(title), "user memory, %s mapped in %s (shared in each)",
		 text_bytes(walked->n, b.b[0]),
		 screen_walked(s, processes, sizeof(processes)));
	text_heading(s->out, s->color, title);
	print_leaves(s, TABLE_USER_MAP);
	if (rest)
		text_line(s->out, "%s", rest + 2);
	if (zero->known && zero->n)
		text_line(s->out, "zero page %s: address space that takes no memory",
			  text_bytes(zero->n, b.b[0]));
	print_contpte_coverage(s);
}
