/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ptsample.h - pages of our own whose entries show how this kernel writes entries
 *
 * What they show stays true when they are unmapped: an address space that had
 * the huge zero page once keeps it from being freed until it exits
 * (mm_get_huge_zero_folio(), mm/huge_memory.c).
 */
#ifndef PGTOP_PTSAMPLE_H
#define PGTOP_PTSAMPLE_H

#include <stddef.h>
#include <stdint.h>

struct ptsample {
	char *pages; /* SAMPLE_MAX pages */
	char *huge;  /* the reserve the huge pages lie in */
	size_t page_size, huge_size;
};

enum ptsample_page {
	SAMPLE_DATA,	 /* written */
	SAMPLE_DATA_TOO, /* written, two pages further on */
	SAMPLE_ZERO,	 /* only read: the zero page, if this kernel has one, */
	SAMPLE_ZERO_TOO, /* which then is both */
	SAMPLE_PROTNONE, /* written, then PROT_NONE */
	SAMPLE_MAX,
};

#define SAMPLE_HUGE 2 /* huge pages, only read */

/* The huge zero page takes as much memory as a PMD leaf, until nobody maps it: ask for small
 * ones. */
#define SAMPLE_HUGE_MAX (2u << 20)

/**
 * ptsample_init - map and touch them
 *
 * Huge pages are read too if @huge_bytes is not 0 and at most SAMPLE_HUGE_MAX; whether the
 * kernel backs them with the huge zero page is its choice.  Returns 0 or a negative errno of
 * mmap() or mprotect().
 */
int ptsample_init(struct ptsample *s, size_t page_size, size_t huge_bytes);
/** ptsample_init_huge - the huge pages only */
int ptsample_init_huge(struct ptsample *s, size_t huge_bytes);
/** ptsample_done - a zeroed one is accepted */
void ptsample_done(struct ptsample *s);

/** ptsample_address - where page @which is mapped */
uint64_t ptsample_address(const struct ptsample *s, enum ptsample_page which);
/** ptsample_huge - where huge page @which (below SAMPLE_HUGE) is mapped; 0: there is none */
uint64_t ptsample_huge(const struct ptsample *s, unsigned int which);

/** ptsample_word - the 8 bytes at the start of page @which, SAMPLE_DATA or SAMPLE_DATA_TOO:
 * they are in no other place of memory
 */
uint64_t ptsample_word(const struct ptsample *s, enum ptsample_page which);

#endif
