// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "history/ring.h"
#include "history/segment_dir.h"
#include "record/record.h"
#include "util/array.h"
#include "util/clock.h"
#include "util/util.h"

#define BLOCK 4096
/* No segment takes more of the bound: what is removed at once is not much of it. */
#define SHARE 8
/* Room for a window, until it is known how large they are. */
#define WINDOW_BYTES 65536

struct ring {
	int dir;
	uint64_t bound;
	struct segment_header header;
	const struct probe *probe;
	struct segment *s; /* sorted; the last one is being written if there is a writer */
	size_t n;
	uint64_t next_seq;
	struct record_writer *w;
	uint64_t raw;		   /* bytes of it before they were compressed */
	uint64_t largest;	   /* bytes a window took */
	uint64_t mono_ns, real_ns; /* of its last window */
};

static uint64_t disk_bytes(uint64_t bytes)
{
	return (bytes + BLOCK - 1) / BLOCK * BLOCK;
}

struct ring_extent ring_extent(const struct ring *r)
{
	struct ring_extent e = { .segments = r->n };

	for (size_t i = 0; i < r->n; i++) {
		e.bytes += disk_bytes(r->s[i].bytes);
		e.windows += r->s[i].windows;
	}
	return e;
}

/* --- names ------------------------------------------------------------------- */

static void ring_forget(struct ring *r, size_t i)
{
	array_remove(r->s, r->n, sizeof(*r->s), i);
	r->n--;
}

static const char *unfinished_name(const struct segment *s, char buf[SEGMENT_NAME])
{
	return segment_name(&(struct segment){ .seq = s->seq, .first_s = s->first_s }, buf);
}

/* By either name: one that could not be renamed is whole all the same. */
static int ring_remove(struct ring *r, size_t i)
{
	char name[SEGMENT_NAME];

	if (unlinkat(r->dir, segment_name(&r->s[i], name), 0) &&
	    (errno != ENOENT || unlinkat(r->dir, unfinished_name(&r->s[i], name), 0)) &&
	    errno != ENOENT)
		return -errno;
	ring_forget(r, i);
	return 0;
}

/* The segment is whole: from now on its name says so. */
static int ring_rename(struct ring *r, size_t i, uint64_t last_s, uint64_t windows)
{
	char from[SEGMENT_NAME], to[SEGMENT_NAME];
	struct segment whole = r->s[i];

	whole.last_s = MAX(last_s, whole.first_s);
	whole.windows = windows;
	if (renameat(r->dir, unfinished_name(&whole, from), r->dir, segment_name(&whole, to)))
		return -errno;
	r->s[i] = whole;
	return 0;
}

/* --- what an earlier run left ---------------------------------------------------- */

/* Up to its last good window.  Returns 0, or a negative errno: there is none. */
static int segment_measure(int fd, const char *name, uint64_t *ret_last_s, uint64_t *ret_n)
{
	struct record_reader *reader = NULL;
	uint64_t mono_ns, real_ns = 0, n = 0;
	const char *line;
	char why[256];
	size_t len;
	int err = record_open_fd(fd, name, &reader, why, sizeof(why));

	if (err)
		return err;
	while (n < SEGMENT_WINDOWS && record_read_line(reader, &line, &len) > 0 &&
	       !segment_line_times(line, len, &mono_ns, &real_ns))
		n++;
	record_close(reader);
	*ret_last_s = real_ns / NS_PER_S;
	*ret_n = n;
	return n ? 0 : -ENODATA;
}

/* One without a window goes; one that cannot be read or renamed stays as it is. */
static void ring_mend(struct ring *r)
{
	for (size_t i = r->n; i--;) {
		char name[SEGMENT_NAME];
		uint64_t last_s, n;
		int fd, err;

		if (r->s[i].windows)
			continue;
		fd = segment_dir_file(r->dir, segment_name(&r->s[i], name));
		err = fd < 0 ? fd : segment_measure(fd, name, &last_s, &n);
		if (!err)
			ring_rename(r, i, last_s, n);
		else if (err == -ENODATA || err == -EBADMSG)
			ring_remove(r, i);
	}
}

static int ring_load(struct ring *r)
{
	int err = segment_dir_list(r->dir, &r->s, &r->n);

	if (err)
		return err;
	r->next_seq = r->n ? r->s[r->n - 1].seq + 1 : 1;
	ring_mend(r);
	return 0;
}

int ring_open(const char *path, uint64_t bound, const struct segment_header *h,
	      const struct probe *p, struct ring **ret, char *why, size_t why_len)
{
	struct ring *r = calloc(1, sizeof(*r));
	int err = r ? 0 : -ENOMEM;

	if (err) {
		snprintf(why, why_len, "out of memory");
		return err;
	}
	*r = (struct ring){ .bound = bound, .header = *h, .probe = p };
	if (mkdir(path, 0750))
		err = errno == EEXIST ? 0 : -errno;
	r->dir = segment_dir_open(path, why, why_len);
	if (r->dir < 0 && err)
		snprintf(why, why_len, "%s cannot be made: %s", path, strerror(-err));
	err = r->dir < 0 ? r->dir : ring_load(r);
	if (err && r->dir >= 0)
		snprintf(why, why_len, "the history %s cannot be read: %s", path,
			 strerror(-err));
	if (err) {
		ring_close(r);
		return err;
	}
	*ret = r;
	return 0;
}

/* --- windows ----------------------------------------------------------------- */

/* Without a window, or whole. */
static int ring_finish(struct ring *r)
{
	size_t last = r->n - 1;
	uint64_t n;
	int err;

	if (!r->w)
		return 0;
	n = record_written(r->w, &r->s[last].bytes);
	err = record_finish(r->w);
	r->w = NULL;
	if (!n)
		return ring_remove(r, last);
	/* its name waits for the next start if it cannot be changed now */
	r->s[last].windows = 0;
	if (ring_rename(r, last, r->real_ns / NS_PER_S, n))
		r->s[last].windows = n;
	return err;
}

void ring_close(struct ring *r)
{
	if (!r)
		return;
	ring_finish(r);
	close_p(&r->dir);
	free(r->s);
	free(r);
}

void ring_bound(struct ring *r, uint64_t bound)
{
	r->bound = bound;
}

/* The oldest ones go until @bytes more fit, never the one that is written. */
static int ring_make_room(struct ring *r, uint64_t bytes)
{
	int err = 0;

	while (!err && r->n > (r->w ? 1u : 0u) && ring_extent(r).bytes + bytes > r->bound)
		err = ring_remove(r, 0);
	return err;
}

static int ring_create(struct ring *r, const char *name)
{
	int fd = openat(r->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			0640);
	int err;

	if (fd < 0)
		return -errno;
	err = record_begin(fd, r->probe, "history", segment_header_json(&r->header), &r->w);
	/* a power cut does not lose the name */
	if (!err && fsync(r->dir) && errno != EINVAL)
		err = -errno;
	if (err) {
		record_finish(r->w);
		r->w = NULL;
		unlinkat(r->dir, name, 0);
	}
	return err;
}

static int ring_begin(struct ring *r, uint64_t real_ns)
{
	struct segment s = { .seq = r->next_seq, .first_s = real_ns / NS_PER_S };
	char name[SEGMENT_NAME];
	int err = ring_make_room(r, WINDOW_BYTES);

	if (!err)
		err = array_reserve_one(&r->s, r->n, sizeof(*r->s));
	if (!err)
		err = ring_create(r, segment_name(&s, name));
	if (err)
		return err;
	r->next_seq++;
	record_written(r->w, &s.bytes);
	r->s[r->n++] = s;
	r->raw = 0;
	r->real_ns = real_ns;
	return 0;
}

/* Whether the next window begins another segment: it is full, or the clock went back. */
static bool ring_is_full(const struct ring *r, size_t len, uint64_t mono_ns, uint64_t real_ns)
{
	const struct segment *s = &r->s[r->n - 1];

	return s->windows >= SEGMENT_WINDOWS || r->raw + len > SEGMENT_BYTES ||
	       s->bytes + r->largest > r->bound / SHARE || real_ns < r->real_ns ||
	       (s->windows && mono_ns <= r->mono_ns);
}

static int ring_put(struct ring *r, const char *line, size_t len)
{
	struct segment *s = &r->s[r->n - 1];
	uint64_t before = s->bytes;
	int err = record_write_line(r->w, line, len);

	if (!err)
		err = record_sync(r->w);
	s->windows = record_written(r->w, &s->bytes);
	r->raw += len;
	r->largest = MAX(r->largest, s->bytes - MIN(before, s->bytes));
	return err;
}

int ring_add(struct ring *r, const char *line, size_t len)
{
	uint64_t mono_ns, real_ns;
	int err = segment_line_times(line, len, &mono_ns, &real_ns);

	if (!err && r->w && ring_is_full(r, len, mono_ns, real_ns))
		err = ring_finish(r);
	if (!err && !r->w)
		err = ring_begin(r, real_ns);
	if (!err)
		err = ring_make_room(r, MAX(r->largest, WINDOW_BYTES));
	if (!err)
		err = ring_put(r, line, len);
	if (err && r->w) {
		ring_finish(r);
		return err;
	}
	if (!err) {
		r->mono_ns = mono_ns;
		r->real_ns = real_ns;
		err = ring_make_room(r, 0);
	}
	return err;
}
