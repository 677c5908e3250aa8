/* SPDX-License-Identifier: GPL-2.0-only */
/* bpf.h - what all sources that load BPF programs share */
#ifndef PGTOP_BPF_H
#define PGTOP_BPF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "snapshot/snapshot.h"

struct bpf_object;
struct bpf_program;
struct host;

/**
 * bpf_ready - whether BPF programs can be loaded at all
 *
 * Returns 0, or -ENOENT (kernel without BTF), -EPERM (not privileged), with a clause in
 * @why and what to do in @remedy (static strings; either may be NULL).  Also silences libbpf,
 * unless PGTOP_BPF_DEBUG is set: then its messages go to standard error.
 */
int bpf_ready(const struct host *h, const char **why, const char **remedy);

/**
 * bpf_why - one clause for a failed load or attach of @what; never a bare errno
 *
 * Returns @buf.
 */
const char *bpf_why(int err, const char *what, char *buf, size_t len);

/**
 * bpf_load_why - as bpf_why() for a program that was not loaded; says so where lockdown is why
 *
 * A full table of files has a remedy, too.
 * @remedy: what to do about that, a static string, or untouched.
 */
const char *bpf_load_why(const struct host *h, int err, const char *what, char *buf,
			 size_t len, const char **remedy);

/**
 * bpf_load_result - what X_bpf__load() returned, with -ENOBUFS for -ENOMEM
 *
 * The kernel that has no memory for a program disables one measurement; -ENOMEM is for memory
 * of our own, without which nothing goes on.
 */
int bpf_load_result(int r);

/**
 * bpf_array_read - elements 0 to @n - 1 of the array @fd, @size bytes each, to @values
 *
 * In one call where the kernel has it (5.6), else in one for each.  Returns 0, -ENOMEM or the
 * errno of the kernel.
 */
int bpf_array_read(int fd, uint32_t n, void *values, size_t size);

/* What the kernel says about a program since it was loaded. */
struct bpf_runs {
	uint64_t time_ns, runs; /* only while BPF statistics are on */
	uint64_t missed; /* calls left out because the program was running on that CPU */
};

/**
 * bpf_program_runs - how often @prog ran, and how long
 *
 * All 0 for one that is not loaded.  Returns 0 or a negative errno.
 */
int bpf_program_runs(const struct bpf_program *prog, struct bpf_runs *ret);

/**
 * bpf_tell_runs - add the programs of @obj to TABLE_BPF_PROGRAM, and to F_BPF_RUN_TIME and
 * F_BPF_RUNS, their sum
 *
 * Programs of one name are one row.  Unknown, with the remedy, while kernel.bpf_stats_enabled
 * is 0 and nothing has been timed.  @obj: NULL if nothing could be loaded.
 */
void bpf_tell_runs(const struct host *h, const struct bpf_object *obj, struct snapshot *s);

#endif
