/* SPDX-License-Identifier: GPL-2.0-only */
/* map.h - a walked address space for people and for programs */
#ifndef PGTOP_MAP_H
#define PGTOP_MAP_H

#include "address_map.h"
#include "cli.h"

/** map_print_text - a bar, a table by leaf size and the largest ranges; an exit code */
int map_print_text(const struct cli_options *o, const char *title, const struct pagewalk *w,
		   const struct address_map *m);

/** map_print_json - schema "pgtop.map"; @pid 0: the kernel; an exit code */
int map_print_json(pid_t pid, const struct pagewalk *w, const struct address_map *m);

#endif
