// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "historian.h"
#include "log.h"
#include "snapshot/snapshot_line.h"
#include "util/util.h"

struct historian {
	pthread_mutex_t lock; /* never held for a disk */
	pthread_cond_t changed;
	pthread_t thread;
	bool started, stop;
	char path[256];
	struct segment_header header;
	const struct probe *probe;
	/* with the lock */
	uint64_t size;
	char *line; /* the window that waits; NULL: none */
	size_t len;
	struct historian_state state;
	int error; /* of the last window */
	char why[400];
	/* of the thread alone */
	struct ring *ring;
	/* of everybody else */
	int told;
	bool told_late;
};

/* --- the thread ---------------------------------------------------------------- */

/* Without the lock.  Returns 0, or a negative errno with the clause why. */
static int historian_write(struct historian *h, uint64_t size, const char *line, size_t len,
			   char *why, size_t why_len)
{
	int r = 0;

	if (!h->ring)
		r = ring_open(h->path, size, &h->header, h->probe, &h->ring, why, why_len);
	if (r)
		return r;
	ring_bound(h->ring, size);
	r = ring_add(h->ring, line, len);
	if (r)
		snprintf(why, why_len, "the history %s cannot be written: %s", h->path,
			 strerror(-r));
	return r;
}

/* With the lock, but for the writing. */
static void historian_write_one(struct historian *h)
{
	struct historian_state state = { 0 };
	uint64_t size = h->size;
	char *line = h->line, why[sizeof(h->why)] = "";
	size_t len = h->len;
	int r;

	h->line = NULL;
	pthread_mutex_unlock(&h->lock);
	r = historian_write(h, size, line, len, why, sizeof(why));
	free(line);
	if (h->ring)
		state.extent = ring_extent(h->ring);
	pthread_mutex_lock(&h->lock);
	h->error = r;
	memcpy(h->why, why, sizeof(h->why));
	h->state.known = h->ring != NULL;
	h->state.extent = state.extent;
	h->state.lost += r != 0;
}

static void historian_close(struct historian *h)
{
	struct ring *ring = h->ring;

	h->ring = NULL;
	h->state.known = false;
	pthread_mutex_unlock(&h->lock);
	ring_close(ring);
	pthread_mutex_lock(&h->lock);
}

/* A window that waits is written, also at the end. */
static void *historian_run(void *arg)
{
	struct historian *h = arg;

	pthread_mutex_lock(&h->lock);
	while (h->line || !h->stop) {
		if (h->line)
			historian_write_one(h);
		else if (!h->size && h->ring)
			historian_close(h);
		else
			pthread_cond_wait(&h->changed, &h->lock);
	}
	historian_close(h);
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

/* --- from outside ---------------------------------------------------------------- */

int historian_new(const char *path, uint64_t size, const struct segment_header *header,
		  const struct probe *p, struct historian **ret)
{
	struct historian *h = calloc(1, sizeof(*h));
	int r;

	if (!h)
		return -ENOMEM;
	h->header = *header;
	h->probe = p;
	h->size = size;
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->changed, NULL);
	r = snprintf(h->path, sizeof(h->path), "%s", path) >= (int)sizeof(h->path)
		    ? -ENAMETOOLONG
		    : -pthread_create(&h->thread, NULL, historian_run, h);
	h->started = !r;
	if (r) {
		historian_free(h);
		return r;
	}
	*ret = h;
	return 0;
}

void historian_free(struct historian *h)
{
	if (!h)
		return;
	if (h->started) {
		pthread_mutex_lock(&h->lock);
		h->stop = true;
		pthread_cond_signal(&h->changed);
		pthread_mutex_unlock(&h->lock);
		pthread_join(h->thread, NULL);
	}
	pthread_cond_destroy(&h->changed);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

void historian_resize(struct historian *h, uint64_t size)
{
	if (!h)
		return;
	pthread_mutex_lock(&h->lock);
	h->size = size;
	pthread_cond_signal(&h->changed);
	pthread_mutex_unlock(&h->lock);
}

/* Once when it begins, once when it is over. */
static void historian_tell(struct historian *h, int error, const char *why, bool late)
{
	if (error && error != h->told)
		log_warning("%s; no windows are kept meanwhile, and what is there stays", why);
	else if (!error && h->told)
		log_info("the history %s can be written again", h->path);
	if (late && !h->told_late)
		log_warning("the disk is slower than windows end: some are missing in the "
			    "history %s",
			    h->path);
	h->told = error;
	h->told_late |= late;
}

/* Only who calls this gives windows and sizes: what was free stays so until then. */
static void historian_give(struct historian *h, char *line, size_t len)
{
	pthread_mutex_lock(&h->lock);
	h->state.lost += !line;
	h->line = line;
	h->len = len;
	pthread_cond_signal(&h->changed);
	pthread_mutex_unlock(&h->lock);
}

void historian_take(struct historian *h, const struct snapshot *s)
{
	char *line = NULL, why[sizeof(h->why)];
	bool late, off;
	size_t len = 0;
	int error;

	if (!h)
		return;
	pthread_mutex_lock(&h->lock);
	off = !h->size;
	late = !off && h->line;
	h->state.lost += late;
	error = h->error;
	memcpy(why, h->why, sizeof(why));
	pthread_mutex_unlock(&h->lock);
	if (!off && !late) {
		if (snapshot_line_write(s, &line, &len))
			line = NULL;
		historian_give(h, line, len);
	}
	historian_tell(h, off ? 0 : error, why, late);
}

struct historian_state historian_state(struct historian *h)
{
	struct historian_state state = { 0 };

	if (!h)
		return state;
	pthread_mutex_lock(&h->lock);
	state = h->state;
	pthread_mutex_unlock(&h->lock);
	return state;
}
