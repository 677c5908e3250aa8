/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pagewalk.h - exact walk of page tables by BPF, without kernel patch or debugfs
 *
 * A process is walked VMA by VMA under its mmap_lock (iter/task_vma), the
 * kernel's linear map from swapper_pg_dir by a resumable syscall program.
 * Work per call into the kernel is bounded; a walk continues where the last
 * call stopped and tolerates a table that changes underneath: entries that
 * cannot be read or that name an impossible frame are counted, never guessed.
 * Entries are not locked: one that the kernel is just replacing may be seen
 * empty, and memory that moves during the walk from one address to another
 * may be seen at both or at neither.
 */
#ifndef PGTOP_PAGEWALK_H
#define PGTOP_PAGEWALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "host.h"
#include "probe.h"

/* What one TLB entry can hold, by the kind of leaf that maps it. */
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

struct pagewalk_sum {
	uint64_t bytes[LEAF_MAX];      /* valid leaves */
	uint64_t writable[LEAF_MAX];   /* of them, bytes that the entry lets be written */
	uint64_t executable[LEAF_MAX]; /* of them, executable at their own privilege */
	uint64_t zero_bytes;	       /* of bytes[]: zero page or huge zero page */
	uint64_t special_bytes; /* of bytes[]: no struct page behind (pte_special, devices) */
	uint64_t prot_none_bytes; /* memory there, entry invalid on purpose; not in bytes[] */
	uint64_t swap_bytes;	  /* not present: swap entries */
	uint64_t migration_bytes; /* not present: migration entries */
	uint64_t other_bytes;	  /* not present: hwpoison, device, markers, guard, and what
				   * cannot be told from these (absent_why) */
	uint64_t aligned_bytes;	  /* whole aligned contpte blocks whose frames are contiguous
				   * and aligned: what an estimate from pagemap would call
				   * contpte; 0 where the architecture has no contpte */
	uint64_t table_bytes;	  /* page tables below the top level */
	uint64_t read_errors;	  /* entries or tables that could not be read */
	uint64_t bad_frames;	  /* present entries whose frame lies beyond all memory */
	uint64_t not_identity; /* linear map: leaves that map another frame than va - base */
	uint64_t steps, calls, longest_call_ns, total_ns;
};

struct pagewalk_range {
	uint64_t start, end;
	char perms[5];	  /* "rw-p"; kernel: "rw--" as all leaves of it agree, else "mix" */
	const char *name; /* of /proc/PID/maps; "" for anonymous */
	const struct pagewalk_sum *sum;
};

/* A stretch of one range that one table (or one leaf) maps, for pictures: at most a PMD in
 * size. */
struct pagewalk_cell {
	uint64_t start, bytes;	   /* of the address space; merged when uniform */
	uint64_t mapped[LEAF_MAX]; /* bytes of it mapped by each kind */
};

struct pagewalk_geometry {
	unsigned int levels, va_bits;
	uint64_t page_size, leaf_bytes[LEAF_MAX]; /* 0: that kind does not exist here */
	uint64_t linear_start, linear_end;	  /* 0: kernel walk unavailable */
	/* Why PROT_NONE, swap and migration are not told apart, a clause; NULL: they are. */
	const char *absent_why;
};

struct pagewalk; /* opaque */
struct snapshot;

/* Callbacks return 0 to go on; anything else ends the walk and is its result. */
struct pagewalk_ops {
	int (*range)(void *arg, const struct pagewalk_range *r);
	int (*cell)(void *arg, const struct pagewalk_cell *c);
	/** progress - @done of @total bytes of address space; called at most every 100 ms */
	int (*progress)(void *arg, uint64_t done, uint64_t total);
	void *arg;
	uint64_t calls; /* at most so many into the kernel, 0.1 to 0.3 ms each; 0: no limit */
};

#define PAGEWALK_PROCESS 1u /* what to load: verification is most of the start-up time */
#define PAGEWALK_KERNEL	 2u

/**
 * pagewalk_new - load the programs for @what, find out the geometry of the tables
 *
 * Adds rows "pagewalk.process", "pagewalk.kernel" to @p.  A part that cannot be had is no
 * error here: walking it then returns -EOPNOTSUPP and pagewalk_why() says why.
 * Returns 0 or -ENOMEM.
 */
int pagewalk_new(struct host *h, unsigned int what, struct probe *p, struct pagewalk **ret);
/** pagewalk_free - NULL is accepted */
void pagewalk_free(struct pagewalk *w);
/** pagewalk_why - why @what (one bit) is unavailable, a clause; NULL if it is available */
const char *pagewalk_why(const struct pagewalk *w, unsigned int what);
/** pagewalk_geometry - shape of the tables of this machine */
const struct pagewalk_geometry *pagewalk_geometry(const struct pagewalk *w);

/**
 * pagewalk_process - walk all user mappings of @pid
 *
 * @ops may be NULL, as may each of its members.  Returns 0; -ESRCH: there is no such process,
 * or it exited during the walk (@sum then holds what was seen); -ETIME: @ops->calls were
 * made before the end (likewise); -EPERM: it has memory, but the kernel shows the iterator
 * none of it (another pid namespace); -EOPNOTSUPP: unavailable; or what a callback returned. A
 * kernel thread walks as 0 bytes.
 */
int pagewalk_process(struct pagewalk *w, pid_t pid, const struct pagewalk_ops *ops,
		     struct pagewalk_sum *sum);

/** pagewalk_kernel - walk the linear map; ranges are runs of equal leaf kind and permission */
int pagewalk_kernel(struct pagewalk *w, const struct pagewalk_ops *ops,
		    struct pagewalk_sum *sum);

/** pagewalk_tell_runs - what its programs cost so far, see bpf_tell_runs() */
void pagewalk_tell_runs(const struct pagewalk *w, struct snapshot *s);

/** pagewalk_present - sum of bytes[] */
uint64_t pagewalk_present(const struct pagewalk_sum *sum);
/** leaf_name - "4K", "64K contpte", "2M", ... for this machine; owned by @w */
const char *leaf_name(const struct pagewalk *w, enum leaf_kind kind);

#endif
