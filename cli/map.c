// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "address_map.h"
#include "cli.h"
#include "file.h"
#include "grid.h"
#include "leaves.h"
#include "number.h"
#include "publish.h"
#include "snapshot_json.h"
#include "svg.h"
#include "text.h"
#include "util.h"

static size_t leaf_segments(const struct pagewalk *w, const struct pagewalk_sum *s,
			    struct text_segment *seg)
{
	const struct pagewalk_geometry *g = pagewalk_geometry(w);
	size_t n = 0;

	for (int k = 0; k < LEAF_MAX; k++) {
		if (!g->leaf_bytes[k])
			continue;
		seg[n] = leaf_segment(leaf_name(w, k), s->bytes[k], n);
		n++;
	}
	return n;
}

static void print_leaf_table(const struct pagewalk *w, const struct pagewalk_sum *s)
{
	const struct pagewalk_geometry *geometry = pagewalk_geometry(w);
	struct grid *g = grid_new("<leaf|bytes|share|writable|executable|entries");
	uint64_t total = pagewalk_present(s);
	char b[TEXT_LEN];

	for (int k = 0; k < LEAF_MAX; k++) {
		if (!geometry->leaf_bytes[k])
			continue;
		grid_cell(g, "%s", leaf_name(w, k));
		grid_cell(g, "%s", text_bytes(s->bytes[k], b));
		grid_cell(g, "%s", text_percent(s->bytes[k], total, b));
		grid_cell(g, "%s", text_bytes(s->writable[k], b));
		grid_cell(g, "%s", text_bytes(s->executable[k], b));
		grid_cell(g, "%s", text_si(s->bytes[k] / geometry->leaf_bytes[k], b));
	}
	grid_print(g, stdout, 2, TEXT_WIDTH);
	grid_free(g);
}

static void print_estimate(const struct pagewalk_sum *s)
{
	uint64_t exact = s->bytes[LEAF_CONT_PTE], all = pagewalk_present(s);
	char b[4][TEXT_LEN];

	printf("  contpte %s (%s); an alignment estimate would say %s (%s)\n",
	       text_bytes(exact, b[0]), text_percent(exact, all, b[1]),
	       text_bytes(s->aligned_bytes, b[2]), text_percent(s->aligned_bytes, all, b[3]));
}

static void print_others(const struct pagewalk_sum *s)
{
	const struct {
		const char *name;
		uint64_t bytes;
	} other[] = {
		{ "zero page", s->zero_bytes },	     { "special", s->special_bytes },
		{ "PROT_NONE", s->prot_none_bytes }, { "swapped", s->swap_bytes },
		{ "migrating", s->migration_bytes }, { "other entries", s->other_bytes },
		{ "page tables", s->table_bytes },
	};
	char line[512] = "", b[TEXT_LEN];

	for (size_t i = 0; i < ARRAY_SIZE(other); i++) {
		size_t at = strlen(line);

		if (other[i].bytes)
			snprintf(line + at, sizeof(line) - at, "%s%s %s", at ? ", " : "",
				 other[i].name, text_bytes(other[i].bytes, b));
	}
	text_item(stdout, "  ", 2, line);
	if (s->read_errors || s->bad_frames)
		printf("  %" PRIu64 " entries could not be read, %" PRIu64
		       " named no memory\n",
		       s->read_errors, s->bad_frames);
}

static int by_present(const void *pa, const void *pb)
{
	const struct map_range *a = *(const struct map_range *const *)pa;
	const struct map_range *b = *(const struct map_range *const *)pb;
	uint64_t na = pagewalk_present(&a->sum), nb = pagewalk_present(&b->sum);

	if (na != nb)
		return na > nb ? -1 : 1;
	return a->start < b->start ? -1 : a->start > b->start;
}

/* "start|perms|present|4K|64K contpte|...|name" */
static struct grid *range_grid(const struct pagewalk *w)
{
	const struct pagewalk_geometry *g = pagewalk_geometry(w);
	char head[256] = "start|<perm|present";

	for (int k = 0; k < LEAF_MAX; k++) {
		size_t at = strlen(head);

		if (g->leaf_bytes[k])
			snprintf(head + at, sizeof(head) - at, "|%s", leaf_name(w, k));
	}
	strncat(head, "|<name", sizeof(head) - strlen(head) - 1);
	return grid_new(head);
}

static void range_cells(const struct pagewalk *w, const struct map_range *r, struct grid *g)
{
	const struct pagewalk_geometry *geometry = pagewalk_geometry(w);
	char b[TEXT_LEN];

	grid_cell(g, "%" PRIx64, r->start);
	grid_cell(g, "%s", r->perms);
	grid_cell(g, "%s", text_bytes(pagewalk_present(&r->sum), b));
	for (int k = 0; k < LEAF_MAX; k++) {
		if (geometry->leaf_bytes[k])
			grid_cell(g, "%s",
				  r->sum.bytes[k] ? text_bytes(r->sum.bytes[k], b) : ".");
	}
	grid_cell(g, "%s", r->name);
}

static void drop_unused(const struct pagewalk *w, const struct pagewalk_sum *sum,
			struct grid *g)
{
	const struct pagewalk_geometry *geometry = pagewalk_geometry(w);
	size_t column = 3;

	for (int k = 0; k < LEAF_MAX; k++) {
		if (!geometry->leaf_bytes[k])
			continue;
		if (!sum->bytes[k])
			grid_drop(g, column);
		column++;
	}
}

static int print_ranges(const struct pagewalk *w, const struct address_map *m, size_t rows)
{
	const struct map_range **by_size = calloc(m->nranges + 1, sizeof(*by_size));
	struct grid *g;
	char title[80];

	if (!by_size)
		return -ENOMEM;
	for (size_t i = 0; i < m->nranges; i++)
		by_size[i] = &m->ranges[i];
	qsort(by_size, m->nranges, sizeof(*by_size), by_present);
	rows = MIN(rows, m->nranges);
	snprintf(title, sizeof(title), "the %zu largest of %zu ranges", rows, m->nranges);
	text_heading(stdout, false, rows < m->nranges ? title : "ranges");
	g = range_grid(w);
	for (size_t i = 0; i < rows; i++)
		range_cells(w, by_size[i], g);
	drop_unused(w, &m->sum, g);
	grid_print(g, stdout, 2, TEXT_WIDTH);
	grid_free(g);
	free(by_size);
	return 0;
}

static int print_text(const struct cli_options *o, const char *title, const struct pagewalk *w,
		      const struct address_map *m)
{
	struct text_segment seg[LEAF_MAX];
	size_t n = leaf_segments(w, &m->sum, seg);
	char b[TEXT_LEN];

	printf("%s, %s mapped\n  ", title, text_bytes(pagewalk_present(&m->sum), b));
	text_bar(stdout, o->color, seg, n, TEXT_WIDTH - 4);
	putchar('\n');
	leaves_legend(stdout, seg, n);
	putchar('\n');
	print_leaf_table(w, &m->sum);
	print_others(&m->sum);
	if (pagewalk_geometry(w)->leaf_bytes[LEAF_CONT_PTE] && m->user)
		print_estimate(&m->sum);
	if (print_ranges(w, m, o->rows))
		return cli_error(CLI_FAILED, "out of memory");
	return cli_flush();
}

static struct json_object *leaves_json(const struct pagewalk *w, const struct pagewalk_sum *s,
				       bool attributes)
{
	const struct pagewalk_geometry *g = pagewalk_geometry(w);
	struct json_object *a = json_object_new_array();

	for (int k = 0; k < LEAF_MAX; k++) {
		struct json_object *o;

		if (!g->leaf_bytes[k])
			continue;
		o = json_object_new_object();
		json_object_object_add(o, "leaf", json_object_new_string(leaf_name(w, k)));
		json_object_object_add(o, "leaf_bytes",
				       json_object_new_uint64(g->leaf_bytes[k]));
		json_object_object_add(o, "bytes", json_object_new_uint64(s->bytes[k]));
		if (attributes) {
			json_object_object_add(o, "writable_bytes",
					       json_object_new_uint64(s->writable[k]));
			json_object_object_add(o, "executable_bytes",
					       json_object_new_uint64(s->executable[k]));
		}
		json_object_array_add(a, o);
	}
	return a;
}

static void add_sum(struct json_object *o, const struct pagewalk *w,
		    const struct pagewalk_sum *s)
{
	const struct {
		const char *name;
		uint64_t n;
	} number[] = {
		{ "present_bytes", pagewalk_present(s) },
		{ "contpte_bytes", s->bytes[LEAF_CONT_PTE] },
		{ "aligned_bytes", s->aligned_bytes },
		{ "zero_bytes", s->zero_bytes },
		{ "special_bytes", s->special_bytes },
		{ "prot_none_bytes", s->prot_none_bytes },
		{ "swap_bytes", s->swap_bytes },
		{ "migration_bytes", s->migration_bytes },
		{ "other_bytes", s->other_bytes },
		{ "table_bytes", s->table_bytes },
		{ "read_errors", s->read_errors },
		{ "bad_frames", s->bad_frames },
	};

	for (size_t i = 0; i < ARRAY_SIZE(number); i++)
		json_object_object_add(o, number[i].name, json_object_new_uint64(number[i].n));
	json_object_object_add(o, "leaves", leaves_json(w, s, true));
}

static int print_json(pid_t pid, const struct pagewalk *w, const struct address_map *m)
{
	struct json_object *o = json_object_new_object(), *ranges = json_object_new_array();
	char hex[32];

	json_object_object_add(o, "schema", json_object_new_string("pgtop.map"));
	json_object_object_add(o, "version", json_object_new_int(SNAPSHOT_VERSION));
	if (pid)
		json_object_object_add(o, "pid", json_object_new_int(pid));
	add_sum(o, w, &m->sum);
	if (!pid)
		json_object_object_add(o, "not_identity",
				       json_object_new_uint64(m->sum.not_identity));
	for (size_t i = 0; i < m->nranges; i++) {
		struct json_object *r = json_object_new_object();

		snprintf(hex, sizeof(hex), "%#" PRIx64, m->ranges[i].start);
		json_object_object_add(r, "start", json_object_new_string(hex));
		snprintf(hex, sizeof(hex), "%#" PRIx64, m->ranges[i].end);
		json_object_object_add(r, "end", json_object_new_string(hex));
		json_object_object_add(r, "perms", json_object_new_string(m->ranges[i].perms));
		json_object_object_add(r, "name", json_object_new_string(m->ranges[i].name));
		add_sum(r, w, &m->ranges[i].sum);
		json_object_array_add(ranges, r);
	}
	json_object_object_add(o, "ranges", ranges);
	return cli_print_json(o);
}

static int write_svg(const char *path, const char *title, const struct pagewalk *w,
		     const struct address_map *m)
{
	char *data = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&data, &len);
	int r;

	if (!out)
		return cli_error(CLI_FAILED, "out of memory");
	svg_print(out, title, m, w);
	r = fclose(out) ? -ENOMEM : publish(path, data, len, 0644);
	free(data);
	if (r)
		return cli_error(CLI_FAILED, "cannot write %s: %s", path, strerror(-r));
	return CLI_OK;
}

static void make_title(const struct cli_options *o, pid_t pid, char *buf, size_t len)
{
	_cleanup_free_ char *comm = NULL;
	char path[64];

	if (!pid) {
		snprintf(buf, len, "linear map of Linux %s %s", o->host->release,
			 o->host->arch_name);
		return;
	}
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	if (file_read_line(o->host->root, path, &comm))
		comm = NULL;
	/* TASK_COMM_LEN less the final 0 */
	snprintf(buf, len, "process %d%s%.15s%s", pid, comm ? " (" : "", comm ? comm : "",
		 comm ? ")" : "");
}

/* The walk's own result as an exit code, told to the user. */
static int walk_code(const struct pagewalk *w, pid_t pid, int r)
{
	const char *why = pagewalk_why(w, pid ? PAGEWALK_PROCESS : PAGEWALK_KERNEL);

	switch (r) {
	case 0:
		return CLI_OK;
	case -ESRCH:
		return cli_error(CLI_NO_PROCESS, "process %d exited during the walk", pid);
	case -ENOMEM:
		return cli_error(CLI_FAILED, "out of memory");
	case -EPERM:
		return cli_error(
			CLI_UNAVAILABLE,
			"the kernel hides process %d (it is in another namespace, or not "
			"this user's): run pgtop as root, on the host",
			pid);
	case -EOPNOTSUPP:
		return cli_error(CLI_UNAVAILABLE,
				 "%s cannot be walked: %s (pgtop doctor tells what "
				 "to do)",
				 pid ? "page tables" : "the linear map",
				 why ? why : "no reason known");
	default:
		return cli_error(CLI_FAILED, "the walk failed: %s", strerror(-r));
	}
}

static int map_one(const struct cli_options *o, struct pagewalk *w, pid_t pid)
{
	struct address_map m = { .want_cells = o->svg, .progress = o->progress, .user = pid };
	int code = walk_code(w, pid, address_map_walk(w, pid, &m));
	char title[192];

	make_title(o, pid, title, sizeof(title));
	if (!code && o->svg)
		code = write_svg(o->svg, title, w, &m);
	if (!code && o->json)
		code = print_json(pid, w, &m);
	else if (!code && !o->svg)
		code = print_text(o, title, w, &m);
	address_map_done(&m);
	return code;
}

static int parse_target(const struct cli_options *o, pid_t *pid)
{
	const char *text = o->argc ? o->argv[0] : "kernel";
	uint64_t n;
	char path[64];

	*pid = o->pid;
	if (o->argc && strcmp(text, "kernel")) {
		if (parse_u64(text, 10, INT_MAX, &n) || !n)
			return cli_error(CLI_USAGE, "map: '%s' is neither 'kernel' nor a PID",
					 text);
		*pid = n;
	}
	snprintf(path, sizeof(path), "/proc/%d", *pid);
	if (*pid && !file_exists(o->host->root, path))
		return cli_error(CLI_NO_PROCESS, "there is no process %d", *pid);
	return CLI_OK;
}

static int map(struct cli_options *o)
{
	struct pagewalk *w = NULL;
	pid_t pid;
	int code = parse_target(o, &pid);

	if (code)
		return code;
	if (pagewalk_new(o->host, pid ? PAGEWALK_PROCESS : PAGEWALK_KERNEL, NULL, &w))
		return cli_error(CLI_FAILED, "out of memory");
	code = map_one(o, w, pid);
	pagewalk_free(w);
	return code;
}

const struct cli_command command_map = {
	.name = "map",
	.operands = "[kernel|PID]",
	.help = "leaves of an address space: text, --json or --svg FILE",
	.run = map,
};
