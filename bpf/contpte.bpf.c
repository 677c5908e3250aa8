// SPDX-License-Identifier: GPL-2.0-only
/*
 * contpte.bpf.c - contiguous PTE blocks made, taken apart and mapped (arm64)
 *
 * arch/arm64/mm/contpte.c: contpte_convert() is reached only when a block
 * really changes, with the contiguous bit of the entries to write in its
 * argument; __contpte_try_fold() is an attempt that mostly returns early;
 * contpte_set_ptes() maps blocks that never were single entries.
 *
 * A change belongs to the process whose memory it is, not to the one that
 * runs: reclaim and compaction work on the memory of others.
 */
#include "process.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define PTE_VALID 1ull /* arch/arm64/include/asm/pgtable-hwdef.h */
#define PTE_CONT  (1ull << 52)
#define VA_TTBR1  (1ull << 55) /* set in kernel addresses */

const volatile __u64 page_bytes = 4096, block_bytes = 65536;

TOTALS(struct contpte_cpu);
PLACES(unfold_stacks, BPF_MAP_TYPE_HASH, UNFOLD_STACKS, struct unfold_stack);
PLACES(places, BPF_MAP_TYPE_HASH, UNFOLD_STACKS, struct place);

static const struct place_total one_unfold = { { 1 } };

static __noinline int contpte_attribute(struct mm_struct *mm, u32 what, u64 n)
{
	struct contpte_cpu *cpu = this_cpu();
	struct task_struct *task = mm_owner(mm);
	struct process_row *row = 0;
	u32 tgid;

	if (!cpu || what >= PROCESS_COUNTS)
		return 0;
	if (!task)
		task = (struct task_struct *)bpf_get_current_task();
	tgid = task_tgid(task);
	if (tgid)
		row = process_row_of(task_cgroup_id_probed(task), tgid, task, &cpu->c.hint);
	count_add(row ? &row->count[what] : &cpu->c.unattributed, n);
	return 0;
}

static __always_inline void count_stack(struct contpte_cpu *cpu, void *ctx, u64 callee,
					u64 caller)
{
	struct unfold_stack key = {};

	/* A kprobe's stack lacks the caller: at the first instruction it has no frame yet. */
	key.ip[0] = callee;
	key.ip[1] = caller;
	if (callee)
		bpf_get_stack(ctx, &key.ip[2], sizeof(key) - 16, 1);
	else
		bpf_get_stack(ctx, &key, sizeof(key), 0);
	count_in(&cpu->c, &unfold_stacks, &key, &one_unfold);
}

static __always_inline int contpte_unfolded(struct mm_struct *mm, void *ctx, u64 callee,
					    u64 caller)
{
	struct contpte_cpu *cpu = this_cpu();

	if (!cpu)
		return 0;
	count_add(&cpu->unfolds, 1);
	count_stack(cpu, ctx, callee, caller);
	return contpte_attribute(mm, CONTPTE_UNFOLDS, 1);
}

static __always_inline int contpte_folded(struct mm_struct *mm)
{
	struct contpte_cpu *cpu = this_cpu();

	if (!cpu)
		return 0;
	count_add(&cpu->folds, 1);
	return contpte_attribute(mm, CONTPTE_FOLDS, 1);
}

/* To one block, or to single entries, which unfold_fentry and unfold_kprobe count. */
static __always_inline int contpte_converted(struct mm_struct *mm, u64 pte)
{
	return pte & PTE_CONT ? contpte_folded(mm) : 0;
}

static __always_inline int contpte_mapped(struct mm_struct *mm, u64 blocks)
{
	struct contpte_cpu *cpu = this_cpu();

	if (!cpu || !blocks)
		return 0;
	count_add(&cpu->maps, blocks);
	return contpte_attribute(mm, CONTPTE_MAPS, blocks);
}

/*
 * contpte_set_ptes(): of the entries set, those in whole aligned blocks get the bit, if the
 * frame is aligned as the address is, and the entry is valid: a fork copies whole blocks of
 * PROT_NONE without the bit.  Frame bits up to the size of a block are in their
 * place in the entry, also with 52-bit addresses.
 */
static __always_inline u64 whole_blocks(u64 address, u64 pte, u32 nr)
{
	u64 first = (address + block_bytes - 1) & -block_bytes;
	u64 end = (address + nr * page_bytes) & -block_bytes;

	if (!(pte & PTE_VALID) || address & VA_TTBR1 ||
	    (address ^ pte) & (block_bytes - 1) & -page_bytes)
		return 0;
	return end > first ? (end - first) / block_bytes : 0;
}

static __always_inline int contpte_attempted(void)
{
	struct contpte_cpu *cpu = this_cpu();

	if (cpu)
		count_add(&cpu->attempts, 1);
	return 0;
}

static __always_inline int contpte_begin(u64 pte)
{
	struct contpte_cpu *cpu = this_cpu();

	if (!cpu)
		return 0;
	/* The end of an unfold was missed: without this, that of a fold would pass for it. */
	if (__sync_lock_test_and_set(&cpu->start_ns, 0))
		count_add(&cpu->timings_lost, 1);
	if (pte & PTE_CONT)
		return 0;
	cpu->start_pid = (u32)bpf_get_current_pid_tgid();
	cpu->start_ns = bpf_ktime_get_ns();
	return 0;
}

static __always_inline u32 contpte_bucket(u64 ns)
{
	u32 i;

	for (i = 0; i < LATENCY_BUCKETS - 1; i++) {
		if (ns <= 1ull << i)
			break;
	}
	return i;
}

/* The page-table lock is held: only with PREEMPT_RT can another task have come between. */
static __always_inline int contpte_end(void)
{
	u64 start, took, now = bpf_ktime_get_ns();
	struct contpte_cpu *cpu = this_cpu();
	u32 i;

	start = cpu ? __sync_lock_test_and_set(&cpu->start_ns, 0) : 0;
	if (!start)
		return 0;
	if (cpu->start_pid != (u32)bpf_get_current_pid_tgid()) {
		count_add(&cpu->timings_lost, 1);
		return 0;
	}
	took = now - start;
	i = contpte_bucket(took);
	if (i < LATENCY_BUCKETS)
		count_add(&cpu->latency[i], 1);
	count_add(&cpu->latency_ns, took);
	return 0;
}

#define CONVERT_ARGS struct mm_struct *mm, unsigned long addr, void *ptep, u64 pte

SEC("fentry")
int BPF_PROG(unfold_fentry, CONVERT_ARGS)
{
	return pte & PTE_CONT ? 0 : contpte_unfolded(mm, ctx, 0, 0);
}

SEC("kprobe")
int BPF_KPROBE(unfold_kprobe, CONVERT_ARGS)
{
	return pte & PTE_CONT ? 0
			      : contpte_unfolded(mm, ctx, PT_REGS_IP(ctx), PT_REGS_RET(ctx));
}

AT_ENTRY(fold, contpte_converted(mm, pte), CONVERT_ARGS)
AT_ENTRY(map, contpte_mapped(mm, whole_blocks(addr, pte, nr)), CONVERT_ARGS, unsigned int nr)
AT_ENTRY(attempt, contpte_attempted())
AT_ENTRY(begin, contpte_begin(pte), CONVERT_ARGS)

SEC("fexit")
int BPF_PROG(end_fexit)
{
	return contpte_end();
}

SEC("kretprobe")
int BPF_KRETPROBE(end_kretprobe)
{
	return contpte_end();
}

/* The pgtop kernel series: include/trace/events/arm64_mm.h */

static __always_inline u32 contpte_reason_of(u32 reason)
{
	TRANSLATE(reason, enum contpte_reason, CONTPTE_API, UNFOLD_API);
	TRANSLATE(reason, enum contpte_reason, CONTPTE_PARTIAL_CLEAR, UNFOLD_PARTIAL_CLEAR);
	TRANSLATE(reason, enum contpte_reason, CONTPTE_PARTIAL_GET_CLEAR,
		  UNFOLD_PARTIAL_GET_CLEAR);
	TRANSLATE(reason, enum contpte_reason, CONTPTE_PARTIAL_WRPROTECT,
		  UNFOLD_PARTIAL_WRPROTECT);
	TRANSLATE(reason, enum contpte_reason, CONTPTE_SET_ACCESS_FLAGS,
		  UNFOLD_SET_ACCESS_FLAGS);
	return UNFOLD_UNKNOWN;
}

SEC("tp_btf")
int BPF_PROG(unfold_tp, struct mm_struct *mm, unsigned long addr, unsigned long pfn,
	     unsigned int nr, unsigned int reason, bool bbml2, unsigned long ip)
{
	struct contpte_cpu *cpu = this_cpu();

	if (!cpu)
		return 0;
	count_add(&cpu->unfolds, 1);
	count_place(&cpu->c, &places, ip, contpte_reason_of(reason), &one_unfold);
	return contpte_attribute(mm, CONTPTE_UNFOLDS, 1);
}

SEC("tp_btf")
int BPF_PROG(fold_tp, struct mm_struct *mm)
{
	return contpte_folded(mm);
}

SEC("tp_btf")
int BPF_PROG(map_tp, struct mm_struct *mm, unsigned long addr, unsigned int nr_blocks)
{
	return contpte_mapped(mm, nr_blocks);
}
