/* SPDX-License-Identifier: GPL-2.0-only */
/* history_remote.h - segments by way of the socket of pgtopd (pgtop/control.h) */
#ifndef PGTOP_HISTORY_REMOTE_H
#define PGTOP_HISTORY_REMOTE_H

#include "control/control_client.h"
#include "history/segment.h"

/** history_remote_list - as segment_dir_list(), with a sentence in @why on failure */
int history_remote_list(struct control_client *c, struct segment **ret, size_t *ret_n,
			char *why, size_t why_len);
/**
 * history_remote_file - the segment @name, fetched piece by piece
 *
 * Returns a descriptor at its beginning, -ENOENT (it is gone), or another negative errno.
 */
int history_remote_file(struct control_client *c, const char *name, char *why, size_t why_len);

struct json_object;
/** history_list_read - the segments that an answer to "history" lists (pure).  0 or -EBADMSG,
 * -ENOMEM */
int history_list_read(struct json_object *answer, struct segment **ret, size_t *ret_n);

#endif
