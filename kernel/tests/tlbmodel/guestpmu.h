/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guestpmu.h - the model behind the guest's PMU
 *
 * Needs the QEMU of tests/qemu, whose PMU has events that a plugin counts.  Remembers what
 * had been counted at each read of a counter, for programs in the guest that ask (told.h).
 */
#ifndef PGTOP_BENCH_GUESTPMU_H
#define PGTOP_BENCH_GUESTPMU_H

#include <stdbool.h>
#include <stdint.h>

#include "told.h"

/** guestpmu_count_fn - how often @event happened since power-on, in user mode, the kernel, or
 * both */
typedef uint64_t (*guestpmu_count_fn)(unsigned int event, bool user, bool kernel);

/** guestpmu_attach - QEMU's PMU has what @count counts.  Returns false in another QEMU */
bool guestpmu_attach(guestpmu_count_fn count);

/** guestpmu_read_of - the counter that instruction @word reads (MRS PMEVCNTRn_EL0), or -1 */
int guestpmu_read_of(uint32_t word);
/** guestpmu_type_of - the counter whose event instruction @word sets (MSR PMEVTYPERn_EL0), or
 * -1 */
int guestpmu_type_of(uint32_t word);

/** guestpmu_set_type - PMEVTYPERn_EL0 of counter @n is now @type */
void guestpmu_set_type(unsigned int n, uint32_t type);
/** guestpmu_read - counter @n is about to be read */
void guestpmu_read(unsigned int n);
/** guestpmu_tell - all that has been remembered */
void guestpmu_tell(struct told *ret);

#endif
