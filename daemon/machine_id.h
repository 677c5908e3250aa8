/* SPDX-License-Identifier: GPL-2.0-only */
/* machine_id.h - a number that differs between machines, and stays the same on one */
#ifndef PGTOPD_MACHINE_ID_H
#define PGTOPD_MACHINE_ID_H

#include <stdint.h>

/**
 * machine_id_hash - a hash of machine-id(5) below @root for @purpose
 *
 * Two purposes have numbers that have nothing to do with each other.  Where there is no
 * machine-id, that of the boot stands in; where there is none either, the hash is of @purpose
 * alone.
 */
uint64_t machine_id_hash(const char *root, const char *purpose);

/** machine_id_share - the same as a number from 0 to below 1 */
double machine_id_share(const char *root, const char *purpose);

#endif
