// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "durable/knob.h"
#include "sentry.h"
#include "sources.h"
#include "util/clock.h"
#include "util/util.h"

#define LOOK_MIN_NS NS_PER_S
#define LOOK_MAX_NS (5 * NS_PER_S)

struct sentry {
	pthread_mutex_t lock; /* held for reads and writes of a knob, never for a disk */
	pthread_cond_t changed;
	pthread_t thread;
	bool started, stop;
	struct host *host;
	struct probe *probe;
	struct sources *sources;
	const struct levers *levers;
	struct policy_config c;
	struct guarded post[LEVERS_MAX];
	struct alarm alarm;
	bool alarmed;
	int fd;
	/* of the thread alone: the last two readings, newest first, NULL: there was none */
	struct snapshot *last[2];
};

/* --- looking ----------------------------------------------------------------- */

static bool on_watch(const struct sentry *s)
{
	for (size_t i = 0; i < s->levers->n; i++) {
		if (s->post[i].in_place)
			return true;
	}
	return false;
}

static uint64_t look_after(const struct sentry *s)
{
	return MAX(LOOK_MIN_NS, MIN(LOOK_MAX_NS, s->c.window_ns / 2));
}

static void take_back(struct sentry *s, size_t i, const struct breach *b)
{
	struct guarded *g = &s->post[i];

	/* what cannot be written is left to those who say so; what is somebody else's, too */
	if (knob_put_back(s->host, s->levers->lever[i].path, g->ours, g->original))
		return;
	g->in_place = false;
	s->alarm.taken[i] = true;
	s->alarm.breach[i] = *b;
	s->alarmed = true;
	if (eventfd_write(s->fd, 1))
		errno = 0; /* the next window finds it */
}

static bool must_go(const struct sentry *s, size_t i, const struct observation *o,
		    struct breach *ret)
{
	const struct guarded *g = &s->post[i];
	struct guard_input in = {
		.c = &s->c, .o = o, .lever = &o->lever[i], .bloat = &g->bloat
	};

	*ret = (struct breach){ .guard = GUARDS };
	return lever_is_forbidden(&s->levers->lever[i], g->original, "", o->lever[i].above) ||
	       guard_breached(GUARD_MACHINE, &in, ret) ||
	       guard_breached(GUARD_LEVER, &in, ret);
}

/* @newest: of the time since the last look; @o: of twice that, as noise is in a window */
static void sentry_judge(struct sentry *s, const struct observation *newest,
			 const struct observation *o)
{
	for (size_t i = 0; i < s->levers->n; i++) {
		struct breach b;

		if (!s->post[i].in_place)
			continue;
		bloat_step(&s->post[i].bloat, &s->c, newest, &newest->lever[i],
			   s->levers->lever[i].size);
		if (must_go(s, i, o, &b))
			take_back(s, i, &b);
	}
}

static int sentry_compare(const struct snapshot *older, const struct snapshot *now,
			  const struct levers *levers, struct observation *ret)
{
	struct snapshot *change = NULL;
	int r = older ? snapshot_diff(older, now, &change) : -ENODATA;

	if (!r)
		observe(change, levers, ret);
	snapshot_free(change);
	return r;
}

static void sentry_forget(struct sentry *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(s->last); i++) {
		snapshot_free(s->last[i]);
		s->last[i] = NULL;
	}
}

/* Without the lock, but for what follows from it. */
static void sentry_look(struct sentry *s)
{
	struct observation newest, both;
	struct snapshot *now;

	if (sources_read_some(s->sources, ~0ull, &now))
		return;
	if (!sentry_compare(s->last[0], now, s->levers, &newest)) {
		if (sentry_compare(s->last[1], now, s->levers, &both))
			both = newest;
		pthread_mutex_lock(&s->lock);
		sentry_judge(s, &newest, &both);
		pthread_mutex_unlock(&s->lock);
	}
	snapshot_free(s->last[1]);
	s->last[1] = s->last[0];
	s->last[0] = now;
}

/* With the lock.  Until it is to look, or to stop. */
static void sentry_wait(struct sentry *s)
{
	uint64_t until = clock_ns(CLOCK_MONOTONIC) + look_after(s);
	struct timespec t = { until / NS_PER_S, until % NS_PER_S };

	while (!s->stop && on_watch(s) &&
	       pthread_cond_timedwait(&s->changed, &s->lock, &t) != ETIMEDOUT)
		continue;
}

static void *sentry_run(void *arg)
{
	struct sentry *s = arg;

	pthread_mutex_lock(&s->lock);
	while (!s->stop) {
		bool watching = on_watch(s);

		if (!watching)
			pthread_cond_wait(&s->changed, &s->lock);
		pthread_mutex_unlock(&s->lock);
		if (watching)
			sentry_look(s);
		else
			sentry_forget(s);
		pthread_mutex_lock(&s->lock);
		if (watching)
			sentry_wait(s);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* --- from outside ------------------------------------------------------------ */

void sentry_expect(struct sentry *s, size_t i, const char *ours, const char *original)
{
	struct guarded *g = &s->post[i];

	pthread_mutex_lock(&s->lock);
	*g = (struct guarded){ .in_place = true };
	strncpy(g->ours, ours, sizeof(g->ours) - 1);
	strncpy(g->original, original, sizeof(g->original) - 1);
	pthread_cond_signal(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

void sentry_watch(struct sentry *s, const struct policy_config *c, const struct policy *p)
{
	pthread_mutex_lock(&s->lock);
	s->c = *c;
	for (size_t i = 0; i < s->levers->n; i++) {
		policy_guarded(p, i, &s->post[i]);
		/* it has gone already, which the policy is still to be told */
		if (s->alarm.taken[i])
			s->post[i].in_place = false;
	}
	pthread_cond_signal(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

int sentry_fd(const struct sentry *s)
{
	return s->fd;
}

bool sentry_take(struct sentry *s, struct alarm *ret)
{
	eventfd_t n;
	bool alarmed;

	pthread_mutex_lock(&s->lock);
	alarmed = s->alarmed;
	if (eventfd_read(s->fd, &n))
		errno = 0; /* nothing to read */
	*ret = s->alarm;
	s->alarm = (struct alarm){ 0 };
	s->alarmed = false;
	pthread_mutex_unlock(&s->lock);
	return alarmed;
}

/* --- life -------------------------------------------------------------------- */

static int sentry_open(struct sentry *s, const char *root)
{
	const struct source_options o = { 0 };
	int r = host_new(root, &s->host);

	s->probe = r ? NULL : probe_new();
	if (!r && !s->probe)
		r = -ENOMEM;
	if (!r)
		r = sources_new(s->host, &o, sources_bit("memory") | sources_bit("mthp"),
				s->probe, &s->sources);
	if (r)
		return r;
	s->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return s->fd < 0 ? -errno : 0;
}

int sentry_new(const char *root, const struct levers *levers, struct sentry **ret)
{
	struct sentry *s = calloc(1, sizeof(*s));
	pthread_condattr_t attr;
	int r;

	if (!s)
		return -ENOMEM;
	s->levers = levers;
	s->fd = -1;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->changed, &attr);
	pthread_condattr_destroy(&attr);
	r = sentry_open(s, root);
	if (r) {
		sentry_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

int sentry_start(struct sentry *s)
{
	int r = -pthread_create(&s->thread, NULL, sentry_run, s);

	s->started = !r;
	return r;
}

void sentry_free(struct sentry *s)
{
	if (!s)
		return;
	if (s->started) {
		pthread_mutex_lock(&s->lock);
		s->stop = true;
		pthread_cond_signal(&s->changed);
		pthread_mutex_unlock(&s->lock);
		pthread_join(s->thread, NULL);
	}
	sentry_forget(s);
	sources_free(s->sources);
	probe_free(s->probe);
	host_free(s->host);
	if (s->fd >= 0)
		close(s->fd);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
