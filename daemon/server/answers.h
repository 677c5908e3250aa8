/* SPDX-License-Identifier: GPL-2.0-only */
/* answers.h - what the service answers to each request (pgtop/control.h) */
#ifndef PGTOPD_ANSWERS_H
#define PGTOPD_ANSWERS_H

#include <stdbool.h>

#include "server/reply.h"
#include "server/request.h"
#include "service.h"

struct answers {
	struct service *service;
	struct reply *snapshot;	 /* the last one that was sent */
	bool walked;		 /* ... has page tables */
	uint64_t fresh_until_ns; /* CLOCK_MONOTONIC: then it is too old */
};

/** answers_give - a server_answer; @arg is a struct answers */
struct reply *answers_give(void *arg, const struct request *q);
void answers_done(struct answers *a);

#endif
