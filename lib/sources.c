// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/clock.h"
#include "sources.h"
#include "util/util.h"

/*
 * The linear map comes first: it counts what loading all others' programs splits.  Readers of
 * files come last: what that did to the machine shows in them.
 */
static const struct source_class *const classes[] = {
	&source_linmap,	 &source_linmap_walk, &source_tlbflush,
	&source_contpte, &source_usermap,     &source_pmu,
	&source_mthp,	 &source_memory,      &source_machine,
};

struct sources {
	void *source[ARRAY_SIZE(classes)];
};

int sources_new(struct host *h, const struct source_options *o, uint64_t wanted,
		struct probe *p, struct sources **ret)
{
	struct sources *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		int r = 0;

		if (wanted & 1ull << i)
			r = classes[i]->open(h, o, p, &s->source[i]);
		if (r) {
			sources_free(s);
			return r;
		}
	}
	*ret = s;
	return 0;
}

void sources_free(struct sources *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		classes[i]->close(s->source[i]);
	free(s);
}

uint64_t sources_bit(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		if (!strcmp(classes[i]->name, name))
			return 1ull << i;
	}
	return 0;
}

int sources_read(struct sources *s, struct snapshot **ret)
{
	return sources_read_some(s, ~0ull, ret);
}

int sources_read_some(struct sources *s, uint64_t wanted, struct snapshot **ret)
{
	struct snapshot *snap = snapshot_new();
	int r = snap ? 0 : -ENOMEM;

	if (snap) {
		snap->mono_ns = clock_ns(CLOCK_MONOTONIC);
		snap->real_ns = clock_ns(CLOCK_REALTIME);
	}
	for (size_t i = 0; !r && i < ARRAY_SIZE(classes); i++) {
		if (s->source[i] && wanted & 1ull << i)
			r = classes[i]->read(s->source[i], snap);
		if (s->source[i] && classes[i]->cost)
			classes[i]->cost(s->source[i], snap);
	}
	if (!r)
		r = snapshot_error(snap);
	if (r) {
		snapshot_free(snap);
		return r;
	}
	*ret = snap;
	return 0;
}
