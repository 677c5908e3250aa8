/* SPDX-License-Identifier: GPL-2.0-only */
/* journal_line.h - one line of the journal (pure); see journal.h for what it looks like */
#ifndef PGTOPD_JOURNAL_LINE_H
#define PGTOPD_JOURNAL_LINE_H

#include <stdio.h>

#include "journal.h"

#define JOURNAL_LINE 8192 /* no line is longer */
#define BOOT_ID	     64

enum journal_line_kind { LINE_VERSION, LINE_IDS, LINE_KNOB, LINE_FORGET, LINE_DECISION };

struct journal_line {
	enum journal_line_kind kind;
	uint64_t n;		  /* version, ids */
	struct journal_knob knob; /* knob; forget: its path and lever */
	char boot[BOOT_ID];	  /* knob: of the boot in which it was changed */
	struct decision decision;
};

/** journal_line_print - write @l with its sum and newline.  Returns 0 or -ENOMEM. */
int journal_line_print(FILE *out, const struct journal_line *l);

/**
 * journal_line_read - the line of @len bytes at @text, without its newline
 *
 * Returns 0, or -EBADMSG: the sum does not match, or it says nothing a journal of this version
 * says.  @ret is untouched on failure.
 */
int journal_line_read(const char *text, size_t len, struct journal_line *ret);

/**
 * journal_line_torn - whether an end without newline is what is left of a line that was being
 * appended
 *
 * It may be followed by zeros, where the file was made longer but the data did not get there.
 * What else there can be is damage.
 */
bool journal_line_torn(const char *text, size_t len);

/** journal_knob_valid - whether @k can be a knob: in /sys/ or /proc/sys/, and somebody's */
bool journal_knob_valid(const struct journal_knob *k);

#endif
