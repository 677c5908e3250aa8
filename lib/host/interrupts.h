/* SPDX-License-Identifier: GPL-2.0-only */
/* interrupts.h - /proc/interrupts: a line for each kind, a column for each CPU */
#ifndef PGTOP_INTERRUPTS_H
#define PGTOP_INTERRUPTS_H

#include <stdint.h>

/**
 * interrupts_count - how often the interrupt @name has come since boot, on all CPUs that are
 * online
 * @text: all of /proc/interrupts
 * @name: what stands before the colon, e.g. "TLB" (arch/x86/kernel/irq.c)
 *
 * Returns 0; -ENOENT: there is no such line; -EBADMSG: no number follows, or they overflow.
 * @ret is untouched on failure.
 */
int interrupts_count(const char *text, const char *name, uint64_t *ret);

#endif
