/* SPDX-License-Identifier: GPL-2.0-only */
/* machine_probe.h - what could be tuned on this machine, and the facts that decide it */
#ifndef PGTOP_MACHINE_PROBE_H
#define PGTOP_MACHINE_PROBE_H

#include "host/host.h"
#include "snapshot/probe.h"

/**
 * probe_machine - add the rows of all levers and facts to @p
 *
 * Reads files only, writes nothing.
 */
void probe_machine(struct host *h, struct probe *p);

#endif
