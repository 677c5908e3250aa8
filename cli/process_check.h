/* SPDX-License-Identifier: GPL-2.0-only */
/* process_check.h - whether the processes a user asks for are there */
#ifndef PGTOP_PROCESS_CHECK_H
#define PGTOP_PROCESS_CHECK_H

#include "cli.h"
#include "host/process.h"
#include "pagewalk/pagewalk.h"

/** process_check - what @pid is, if it is a process that lives; else an exit code, reported */
int process_check(const struct host *h, pid_t pid, struct process_look *ret);

/** process_check_all - the same of every --pid */
int process_check_all(const struct cli_options *o);

/** process_check_left - after a sample: an error if a --pid is no longer there */
int process_check_left(const struct cli_options *o);

/**
 * process_check_walk - the exit code, reported, of a page walk of @pid (0: the kernel) that
 * returned @r
 */
int process_check_walk(const struct pagewalk *w, pid_t pid, int r);

#endif
