// SPDX-License-Identifier: GPL-2.0-only
#include "host/kernel_names.h"
#include "pagewalk/swaptype.h"

#define MIGRATION_TYPES 3 /* SWP_MIGRATION_NUM: read, read exclusive, write */

int swaptype_devices(struct host *h)
{
	if (kernel_address(h, FUNC_MAKE_DEVICE_EXCLUSIVE_RANGE))
		return 4;
	return kernel_address(h, FUNC_MAKE_DEVICE_EXCLUSIVE) ? 3 : 0;
}

unsigned int swaptype_above(const struct host *h)
{
	return host_at_least(h, 6, 2) || (h->arch == ARCH_ARM64 && host_at_least(h, 6, 1)) ? 1
											   : 2;
}

enum swaptype_class swaptype_class(unsigned int type, unsigned int above, int devices)
{
	unsigned int first = SWAPTYPE_MAX - above - devices - MIGRATION_TYPES;

	if (type < SWAPTYPE_SURE(above))
		return SWAPTYPE_SWAP;
	if (type >= SWAPTYPE_MAX - above || devices == SWAPTYPE_DEVICES_UNKNOWN)
		return SWAPTYPE_OTHER;
	if (type < first)
		return type == first - 1 ? SWAPTYPE_OTHER : SWAPTYPE_SWAP;
	return type < first + MIGRATION_TYPES ? SWAPTYPE_MIGRATION : SWAPTYPE_OTHER;
}
