/* SPDX-License-Identifier: GPL-2.0-only */
/* unfold.h - why a contiguous block was taken apart, from the kernel's stack */
#ifndef PGTOP_UNFOLD_H
#define PGTOP_UNFOLD_H

#include <stddef.h>
#include <stdint.h>

#include "host/host.h"
#include "host/ksyms.h"
#include "pgtop/abi.h"

/** unfold_reason_name - "partial_clear", ..., "api", "unknown" */
const char *unfold_reason_name(enum unfold_reason reason);

/**
 * unfold_explain - reason and caller of an unfold
 *
 * @ip: addresses of the stack, innermost first, ended by 0 or @n.  Frames before
 * contpte_convert() or __contpte_try_unfold() (a tracer's) are skipped, then those of contpte
 * and of the page-table accessors that wrap it.  @caller: the first function after them,
 * owned by @k; NULL if the stack does not reach it.
 */
enum unfold_reason unfold_explain(const struct host *h, const struct ksyms *k,
				  const uint64_t *ip, size_t n, const char **caller);

#endif
