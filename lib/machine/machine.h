/* SPDX-License-Identifier: GPL-2.0-only */
/* machine.h - what the facts and the levers both need to know of the machine */
#ifndef PGTOP_MACHINE_H
#define PGTOP_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

#include "util/cpulist.h"
#include "host/host.h"
#include "linmap/linmap_verdict.h"

/* Which online CPUs change live blocks without conflict aborts; arm64 only. */
struct machine_bbml2 {
	struct cpulist online, listed;
	bool told;  /* listed is the kernel's own account, not inferred from MIDR */
	bool bbml3; /* this kernel calls it BBML3, and has the longer list */
	unsigned int unreadable; /* CPUs whose MIDR cannot be read */
	char models[256];	 /* the distinct core types */
};

/**
 * machine_bbml2 - the online CPUs the kernel knows to split, or MIDR against the allow list
 *
 * @virtual: of cpus_are_virtual()
 *
 * Returns 0 or a negative errno.
 */
int machine_bbml2(struct host *h, bool virtual, struct machine_bbml2 *ret);

/** machine_is_patched - whether the linear map has the pgtop series' files; their ABI in @abi
 */
bool machine_is_patched(const struct host *h, unsigned int *abi);

/**
 * machine_linmap - all that linmap_judge() needs
 * @walked: what the last page walk found
 *
 * linmap_read() with what the CPUs and the kernel add.  Returns 0 or a
 * negative errno (the command line cannot be read).
 */
int machine_linmap(struct host *h, enum linmap_walked walked, struct linmap_inputs *ret);

#endif
