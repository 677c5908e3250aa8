/* SPDX-License-Identifier: GPL-2.0-only */
/* bpf.h - what all sources that load BPF programs share */
#ifndef PGTOP_BPF_H
#define PGTOP_BPF_H

#include <stdbool.h>
#include <stddef.h>

struct host;

/**
 * bpf_ready - whether BPF programs can be loaded at all
 *
 * Returns 0, or -ENOENT (kernel without BTF), -EPERM (not privileged), with a clause in
 * @why and what to do in @remedy (static strings; either may be NULL).  Also silences libbpf:
 * its messages are kept for bpf_why().
 */
int bpf_ready(const struct host *h, const char **why, const char **remedy);

/**
 * bpf_why - one clause for a failed load or attach of @what; never a bare errno
 *
 * Returns @buf.
 */
const char *bpf_why(int err, const char *what, char *buf, size_t len);

#endif
