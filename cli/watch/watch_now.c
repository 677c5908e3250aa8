// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "feed.h"
#include "snapshot/snapshot_carry.h"
#include "util/clock.h"
#include "watch/watch_source.h"

/* Page tables are walked with each tenth reading, or so seldom that it takes at most 1/400 of
 * a CPU: that takes time that grows with memory. */
#define WALK_EACH  10
#define WALK_SHARE 400

struct watch_now {
	struct watch_source source;
	struct feed *feed;
	struct snapshot *last;	 /* levels only, of the last reading with a walk */
	unsigned int since_walk; /* readings */
	uint64_t walk_ns;	 /* CLOCK_MONOTONIC: not before */
};

static uint64_t now_wanted(struct watch_now *n)
{
	uint64_t walks = sources_bit("usermap") | sources_bit("linmap_walk");
	bool walk = !n->last || (n->since_walk + 1 >= WALK_EACH &&
				 clock_ns(CLOCK_MONOTONIC) >= n->walk_ns);

	n->since_walk = walk ? 0 : n->since_walk + 1;
	return walk ? ~0ull : ~walks;
}

static int now_keep(struct watch_now *n, struct snapshot *s)
{
	struct snapshot *copy = snapshot_new();
	int r = copy ? snapshot_carry(copy, s) : -ENOMEM;

	if (r) {
		snapshot_free(copy);
		return r;
	}
	snapshot_free(n->last);
	n->last = copy;
	return 0;
}

static int now_next(struct watch_source *w, struct snapshot **ret, char *why, size_t len)
{
	struct watch_now *n = (struct watch_now *)w;
	uint64_t wanted = now_wanted(n), began = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	struct snapshot *s = NULL;
	int r = feed_try(n->feed, wanted, &s, why, len);

	if (r) {
		n->since_walk = WALK_EACH; /* what this one would have walked */
		return r;
	}
	if (!n->since_walk)
		n->walk_ns = clock_ns(CLOCK_MONOTONIC) +
			     WALK_SHARE * (clock_ns(CLOCK_PROCESS_CPUTIME_ID) - began);
	if (n->last)
		r = snapshot_carry(s, n->last);
	if (!r && !n->since_walk)
		r = now_keep(n, s);
	if (r) {
		snprintf(why, len, "out of memory");
		snapshot_free(s);
		return r;
	}
	w->at++;
	*ret = s;
	return 1;
}

static const struct probe *now_probe(const struct watch_source *w)
{
	return feed_probe(((const struct watch_now *)w)->feed);
}

static const char *now_told(const struct watch_source *w, uint64_t number, char *buf,
			    size_t len)
{
	const struct feed *f = ((const struct watch_now *)w)->feed;

	return feed_told(f, buf, len);
}

static void now_close(struct watch_source *w)
{
	struct watch_now *n = (struct watch_now *)w;

	snapshot_free(n->last);
	feed_free(n->feed);
	free(n);
}

static const struct watch_source_class now_class = {
	.next = now_next,
	.probe = now_probe,
	.told = now_told,
	.close = now_close,
};

int watch_source_now(const struct cli_options *o, struct watch_source **ret)
{
	struct watch_now *n = calloc(1, sizeof(*n));
	int code;

	if (!n)
		return cli_error(CLI_FAILED, "out of memory");
	n->source.class = &now_class;
	code = feed_new(o, ~0ull, &n->feed);
	if (code)
		free(n);
	else
		*ret = &n->source;
	return code;
}

void watch_source_close(struct watch_source *w)
{
	if (w)
		w->class->close(w);
}
