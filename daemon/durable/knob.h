/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * knob.h - write a file of /sys or /proc so that it can be undone
 *
 * The order is always: read the original, make it durable in the journal, read again, write,
 * read back.  Between the second reading and the write are two system calls (open, write), and
 * the kernel offers no way to do both at once: only what somebody writes in these microseconds
 * is overwritten.  What they write while the journal is synced, or afterwards, stays.
 *
 * Writing a THP policy makes the kernel compute vm.min_free_kbytes anew (mm/khugepaged.c,
 * set_recommended_min_free_kbytes()), which can raise it, or forget a low value that was set
 * by hand, and writing it back does not always undo that.  It is kept in the journal beside
 * the lever: its original before the lever is written, what it holds afterwards as soon as
 * that is read, and that the lever is being written back before that is done.  So it can be
 * put back wherever we are killed, and is left alone when somebody else has set it.
 */
#ifndef PGTOPD_KNOB_H
#define PGTOPD_KNOB_H

#include "host/host.h"
#include "durable/journal.h"

/**
 * knob_read - the word a knob holds: the one in [brackets] of a choice, or the only one
 *
 * Returns 0 with @buf (JOURNAL_VALUE) filled; -ENODEV: there is no such file; -EBADMSG; or the
 * negative errno of the read.
 */
int knob_read(const struct host *h, const char *path, char *buf);

/**
 * knob_write - make the knob of @lever hold @value
 * @expect: what the policy believes it holds now
 *
 * Returns 0; -ESTALE when it holds something else than @expect, or somebody wrote it at the
 * same time (it is theirs); -EALREADY when it holds @value already (an equal value is never
 * written); -EBUSY when somebody wrote vm.min_free_kbytes meanwhile (nothing was written);
 * -ENODEV when there is no such knob; or the negative errno of the journal (nothing was
 * written) or of the write.  -EIO: the kernel took the value and does not hold it.
 * After an error the original is back, or still there; if even that failed, the journal
 * still knows the knob and knob_restore() tries again.
 */
int knob_write(const struct host *h, struct journal *j, const struct lever *lever,
	       const char *expect, const char *value);

/**
 * knob_put_back - write @to, if @path still holds @from; the journal is not asked
 *
 * For who cannot wait for a disk: knob_restore() makes up for it.  Returns 0 when it holds
 * @to; -ESTALE: it holds something else; -EIO or another negative errno of the write.
 */
int knob_put_back(const struct host *h, const char *path, const char *from, const char *to);

/** knob_is_known - whether the journal knows what to restore of @lever */
bool knob_is_known(const struct journal *j, const char *lever);

/**
 * knob_restore - write the original of @lever back, and of what moved with it
 *
 * Only where the knob still holds what we wrote.  If it holds the original, nothing is left to
 * do for it, and that is success.  If it holds something else, it is somebody else's: it and
 * what moved with it is forgotten and -ESTALE returned.
 * Returns 0, -ENOENT (the journal knows nothing of it), -EPERM (it names a file that is no
 * lever's knob: nothing was written), or the errno of the write (-ENODEV:
 * the file is gone): then the journal still has it, so that the next attempt can succeed.
 */
int knob_restore(const struct host *h, struct journal *j, const char *lever);

/**
 * knob_forget - the knob is somebody else's: drop it and what moved with it
 *
 * Returns 0 or -ENOENT.  Where the journal cannot be written now, journal_error() says so, and
 * it is made up for when it can.
 */
int knob_forget(struct journal *j, const char *lever);

/* What became of a knob in knob_restore_all(). */
struct knob_undone {
	const struct journal_knob *knob; /* during the call only */
	int err; /* 0: restored; -ESTALE: somebody else's; other: still to do */
};

/**
 * knob_restore_all - undo everything the journal knows of, newest first
 * @tell: called for each knob we wrote, may be NULL
 *
 * Returns 0, or the first errno of a knob that is still to be undone.
 */
int knob_restore_all(const struct host *h, struct journal *j,
		     void (*tell)(void *arg, const struct knob_undone *u), void *arg);

#endif
