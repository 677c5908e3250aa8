/* SPDX-License-Identifier: GPL-2.0-only */
/* machine.h - what the facts and the levers both need to know of the machine */
#ifndef PGTOP_MACHINE_H
#define PGTOP_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

#include "cpulist.h"
#include "host.h"
#include "linmap_mode.h"

/* Which online CPUs change live blocks without conflict aborts; arm64 only. */
struct machine_bbml2 {
	struct cpulist online, listed;
	unsigned int unreadable; /* CPUs whose MIDR cannot be read */
	char models[256];	 /* the distinct core types */
};

/** machine_bbml2 - MIDR of every online CPU against the allow list; a negative errno */
int machine_bbml2(const struct host *h, struct machine_bbml2 *ret);

/** machine_is_patched - whether the kernel carries the pgtop series; its ABI in @abi */
bool machine_is_patched(const struct host *h, unsigned int *abi);

/** machine_linmap - linmap_read() with what the CPUs and the kernel add */
int machine_linmap(const struct host *h, struct linmap_inputs *ret);

#endif
