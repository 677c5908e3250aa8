// SPDX-License-Identifier: GPL-2.0-only
/*
 * folio_dump PID - the folio behind each page that a last-level table maps
 *
 * A line each: ADDRESS ORDER anon|file|ksm|unread (special: no folio), as tests/tools/folios
 * makes them from files.
 */
#include <inttypes.h>
#include <stdio.h>

#include "pagewalk/pagewalk.h"
#include "util/number.h"

static const char *kind_of(unsigned int flags)
{
	if (flags & PAGE_SPECIAL)
		return "special";
	if (!(flags & PAGE_FOLIO))
		return "unread";
	if (flags & PAGE_KSM)
		return "ksm";
	return flags & PAGE_ANON ? "anon" : "file";
}

static int print_step(void *arg, const struct pagewalk_step *s)
{
	for (size_t i = 0; i < s->npages; i++) {
		const struct pagewalk_page *p = &s->pages[i];

		if (p->flags & PAGE_MAPPED)
			printf("%" PRIx64 " %u %s\n", s->start + i * s->bytes / s->npages,
			       p->order, kind_of(p->flags));
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct pagewalk_ops ops = { .step = print_step };
	struct pagewalk_sum sum;
	struct pagewalk *w;
	struct host *h;
	uint64_t pid;
	int r;

	if (argc != 2 || parse_u64(argv[1], 10, INT32_MAX, &pid) || host_new("", &h) ||
	    pagewalk_new(h, PAGEWALK_FOLIOS, NULL, &w))
		return 2;
	for (unsigned int what = PAGEWALK_PROCESS; what <= PAGEWALK_FOLIOS; what *= 2) {
		if (what != PAGEWALK_KERNEL && pagewalk_why(w, what))
			fprintf(stderr, "%s\n", pagewalk_why(w, what));
	}
	r = pagewalk_process(w, pid, &ops, &sum);
	fprintf(stderr, "walked in %" PRIu64 " ns\n", sum.total_ns);
	pagewalk_free(w);
	host_free(h);
	return r ? 1 : 0;
}
