/* SPDX-License-Identifier: GPL-2.0-only */
/* why_read.h - the facts of why.h, from /proc and /sys */
#ifndef PGTOP_WHY_READ_H
#define PGTOP_WHY_READ_H

#include <sys/types.h>

#include "host/smaps.h"
#include "why/why.h"

/**
 * why_read_policies - the sizes that the kernel offers, and the words that decide for them
 *
 * Before Linux 6.8 that is the PMD's only.  Fills sizes, nsizes and tmpfs_all of @ret; its
 * pmd_bytes must be there.  Returns 0, -ENOMEM, or why a policy cannot be read, with its path
 * in @path.
 */
int why_read_policies(const char *root, struct why_facts *ret, char *path, size_t len);

/* A process to be walked. */
struct why_process {
	struct why why;
	struct smaps maps; /* names are there */
};

/**
 * why_process_read - the mappings of @pid as they are now
 * @facts: of the machine
 *
 * Returns 0, -ENOMEM, -ESRCH (it has no memory, or is not there) or why /proc/@pid/smaps
 * cannot be read; release @ret with why_process_done() only after 0.
 */
int why_process_read(const char *root, pid_t pid, const struct why_facts *facts,
		     struct why_process *ret);
void why_process_done(struct why_process *p);

#endif
