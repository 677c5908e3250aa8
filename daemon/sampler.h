/* SPDX-License-Identifier: GPL-2.0-only */
/* sampler.h - all sources of this machine, and what changed from one reading to the next */
#ifndef PGTOPD_SAMPLER_H
#define PGTOPD_SAMPLER_H

#include "host/host.h"
#include "linmap/linmap_verdict.h"
#include "snapshot/snapshot.h"
#include "snapshot/probe.h"

struct config;
struct first_walk;
struct sampler;

/** sampler_new - open all sources.  Returns 0 or -ENOMEM. */
int sampler_new(struct host *h, const struct config *c, struct sampler **ret);
/** sampler_free - NULL is accepted */
void sampler_free(struct sampler *s);

/** sampler_probe - what can be measured and moved, and why not; owned by the sampler */
const struct probe *sampler_probe(const struct sampler *s);

/**
 * sampler_window - read, and compare with the reading one window ago
 *
 * Page tables are walked once a minute, or less often where that takes long; in other windows
 * what comes of it is unknown.
 *
 * Returns 0 with @ret, owned by the sampler until the next window (NULL: this is the first
 * reading), -ENOMEM, or -EINVAL when the clock went back: then a new window begins.
 */
int sampler_window(struct sampler *s, const struct snapshot **ret);
/**
 * sampler_remember - tell the first walk of the linear map in each window from now on
 * @w: outlives the sampler; see first_walk_see()
 */
void sampler_remember(struct sampler *s, struct first_walk *w);
/** sampler_is_first - whether the last window was the first with a walk: @w is to be saved */
bool sampler_is_first(const struct sampler *s);
/** sampler_last - the reading that ended the last window, NULL: none yet */
const struct snapshot *sampler_last(const struct sampler *s);
/** sampler_walked - what the last page walk of the linear map found */
enum linmap_walked sampler_walked(const struct sampler *s);
/** sampler_change - the last comparison, NULL: none yet */
const struct snapshot *sampler_change(const struct sampler *s);

/**
 * sampler_now - a reading outside the windows, owned by the caller
 * @walk: walk page tables, too
 *
 * Returns 0 or -ENOMEM.
 */
int sampler_now(struct sampler *s, bool walk, struct snapshot **ret);

#endif
