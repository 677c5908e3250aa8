/* SPDX-License-Identifier: GPL-2.0-only */
/* open.h - do what a request that was granted asks for */
#ifndef PGTOP_OPENER_OPEN_H
#define PGTOP_OPENER_OPEN_H

#include "pmus.h"
#include "pgtop/opener.h"

/**
 * open_request - open what @q, which check_request() granted, asks for
 * @fds: OPENER_EVENTS of room; the first answer->n are open, owned by the caller
 */
void open_request(const struct opener_request *q, const struct pmus *machine,
		  struct opener_answer *answer, int *fds);

#endif
