/* SPDX-License-Identifier: GPL-2.0-only */
/* status.h - what pgtopd tells of itself, as JSON (pure) */
#ifndef PGTOPD_STATUS_H
#define PGTOPD_STATUS_H

#include "config.h"
#include "durable/journal.h"
#include "policy/observation.h"
#include "policy/policy.h"
#include "snapshot/probe.h"
#include "own_cost.h"
#include "window.h"

struct status {
	const struct config *config;
	const struct window *window;
	const struct probe *probe;
	const struct policy *policy;	       /* NULL: no window has been read yet */
	const struct journal *journal;	       /* NULL: there is none */
	const char *paused;		       /* why tuning is, NULL: it is not */
	const struct snapshot *last;	       /* NULL: none yet */
	const struct observation *observation; /* of the last window; NULL: none yet */
	struct own_cost self;
	uint64_t since_ns; /* CLOCK_REALTIME */
	uint64_t failed;   /* windows that could not be read */
	uint64_t work_ns;  /* CPU time of the last one */
	int pid;
};

struct json_object;

/** status_to_json - the member "status" of pgtop/control.h; NULL without memory */
struct json_object *status_to_json(const struct status *s);

#endif
