// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/ksyms.h"
#include "host/opener.h"
#include "tracing/bpf.h"
#include "tracing/tracer.h"
#include "util/util.h"

#define KEY_BYTES sizeof(struct split_stack) /* the longest key of a map of places */

struct tracer {
	struct host *host;
	const struct tracer_class *class;
	const struct source_options *options; /* while it is opened */
	struct hook hooks[TRACER_HOOKS + 1];  /* those of the class, and the one of names */
	size_t nhooks;
	struct bpf_object *obj;
	struct process_rows *rows; /* NULL: the programs do not count by process */
	uint64_t *room;		   /* to read a value of each possible CPU */
	int ncpus;
	int refused; /* with this error, a program of late; 0: none */
	bool tried;
	char why[320]; /* nothing is counted: reason */
	const char *remedy;
};

/* Where the programs count by process (bpf/process.bpf.h): nothing is counted by it. */
static const struct hook_way names_ways[HOOK_WAYS] = {
	{ "process_renamed", HOOK_TRACEPOINT, EVENT_TASK_RENAME },
};

static bool is_names(const struct tracer *t, size_t i)
{
	return i == t->class->nhooks;
}

/* Who cannot follow names lacks no count. */
static bool tracer_refuse(struct tracer *t, size_t i, int r)
{
	const char *remedy = NULL;

	if (is_names(t, i))
		return hook_refuse(t->host, &t->hooks[i], r, &remedy);
	t->refused = r;
	return hook_refuse(t->host, &t->hooks[i], r, &t->remedy);
}

static void close_object(struct tracer *t)
{
	for (size_t i = 0; i < t->nhooks; i++)
		hook_detach(&t->hooks[i]);
	bpf_object__close(t->obj);
	t->obj = NULL;
}

void tracer_free(struct tracer *t)
{
	if (!t)
		return;
	process_rows_free(t->rows);
	close_object(t);
	free(t->room);
	free(t);
}

/* --- opening -------------------------------------------------------------- */

static int set_constants(const struct tracer *t, struct bpf_object *obj)
{
	struct bpf_map *map = bpf_object__find_map_by_name(obj, ".rodata");
	_cleanup_free_ void *rodata = NULL;
	size_t size;
	const void *initial = bpf_map__initial_value(map, &size);

	rodata = malloc(size);
	if (!rodata)
		return -ENOMEM;
	memcpy(rodata, initial, size);
	t->class->prepare(t->host, t->class->arg, rodata);
	return bpf_map__set_initial_value(map, rodata, size);
}

/* None of the programs is to be loaded yet. */
static int open_object(const struct tracer *t, struct bpf_object **ret)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = t->class->name);
	size_t size;
	const void *elf = t->class->object(&size);
	struct bpf_program *prog;
	int r;

	*ret = bpf_object__open_mem(elf, size, &opts);
	if (!*ret)
		return -errno;
	bpf_object__for_each_program(prog, *ret)
		bpf_program__set_autoload(prog, false);
	r = t->class->prepare ? set_constants(t, *ret) : 0;
	if (!r)
		return 0;
	bpf_object__close(*ret);
	*ret = NULL;
	return r;
}

/* The kernel is asked about the program of @hook alone. */
static int try_alone(const struct tracer *t, const struct hook *hook)
{
	struct bpf_object *obj;
	int r = open_object(t, &obj);

	if (r)
		return r;
	r = hook_select(obj, hook);
	if (!r)
		r = bpf_load_result(bpf_object__load(obj));
	bpf_object__close(obj);
	return r;
}

/* All were refused, with the error @r: by whom?  Returns -EAGAIN if any way was left out. */
static int find_refused(struct tracer *t, int r)
{
	int result = r == -EAGAIN ? -EIO : r; /* not to be taken for our own */

	if (r == -ENOMEM || r == -ENOBUFS)
		return r;
	for (size_t i = 0; i < t->nhooks; i++) {
		int alone = t->hooks[i].way ? try_alone(t, &t->hooks[i]) : 0;

		if (alone == -ENOMEM || alone == -ENOBUFS)
			return alone;
		if (alone) {
			tracer_refuse(t, i, alone);
			result = -EAGAIN;
		}
	}
	return result;
}

/* Programs on one function run in the reverse order of attaching: in the order of the hooks.
 */
static int attach_all(struct tracer *t)
{
	int r = 0;

	for (size_t i = t->nhooks; i-- > 0;) {
		struct hook *hook = &t->hooks[i];
		int failed = hook->way ? hook_attach(t->host, t->obj, hook) : 0;

		if (failed && tracer_refuse(t, i, failed))
			r = -EAGAIN;
	}
	opener_rest(t->host->opener);
	return r;
}

static int load_all(struct tracer *t)
{
	int r = open_object(t, &t->obj);

	for (size_t i = 0; !r && i < t->nhooks; i++) {
		if (t->hooks[i].way)
			r = hook_select(t->obj, &t->hooks[i]);
	}
	return r ? r : bpf_load_result(bpf_object__load(t->obj));
}

/* Returns 0, also if no hook has a way, -EAGAIN: there are others, or a negative errno. */
static int tracer_attempt(struct tracer *t)
{
	const struct source_options any = { 0 };
	const char *unused = NULL;
	size_t n = 0;
	int r;

	for (size_t i = 0; i < t->nhooks; i++) {
		bool names = is_names(t, i);

		hook_choose(t->host, names ? &any : t->options, &t->hooks[i],
			    names ? &unused : &t->remedy);
		n += t->hooks[i].way && !names;
	}
	if (!n)
		return 0;
	r = load_all(t);
	r = r ? find_refused(t, r) : attach_all(t);
	if (r)
		close_object(t);
	return r;
}

static int make_readers(struct tracer *t)
{
	size_t bytes = MAX(t->class->total_bytes, sizeof(struct place_total));
	int ncpus = libbpf_num_possible_cpus();

	if (ncpus < 0)
		return ncpus;
	t->ncpus = ncpus;
	t->room = calloc(t->ncpus, bytes);
	if (!t->room)
		return -ENOMEM;
	if (!t->class->by_process)
		return 0;
	return process_rows_new(t->host, t->options, t->obj, &t->rows);
}

static bool is_attached(const struct tracer *t)
{
	for (size_t i = 0; i < t->class->nhooks; i++) {
		if (t->hooks[i].link)
			return true;
	}
	return false;
}

/* Nothing is counted: because of @r, or 0: each hook says why. */
static void tracer_fail(struct tracer *t, int r)
{
	const struct hook *only = t->class->nhooks == 1 ? &t->hooks[0] : NULL;

	/* before anything is closed: whether there were descriptors left can be seen now */
	if (!r && only)
		snprintf(t->why, sizeof(t->why), "%s", only->why);
	else
		bpf_load_why(t->host, r ?: t->refused ?: -ENOENT, t->class->what, t->why,
			     sizeof(t->why), &t->remedy);
	close_object(t);
	for (size_t i = 0; r && i < t->class->nhooks; i++)
		t->hooks[i].why[0] = '\0';
}

static bool can_be_tried(struct tracer *t)
{
	const struct tracer_class *c = t->class;
	const char *why = NULL;

	if (c->possible && !c->possible(t->host, c->arg, t->why, sizeof(t->why), &t->remedy))
		return false;
	if (bpf_ready(t->host, &why, &t->remedy)) {
		snprintf(t->why, sizeof(t->why), "%s", why);
		return false;
	}
	return true;
}

static int tracer_start(struct tracer *t)
{
	int r;

	t->tried = can_be_tried(t);
	if (!t->tried)
		return 0;
	do {
		r = tracer_attempt(t);
	} while (r == -EAGAIN);
	if (!r && is_attached(t))
		r = make_readers(t);
	if (r == -ENOMEM)
		return r;
	if (r || !is_attached(t))
		tracer_fail(t, r);
	return 0;
}

int tracer_new(struct host *h, const struct source_options *o, const struct tracer_class *c,
	       struct tracer **ret)
{
	struct tracer *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return -ENOMEM;
	t->host = h;
	t->class = c;
	t->options = o;
	for (size_t i = 0; i < c->nhooks; i++)
		t->hooks[i].ways = c->hooks[i];
	t->hooks[c->nhooks].ways = names_ways;
	t->nhooks = c->nhooks + c->by_process;
	r = tracer_start(t);
	t->options = NULL;
	if (r) {
		tracer_free(t);
		return r;
	}
	*ret = t;
	return 0;
}

/* --- what there is -------------------------------------------------------- */

const char *tracer_why(const struct tracer *t)
{
	return *t->why ? t->why : NULL;
}

const char *tracer_remedy(const struct tracer *t)
{
	return t->remedy;
}

bool tracer_was_tried(const struct tracer *t)
{
	return t->tried;
}

const char *tracer_hook_why(const struct tracer *t, size_t i)
{
	if (t->hooks[i].link)
		return NULL;
	return *t->hooks[i].why ? t->hooks[i].why : t->why;
}

const char *tracer_hook_via(const struct tracer *t, size_t i)
{
	return t->hooks[i].via;
}

bool tracer_by_event(const struct tracer *t, size_t i)
{
	return t->hooks[i].link && t->hooks[i].way->means == HOOK_EVENT;
}

void tracer_add_row(const struct tracer *t, struct probe *p, const char *name, size_t i)
{
	const char *why = tracer_hook_why(t, i);

	probe_add(p, PROBE_MEASUREMENT, name, why ? PROBE_UNAVAILABLE : PROBE_OK,
		  why ? NULL : t->hooks[i].via, why, why ? t->remedy : NULL);
}

void tracer_add_callers_row(const struct tracer *t, struct probe *p, const char *name,
			    size_t i, const char *via, const char *partial)
{
	int hidden = host_ksyms_visible(t->host);

	if (tracer_hook_why(t, i))
		tracer_add_row(t, p, name, i);
	else if (hidden)
		probe_add(p, PROBE_MEASUREMENT, name, PROBE_UNAVAILABLE, NULL,
			  ksyms_why(hidden),
			  "set the sysctl kernel.kptr_restrict to 0 or 1, run as root");
	else
		probe_add(p, PROBE_MEASUREMENT, name, partial ? PROBE_DEGRADED : PROBE_OK, via,
			  partial, NULL);
}

void tracer_add_processes_row(const struct tracer *t, struct probe *p, const char *name)
{
	const struct hook *names = &t->hooks[t->class->nhooks];
	char why[400];

	if (!t->rows)
		return;
	process_rows_probe(t->rows, name, p);
	if (names->link || probe_find(p, name))
		return;
	snprintf(why, sizeof(why), "processes that have ended may have an older name: %s",
		 names->why);
	probe_add(p, PROBE_MEASUREMENT, name, PROBE_DEGRADED, "the first name that was seen",
		  why, NULL);
}

/* --- reading -------------------------------------------------------------- */

/* @n words of each CPU, as read to the room, added up. */
static void add_cpus(const struct tracer *t, int ncpus, size_t n, uint64_t *sum)
{
	memset(sum, 0, n * sizeof(*sum));
	for (int c = 0; c < ncpus; c++) {
		for (size_t i = 0; i < n; i++)
			sum[i] += t->room[c * n + i];
	}
}

int tracer_totals(const struct tracer *t, void *sum)
{
	__u32 zero = 0;

	if (!t->obj)
		return -ENOENT;
	if (bpf_map_lookup_elem(bpf_object__find_map_fd_by_name(t->obj, "totals"), &zero,
				t->room))
		return -errno;
	add_cpus(t, t->ncpus, t->class->total_bytes / sizeof(uint64_t), sum);
	return 0;
}

/* Events a program missed because it was at work on that CPU: their kind is not known. */
static uint64_t count_missed(const struct tracer *t)
{
	struct bpf_program *prog;
	struct bpf_runs runs;
	uint64_t n = 0;

	bpf_object__for_each_program(prog, t->obj) {
		if (strcmp(bpf_program__name(prog), names_ways[0].program) &&
		    !bpf_program_runs(prog, &runs))
			n += runs.missed;
	}
	return n;
}

static void tracer_lack(const struct tracer *t, struct snapshot *s, const char *why)
{
	const struct tracer_class *c = t->class;

	for (size_t i = 0; c->fields && c->fields[i] != FIELD_MAX; i++)
		snapshot_lacks(s, c->fields[i], why);
	for (size_t i = 0; c->tables && c->tables[i] != TABLE_MAX; i++)
		table_lacks(snapshot_table(s, c->tables[i]), why);
}

bool tracer_read(const struct tracer *t, struct snapshot *s, void *sum)
{
	const struct counts *c = sum;

	if (*t->why || tracer_totals(t, sum)) {
		tracer_lack(t, s, *t->why ? t->why : TRACER_NOT_READ);
		return false;
	}
	snapshot_add(s, F_EVENTS_UNATTRIBUTED, c->unattributed, "BPF");
	snapshot_add(s, F_EVENTS_DROPPED, c->places_lost + count_missed(t), "BPF");
	return true;
}

void tracer_each(const struct tracer *t, const char *map, tracer_place_fn *fn, void *arg)
{
	const struct bpf_map *m = bpf_object__find_map_by_name(t->obj, map);
	int fd = bpf_map__fd(m), ncpus = 1;
	char key[KEY_BYTES], next[KEY_BYTES];
	struct place_total n;
	void *at = NULL;

	if (bpf_map__type(m) == BPF_MAP_TYPE_PERCPU_HASH)
		ncpus = t->ncpus;
	/* Nothing is ever deleted from the map: one pass sees each key once. */
	while (!bpf_map_get_next_key(fd, at, next)) {
		memcpy(key, next, sizeof(key));
		at = key;
		if (bpf_map_lookup_elem(fd, key, t->room))
			continue;
		add_cpus(t, ncpus, PLACE_COUNTS, (uint64_t *)n.count);
		fn(arg, key, &n);
	}
}

static bool has_places(const struct tracer *t, const char *map)
{
	char key[KEY_BYTES];

	return !bpf_map_get_next_key(bpf_object__find_map_fd_by_name(t->obj, map), NULL, key);
}

bool tracer_callers(const struct tracer *t, struct snapshot *s, enum snapshot_table_id id,
		    const char *const columns[PLACE_COUNTS], const char *map,
		    struct caller_table *ret)
{
	struct caller_table c = { .t = snapshot_table(s, id) };
	int r = host_ksyms_visible(t->host);

	if (!r && has_places(t, map))
		r = host_ksyms(t->host, &c.k);
	if (r) {
		table_lacks(c.t, ksyms_why(r));
		return false;
	}
	for (int i = 0; i < PLACE_COUNTS; i++) {
		c.column[i] =
			columns[i] ? table_column(c.t, columns[i], VALUE_COUNTER, UNIT_COUNT)
				   : SIZE_MAX;
	}
	*ret = c;
	return true;
}

void caller_add(const struct caller_table *c, uint64_t kind, const char *name,
		const char *caller, const struct place_total *n, const char *via)
{
	struct row *r = table_row(c->t, kind, caller ? caller : "?");

	row_label(c->t, r, 1, name);
	for (int i = 0; i < PLACE_COUNTS; i++) {
		if (c->why[i])
			row_lacks(c->t, r, c->column[i], c->why[i]);
		else
			row_add(c->t, r, c->column[i], n->count[i], via);
	}
}

void caller_add_place(const struct caller_table *c, const struct place *place,
		      const char *name, const struct place_total *n, const char *via)
{
	caller_add(c, place->kind, name, ksyms_caller(c->k, place->ip), n, via);
}

int tracer_processes(const struct tracer *t, const struct process_column *columns,
		     const char *via, struct snapshot *s)
{
	int r = process_rows_read(t->rows, columns, via, s);

	return r == -ENOMEM ? r : 0;
}

void tracer_cost(const struct tracer *t, struct snapshot *s)
{
	bpf_tell_runs(t->host, t->obj, s);
}
