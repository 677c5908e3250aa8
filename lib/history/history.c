// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "history/history.h"
#include "history/history_remote.h"
#include "history/segment_dir.h"
#include "history/segment_text.h"
#include "snapshot/snapshot_carry.h"
#include "util/clock.h"
#include "util/util.h"

struct history {
	int dir; /* or: */
	struct control_client *daemon;
	struct segment *s;
	size_t n;
	size_t at;		  /* the segment that is loaded; n: none */
	struct segment_text text; /* of it */
	size_t window;		  /* the place in it */
	char why[400], skipped[400];
};

static int __attribute__((format(printf, 3, 4)))
history_fail(struct history *h, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(h->why, sizeof(h->why), fmt, ap);
	va_end(ap);
	return err;
}

const char *history_why(const struct history *h)
{
	return h->why;
}

const char *history_skipped(const struct history *h)
{
	return h->skipped;
}

static void history_skip(struct history *h, const char *what)
{
	if (!*h->skipped)
		snprintf(h->skipped, sizeof(h->skipped), "%s", what);
}

/* --- where from ---------------------------------------------------------------- */

static int history_list(struct history *h, struct segment **s, size_t *n)
{
	int r;

	if (h->daemon)
		return history_remote_list(h->daemon, s, n, h->why, sizeof(h->why));
	r = segment_dir_list(h->dir, s, n);
	return r ? history_fail(h, r, "the history cannot be listed: %s", strerror(-r)) : 0;
}

static int history_file(struct history *h, const char *name, char *why, size_t why_len)
{
	int fd;

	if (h->daemon)
		return history_remote_file(h->daemon, name, why, why_len);
	fd = segment_dir_file(h->dir, name);
	if (fd < 0)
		snprintf(why, why_len, "%s cannot be opened: %s", name, strerror(-fd));
	return fd;
}

static int open_any(struct history *h, struct history **ret, char *why, size_t why_len)
{
	int r = history_list(h, &h->s, &h->n);

	h->at = h->n;
	if (r) {
		snprintf(why, why_len, "%s", h->why);
		history_close(h);
		return r;
	}
	*ret = h;
	return 0;
}

int history_open(const char *path, struct history **ret, char *why, size_t why_len)
{
	struct history *h;
	int dir = segment_dir_open(path, why, why_len);

	if (dir < 0)
		return dir;
	h = calloc(1, sizeof(*h));
	if (!h) {
		close(dir);
		snprintf(why, why_len, "out of memory");
		return -ENOMEM;
	}
	h->dir = dir;
	return open_any(h, ret, why, why_len);
}

int history_open_daemon(struct control_client *c, struct history **ret, char *why,
			size_t why_len)
{
	struct history *h = calloc(1, sizeof(*h));

	if (!h) {
		snprintf(why, why_len, "out of memory");
		return -ENOMEM;
	}
	h->dir = -1;
	h->daemon = c;
	return open_any(h, ret, why, why_len);
}

void history_close(struct history *h)
{
	if (!h)
		return;
	close_p(&h->dir);
	segment_text_done(&h->text);
	free(h->s);
	free(h);
}

struct history_extent history_extent(const struct history *h)
{
	struct history_extent e = { .segments = h->n };

	for (size_t i = 0; i < h->n; i++) {
		const struct segment *s = &h->s[i];

		e.bytes += s->bytes;
		e.windows += s->windows;
		if (!e.first_s || s->first_s < e.first_s)
			e.first_s = s->first_s;
		e.last_s = MAX(e.last_s, s->windows ? s->last_s : s->first_s);
	}
	return e;
}

/* --- segments ------------------------------------------------------------------ */

/* The place in @s, sorted, of the segment with @seq; @n: none. */
static size_t segments_place(const struct segment *s, size_t n, uint64_t seq)
{
	size_t i = 0;

	while (i < n && s[i].seq != seq)
		i++;
	return i;
}

/* It may have got its last name since it was listed. */
static int history_find_again(struct history *h, size_t i)
{
	struct segment *s = NULL;
	size_t n = 0, k;
	int r = history_list(h, &s, &n);

	if (r)
		return r;
	k = segments_place(s, n, h->s[i].seq);
	r = k < n ? 0 : -ENOENT;
	if (!r)
		h->s[i] = s[k];
	free(s);
	return r;
}

static int segment_load(struct history *h, size_t i, struct segment_text *ret)
{
	char name[SEGMENT_NAME], why[400] = "";
	int fd = history_file(h, segment_name(&h->s[i], name), why, sizeof(why)), r;

	if (fd == -ENOENT && !history_find_again(h, i))
		fd = history_file(h, segment_name(&h->s[i], name), why, sizeof(why));
	if (fd < 0)
		return history_fail(h, fd, "%s", why);
	r = segment_text_read(fd, name, ret, why, sizeof(why));
	if (r)
		return history_fail(h, r, "%s", why);
	if (*ret->damage)
		history_skip(h, ret->damage);
	return 0;
}

/* What is wrong with one segment is no error: it has no windows then. */
static int history_load(struct history *h, size_t i)
{
	struct segment_text t = { 0 };
	int r;

	if (i == h->at)
		return 0;
	r = segment_load(h, i, &t);
	if (r == -ENOMEM || (r && h->daemon && r != -ENOENT && r != -EBADMSG))
		return r;
	if (r)
		history_skip(h, h->why);
	segment_text_done(&h->text);
	h->text = t;
	h->at = i;
	return 0;
}

/* Go to the nearest window from segment @i on, forward or back, or to none: -ENOENT. */
static int history_go(struct history *h, size_t i, int step)
{
	for (; i < h->n; i += step) {
		int r = history_load(h, i);

		if (r)
			return r;
		if (!h->text.n)
			continue;
		h->window = step > 0 ? 0 : h->text.n - 1;
		return 0;
	}
	return -ENOENT;
}

static int history_is_empty(struct history *h)
{
	return history_fail(h, -ENOENT, "the history has no window yet");
}

int history_first(struct history *h)
{
	int r = history_go(h, 0, 1);

	return r == -ENOENT ? history_is_empty(h) : r;
}

int history_last(struct history *h)
{
	int r = history_go(h, h->n - 1, -1);

	return r == -ENOENT ? history_is_empty(h) : r;
}

/* --- places -------------------------------------------------------------------- */

int history_seek(struct history *h, uint64_t real_s, size_t *ret_others)
{
	uint64_t upto =
		real_s > UINT64_MAX / NS_PER_S - 1 ? UINT64_MAX : (real_s + 1) * NS_PER_S - 1;
	size_t i, others = 0, n;
	int r = segments_find(h->s, h->n, real_s, &i, &others);

	if (!h->n)
		return history_is_empty(h);
	if (r)
		return history_fail(h, r, "the history begins later");
	r = history_load(h, i);
	if (r)
		return r;
	n = segment_text_upto(&h->text, upto);
	if (ret_others)
		*ret_others = others;
	if (n) {
		h->window = n - 1;
		return 0;
	}
	/* it is damaged: what is before it */
	r = i ? history_go(h, i - 1, -1) : -ENOENT;
	return r == -ENOENT ? history_fail(h, r,
					   "what the history has of that time cannot be "
					   "read")
			    : r;
}

/* Go to the first segment from @i on, at most @last, that can be read.  0: it is of @boot. */
static int boot_probe(struct history *h, size_t *i, size_t last, const char *boot)
{
	for (; *i < last; ++*i) {
		int r = history_load(h, *i);

		if (r)
			return r;
		if (h->text.n)
			return strcmp(h->text.header.boot, boot) != 0;
	}
	return 0;
}

/* Boots follow each other, so that halving finds where one began. */
int history_boot(struct history *h)
{
	size_t low = 0, high = h->at;
	char boot[sizeof(h->text.header.boot)];

	if (h->at >= h->n || !h->text.n)
		return history_is_empty(h);
	memcpy(boot, h->text.header.boot, sizeof(boot));
	while (low < high) {
		size_t mid = low + (high - low) / 2, at = mid;
		int r = boot_probe(h, &at, high, boot);

		if (r < 0)
			return r;
		if (r)
			low = at + 1;
		else
			high = mid;
	}
	return history_go(h, high, 1);
}

int history_next(struct history *h)
{
	size_t at = h->at, window = h->window;
	int r;

	if (at >= h->n)
		return 0;
	if (window + 1 < h->text.n) {
		h->window++;
		return 1;
	}
	r = history_go(h, at + 1, 1);
	if (!r)
		return 1;
	if (!history_load(h, at))
		h->window = window;
	return r == -ENOENT ? 0 : r;
}

int history_previous(struct history *h)
{
	size_t at = h->at, window = h->window;
	int r;

	if (at >= h->n)
		return 0;
	if (window) {
		h->window--;
		return 1;
	}
	r = at ? history_go(h, at - 1, -1) : -ENOENT;
	if (!r)
		return 1;
	if (!history_load(h, at))
		h->window = window;
	return r == -ENOENT ? 0 : r;
}

uint64_t history_time(const struct history *h)
{
	return h->at < h->n && h->text.n ? h->text.w[h->window].real_ns : 0;
}

/* --- reading ------------------------------------------------------------------- */

static int complete_from(struct history *h, const struct segment_text *t, long i,
			 struct history_window *w)
{
	struct snapshot *walk = NULL;
	char why[256];
	int r = segment_text_snapshot(t, i, &walk, why, sizeof(why));

	if (r)
		return r == -ENOMEM ? r : 0;
	r = snapshot_carry(w->snapshot, walk);
	w->walk_ns = walk->real_ns;
	snapshot_free(walk);
	return r;
}

/* The walk may have been in the segment before, if the same pgtopd wrote it. */
static int complete_from_before(struct history *h, struct history_window *w)
{
	struct segment_text t = { 0 };
	long i = -1;
	int r = 0;

	if (!h->at || segment_load(h, h->at - 1, &t))
		return 0;
	if (t.header.run == h->text.header.run && !strcmp(t.header.boot, h->text.header.boot))
		i = segment_text_walked(&t, t.n);
	if (i >= 0)
		r = complete_from(h, &t, i, w);
	segment_text_done(&t);
	return r;
}

static int history_complete(struct history *h, struct history_window *w)
{
	long walked = segment_text_walked(&h->text, h->window + 1);

	if (walked < 0)
		return complete_from_before(h, w);
	if ((size_t)walked == h->window) {
		w->walk_ns = w->snapshot->real_ns;
		return 0;
	}
	return complete_from(h, &h->text, walked, w);
}

int history_read(struct history *h, struct history_window *ret)
{
	struct history_window w = { 0 };
	char why[256];
	int r;

	if (h->at >= h->n || !h->text.n)
		return history_is_empty(h);
	r = segment_text_snapshot(&h->text, h->window, &w.snapshot, why, sizeof(why));
	if (r)
		return history_fail(h, r, "a window of the history is not understood: %s",
				    why);
	w.header = h->text.header;
	w.probe = record_probe(h->text.reader);
	r = history_complete(h, &w);
	if (r) {
		snapshot_free(w.snapshot);
		return history_fail(h, r, "out of memory");
	}
	*ret = w;
	return 0;
}

/* --- what is new ---------------------------------------------------------------- */

int history_refresh(struct history *h)
{
	uint64_t seq = h->at < h->n ? h->s[h->at].seq : 0;
	bool had = h->at < h->n, whole = had && h->s[h->at].windows;
	size_t window = h->window, n = 0, i;
	struct segment *s = NULL;
	int r = history_list(h, &s, &n);

	if (r)
		return r;
	free(h->s);
	h->s = s;
	h->n = n;
	i = segments_place(s, n, seq);
	h->at = had && whole ? i : n;
	if (!had)
		return 0;
	if (i == n)
		return n ? history_first(h) : history_is_empty(h);
	r = history_load(h, i);
	h->window = MIN(window, h->text.n ? h->text.n - 1 : 0);
	return r;
}
