// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory/mthp.h"
#include "process_check.h"
#include "reasons/reasons.h"
#include "util/array.h"
#include "util/file.h"
#include "util/number.h"
#include "util/util.h"
#include "why/why_read.h"

/* Leaves larger than this are not looked for unless asked for: 32 MiB and 512 MiB of granules
 * above 4 KiB fit few programs. */
#define WANTED_MAX (2u << 20)

struct targets {
	pid_t *pids;
	size_t n;
	bool chosen; /* each was asked for by its number: that it ends is an error */
};

static int targets_add(struct targets *t, pid_t pid)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->pids[i] == pid)
			return CLI_OK;
	}
	if (array_reserve_one(&t->pids, t->n, sizeof(*t->pids)))
		return cli_error(CLI_FAILED, "out of memory");
	t->pids[t->n++] = pid;
	return CLI_OK;
}

static int list_processes(const struct cli_options *o, struct process **ret, size_t *ret_n)
{
	int r = process_list(o->host->root, o->cgroup_path, ret, ret_n);

	return r ? cli_error(CLI_FAILED, "cannot list processes: %s", strerror(-r)) : CLI_OK;
}

/* All processes of that name. */
static int targets_add_name(const struct cli_options *o, const char *name, struct targets *t)
{
	_cleanup_free_ struct process *list = NULL;
	size_t n = 0, before = t->n;
	int code = list_processes(o, &list, &n);

	for (size_t i = 0; !code && i < n; i++) {
		_cleanup_free_ char *comm = NULL;

		if (!process_comm(o->host->root, list[i].pid, &comm) && !strcmp(comm, name))
			code = targets_add(t, list[i].pid);
	}
	if (!code && t->n == before)
		code = cli_error(CLI_NO_SUCH, "there is no process named '%s'", name);
	return code;
}

static int targets_add_pid(const struct cli_options *o, pid_t pid, struct targets *t)
{
	struct process_look look;
	int code = process_check(o->host, pid, &look);

	if (!code && look.kernel)
		code = cli_error(CLI_UNAVAILABLE,
				 "process %d is a kernel thread, which has no user memory",
				 pid);
	return code ? code : targets_add(t, pid);
}

static int targets_add_cgroup(const struct cli_options *o, struct targets *t)
{
	_cleanup_free_ struct process *list = NULL;
	size_t n = 0;
	int code = list_processes(o, &list, &n);

	for (size_t i = 0; !code && i < n; i++)
		code = targets_add(t, list[i].pid);
	if (!code && !t->n)
		code = cli_error(CLI_NO_SUCH, "no process with memory is in cgroup %s",
				 o->cgroup_path);
	return code;
}

static int find_targets(const struct cli_options *o, struct targets *t)
{
	int code = CLI_OK;

	if (o->argc && o->cgroup)
		return cli_error(CLI_USAGE, "why: give either processes or --cgroup");
	if (!o->argc && !o->cgroup)
		return cli_error(CLI_USAGE,
				 "why: give a PID, a name or --cgroup PATH; the whole machine "
				 "is --cgroup /");
	if (o->cgroup)
		return targets_add_cgroup(o, t);
	t->chosen = true;
	for (int i = 0; !code && i < o->argc; i++) {
		uint64_t pid = 0;

		if (!parse_u64(o->argv[i], 10, INT_MAX, &pid) && pid) {
			code = targets_add_pid(o, pid, t);
			continue;
		}
		t->chosen = false;
		code = targets_add_name(o, o->argv[i], t);
	}
	return code;
}

/* The largest leaf up to WANTED_MAX. */
static void leaf_usual(const struct pagewalk *w, struct why_facts *f)
{
	const struct pagewalk_geometry *g = pagewalk_geometry(w);

	f->page_size = g->page_size;
	f->contiguous_bytes = g->leaf_bytes[LEAF_CONT_PTE];
	f->pmd_bytes = g->leaf_bytes[LEAF_PMD];
	f->wanted_bytes = f->pmd_bytes > WANTED_MAX && f->contiguous_bytes
				  ? f->contiguous_bytes
				  : f->pmd_bytes;
}

/* The leaf that --leaf names, or the usual one. */
static int choose_leaf(const struct cli_options *o, const struct pagewalk *w,
		       struct why_facts *f)
{
	char a[24], b[24];

	leaf_usual(w, f);
	if (!o->leaf_bytes)
		return CLI_OK;
	f->wanted_bytes = o->leaf_bytes;
	if (f->wanted_bytes == f->pmd_bytes && f->pmd_bytes / f->page_size > WALK_CHUNK)
		return cli_error(CLI_UNAVAILABLE,
				 "--leaf: why looks at blocks of at most %s here",
				 format_size(WALK_CHUNK * f->page_size, a, sizeof(a)));
	if (f->wanted_bytes == f->pmd_bytes || f->wanted_bytes == f->contiguous_bytes)
		return CLI_OK;
	format_size(f->contiguous_bytes, a, sizeof(a));
	return cli_error(CLI_USAGE, "--leaf: this machine has no such leaf; expected %s%s%s",
			 f->contiguous_bytes ? a : "", f->contiguous_bytes ? " or " : "",
			 format_size(f->pmd_bytes, b, sizeof(b)));
}

static int find_facts(const struct cli_options *o, const struct pagewalk *w,
		      struct why_facts *f)
{
	char path[PATH_MAX], why[PATH_MAX + 128];
	int code = choose_leaf(o, w, f), r;

	if (code)
		return code;
	r = why_read_policies(o->host->root, f, path, sizeof(path));
	if (r == -ENOMEM)
		return cli_error(CLI_FAILED, "out of memory");
	return r ? cli_error(CLI_UNAVAILABLE, "the policies are not known: %s",
			     file_why(r, path, why, sizeof(why)))
		 : CLI_OK;
}

static int reasons_take_step(void *arg, const struct pagewalk_step *s)
{
	why_step(arg, s);
	return 0;
}

static int reasons_take_range(void *arg, const struct pagewalk_range *r)
{
	why_range(arg, r);
	return 0;
}

/* The reason of most of what is small in @v. */
static void vma_judge(const struct why_facts *f, const struct why_vma *v,
		      struct reasons_vma *to)
{
	struct why_sum sum = { 0 };

	why_add_vma(f, v, &sum);
	to->small = sum.small.bytes;
	for (int k = 0; k < WHY_MAX; k++) {
		if (sum.reason[k].bytes <= to->reason_bytes)
			continue;
		to->reason = k;
		to->reason_bytes = sum.reason[k].bytes;
	}
}

static int reasons_add_vmas(struct reasons *r, pid_t pid, const struct why *w)
{
	for (size_t i = 0; i < w->nvmas; i++) {
		const struct why_vma *v = &w->vmas[i];
		struct reasons_vma new = { .pid = pid, .start = v->start, .end = v->end };

		vma_judge(&w->facts, v, &new);
		if (!new.small)
			continue;
		new.name = strdup(v->name);
		if (!new.name || array_reserve_one(&r->vmas, r->nvmas, sizeof(*r->vmas))) {
			free(new.name);
			return -ENOMEM;
		}
		r->vmas[r->nvmas++] = new;
	}
	return 0;
}

static int reasons_add(struct reasons *r, const struct cli_options *o, pid_t pid,
		       const struct why *w)
{
	uint64_t small = r->sum.small.bytes, reached = r->sum.reached;
	struct reasons_process *p;

	if (array_reserve_one(&r->processes, r->nprocesses, sizeof(*r->processes)))
		return -ENOMEM;
	why_add(w, &r->sum);
	p = &r->processes[r->nprocesses++];
	*p = (struct reasons_process){ .pid = pid,
				       .small = r->sum.small.bytes - small,
				       .reached = r->sum.reached - reached };
	if (process_comm(o->host->root, pid, &p->comm))
		p->comm = NULL;
	return reasons_add_vmas(r, pid, w);
}

static int reasons_walk_one(struct reasons *r, const struct cli_options *o, struct pagewalk *w,
			    pid_t pid)
{
	struct why_process p;
	struct pagewalk_ops ops = { .step = reasons_take_step,
				    .range = reasons_take_range,
				    .arg = &p.why };
	struct pagewalk_sum sum;
	int e = why_process_read(o->host->root, pid, &r->facts, &p);

	if (e)
		return e;
	e = pagewalk_process(w, pid, &ops, &sum);
	if (!e)
		e = reasons_add(r, o, pid, &p.why);
	why_process_done(&p);
	return e;
}

static int reasons_walk_code(const struct pagewalk *w, pid_t pid, int e)
{
	switch (e) {
	case -ESRCH:
	case -ENOMEM:
	case -EPERM:
	case -EOPNOTSUPP:
		return process_check_walk(w, pid, e);
	case -EACCES: /* of the files that are read besides */
		return process_check_walk(w, pid, -EPERM);
	default:
		return cli_error(CLI_FAILED, "looking at process %d failed: %s", pid,
				 strerror(-e));
	}
}

static int reasons_walk_all(struct reasons *r, const struct cli_options *o, struct pagewalk *w,
			    const struct targets *t)
{
	for (size_t i = 0; i < t->n; i++) {
		int e = reasons_walk_one(r, o, w, t->pids[i]);

		if (e == -ESRCH && !t->chosen)
			r->ended++;
		else if (e)
			return reasons_walk_code(w, t->pids[i], e);
	}
	return r->nprocesses ? CLI_OK : cli_error(CLI_NO_SUCH, "all processes ended");
}

static void read_faults(const struct cli_options *o, struct reasons *r)
{
	uint64_t *to[] = { &r->faults.got, &r->faults.fell_back };
	static const char *const names[] = { "anon_fault_alloc", "anon_fault_fallback" };
	char path[160];
	int e = 0;

	for (size_t i = 0; !e && i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), MTHP_DIR "/hugepages-%" PRIu64 "kB/stats/%s",
			 r->facts.wanted_bytes / 1024, names[i]);
		e = file_read_u64(o->host->root, path, to[i]);
	}
	r->faults.known = !e;
}

static int by_small(const void *pa, const void *pb)
{
	const struct reasons_vma *a = pa, *b = pb;

	if (a->small != b->small)
		return a->small > b->small ? -1 : 1;
	return a->start < b->start ? -1 : a->start > b->start;
}

void reasons_done(struct reasons *r)
{
	for (size_t i = 0; i < r->nprocesses; i++)
		free(r->processes[i].comm);
	for (size_t i = 0; i < r->nvmas; i++)
		free(r->vmas[i].name);
	free(r->processes);
	free(r->vmas);
}

int reasons_find(const struct cli_options *o, struct pagewalk *w, pid_t pid,
		 struct reasons *ret)
{
	char path[PATH_MAX];
	int e;

	ret->unread = pagewalk_why(w, PAGEWALK_FOLIOS);
	leaf_usual(w, &ret->facts);
	e = why_read_policies(o->host->root, &ret->facts, path, sizeof(path));
	if (!e)
		e = reasons_walk_one(ret, o, w, pid);
	if (ret->nvmas)
		qsort(ret->vmas, ret->nvmas, sizeof(*ret->vmas), by_small);
	read_faults(o, ret);
	return e;
}

static int reasons_print(const struct cli_options *o, const struct reasons *r)
{
	if (o->json)
		return reasons_print_json(r);
	if (reasons_print_text(stdout, o, r))
		return cli_error(CLI_FAILED, "out of memory");
	return cli_flush();
}

static int find_reasons(const struct cli_options *o, struct pagewalk *w,
			const struct targets *t)
{
	struct reasons r = { .unread = pagewalk_why(w, PAGEWALK_FOLIOS) };
	int code;

	if (pagewalk_why(w, PAGEWALK_PROCESS))
		return reasons_walk_code(w, t->pids[0], -EOPNOTSUPP);
	code = find_facts(o, w, &r.facts);
	if (!code)
		code = reasons_walk_all(&r, o, w, t);
	if (r.nvmas)
		qsort(r.vmas, r.nvmas, sizeof(*r.vmas), by_small);
	read_faults(o, &r);
	if (!code)
		code = reasons_print(o, &r);
	reasons_done(&r);
	return code;
}

static int why_run(struct cli_options *o)
{
	struct targets t = { 0 };
	struct pagewalk *w = NULL;
	int code = find_targets(o, &t);

	if (!code && pagewalk_new(o->host, PAGEWALK_FOLIOS, NULL, &w))
		code = cli_error(CLI_FAILED, "out of memory");
	if (!code)
		code = find_reasons(o, w, &t);
	pagewalk_free(w);
	free(t.pids);
	return code;
}

const struct cli_command command_why = {
	.name = "why",
	.bit = CMD_WHY,
	.operands = "PID|NAME...",
	.max_operands = CLI_MAX_PIDS,
	.help = "Say why memory of processes is not mapped by huge pages",
	.exits = { [CLI_UNAVAILABLE] =
			   "the page tables cannot be walked; the message says why",
		   [CLI_NO_SUCH] = "no such process, or it exited during the walk" },
	.run = why_run,
};
