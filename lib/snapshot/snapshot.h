/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snapshot.h - the one data model of pgtop
 *
 * A snapshot is what was read from one machine at one moment: facts (text),
 * fields (single numbers, listed in SNAPSHOT_FIELDS) and tables (rows of
 * numbers, listed in SNAPSHOT_TABLES).  Every number is either known, with
 * the way it was obtained, or unknown, with the reason.  A zeroed value is
 * unknown.  Counters are cumulative; snapshot_diff() turns two snapshots
 * into the change between them and is the only place that subtracts.
 *
 * All strings handed to the setters are copied into the snapshot.  Running
 * out of memory is sticky: setters become no-ops and snapshot_error()
 * returns -ENOMEM, so that a source checks once, at its end.
 */
#ifndef PGTOP_SNAPSHOT_H
#define PGTOP_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Raised when a field, table or column changes its meaning or disappears: the version of a
 * snapshot in a record and on the socket.  What --json prints has its own (snapshot_json.h).
 */
#define SNAPSHOT_VERSION 1

enum value_kind {
	VALUE_COUNTER, /* only grows; its difference is meaningful */
	VALUE_GAUGE,   /* a level; a difference takes the newer one */
};

enum value_unit {
	UNIT_COUNT,
	UNIT_BYTES,
	UNIT_NS,
	UNIT_PAGES, /* of the base granule, unless described otherwise */
};

struct value {
	uint64_t n; /* meaningful only if known */
	bool known;
	const char *via; /* known: "tp_btf tlb_flush", "/proc/vmstat", ... */
	const char *why; /* unknown: reason; NULL: nothing tried to read it */
};

struct fact {
	const char *text; /* NULL: unknown */
	const char *why;  /* unknown: reason */
};

/* What the text of a fact stands for. */
enum fact_form {
	FORM_TEXT,
	FORM_NUMBER,
	FORM_KIB, /* a number of KiB; JSON has bytes */
};

/* id, name in JSON, form, meaning */
#define SNAPSHOT_FACTS(X)                                                                     \
	X(FACT_ARCH, "arch", TEXT, "machine architecture")                                    \
	X(FACT_KERNEL, "kernel", TEXT, "kernel release")                                      \
	X(FACT_PATCH_ABI, "patch_abi", TEXT,                                                  \
	  "pgtop kernel series: its ABI (and parts), or 'stock'")                             \
	X(FACT_CPU_MODEL, "cpu_model", TEXT, "CPU model, or MIDR values on arm64")            \
	X(FACT_CPUS, "cpus", NUMBER, "number of online CPUs")                                 \
	X(FACT_MEMORY, "memory", KIB, "MemTotal")                                             \
	X(FACT_GRANULE, "granule", NUMBER, "base page size in bytes")                         \
	X(FACT_VA_BITS, "va_bits", NUMBER, "virtual address bits of the page tables in use")  \
	X(FACT_LEVELS, "levels", NUMBER, "page-table levels in use")                          \
	X(FACT_RODATA, "rodata", TEXT, "rodata mode the kernel was booted with")              \
	X(FACT_KFENCE, "kfence", TEXT, "KFENCE sample interval")                              \
	X(FACT_LINEAR_MAP, "linear_map", TEXT, "how the kernel maps the linear map, and why") \
	X(FACT_COLLAPSE, "linear_map_collapse", NUMBER,                                       \
	  "whether the kernel collapses the linear map by itself: 1 or 0")                    \
	X(FACT_BBML2, "bbml2", TEXT, "CPUs that split live blocks without a conflict abort")  \
	X(FACT_THP_ENABLED, "thp_enabled", TEXT,                                              \
	  "policy of THP and of the sizes that inherit it")                                   \
	X(FACT_THP_DEFRAG, "thp_defrag", TEXT, "how hard a fault tries to make a huge page")  \
	X(FACT_THP_SHMEM, "thp_shmem_enabled", TEXT, "policy of huge pages in shared memory") \
	X(FACT_THP_SHRINK_UNDERUSED, "thp_shrink_underused", NUMBER,                          \
	  "whether huge pages that hold mostly zeros are split when memory is short: 1, 0")   \
	X(FACT_MAX_PTES_NONE, "khugepaged_max_ptes_none", NUMBER,                             \
	  "how many absent pages khugepaged adds to make a huge page of the others")          \
	X(FACT_CONTAINER, "container", TEXT, "container type, or 'host'")                     \
	X(FACT_VIRT, "virtualization", TEXT, "hypervisor, or 'none'")

/* id, group, name, kind, unit, meaning */
#define SNAPSHOT_FIELDS(X)                                                                    \
	X(F_CONTPTE_FOLDS, "contpte", "folds", COUNTER, COUNT,                                \
	  "contiguous blocks folded from single PTEs")                                        \
	X(F_CONTPTE_UNFOLDS, "contpte", "unfolds", COUNTER, COUNT,                            \
	  "contiguous blocks unfolded into single PTEs")                                      \
	X(F_CONTPTE_MAPS, "contpte", "maps", COUNTER, COUNT,                                  \
	  "blocks mapped contiguous directly, without a fold")                                \
	X(F_CONTPTE_FOLD_ATTEMPTS, "contpte", "fold_attempts", COUNTER, COUNT,                \
	  "fold checks made when the last PTE of a block was written")                        \
	X(F_CONTPTE_UNFOLD_TIME, "contpte", "unfold_time", COUNTER, NS,                       \
	  "total time of the unfolds in unfold_latency")                                      \
	X(F_CONTPTE_MAPPED, "contpte", "mapped_bytes", GAUGE, BYTES,                          \
	  "user memory mapped by contiguous PTEs: sum over the processes walked")             \
	X(F_CONTPTE_ELIGIBLE, "contpte", "eligible_bytes", GAUGE, BYTES,                      \
	  "part of walked_bytes in whole, aligned, physically contiguous blocks of PTEs")     \
	X(F_USER_WALKED, "user", "walked_bytes", GAUGE, BYTES,                                \
	  "user memory present: sum over the processes walked, shared memory in each")        \
	X(F_USER_BLOCK, "user", "block_bytes", GAUGE, BYTES,                                  \
	  "part of walked_bytes that PMD or larger leaves map")                               \
	X(F_USER_ZERO, "user", "zero_bytes", GAUGE, BYTES,                                    \
	  "mapped to the zero page, which is not memory: not in walked_bytes")                \
	X(F_USER_PROCESSES, "user", "walked_processes", GAUGE, COUNT, "processes walked")     \
	X(F_USER_LISTED, "user", "processes", GAUGE, COUNT,                                   \
	  "processes with memory of their own, of which the largest are walked")              \
	X(F_TLB_FLUSHES, "tlb", "flushes", COUNTER, COUNT,                                    \
	  "TLB flushes because a mapping changed; x86_64: of user memory, by each CPU")       \
	X(F_TLB_FLUSH_PAGES, "tlb", "flush_pages", COUNTER, PAGES,                            \
	  "base pages named by ranged flushes; x86_64: leaves of 4K to 1G")                   \
	X(F_TLB_FLUSHES_FULL, "tlb", "flushes_full", COUNTER, COUNT,                          \
	  "flushes of a whole address space or of everything")                                \
	X(F_TLB_FLUSHES_LOCAL, "tlb", "flushes_local", COUNTER, COUNT,                        \
	  "flushes of one CPU by itself, without a broadcast (arm64 7.x)")                    \
	X(F_TLB_ESCALATED, "tlb", "flushes_escalated", COUNTER, COUNT,                        \
	  "ranged flushes that were too long and became full flushes")                        \
	X(F_LINEAR_SPLITS_PUD, "linear_map", "splits_pud", COUNTER, COUNT,                    \
	  "PUD leaves split")                                                                 \
	X(F_LINEAR_SPLITS_PMD, "linear_map", "splits_pmd", COUNTER, COUNT,                    \
	  "PMD leaves split")                                                                 \
	X(F_LINEAR_SPLITS_CONT, "linear_map", "splits_cont", COUNTER, COUNT,                  \
	  "contiguous groups split")                                                          \
	X(F_LINEAR_COLLAPSES_PUD, "linear_map", "collapses_pud", COUNTER, COUNT,              \
	  "collapses into a PUD leaf")                                                        \
	X(F_LINEAR_COLLAPSES_PMD, "linear_map", "collapses_pmd", COUNTER, COUNT,              \
	  "collapses into a PMD leaf")                                                        \
	X(F_LINEAR_SELF_SPLITS, "linear_map", "self_splits", COUNTER, COUNT,                  \
	  "splits pgtop caused; without events, all while it loaded its programs")            \
	X(F_LINEAR_FAILED_SPLITS, "linear_map", "failed_splits", COUNTER, COUNT,              \
	  "splits that failed for lack of memory for a page table")                           \
	X(F_LINEAR_REPAINT_TABLES, "linear_map", "repaint_tables", GAUGE, COUNT,              \
	  "page tables used to repaint all blocks as pages, when a CPU could not split")      \
	X(F_LINEAR_TOTAL, "linear_map", "mapped_bytes", GAUGE, BYTES,                         \
	  "sum of all leaves of the linear map")                                              \
	X(F_LINEAR_PAGES, "linear_map", "page_bytes", GAUGE, BYTES,                           \
	  "part of mapped_bytes that base pages map")                                         \
	X(F_LINEAR_SYSTEM_RAM, "linear_map", "system_ram_bytes", GAUGE, BYTES,                \
	  "System RAM in /proc/iomem: the second source for mapped_bytes")                    \
	X(F_LINEAR_TABLES, "linear_map", "table_bytes", GAUGE, BYTES,                         \
	  "memory of the page tables below the top level")                                    \
	X(F_LINEAR_FIRST_TIME, "linear_map", "first_walk_ns", GAUGE, NS,                      \
	  "when pgtopd first walked the linear map since boot (CLOCK_REALTIME)")              \
	X(F_LINEAR_FIRST_TOTAL, "linear_map", "first_mapped_bytes", GAUGE, BYTES,             \
	  "mapped_bytes of that walk")                                                        \
	X(F_LINEAR_FIRST_PAGES, "linear_map", "first_page_bytes", GAUGE, BYTES,               \
	  "page_bytes of that walk")                                                          \
	X(F_LINEAR_FIRST_TABLES, "linear_map", "first_table_bytes", GAUGE, BYTES,             \
	  "table_bytes of that walk")                                                         \
	X(F_INSTRUCTIONS_USER, "pmu", "instructions_user", COUNTER, COUNT,                    \
	  "instructions retired in user mode")                                                \
	X(F_INSTRUCTIONS_KERNEL, "pmu", "instructions_kernel", COUNTER, COUNT,                \
	  "instructions retired in the kernel")                                               \
	X(F_CYCLES_USER, "pmu", "cycles_user", COUNTER, COUNT, "CPU cycles in user mode")     \
	X(F_CYCLES_KERNEL, "pmu", "cycles_kernel", COUNTER, COUNT,                            \
	  "CPU cycles in the kernel")                                                         \
	X(F_DTLB_WALK_USER, "pmu", "dtlb_walk_user", COUNTER, COUNT,                          \
	  "page-table walks for data accesses")                                               \
	X(F_DTLB_WALK_KERNEL, "pmu", "dtlb_walk_kernel", COUNTER, COUNT,                      \
	  "the same in the kernel")                                                           \
	X(F_ITLB_WALK_USER, "pmu", "itlb_walk_user", COUNTER, COUNT,                          \
	  "page-table walks for instruction fetches")                                         \
	X(F_ITLB_WALK_KERNEL, "pmu", "itlb_walk_kernel", COUNTER, COUNT,                      \
	  "the same in the kernel")                                                           \
	X(F_L1D_REFILL_USER, "pmu", "l1d_tlb_refill_user", COUNTER, COUNT,                    \
	  "refills of the first-level data TLB")                                              \
	X(F_L1D_REFILL_KERNEL, "pmu", "l1d_tlb_refill_kernel", COUNTER, COUNT,                \
	  "the same in the kernel")                                                           \
	X(F_WALK_CYCLES_USER, "pmu", "walk_cycles_user", COUNTER, COUNT,                      \
	  "cycles with a page-table walk under way (Intel: a walk for a data load)")          \
	X(F_WALK_CYCLES_KERNEL, "pmu", "walk_cycles_kernel", COUNTER, COUNT,                  \
	  "the same in the kernel")                                                           \
	X(F_STALL_TLB_USER, "pmu", "stall_tlb_user", COUNTER, COUNT,                          \
	  "cycles or slots stalled on the TLB")                                               \
	X(F_STALL_TLB_KERNEL, "pmu", "stall_tlb_kernel", COUNTER, COUNT,                      \
	  "the same in the kernel")                                                           \
	X(F_MEM_TOTAL, "memory", "total", GAUGE, BYTES, "MemTotal")                           \
	X(F_MEM_AVAILABLE, "memory", "available", GAUGE, BYTES, "MemAvailable")               \
	X(F_MEM_ANON, "memory", "anon", GAUGE, BYTES, "AnonPages")                            \
	X(F_MEM_ANON_HUGE, "memory", "anon_huge", GAUGE, BYTES, "AnonHugePages")              \
	X(F_MEM_SHMEM_HUGE, "memory", "shmem_huge", GAUGE, BYTES, "ShmemHugePages")           \
	X(F_MEM_FILE_HUGE, "memory", "file_huge", GAUGE, BYTES, "FileHugePages")              \
	X(F_MEM_PAGE_TABLES, "memory", "page_tables", GAUGE, BYTES, "PageTables")             \
	X(F_MEM_SWAP_TOTAL, "memory", "swap_total", GAUGE, BYTES, "SwapTotal")                \
	X(F_MEM_SWAP_FREE, "memory", "swap_free", GAUGE, BYTES, "SwapFree")                   \
	X(F_MEM_DIRECT_4K, "memory", "direct_map_4k", GAUGE, BYTES,                           \
	  "DirectMap4k, as the kernel reports it; not exact on x86_64")                       \
	X(F_MEM_DIRECT_64K, "memory", "direct_map_64k", GAUGE, BYTES,                         \
	  "DirectMap64K, as the kernel reports it")                                           \
	X(F_MEM_DIRECT_2M, "memory", "direct_map_2m", GAUGE, BYTES,                           \
	  "DirectMap2M, as the kernel reports it; not exact on x86_64")                       \
	X(F_MEM_DIRECT_32M, "memory", "direct_map_32m", GAUGE, BYTES,                         \
	  "DirectMap32M, as the kernel reports it")                                           \
	X(F_MEM_DIRECT_1G, "memory", "direct_map_1g", GAUGE, BYTES,                           \
	  "DirectMap1G, as the kernel reports it; not exact on x86_64")                       \
	X(F_MEM_MIN_FREE, "memory", "min_free", GAUGE, BYTES,                                 \
	  "vm.min_free_kbytes, which the kernel can raise when THP is enabled")               \
	X(F_CPU_USER, "cpu", "user", COUNTER, NS,                                             \
	  "time of all CPUs in user mode: user and nice, including guests")                   \
	X(F_CPU_KERNEL, "cpu", "kernel", COUNTER, NS,                                         \
	  "time of all CPUs in the kernel: system, irq and softirq")                          \
	X(F_VM_MINOR_FAULTS, "vm", "minor_faults", COUNTER, COUNT,                            \
	  "pgfault minus pgmajfault")                                                         \
	X(F_VM_MAJOR_FAULTS, "vm", "major_faults", COUNTER, COUNT, "pgmajfault")              \
	X(F_VM_SWAP_IN, "vm", "swap_in_pages", COUNTER, PAGES, "pswpin")                      \
	X(F_VM_SWAP_OUT, "vm", "swap_out_pages", COUNTER, PAGES, "pswpout")                   \
	X(F_VM_ZSWAP_IN, "vm", "zswap_in_pages", COUNTER, PAGES,                              \
	  "zswpin: read back from compressed memory, not in swap_in_pages")                   \
	X(F_VM_ZSWAP_OUT, "vm", "zswap_out_pages", COUNTER, PAGES,                            \
	  "zswpout: swapped out to compressed memory, not in swap_out_pages")                 \
	X(F_VM_SWAP_IN_ZERO, "vm", "swap_in_zero_pages", COUNTER, PAGES,                      \
	  "swpin_zero: pages of zeros that came back without a read")                         \
	X(F_VM_SWAP_OUT_ZERO, "vm", "swap_out_zero_pages", COUNTER, PAGES,                    \
	  "swpout_zero: pages of zeros swapped out without a write")                          \
	X(F_VM_COMPACT_STALLS, "vm", "compact_stalls", COUNTER, COUNT,                        \
	  "compact_stall: allocations that had to compact first")                             \
	X(F_VM_COMPACT_FAILS, "vm", "compact_fails", COUNTER, COUNT, "compact_fail")          \
	X(F_THP_FAULT_ALLOC, "thp", "fault_alloc", COUNTER, COUNT, "thp_fault_alloc")         \
	X(F_THP_FAULT_FALLBACK, "thp", "fault_fallback", COUNTER, COUNT,                      \
	  "thp_fault_fallback")                                                               \
	X(F_THP_COLLAPSE_ALLOC, "thp", "collapse_alloc", COUNTER, COUNT,                      \
	  "thp_collapse_alloc")                                                               \
	X(F_THP_SPLIT_PAGE, "thp", "split_page", COUNTER, COUNT, "thp_split_page")            \
	X(F_THP_UNDERUSED_SPLIT, "thp", "underused_split_page", COUNTER, COUNT,               \
	  "thp_underused_split_page: underused huge pages that were split")                   \
	X(F_THP_SPLIT_PMD, "thp", "split_pmd", COUNTER, COUNT, "thp_split_pmd")               \
	X(F_KHUGEPAGED_COLLAPSED, "khugepaged", "pages_collapsed", COUNTER, COUNT,            \
	  "pages_collapsed")                                                                  \
	X(F_KHUGEPAGED_SCANS, "khugepaged", "full_scans", COUNTER, COUNT, "full_scans")       \
	X(F_PSI_MEMORY_SOME, "psi", "memory_some", COUNTER, NS,                               \
	  "time in which some tasks waited for memory")                                       \
	X(F_PSI_MEMORY_FULL, "psi", "memory_full", COUNTER, NS,                               \
	  "time in which all tasks waited for memory")                                        \
	X(F_EVENTS_UNATTRIBUTED, "self", "events_unattributed", COUNTER, COUNT,               \
	  "events in the totals but in no process row, because no row was free")              \
	X(F_EVENTS_DROPPED, "self", "events_dropped", COUNTER, COUNT,                         \
	  "records, stacks and timings without room, and missed events")                      \
	X(F_BPF_RUN_TIME, "self", "bpf_run_time", COUNTER, NS,                                \
	  "time in pgtop's BPF programs (only while kernel.bpf_stats_enabled=1)")             \
	X(F_BPF_RUNS, "self", "bpf_runs", COUNTER, COUNT,                                     \
	  "runs of pgtop's BPF programs (only while kernel.bpf_stats_enabled=1)")

/*
 * id, name in JSON, name of the key, unit of the key, name of label 0, of label 1, meaning
 * A row is identified by its key and label 0.  Columns are added by whoever
 * fills the table; the usual ones are named in the meaning.
 */
#define SNAPSHOT_TABLES(X)                                                                    \
	X(TABLE_LINEAR_MAP, "linear_map", "leaf_bytes", BYTES, "leaf", NULL,                  \
	  "bytes, writable_bytes, executable_bytes by leaf size")                             \
	X(TABLE_DIRECT_MAP, "direct_map", "leaf_bytes", BYTES, NULL, NULL,                    \
	  "bytes by leaf size: DirectMap* of /proc/meminfo, not exact on x86_64")             \
	X(TABLE_SPLIT, "linear_split", "leaf_bytes", BYTES, "leaf", NULL,                     \
	  "splits by the leaf that was split; own: by pgtop; failed (arm64)")                 \
	X(TABLE_SPLIT_CALLER, "split_caller", "id", COUNT, "caller", "reason",                \
	  "splits, own, failed, by the kernel function that asked (arm64)")                   \
	X(TABLE_USER_MAP, "user_map", "leaf_bytes", BYTES, "leaf", NULL,                      \
	  "bytes by leaf size: sum over the processes walked, shared memory in each")         \
	X(TABLE_MTHP, "mthp", "size_bytes", BYTES, "anon_policy", "shmem_policy",             \
	  "each stat file of each size, under its own name")                                  \
	X(TABLE_TLB_FLUSH, "tlb_flush", "id", COUNT, "scope", NULL,                           \
	  "flushes by scope (see pgtop_tlb_flushes_total), of which full, local, escalated; " \
	  "pages of the ranged ones; up_to_date: events that found nothing to flush")         \
	X(TABLE_TLB_CALLER, "tlb_caller", "id", COUNT, "caller", "scope",                     \
	  "flushes, escalated, by the kernel function that asked (pgtop kernel series)")      \
	X(TABLE_UNFOLD_REASON, "unfold_reason", "id", COUNT, "reason", NULL, "unfolds")       \
	X(TABLE_UNFOLD_CALLER, "unfold_caller", "id", COUNT, "caller", "reason", "unfolds")   \
	X(TABLE_UNFOLD_LATENCY, "unfold_latency", "upto_ns", NS, NULL, NULL,                  \
	  "unfolds that took up to upto_ns (not cumulative)")                                 \
	X(TABLE_PROCESS, "process", "pid", COUNT, "comm", "cgroup",                           \
	  "unfolds, folds, maps, tlb_flushes, tlb_range, linear_splits, present_bytes, ...")  \
	X(TABLE_CGROUP, "cgroup", "cgroup_id", COUNT, "path", NULL, "the same, by cgroup")    \
	X(TABLE_PMU_EVENT, "pmu_event", "id", COUNT, "role", "event",                         \
	  "enabled, running (ns), supported (0 or 1)")                                        \
	X(TABLE_BPF_PROGRAM, "bpf_program", "id", COUNT, "program", NULL,                     \
	  "run_time (ns), runs (only while kernel.bpf_stats_enabled=1)")                      \
	X(TABLE_FREE_BLOCKS, "free_blocks", "block_bytes", BYTES, NULL, NULL,                 \
	  "free blocks by size, sum over all zones (/proc/buddyinfo)")

#define SNAPSHOT_ID(id, ...) id,
enum snapshot_fact_id { SNAPSHOT_FACTS(SNAPSHOT_ID) FACT_MAX };
enum snapshot_field_id { SNAPSHOT_FIELDS(SNAPSHOT_ID) FIELD_MAX };
enum snapshot_table_id { SNAPSHOT_TABLES(SNAPSHOT_ID) TABLE_MAX };
#undef SNAPSHOT_ID

struct fact_desc {
	const char *name;
	enum fact_form form;
	const char *help;
};

struct field_desc {
	const char *group, *name;
	enum value_kind kind;
	enum value_unit unit;
	const char *help;
};

struct table_desc {
	const char *name, *key;
	enum value_unit key_unit;
	const char *label[2]; /* NULL: rows carry no such label */
	const char *help;
};

extern const struct fact_desc snapshot_fact_desc[FACT_MAX];
extern const struct field_desc snapshot_field_desc[FIELD_MAX];
extern const struct table_desc snapshot_table_desc[TABLE_MAX];

struct column {
	const char *name;
	enum value_kind kind;
	enum value_unit unit;
};

struct row {
	uint64_t key;
	const char *identity; /* label 0 as given to table_row() */
	const char *label[2]; /* NULL: none */
	struct value *v;      /* one for each column the row has seen; see row_get() */
	size_t nv;
};

struct table {
	struct snapshot *owner;
	const struct table_desc *desc;
	const char *why; /* the table as a whole is unknown: reason */
	struct column *columns;
	size_t ncolumns;
	struct row **rows;
	size_t nrows;
	struct row **slots; /* rows hashed by key, for table_row() and table_find() */
	size_t nslots;
};

struct snapshot {
	unsigned int version;
	bool delta;	      /* made by snapshot_diff(): counters are changes */
	uint64_t mono_ns;     /* CLOCK_MONOTONIC when the reading began */
	uint64_t real_ns;     /* CLOCK_REALTIME, for people */
	uint64_t interval_ns; /* delta only: newer mono_ns less older */
	struct fact fact[FACT_MAX];
	struct value field[FIELD_MAX];
	struct table table[TABLE_MAX];
	struct string_pool *pool;
	int error;
};

/** snapshot_new - an empty snapshot: all facts, fields and tables unknown; NULL without memory
 */
struct snapshot *snapshot_new(void);
/** snapshot_free - free a snapshot and all its strings; NULL is accepted */
void snapshot_free(struct snapshot *s);
/** snapshot_error - 0, or -ENOMEM if any setter ran out of memory */
int snapshot_error(const struct snapshot *s);

/** snapshot_intern - the snapshot's own copy of a formatted string; "" without memory */
const char *snapshot_intern(struct snapshot *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

void snapshot_fact(struct snapshot *s, enum snapshot_fact_id id, const char *text);
void snapshot_fact_lacks(struct snapshot *s, enum snapshot_fact_id id, const char *why);

/** snapshot_set - field @id is @n, obtained through @via */
void snapshot_set(struct snapshot *s, enum snapshot_field_id id, uint64_t n, const char *via);
/** snapshot_add - add @n to field @id, which becomes known if it was not */
void snapshot_add(struct snapshot *s, enum snapshot_field_id id, uint64_t n, const char *via);
/** snapshot_lacks - field @id is unknown, because of @why (a clause without full stop) */
void snapshot_lacks(struct snapshot *s, enum snapshot_field_id id, const char *why);

static inline struct table *snapshot_table(struct snapshot *s, enum snapshot_table_id id)
{
	return &s->table[id];
}

/** table_lacks - the table as a whole is unknown, because of @why */
void table_lacks(struct table *t, const char *why);
/** table_column - index of column @name, added if new; the first caller's kind and unit stay
 */
size_t table_column(struct table *t, const char *name, enum value_kind kind,
		    enum value_unit unit);
/**
 * table_row - the row with @key and @label0 (NULL: none), added if new
 *
 * Constant time while few rows share a key.  A label 0 that may change while the row stays the
 * same (a policy) is no part of its identity: pass NULL and set it by row_label().
 * Returns NULL only without memory; row_set() and the others accept that.
 * The pointer stays valid until snapshot_free().
 */
struct row *table_row(struct table *t, uint64_t key, const char *label0);
/** table_find - the row with @key and @label0 (NULL: any label), or NULL */
const struct row *table_find(const struct table *t, uint64_t key, const char *label0);
/** row_label - set label @i; one given to table_row() stays the identity of the row */
void row_label(struct table *t, struct row *r, int i, const char *text);
void row_set(struct table *t, struct row *r, size_t column, uint64_t n, const char *via);
void row_add(struct table *t, struct row *r, size_t column, uint64_t n, const char *via);
void row_lacks(struct table *t, struct row *r, size_t column, const char *why);
/** row_get - value of the column called @name; unknown if the table has no such column */
struct value row_get(const struct table *t, const struct row *r, const char *name);

/**
 * snapshot_diff - what changed from @older to @newer
 *
 * Counters become the difference, gauges and facts those of @newer.  A counter
 * unknown on either side, or that went down (its source restarted), is unknown
 * with the reason.  A row that is new counts from 0; a row that vanished is left
 * out.  Pure: reads no clock, touches neither input.
 *
 * Returns 0 and a snapshot the caller frees in @ret, -ENOMEM, or -EINVAL when
 * @newer is not later than @older or the versions differ.
 */
int snapshot_diff(const struct snapshot *older, const struct snapshot *newer,
		  struct snapshot **ret);

#endif
