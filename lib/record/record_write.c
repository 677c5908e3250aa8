// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>
#include <zlib.h>

#include "util/publish.h"
#include "record/record.h"
#include "snapshot/snapshot_json.h"
#include "snapshot/snapshot_line.h"
#include "util/summed_line.h"
#include "util/util.h"
#include "version.h"

#define GZIP 16 /* added to windowBits (zlib.h, deflateInit2) */

struct record_writer {
	int fd;
	int err;	/* of the first write that failed */
	uint64_t good;	/* size of the file after the last whole snapshot */
	uint64_t size;	/* size so far */
	uint64_t count; /* snapshots */
	uint32_t sum;	/* of the last line */
	z_stream z;
	unsigned char out[1 << 16];
};

/* Compress @text; with Z_SYNC_FLUSH and Z_FINISH all of it is in the file afterwards. */
static int record_write_put(struct record_writer *w, const char *text, size_t len, int flush)
{
	w->z.next_in = (unsigned char *)text;
	w->z.avail_in = len;
	do {
		int r;

		w->z.next_out = w->out;
		w->z.avail_out = sizeof(w->out);
		if (deflate(&w->z, flush) == Z_STREAM_ERROR)
			return -EIO;
		r = write_all(w->fd, w->out, sizeof(w->out) - w->z.avail_out);
		if (r)
			return r;
		w->size += sizeof(w->out) - w->z.avail_out;
	} while (!w->z.avail_out);
	return 0;
}

static int put_line(struct record_writer *w, const char *text, size_t len)
{
	char begin[SUMMED_LINE_TEXT + 1];
	int r;

	summed_line_begin(text, len, &w->sum, begin);
	r = record_write_put(w, begin, SUMMED_LINE_TEXT, Z_NO_FLUSH);
	if (!r)
		r = record_write_put(w, text, len, Z_NO_FLUSH);
	if (!r)
		r = record_write_put(w, "\n", 1, Z_SYNC_FLUSH);
	if (!r)
		w->good = w->size;
	return r;
}

/* @more: a member the header has besides, released here; NULL: none */
static int put_header(struct record_writer *w, const struct probe *p, const char *name,
		      struct json_object *more)
{
	struct json_object *o = json_object_new_object();
	const char *text;
	size_t len;
	int r = -ENOMEM;

	json_object_object_add(o, "schema", json_object_new_string(RECORD_SCHEMA));
	json_object_object_add(o, "version", json_object_new_int(RECORD_VERSION));
	json_object_object_add(o, "pgtop", json_object_new_string(PGTOP_VERSION));
	if (p)
		json_object_object_add(o, "probe", probe_to_json(p));
	if (more)
		json_object_object_add(o, name, more);
	text = json_object_to_json_string_length(
		o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	if (text)
		r = put_line(w, text, len);
	json_object_put(o);
	return r;
}

int record_begin(int fd, const struct probe *p, const char *name, struct json_object *more,
		 struct record_writer **ret)
{
	struct record_writer *w = calloc(1, sizeof(*w));
	int r;

	if (!w) {
		json_object_put(more);
		close(fd);
		return -ENOMEM;
	}
	w->fd = fd;
	r = deflateInit2(&w->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + GZIP,
			 MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK
		    ? 0
		    : -ENOMEM;
	if (r)
		json_object_put(more);
	else
		r = put_header(w, p, name, more);
	if (r) {
		w->err = r;
		record_finish(w);
		return r;
	}
	*ret = w;
	return 0;
}

int record_create(const char *path, const struct probe *p, struct record_writer **ret)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644), r;

	if (fd < 0)
		return -errno;
	r = record_begin(fd, p, NULL, NULL, ret);
	if (r)
		unlink(path);
	return r;
}

/* What a failed write left behind its last snapshot goes, if the file lets it. */
static void cut_back(struct record_writer *w)
{
	if (!ftruncate(w->fd, w->good))
		w->size = w->good;
}

int record_write(struct record_writer *w, const struct snapshot *s)
{
	_cleanup_free_ char *line = NULL;
	size_t len;
	int r;

	if (w->err)
		return w->err;
	r = snapshot_line_write(s, &line, &len);
	return r ? r : record_write_line(w, line, len);
}

int record_write_line(struct record_writer *w, const char *line, size_t len)
{
	if (w->err)
		return w->err;
	w->err = put_line(w, line, len);
	if (w->err)
		cut_back(w);
	else
		w->count++;
	return w->err;
}

int record_sync(struct record_writer *w)
{
	if (!w->err && fdatasync(w->fd) && errno != EINVAL)
		w->err = -errno;
	return w->err;
}

uint64_t record_written(const struct record_writer *w, uint64_t *ret_bytes)
{
	if (ret_bytes)
		*ret_bytes = w->size;
	return w->count;
}

int record_finish(struct record_writer *w)
{
	int r;

	if (!w)
		return 0;
	r = w->err;
	if (!r) {
		r = record_write_put(w, "", 0, Z_FINISH);
		if (r)
			cut_back(w);
	}
	if (!r && fsync(w->fd) && errno != EINVAL)
		r = -errno;
	if (close(w->fd) && !r)
		r = -errno;
	deflateEnd(&w->z);
	free(w);
	return r;
}
