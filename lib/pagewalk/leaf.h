/* SPDX-License-Identifier: GPL-2.0-only */
/* leaf.h - what a walk says of the leaves of page tables */
#ifndef PGTOP_LEAF_H
#define PGTOP_LEAF_H

#include <stddef.h>
#include <stdint.h>

#include "pgtop/abi.h"

struct pagewalk_sum {
	uint64_t bytes[LEAF_MAX];      /* valid leaves, but for the zero page's */
	uint64_t writable[LEAF_MAX];   /* of them, bytes that the entry lets be written */
	uint64_t executable[LEAF_MAX]; /* of them, executable at their own privilege */
	uint64_t zero_bytes;	/* mapped to the zero page or the huge zero page: no memory */
	uint64_t special_bytes; /* of bytes[]: no struct page behind (pte_special, devices) */
	uint64_t prot_none_bytes; /* memory there, entry invalid on purpose; not in bytes[] */
	uint64_t swap_bytes;	  /* not present: swap entries */
	uint64_t migration_bytes; /* not present: migration entries */
	uint64_t other_bytes;	  /* not present: hwpoison, device, markers, guard, and what
				   * cannot be told from these (absent_why) */
	uint64_t aligned_bytes;	  /* whole aligned contpte blocks whose frames are contiguous
				   * and aligned: what an estimate from pagemap would call
				   * contpte; 0 where the architecture has no contpte */
	uint64_t table_bytes;	  /* page tables below the top level that lead anywhere */
	uint64_t p4d_bytes;	  /* of table_bytes: of the fourth level of five */
	/*
	 * A process: tables that the kernel counts (VmPTE) and that nothing leads to.  A huge
	 * page of anonymous memory has one put by, with which it can be split without an
	 * allocation (pgtable_trans_huge_deposit()).  0 too if VmPTE cannot be read.
	 */
	uint64_t deposited_bytes;
	uint64_t read_errors;  /* entries or tables that could not be read */
	uint64_t bad_frames;   /* present entries whose frame lies beyond all memory */
	uint64_t not_identity; /* linear map: leaves that map another frame than va - base */
	uint64_t steps, calls, longest_call_ns, total_ns;
};

struct pagewalk_range {
	uint64_t start, end;
	char perms[5];	  /* "rw-p"; kernel: "rw--" as all leaves of it agree, else "mix" */
	const char *name; /* of /proc/PID/maps; "" for anonymous */
	int file_order;	  /* of the largest folio its file may have; -1: no file, or unknown */
	const struct pagewalk_sum *sum;
};

/* A stretch of one range that one table (or one leaf) maps, for pictures: at most a PMD in
 * size. */
struct pagewalk_cell {
	uint64_t start, bytes;	   /* of the address space; merged when uniform */
	uint64_t mapped[LEAF_MAX]; /* bytes of it mapped by each kind */
};

/* What is behind the entry of one page. */
#define PAGE_MAPPED  1u /* a valid entry, and not the zero page's; else nothing else is set */
#define PAGE_CONT    2u /* with arm64's contiguous bit */
#define PAGE_SPECIAL 4u /* no struct page: devices */
#define PAGE_FOLIO   8u /* the folio could be read: its order and the rest are known */
#define PAGE_ANON    16u
#define PAGE_KSM     32u /* merged by KSM */

struct pagewalk_page {
	uint64_t frame; /* address */
	uint16_t flags;
	uint16_t order; /* of the folio that it is in */
};

/* What one step saw: entries of a last-level table, or a leaf above. */
struct pagewalk_step {
	uint64_t start, bytes;
	enum leaf_kind kind;		   /* of a leaf, which maps all of it */
	const struct pagewalk_page *pages; /* NULL: a leaf */
	size_t npages;
};

struct pagewalk_geometry {
	unsigned int levels, va_bits;
	uint64_t page_size, leaf_bytes[LEAF_MAX]; /* 0: that kind does not exist here */
	uint64_t linear_start, linear_end;	  /* 0: kernel walk unavailable */
	/* Why PROT_NONE, swap and migration are not told apart, a clause; NULL: they are. */
	const char *absent_why;
};

/* Callbacks return 0 to go on; anything else ends the walk and is its result. */
struct pagewalk_ops {
	int (*range)(void *arg, const struct pagewalk_range *r);
	int (*cell)(void *arg, const struct pagewalk_cell *c);
	/**
	 * step - entries by page; those of a range come before it (PAGEWALK_FOLIOS)
	 *
	 * Steps in which nothing is mapped are left out.
	 */
	int (*step)(void *arg, const struct pagewalk_step *s);
	/** progress - @done of @total bytes of address space; called at most every 100 ms */
	int (*progress)(void *arg, uint64_t done, uint64_t total);
	/** no_names - no range has a name: @err is that of reading /proc/PID/maps */
	void (*no_names)(void *arg, int err);
	void *arg;
	uint64_t calls; /* at most so many into the kernel, 0.1 to 0.3 ms each; 0: no limit */
};

#endif
