/* SPDX-License-Identifier: GPL-2.0-only */
/* recorded_host.h - the machine a snapshot came from, which need not be this one */
#ifndef PGTOP_RECORDED_HOST_H
#define PGTOP_RECORDED_HOST_H

#include "host/host.h"
#include "snapshot/snapshot.h"

/**
 * recorded_host - what the facts of @s tell: architecture, granule, kernel release
 *
 * So that host_contpte_bytes() and host_pmd_bytes() are those of the machine recorded.  There
 * is nothing to read below its root.  Returns 0 and a host the caller frees by host_free(),
 * -ENODATA when the snapshot has no granule, or -ENOMEM.
 */
int recorded_host(const struct snapshot *s, struct host **ret);

#endif
