/* SPDX-License-Identifier: GPL-2.0-only */
/* procmaps.h - the names in /proc/PID/maps */
#ifndef PGTOP_PROCMAPS_H
#define PGTOP_PROCMAPS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* More mappings are refused with -EFBIG: 32 times vm.max_map_count as it is by default. */
#define PROCMAPS_MAX (32u << 16)

struct procmaps_entry {
	uint64_t start, end;
	const char *name; /* "" for anonymous memory */
};

/* All zero: no mapping. */
struct procmaps {
	struct procmaps_entry *entries; /* by address; none overlap */
	size_t n;
	char **names; /* each once for the mappings that follow each other */
	size_t nnames;
};

/**
 * procmaps_add - add the mapping in @line
 *
 * A line is "START-END PERMS OFFSET DEV INODE [NAME]", without its newline
 * (fs/proc/task_mmu.c, show_map_vma()).  The kernel writes a page of them at a time, and
 * mappings may merge or grow between two: of a line that reaches back into the one before only
 * what is behind that one is added.
 * Returns 0, -ENOMEM, -EFBIG, or -EBADMSG for a line that is none.
 */
int procmaps_add(struct procmaps *m, const char *line);

/**
 * procmaps_read - procmaps_add() each line of <root>/proc/@pid/maps to an empty @ret
 *
 * Returns 0, or what procmaps_add() or reading the file returned; @ret is empty then.
 */
int procmaps_read(const char *root, pid_t pid, struct procmaps *ret);
/** procmaps_done - free what @m holds; a zeroed one is accepted */
void procmaps_done(struct procmaps *m);

/** procmaps_name - name of the mapping @address lies in; "" if there is none */
const char *procmaps_name(const struct procmaps *m, uint64_t address);

#endif
