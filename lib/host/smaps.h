/* SPDX-License-Identifier: GPL-2.0-only */
/* smaps.h - what /proc/PID/smaps says of each mapping, but for how much memory it has */
#ifndef PGTOP_SMAPS_H
#define PGTOP_SMAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Of VmFlags, proc_pid_smaps(5) */
#define SMAPS_HUGEPAGE	 1u  /* hg: MADV_HUGEPAGE */
#define SMAPS_NOHUGEPAGE 2u  /* nh: MADV_NOHUGEPAGE */
#define SMAPS_HUGETLB	 4u  /* ht */
#define SMAPS_DEVICE	 8u  /* io, pf, mm: of a device, or without struct pages */
#define SMAPS_DONTEXPAND 16u /* de: of a driver, as a rule */
#define SMAPS_LOCKED	 32u /* lo */
/* Memory that no policy of huge pages is about. */
#define SMAPS_SPECIAL (SMAPS_DEVICE | SMAPS_DONTEXPAND | SMAPS_HUGETLB)

struct smaps_entry {
	uint64_t start, end, offset, inode;
	unsigned int device_major, device_minor;
	unsigned int flags;
	bool shared;  /* "s" among its permissions */
	int eligible; /* THPeligible; -1: not told (before Linux 5.0) */
	char *name;   /* "" for anonymous memory */
};

/* All zero: no mapping. */
struct smaps {
	struct smaps_entry *entries; /* by address; none overlap */
	size_t n;
	bool skip; /* the mapping whose lines come is none of entries */
};

/**
 * smaps_add - take the next line, without its newline (fs/proc/task_mmu.c, show_smap())
 *
 * As with procmaps_add(), of a mapping that reaches back into the one before only what is
 * behind that one is added.  Lines with other keys are skipped.
 * Returns 0, -ENOMEM, -EFBIG, or -EBADMSG for a line that is none.
 */
int smaps_add(struct smaps *m, const char *line);

/** smaps_read - smaps_add() each line of <root>/proc/@pid/smaps; @ret is empty on failure */
int smaps_read(const char *root, pid_t pid, struct smaps *ret);
/** smaps_done - a zeroed one is accepted */
void smaps_done(struct smaps *m);

#endif
