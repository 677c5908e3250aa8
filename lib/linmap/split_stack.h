/* SPDX-License-Identifier: GPL-2.0-only */
/* split_stack.h - who asked for a split of the linear map, from the kernel's stack */
#ifndef PGTOP_SPLIT_STACK_H
#define PGTOP_SPLIT_STACK_H

#include <stddef.h>
#include <stdint.h>

#include "host/host.h"
#include "host/ksyms.h"
#include "pgtop/abi.h"

/**
 * split_explain - reason and caller of a split
 *
 * @ip: addresses of the stack, innermost first, ended by 0 or @n.  Frames before the functions
 * of arch/arm64/mm that split and change permissions (a tracer's) are skipped, then these: one
 * of them tells the reason.  @caller: the first function after them, owned by @k; NULL if
 * the stack does not reach it.
 */
enum split_reason split_explain(const struct host *h, const struct ksyms *k,
				const uint64_t *ip, size_t n, const char **caller);

#endif
