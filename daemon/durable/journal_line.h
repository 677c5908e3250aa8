/* SPDX-License-Identifier: GPL-2.0-only */
/* journal_line.h - one line of the journal (pure); see journal.h for what it looks like */
#ifndef PGTOPD_JOURNAL_LINE_H
#define PGTOPD_JOURNAL_LINE_H

#include <stdio.h>

#include <stdbool.h>
#include <stdint.h>

#include "policy/decision.h"

#define JOURNAL_LINE  8192 /* no line is longer */
#define BOOT_ID	      64
#define JOURNAL_VALUE 64

/* A knob that holds what we wrote, or may. */
struct journal_knob {
	char path[LEVER_PATH];	/* below the host's root; in /sys/ or /proc/sys/ */
	char lever[LEVER_NAME]; /* whose knob it is, or, if @moved, whose write moved it */
	bool moved;		/* by the kernel, when the knob of @lever was written */
	char original[JOURNAL_VALUE];
	char ours[JOURNAL_VALUE];   /* moved: "" while a write of the lever is under way */
	char before[JOURNAL_VALUE]; /* "", or what it may still hold: a write is under way */
	bool stale;		    /* within the journal: of another boot */
};

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

/**
 * journal_line_may_be_knob - whether a line that could not be read may have told of a knob
 *
 * One that matches its sum is what somebody wrote: it is of a knob, or it is not.
 */
bool journal_line_may_be_knob(const char *text, size_t len);

/** journal_knob_valid - whether @k can be a knob: in /sys/ or /proc/sys/, and somebody's */
bool journal_knob_valid(const struct journal_knob *k);

#endif
