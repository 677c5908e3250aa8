// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "history/segment.h"
#include "snapshot/snapshot_line.h"
#include "util/json_add.h"
#include "util/json_text.h"
#include "util/number.h"
#include "util/util.h"

#define SEQUENCE_DIGITS 10
/* Beyond every clock; what is computed from it fits. */
#define TIME_MAX_S (UINT64_MAX / 4000000000)

/* --- names ------------------------------------------------------------------- */

static int name_number(const char **p, uint64_t max, uint64_t *ret)
{
	uint64_t n;

	if (!isdigit((unsigned char)**p) || scan_u64(p, 10, &n) || n > max)
		return -EINVAL;
	*ret = n;
	return 0;
}

static int name_next(const char **p, uint64_t max, uint64_t *ret)
{
	return *(*p)++ == '-' ? name_number(p, max, ret) : -EINVAL;
}

/* Only names that segment_name() makes: a number has one notation. */
int segment_parse(const char *name, struct segment *ret)
{
	struct segment s = { 0 };
	char again[SEGMENT_NAME];
	const char *p = name;

	if (name_number(&p, UINT64_MAX - 1, &s.seq) || name_next(&p, TIME_MAX_S, &s.first_s))
		return -EINVAL;
	if (*p &&
	    (name_next(&p, TIME_MAX_S, &s.last_s) || name_next(&p, UINT32_MAX, &s.windows) ||
	     !s.windows || s.last_s < s.first_s))
		return -EINVAL;
	if (strcmp(segment_name(&s, again), name))
		return -EINVAL;
	*ret = s;
	return 0;
}

const char *segment_name(const struct segment *s, char buf[SEGMENT_NAME])
{
	if (s->windows)
		snprintf(buf, SEGMENT_NAME, "%0*" PRIu64 "-%" PRIu64 "-%" PRIu64 "-%" PRIu64,
			 SEQUENCE_DIGITS, s->seq, s->first_s, s->last_s, s->windows);
	else
		snprintf(buf, SEGMENT_NAME, "%0*" PRIu64 "-%" PRIu64, SEQUENCE_DIGITS, s->seq,
			 s->first_s);
	return buf;
}

static int segment_compare(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;

	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return (x->windows > y->windows) - (x->windows < y->windows);
}

void segments_sort(struct segment *s, size_t n)
{
	if (n)
		qsort(s, n, sizeof(*s), segment_compare);
}

/* --- times ------------------------------------------------------------------- */

/* One that is not whole ends before the next begins; the last one may still grow. */
static uint64_t segment_end(const struct segment *s, size_t n, size_t i)
{
	if (s[i].windows)
		return s[i].last_s;
	if (i + 1 == n)
		return UINT64_MAX;
	return MAX(s[i].first_s, s[i + 1].first_s ? s[i + 1].first_s - 1 : 0);
}

/* The last of those that ended before @real_s; @n: none did. */
static size_t segment_before(const struct segment *s, size_t n, uint64_t real_s)
{
	size_t best = n;

	for (size_t i = 0; i < n; i++) {
		uint64_t end = segment_end(s, n, i);

		if (end < real_s && (best == n || end >= segment_end(s, n, best)))
			best = i;
	}
	return best;
}

int segments_find(const struct segment *s, size_t n, uint64_t real_s, size_t *ret,
		  size_t *ret_others)
{
	size_t found = n, others = 0;

	for (size_t i = 0; i < n; i++) {
		if (real_s < s[i].first_s || real_s > segment_end(s, n, i))
			continue;
		others += found != n;
		found = found == n ? i : found;
	}
	if (found == n)
		found = segment_before(s, n, real_s);
	if (found == n)
		return -ENOENT;
	*ret = found;
	*ret_others = others;
	return 0;
}

/* --- headers and lines --------------------------------------------------------- */

struct json_object *segment_header_json(const struct segment_header *h)
{
	struct json_object *o = json_object_new_object();

	if (!o)
		return NULL;
	json_add_text(o, "boot", h->boot);
	json_add_u64(o, "run", h->run);
	json_add_u64(o, "window_ns", h->window_ns);
	return o;
}

static int header_number(struct json_object *json, const char *name, uint64_t *ret)
{
	struct json_object *m = json_member(json, name);

	if (!json_object_is_type(m, json_type_int) || json_object_get_int64(m) < 0)
		return -EBADMSG;
	*ret = json_object_get_uint64(m);
	return 0;
}

int segment_header_read(struct json_object *json, struct segment_header *ret)
{
	const char *boot = json_text_member(json, "boot");
	struct segment_header h = { 0 };

	if (header_number(json, "run", &h.run) ||
	    header_number(json, "window_ns", &h.window_ns) ||
	    (boot && strlen(boot) >= sizeof(h.boot)))
		return -EBADMSG;
	snprintf(h.boot, sizeof(h.boot), "%s", boot ? boot : "");
	*ret = h;
	return 0;
}

/* The number that follows @member, at the start of @p. */
static int line_take(const char **p, const char *member, uint64_t *ret)
{
	size_t n = strlen(member);

	if (strncmp(*p, member, n) || !isdigit((unsigned char)(*p)[n]))
		return -EBADMSG;
	*p += n;
	return scan_u64(p, 10, ret) ? -EBADMSG : 0;
}

int segment_line_times(const char *line, size_t len, uint64_t *ret_mono_ns,
		       uint64_t *ret_real_ns)
{
	char begin[160];
	const char *p = begin;
	uint64_t version, mono_ns, real_ns;

	snprintf(begin, sizeof(begin), "%.*s", (int)MIN(len, sizeof(begin) - 1), line);
	if (line_take(&p, "{\"schema\":\"" SNAPSHOT_LINE_SCHEMA "\",\"version\":", &version) ||
	    line_take(&p, ",\"mono_ns\":", &mono_ns) ||
	    line_take(&p, ",\"real_ns\":", &real_ns) || *p != ',')
		return -EBADMSG;
	*ret_mono_ns = mono_ns;
	*ret_real_ns = real_ns;
	return 0;
}
