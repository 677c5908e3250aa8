/* SPDX-License-Identifier: GPL-2.0-only */
/* service.h - what pgtopd does, without the loop that makes it do it */
#ifndef PGTOPD_SERVICE_H
#define PGTOPD_SERVICE_H

#include "config.h"
#include "export.h"
#include "host/host.h"
#include "durable/first_walk.h"
#include "historian.h"
#include "durable/journal.h"
#include "policy/observation.h"
#include "options.h"
#include "sampler.h"
#include "tuner.h"
#include "window.h"

struct service {
	const struct options *options;
	struct config config;
	struct host *host;
	struct journal *journal; /* NULL: none, because of */
	char no_journal[160];
	struct first_walk first; /* of the linear map since boot */
	struct sampler *sampler;
	struct levers levers;
	struct tuner *tuner;
	struct historian *historian; /* NULL: --dry-run, or it could not be started */
	struct export *export;	     /* NULL: --dry-run */
	uint64_t exported_ns;	     /* CLOCK_MONOTONIC, 0: not yet */
	struct window window;
	struct observation observation;
	uint64_t advised;  /* advice_grounds() of the last advice */
	bool observed;	   /* observation holds something */
	uint64_t since_ns; /* CLOCK_REALTIME */
	uint64_t failed;   /* windows that could not be read */
	uint64_t work_ns;  /* CPU time of the last window */
	int error;	   /* of the last window */
};

/** service_config - the configuration with what @o overrides.  As config_load(); logs errors.
 */
int service_config(const struct options *o, struct config *ret);

/**
 * service_start - undo what an earlier run left, open all sources, read for the first time
 * @s: zeroed but for options and config
 *
 * Returns 0; -EBUSY (another pgtopd runs, told); or a negative errno.  service_done() in any
 * case.
 */
int service_start(struct service *s);
/**
 * service_started - all rights that are not needed any more are dropped: write the first
 * metrics
 *
 * What may not be written from now on is not begun.
 */
void service_started(struct service *s);
/** service_export - what the text of all metrics is made from */
void service_export(struct service *s, struct export_input *ret);
/** service_done - close and free what service_start() opened */
void service_done(struct service *s);

/** service_window - a window has ended.  Returns 0 or a negative errno; told when it changes
 */
int service_window(struct service *s);
/** service_reload - read the configuration anew; a bad one changes nothing (-EINVAL) */
int service_reload(struct service *s);
/** service_undo - at the end: as [daemon] exit says.  Returns an exit code. */
int service_undo(struct service *s);

#endif
