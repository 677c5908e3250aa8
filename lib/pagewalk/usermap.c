// SPDX-License-Identifier: GPL-2.0-only
/* usermap.c - the source that walks the page tables of the largest processes */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pagewalk/pagewalk.h"
#include "host/process.h"
#include "snapshot/source.h"
#include "util/util.h"

/*
 * So many calls into the kernel a snapshot takes to walk, about 100 ms; each process at most
 * half of what is left, so that one that is huge leaves some to the others.  Not a time: one
 * pause of the machine would use it up.
 */
#define SNAPSHOT_CALLS 400

#define NO_TIME                                                                               \
	"its page walk takes too long for a snapshot of many processes: choose it by --pid"

#define HIDDEN "the kernel hides it from BPF iterators: run pgtop on the host"

#define NOT_WANTED "pgtopd walks no processes: set processes in pgtopd.conf"

#define NO_CONTPTE "the contiguous bit exists only on arm64"

struct usermap {
	struct host *host;
	struct pagewalk *walk;
	const pid_t *pids; /* walk only these */
	size_t npids;	   /* 0: walk the largest */
	char *cgroup;	   /* of this cgroup; NULL: of all */
	unsigned int processes;
};

/* What one snapshot adds up. */
struct tally {
	struct snapshot *s;
	const struct usermap *u;
	struct pagewalk_sum sum;
	size_t columns[6];
	uint64_t calls; /* into the kernel */
	size_t listed;	/* with memory; 0: not looked at, the wanted ones were given */
	unsigned int walked;
	unsigned int left;   /* not walked, or not to the end: time was short */
	unsigned int hidden; /* not walked: the kernel does not let it */
	unsigned int ended;  /* not walked: asked for, but no longer there */
	pid_t failed;	     /* the first of those asked for that was not walked */
};

enum { COL_PRESENT, COL_CONTPTE, COL_ALIGNED, COL_BLOCK, COL_ZERO, COL_SWAP };

static void usermap_close(void *source)
{
	struct usermap *u = source;

	if (!u)
		return;
	pagewalk_free(u->walk);
	free(u->cgroup);
	free(u);
}

static int usermap_open(struct host *h, const struct source_options *o, struct probe *p,
			void **ret)
{
	struct usermap *u = calloc(1, sizeof(*u));
	int r;

	if (!u)
		return -ENOMEM;
	u->host = h;
	u->pids = o->pids;
	u->npids = o->npids;
	u->processes = o->walk_processes;
	u->cgroup = o->cgroup ? strdup(o->cgroup) : NULL;
	r = o->cgroup && !u->cgroup ? -ENOMEM : pagewalk_new(h, PAGEWALK_PROCESS, p, &u->walk);
	if (r) {
		usermap_close(u);
		return r;
	}
	*ret = u;
	return 0;
}

static bool has_contpte(const struct usermap *u)
{
	return host_contpte_bytes(u->host) != 0;
}

static uint64_t block_bytes(const struct pagewalk_sum *sum)
{
	uint64_t n = 0;

	for (int k = LEAF_PMD; k < LEAF_MAX; k++)
		n += sum->bytes[k];
	return n;
}

static struct row *row_of(struct tally *t, struct table *table, pid_t pid)
{
	_cleanup_free_ char *comm = NULL, *cgroup = NULL;
	struct row *r = table_row(table, pid, NULL);

	/* another source may have made the row, and named it */
	if (r && !r->label[0] && !process_comm(t->u->host->root, pid, &comm))
		row_label(table, r, 0, comm);
	if (r && !r->label[1] && !process_cgroup(t->u->host->root, pid, &cgroup))
		row_label(table, r, 1, cgroup);
	return r;
}

/* What was seen, but could not be understood, is told beside the rest. */
static const char *via_of(const struct tally *t, const struct pagewalk_sum *sum)
{
	uint64_t doubts = sum->read_errors + sum->bad_frames;

	if (!doubts)
		return "page walk";
	return snapshot_intern(t->s, "page walk; %" PRIu64 " entries made no sense", doubts);
}

static void usermap_set_row(struct tally *t, pid_t pid, const struct pagewalk_sum *sum)
{
	const char *absent_why = pagewalk_geometry(t->u->walk)->absent_why;
	const char *via = via_of(t, sum);
	struct table *table = snapshot_table(t->s, TABLE_PROCESS);
	struct row *r = row_of(t, table, pid);

	row_set(table, r, t->columns[COL_PRESENT], pagewalk_present(sum), via);
	row_set(table, r, t->columns[COL_BLOCK], block_bytes(sum), via);
	row_set(table, r, t->columns[COL_ZERO], sum->zero_bytes, via);
	if (absent_why)
		row_lacks(table, r, t->columns[COL_SWAP], absent_why);
	else
		row_set(table, r, t->columns[COL_SWAP], sum->swap_bytes, via);
	if (has_contpte(t->u)) {
		row_set(table, r, t->columns[COL_CONTPTE], sum->bytes[LEAF_CONT_PTE], via);
		row_set(table, r, t->columns[COL_ALIGNED], sum->aligned_bytes, via);
	} else {
		row_lacks(table, r, t->columns[COL_CONTPTE], NO_CONTPTE);
		row_lacks(table, r, t->columns[COL_ALIGNED], NO_CONTPTE);
	}
}

/* A process of which a part was seen has no numbers. */
static void lack_row(struct tally *t, pid_t pid, const char *why)
{
	struct table *table = snapshot_table(t->s, TABLE_PROCESS);
	struct row *r = row_of(t, table, pid);

	for (size_t i = 0; i < ARRAY_SIZE(t->columns); i++)
		row_lacks(table, r, t->columns[i], why);
}

/* @calls: see struct pagewalk_ops */
static int walk_one(struct tally *t, pid_t pid, uint64_t calls)
{
	const struct pagewalk_ops ops = { .calls = calls };
	struct pagewalk_sum sum;
	int r = pagewalk_process(t->u->walk, pid, &ops, &sum);

	t->calls += sum.calls;
	if (r)
		return r;
	usermap_set_row(t, pid, &sum);
	for (int k = 0; k < LEAF_MAX; k++)
		t->sum.bytes[k] += sum.bytes[k];
	t->sum.zero_bytes += sum.zero_bytes;
	t->sum.aligned_bytes += sum.aligned_bytes;
	t->sum.read_errors += sum.read_errors;
	t->sum.bad_frames += sum.bad_frames;
	t->walked++;
	return 0;
}

static int walk_largest(struct tally *t)
{
	_cleanup_free_ struct process *list = NULL;
	size_t n, wanted;
	int r;

	r = process_list(t->u->host->root, t->u->cgroup, &list, &n);
	if (r)
		return r;
	t->listed = n;
	wanted = MIN(n, t->u->processes);
	for (size_t i = 0; i < wanted; i++) {
		uint64_t share =
			t->calls < SNAPSHOT_CALLS ? (SNAPSHOT_CALLS - t->calls) / 2 : 0;

		r = share ? walk_one(t, list[i].pid, share) : -ETIME;
		if (r == -ETIME) {
			t->left++;
			lack_row(t, list[i].pid, NO_TIME);
		} else if (r == -EPERM) {
			t->hidden++;
			lack_row(t, list[i].pid, HIDDEN);
		} else if (r && r != -ESRCH) {
			return r;
		}
	}
	if (t->walked)
		return 0;
	return t->left ? -ETIME : t->hidden ? -EPERM : 0;
}

/* Those that were asked for, however long it takes. */
static int walk_asked(struct tally *t)
{
	int first = 0;

	for (size_t i = 0; i < t->u->npids; i++) {
		pid_t pid = t->u->pids[i];
		int r = walk_one(t, pid, 0);

		if (r && r != -ESRCH && r != -EPERM)
			return r;
		t->ended += r == -ESRCH;
		t->hidden += r == -EPERM;
		if (r == -EPERM && t->u->npids > 1)
			lack_row(t, pid, HIDDEN);
		if (r && !first) {
			first = r;
			t->failed = pid;
		}
	}
	return t->walked ? 0 : first;
}

/* How the sums came about, and what is not in them. */
static const char *via_of_all(const struct tally *t)
{
	const char *via = via_of(t, &t->sum);

	if (t->left)
		via = snapshot_intern(t->s,
				      "%s; %u more process%s not walked: too little time", via,
				      t->left, t->left == 1 ? "" : "es");
	if (t->hidden)
		via = snapshot_intern(t->s, "%s; %u more process%s hidden by the kernel", via,
				      t->hidden, t->hidden == 1 ? " is" : "es are");
	if (t->ended)
		via = snapshot_intern(t->s, "%s; %u given process%s ended", via, t->ended,
				      t->ended == 1 ? "" : "es");
	return via;
}

static void usermap_set_fields(struct tally *t)
{
	struct table *table = snapshot_table(t->s, TABLE_USER_MAP);
	const struct pagewalk_geometry *g = pagewalk_geometry(t->u->walk);
	const char *via = via_of_all(t);
	size_t bytes = table_column(table, "bytes", VALUE_GAUGE, UNIT_BYTES);

	for (int k = 0; k < LEAF_MAX; k++) {
		if (g->leaf_bytes[k])
			row_set(table,
				table_row(table, g->leaf_bytes[k], leaf_name(t->u->walk, k)),
				bytes, t->sum.bytes[k], via);
	}
	snapshot_set(t->s, F_USER_WALKED, pagewalk_present(&t->sum), via);
	snapshot_set(t->s, F_USER_BLOCK, block_bytes(&t->sum), via);
	snapshot_set(t->s, F_USER_ZERO, t->sum.zero_bytes, via);
	snapshot_set(t->s, F_USER_PROCESSES, t->walked, via);
	if (t->listed)
		snapshot_set(t->s, F_USER_LISTED, t->listed, "/proc/PID/statm");
	if (has_contpte(t->u)) {
		snapshot_set(t->s, F_CONTPTE_MAPPED, t->sum.bytes[LEAF_CONT_PTE], via);
		snapshot_set(t->s, F_CONTPTE_ELIGIBLE, t->sum.aligned_bytes, via);
	} else {
		snapshot_lacks(t->s, F_CONTPTE_MAPPED, NO_CONTPTE);
		snapshot_lacks(t->s, F_CONTPTE_ELIGIBLE, NO_CONTPTE);
	}
}

static void lack_fields(struct snapshot *s, const char *why)
{
	static const enum snapshot_field_id fields[] = {
		F_CONTPTE_MAPPED, F_CONTPTE_ELIGIBLE, F_USER_WALKED,
		F_USER_BLOCK,	  F_USER_ZERO,	      F_USER_PROCESSES,
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		snapshot_lacks(s, fields[i], why);
	table_lacks(snapshot_table(s, TABLE_USER_MAP), why);
}

static void usermap_add_columns(struct tally *t)
{
	static const char *const names[] = {
		[COL_PRESENT] = "present_bytes", [COL_CONTPTE] = "contpte_bytes",
		[COL_ALIGNED] = "aligned_bytes", [COL_BLOCK] = "block_bytes",
		[COL_ZERO] = "zero_bytes",	 [COL_SWAP] = "swap_bytes",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		t->columns[i] = table_column(snapshot_table(t->s, TABLE_PROCESS), names[i],
					     VALUE_GAUGE, UNIT_BYTES);
}

static const char *why_not(const struct tally *t, int r)
{
	if (r == -ESRCH)
		return snapshot_intern(t->s, "process %d has ended", t->failed);
	if (r == -ETIME)
		return "walking any of these processes takes too long for a snapshot of many: "
		       "choose one by --pid";
	if (r == -EPERM && !t->u->npids)
		return "the kernel hides these processes from BPF iterators: run pgtop on the "
		       "host";
	if (r == -EPERM)
		return snapshot_intern(t->s, "the kernel hides process %d from BPF iterators",
				       t->failed);
	return snapshot_intern(t->s, "walking page tables failed: %s", strerror(-r));
}

static int usermap_read(void *source, struct snapshot *s)
{
	const struct usermap *u = source;
	struct tally t = { .s = s, .u = u };
	const char *why = !u->npids && !u->processes ? NOT_WANTED
						     : pagewalk_why(u->walk, PAGEWALK_PROCESS);
	int r;

	if (why) {
		lack_fields(s, why);
		return snapshot_error(s);
	}
	usermap_add_columns(&t);
	r = u->npids ? walk_asked(&t) : walk_largest(&t);
	if (r)
		lack_fields(s, why_not(&t, r));
	else
		usermap_set_fields(&t);
	return snapshot_error(s);
}

static void usermap_cost(const void *source, struct snapshot *s)
{
	const struct usermap *u = source;

	pagewalk_tell_runs(u->walk, s);
}

const struct source_class source_usermap = {
	.name = "usermap",
	.open = usermap_open,
	.read = usermap_read,
	.cost = usermap_cost,
	.close = usermap_close,
};
