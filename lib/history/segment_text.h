/* SPDX-License-Identifier: GPL-2.0-only */
/* segment_text.h - the windows of one segment, in memory, each as the line it was written as
 */
#ifndef PGTOP_SEGMENT_TEXT_H
#define PGTOP_SEGMENT_TEXT_H

#include "history/segment.h"
#include "record/record.h"

struct segment_window {
	size_t begin, len; /* of its line in the text */
	uint64_t mono_ns, real_ns;
};

struct segment_text {
	struct record_reader *reader; /* for its header and probe */
	struct segment_header header;
	char *text;
	size_t len, room;
	struct segment_window *w;
	size_t n;
	char damage[300]; /* what is wrong with its end, "": nothing but that it is cut */
};

/**
 * segment_text_read - read the segment @fd, which is closed in any case
 * @name: for sentences
 *
 * What follows the last good window is left out.  Returns 0 with @ret, for
 * segment_text_done(), or a negative errno with a sentence in @why.
 */
int segment_text_read(int fd, const char *name, struct segment_text *ret, char *why,
		      size_t why_len);
/** segment_text_done - NULL contents are accepted */
void segment_text_done(struct segment_text *t);

/** segment_text_upto - how many of its windows are at or before @real_ns; they are sorted */
size_t segment_text_upto(const struct segment_text *t, uint64_t real_ns);
/** segment_text_walked - the last window of the first @n that walked page tables; -1: none */
long segment_text_walked(const struct segment_text *t, size_t n);
/** segment_text_snapshot - window @i.  Returns as snapshot_line_read() */
int segment_text_snapshot(const struct segment_text *t, size_t i, struct snapshot **ret,
			  char *why, size_t why_len);

#endif
