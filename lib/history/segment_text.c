// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/segment_text.h"
#include "snapshot/snapshot_line.h"
#include "util/array.h"
#include "util/util.h"

/* More than any writer puts into one: beyond it a file is not believed. */
#define TEXT_MAX (SEGMENT_BYTES + SNAPSHOT_LINE_MAX)

static int text_fail(int err, const char *what, char *why, size_t why_len)
{
	snprintf(why, why_len, "%s", what);
	return err;
}

static int text_add(struct segment_text *t, const char *line, size_t len)
{
	struct segment_window w = { .begin = t->len, .len = len };

	if (segment_line_times(line, len, &w.mono_ns, &w.real_ns) ||
	    (t->n &&
	     (w.mono_ns <= t->w[t->n - 1].mono_ns || w.real_ns < t->w[t->n - 1].real_ns)))
		return -EBADMSG;
	if (t->len + len > TEXT_MAX)
		return -EFBIG;
	if (array_reserve(&t->text, &t->room, t->len + len, 1) ||
	    array_reserve_one(&t->w, t->n, sizeof(*t->w)))
		return -ENOMEM;
	memcpy(t->text + t->len, line, len);
	t->len += len;
	t->w[t->n++] = w;
	return 0;
}

/* A file without an end is being written, or its writer was killed: nothing is wrong with it.
 */
static int text_lines(struct segment_text *t, const char *name)
{
	const char *line;
	size_t len;
	int n, r = 0;

	while (!r && (n = record_read_line(t->reader, &line, &len)) > 0)
		r = text_add(t, line, len);
	if (r == -ENOMEM)
		return r;
	if (r)
		snprintf(t->damage, sizeof(t->damage),
			 "%s holds windows that do not belong "
			 "there",
			 name);
	else if (n < 0 && n != -ENODATA)
		snprintf(t->damage, sizeof(t->damage), "%s", record_why(t->reader));
	return 0;
}

int segment_text_read(int fd, const char *name, struct segment_text *ret, char *why,
		      size_t why_len)
{
	struct segment_text t = { 0 };
	int r = record_open_fd(fd, name, &t.reader, why, why_len);

	if (r)
		return r;
	if (segment_header_read(record_header(t.reader, "history"), &t.header)) {
		segment_text_done(&t);
		snprintf(why, why_len, "%s is a record, but not of a history", name);
		return -EBADMSG;
	}
	r = text_lines(&t, name);
	if (r) {
		segment_text_done(&t);
		return text_fail(r, "out of memory", why, why_len);
	}
	*ret = t;
	return 0;
}

void segment_text_done(struct segment_text *t)
{
	record_close(t->reader);
	free(t->text);
	free(t->w);
	*t = (struct segment_text){ 0 };
}

size_t segment_text_upto(const struct segment_text *t, uint64_t real_ns)
{
	size_t n = t->n;

	while (n && t->w[n - 1].real_ns > real_ns)
		n--;
	return n;
}

/* What nothing has tried to read is not in the line (snapshot_line.h). */
static bool line_walked(const struct segment_text *t, size_t i)
{
	static const char *const fields[] = { "\"user.walked_bytes\":",
					      "\"linear_map.mapped_bytes\":" };
	const char *line = t->text + t->w[i].begin;

	for (size_t k = 0; k < ARRAY_SIZE(fields); k++) {
		if (memmem(line, t->w[i].len, fields[k], strlen(fields[k])))
			return true;
	}
	return false;
}

long segment_text_walked(const struct segment_text *t, size_t n)
{
	while (n && !line_walked(t, n - 1))
		n--;
	return (long)n - 1;
}

int segment_text_snapshot(const struct segment_text *t, size_t i, struct snapshot **ret,
			  char *why, size_t why_len)
{
	return snapshot_line_read(t->text + t->w[i].begin, t->w[i].len, ret, NULL, why,
				  why_len);
}
