/* SPDX-License-Identifier: GPL-2.0-only */
/* untraced.h - flushes of x86 that do not pass the tracepoint tlb:tlb_flush */
#ifndef PGTOP_UNTRACED_H
#define PGTOP_UNTRACED_H

#include <stdbool.h>

#include "host/host.h"

struct untraced {
	const char *why; /* a clause */
	bool others;	 /* nothing of what is done for other CPUs is traced: no sum is true */
};

/** untraced_flushes - whether this machine makes such flushes, and which */
bool untraced_flushes(struct host *h, struct untraced *ret);

#endif
