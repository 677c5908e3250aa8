/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snapshot_line.h - a snapshot as one line of JSON that can be read back
 *
 * snapshot_to_json() is for whoever looks at the numbers; this is for pgtop itself, in records
 * and between pgtopd and pgtop, and loses nothing.  Schema "pgtop.snapshot.line":
 *
 *   schema, version    SNAPSHOT_VERSION
 *   mono_ns, real_ns
 *   interval_ns        only in a difference
 *   facts              {NAME: "text" or ["why"]}
 *   fields             {"GROUP.NAME": CELL}
 *   tables             {NAME: {"why": "...", "columns": [COLUMN], "rows": [ROW]}}, why only if
 *                      the table has one
 *   COLUMN             [name, kind, unit, via, why]: "counter" or "gauge", a unit as in
 *                      snapshot_to_json(), and what the column's cells usually say (or null)
 *   ROW                [key, identity, label 0, label 1, CELL...]: null where there is none,
 *                      label 0 is true where it is the identity
 *   CELL               n           known, through the column's via (a field: through nothing)
 *                      [n, "via"]  known; [n]: through nothing
 *                      "why"       unknown; true: the column's why
 *                      null        nothing tried to read it
 *
 * What nothing tried to read is left out of facts, fields and tables, and at the end of a row.
 * Names this version does not know are skipped and counted.
 */
#ifndef PGTOP_SNAPSHOT_LINE_H
#define PGTOP_SNAPSHOT_LINE_H

#include "snapshot/snapshot.h"

#define SNAPSHOT_LINE_SCHEMA "pgtop.snapshot.line"

/* Limits of what is read; a machine with every row of every table in use stays below them. */
#define SNAPSHOT_LINE_MAX  (15u << 20) /* bytes */
#define SNAPSHOT_NODES_MAX (1u << 20)  /* values in the JSON text */
#define SNAPSHOT_CELLS_MAX (1u << 20)  /* rows times columns, all tables */

struct json_object;

/**
 * snapshot_line_write - @s as text, without a newline
 *
 * @ret: NUL-terminated, owned by the caller; @ret_len: its length.
 * Returns 0, -ENOMEM, or -EMSGSIZE when it would be longer than SNAPSHOT_LINE_MAX.
 */
int snapshot_line_write(const struct snapshot *s, char **ret, size_t *ret_len);

/**
 * snapshot_line_object - the same as an object to be put into another one
 *
 * It prints as the line does, whatever flags are asked for, but has no members.  Returns 0
 * with @ret, released by the caller, or as snapshot_line_write().
 */
int snapshot_line_object(const struct snapshot *s, struct json_object **ret);

/**
 * snapshot_line_read - the snapshot that @line (not NUL-terminated) was written from
 * @ret_skipped: how many names were unknown here; may be NULL
 * @why: on failure, one clause that says what is wrong with it
 *
 * Returns 0 and a snapshot the caller frees, -ENOMEM, -EBADMSG, or -EPROTONOSUPPORT when it is
 * of another SNAPSHOT_VERSION.
 */
int snapshot_line_read(const char *line, size_t len, struct snapshot **ret,
		       size_t *ret_skipped, char *why, size_t why_len);

/** snapshot_line_read_object - the same from JSON that has been parsed */
int snapshot_line_read_object(struct json_object *json, struct snapshot **ret,
			      size_t *ret_skipped, char *why, size_t why_len);

#endif
