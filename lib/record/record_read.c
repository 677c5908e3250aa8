// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>
#include <zlib.h>

#include "util/json_text.h"
#include "record/record.h"
#include "snapshot/snapshot_json.h"
#include "snapshot/snapshot_line.h"
#include "util/array.h"
#include "util/summed_line.h"
#include "util/util.h"

#define GZIP	       16 /* added to windowBits (zlib.h, inflateInit2) */
#define HEADER_NODES   65536
#define LINE_MAX_BYTES (SUMMED_LINE_TEXT + SNAPSHOT_LINE_MAX)

struct record_reader {
	int fd;
	uint64_t left; /* bytes of the file: what is added meanwhile is left for next time */
	char *path;
	z_stream z;
	bool ended;	/* the gzip file has its end */
	uint64_t total; /* bytes inflated */
	char *line;	/* what has been inflated and not been read */
	size_t begin, end, room;
	uint32_t sum;	     /* of the last line */
	struct probe *probe; /* NULL: the header is still to come */
	struct json_object *header;
	uint64_t count, skipped, mono_ns;
	int err;
	char why[512];
	unsigned char in[1 << 16];
};

/* Nothing of a file without a header can be believed, not even what is wrong with it. */
static int __attribute__((format(printf, 3, 4)))
record_fail(struct record_reader *r, int err, const char *fmt, ...)
{
	char what[384];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	r->err = err;
	if (!r->probe && err == -EBADMSG)
		snprintf(r->why, sizeof(r->why), "%s is not a pgtop record", r->path);
	else if (!r->probe && err == -ENODATA)
		snprintf(r->why, sizeof(r->why),
			 "%s is not a pgtop record: it ends inside its header", r->path);
	else if (!r->probe)
		snprintf(r->why, sizeof(r->why), "%s %s", r->path, what);
	else if (r->count)
		snprintf(r->why, sizeof(r->why), "%s %s; it is good up to snapshot %" PRIu64,
			 r->path, what, r->count);
	else
		snprintf(r->why, sizeof(r->why), "%s %s; it has no good snapshot", r->path,
			 what);
	return err;
}

/* Make room behind what is there.  A line that grows beyond every line is none. */
static int record_read_reserve(struct record_reader *r)
{
	if (r->begin) {
		memmove(r->line, r->line + r->begin, r->end - r->begin);
		r->end -= r->begin;
		r->begin = 0;
	}
	if (r->end >= LINE_MAX_BYTES)
		return record_fail(r, -EBADMSG, "holds a line longer than any snapshot");
	if (array_reserve(&r->line, &r->room, r->end + 1, 1))
		return record_fail(r, -ENOMEM, "is larger than memory");
	return 0;
}

/* Returns 1 if there is input, 0 at the end of the file. */
static int read_in(struct record_reader *r)
{
	ssize_t n;

	if (r->z.avail_in)
		return 1;
	do {
		n = read(r->fd, r->in, MIN(r->left, sizeof(r->in)));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return record_fail(r, -errno, "cannot be read (%s)", strerror(errno));
	r->z.next_in = r->in;
	r->z.avail_in = n;
	r->left -= n;
	return n > 0;
}

static int inflate_some(struct record_reader *r)
{
	size_t room = MIN(r->room, LINE_MAX_BYTES) - r->end;
	int z;

	r->z.next_out = (unsigned char *)r->line + r->end;
	r->z.avail_out = room;
	z = inflate(&r->z, Z_SYNC_FLUSH);
	r->end += room - r->z.avail_out;
	r->total += room - r->z.avail_out;
	if (z == Z_STREAM_END)
		r->ended = true;
	else if (z == Z_MEM_ERROR)
		return record_fail(r, -ENOMEM, "is larger than memory");
	else if (z != Z_OK && z != Z_BUF_ERROR)
		return record_fail(r, -EBADMSG, "is damaged");
	if (r->total > RECORD_MAX_BYTES)
		return record_fail(r, -EBADMSG, "is longer than any record");
	return 0;
}

static int read_more(struct record_reader *r)
{
	int n = record_read_reserve(r);

	if (!n)
		n = read_in(r);
	if (n < 0)
		return n;
	if (!n)
		return record_fail(r, -ENODATA,
				   "ends early (it was cut off, or is being written)");
	return inflate_some(r);
}

/* 0, or what is wrong with how the file ends. */
static int check_end(struct record_reader *r)
{
	int n;

	if (r->end > r->begin)
		return record_fail(r, -EBADMSG, "ends in the middle of a line");
	n = read_in(r);
	return n > 0 ? record_fail(r, -EBADMSG, "continues after its end") : n;
}

/* Returns 1 with a line (without newline), 0 at the end of a whole file. */
static int record_read_next_line(struct record_reader *r, const char **ret, size_t *ret_len)
{
	size_t scanned = 0;
	char *newline;
	int n;

	for (;;) {
		newline = memchr(r->line + r->begin + scanned, '\n',
				 r->end - r->begin - scanned);
		if (newline)
			break;
		scanned = r->end - r->begin;
		if (r->ended)
			return check_end(r);
		n = read_more(r);
		if (n)
			return n;
	}
	*ret = r->line + r->begin;
	*ret_len = newline - *ret;
	r->begin += *ret_len + 1;
	return 1;
}

static int next_text(struct record_reader *r, const char **ret, size_t *ret_len)
{
	const char *line = NULL;
	size_t len = 0;
	int n = record_read_next_line(r, &line, &len);

	if (n <= 0)
		return n;
	*ret = summed_line_check(line, len, &r->sum);
	if (!*ret)
		return record_fail(r, -EBADMSG, "is damaged");
	*ret_len = len - SUMMED_LINE_TEXT;
	return 1;
}

static int header_parse(struct record_reader *r, struct json_object *header)
{
	const char *schema = json_text_member(header, "schema");
	struct json_object *version = json_member(header, "version");
	int n;

	if (!schema || strcmp(schema, RECORD_SCHEMA) || !version)
		return record_fail(r, -EBADMSG, "has another header");
	if (json_object_get_int64(version) != RECORD_VERSION)
		return record_fail(r, -EPROTONOSUPPORT,
				   "is a record of version %" PRId64
				   ", this pgtop reads version %d",
				   json_object_get_int64(version), RECORD_VERSION);
	n = probe_from_json(json_member(header, "probe"), &r->probe);
	return n ? record_fail(r, n, "has a header that cannot be read") : 0;
}

static int read_header(struct record_reader *r)
{
	struct json_object *header = NULL;
	const char *text;
	size_t len;
	int n = next_text(r, &text, &len);

	if (n < 0)
		return n;
	if (n == 0 || json_text_read(text, len, HEADER_NODES, &header))
		return record_fail(r, -EBADMSG, "has no header");
	r->header = header;
	return header_parse(r, header);
}

static int record_read_begin(struct record_reader *r, const char *path)
{
	struct stat st;

	r->path = strdup(path);
	if (!r->path || inflateInit2(&r->z, MAX_WBITS + GZIP) != Z_OK)
		return record_fail(r, -ENOMEM, "cannot be opened: out of memory");
	if (r->fd < 0)
		r->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0)
		return record_fail(r, -errno, "cannot be opened: %s", strerror(errno));
	if (fstat(r->fd, &st))
		return record_fail(r, -errno, "cannot be read (%s)", strerror(errno));
	r->left = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : UINT64_MAX;
	return record_read_reserve(r) ? r->err : read_header(r);
}

int record_open(const char *path, struct record_reader **ret, char *why, size_t why_len)
{
	return record_open_fd(-1, path, ret, why, why_len);
}

int record_open_fd(int fd, const char *path, struct record_reader **ret, char *why,
		   size_t why_len)
{
	struct record_reader *r = calloc(1, sizeof(*r));
	int err;

	if (!r) {
		snprintf(why, why_len, "out of memory");
		close_p(&fd);
		return -ENOMEM;
	}
	r->fd = fd;
	err = record_read_begin(r, path);
	if (err) {
		snprintf(why, why_len, "%s", r->why);
		record_close(r);
		return err;
	}
	*ret = r;
	return 0;
}

void record_close(struct record_reader *r)
{
	if (!r)
		return;
	close_p(&r->fd);
	inflateEnd(&r->z);
	probe_free(r->probe);
	json_object_put(r->header);
	free(r->line);
	free(r->path);
	free(r);
}

const struct probe *record_probe(const struct record_reader *r)
{
	return r->probe;
}

struct json_object *record_header(const struct record_reader *r, const char *name)
{
	return json_member(r->header, name);
}

int record_read_line(struct record_reader *r, const char **ret, size_t *ret_len)
{
	int n = r->err ? r->err : next_text(r, ret, ret_len);

	r->count += n > 0;
	return n;
}

static int read_snapshot(struct record_reader *r, struct snapshot **ret)
{
	struct snapshot *s = NULL;
	const char *text;
	size_t len, skipped;
	char why[256];
	int n = next_text(r, &text, &len);

	if (n <= 0)
		return n;
	n = snapshot_line_read(text, len, &s, &skipped, why, sizeof(why));
	if (n)
		return record_fail(r, n, "holds a snapshot that is not understood (%s)", why);
	if (r->count && s->mono_ns <= r->mono_ns) {
		snapshot_free(s);
		return record_fail(r, -EBADMSG, "holds a snapshot older than the one before");
	}
	r->count++;
	r->skipped += skipped;
	r->mono_ns = s->mono_ns;
	*ret = s;
	return 1;
}

int record_read(struct record_reader *r, struct snapshot **ret)
{
	return r->err ? r->err : read_snapshot(r, ret);
}

uint64_t record_count(const struct record_reader *r)
{
	return r->count;
}

uint64_t record_skipped(const struct record_reader *r)
{
	return r->skipped;
}

const char *record_why(const struct record_reader *r)
{
	return r->why;
}
