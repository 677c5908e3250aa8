/* SPDX-License-Identifier: GPL-2.0-only */
/* lockdown.h - what the kernel forbids even root (kernel_lockdown(7)) */
#ifndef PGTOP_LOCKDOWN_H
#define PGTOP_LOCKDOWN_H

#include <stddef.h>

enum lockdown {
	LOCKDOWN_UNSEEN, /* it may be in force */
	LOCKDOWN_NONE,	 /* not built in, or off */
	LOCKDOWN_INTEGRITY,
	LOCKDOWN_CONFIDENTIALITY, /* BPF programs may not read kernel memory; no kprobes */
};

/**
 * lockdown_read - the mode in force below @root
 * @why: LOCKDOWN_UNSEEN: receives a clause that says why; may be NULL
 * @remedy: and what helps against that, a static string or NULL; may be NULL
 *
 * /sys/kernel/security/lockdown (security/lockdown/lockdown.c).  That the file is missing
 * means none only where securityfs is mounted.
 */
enum lockdown lockdown_read(const char *root, char *why, size_t len, const char **remedy);

#endif
