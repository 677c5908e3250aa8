/* SPDX-License-Identifier: GPL-2.0-only */
/* watch_detail.h - a look into one process or the kernel: what pgtop map and why print,
 * pictures */
#ifndef PGTOP_WATCH_DETAIL_H
#define PGTOP_WATCH_DETAIL_H

#include "cli.h"
#include "screen/screen_part.h"

struct pagewalk;

/* Zeroed: nothing was looked at yet. */
struct watch_detail {
	struct pagewalk *walk; /* loaded with the first look */
	char *text;	       /* NULL: none */
	bool ended;	       /* the process, when it was to be walked again */
};

/**
 * watch_detail_read - make the text about process @pid
 * @walk: walk it; else only what the snapshot of @s has of it is said (a record)
 *
 * When the process has ended the text of before stays.  Returns 0, -ESRCH, or -ENOMEM.
 */
int watch_detail_read(struct watch_detail *d, const struct cli_options *o,
		      const struct screen *s, pid_t pid, bool walk);

/**
 * watch_detail_draw - write a picture of @pid (0: the kernel) to @path, see svg.h
 *
 * Returns 0 or a negative errno; -EOPNOTSUPP: its page tables cannot be walked.
 */
int watch_detail_draw(const struct cli_options *o, pid_t pid, const char *path);

void watch_detail_done(struct watch_detail *d);

#endif
