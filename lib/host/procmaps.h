/* SPDX-License-Identifier: GPL-2.0-only */
/* procmaps.h - the names in /proc/PID/maps */
#ifndef PGTOP_PROCMAPS_H
#define PGTOP_PROCMAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* More mappings are refused with -EFBIG: 32 times vm.max_map_count as it is by default. */
#define PROCMAPS_MAX (32u << 16)

/* A line of /proc/PID/maps, and the first one of a mapping in smaps. */
struct procmaps_head {
	uint64_t start, end, offset, inode;
	unsigned int device_major, device_minor;
	bool shared;	  /* "s" among its permissions */
	const char *name; /* "" for anonymous memory */
};

/**
 * procmaps_parse_head - "START-END PERMS OFFSET DEV INODE [NAME]", without a newline
 *
 * As fs/proc/task_mmu.c, show_map_vma(), writes it.  The name stays in @line.
 * Returns 0, or -EBADMSG for a line that is none.
 */
int procmaps_parse_head(const char *line, struct procmaps_head *h);

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
 * procmaps_add - add the mapping in @line, see procmaps_parse_head()
 *
 * The kernel writes a page of lines at a time, and mappings may merge or grow between two: of
 * a line that reaches back into the one before only what is behind that one is added.
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
