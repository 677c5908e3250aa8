// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"
#include "util/file.h"
#include "util/number.h"
#include "host/procmaps.h"

#define FIELDS_BEFORE_NAME 4 /* perms, offset, device, inode */

static int procmaps_parse_line(char *line, struct procmaps_entry *e)
{
	const char *p = line;
	char *name;

	if (scan_u64(&p, 16, &e->start) || *p++ != '-' || scan_u64(&p, 16, &e->end))
		return -EBADMSG;
	if (e->end <= e->start)
		return -EBADMSG;
	name = line + (p - line);
	for (int i = 0; i < FIELDS_BEFORE_NAME; i++) {
		if (*name != ' ')
			return -EBADMSG;
		name += strspn(name, " ");
		name += strcspn(name, " ");
	}
	e->name = name + strspn(name, " ");
	return 0;
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text = line_after(text))
		n++;
	return n;
}

int procmaps_parse(char *text, struct procmaps *ret)
{
	struct procmaps m = { .text = text };
	char *line, *next;

	m.entries = calloc(count_lines(text) + 1, sizeof(*m.entries));
	if (!m.entries) {
		free(text);
		return -ENOMEM;
	}
	for (line = text; *line; line = next) {
		struct procmaps_entry *e = &m.entries[m.n];

		next = strchrnul(line, '\n');
		if (*next)
			*next++ = '\0';
		if (procmaps_parse_line(line, e) || (m.n && e->start < e[-1].end)) {
			procmaps_done(&m);
			return -EBADMSG;
		}
		m.n++;
	}
	*ret = m;
	return 0;
}

int procmaps_read(const char *root, pid_t pid, struct procmaps *ret)
{
	char path[64], *text;
	int r;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	r = file_read(root, path, &text, NULL);
	return r ? r : procmaps_parse(text, ret);
}

void procmaps_done(struct procmaps *m)
{
	free(m->entries);
	free(m->text);
	*m = (struct procmaps){ 0 };
}

const char *procmaps_name(const struct procmaps *m, uint64_t address)
{
	size_t i = sorted_upto(m->entries, m->n, sizeof(*m->entries), address);

	return i && m->entries[i - 1].end > address ? m->entries[i - 1].name : "";
}
