// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "record/record.h"
#include "watch/watch_source.h"

/* Going back begins at the start of the file; what is read on the way is dropped. */
struct watch_record {
	struct watch_source source;
	const char *path;
	struct record_reader *reader;
};

static int record_reopen(struct watch_record *f, char *why, size_t len)
{
	struct record_reader *r;
	int e = record_open(f->path, &r, why, len);

	if (e)
		return e;
	record_close(f->reader);
	f->reader = r;
	f->source.at = 0;
	return 0;
}

static int record_next(struct watch_source *w, struct snapshot **ret, char *why, size_t len)
{
	struct watch_record *f = (struct watch_record *)w;
	int n = record_read(f->reader, ret);

	if (n < 0)
		snprintf(why, len, "%s", record_why(f->reader));
	if (n > 0)
		w->at++;
	return n;
}

static int record_drop(struct watch_source *w, uint64_t *ret_real_ns, char *why, size_t len)
{
	struct snapshot *s;
	int n = record_next(w, &s, why, len);

	if (n > 0) {
		*ret_real_ns = s->real_ns;
		snapshot_free(s);
	}
	return n;
}

static int record_seek(struct watch_source *w, uint64_t index, char *why, size_t len)
{
	struct watch_record *f = (struct watch_record *)w;
	uint64_t real_ns;
	int n = 1;

	if (index < w->at)
		n = record_reopen(f, why, len) ?: 1;
	while (n > 0 && w->at < index)
		n = record_drop(w, &real_ns, why, len);
	return n < 0 ? n : 0;
}

static int record_find(struct watch_source *w, uint64_t real_ns, uint64_t *ret, char *why,
		       size_t len)
{
	struct watch_record *f = (struct watch_record *)w;
	uint64_t seen = 0;
	int n = record_reopen(f, why, len);

	if (n)
		return n;
	do
		n = record_drop(w, &seen, why, len);
	while (n > 0 && seen < real_ns);
	if (n < 0 && !w->at)
		return n;
	*ret = w->at ? w->at - 1 : 0;
	return 0;
}

static const struct probe *watch_record_probe(const struct watch_source *w)
{
	return record_probe(((const struct watch_record *)w)->reader);
}

static const char *record_told(const struct watch_source *w, uint64_t number, char *buf,
			       size_t len)
{
	const struct watch_record *f = (const struct watch_record *)w;

	snprintf(buf, len, "%s, snapshot %" PRIu64, f->path, number);
	return buf;
}

static void watch_record_close(struct watch_source *w)
{
	struct watch_record *f = (struct watch_record *)w;

	record_close(f->reader);
	free(f);
}

static const struct watch_source_class record_class = {
	.next = record_next,
	.seek = record_seek,
	.find = record_find,
	.probe = watch_record_probe,
	.told = record_told,
	.close = watch_record_close,
};

int watch_source_record(const char *path, struct watch_source **ret)
{
	struct watch_record *f = calloc(1, sizeof(*f));
	char why[512];

	if (!f)
		return cli_error(CLI_FAILED, "out of memory");
	f->source.class = &record_class;
	f->path = path;
	if (record_reopen(f, why, sizeof(why))) {
		free(f);
		return cli_error(CLI_FAILED, "%s", why);
	}
	*ret = &f->source;
	return CLI_OK;
}
