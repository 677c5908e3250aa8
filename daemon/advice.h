/* SPDX-License-Identifier: GPL-2.0-only */
/* advice.h - with what parameters to boot this machine */
#ifndef PGTOPD_ADVICE_H
#define PGTOPD_ADVICE_H

#include "config.h"
#include "policy/decision.h"
#include "host/host.h"
#include "linmap/linmap_verdict.h"
#include "snapshot/snapshot.h"

/* As lever of the decisions about it. */
#define ADVICE_LEVER "boot"

/**
 * advice_text - the sentence about @in (pure)
 * @ram: bytes of memory, 0: not known
 * @params: what staging_advise() advises, with its reason
 *
 * Says how the linear map is mapped and why, what would change that, and what it would gain in
 * memory.  Returns @buf.
 */
const char *advice_text(const struct linmap_inputs *in, uint64_t ram, uint64_t page_size,
			const char *params, const char *params_why, char *buf, size_t len);

/**
 * advice_grounds - a sum of the facts in @s that advice rests on (pure)
 *
 * While it stays the same, so does the advice, but for configuration and memory: a balloon
 * changes MemTotal all the time.
 */
uint64_t advice_grounds(const struct snapshot *s);

/**
 * advice_make - the decision about boot parameters here, and staging if @c says so
 * @walked: what the last page walk of the linear map found
 * @last: the one before, NULL: none
 *
 * Returns 1 with @ret filled but for its id when it says something new, 0 when there is
 * nothing (new) to advise, or a negative errno.
 */
int advice_make(struct host *h, const struct config *c, enum linmap_walked walked,
		const struct decision *last, struct decision *ret);

#endif
