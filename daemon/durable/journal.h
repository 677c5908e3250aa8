/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * journal.h - what was changed, durable before it is changed; and what was decided, and why
 *
 * The file "journal" in the state directory: lines "CRC32 JSON\n" (CRC-32 of RFC 1952 over the
 * JSON text, eight lower-case hex digits, one blank), each one of
 *
 *   {"journal": 1}					the first line: the version
 *   {"ids": 128}					ids below this may have been used
 *   {"knob": {"path", "lever", "moved", "original", "ours", "before", "boot"}}
 *   {"forget": {"path", "lever"}}
 *   {"decision": {...}}				see decision.h
 *
 * Lines are appended and synced.  An end that is cut short was never acted on, because a knob
 * is written only when its line is durable: it is cut off.  A line that does not match its sum
 * costs itself only: the lines behind it still count, so that no knob they tell of is lost.
 * The loss is told by journal_damage(), and the file is kept as "journal.damaged".  Above
 * JOURNAL_MAX_BYTES, or after a write that failed, the file is written anew from memory
 * (temporary file, sync, rename, sync of the directory) with what is still needed.
 */
#ifndef PGTOPD_JOURNAL_H
#define PGTOPD_JOURNAL_H

#include "durable/journal_line.h"

#define JOURNAL_VERSION	  1
#define JOURNAL_MAX_BYTES (256u << 10)
#define JOURNAL_DECISIONS 512 /* at most so many are kept, the newest */
#define JOURNAL_KNOBS	  64

struct journal;

/**
 * journal_open - read the journal in directory @dir, make it if there is none
 * @boot_id: /proc/sys/kernel/random/boot_id; what was changed before another boot is no
 *	     longer there and is forgotten
 *
 * Takes a lock on @dir: a second pgtopd gets -EBUSY.  A journal that can be read but not
 * written (read-only file system, full disk) opens, with journal_error() set.
 * Returns 0; -EPERM: @dir or the journal is not ours, or others may write it;
 * -EPROTONOSUPPORT: it is of a newer version and was left alone; -EFBIG: no journal
 * grows so large; or another negative errno.  journal_why() puts it into words.
 */
int journal_open(const char *dir, const char *boot_id, struct journal **ret);
/** journal_close - makes durable what is not, as far as that is possible; NULL is accepted */
void journal_close(struct journal *j);

/** journal_why - a clause that says why journal_open(@dir) returned @err.  Returns @buf. */
const char *journal_why(int err, const char *dir, char *buf, size_t len);

/**
 * journal_intend - make durable that @k is about to be written
 *
 * Takes the place of what is known of the same path and lever.  Returns 0; or a negative
 * errno, and what was known before is still known: -ENOBUFS (JOURNAL_KNOBS are known),
 * -EINVAL (no such path can be a knob), -ENOSPC, -EROFS, ...
 */
int journal_intend(struct journal *j, const struct journal_knob *k);
/**
 * journal_forget - @path no longer holds what we wrote (restored, or somebody else's)
 *
 * Returns 0; -ENOENT: nothing was known; or the errno of the write.  Then it is forgotten all
 * the same, and the next write that succeeds makes that durable.
 */
int journal_forget(struct journal *j, const char *path, const char *lever);
/**
 * journal_decide - keep @d
 *
 * Returns 0 or the errno of the write.  Then it is kept in memory, and the next write that
 * succeeds makes it durable.
 */
int journal_decide(struct journal *j, const struct decision *d);

/**
 * journal_flush - make durable what memory holds, if a write failed before
 *
 * Returns 0 or the negative errno of the write.
 */
int journal_flush(struct journal *j);

/** journal_stale - knobs not forgotten when the machine was booted, which they did not survive
 */
size_t journal_stale(const struct journal *j);
/** journal_knobs - those not forgotten, oldest first; owned by the journal, valid until the
 * next change
 */
const struct journal_knob *journal_knobs(const struct journal *j, size_t *n);
/** journal_decisions - oldest first; owned by the journal, valid until the next change */
const struct decision *journal_decisions(const struct journal *j, size_t *n);
/** journal_find - the decision with @id, or NULL */
const struct decision *journal_find(const struct journal *j, uint64_t id);
/**
 * journal_next_id - an id above all that were ever used, for policy_new()
 *
 * Also when decisions could not be written, or their lines were lost: ids are reserved in
 * blocks, so there are gaps after a crash.
 */
uint64_t journal_next_id(const struct journal *j);
/** journal_error - 0, or the negative errno of the last write; cleared by one that succeeds */
int journal_error(const struct journal *j);
/** journal_doubt - of the lines that were lost: those that may have told of a knob */
size_t journal_doubt(const struct journal *j);
/** journal_damage - lines of the file that were lost when it was opened; 0: none */
size_t journal_damage(const struct journal *j);

#endif
