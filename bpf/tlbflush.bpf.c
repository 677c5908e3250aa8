// SPDX-License-Identifier: GPL-2.0-only
/*
 * tlbflush.bpf.c - TLB flushes by kind, process and cgroup
 *
 * One program a hook; user space loads those this kernel has.  Flushes come
 * at up to millions a second, so nothing is recorded, only counted.
 */
#include "process.bpf.h"

char LICENSE[] SEC("license") = "GPL";

TOTALS(struct flush_cpu);
PLACES(places, BPF_MAP_TYPE_PERCPU_HASH, FLUSH_PLACES, struct place);

const volatile __u32 page_shift = 12;

static __always_inline bool is_range(u64 pages)
{
	return pages != FLUSH_WHOLE && pages != FLUSH_UNKNOWN;
}

static __always_inline void add_pages(struct flush_total *t, u64 pages)
{
	count_add(&t->flushes, 1);
	if (pages == FLUSH_WHOLE)
		count_add(&t->full, 1);
	else if (is_range(pages))
		count_add(&t->pages, pages);
}

static __always_inline void add_scope(struct process_row *row, u32 kind, u32 escalated)
{
	u64 scope = kind - FLUSH_SCOPE_MM; /* of another kind: wraps around */

	barrier_var(scope); /* else it is checked in one register and used in another */
	if (scope >= FLUSH_SCOPES)
		return;
	count_add(&row->count[FLUSH_OWN_SCOPE + scope], 1);
	if (escalated)
		count_add(&row->count[FLUSH_OWN_ESCALATED], 1);
}

/*
 * A global function is verified once, for any arguments; inlined into every kind's path, its
 * walk through task_struct made up nearly all of the time to load the program.
 */
__noinline int attribute(struct flush_cpu *cpu, u32 kind, u64 pages, u32 escalated)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct process_row *row;

	if (!cpu)
		return 0;
	row = process_row_of(task_cgroup_id(task), bpf_get_current_pid_tgid() >> 32, task,
			     &cpu->c.hint);
	if (!row) {
		/* What is unattributed are flushes; a request to others is none. */
		if (kind != FLUSH_REMOTE_SEND_IPI)
			count_add(&cpu->c.unattributed, 1);
	} else if (kind == FLUSH_REMOTE_SHOOTDOWN) {
		count_add(&row->count[FLUSH_RECEIVED], 1);
	} else if (kind == FLUSH_REMOTE_SEND_IPI) {
		count_add(&row->count[FLUSH_SENT], 1);
	} else {
		count_add(&row->count[FLUSH_OWN], 1);
		if (is_range(pages))
			count_add(&row->count[FLUSH_PAGES], pages);
		add_scope(row, kind, escalated);
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
static __always_inline int tlbflush_flush(u32 kind, u64 pages)
{
	struct flush_cpu *cpu = this_cpu();

	if (!cpu || kind >= FLUSH_KINDS)
		return 0;
	if (!pages) {
		count_add(&cpu->kind[kind].idle, 1);
		return 0;
	}
	add_pages(&cpu->kind[kind], pages);
	if (has_process(kind))
		attribute(cpu, kind, pages, 0);
	return 0;
}

/* --- x86_64: tracepoint tlb:tlb_flush(reason, pages) ------------------------ */

static __always_inline u32 tlbflush_kind_of(u32 reason)
{
	TRANSLATE(reason, enum tlb_flush_reason, TLB_LOCAL_MM_SHOOTDOWN,
		  FLUSH_LOCAL_MM_SHOOTDOWN);
	TRANSLATE(reason, enum tlb_flush_reason, TLB_REMOTE_SHOOTDOWN, FLUSH_REMOTE_SHOOTDOWN);
	TRANSLATE(reason, enum tlb_flush_reason, TLB_REMOTE_SEND_IPI, FLUSH_REMOTE_SEND_IPI);
	TRANSLATE(reason, enum tlb_flush_reason, TLB_FLUSH_ON_TASK_SWITCH, FLUSH_TASK_SWITCH);
	TRANSLATE(reason, enum tlb_flush_reason, TLB_LOCAL_SHOOTDOWN, FLUSH_LOCAL_SHOOTDOWN);
	TRANSLATE(reason, enum tlb_flush_reason, TLB_REMOTE_WRONG_CPU, FLUSH_REMOTE_WRONG_CPU);
	return FLUSH_OTHER;
}

SEC("tp_btf")
int BPF_PROG(tlb_flush_btf, int reason, unsigned long pages)
{
	return tlbflush_flush(tlbflush_kind_of(reason), pages);
}

SEC("raw_tp")
int BPF_PROG(tlb_flush_raw, int reason, unsigned long pages)
{
	return tlbflush_flush(tlbflush_kind_of(reason), pages);
}

/* --- stock arm64: functions next to the flush, which itself is inlined ------ */

/*
 * What is left to flush at the end: arch/arm64/include/asm/tlb.h, tlb_flush().  Of a range of
 * pages the flush was done, inlined, at the end of each VMA (tlb_end_vma()).
 */
static __always_inline int tlbflush_gather(const struct mmu_gather *tlb)
{
	bool tables = BPF_CORE_READ_BITFIELD_PROBED(tlb, freed_tables) || unshared_tables(tlb);
	u64 pages;

	if (mm_flush_pending(BPF_CORE_READ(tlb, mm)) > 1)
		return tlbflush_flush(FLUSH_GATHER, FLUSH_WHOLE);
	if (!tables && !BPF_CORE_READ_BITFIELD_PROBED(tlb, cleared_ptes) &&
	    !BPF_CORE_READ_BITFIELD_PROBED(tlb, cleared_pmds) &&
	    !BPF_CORE_READ_BITFIELD_PROBED(tlb, cleared_puds) &&
	    !BPF_CORE_READ_BITFIELD_PROBED(tlb, cleared_p4ds))
		return 0;
	if (BPF_CORE_READ_BITFIELD_PROBED(tlb, fullmm))
		return tlbflush_flush(FLUSH_GATHER, tables ? FLUSH_WHOLE : 0);
	pages = (BPF_CORE_READ(tlb, end) - BPF_CORE_READ(tlb, start)) >> page_shift;
	return tlbflush_flush(FLUSH_GATHER, pages);
}

/* mm/pgtable-generic.c: a flush if the entry was one a TLB could hold, that is, valid */
static __always_inline int tlbflush_pte(const u64 *ptep)
{
	u64 entry = 0;

	bpf_probe_read_kernel(&entry, sizeof(entry), ptep);
	return tlbflush_flush(FLUSH_PTE, entry & 1);
}

/*
 * arch/arm64/mm/fault.c: what is mapped may be written, or was accessed, from now on.  If that
 * is a change, and TLBs can hold the entry as it was (@dirty), it is flushed: on all CPUs,
 * from 6.19 on by the CPU that does it for itself.
 */
static __always_inline int tlbflush_access(const u64 *ptep, u64 entry, int dirty)
{
	u64 old = entry;

	if (!dirty)
		return 0;
	bpf_probe_read_kernel(&old, sizeof(old), ptep);
	return old != entry ? tlbflush_flush(FLUSH_ACCESS, FLUSH_UNKNOWN) : 0;
}

/* mm/rmap.c: completes the invalidations of a batch, if there were any */
static __always_inline int tlbflush_batch(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return task->tlb_ubc.flush_required ? tlbflush_flush(FLUSH_BATCH, FLUSH_UNKNOWN) : 0;
}

AT_ENTRY(gather, tlbflush_gather(tlb), struct mmu_gather *tlb)
AT_ENTRY(pte, tlbflush_pte(ptep), struct vm_area_struct *vma, unsigned long address, u64 *ptep)
AT_ENTRY(batch, tlbflush_batch())
AT_ENTRY(access, tlbflush_access(ptep, entry, dirty), struct vm_area_struct *vma,
	 unsigned long address, u64 *ptep, u64 entry, int dirty)

/* mm/vmalloc.c: returns whether anything was purged, and only then flushed the range */
SEC("fexit")
int BPF_PROG(vmalloc_fexit)
{
	u64 purged = 0;

	bpf_get_func_ret(ctx, &purged);
	return purged & 0xff ? tlbflush_flush(FLUSH_VMALLOC, FLUSH_UNKNOWN) : 0;
}

SEC("kretprobe")
int BPF_KRETPROBE(vmalloc_kretprobe, u64 purged)
{
	return purged & 0xff ? tlbflush_flush(FLUSH_VMALLOC, FLUSH_UNKNOWN) : 0;
}

/* --- arm64 with the pgtop kernel series: include/trace/events/arm64_mm.h ---- */

static __always_inline u32 scope_kind(u32 scope)
{
	TRANSLATE(scope, enum arm64_tlb_scope, ARM64_TLB_SCOPE_RANGE, FLUSH_SCOPE_RANGE);
	TRANSLATE(scope, enum arm64_tlb_scope, ARM64_TLB_SCOPE_PAGE, FLUSH_SCOPE_PAGE);
	TRANSLATE(scope, enum arm64_tlb_scope, ARM64_TLB_SCOPE_MM, FLUSH_SCOPE_MM);
	TRANSLATE(scope, enum arm64_tlb_scope, ARM64_TLB_SCOPE_KERNEL, FLUSH_SCOPE_KERNEL);
	TRANSLATE(scope, enum arm64_tlb_scope, ARM64_TLB_SCOPE_ALL, FLUSH_SCOPE_ALL);
	TRANSLATE(scope, enum arm64_tlb_scope, ARM64_TLB_SCOPE_PGTABLE, FLUSH_SCOPE_PGTABLE);
	return FLUSH_SCOPE_OTHER;
}

static __always_inline bool is_escalated(u32 flags)
{
	return bpf_core_enum_value_exists(enum arm64_tlb_flags, ARM64_TLB_ESCALATED) &&
	       flags & bpf_core_enum_value(enum arm64_tlb_flags, ARM64_TLB_ESCALATED);
}

/* Whole strides are invalidated, also where the range asked for is none. */
static __always_inline u64 pages_in(u64 start, u64 end, u64 stride)
{
	if (stride) {
		start &= -stride;
		end = (end + stride - 1) & -stride;
	}
	return (end - start) >> page_shift;
}

static __always_inline u64 pages_of(u32 kind, u64 start, u64 end, u64 stride)
{
	switch (kind) {
	case FLUSH_SCOPE_MM:
	case FLUSH_SCOPE_ALL:
		return FLUSH_WHOLE;
	case FLUSH_SCOPE_PAGE:
		return 1;
	case FLUSH_SCOPE_RANGE:
	case FLUSH_SCOPE_KERNEL:
		return pages_in(start, end, stride);
	default:
		return FLUSH_UNKNOWN;
	}
}

static __always_inline int tlbflush_traced(u32 kind, u64 pages, u32 flags, u64 ip)
{
	bool escalated = is_escalated(flags);
	const struct place_total one = {
		{ [PLACE_FLUSHES] = 1, [PLACE_ESCALATED] = escalated }
	};
	struct flush_cpu *cpu = this_cpu();

	if (!cpu || kind >= FLUSH_KINDS)
		return 0;
	if (escalated)
		pages = FLUSH_WHOLE;
	if (!pages) {
		count_add(&cpu->kind[kind].idle, 1);
		return 0;
	}
	add_pages(&cpu->kind[kind], pages);
	if (escalated)
		count_add(&cpu->kind[kind].escalated, 1);
	count_place(&cpu->c, &places, ip, kind, &one);
	return attribute(cpu, kind, pages, escalated);
}

SEC("tp_btf")
int BPF_PROG(arm64_flush, struct mm_struct *mm, unsigned long start, unsigned long end,
	     unsigned long stride, unsigned int scope, unsigned int flags, int level,
	     unsigned long asid, unsigned long ip)
{
	u32 kind = scope_kind(scope);

	return tlbflush_traced(kind, pages_of(kind, start, end, stride), flags, ip);
}

SEC("tp_btf")
int BPF_PROG(arm64_flush_kernel, unsigned long start, unsigned long end, unsigned int scope,
	     unsigned int flags, unsigned long ip)
{
	u32 kind = scope_kind(scope);

	return tlbflush_traced(kind, pages_of(kind, start, end, 1ul << page_shift), flags, ip);
}

/* Waits until flushes have come into effect that were counted when they were asked for. */
SEC("tp_btf")
int BPF_PROG(arm64_sync)
{
	struct flush_cpu *cpu = this_cpu();

	if (cpu)
		count_add(&cpu->kind[FLUSH_SYNC].flushes, 1);
	return 0;
}
