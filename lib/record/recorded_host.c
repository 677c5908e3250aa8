// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/number.h"
#include "record/recorded_host.h"

static enum host_arch recorded_host_arch_of(const char *name)
{
	if (!strcmp(name, "x86_64"))
		return ARCH_X86_64;
	return strcmp(name, "aarch64") ? ARCH_OTHER : ARCH_ARM64;
}

int recorded_host(const struct snapshot *s, struct host **ret)
{
	const char *granule = s->fact[FACT_GRANULE].text, *arch = s->fact[FACT_ARCH].text,
		   *release = s->fact[FACT_KERNEL].text;
	struct host *h;
	uint64_t bytes;

	if (!granule || parse_u64(granule, 10, 1 << 20, &bytes) || bytes < 4096)
		return -ENODATA;
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	h->root = strdup("/dev/null");
	if (!h->root) {
		free(h);
		return -ENOMEM;
	}
	h->page_size = bytes;
	h->arch = recorded_host_arch_of(arch ? arch : "");
	snprintf(h->arch_name, sizeof(h->arch_name), "%s", arch ? arch : "");
	snprintf(h->release, sizeof(h->release), "%s", release ? release : "");
	*ret = h;
	return 0;
}
