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

const volatile __u32 page_shift = 12;

static __always_inline bool is_range(u64 pages)
{
	return pages != FLUSH_WHOLE && pages != FLUSH_UNKNOWN;
}

static __always_inline void add_pages(struct flush_total *t, u64 pages)
{
	t->flushes++;
	if (pages == FLUSH_WHOLE)
		t->full++;
	else if (is_range(pages))
		t->pages += pages;
}

/*
 * A global function is verified once, for any arguments; inlined into every kind's path, its
 * walk through task_struct made up nearly all of the time to load the program.
 */
__noinline int attribute(struct flush_cpu *cpu, u32 kind, u64 pages)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct process_row *row;

	if (!cpu)
		return 0;
	row = process_row_of(task_cgroup_id(task), task->tgid, &task->comm, &cpu->hint);
	if (!row) {
		cpu->unattributed++;
	} else if (kind == FLUSH_REMOTE_SHOOTDOWN) {
		__sync_fetch_and_add(&row->count[FLUSH_RECEIVED], 1);
	} else if (kind == FLUSH_REMOTE_SEND_IPI) {
		__sync_fetch_and_add(&row->count[FLUSH_SENT], 1);
	} else {
		__sync_fetch_and_add(&row->count[FLUSH_OWN], 1);
		if (is_range(pages))
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

/* --- stock arm64: functions next to the flush, which itself is inlined ------ */

/*
 * What is left to flush at the end: arch/arm64/include/asm/tlb.h, tlb_flush().  Of a range of
 * pages the flush was done, inlined, at the end of each VMA (tlb_end_vma()).
 */
static __always_inline int gather(const struct mmu_gather *tlb)
{
	bool tables = BPF_CORE_READ_BITFIELD_PROBED(tlb, freed_tables) || unshared_tables(tlb);
	u64 pages;

	if (mm_flush_pending(BPF_CORE_READ(tlb, mm)) > 1)
		return flush(FLUSH_GATHER, FLUSH_WHOLE);
	if (!tables && !BPF_CORE_READ_BITFIELD_PROBED(tlb, cleared_ptes) &&
	    !BPF_CORE_READ_BITFIELD_PROBED(tlb, cleared_pmds) &&
	    !BPF_CORE_READ_BITFIELD_PROBED(tlb, cleared_puds) &&
	    !BPF_CORE_READ_BITFIELD_PROBED(tlb, cleared_p4ds))
		return 0;
	if (BPF_CORE_READ_BITFIELD_PROBED(tlb, fullmm))
		return flush(FLUSH_GATHER, tables ? FLUSH_WHOLE : 0);
	pages = (BPF_CORE_READ(tlb, end) - BPF_CORE_READ(tlb, start)) >> page_shift;
	return flush(FLUSH_GATHER, pages);
}

/* mm/pgtable-generic.c: a flush if the entry was one a TLB could hold, that is, valid */
static __always_inline int pte(const u64 *ptep)
{
	u64 entry = 0;

	bpf_probe_read_kernel(&entry, sizeof(entry), ptep);
	return flush(FLUSH_PTE, entry & 1);
}

/* mm/rmap.c: completes the invalidations of a batch, if there were any */
static __always_inline int batch(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return task->tlb_ubc.flush_required ? flush(FLUSH_BATCH, FLUSH_UNKNOWN) : 0;
}

SEC("fentry/tlb_finish_mmu")
int BPF_PROG(gather_fentry, struct mmu_gather *tlb)
{
	return gather(tlb);
}

SEC("kprobe/tlb_finish_mmu")
int BPF_KPROBE(gather_kprobe, struct mmu_gather *tlb)
{
	return gather(tlb);
}

SEC("fentry/ptep_clear_flush")
int BPF_PROG(pte_fentry, void *vma, unsigned long address, u64 *ptep)
{
	return pte(ptep);
}

SEC("kprobe/ptep_clear_flush")
int BPF_KPROBE(pte_kprobe, void *vma, unsigned long address, u64 *ptep)
{
	return pte(ptep);
}

SEC("fentry/try_to_unmap_flush")
int BPF_PROG(batch_fentry)
{
	return batch();
}

SEC("kprobe/try_to_unmap_flush")
int BPF_KPROBE(batch_kprobe)
{
	return batch();
}

/* mm/vmalloc.c: returns whether anything was purged, and only then flushed the range */
SEC("fexit/__purge_vmap_area_lazy")
int BPF_PROG(vmalloc_fexit)
{
	u64 purged = 0;

	bpf_get_func_ret(ctx, &purged);
	return purged & 0xff ? flush(FLUSH_VMALLOC, FLUSH_UNKNOWN) : 0;
}

SEC("kretprobe/__purge_vmap_area_lazy")
int BPF_KRETPROBE(vmalloc_kretprobe, u64 purged)
{
	return purged & 0xff ? flush(FLUSH_VMALLOC, FLUSH_UNKNOWN) : 0;
}

/* --- arm64 with the pgtop kernel series ------------------------------------ */

/* include/trace/events/arm64_mm.h of the series: scope, and flag for a range too long */
enum { SCOPE_MM, SCOPE_RANGE, SCOPE_PAGE, SCOPE_KERNEL, SCOPE_ALL };
#define FLAG_ESCALATED 4

static __always_inline int traced(u32 scope, u64 start, u64 end, u32 flags)
{
	u32 kind = FLUSH_SCOPE_MM + (scope <= SCOPE_ALL ? scope : SCOPE_ALL);
	u32 zero = 0;
	struct flush_cpu *cpu = bpf_map_lookup_elem(&flush_cpus, &zero);

	if (flags & FLAG_ESCALATED && cpu)
		cpu->kind[kind].escalated++;
	if (scope == SCOPE_MM || scope == SCOPE_ALL || flags & FLAG_ESCALATED)
		return flush(kind, FLUSH_WHOLE);
	return flush(kind, (end - start) >> page_shift);
}

SEC("tp_btf/arm64_tlb_flush")
int BPF_PROG(arm64_flush, unsigned int scope, struct mm_struct *mm, unsigned long start,
	     unsigned long end, unsigned long stride, int level, unsigned int flags)
{
	return traced(scope, start, end, flags);
}

SEC("tp_btf/arm64_tlb_flush_kernel")
int BPF_PROG(arm64_flush_kernel, unsigned long start, unsigned long end, unsigned long ip,
	     unsigned int scope)
{
	return traced(scope, start, end, 0);
}
