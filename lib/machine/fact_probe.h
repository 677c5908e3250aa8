/* SPDX-License-Identifier: GPL-2.0-only */
/* fact_probe.h - probe rows of what the rest depends on: BTF, rights, lockdown, containers */
#ifndef PGTOP_FACT_PROBE_H
#define PGTOP_FACT_PROBE_H

#include "host/host.h"
#include "snapshot/probe.h"

/**
 * probe_facts - add their rows to @p
 *
 * That a file is missing says something of the kernel only where /proc or /sys is mounted;
 * each remedy belongs to the cause that is told.
 */
void probe_facts(struct host *h, struct probe *p);

#endif
