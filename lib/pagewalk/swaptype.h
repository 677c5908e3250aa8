/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * swaptype.h - what the type of a swap entry stands for
 *
 * 32 types are shared out from the top (include/linux/swap.h since 6.1): 31
 * is a PTE marker; below it come as many types for device memory as the
 * kernel has, 3 for migration, 1 for hwpoison; all below are swap files.  How
 * many there are for device memory moves migration: none without
 * CONFIG_DEVICE_PRIVATE, 4 up to 6.14, 3 since 6.15 ("mm: use single
 * SWP_DEVICE_EXCLUSIVE entry type").
 *
 * Before 6.2 ("mm: use pte markers for swap errors") 31 is SWP_SWAPIN_ERROR,
 * and a marker lies below it only with CONFIG_PTE_MARKER, which user space's
 * write protection of files selects: x86_64 has that by default, arm64 not.
 */
#ifndef PGTOP_SWAPTYPE_H
#define PGTOP_SWAPTYPE_H

#include "host/host.h"
#include "host/ksyms.h"
#include "pgtop/abi.h"

enum swaptype_class { SWAPTYPE_SWAP, SWAPTYPE_MIGRATION, SWAPTYPE_OTHER };

#define SWAPTYPE_MAX 32

/* Below it a type is a swap file, however many there are for device memory. */
#define SWAPTYPE_SURE(above) (SWAPTYPE_MAX - (above)-4 - 3 - 1)

/* The number of types for device memory is not known. */
#define SWAPTYPE_DEVICES_UNKNOWN (-1)

/** swaptype_above - the number of types above those for device memory, at most */
unsigned int swaptype_above(const struct host *h);

/**
 * swaptype_devices - the number of types for device memory in the kernel of @h
 *
 * Its symbols can be read.  make_device_exclusive() exists with CONFIG_DEVICE_PRIVATE only,
 * and carried the suffix _range as long as there were 4.
 */
int swaptype_devices(struct host *h);

/**
 * swaptype_class - what an entry of @type is, see swaptype_above(), swaptype_devices()
 *
 * While @devices is unknown, what could be migration on some kernel is SWAPTYPE_OTHER.
 */
enum swaptype_class swaptype_class(unsigned int type, unsigned int above, int devices);

#endif
