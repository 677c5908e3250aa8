// SPDX-License-Identifier: GPL-2.0-only
/*
 * pagewalk.bpf.c - classify every leaf of a page table
 *
 * One walk runs at a time: its state, its cursor and its results live in
 * .bss, which user space maps.  Every step descends again from the top
 * table, so nothing that was read before a step is trusted in it.
 */
#include "compat.bpf.h"
#include "pgtop/abi.h"

char LICENSE[] SEC("license") = "GPL";

struct walk_tables tables;
#include "table.bpf.h"

struct walk walk;
struct walk_sum sum;
struct walk_record walk_records[WALK_RECORDS];
struct walk_vma walk_vmas[WALK_VMAS];

/* The entries that records are of: one element unless somebody asks for them. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct walk_chunk);
} walk_pages SEC(".maps");

__u64 entries[WALK_CHUNK];

/* The part of a last-level table that is being looked at; indices are those of entries[]. */
struct {
	__u64 va; /* address mapped by entries[0] */
	__u32 from, to;
	__u32 rights;
	__u32 alike; /* entries not counted yet, */
	__u64 like;  /* all of the class of this one */
} chunk;

__u64 last_table[WALK_LEVELS]; /* tables are met in ascending order: a new one is a change */

/* Entries that are compared at once; the smallest contiguous block (arm64, 4K granule). */
#define BLOCK 16

/* Indices are 64 bits wide: verifiers of old kernels (6.1) lose the bounds of narrow ones. */

/* Costs in units of an entry that is read together with others. */
#define COST_CALL 8
#define COST_READ 16
#define COST_VMA  128

#define RIGHT_WRITE   1u
#define RIGHT_EXECUTE 2u
#define RIGHTS	      (RIGHT_WRITE | RIGHT_EXECUTE)

#if defined(__TARGET_ARCH_x86)
/* arch/x86/include/asm/pgtable_types.h */
#define ENTRY_WRITE   BIT(1)
#define ENTRY_SPECIAL BIT(9)
#define ENTRY_NX      BIT(63)
/* Bits in which the entries of a block must agree to be counted as one. */
#define ENTRY_CLASS (ENTRY_PRESENT | ENTRY_WRITE | ENTRY_SPECIAL | ENTRY_NX)

/* The frame in an entry that is not valid is inverted (asm/pgtable-invert.h). */
#define ENTRY_INVERTED (~0ull)

static __always_inline u32 leaf_rights(u64 e)
{
	return (e & ENTRY_WRITE ? RIGHT_WRITE : 0) | (e & ENTRY_NX ? 0 : RIGHT_EXECUTE);
}

/*
 * Page-table isolation sets NX in the top entries of user mappings, in the kernel's copy of
 * the table only (__pti_set_user_pgtbl()): user mode does not run on that copy.
 */
static __always_inline u32 table_rights(u64 e, bool top)
{
	u32 rights = leaf_rights(e);

	return top && walk.flags & WALK_USER ? rights | RIGHT_EXECUTE : rights;
}

#elif defined(__TARGET_ARCH_arm64)
/* arch/arm64/include/asm/pgtable-hwdef.h, pgtable-prot.h; Arm ARM D8.3 */
#define ENTRY_RDONLY  BIT(7)
#define ENTRY_WRITE   BIT(51) /* DBM: a clean page that hardware or the kernel makes dirty */
#define ENTRY_PXN     BIT(53)
#define ENTRY_UXN     BIT(54)
#define ENTRY_SPECIAL BIT(56)
#define TABLE_PXN     BIT(59)
#define TABLE_UXN     BIT(60)
#define TABLE_RDONLY  BIT(62)
#define ENTRY_CLASS                                                                           \
	(ENTRY_PRESENT | ENTRY_RDONLY | ENTRY_WRITE | ENTRY_CONT | ENTRY_PXN | ENTRY_UXN |    \
	 ENTRY_SPECIAL)

#define ENTRY_INVERTED 0ull

static __always_inline u32 leaf_rights(u64 e)
{
	u64 xn = walk.flags & WALK_USER ? ENTRY_UXN : ENTRY_PXN;

	return ((e & (ENTRY_WRITE | ENTRY_RDONLY)) == ENTRY_RDONLY ? 0 : RIGHT_WRITE) |
	       (e & xn ? 0 : RIGHT_EXECUTE);
}

static __always_inline u32 table_rights(u64 e, bool top)
{
	u64 xn = walk.flags & WALK_USER ? TABLE_UXN : TABLE_PXN;

	return (e & TABLE_RDONLY ? 0 : RIGHT_WRITE) | (e & xn ? 0 : RIGHT_EXECUTE);
}
#endif

/* The record of the step in progress: always there, kept only if asked for. */
static __always_inline struct walk_record *this_step(void)
{
	return &walk_records[walk.records & (WALK_RECORDS - 1)];
}

/* The frame an entry of @level names. */
static __always_inline u64 leaf_frame(u64 e, u32 level)
{
	u64 at = entry_frame(e);

	return level ? at & ~(BIT(level_shift(level & 3)) - 1) : at;
}

/* The zero page, or the huge one: what is only read of anonymous memory takes none. */
static __always_inline bool maps_zero(u32 level, u64 frame)
{
	return walk.flags & WALK_USER &&
	       frame == (level ? tables.huge_zero_frame : tables.zero_frame);
}

/* Bytes of valid leaves of one kind, @e being the first entry, which maps @va. */
__noinline int count_present(u64 e, u32 level, u64 va, u64 bytes, u32 rights)
{
	u64 cont = !!(e & ENTRY_CONT), kind = LEAF_KIND((u64)level, cont) & 15;
	struct walk_record *step = this_step();
	u64 at = leaf_frame(e, level);

	if (kind >= LEAF_MAX)
		kind = LEAF_MAX - 1;
	if (maps_zero(level, at)) {
		sum.zero += bytes;
		return 0;
	}
	rights &= leaf_rights(e);
	sum.bytes[kind] += bytes;
	step->bytes[cont] += bytes;
	if (rights & RIGHT_WRITE) {
		sum.writable[kind] += bytes;
		step->writable[cont] += bytes;
	}
	if (rights & RIGHT_EXECUTE) {
		sum.executable[kind] += bytes;
		step->executable[cont] += bytes;
	}
	if (e & ENTRY_SPECIAL)
		sum.special += bytes;
	else if (at & tables.no_frame_mask)
		sum.bad_frames += bytes >> tables.page_shift;
	if (walk.flags & WALK_IDENTITY &&
	    at + tables.base != (va & ~(BIT(level_shift(level & 3)) - 1)))
		sum.not_identity += bytes >> tables.page_shift;
	return 0;
}

/* An entry that is not empty and not valid; the kernel's own (KFENCE, secret memory) never
 * swap. */
__noinline int count_absent(u64 e, u32 level, u64 bytes)
{
	bool there = e & tables.invalid_mask;

	if (there && maps_zero(level, leaf_frame(e ^ ENTRY_INVERTED, level)))
		sum.zero += bytes;
	else if (there || !(walk.flags & WALK_USER))
		sum.prot_none += bytes;
	else
		sum.swap_type[e >> (tables.swap_shift & 63) & (WALK_SWAP_TYPES - 1)] += bytes;
	return 0;
}

static __always_inline void count_entry(u64 e, u32 level, u64 va, u64 bytes, u32 rights)
{
	if (e & ENTRY_PRESENT)
		count_present(e, level, va, bytes, rights);
	else if (e)
		count_absent(e, level, bytes);
}

__noinline int count_one(u64 i)
{
	if (i >= WALK_CHUNK || i < chunk.from || i >= chunk.to)
		return 0;
	count_entry(entries[i], 0, chunk.va + ((u64)i << tables.page_shift),
		    BIT(tables.page_shift), chunk.rights);
	return 0;
}

/* Loops call global functions, so that the verifier follows each of their paths once only. */
__noinline int count_singly(u64 at)
{
	for (u64 i = 0; i < BLOCK; i++)
		count_one(at + i);
	walk.budget -= COST_CALL * BLOCK;
	return 0;
}

/* Whether each entry of the block maps the frame that belongs there in the linear map. */
__noinline int block_is_identity(u64 at)
{
	u64 want = chunk.va + ((u64)at << tables.page_shift) - tables.base, differ = 0;

	if (at > WALK_CHUNK - BLOCK)
		return 0;
#pragma unroll
	for (int i = 0; i < BLOCK; i++)
		differ |=
			entry_frame(entries[at + i]) ^ (want + ((u64)i << tables.page_shift));
	return !differ;
}

/* The blocks held back: they are alike, and lie where they should if that is asked. */
static __always_inline void count_alike(void)
{
	if (chunk.alike)
		count_present(chunk.like, 0, tables.base + entry_frame(chunk.like),
			      (u64)chunk.alike << tables.page_shift, chunk.rights);
	chunk.alike = 0;
}

/* Entries alike in all that is counted are counted at once: most blocks are. */
__noinline int scan_block(u64 at)
{
	u64 all = ~0ull, any = 0;

	if (at > WALK_CHUNK - BLOCK)
		return 0;
#pragma unroll
	for (int i = 0; i < BLOCK; i++) {
		all &= entries[at + i];
		any |= entries[at + i];
	}
	if (!any)
		return 0;
	if (at < chunk.from || at + BLOCK > chunk.to || (all ^ any) & ENTRY_CLASS ||
	    !(all & ENTRY_PRESENT) || any & ENTRY_SPECIAL ||
	    entry_frame(any) & tables.no_frame_mask ||
	    (walk.flags & WALK_IDENTITY && !block_is_identity(at))) {
		count_singly(at);
		return 0;
	}
	if ((chunk.like ^ any) & ENTRY_CLASS)
		count_alike();
	chunk.like = entries[at];
	chunk.alike += BLOCK;
	return 0;
}

#if defined(__TARGET_ARCH_arm64)
#define MAX_CONT 128 /* 16K granule */

/* Whether the block could be one contiguous block: an aligned frame and those after it. */
__noinline int block_is_aligned(u64 at)
{
	u64 all = ENTRY_PRESENT, first, differ = 0;
	u64 n = tables.cont_entries;

	if (at >= WALK_CHUNK)
		return 0;
	first = entry_frame(entries[at]);
	if (!(entries[at] & ENTRY_PRESENT) || first & (((u64)n << tables.page_shift) - 1))
		return 0;
	for (u64 i = 0; i < MAX_CONT && i < n; i++) {
		u64 k = at + i;

		if (k >= WALK_CHUNK)
			return 0;
		all &= entries[k];
		differ |= entry_frame(entries[k]) ^ (first + ((u64)i << tables.page_shift));
	}
	return all && !differ;
}

static __always_inline void count_aligned(void)
{
	u64 n = tables.cont_entries;
	u64 bytes = (u64)n << tables.page_shift;
	u64 at = ((0 - chunk.va) & (bytes - 1)) >> tables.page_shift;

	if (!n)
		return;
	for (u64 i = 0; i < WALK_CHUNK / BLOCK; i++, at += n) {
		if (at + n > chunk.to)
			break;
		if (at >= chunk.from && block_is_aligned(at))
			sum.aligned += bytes;
	}
	walk.budget -= WALK_CHUNK;
}
#else
static __always_inline void count_aligned(void)
{
}
#endif

/* The entries of the step in progress, from the one that maps its start. */
__noinline int keep_pages(void)
{
	u32 at = walk.records;
	struct walk_chunk *to = bpf_map_lookup_elem(&walk_pages, &at);
	u64 from = chunk.from & (WALK_CHUNK - 1), n = chunk.to - from;

	if (to && n && n <= WALK_CHUNK)
		bpf_probe_read_kernel(to, n * 8, &entries[from]);
	return 0;
}

/* One chunk of the last-level table at @table, from the cursor on.  Returns the bytes covered.
 */
static __always_inline u64 scan_table(u64 table, u32 rights)
{
	u32 page_shift = tables.page_shift;
	u64 va = walk.cursor, pages = ((walk.end - va - 1) >> page_shift) + 1;
	u64 index = va >> page_shift & (BIT(page_shift - 3) - 1);
	u64 at = index % WALK_CHUNK, low = at & ~(BLOCK - 1ull);
	u64 to = pages < WALK_CHUNK - at ? at + pages : WALK_CHUNK;
	u64 n = ((to + BLOCK - 1) & ~(BLOCK - 1ull)) - low;

	walk.budget -= n + COST_READ;
	chunk.va = va - ((u64)(at - low) << page_shift);
	chunk.from = at - low;
	chunk.to = to - low;
	chunk.rights = rights;
	if (n > WALK_CHUNK ||
	    bpf_probe_read_kernel(entries, n * 8,
				  (void *)(table + (index - chunk.from) * 8))) {
		sum.read_errors++;
		return (u64)(to - at) << page_shift;
	}
	for (u64 i = 0; i < WALK_CHUNK; i += BLOCK) {
		if (i >= n)
			break;
		scan_block(i);
	}
	count_alike();
	count_aligned();
	if (walk.flags & WALK_PAGES)
		keep_pages();
	return (u64)(to - at) << page_shift;
}

static __always_inline void count_table(u32 level, u64 table)
{
	if (level >= WALK_LEVELS || last_table[level] == table)
		return;
	last_table[level] = table;
	sum.tables[level]++;
}

#define RUN 32

/* Holes come in runs: the bytes of entries that are empty too after the one that maps @va. */
static __always_inline u64 empty_after(u64 table, u64 va, u32 shift)
{
	u64 last = BIT(tables.page_shift - 3) - 1, n;
	u64 index = ((va & (BIT(tables.va_bits) - 1)) >> shift & last) + 1;

	if (index + RUN > last ||
	    bpf_probe_read_kernel(entries, RUN * 8, (void *)(table + index * 8)))
		return 0;
	for (n = 0; n < RUN; n++) {
		if (entries[n])
			break;
	}
	walk.budget -= COST_READ;
	return (u64)n << shift;
}

/* What maps the cursor: descend to the leaf, the hole or the last-level table; the span of it.
 */
static __always_inline u64 pagewalk_visit(struct walk_record *step)
{
	u64 table = walk.root, va = walk.cursor, span, bytes, e;
	u32 rights = RIGHTS;

#pragma unroll
	for (int level = WALK_LEVELS - 1; level > 0; level--) {
		if (level >= (int)tables.levels)
			continue;
		span = BIT(level_shift(level));
		span -= va & (span - 1);
		step->level = level;
		walk.budget -= COST_READ;
		if (read_entry(&e, table, va, level_shift(level))) {
			sum.read_errors++;
			return span;
		}
		if (!e)
			return span + empty_after(table, va, level_shift(level));
		if (!is_table(e)) {
			bytes = walk.end - va < span ? walk.end - va : span;
			count_entry(e, level, va, bytes, rights);
			return span;
		}
		if (entry_frame(e) >= tables.ram_end) {
			sum.bad_frames++;
			return span;
		}
		rights &= table_rights(e, level == (int)tables.levels - 1);
		table = entry_frame(e) + tables.base;
		count_table(level - 1, table);
	}
	step->level = 0;
	return scan_table(table, rights);
}

__noinline int advance(void)
{
	struct walk_record *step = this_step();
	u64 va = walk.cursor, next;

	__builtin_memset(step, 0, sizeof(*step));
	next = va + pagewalk_visit(step);
	if (next <= va || next > walk.end)
		next = walk.end;
	walk.cursor = next;
	walk.steps++;
	step->start = va;
	step->vma = walk.nvmas;
	step->span = next - va;
	if (walk.flags & WALK_RECORD && step->bytes[0] + step->bytes[1])
		walk.records++;
	return 0;
}

static long step_on(u32 i, void *unused)
{
	u32 room = walk.flags & WALK_PAGES ? WALK_PAGE_STEPS : WALK_RECORDS;

	if (walk.cursor >= walk.end || walk.budget <= 0 || walk.records >= room)
		return 1;
	advance();
	return 0;
}

#define MAX_STEPS                                                                             \
	(1u << 23) /* bpf_loop() takes no more; the budget ends a call long before            \
		    */

SEC("syscall")
int walk_range(void *unused)
{
	bpf_loop(MAX_STEPS, step_on, 0, 0);
	return 0;
}

static __always_inline void finish_vma(u64 end)
{
	struct walk_vma *v;

	walk.open = 0;
	walk.walked += end - walk.start;
	if (!(walk.flags & WALK_VMA) || walk.vmas >= WALK_VMAS)
		return;
	v = &walk_vmas[walk.vmas++];
	v->start = walk.start;
	v->end = end;
	v->flags = walk.vm_flags;
	v->file_order = walk.file_order;
	__builtin_memcpy(&v->sum, &sum, sizeof(sum));
	__builtin_memset(&sum, 0, sizeof(sum));
}

/*
 * Called with mmap_lock held for each VMA.  Returning 1 ends the read with EAGAIN and makes
 * the next read present the VMA that ends where this one did (task_vma_seq_stop()); if that
 * was cut in two meanwhile, its first half is overtaken, which shows as a start above what was
 * expected.
 */
SEC("iter/task_vma")
int walk_vma(struct bpf_iter__task_vma *ctx)
{
	struct vm_area_struct *vma = ctx->vma;
	struct mm_struct *mm;
	u64 start, end;

	if (!ctx->task || !vma)
		return 0;
	start = vma->vm_start;
	end = vma->vm_end;
	mm = vma->vm_mm;
	if (!walk.mm) {
		walk.mm = (u64)mm;
		walk.root = (u64)mm->pgd;
	}
	if (walk.mm != (u64)mm) {
		walk.gone = 1;
		return 1;
	}
	walk.budget -= COST_VMA;
	if (end <= walk.cursor)
		return walk.budget <= 0;
	if (start > walk.expect) {
		walk.moved = 1;
		return 1;
	}
	walk.expect = start > walk.cursor ? start : walk.cursor;
	if (walk.budget <= 0 || walk.vmas >= WALK_VMAS)
		return 1;
	if (walk.open && start > walk.cursor)
		finish_vma(walk.cursor);
	walk.cursor = walk.expect;
	if (!walk.open) {
		walk.open = 1;
		walk.start = walk.cursor;
		walk.nvmas++;
	}
	walk.vm_flags = vma_flags(vma);
	walk.file_order = vma_file_order(vma);
	walk.end = end;
	bpf_loop(MAX_STEPS, step_on, 0, 0);
	walk.expect = walk.cursor;
	if (walk.cursor < end)
		return 1;
	walk.expect = ~0ull;
	finish_vma(end);
	return 0;
}

/* The entry that maps one address, as it is; for user space to find out how to read entries.
 */
SEC("syscall")
int walk_peek(struct walk_peek *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	u64 table = ctx->root, va = ctx->va, e = 0;

	ctx->task = (u64)task;
	ctx->mm = (u64)mm;
	ctx->pgd = (u64)BPF_CORE_READ(mm, pgd);
	if (!table) {
		ctx->error = bpf_probe_read_kernel(&e, sizeof(e), (void *)va);
		ctx->entry = e;
		return 0;
	}
#pragma unroll
	for (int level = WALK_LEVELS - 1; level >= 0; level--) {
		if (level >= (int)tables.levels)
			continue;
		ctx->level = level;
		ctx->error = read_entry(&e, table, va, level_shift(level));
		ctx->entry = e;
		if (ctx->error || !level || !is_table(e) || entry_frame(e) >= tables.ram_end)
			return 0;
		table = entry_frame(e) + tables.base;
	}
	return 0;
}
