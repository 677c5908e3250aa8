/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process.bpf.h - counts by process and cgroup
 *
 * The rows are an array; a hash says which row a process has.  A hash lookup
 * costs ten times an array lookup, and events of one process come in runs:
 * so each CPU remembers the row it used last and the row says whose it is.
 */
#ifndef PGTOP_PROCESS_BPF_H
#define PGTOP_PROCESS_BPF_H

#include "count.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PROCESS_ROWS);
	__type(key, struct process_key);
	__type(value, u32);
} process_index SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PROCESS_ROWS);
	__type(key, u32);
	__type(value, struct process_row);
} process_rows SEC(".maps");

/* Rows user space took back from processes that have ended. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, PROCESS_ROWS);
	__type(value, u32);
} process_free SEC(".maps");

/* A row that nobody has: one given back, or the next; row 0 counts how many were begun. */
static __always_inline u32 process_take(void)
{
	u32 i = 0;
	struct process_row *begun;

	if (!bpf_map_pop_elem(&process_free, &i))
		return i;
	i = 0;
	begun = bpf_map_lookup_elem(&process_rows, &i);
	if (!begun || begun->count[0] >= PROCESS_ROWS - 1)
		return PROCESS_ROWS;
	return __sync_fetch_and_add(&begun->count[0], 1) + 1;
}

/* A row for @key, or NULL if none is left. */
static __always_inline struct process_row *process_new(const struct process_key *key,
						       struct task_struct *task, u32 *hint)
{
	u32 i = process_take(), *known;
	struct process_row *row = bpf_map_lookup_elem(&process_rows, &i);

	if (!row)
		return 0;
	row->key = *key;
	task_name(row->comm, task);
	if (bpf_map_update_elem(&process_index, key, &i, BPF_NOEXIST)) {
		/* Another CPU was first: its row counts, this one is for the next process. */
		row->key.tgid = 0;
		row->key.cgroup = 0;
		bpf_map_push_elem(&process_free, &i, BPF_ANY);
		known = bpf_map_lookup_elem(&process_index, key);
		if (!known)
			return 0;
		i = *known;
		row = bpf_map_lookup_elem(&process_rows, &i);
	}
	*hint = i;
	return row;
}

/* Not inlined: a BPF function's frame is cheap and the way is rare. */
static __noinline struct process_row *process_search(u64 cgroup, u32 tgid,
						     struct task_struct *task, u32 *hint)
{
	struct process_key key = { .cgroup = cgroup, .tgid = tgid };
	u32 *known = bpf_map_lookup_elem(&process_index, &key);

	if (!known)
		return process_new(&key, task, hint);
	*hint = *known;
	return bpf_map_lookup_elem(&process_rows, known);
}

/**
 * process_row_of - the row of process @tgid in @cgroup; NULL when there is no free one
 *
 * @task: one of its threads.  @hint: in a per-CPU map value; where to look first.
 */
static __always_inline struct process_row *process_row_of(u64 cgroup, u32 tgid,
							  struct task_struct *task, u32 *hint)
{
	u32 i = *hint; /* copied: before 6.2 a key cannot be in an argument's memory */
	struct process_row *row = bpf_map_lookup_elem(&process_rows, &i);

	/* Row 0 is nobody's. */
	if (i && row && row->key.tgid == tgid && row->key.cgroup == cgroup)
		return row;
	return process_search(cgroup, tgid, task, hint);
}

/*
 * A process may have another name by the time it ends than at its first event: above all one
 * that executes a program.  Its name is that of its first thread.
 */
SEC("tp_btf/task_rename")
int BPF_PROG(process_renamed, struct task_struct *task, const char *comm)
{
	struct process_key key = { .cgroup = task_cgroup_id(task), .tgid = task->tgid };
	struct process_row *row;
	u32 *known;

	if (task->pid != task->tgid)
		return 0;
	known = bpf_map_lookup_elem(&process_index, &key);
	row = known ? bpf_map_lookup_elem(&process_rows, known) : 0;
	if (row)
		bpf_probe_read_kernel_str(row->comm, sizeof(row->comm), comm);
	return 0;
}

#endif
