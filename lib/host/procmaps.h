/* SPDX-License-Identifier: GPL-2.0-only */
/* procmaps.h - the names in /proc/PID/maps */
#ifndef PGTOP_PROCMAPS_H
#define PGTOP_PROCMAPS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct procmaps_entry {
	uint64_t start, end;
	const char *name; /* "" for anonymous memory */
};

struct procmaps {
	char *text;
	struct procmaps_entry *entries; /* by address */
	size_t n;
};

/**
 * procmaps_parse - take over @text and find the mappings in it
 *
 * @text is from malloc() and belongs to @ret afterwards, also on failure.  A line is
 * "START-END PERMS OFFSET DEV INODE [NAME]" (fs/proc/task_mmu.c, show_map_vma()).
 * Returns 0, -ENOMEM, or -EBADMSG for a line that is none or not above the one before.
 */
int procmaps_parse(char *text, struct procmaps *ret);

/** procmaps_read - procmaps_parse() of <root>/proc/@pid/maps, or the errno of reading it */
int procmaps_read(const char *root, pid_t pid, struct procmaps *ret);
/** procmaps_done - free what @m holds; a zeroed one is accepted */
void procmaps_done(struct procmaps *m);

/** procmaps_name - name of the mapping @address lies in; "" if there is none */
const char *procmaps_name(const struct procmaps *m, uint64_t address);

#endif
