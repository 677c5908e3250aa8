/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ptreader.h - the loaded BPF programs of the page walk and what they need to know
 *
 * Opening it loads the programs that are asked for and finds out how the
 * page tables of the running kernel look (ptgeometry.h, ptsample.h).
 */
#ifndef PGTOP_PTREADER_H
#define PGTOP_PTREADER_H

#include <stdbool.h>
#include <time.h>

#include "host/host.h"
#include "host/physmem.h"
#include "pgtop/abi.h"

struct pagewalk_bpf;
struct walk_chunk;

/* Why something cannot be read, a clause, and what to do about it; NULL why: it can be. */
struct ptreader_lack {
	const char *why, *remedy;
};

struct ptreader {
	struct host *host;
	struct pagewalk_bpf *bpf;
	struct walk_tables *tables;	/* those the programs use */
	const struct walk_chunk *pages; /* walk_pages, if asked for */
	struct physmem memory;
	time_t memory_read;
	uint64_t kernel_root;	   /* top table of the kernel; 0: not known */
	uint64_t huge_zero_symbol; /* address of huge_zero_pfn; 0: not known, or not needed */
	uint64_t huge_zero_bytes;  /* of the page to look for; 0: processes are not walked */
	bool absent;		   /* PROT_NONE and swap can be told apart */
	const char *via;	   /* how the offset of the linear map was found */
	struct ptreader_lack user, kernel;
	char text[160]; /* a why that had to be composed */
};

/**
 * ptreader_init - load what walks processes (@user) and the linear map (@kernel)
 * @pages: with room for WALK_PAGES
 *
 * What cannot be had is told by r->user and r->kernel.  Returns 0 or -ENOMEM.
 */
int ptreader_init(struct ptreader *r, struct host *h, bool user, bool kernel, bool pages);
/** ptreader_done - a zeroed one is accepted */
void ptreader_done(struct ptreader *r);

/**
 * ptreader_refresh - follow what may change between two walks: memory that is plugged, the
 * huge zero page
 */
void ptreader_refresh(struct ptreader *r);

/**
 * ptreader_frame - the frame address behind @va
 * @root: kernel address of the top table; 0: that of our own process
 *
 * Returns 0, -ENOENT if nothing is mapped there, or why it cannot be read.
 */
int ptreader_frame(struct ptreader *r, uint64_t root, uint64_t va, uint64_t *ret);

#endif
