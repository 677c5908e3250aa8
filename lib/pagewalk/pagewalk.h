/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pagewalk.h - exact walk of page tables by BPF, without kernel patch or debugfs
 *
 * A process is walked VMA by VMA under its mmap_lock (iter/task_vma), the
 * kernel's linear map from swapper_pg_dir by a resumable syscall program.
 * Work per call into the kernel is bounded; a walk continues where the last
 * call stopped and tolerates a table that changes underneath: entries that
 * cannot be read or that name an impossible frame are counted, never guessed.
 * Entries are not locked: one that the kernel is just replacing may be seen
 * empty, and memory that moves during the walk from one address to another
 * may be seen at both or at neither.
 */
#ifndef PGTOP_PAGEWALK_H
#define PGTOP_PAGEWALK_H

#include <stdint.h>
#include <sys/types.h>

#include "host/host.h"
#include "pagewalk/leaf.h"
#include "snapshot/probe.h"

struct pagewalk; /* opaque */
struct snapshot;

#define PAGEWALK_PROCESS 1u /* what to load: verification is most of the start-up time */
#define PAGEWALK_KERNEL	 2u
#define PAGEWALK_FOLIOS	 4u /* processes by step, with the folios behind their pages */

/**
 * pagewalk_new - load the programs for @what, find out the geometry of the tables
 *
 * Adds rows "pagewalk.process", "pagewalk.kernel", "pagewalk.folios" to @p.  A part that
 * cannot be had is no error here: walking it then returns -EOPNOTSUPP and pagewalk_why() says
 * why. Returns 0 or -ENOMEM.
 */
int pagewalk_new(struct host *h, unsigned int what, struct probe *p, struct pagewalk **ret);
/** pagewalk_free - NULL is accepted */
void pagewalk_free(struct pagewalk *w);
/** pagewalk_why - why @what (one bit) is unavailable, a clause; NULL if it is available */
const char *pagewalk_why(const struct pagewalk *w, unsigned int what);
/** pagewalk_geometry - shape of the tables of this machine */
const struct pagewalk_geometry *pagewalk_geometry(const struct pagewalk *w);

/**
 * pagewalk_process - walk all user mappings of @pid
 *
 * @ops may be NULL, as may each of its members.  Without folios (pagewalk_why()) steps come
 * all the same, and no page of them has PAGE_FOLIO.  Returns 0; -ESRCH: there is no such
 * process, or it exited during the walk (@sum then holds what was seen); -ETIME: @ops->calls
 * were made before the end (likewise); -EPERM: it has memory, but the kernel shows the
 * iterator none of it (another pid namespace); -EOPNOTSUPP: unavailable; or what a callback
 * returned. A kernel thread walks as 0 bytes.
 */
int pagewalk_process(struct pagewalk *w, pid_t pid, const struct pagewalk_ops *ops,
		     struct pagewalk_sum *sum);

/** pagewalk_kernel - walk the linear map; ranges are runs of equal leaf kind and permission */
int pagewalk_kernel(struct pagewalk *w, const struct pagewalk_ops *ops,
		    struct pagewalk_sum *sum);

/** pagewalk_tell_runs - what its programs cost so far, see bpf_tell_runs() */
void pagewalk_tell_runs(const struct pagewalk *w, struct snapshot *s);

/** pagewalk_present - sum of bytes[]: mapped memory, without the zero page */
uint64_t pagewalk_present(const struct pagewalk_sum *sum);
/** leaf_name - "4K", "64K contpte", "2M", ... for this machine; owned by @w */
const char *leaf_name(const struct pagewalk *w, enum leaf_kind kind);

#endif
