// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "util/file.h"
#include "host/kernel_names.h"
#include "tracing/patch_series.h"
#include "util/util.h"

static const struct {
	unsigned int part;
	const char *name;
	/* What only this part brings: a tracepoint, or a line of /proc/vmstat. */
	enum kernel_name tracepoint, vmstat;
} parts_known[] = {
	{ SERIES_CONTPTE_EVENTS, "contpte events", EVENT_CONTPTE_UNFOLD, KERNEL_NONE },
	{ SERIES_TLB_EVENTS, "TLB events", EVENT_ARM64_TLB_FLUSH, KERNEL_NONE },
	{ SERIES_CONTPTE_STATS, "contpte counters", KERNEL_NONE, VMSTAT_CONTPTE_UNFOLD },
	{ SERIES_LINMAP_EVENTS, "linear map events", EVENT_LINMAP_SPLIT, KERNEL_NONE },
	{ SERIES_LINMAP_STATS, "linear map counters", KERNEL_NONE, VMSTAT_SPLITS_CONT },
};

unsigned int patch_series_parts(struct host *h)
{
	_cleanup_free_ char *vmstat = NULL;
	unsigned int parts = 0;
	uint64_t n;

	if (h->arch != ARCH_ARM64)
		return 0;
	if (file_read(h->root, "/proc/vmstat", &vmstat, NULL))
		vmstat = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(parts_known); i++) {
		if (kernel_has_event(h, parts_known[i].tracepoint) ||
		    (vmstat && !kernel_vmstat(h, parts_known[i].vmstat, vmstat, &n)))
			parts |= parts_known[i].part;
	}
	return parts;
}

const char *patch_series_names(unsigned int parts, char *buf, size_t len)
{
	size_t at = 0;

	*buf = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(parts_known) && at < len; i++) {
		if (parts & parts_known[i].part)
			at += snprintf(buf + at, len - at, "%s%s", at ? ", " : "",
				       parts_known[i].name);
	}
	return buf;
}
