/* SPDX-License-Identifier: GPL-2.0-only */
/* levers.h - what could be tuned on this machine, and the facts that decide it */
#ifndef PGTOP_LEVERS_H
#define PGTOP_LEVERS_H

#include "host.h"
#include "probe.h"

/**
 * probe_machine - add the rows of all levers and facts to @p
 *
 * Reads files only, writes nothing.
 */
void probe_machine(struct host *h, struct probe *p);

#endif
