/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * abi.h - what BPF programs and user space share
 *
 * Fixed-width members and explicit padding only; sizes are asserted, so that
 * BPF clang, the native and the cross compiler agree.  Counters are
 * cumulative: user space takes differences.
 */
#ifndef PGTOP_ABI_H
#define PGTOP_ABI_H

#include <linux/types.h>

#define ABI_COMM_LEN 16

/*
 * What every program counts (bpf/count.bpf.h, lib/tracing/tracer.c).  What a CPU counts for
 * itself begins with struct counts; the rest of it are counters of 8 bytes.
 */
struct counts {
	__u64 unattributed; /* events in no process's row: there was no free one */
	__u64 places_lost;  /* events whose place found no room */
	__u32 hint;	    /* row of the last process */
	__u32 pad;
};

/* Which code asked for what, as an event tells it; what the counts are is said by who counts.
 */
#define PLACE_COUNTS 3

struct place {
	__u64 ip;
	__u32 kind;
	__u32 pad;
};

struct place_total {
	__u64 count[PLACE_COUNTS];
};

_Static_assert(sizeof(struct counts) == 24, "struct counts");
_Static_assert(sizeof(struct place) == 16, "struct place");
_Static_assert(sizeof(struct place_total) == 8 * PLACE_COUNTS, "struct place_total");

/*
 * Counts by process (bpf/process.bpf.h, lib/tracing/processrows.c).  Row 0 is never given out:
 * its count[0] is how many others were.  What theirs hold is said by who counts.
 */
#define PROCESS_ROWS   16384
#define PROCESS_COUNTS 12

struct process_key {
	__u64 cgroup; /* id in the cgroup v2 hierarchy */
	__u32 tgid;   /* in the initial pid namespace */
	__u32 pad;
};

struct process_row {
	struct process_key key;
	char comm[ABI_COMM_LEN];
	__u64 count[PROCESS_COUNTS];
};

_Static_assert(sizeof(struct process_key) == 16, "struct process_key");
_Static_assert(sizeof(struct process_row) == 128, "struct process_row: two cache lines");

/*
 * TLB flushes (bpf/tlbflush.bpf.c, lib/tlbflush/tlbflush.c): what is told apart.  The first
 * six are x86_64's enum tlb_flush_reason (arch/x86/include/asm/tlbflush.h).
 */
enum flush_kind {
	FLUSH_TASK_SWITCH,
	FLUSH_REMOTE_SHOOTDOWN,
	FLUSH_LOCAL_SHOOTDOWN,
	FLUSH_LOCAL_MM_SHOOTDOWN,
	FLUSH_REMOTE_SEND_IPI,
	FLUSH_REMOTE_WRONG_CPU,
	FLUSH_OTHER, /* a reason that is new */
	/* stock arm64: functions near the flush */
	FLUSH_GATHER,  /* tlb_finish_mmu: mostly page tables freed */
	FLUSH_PTE,     /* ptep_clear_flush: copy on write, migration */
	FLUSH_BATCH,   /* try_to_unmap_flush: end of a batch of reclaim */
	FLUSH_VMALLOC, /* __purge_vmap_area_lazy */
	FLUSH_ACCESS,  /* __ptep_set_access_flags: mapped already, now writable or young */
	/* pgtop kernel series: scope of arm64_tlb_flush and arm64_tlb_flush_kernel */
	FLUSH_SCOPE_MM,
	FLUSH_SCOPE_RANGE,
	FLUSH_SCOPE_PAGE,
	FLUSH_SCOPE_KERNEL,
	FLUSH_SCOPE_ALL,
	FLUSH_SCOPE_PGTABLE, /* walk caches of a kernel table that goes away */
	FLUSH_SCOPE_OTHER,   /* a scope that is new */
	FLUSH_SYNC,	     /* arm64_tlb_sync: waits for flushes, is none */
	FLUSH_KINDS,
};

#define FLUSH_SCOPES (FLUSH_SCOPE_OTHER - FLUSH_SCOPE_MM + 1)

/* As a number of pages: */
#define FLUSH_WHOLE   (~0ull) /* the whole address space */
#define FLUSH_UNKNOWN (~1ull) /* the hook cannot tell */

struct flush_total {
	__u64 flushes;
	__u64 full;	 /* of them, of a whole address space or of everything */
	__u64 pages;	 /* named by the others */
	__u64 idle;	 /* events that flushed nothing: all was up to date */
	__u64 escalated; /* of full: a range that was too long */
};

/* What a CPU counts for itself. */
struct flush_cpu {
	struct counts c;
	struct flush_total kind[FLUSH_KINDS];
};

/* struct process_row's count[] */
enum flush_count {
	FLUSH_OWN,	 /* carried out on its CPU because it changed a mapping */
	FLUSH_SENT,	 /* requests to other CPUs */
	FLUSH_RECEIVED,	 /* carried out on its CPU for another */
	FLUSH_PAGES,	 /* named by its own */
	FLUSH_OWN_SCOPE, /* its own by scope, from here in the order of enum flush_kind */
	FLUSH_OWN_ESCALATED = FLUSH_OWN_SCOPE + FLUSH_SCOPES,
};

/* Places by enum flush_kind, of the tracepoints of the pgtop series. */
#define FLUSH_PLACES 1024

enum flush_place_count { PLACE_FLUSHES, PLACE_ESCALATED };

_Static_assert(sizeof(struct flush_total) == 40, "struct flush_total");
_Static_assert(sizeof(struct flush_cpu) == 24 + 40 * FLUSH_KINDS, "struct flush_cpu");
_Static_assert(FLUSH_OWN_ESCALATED < PROCESS_COUNTS, "struct process_row: count");

/*
 * contpte (bpf/contpte.bpf.c, lib/contpte/contpte.c): what a CPU counts for itself.
 */
#define LATENCY_BUCKETS 40 /* bucket i: up to 2^i ns; the last: anything longer */

struct contpte_cpu {
	struct counts c; /* unattributed: of the first three */
	__u64 unfolds, folds, maps, attempts;
	__u64 timings_lost; /* unfolds whose end was not seen on the CPU of their start */
	__u64 latency[LATENCY_BUCKETS];
	__u64 latency_ns; /* of those in latency, together */
	__u64 start_ns;	  /* of the unfold under way; 0: none */
	__u64 start_pid;  /* and whose it is */
};

/* struct process_row's count[] */
enum contpte_count { CONTPTE_UNFOLDS, CONTPTE_FOLDS, CONTPTE_MAPS };

/* Why a block was taken apart: the function of arch/arm64/mm/contpte.c that asked for it. */
enum unfold_reason {
	UNFOLD_PARTIAL_CLEAR,	  /* contpte_clear_full_ptes */
	UNFOLD_PARTIAL_GET_CLEAR, /* contpte_get_and_clear_full_ptes */
	UNFOLD_PARTIAL_WRPROTECT, /* contpte_wrprotect_ptes */
	UNFOLD_SET_ACCESS_FLAGS,  /* contpte_ptep_set_access_flags */
	UNFOLD_API,		  /* none of them: an entry was read, set or cleared alone */
	UNFOLD_UNKNOWN,		  /* neither the stack nor the event tells */
	UNFOLD_REASONS,
};

/* Unfolds are counted by the code path that led to them, or by place and enum unfold_reason.
 */
#define UNFOLD_FRAMES 8
#define UNFOLD_STACKS 2048

struct unfold_stack {
	__u64 ip[UNFOLD_FRAMES]; /* 0: no further frame */
};

_Static_assert(sizeof(struct contpte_cpu) == 24 + 8 * (5 + LATENCY_BUCKETS + 3),
	       "struct contpte_cpu");
_Static_assert(sizeof(struct unfold_stack) == 64, "struct unfold_stack");

/*
 * Splits of the linear map (bpf/linmap.bpf.c, lib/linmap/linmap_events.c): of what, and for
 * whom.
 */
enum split_kind {
	SPLIT_PUD,
	SPLIT_CONT_PMD,
	SPLIT_PMD,
	SPLIT_CONT_PTE,
	SPLIT_OTHER, /* a size that is none of them */
	SPLIT_KINDS,
};

enum split_reason {
	SPLIT_SET_MEMORY,     /* modules, BPF */
	SPLIT_SET_VALID,      /* kexec */
	SPLIT_SET_DIRECT_MAP, /* memfd_secret, vmalloc areas freed */
	SPLIT_KFENCE_POOL,
	SPLIT_UNKNOWN, /* a reason that is new */
	SPLIT_REASONS,
};

struct split_total {
	__u64 splits;
	__u64 own;    /* of them, by pgtop's own process */
	__u64 failed; /* not splits: there was no memory for the table */
};

/* What a CPU counts for itself. */
struct split_cpu {
	struct counts c;
	struct split_total kind[SPLIT_KINDS];
};

/* Places by enum split_reason, or stacks; their counts are those of struct split_total. */
#define SPLIT_PLACES 1024
#define SPLIT_FRAMES 12

struct split_stack {
	__u64 ip[SPLIT_FRAMES]; /* 0: no further frame */
};

/* struct process_row's count[] */
enum split_count { SPLIT_COUNT };

_Static_assert(sizeof(struct split_total) == 24, "struct split_total");
_Static_assert(sizeof(struct split_cpu) == 24 + 24 * SPLIT_KINDS, "struct split_cpu");
_Static_assert(sizeof(struct split_stack) == 8 * SPLIT_FRAMES, "struct split_stack");

/*
 * What one TLB entry can hold, by the kind of leaf that maps it: twice the level of the table
 * it is in (0: the last), and one more with arm64's contiguous bit.
 */
enum leaf_kind {
	LEAF_PTE,      /* base granule */
	LEAF_CONT_PTE, /* arm64 contiguous bit on PTEs */
	LEAF_PMD,
	LEAF_CONT_PMD,
	LEAF_PUD,
	LEAF_CONT_PUD, /* arm64, 4K granule: 16 GiB, hugetlb does not use it; kept for truth */
	LEAF_P4D,      /* arm64 512 GiB block of 5-level tables with LPA2 */
	LEAF_MAX,
};

#define LEAF_KIND(level, contiguous) (2 * (level) + (contiguous))
#define LEAF_LEVEL(kind)	     ((kind) / 2)
#define LEAF_CONTIGUOUS(kind)	     ((kind) % 2)

/*
 * Page walk (bpf/pagewalk.bpf.c, lib/pagewalk/pagewalk.c).  User space writes struct
 * walk_tables and struct walk before a call, the program moves the cursor and adds to the
 * results.
 */
#define WALK_LEVELS	5
#define WALK_SWAP_TYPES 32  /* MAX_SWAPFILES_SHIFT is 5, include/linux/swap.h */
#define WALK_CHUNK	512 /* entries of a last-level table that are read at once */
#define WALK_RECORDS	2048
#define WALK_VMAS	128

/* What the entries of this machine look like; found by lib/pagewalk/ptgeometry.c. */
struct walk_tables {
	__u64 base;	     /* virtual address = frame address + base (mod 2^64) */
	__u64 frame_mask;    /* bits of an entry that are the same bits of the frame address */
	__u64 high_mask;     /* bits of an entry that are frame address bits << high_shift */
	__u64 no_frame_mask; /* frame address bits no memory or device here can have */
	__u64 ram_end;	     /* tables lie below this frame address */
	__u64 invalid_mask;  /* not valid but one of these: memory is there (PROT_NONE) */
	__u64 zero_frame;    /* frame address of the zero page, ~0: unknown */
	__u64 huge_zero_frame;
	__u32 high_shift;
	__u32 levels, page_shift, va_bits;
	__u32 swap_shift;   /* bit of a swap entry at which its type begins */
	__u32 cont_entries; /* last-level entries of a contiguous block; 0: no such bit */
};

#define WALK_USER     1u  /* judge execution for user mode, else for the kernel */
#define WALK_IDENTITY 2u  /* each leaf must map frame va - base */
#define WALK_RECORD   4u  /* fill walk_records */
#define WALK_VMA      8u  /* fill walk_vmas, else all is added up */
#define WALK_PAGES    16u /* with WALK_RECORD: fill walk_pages */

#define WALK_PAGE_STEPS 128 /* records of a call with WALK_PAGES: elements of walk_pages */

#define WALK_NO_FLAGS (~0ull) /* the kernel keeps the flags of a VMA where nobody looks */
#define WALK_NO_ORDER (~0u)   /* no file, or one whose folios are of unknown size */

struct walk {
	__u64 root;	   /* kernel address of the top table */
	__u64 cursor, end; /* walk from here to there */
	__s64 budget;	   /* work left in this call */
	__u64 steps;
	__u64 mm;	/* process: the address space seen first */
	__u64 expect;	/* process: a VMA must start here or lower; ~0: anywhere */
	__u64 start;	/* process: where the VMA in progress began */
	__u64 vm_flags; /* process: of that VMA, or WALK_NO_FLAGS */
	__u64 walked;	/* process: bytes of VMAs behind the cursor */
	__u32 flags;
	__u32 records, vmas; /* entries filled since the call began */
	__u32 nvmas;	     /* process: VMAs met since the walk began */
	__u32 moved;	     /* process: the iterator overtook the cursor, begin anew */
	__u32 gone;	     /* process: another address space took its place */
	__u32 open;	     /* process: sum holds a part of the VMA that began at start */
	__u32 file_order;    /* process: of that VMA, as in struct walk_vma */
};

struct walk_sum {
	__u64 bytes[LEAF_MAX], writable[LEAF_MAX], executable[LEAF_MAX];
	__u64 zero, special, prot_none;
	__u64 swap_type[WALK_SWAP_TYPES]; /* bytes by type of swap entry */
	__u64 aligned;
	__u64 tables[WALK_LEVELS]; /* tables met, 0: last level */
	__u64 read_errors, bad_frames, not_identity;
};

/* What one step saw: a leaf, or a chunk of a last-level table. */
struct walk_record {
	__u64 start, span;
	__u64 bytes[2]; /* of it, mapped: without and with the contiguous bit */
	__u64 writable[2], executable[2];
	__u32 level, vma; /* vma: struct walk's nvmas at that time */
};

/* The entries that a record of level 0 is of, from its start on. */
struct walk_chunk {
	__u64 entry[WALK_CHUNK];
};

struct walk_vma {
	__u64 start, end, flags;
	__u32 file_order; /* of the largest folio its file may have, or WALK_NO_ORDER */
	__u32 pad;
	struct walk_sum sum;
};

/* Context of the program that looks at one address; root 0: read 8 bytes there. */
struct walk_peek {
	__u64 root, va;
	__u64 entry;	     /* out: the last entry met, or the 8 bytes */
	__u32 level;	     /* out: its level */
	__s32 error;	     /* out: 0, or why nothing could be read */
	__u64 task, mm, pgd; /* out: linear-map addresses of the caller's own objects */
};

/*
 * Folios (bpf/folio.bpf.c, lib/pagewalk/folioreader.c).  User space writes frame addresses; a
 * run of the program adds to each what it says of it, in the bits below the smallest page.
 */
#define FOLIO_BATCH WALK_CHUNK
#define FOLIO_ORDER 0x1fu /* 0: a single page */
#define FOLIO_ANON  0x20u
#define FOLIO_KSM   0x40u /* with FOLIO_ANON: merged by KSM */
#define FOLIO_READ  0x80u /* the rest is known */
#define FOLIO_MAX   18	  /* orders above that are misread */
#define FOLIO_STACK 4	  /* pages of a kernel stack that are looked at */

/* Where the memory map is.  The program at the stack of its caller fills the rest. */
struct folio_map {
	__u64 page0;		  /* address of the struct page of frame 0 (mod 2^64) */
	__u32 page_shift, count;  /* frames in folio_frames */
	__u64 stack;		  /* out: kernel address of the caller's stack, */
	__u64 pages[FOLIO_STACK]; /* the struct pages of the first npages of it, */
	__u32 npages, page_bytes; /* and how large each is; 0: this kernel's are not known */
};

_Static_assert(sizeof(struct folio_map) == 64, "struct folio_map");
_Static_assert(sizeof(struct walk_tables) == 88, "struct walk_tables");
_Static_assert(sizeof(struct walk) == 112, "struct walk");
_Static_assert(sizeof(struct walk_sum) == 8 * (3 * LEAF_MAX + 3 + WALK_SWAP_TYPES + 1 + 8),
	       "struct walk_sum");
_Static_assert(sizeof(struct walk_record) == 72, "struct walk_record");
_Static_assert(sizeof(struct walk_peek) == 56, "struct walk_peek");

#endif
