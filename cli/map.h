/* SPDX-License-Identifier: GPL-2.0-only */
/* map.h - a walked address space for people and for programs */
#ifndef PGTOP_MAP_H
#define PGTOP_MAP_H

#include <stdio.h>

#include "address_map.h"
#include "cli.h"

/**
 * map_print_text - a bar, a table by leaf size and the largest ranges to @out
 *
 * Returns 0 or -ENOMEM.
 */
int map_print_text(FILE *out, const struct cli_options *o, const char *title,
		   const struct pagewalk *w, const struct address_map *m);

/** map_title - "process 17 (name)", or the kernel (@pid 0) */
void map_title(const struct cli_options *o, pid_t pid, char *buf, size_t len);

/** map_print_json - schema "pgtop.map"; @pid 0: the kernel; an exit code */
int map_print_json(pid_t pid, const struct pagewalk *w, const struct address_map *m);

#endif
