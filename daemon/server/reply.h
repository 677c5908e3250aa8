/* SPDX-License-Identifier: GPL-2.0-only */
/* reply.h - one line of JSON for a client; connections that get the same one share it */
#ifndef PGTOPD_REPLY_H
#define PGTOPD_REPLY_H

#include <stddef.h>

struct json_object;

struct reply {
	unsigned int refs;
	size_t len; /* of text, with the newline */
	char text[];
};

/* Values of "code", see pgtop/control.h. */
#define REPLY_USAGE   "usage"
#define REPLY_DENIED  "denied"
#define REPLY_UNKNOWN "unknown"
#define REPLY_BUSY    "busy"
#define REPLY_FAILED  "failed"

/** reply_begin - {"v": 1, "ok": true}, to add members to; NULL without memory */
struct json_object *reply_begin(void);
/**
 * reply_json - the line for @json, which is released here (NULL: memory ran out)
 *
 * One that is longer than CONTROL_ANSWER becomes an error.  NULL without memory.
 */
struct reply *reply_json(struct json_object *json);
/** reply_error - {"v": 1, "ok": false, ...}; NULL without memory */
struct reply *reply_error(const char *code, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

struct reply *reply_ref(struct reply *r);
/** reply_unref - the last one frees it; NULL is accepted */
void reply_unref(struct reply *r);

#endif
