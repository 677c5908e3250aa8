// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "util/clock.h"
#include "config.h"
#include "durable/first_walk.h"
#include "machine/machine_probe.h"
#include "sampler.h"
#include "own_cost.h"
#include "sources.h"
#include "util/util.h"

/*
 * Page tables are walked so often, and so seldom that it takes at most 1/2000 of a CPU: that
 * takes time that grows with memory, and nothing decides by it.
 */
#define WALK_NS	   UINT64_C(60000000000)
#define WALK_SHARE 2000

/* What a window costs grows with the processes that have counts. */
#define PROCESSES 256

struct sampler {
	uint64_t walk_ns; /* CLOCK_MONOTONIC: when they are to be walked again */
	struct sources *sources;
	struct probe *probe;
	struct snapshot *last, *change;
	enum linmap_walked walked; /* by the last walk of the linear map */
	struct first_walk *first;  /* NULL: nobody keeps it */
	bool is_first;		   /* the last window is that walk */
	size_t most;		   /* rows a snapshot had since memory was given back */
};

/* What the levers do rests on how the linear map is mapped. */
static int probe_levers(struct host *h, struct sampler *s)
{
	struct snapshot *walk = NULL;
	int r = sources_read_some(s->sources, sources_bit("linmap_walk"), &walk);

	if (r)
		return r;
	s->walked = linmap_walked(walk);
	probe_machine(h, s->walked, s->probe);
	snapshot_free(walk);
	return s->probe->error;
}

int sampler_new(struct host *h, const struct config *c, struct sampler **ret)
{
	char text[ROLE_MAX][CONFIG_TEXT + 32];
	const char *roles[ROLE_MAX + 1];
	struct source_options o = { .walk_processes = c->processes,
				    .process_rows = PROCESSES,
				    .gone_ns = 2 * c->policy.window_ns,
				    .roles = roles };
	struct sampler *s = calloc(1, sizeof(*s));
	int r = -ENOMEM;

	if (!s)
		return r;
	config_roles(c, text, roles);
	s->probe = probe_new();
	if (s->probe)
		r = sources_new(h, &o, ~0ull, s->probe, &s->sources);
	if (!r)
		r = probe_levers(h, s);
	if (r) {
		sampler_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

void sampler_free(struct sampler *s)
{
	if (!s)
		return;
	snapshot_free(s->change);
	snapshot_free(s->last);
	sources_free(s->sources);
	probe_free(s->probe);
	free(s);
}

const struct probe *sampler_probe(const struct sampler *s)
{
	return s->probe;
}

enum linmap_walked sampler_walked(const struct sampler *s)
{
	return s->walked;
}

void sampler_remember(struct sampler *s, struct first_walk *w)
{
	s->first = w;
}

bool sampler_is_first(const struct sampler *s)
{
	return s->is_first;
}

const struct snapshot *sampler_last(const struct sampler *s)
{
	return s->last;
}

const struct snapshot *sampler_change(const struct sampler *s)
{
	return s->change;
}

static uint64_t sampler_walks(void)
{
	return sources_bit("usermap") | sources_bit("linmap_walk");
}

int sampler_now(struct sampler *s, bool walk, struct snapshot **ret)
{
	int r = sources_read_some(s->sources, walk ? ~UINT64_C(0) : ~sampler_walks(), ret);

	if (!r && s->first && s->first->real_ns)
		first_walk_see(s->first, *ret);
	return r;
}

/* What this window reads. */
static uint64_t sampler_wanted(const struct sampler *s, uint64_t now)
{
	return now >= s->walk_ns ? ~UINT64_C(0) : ~sampler_walks();
}

#define ROWS_WORTH 512

/* What a storm of processes and cgroups took goes back to the kernel when it is over. */
static void give_back(struct sampler *s)
{
	size_t rows = 0;

	for (int id = 0; id < TABLE_MAX; id++)
		rows += s->last->table[id].nrows;
	s->most = MAX(s->most, rows);
	if (s->most < ROWS_WORTH || rows > s->most / 2)
		return;
	own_cost_trim();
	s->most = rows;
}

int sampler_window(struct sampler *s, const struct snapshot **ret)
{
	uint64_t mono_ns = clock_ns(CLOCK_MONOTONIC), which = sampler_wanted(s, mono_ns);
	uint64_t began = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	struct snapshot *now, *change = NULL;
	int r = sources_read_some(s->sources, which, &now);

	if (r)
		return r;
	began = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - began;
	if (which == ~UINT64_C(0)) {
		s->walk_ns = mono_ns + MAX(WALK_NS, WALK_SHARE * began);
		s->walked = linmap_walked(now);
	}
	s->is_first = s->first && first_walk_see(s->first, now);
	if (s->last)
		r = snapshot_diff(s->last, now, &change);
	snapshot_free(s->last);
	s->last = now;
	if (r)
		return r;
	snapshot_free(s->change);
	s->change = change;
	give_back(s);
	*ret = change;
	return 0;
}
