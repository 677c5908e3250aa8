// SPDX-License-Identifier: GPL-2.0-only
/*
 * linmap.bpf.c - leaves of the linear map that are split (arm64)
 *
 * The pgtop kernel series has a tracepoint, arm64_mm:linmap_split: one event for each leaf or
 * contiguous group that was replaced by smaller ones, or, with an error, that was not, because
 * there was no memory for the page table.
 *
 * Other kernels (since 6.18) have functions.  A call of them may split nothing, one leaf, or a
 * chain of leaves, and contiguous groups are split by inlined code.  So the programs look at
 * the page tables before and after the call, and count the change.
 */
#include "process.bpf.h"

char LICENSE[] SEC("license") = "GPL";

const volatile struct walk_tables tables = {};
#include "table.bpf.h"

/* Kernel address of the top table; 0: tables are not looked at. */
const volatile __u64 kernel_root = 0;

/* What a leaf of each kind maps; 0: this machine has none. */
const volatile __u64 kind_bytes[SPLIT_OTHER] = {};

/* The process that loaded this, in its pid namespace, and that; 0: not known. */
const volatile __u32 own_tgid = 0;
const volatile __u64 own_dev = 0, own_ino = 0;

TOTALS(struct split_cpu);
PLACES(places, BPF_MAP_TYPE_HASH, SPLIT_PLACES, struct place);
PLACES(split_stacks, BPF_MAP_TYPE_HASH, SPLIT_PLACES, struct split_stack);

static __always_inline bool is_own(void)
{
	struct bpf_pidns_info now;

	return own_tgid && !bpf_get_ns_current_pid_tgid(own_dev, own_ino, &now, sizeof(now)) &&
	       now.tgid == own_tgid;
}

static __always_inline u32 linmap_kind_of(u64 size)
{
	for (u32 k = 0; k < SPLIT_OTHER; k++) {
		if (size && size == kind_bytes[k])
			return k;
	}
	return SPLIT_OTHER;
}

static __always_inline u32 linmap_reason_of(u32 reason)
{
	TRANSLATE(reason, enum linmap_reason, LINMAP_SET_MEMORY, SPLIT_SET_MEMORY);
	TRANSLATE(reason, enum linmap_reason, LINMAP_SET_VALID, SPLIT_SET_VALID);
	TRANSLATE(reason, enum linmap_reason, LINMAP_SET_DIRECT_MAP, SPLIT_SET_DIRECT_MAP);
	TRANSLATE(reason, enum linmap_reason, LINMAP_KFENCE_POOL, SPLIT_KFENCE_POOL);
	return SPLIT_UNKNOWN;
}

/* The process that runs asked for it; a kernel thread frees what another gave back. */
static __always_inline void split_attribute(struct split_cpu *cpu, u64 splits)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct process_row *row;

	if (!splits)
		return;
	row = process_row_of(task_cgroup_id_probed(task), bpf_get_current_pid_tgid() >> 32,
			     task, &cpu->c.hint);
	count_add(row ? &row->count[SPLIT_COUNT] : &cpu->c.unattributed, splits);
}

SEC("tp_btf")
int BPF_PROG(split_tp, unsigned long addr, unsigned long size_from, unsigned long size_to,
	     unsigned int level, unsigned int reason, int err, unsigned long ip)
{
	u64 own = !err && is_own();
	const struct place_total one = { { !err, own, !!err } };
	struct split_cpu *cpu = this_cpu();
	u32 kind = linmap_kind_of(size_from);

	if (!cpu || kind >= SPLIT_KINDS)
		return 0;
	count_add(&cpu->kind[kind].splits, !err);
	count_add(&cpu->kind[kind].own, own);
	count_add(&cpu->kind[kind].failed, !!err);
	count_place(&cpu->c, &places, ip, linmap_reason_of(reason), &one);
	split_attribute(cpu, !err);
	return 0;
}

/* --- kernels with functions only: arch/arm64/mm/mmu.c ----------------------- */

/* How far down an address is mapped: enum split_kind of its leaf, or these. */
#define DEPTH_PAGE    SPLIT_OTHER /* a page: there is nothing to split */
#define DEPTH_UNKNOWN 0xff

/*
 * The call under way.  Whoever splits after boot holds pgtable_split_lock, so there is one;
 * the task tells whether the end that is seen belongs to the beginning that was.
 */
struct {
	__u64 addr;
	__u32 depth, pid;
} split_begun;

static __always_inline u32 leaf_depth(u64 e, u32 level)
{
	bool cont = e & ENTRY_CONT;

	if (!level)
		return cont ? SPLIT_CONT_PTE : DEPTH_PAGE;
	if (level == 1)
		return cont ? SPLIT_CONT_PMD : SPLIT_PMD;
	return level == 2 ? SPLIT_PUD : DEPTH_UNKNOWN;
}

/* Only the linear map is counted: there, the address tells the frame. */
static __always_inline bool is_linear(u64 e, u64 addr, u32 level)
{
	u64 mask = ~(BIT(level_shift(level)) - 1);

	return (entry_frame(e) & mask) + tables.base == (addr & mask);
}

static __noinline u32 split_depth(u64 addr)
{
	u64 table = kernel_root, e = 0;

#pragma unroll
	for (int level = WALK_LEVELS - 1; level >= 0; level--) {
		if (level >= (int)tables.levels)
			continue;
		if (!table || read_entry(&e, table, addr, level_shift(level)) || !e)
			return DEPTH_UNKNOWN;
		/* What is not valid is a leaf, too: pages taken out of the map are. */
		if (!level || !is_table(e))
			return is_linear(e, addr, level) ? leaf_depth(e, level)
							 : DEPTH_UNKNOWN;
		table = entry_frame(e) + tables.base;
	}
	return DEPTH_UNKNOWN;
}

static __always_inline int split_begin(u64 addr)
{
	split_begun.addr = addr;
	split_begun.depth = split_depth(addr);
	split_begun.pid = (u32)bpf_get_current_pid_tgid();
	return 0;
}

/*
 * Whether a leaf of @kind was split on the way from depth @from to @to.  One that is split to
 * its end (@flat) leaves no contiguous groups: they are split only if they were there.
 */
static __always_inline bool was_split(u32 kind, u32 from, u32 to, bool flat)
{
	if (kind < from || kind >= to)
		return false;
	return !flat || kind == from || kind == SPLIT_PMD;
}

static __always_inline u64 count_kinds(struct split_cpu *cpu, u32 from, u32 to, bool flat)
{
	bool own = is_own();
	u64 n = 0;

#pragma unroll
	for (u32 k = 0; k < SPLIT_OTHER; k++) {
		u64 one = kind_bytes[k] && was_split(k, from, to, flat);

		count_add(&cpu->kind[k].splits, one);
		count_add(&cpu->kind[k].own, own ? one : 0);
		n += one;
	}
	return n;
}

static __always_inline void split_stack(struct split_cpu *cpu, void *ctx, u64 splits,
					u64 failed)
{
	const struct place_total n = { { splits, is_own() ? splits : 0, failed } };
	struct split_stack key = {};

	bpf_get_stack(ctx, &key, sizeof(key), 0);
	count_in(&cpu->c, &split_stacks, &key, &n);
}

/* @err: what the call returned; the leaf it could not split is the one that is there now. */
static __always_inline int split_end(void *ctx, bool flat, int err)
{
	u32 from = split_begun.depth, to;
	struct split_cpu *cpu = this_cpu();
	u64 n;

	if (!cpu || split_begun.pid != (u32)bpf_get_current_pid_tgid())
		return 0;
	split_begun.pid = 0;
	if (from >= DEPTH_PAGE)
		return 0;
	to = split_depth(split_begun.addr);
	if (to > DEPTH_PAGE) {
		count_add(&cpu->c.places_lost, 1);
		return 0;
	}
	n = count_kinds(cpu, from, to, flat);
	if (err && to < DEPTH_PAGE)
		count_add(&cpu->kind[to].failed, 1);
	if (!n && !err)
		return 0;
	split_stack(cpu, ctx, n, !!err);
	split_attribute(cpu, n);
	return 0;
}

/* split_kernel_leaf_mapping_locked(): so that a leaf begins at @addr */

SEC("fentry")
int BPF_PROG(begin_fentry, unsigned long addr)
{
	return split_begin(addr);
}

SEC("fexit")
int BPF_PROG(end_fexit, unsigned long addr, int err)
{
	return split_end(ctx, false, err);
}

SEC("kprobe")
int BPF_KPROBE(begin_kprobe, unsigned long addr)
{
	return split_begin(addr);
}

SEC("kretprobe")
int BPF_KRETPROBE(end_kretprobe, int err)
{
	return split_end(ctx, false, err);
}

/*
 * split_to_ptes_pud_entry() and its kin: all of a range to pages, for a late KFENCE pool.  A
 * program traces one function, so each has its own.
 */
#define FLAT(level)                                                                           \
	SEC("fentry")                                                                         \
	int BPF_PROG(level##_begin_fentry, void *entry, unsigned long addr)                   \
	{                                                                                     \
		return split_begin(addr);                                                     \
	}                                                                                     \
                                                                                              \
	SEC("fexit")                                                                          \
	int BPF_PROG(level##_end_fexit, void *entry, unsigned long addr, unsigned long next,  \
		     void *walk, int err)                                                     \
	{                                                                                     \
		return split_end(ctx, true, err);                                             \
	}

FLAT(pud)
FLAT(pmd)
FLAT(pte)
