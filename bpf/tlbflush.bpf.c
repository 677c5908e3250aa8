// SPDX-License-Identifier: GPL-2.0-only
/*
 * tlbflush.bpf.c - TLB flushes by kind, process and cgroup
 *
 * One program a hook; user space loads those this kernel has.  Flushes come
 * at up to millions a second, so nothing is recorded, only counted.  A kind
 * has one program only, and a program does not nest on its CPU: per-CPU
 * counters need no atomics.
 */
#include "process.bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct flush_cpu);
} flush_cpus SEC(".maps");

static __always_inline void add_pages(struct flush_total *t, u64 pages)
{
	t->flushes++;
	if (pages == FLUSH_WHOLE)
		t->full++;
	else
		t->pages += pages;
}

/*
 * A global function is verified once, for any arguments; inlined into every kind's path, its
 * walk through task_struct made up nearly all of the time to load the program.
 */
__noinline int attribute(struct flush_cpu *cpu, u32 kind, u64 pages)
{
	struct process_row *row;

	if (!cpu || kind >= FLUSH_KINDS)
		return 0;
	row = process_row_of(bpf_get_current_task_btf(), &cpu->hint);
	if (!row) {
		cpu->kind[kind].unattributed++;
	} else if (kind == FLUSH_REMOTE_SHOOTDOWN) {
		__sync_fetch_and_add(&row->count[FLUSH_RECEIVED], 1);
	} else if (kind == FLUSH_REMOTE_SEND_IPI) {
		__sync_fetch_and_add(&row->count[FLUSH_SENT], 1);
	} else {
		__sync_fetch_and_add(&row->count[FLUSH_OWN], 1);
		if (pages != FLUSH_WHOLE)
			__sync_fetch_and_add(&row->count[FLUSH_PAGES], pages);
	}
	return 0;
}

/* A task switch and a shootdown that came too late are no process's doing. */
static __always_inline bool has_process(u32 kind)
{
	return kind != FLUSH_TASK_SWITCH && kind != FLUSH_REMOTE_WRONG_CPU &&
	       kind != FLUSH_OTHER;
}

/* 0 pages: the event flushed nothing. */
static __always_inline int flush(u32 kind, u64 pages)
{
	u32 zero = 0;
	struct flush_cpu *cpu = bpf_map_lookup_elem(&flush_cpus, &zero);

	if (!cpu || kind >= FLUSH_KINDS)
		return 0;
	if (!pages) {
		cpu->kind[kind].idle++;
		return 0;
	}
	add_pages(&cpu->kind[kind], pages);
	if (has_process(kind))
		attribute(cpu, kind, pages);
	return 0;
}

/* --- x86_64: tracepoint tlb:tlb_flush(reason, pages) ------------------------ */

/* libbpf looks the values up in the running kernel. */
enum tlb_flush_reason {
	TLB_FLUSH_ON_TASK_SWITCH,
	TLB_REMOTE_SHOOTDOWN,
	TLB_LOCAL_SHOOTDOWN,
	TLB_LOCAL_MM_SHOOTDOWN,
	TLB_REMOTE_SEND_IPI,
	TLB_REMOTE_WRONG_CPU, /* since 6.15 */
};

#define REASON(name) bpf_core_enum_value(enum tlb_flush_reason, name)

static __always_inline u32 kind_of(u32 reason)
{
	if (reason == REASON(TLB_LOCAL_MM_SHOOTDOWN))
		return FLUSH_LOCAL_MM_SHOOTDOWN;
	if (reason == REASON(TLB_REMOTE_SHOOTDOWN))
		return FLUSH_REMOTE_SHOOTDOWN;
	if (reason == REASON(TLB_REMOTE_SEND_IPI))
		return FLUSH_REMOTE_SEND_IPI;
	if (reason == REASON(TLB_FLUSH_ON_TASK_SWITCH))
		return FLUSH_TASK_SWITCH;
	if (reason == REASON(TLB_LOCAL_SHOOTDOWN))
		return FLUSH_LOCAL_SHOOTDOWN;
	if (bpf_core_enum_value_exists(enum tlb_flush_reason, TLB_REMOTE_WRONG_CPU) &&
	    reason == REASON(TLB_REMOTE_WRONG_CPU))
		return FLUSH_REMOTE_WRONG_CPU;
	return FLUSH_OTHER;
}

SEC("tp_btf/tlb_flush")
int BPF_PROG(tlb_flush_btf, int reason, unsigned long pages)
{
	return flush(kind_of(reason), pages);
}

SEC("raw_tp/tlb_flush")
int BPF_PROG(tlb_flush_raw, int reason, unsigned long pages)
{
	return flush(kind_of(reason), pages);
}
