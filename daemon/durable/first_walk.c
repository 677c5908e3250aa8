// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "durable/first_walk.h"
#include "util/file.h"
#include "util/number.h"
#include "util/publish.h"
#include "util/summed_line.h"
#include "util/util.h"

#define FIRST_WALK_LINE 256

/* The word at *@p, and what follows its blank. */
static int take_boot(const char **p, char ret[FIRST_WALK_BOOT])
{
	size_t n = strcspn(*p, " ");

	if (!n || n >= FIRST_WALK_BOOT || (*p)[n] != ' ')
		return -EBADMSG;
	memcpy(ret, *p, n);
	ret[n] = '\0';
	*p += n;
	return 0;
}

int first_walk_parse(const char *text, size_t len, struct first_walk *ret)
{
	struct first_walk w = { 0 };
	char line[FIRST_WALK_LINE];
	uint32_t sum = 0;
	const char *p;

	if (!len || len > sizeof(line) || text[len - 1] != '\n' ||
	    memchr(text, '\n', len) != text + len - 1 || memchr(text, 0, len))
		return -EBADMSG;
	memcpy(line, text, len - 1);
	line[len - 1] = '\0';
	p = summed_line_check(line, len - 1, &sum);
	if (!p || take_boot(&p, w.boot) || scan_u64(&p, 10, &w.real_ns) ||
	    scan_u64(&p, 10, &w.mapped) || scan_u64(&p, 10, &w.pages) ||
	    scan_u64(&p, 10, &w.tables) || *p || !w.real_ns)
		return -EBADMSG;
	*ret = w;
	return 0;
}

int first_walk_load(const char *dir, const char *boot, struct first_walk *ret)
{
	_cleanup_free_ char *text = NULL;
	struct first_walk w;
	char path[PATH_MAX];
	size_t len;
	int r;

	*ret = (struct first_walk){ 0 };
	snprintf(ret->boot, sizeof(ret->boot), "%s", boot);
	snprintf(path, sizeof(path), "%s/linear_map", dir);
	r = file_read(NULL, path, &text, &len);
	if (!r)
		r = first_walk_parse(text, len, &w);
	if (!r && strcmp(w.boot, ret->boot))
		r = -ENOENT;
	if (!r)
		*ret = w;
	return r;
}

int first_walk_save(const char *dir, const struct first_walk *w)
{
	char text[FIRST_WALK_LINE], line[FIRST_WALK_LINE + SUMMED_LINE_TEXT];
	char begin[SUMMED_LINE_TEXT + 1], path[PATH_MAX], temp[PATH_MAX];
	uint32_t sum = 0;

	if (!*w->boot)
		return -ENODATA;
	snprintf(text, sizeof(text), "%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64,
		 w->boot, w->real_ns, w->mapped, w->pages, w->tables);
	summed_line_begin(text, strlen(text), &sum, begin);
	snprintf(line, sizeof(line), "%s%s\n", begin, text);
	snprintf(path, sizeof(path), "%s/linear_map", dir);
	snprintf(temp, sizeof(temp), "%s/linear_map.new", dir);
	return publish_by(temp, path, line, strlen(line), 0600);
}

static bool is_walked_in(const struct snapshot *s)
{
	return s->field[F_LINEAR_TOTAL].known && s->field[F_LINEAR_PAGES].known &&
	       s->field[F_LINEAR_TABLES].known;
}

int first_walk_see(struct first_walk *w, struct snapshot *s)
{
	static const char via[] = "page walk, kept by pgtopd";
	bool first = !w->real_ns && is_walked_in(s);

	if (first) {
		w->real_ns = s->real_ns;
		w->mapped = s->field[F_LINEAR_TOTAL].n;
		w->pages = s->field[F_LINEAR_PAGES].n;
		w->tables = s->field[F_LINEAR_TABLES].n;
	}
	if (!w->real_ns)
		return 0;
	snapshot_set(s, F_LINEAR_FIRST_TIME, w->real_ns, via);
	snapshot_set(s, F_LINEAR_FIRST_TOTAL, w->mapped, via);
	snapshot_set(s, F_LINEAR_FIRST_PAGES, w->pages, via);
	snapshot_set(s, F_LINEAR_FIRST_TABLES, w->tables, via);
	return first;
}
