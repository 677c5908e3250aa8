/* SPDX-License-Identifier: GPL-2.0-only */
/* privilege.h - what pgtopd may do once it has started */
#ifndef PGTOPD_PRIVILEGE_H
#define PGTOPD_PRIVILEGE_H

/**
 * privilege_drop - give up every capability that no window needs, for good
 *
 * What is kept, where we have it: CAP_BPF and CAP_PERFMON (page walks run anew each window;
 * counters of a CPU that comes online), CAP_SYS_PTRACE (page tables of other users'
 * processes).  Knobs are written as user 0, which owns them, without a capability.
 * Returns 0 or a negative errno.
 */
int privilege_drop(void);

#endif
