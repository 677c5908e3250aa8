/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sentry.h - looks at guards while everything else may wait: for a disk, for a long window
 *
 * A thread of its own.  While one of our values is in place it reads, at least every five
 * seconds, what guards look at, and at once writes the original of what must go.  It reads and
 * writes /proc and /sys only: no journal, no log.  Who owns the policy is told through a
 * descriptor, and makes the journal know.
 *
 * It does not see what BPF or the PMU counts (the guards "unfolds" and "pmu_running"): these
 * are looked at with each window.
 */
#ifndef PGTOPD_SENTRY_H
#define PGTOPD_SENTRY_H

#include "policy/policy.h"

struct sentry;

/**
 * sentry_new - a sentry that does not look yet
 * @root: of the host; @levers must outlive it
 *
 * Returns 0 or a negative errno.
 */
int sentry_new(const char *root, const struct levers *levers, struct sentry **ret);
/** sentry_free - waits until it has ended; NULL is accepted */
void sentry_free(struct sentry *s);

/** sentry_start - from now on it looks, with the rights of the caller.  0 or negative errno */
int sentry_start(struct sentry *s);

/** sentry_expect - the knob of lever @i is about to hold @ours instead of @original */
void sentry_expect(struct sentry *s, size_t i, const char *ours, const char *original);
/** sentry_watch - the configuration, and what @p has in place now */
void sentry_watch(struct sentry *s, const struct policy_config *c, const struct policy *p);

/** sentry_fd - can be read when there is an alarm */
int sentry_fd(const struct sentry *s);
/** sentry_take - the alarm, which is over then; false: there is none */
bool sentry_take(struct sentry *s, struct alarm *ret);

#endif
