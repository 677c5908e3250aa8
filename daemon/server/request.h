/* SPDX-License-Identifier: GPL-2.0-only */
/* request.h - what a client of the control socket asks for (pure) */
#ifndef PGTOPD_REQUEST_H
#define PGTOPD_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/segment.h"
#include "policy/decision.h"

enum request_command {
	REQUEST_STATUS,
	REQUEST_LOG,
	REQUEST_WHY,
	REQUEST_HOLD,
	REQUEST_RELEASE,
	REQUEST_SNAPSHOT,
	REQUEST_METRICS,
	REQUEST_HISTORY,
	REQUEST_COMMANDS,
};

#define REQUEST_LOG_DEFAULT 20

struct request {
	enum request_command command;
	uint64_t n;		    /* log: so many */
	uint64_t id;		    /* why */
	bool no_walk;		    /* snapshot: page tables are not walked */
	char lever[LEVER_NAME];	    /* hold, release */
	char segment[SEGMENT_NAME]; /* history: a piece of this one, "": a list */
	uint64_t offset;
	char by[DECISION_BY]; /* who asks; by the server, "": not known */
};

/**
 * request_parse - one line, without its newline
 * @why: on failure one sentence for the client, static
 *
 * Returns 0, -EINVAL (a JSON object that asks for nothing we know), -EPROTONOSUPPORT (a
 * version we do not speak) or -EBADMSG (no JSON object: close the connection).
 */
int request_parse(const char *line, size_t len, struct request *ret, const char **why);

/** request_changes - whether it changes what pgtopd does, so that only root may ask for it */
bool request_changes(enum request_command command);

#endif
