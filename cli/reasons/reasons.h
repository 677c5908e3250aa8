/* SPDX-License-Identifier: GPL-2.0-only */
/* reasons.h - what 'pgtop why' found, for people and for programs */
#ifndef PGTOP_REASONS_H
#define PGTOP_REASONS_H

#include <stdio.h>

#include "cli.h"
#include "pagewalk/pagewalk.h"
#include "why/why.h"

struct reasons_process {
	pid_t pid;
	char *comm; /* NULL: not known */
	uint64_t small, reached;
};

/* A mapping with memory in small leaves. */
struct reasons_vma {
	pid_t pid;
	uint64_t start, end;
	char *name;
	uint64_t small;
	enum why_reason reason; /* that of most of it: */
	uint64_t reason_bytes;
};

/* The kernel's own count of the wanted size, since boot and of the whole machine. */
struct reasons_faults {
	bool known;
	uint64_t got, fell_back;
};

struct reasons {
	struct why_facts facts; /* of the machine */
	struct why_sum sum;
	struct reasons_process *processes;
	size_t nprocesses;
	struct reasons_vma *vmas; /* most memory in small leaves first */
	size_t nvmas;
	size_t ended;	    /* processes that ended before they were walked */
	const char *unread; /* why folios cannot be read; NULL: they can */
	struct reasons_faults faults;
};

/** reason_text - what @r means, a sentence; @size: of the wanted leaf */
const char *reason_text(enum why_reason r, const char *size, char *buf, size_t len);
/** reason_remedy - what to do about it; "" if there is nothing */
const char *reason_remedy(enum why_reason r, uint64_t wanted, char *buf, size_t len);

/**
 * reasons_find - those of process @pid alone, by @w, which has PAGEWALK_FOLIOS
 * @ret: zeroed; release it by reasons_done(), also on failure
 *
 * Returns 0 or a negative errno: of the walk (see pagewalk_process()), or of a file.
 */
int reasons_find(const struct cli_options *o, struct pagewalk *w, pid_t pid,
		 struct reasons *ret);
void reasons_done(struct reasons *r);

/** reasons_print_text - Returns 0 or -ENOMEM */
int reasons_print_text(FILE *out, const struct cli_options *o, const struct reasons *r);
/** reasons_print_json - schema "pgtop.why"; an exit code */
int reasons_print_json(const struct reasons *r);

#endif
