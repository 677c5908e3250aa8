/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * historian.h - keeps each window on disk, and lets nobody wait for that
 *
 * A thread writes, because a disk may take seconds: a window that ends while the one before is
 * still being written is left out, and counted.  What cannot be written is told once, and once
 * when it can be again.
 */
#ifndef PGTOPD_HISTORIAN_H
#define PGTOPD_HISTORIAN_H

#include <stdbool.h>

#include "history/ring.h"
#include "snapshot/snapshot.h"

struct historian;

struct historian_state {
	bool known; /* it is enabled and has been opened */
	struct ring_extent extent;
	uint64_t lost; /* windows that were not kept */
};

/**
 * historian_new - begin to keep windows in the directory @path
 * @size: bytes it may take; 0: keep none for the time being
 * @h, @p: for the headers; @p outlives it
 *
 * The thread gets the rights of the caller.  Returns 0 or a negative errno.
 */
int historian_new(const char *path, uint64_t size, const struct segment_header *h,
		  const struct probe *p, struct historian **ret);
/** historian_free - write what is left and end; NULL is accepted */
void historian_free(struct historian *h);

/** historian_resize - from now on it may take @size bytes; 0: keep no windows, what is there
 * stays
 */
void historian_resize(struct historian *h, uint64_t size);
/** historian_take - keep @s, and tell what has changed with the disk; NULL is accepted for @h
 */
void historian_take(struct historian *h, const struct snapshot *s);
/** historian_state - how much is kept; NULL is accepted */
struct historian_state historian_state(struct historian *h);

#endif
