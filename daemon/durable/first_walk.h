/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * first_walk.h - how the linear map was mapped when pgtopd first saw it since boot
 *
 * What is split stays split, so what was lost shows only against what there was.  The file
 * "linear_map" in the state directory: one line "CRC32 BOOT TIME MAPPED PAGES TABLES\n"
 * (summed_line.h), the numbers in decimal.  One of another boot is replaced.
 */
#ifndef PGTOPD_FIRST_WALK_H
#define PGTOPD_FIRST_WALK_H

#include <stddef.h>
#include <stdint.h>

#include "snapshot/snapshot.h"

#define FIRST_WALK_BOOT 64

struct first_walk {
	char boot[FIRST_WALK_BOOT]; /* /proc/sys/kernel/random/boot_id; "": none is known */
	uint64_t real_ns;	    /* CLOCK_REALTIME of the walk; 0: there was none */
	uint64_t mapped, pages, tables; /* bytes: F_LINEAR_TOTAL, _PAGES, _TABLES */
};

/**
 * first_walk_parse - the walk in @text (@len bytes)
 *
 * Returns 0 or -EBADMSG; @ret is untouched on failure.
 */
int first_walk_parse(const char *text, size_t len, struct first_walk *ret);

/**
 * first_walk_load - that of boot @boot, from the state directory @dir
 *
 * Returns 0; -ENOENT: there is none of this boot; -EBADMSG; or another negative errno.  On
 * failure @ret is of this boot, and empty.
 */
int first_walk_load(const char *dir, const char *boot, struct first_walk *ret);

/** first_walk_save - write it, durably.  Returns 0 or a negative errno. */
int first_walk_save(const char *dir, const struct first_walk *w);

/**
 * first_walk_see - the first reading @s with a walk is kept, and each one is told of it
 *
 * Fills F_LINEAR_FIRST_*.  Returns 1 if @s is the first, and to be saved, else 0.
 */
int first_walk_see(struct first_walk *w, struct snapshot *s);

#endif
