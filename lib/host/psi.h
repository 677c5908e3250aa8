/* SPDX-License-Identifier: GPL-2.0-only */
/* psi.h - pressure stall information: /proc/pressure/ and cgroups */
#ifndef PGTOP_PSI_H
#define PGTOP_PSI_H

#include <stdint.h>

/**
 * psi_total_ns - stalled time since boot of the line @kind ("some" or "full") of @text
 *
 * The file counts microseconds (Documentation/accounting/psi.rst).
 *
 * Returns 0; -ENOENT: there is no such line; -EBADMSG: it has no total, or one that is no
 * number.  @ret is untouched on failure.
 */
int psi_total_ns(const char *text, const char *kind, uint64_t *ret);

#endif
