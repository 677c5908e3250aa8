// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/procmaps.h"
#include "host/smaps.h"
#include "util/array.h"
#include "util/file.h"
#include "util/number.h"
#include "util/util.h"

/* What an entry keeps of @h, but for its first @past bytes. */
static struct smaps_entry entry_of(const struct procmaps_head *h, uint64_t past)
{
	return (struct smaps_entry){
		.start = h->start + past,
		.end = h->end,
		.offset = h->offset + (h->inode ? past : 0),
		.inode = h->inode,
		.device_major = h->device_major,
		.device_minor = h->device_minor,
		.shared = h->shared,
		.eligible = -1,
	};
}

static int smaps_add_mapping(struct smaps *m, const char *line)
{
	uint64_t before = m->n ? m->entries[m->n - 1].end : 0;
	struct procmaps_head h;
	struct smaps_entry e;

	if (procmaps_parse_head(line, &h))
		return -EBADMSG;
	m->skip = h.end <= before;
	if (m->skip)
		return 0;
	if (m->n == PROCMAPS_MAX)
		return -EFBIG;
	e = entry_of(&h, before > h.start ? before - h.start : 0);
	e.name = strdup(h.name);
	if (!e.name || array_reserve_one(&m->entries, m->n, sizeof(*m->entries))) {
		free(e.name);
		return -ENOMEM;
	}
	m->entries[m->n++] = e;
	return 0;
}

static unsigned int flag_of(const char *word)
{
	static const struct {
		char word[3];
		unsigned int flag;
	} flags[] = {
		{ "hg", SMAPS_HUGEPAGE },   { "nh", SMAPS_NOHUGEPAGE },
		{ "ht", SMAPS_HUGETLB },    { "io", SMAPS_DEVICE },
		{ "pf", SMAPS_DEVICE },	    { "mm", SMAPS_DEVICE },
		{ "de", SMAPS_DONTEXPAND }, { "lo", SMAPS_LOCKED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (!strncmp(word, flags[i].word, 2))
			return flags[i].flag;
	}
	return 0;
}

static int smaps_add_flags(struct smaps_entry *e, const char *p)
{
	for (p += strspn(p, " "); *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		if (len == 2)
			e->flags |= flag_of(p);
		p += len;
	}
	return 0;
}

static int smaps_add_eligible(struct smaps_entry *e, const char *p)
{
	uint64_t n;

	if (parse_u64(p + strspn(p, " \t"), 10, 1, &n))
		return -EBADMSG;
	e->eligible = (int)n;
	return 0;
}

int smaps_add(struct smaps *m, const char *line)
{
	static const char eligible[] = "THPeligible:", flags[] = "VmFlags:";

	if (!isupper((unsigned char)*line))
		return smaps_add_mapping(m, line);
	if (!strchr(line, ':') || (!m->n && !m->skip))
		return -EBADMSG;
	if (m->skip)
		return 0;
	if (!strncmp(line, eligible, strlen(eligible)))
		return smaps_add_eligible(&m->entries[m->n - 1], line + strlen(eligible));
	if (!strncmp(line, flags, strlen(flags)))
		return smaps_add_flags(&m->entries[m->n - 1], line + strlen(flags));
	return 0;
}

static int smaps_take(void *arg, const char *line)
{
	return smaps_add(arg, line);
}

int smaps_read(const char *root, pid_t pid, struct smaps *ret)
{
	struct smaps m = { 0 };
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/smaps", pid);
	r = file_lines(root, path, smaps_take, &m);
	if (r)
		smaps_done(&m);
	*ret = m;
	return r;
}

void smaps_done(struct smaps *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->entries[i].name);
	free(m->entries);
	*m = (struct smaps){ 0 };
}
