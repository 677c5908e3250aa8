/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ring.h - the history as it is written: windows at the end, the oldest segment goes
 *
 * A directory of segments (segment.h), of which the newest is being written.  After a crash or
 * a power cut all of it but the window that was being written is there: each window is synced,
 * and a segment that was not finished is read up to its last whole window.
 */
#ifndef PGTOP_RING_H
#define PGTOP_RING_H

#include "history/segment.h"
#include "snapshot/probe.h"

struct ring;

struct ring_extent {
	uint64_t bytes; /* of all files, each in whole blocks of 4 KiB */
	uint64_t windows, segments;
};

/**
 * ring_open - go on with the history in the directory @path, or begin it
 * @bound: bytes it may take
 * @h, @p: what the headers of its segments will say; @p outlives the ring
 * @why: on failure, a sentence without full stop
 *
 * Segments that were not finished are.  Returns 0 or a negative errno.
 */
int ring_open(const char *path, uint64_t bound, const struct segment_header *h,
	      const struct probe *p, struct ring **ret, char *why, size_t why_len);
/** ring_close - finish the segment; NULL is accepted */
void ring_close(struct ring *r);

/**
 * ring_add - add the window that snapshot_line_write() made into @line, and sync it
 *
 * Returns 0 or a negative errno: the window is not kept, all before it are.
 */
int ring_add(struct ring *r, const char *line, size_t len);
/** ring_bound - from now on it may take @bound bytes */
void ring_bound(struct ring *r, uint64_t bound);
/** ring_extent - how much there is */
struct ring_extent ring_extent(const struct ring *r);

#endif
