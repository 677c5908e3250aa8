// SPDX-License-Identifier: GPL-2.0-only
/*
 * contpte.c - the source of contiguous-PTE folds, unfolds and maps
 *
 * With the pgtop kernel series the tracepoints count, and each unfold's event tells its reason
 * and the code that asked for it; elsewhere both are read off the kernel's stack.  Where no
 * program can be loaded, the series' counters in /proc/vmstat still tell the totals.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracing/bpf.h"
#include "contpte.skel.h"
#include "util/file.h"
#include "tracing/hook.h"
#include "host/ksyms.h"
#include "pgtop/abi.h"
#include "tracing/processrows.h"
#include "snapshot/source.h"
#include "contpte/unfold.h"
#include "util/util.h"
#include "host/vmstat.h"

enum { UNFOLD, FOLD, MAP, ATTEMPT, BEGIN, END, HOOKS };

static const struct hook hook_templates[HOOKS] = {
	[UNFOLD] = { .ways = { { "unfold_tp", HOOK_TRACEPOINT, "contpte_unfold" },
			       { "unfold_fentry", HOOK_FENTRY, "contpte_convert" },
			       { "unfold_kprobe", HOOK_KPROBE, "contpte_convert" } } },
	[FOLD] = { .ways = { { "fold_tp", HOOK_TRACEPOINT, "contpte_fold" },
			     { "fold_fentry", HOOK_FENTRY, "contpte_convert" },
			     { "fold_kprobe", HOOK_KPROBE, "contpte_convert" } } },
	[MAP] = { .ways = { { "map_tp", HOOK_TRACEPOINT, "contpte_map" },
			    { "map_fentry", HOOK_FENTRY, "contpte_set_ptes" },
			    { "map_kprobe", HOOK_KPROBE, "contpte_set_ptes" } } },
	[ATTEMPT] = { .ways = { { "attempt_fentry", HOOK_FENTRY, "__contpte_try_fold" },
				{ "attempt_kprobe", HOOK_KPROBE, "__contpte_try_fold" } } },
	/* Entered last, so that a measured time holds none of the others' work. */
	[BEGIN] = { .ways = { { "begin_fentry", HOOK_FENTRY, "contpte_convert" },
			      { "begin_kprobe", HOOK_KPROBE, "contpte_convert" } } },
	[END] = { .ways = { { "end_fexit", HOOK_FEXIT, "contpte_convert" },
			    { "end_kretprobe", HOOK_KRETPROBE, "contpte_convert" } } },
};

struct contpte {
	struct host *host;
	struct contpte_bpf *skel;
	struct hook hooks[HOOKS];
	struct process_rows *rows;
	struct contpte_cpu *cpus; /* room to read one of each possible CPU */
	int ncpus;
	const char *reasons_why; /* the events' reasons are not understood: reason */
	char why[256];		 /* nothing is counted: reason */
};

/* The totals of the pgtop kernel series, without BPF. */
static const char *const vmstat_keys[HOOKS] = {
	[UNFOLD] = "contpte_unfold",
	[FOLD] = "contpte_fold",
};

static void contpte_close(void *source)
{
	struct contpte *c = source;

	if (!c)
		return;
	hooks_detach(c->hooks, HOOKS);
	process_rows_free(c->rows);
	contpte_bpf__destroy(c->skel);
	free(c->cpus);
	free(c);
}

/* --- opening -------------------------------------------------------------- */

static const char *why_hook(const struct contpte *c, int hook)
{
	if (c->hooks[hook].link)
		return NULL;
	return *c->why ? c->why : c->hooks[hook].why;
}

/* The total of @hook by its line of /proc/vmstat, "/proc/vmstat contpte_fold" in @via. */
static bool count_by_vmstat(const struct contpte *c, int hook, uint64_t *n, char *via,
			    size_t len)
{
	_cleanup_free_ char *text = NULL;

	if (!vmstat_keys[hook] || file_read(c->host->root, "/proc/vmstat", &text, NULL) ||
	    vmstat_count(text, vmstat_keys[hook], n))
		return false;
	snprintf(via, len, "/proc/vmstat %s", vmstat_keys[hook]);
	return true;
}

static void contpte_add_row(const struct contpte *c, struct probe *p, const char *name,
			    int hook, const char *remedy)
{
	const char *why = why_hook(c, hook);
	char via[64];
	uint64_t n;

	if (why && count_by_vmstat(c, hook, &n, via, sizeof(via))) {
		probe_add(p, PROBE_MEASUREMENT, name, PROBE_OK, via, NULL, NULL);
		return;
	}
	probe_add(p, PROBE_MEASUREMENT, name, why ? PROBE_UNAVAILABLE : PROBE_OK,
		  why ? NULL : c->hooks[hook].via, why, remedy);
}

static bool by_event(const struct contpte *c)
{
	const struct hook *h = &c->hooks[UNFOLD];

	return h->link && h->chosen->means == HOOK_TRACEPOINT;
}

static const char *callers_why(const struct contpte *c)
{
	int r = host_ksyms_visible(c->host);

	return r ? ksyms_why(r) : NULL;
}

static void contpte_add_callers_row(struct contpte *c, struct probe *p, const char *remedy)
{
	static const char name[] = "contpte.unfold_callers";
	const char *why = why_hook(c, UNFOLD), *hidden = why ? NULL : callers_why(c);
	const char *via = by_event(c) ? "tp_btf contpte_unfold, /proc/kallsyms"
				      : "kernel stack, /proc/kallsyms";

	if (why)
		probe_add(p, PROBE_MEASUREMENT, name, PROBE_UNAVAILABLE, NULL, why, remedy);
	else if (hidden)
		probe_add(p, PROBE_MEASUREMENT, name, PROBE_UNAVAILABLE, NULL, hidden,
			  "set the sysctl kernel.kptr_restrict to 0 or 1, run as root");
	else
		probe_add(p, PROBE_MEASUREMENT, name,
			  c->reasons_why ? PROBE_DEGRADED : PROBE_OK, via, c->reasons_why,
			  NULL);
}

static void contpte_add_rows(struct contpte *c, struct probe *p, const char *remedy)
{
	int latency = c->hooks[BEGIN].link ? END : BEGIN; /* both or none */

	contpte_add_row(c, p, "contpte.unfolds", UNFOLD, remedy);
	contpte_add_row(c, p, "contpte.folds", FOLD, remedy);
	contpte_add_row(c, p, "contpte.fold_attempts", ATTEMPT, remedy);
	contpte_add_row(c, p, "contpte.maps", MAP, remedy);
	contpte_add_row(c, p, "contpte.unfold_latency", latency, remedy);
	contpte_add_callers_row(c, p, remedy);
}

static int contpte_load_by(struct contpte *c, const struct source_options *o)
{
	int r;

	memcpy(c->hooks, hook_templates, sizeof(c->hooks));
	c->skel = contpte_bpf__open();
	if (!c->skel)
		return -errno;
	r = hooks_choose(c->host, o, c->skel->obj, c->hooks, HOOKS);
	if (r)
		return r;
	c->skel->rodata->page_bytes = c->host->page_size;
	c->skel->rodata->block_bytes = host_contpte_bytes(c->host);
	r = bpf_load_result(contpte_bpf__load(c->skel));
	if (!r)
		hooks_attach(c->skel->obj, c->hooks, HOOKS);
	return r;
}

/*
 * One program the verifier rejects, such as for arguments its function has not, takes all of
 * the object with it.  So once more without tracepoints, then by kprobes, whose arguments are
 * just registers.
 */
static int contpte_load(struct contpte *c, const struct source_options *o)
{
	struct source_options other = *o;
	int r = contpte_load_by(c, o);

	if (r && r != -ENOMEM && c->hooks[UNFOLD].chosen &&
	    c->hooks[UNFOLD].chosen->means == HOOK_TRACEPOINT) {
		contpte_bpf__destroy(c->skel);
		other.prefer_fentry = true;
		r = contpte_load_by(c, &other);
	}
	if (r && r != -ENOMEM && !o->prefer_kprobe) {
		contpte_bpf__destroy(c->skel);
		other.prefer_kprobe = true;
		r = contpte_load_by(c, &other);
	}
	return r;
}

/* Without the enum of the events the program cannot tell why a block was unfolded. */
static void find_reasons(struct contpte *c)
{
	if (by_event(c) && !bpf_kernel_has_enum(c->host, "contpte_reason"))
		c->reasons_why = "this kernel's BTF has no enum contpte_reason: unfolds have "
				 "a caller, but no reason";
}

static int contpte_make_readers(struct contpte *c, const struct source_options *o)
{
	c->ncpus = libbpf_num_possible_cpus();
	if (c->ncpus < 0)
		return -ENOMEM;
	c->cpus = calloc(c->ncpus, sizeof(*c->cpus));
	if (!c->cpus)
		return -ENOMEM;
	return process_rows_new(c->host, o, c->skel->obj, &c->skel->data->process_next,
				&c->rows);
}

/* Why nothing can be counted, without trying; @remedy stays as it is when nothing helps. */
static bool is_possible(struct contpte *c, const char **remedy)
{
	const struct host *h = c->host;
	const char *why = NULL;

	if (h->arch != ARCH_ARM64) {
		snprintf(c->why, sizeof(c->why), "contiguous PTEs are arm64's: %s has none",
			 h->arch_name);
	} else if (!host_at_least(h, 6, 9)) {
		snprintf(c->why, sizeof(c->why),
			 "Linux %s has no contiguous PTEs for user memory", h->release);
		*remedy = "run Linux 6.9 or newer";
	} else if (bpf_ready(h, &why, remedy)) {
		snprintf(c->why, sizeof(c->why), "%s", why);
	} else {
		return true;
	}
	return false;
}

static int contpte_open(struct host *h, const struct source_options *o, struct probe *p,
			void **ret)
{
	struct contpte *c = calloc(1, sizeof(*c));
	const char *remedy = NULL;
	int r = 0;

	if (!c)
		return -ENOMEM;
	c->host = h;
	if (is_possible(c, &remedy)) {
		r = contpte_load(c, o);
		if (!r)
			r = contpte_make_readers(c, o);
		if (!r)
			find_reasons(c);
		if (r) {
			hooks_detach(c->hooks, HOOKS);
			bpf_load_why(h, r, "contiguous PTEs", c->why, sizeof(c->why), &remedy);
		}
	}
	if (r == -ENOMEM) {
		contpte_close(c);
		return r;
	}
	contpte_add_rows(c, p, remedy);
	if (c->rows)
		process_rows_probe(c->rows, "contpte.by_process", p);
	*ret = c;
	return 0;
}

/* --- reading -------------------------------------------------------------- */

static int contpte_read_totals(const struct contpte *c, struct contpte_cpu *sum)
{
	__u32 zero = 0;

	if (bpf_map_lookup_elem(bpf_map__fd(c->skel->maps.contpte_cpus), &zero, c->cpus))
		return -errno;
	memset(sum, 0, sizeof(*sum));
	for (int i = 0; i < c->ncpus; i++) {
		const struct contpte_cpu *cpu = &c->cpus[i];

		sum->unfolds += cpu->unfolds;
		sum->folds += cpu->folds;
		sum->maps += cpu->maps;
		sum->attempts += cpu->attempts;
		sum->unattributed += cpu->unattributed;
		sum->stacks_lost += cpu->stacks_lost;
		sum->timings_lost += cpu->timings_lost;
		sum->latency_ns += cpu->latency_ns;
		for (int k = 0; k < LATENCY_BUCKETS; k++)
			sum->latency[k] += cpu->latency[k];
	}
	return 0;
}

static void set_field(const struct contpte *c, struct snapshot *s, enum snapshot_field_id id,
		      int hook, uint64_t n)
{
	const char *why = why_hook(c, hook);
	char via[64];

	if (!why)
		snapshot_set(s, id, n, c->hooks[hook].via);
	else if (count_by_vmstat(c, hook, &n, via, sizeof(via)))
		snapshot_set(s, id, n, via);
	else
		snapshot_lacks(s, id, why);
}

/* Calls a program missed because it was at work on that CPU: their kind is not known. */
static uint64_t contpte_missed(const struct contpte *c)
{
	struct bpf_program *prog;
	struct bpf_runs runs;
	uint64_t n = 0;

	bpf_object__for_each_program(prog, c->skel->obj) {
		if (!bpf_program_runs(prog, &runs))
			n += runs.missed;
	}
	return n;
}

static void contpte_set_fields(const struct contpte *c, const struct contpte_cpu *sum,
			       struct snapshot *s)
{
	set_field(c, s, F_CONTPTE_UNFOLDS, UNFOLD, sum->unfolds);
	set_field(c, s, F_CONTPTE_FOLDS, FOLD, sum->folds);
	set_field(c, s, F_CONTPTE_MAPS, MAP, sum->maps);
	set_field(c, s, F_CONTPTE_FOLD_ATTEMPTS, ATTEMPT, sum->attempts);
	snapshot_add(s, F_EVENTS_UNATTRIBUTED, sum->unattributed, "BPF");
	snapshot_add(s, F_EVENTS_DROPPED,
		     sum->stacks_lost + sum->timings_lost + contpte_missed(c), "BPF");
}

static void set_latency(const struct contpte *c, const struct contpte_cpu *sum,
			struct snapshot *s)
{
	struct table *t = snapshot_table(s, TABLE_UNFOLD_LATENCY);
	const char *why = why_hook(c, BEGIN) ?: why_hook(c, END);
	size_t unfolds;

	if (why) {
		table_lacks(t, why);
		snapshot_lacks(s, F_CONTPTE_UNFOLD_TIME, why);
		return;
	}
	snapshot_set(s, F_CONTPTE_UNFOLD_TIME, sum->latency_ns, c->hooks[END].via);
	unfolds = table_column(t, "unfolds", VALUE_COUNTER, UNIT_COUNT);
	for (int i = 0; i < LATENCY_BUCKETS; i++) {
		uint64_t upto = i < LATENCY_BUCKETS - 1 ? 1ull << i : UINT64_MAX;

		if (sum->latency[i])
			row_set(t, table_row(t, upto, NULL), unfolds, sum->latency[i],
				c->hooks[END].via);
	}
}

/* Where the unfolds of one stack are added. */
struct unfold_tables {
	const struct ksyms *k;
	struct table *reason, *caller;
	size_t reason_column, caller_column;
	const char *via;
};

static void add_unfolds(struct unfold_tables *u, enum unfold_reason reason, const char *caller,
			uint64_t n)
{
	const char *name = unfold_reason_name(reason);
	struct row *r = table_row(u->reason, reason, name);

	row_add(u->reason, r, u->reason_column, n, u->via);
	r = table_row(u->caller, reason, caller ? caller : "?");
	row_label(u->caller, r, 1, name);
	row_add(u->caller, r, u->caller_column, n, u->via);
}

static void add_stacks(const struct contpte *c, struct unfold_tables *u)
{
	int fd = bpf_map__fd(c->skel->maps.unfold_stacks);
	struct unfold_stack key, next;
	void *at = NULL;
	__u64 n;

	/* Nothing is ever deleted from the map: one pass sees each stack once. */
	while (!bpf_map_get_next_key(fd, at, &next)) {
		const char *caller;
		enum unfold_reason reason;

		key = next;
		at = &key;
		if (bpf_map_lookup_elem(fd, &key, &n))
			continue;
		reason =
			unfold_explain(u->k, (const uint64_t *)key.ip, UNFOLD_FRAMES, &caller);
		add_unfolds(u, reason, caller, n);
	}
}

static void contpte_add_places(const struct contpte *c, struct unfold_tables *u)
{
	int fd = bpf_map__fd(c->skel->maps.unfold_places);
	struct unfold_place key, next;
	void *at = NULL;
	__u64 n;

	while (!bpf_map_get_next_key(fd, at, &next)) {
		key = next;
		at = &key;
		if (bpf_map_lookup_elem(fd, &key, &n) || key.reason >= UNFOLD_REASONS)
			continue;
		add_unfolds(u, key.reason, ksyms_caller(u->k, key.ip), n);
	}
}

/* What has not happened yet is known: 0, unless reasons are not told. */
static void add_reasons(const struct contpte *c, struct unfold_tables *u)
{
	for (int i = 0; !c->reasons_why && i < UNFOLD_REASONS; i++)
		row_add(u->reason, table_row(u->reason, i, unfold_reason_name(i)),
			u->reason_column, 0, u->via);
}

static void contpte_set_callers(struct contpte *c, const struct contpte_cpu *sum,
				struct snapshot *s)
{
	struct unfold_tables u = {
		.reason = snapshot_table(s, TABLE_UNFOLD_REASON),
		.caller = snapshot_table(s, TABLE_UNFOLD_CALLER),
		.via = c->hooks[UNFOLD].via,
	};
	const char *why = why_hook(c, UNFOLD) ?: callers_why(c);
	int r = 0;

	/* The symbols are read when there is something to name. */
	if (!why && sum->unfolds)
		r = host_ksyms(c->host, &u.k);
	if (r)
		why = ksyms_why(r);
	if (why) {
		table_lacks(u.reason, why);
		table_lacks(u.caller, why);
		return;
	}
	u.reason_column = table_column(u.reason, "unfolds", VALUE_COUNTER, UNIT_COUNT);
	u.caller_column = table_column(u.caller, "unfolds", VALUE_COUNTER, UNIT_COUNT);
	add_reasons(c, &u);
	if (u.k && by_event(c))
		contpte_add_places(c, &u);
	else if (u.k)
		add_stacks(c, &u);
	if (sum->stacks_lost)
		add_unfolds(&u, UNFOLD_UNKNOWN, NULL, sum->stacks_lost);
}

/* Nothing is counted by programs, because of @why. */
static void contpte_lack_all(const struct contpte *c, struct snapshot *s, const char *why)
{
	static const struct {
		enum snapshot_field_id id;
		int hook;
	} fields[] = {
		{ F_CONTPTE_FOLDS, FOLD },
		{ F_CONTPTE_UNFOLDS, UNFOLD },
		{ F_CONTPTE_MAPS, MAP },
		{ F_CONTPTE_FOLD_ATTEMPTS, ATTEMPT },
	};
	static const enum snapshot_table_id tables[] = {
		TABLE_UNFOLD_REASON,
		TABLE_UNFOLD_CALLER,
		TABLE_UNFOLD_LATENCY,
	};
	char via[64];
	uint64_t n;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (count_by_vmstat(c, fields[i].hook, &n, via, sizeof(via)))
			snapshot_set(s, fields[i].id, n, via);
		else
			snapshot_lacks(s, fields[i].id, why);
	}
	snapshot_lacks(s, F_CONTPTE_UNFOLD_TIME, why);
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		table_lacks(snapshot_table(s, tables[i]), why);
}

static int contpte_set_processes(const struct contpte *c, struct snapshot *s)
{
	const struct process_column columns[PROCESS_COUNTS] = {
		[CONTPTE_UNFOLDS] = { "unfolds", UNIT_COUNT, why_hook(c, UNFOLD) },
		[CONTPTE_FOLDS] = { "folds", UNIT_COUNT, why_hook(c, FOLD) },
		[CONTPTE_MAPS] = { "maps", UNIT_COUNT, why_hook(c, MAP) },
	};

	return process_rows_read(c->rows, columns, "BPF", s);
}

static int contpte_read(void *source, struct snapshot *s)
{
	struct contpte *c = source;
	struct contpte_cpu sum;
	int r;

	if (*c->why) {
		contpte_lack_all(c, s, c->why);
		return snapshot_error(s);
	}
	if (contpte_read_totals(c, &sum)) {
		contpte_lack_all(c, s, "the kernel did not hand out the counts");
		return snapshot_error(s);
	}
	contpte_set_fields(c, &sum, s);
	set_latency(c, &sum, s);
	contpte_set_callers(c, &sum, s);
	r = contpte_set_processes(c, s);
	return r == -ENOMEM ? r : snapshot_error(s);
}

static void contpte_cost(const void *source, struct snapshot *s)
{
	const struct contpte *c = source;

	bpf_tell_runs(c->host, *c->why ? NULL : c->skel->obj, s);
}

const struct source_class source_contpte = {
	.name = "contpte",
	.open = contpte_open,
	.read = contpte_read,
	.cost = contpte_cost,
	.close = contpte_close,
};
