// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"
#include "util/file.h"
#include "util/number.h"
#include "host/procmaps.h"
#include "util/util.h"

static int scan_device(const char **p, struct procmaps_head *h)
{
	uint64_t major, minor;

	if (scan_u64(p, 16, &major) || *(*p)++ != ':' || scan_u64(p, 16, &minor))
		return -EBADMSG;
	h->device_major = major;
	h->device_minor = minor;
	return 0;
}

int procmaps_parse_head(const char *line, struct procmaps_head *h)
{
	const char *p = line;

	if (scan_u64(&p, 16, &h->start) || *p++ != '-' || scan_u64(&p, 16, &h->end) ||
	    h->end <= h->start || *p++ != ' ' || strcspn(p, " ") != 4)
		return -EBADMSG;
	h->shared = p[3] == 's';
	p += 4;
	if (scan_u64(&p, 16, &h->offset) || scan_device(&p, h) || scan_u64(&p, 10, &h->inode))
		return -EBADMSG;
	h->name = p + strspn(p, " ");
	return 0;
}

/* A name that outlives the line: the last one, if it is the same. */
static const char *keep_name(struct procmaps *m, const char *name)
{
	char *copy;

	if (!*name)
		return "";
	if (m->nnames && !strcmp(m->names[m->nnames - 1], name))
		return m->names[m->nnames - 1];
	copy = strdup(name);
	if (!copy || array_reserve_one(&m->names, m->nnames, sizeof(*m->names))) {
		free(copy);
		return NULL;
	}
	return m->names[m->nnames++] = copy;
}

int procmaps_add(struct procmaps *m, const char *line)
{
	uint64_t before = m->n ? m->entries[m->n - 1].end : 0;
	struct procmaps_head h;
	struct procmaps_entry e;

	if (procmaps_parse_head(line, &h))
		return -EBADMSG;
	if (h.end <= before)
		return 0;
	if (m->n == PROCMAPS_MAX)
		return -EFBIG;
	e = (struct procmaps_entry){ MAX(h.start, before), h.end, keep_name(m, h.name) };
	if (!e.name || array_reserve_one(&m->entries, m->n, sizeof(*m->entries)))
		return -ENOMEM;
	m->entries[m->n++] = e;
	return 0;
}

static int procmaps_take(void *arg, const char *line)
{
	return procmaps_add(arg, line);
}

int procmaps_read(const char *root, pid_t pid, struct procmaps *ret)
{
	struct procmaps m = { 0 };
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	r = file_lines(root, path, procmaps_take, &m);
	if (r)
		procmaps_done(&m);
	*ret = m;
	return r;
}

void procmaps_done(struct procmaps *m)
{
	for (size_t i = 0; i < m->nnames; i++)
		free(m->names[i]);
	free(m->names);
	free(m->entries);
	*m = (struct procmaps){ 0 };
}

const char *procmaps_name(const struct procmaps *m, uint64_t address)
{
	size_t i = sorted_upto(m->entries, m->n, sizeof(*m->entries), address);

	return i && m->entries[i - 1].end > address ? m->entries[i - 1].name : "";
}
