/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * record.h - snapshots one after the other in a file, to be looked at later
 *
 * A gzip file (RFC 1952) of lines, each "SUM JSON\n" (summed_line.h; each sum goes on from the
 * one before, so that a line can neither change nor get lost).  The first line is the header
 *
 *   {"schema": "pgtop.record", "version": 1, "pgtop": "0.1.0", "probe": [...]}
 *
 * every other one a snapshot (snapshot_line.h).  The writer flushes after each: a file whose
 * writer was killed is good up to its last snapshot, and the reader says that it was cut.
 */
#ifndef PGTOP_RECORD_H
#define PGTOP_RECORD_H

#include "snapshot/snapshot.h"
#include "snapshot/probe.h"

struct json_object;

#define RECORD_SCHEMA  "pgtop.record"
#define RECORD_VERSION 1
/* A reader gives up behind so many bytes, uncompressed. */
#define RECORD_MAX_BYTES (64ull << 30)

struct record_writer;

/**
 * record_create - begin the record @path, which must not exist
 * @p: what can be measured and what not (NULL: nothing is known of that)
 *
 * Returns 0, -EEXIST, or another negative errno; then no file is left behind.
 */
int record_create(const char *path, const struct probe *p, struct record_writer **ret);
/**
 * record_begin - the same in the empty file @fd, which is the writer's in any case
 * @name, @more: a member that the header has besides, released here (NULL: none)
 *
 * Returns 0 or a negative errno: then the file is of no use.
 */
int record_begin(int fd, const struct probe *p, const char *name, struct json_object *more,
		 struct record_writer **ret);
/**
 * record_write - add @s and hand it to the kernel
 *
 * On failure (a full disk) the file is cut back to its last whole snapshot and takes no more:
 * further calls return the same error.  Returns 0 or a negative errno.
 */
int record_write(struct record_writer *w, const struct snapshot *s);
/** record_write_line - the same for what snapshot_line_write() made of one */
int record_write_line(struct record_writer *w, const char *line, size_t len);
/** record_sync - what was written survives a power cut from now on; fails as record_write() */
int record_sync(struct record_writer *w);
/** record_written - snapshots in it; @ret_bytes: size of the file so far, may be NULL */
uint64_t record_written(const struct record_writer *w, uint64_t *ret_bytes);
/**
 * record_finish - mark the end, sync, close; @w is gone in any case, NULL is accepted
 *
 * After a failed record_write() no end is marked.  Returns 0 or a negative errno.
 */
int record_finish(struct record_writer *w);

struct record_reader;

/**
 * record_open - begin to read the record @path, as long as it is now
 * @why: on failure, a sentence without full stop that names the file and what is wrong with it
 *
 * Returns 0, -EBADMSG (no record), -EPROTONOSUPPORT (of another version), or another negative
 * errno.
 */
int record_open(const char *path, struct record_reader **ret, char *why, size_t why_len);
/**
 * record_open_fd - the same of the file @fd, which is the reader's in any case
 * @path: what it is called in sentences
 */
int record_open_fd(int fd, const char *path, struct record_reader **ret, char *why,
		   size_t why_len);
/** record_close - NULL is accepted */
void record_close(struct record_reader *r);

/** record_probe - what could be measured on the machine recorded; owned by the reader */
const struct probe *record_probe(const struct record_reader *r);
/** record_header - member @name of the header, owned by the reader; NULL: it has none */
struct json_object *record_header(const struct record_reader *r, const char *name);
/**
 * record_read - the next snapshot, owned by the caller
 *
 * Returns 1 with @ret, 0 at the end of a whole record, or a negative errno where a file ends
 * early or is damaged: record_why() says so.  Snapshots handed out before are good.
 */
int record_read(struct record_reader *r, struct snapshot **ret);
/**
 * record_read_line - the next snapshot as the line it was written as, not looked into
 * @ret: not NUL-terminated, good until the next call
 *
 * Returns as record_read() does, and counts.
 */
int record_read_line(struct record_reader *r, const char **ret, size_t *ret_len);
/** record_count - snapshots read so far */
uint64_t record_count(const struct record_reader *r);
/** record_skipped - names in them this version does not know: a newer one wrote them */
uint64_t record_skipped(const struct record_reader *r);
/** record_why - a sentence as in record_open(), after record_read() failed; else "" */
const char *record_why(const struct record_reader *r);

#endif
