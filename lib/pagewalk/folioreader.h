/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * folioreader.h - how large the folios behind pages are, from the kernel's memory map
 *
 * Where the map of struct pages is is not asked for but tried: the kernel keeps the struct
 * pages of each stack, and the page tables have their frames.  A place is accepted if all of
 * them agree, and if it says of a page of our own that it is anonymous memory.
 */
#ifndef PGTOP_FOLIOREADER_H
#define PGTOP_FOLIOREADER_H

#include <stddef.h>
#include <stdint.h>

#include "pagewalk/leaf.h"
#include "pagewalk/ptreader.h"

struct folio_bpf;

struct folioreader {
	struct ptreader *reader;
	struct folio_bpf *bpf;
	struct ptreader_lack lack; /* why folios cannot be read */
	char text[160];		   /* a why that had to be composed */
	struct pagewalk_page pages[WALK_CHUNK];
};

/**
 * folioreader_init - load the program and find the memory map
 * @reader: loaded; it must outlive @f
 *
 * That folios cannot be read is no error: f->lack tells.  Returns 0 or -ENOMEM.
 */
int folioreader_init(struct folioreader *f, struct ptreader *reader);
/** folioreader_done - a zeroed one is accepted */
void folioreader_done(struct folioreader *f);

/**
 * folioreader_pages - what @n entries of a last-level table map, at most WALK_CHUNK
 *
 * Returns an array that is good until the next call.  Pages whose folio cannot be read lack
 * PAGE_FOLIO.
 */
const struct pagewalk_page *folioreader_pages(struct folioreader *f, const __u64 *entries,
					      size_t n);

#endif
