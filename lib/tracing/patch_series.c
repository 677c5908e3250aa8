// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "util/file.h"
#include "tracing/hook.h"
#include "tracing/patch_series.h"
#include "util/util.h"
#include "host/vmstat.h"

static const struct {
	unsigned int part;
	const char *name;
	const char *tracepoint; /* one that only this part brings */
	const char *vmstat;	/* or a line of /proc/vmstat */
} parts_known[] = {
	{ SERIES_CONTPTE_EVENTS, "contpte events", "contpte_unfold", NULL },
	{ SERIES_TLB_EVENTS, "TLB events", "arm64_tlb_flush", NULL },
	{ SERIES_CONTPTE_STATS, "contpte counters", NULL, "contpte_unfold" },
	{ SERIES_LINMAP_EVENTS, "linear map events", "linmap_split", NULL },
	{ SERIES_LINMAP_STATS, "linear map counters", NULL, "direct_map_cont_splits" },
};

unsigned int patch_series_parts(struct host *h)
{
	const struct btf *btf = NULL;
	_cleanup_free_ char *vmstat = NULL;
	unsigned int parts = 0;
	uint64_t n;

	if (h->arch != ARCH_ARM64)
		return 0;
	if (host_btf(h, &btf))
		btf = NULL;
	if (file_read(h->root, "/proc/vmstat", &vmstat, NULL))
		vmstat = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(parts_known); i++) {
		const char *tracepoint = parts_known[i].tracepoint;
		const char *line = parts_known[i].vmstat;

		if ((tracepoint && btf && btf_has_tracepoint(btf, tracepoint)) ||
		    (line && vmstat && !vmstat_count(vmstat, line, &n)))
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
