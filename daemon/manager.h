/* SPDX-License-Identifier: GPL-2.0-only */
/* manager.h - the event loop: windows, signals, the watchdog, clients */
#ifndef PGTOPD_MANAGER_H
#define PGTOPD_MANAGER_H

#include "config.h"
#include "options.h"

/**
 * manager_run - start, serve until SIGTERM or SIGINT, undo, stop
 * @o: ACTION_RUN, or ACTION_DRY_RUN: no socket, no journal, nothing is written
 * @c: the configuration to begin with; SIGHUP reads it anew
 *
 * Returns an exit code; what went wrong has been logged.
 */
int manager_run(const struct options *o, const struct config *c);

#endif
