/* SPDX-License-Identifier: GPL-2.0-only */
/* machine_probe.h - what could be tuned on this machine, and the facts that decide it */
#ifndef PGTOP_MACHINE_PROBE_H
#define PGTOP_MACHINE_PROBE_H

#include "host/host.h"
#include "linmap/linmap_verdict.h"
#include "snapshot/probe.h"

/**
 * probe_machine - add the rows of all levers and facts to @p
 * @walked: what a page walk of the linear map found
 *
 * Reads files only, writes nothing.
 */
void probe_machine(struct host *h, enum linmap_walked walked, struct probe *p);

#endif
