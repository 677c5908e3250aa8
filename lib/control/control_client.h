/* SPDX-License-Identifier: GPL-2.0-only */
/* control_client.h - ask pgtopd (pgtop/control.h is what both sides say) */
#ifndef PGTOP_CONTROL_CLIENT_H
#define PGTOP_CONTROL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "snapshot/snapshot.h"
#include "snapshot/probe.h"

struct control_client;
struct json_object;

/*
 * All of these put into @why, on failure, a sentence without full stop that names what is
 * wrong and, where there is one, the remedy.
 */

/**
 * control_client_new - connect to the pgtopd that listens at @path (NULL: CONTROL_SOCKET)
 *
 * Returns 0; -ENOENT or -ECONNREFUSED: none runs; -EACCES; or another negative errno.
 */
int control_client_new(const char *path, struct control_client **ret, char *why,
		       size_t why_len);
/** control_client_free - NULL is accepted */
void control_client_free(struct control_client *c);

/**
 * control_client_ask - send @request, wait for the answer
 * @request: with "cmd" and its arguments; released here; NULL: out of memory
 *
 * Returns 0 and an answer that is ok, released by the caller.  What pgtopd refuses: -EINVAL
 * (usage), -EPERM (denied), -ENOENT (unknown), -EBUSY, -EREMOTEIO (failed); @why is its
 * sentence.  What went wrong between: -ETIMEDOUT, -EPIPE (it hung up), -EBADMSG (no answer at
 * all), -EPROTONOSUPPORT (of another version), or another errno; the client is of no more
 * use then.
 */
int control_client_ask(struct control_client *c, struct json_object *request,
		       struct json_object **ret, char *why, size_t why_len);

/** control_request - {"cmd": @cmd}, to add arguments to; NULL without memory */
struct json_object *control_request(const char *cmd);

/**
 * control_client_snapshot - a snapshot of now
 * @walk: with page tables walked for it; a pgtopd of before 0.2.0 walks them always
 * @ret_probe: what pgtopd can measure; may be NULL
 *
 * Both are owned by the caller.  Returns 0 or as control_client_ask().
 */
int control_client_snapshot(struct control_client *c, bool walk, struct snapshot **ret,
			    struct probe **ret_probe, char *why, size_t why_len);

/**
 * control_answer_read - one answer, @len bytes without the newline (pure)
 *
 * Returns as control_client_ask() does.
 */
int control_answer_read(const char *line, size_t len, struct json_object **ret, char *why,
			size_t why_len);

#endif
