/* SPDX-License-Identifier: GPL-2.0-only */
/* address_map.h - an address space as it was walked: its ranges and their cells */
#ifndef PGTOP_ADDRESS_MAP_H
#define PGTOP_ADDRESS_MAP_H

#include "pagewalk/pagewalk.h"

struct map_range {
	uint64_t start, end;
	char perms[5];
	char *name;
	struct pagewalk_sum sum;
};

struct address_map {
	struct map_range *ranges; /* by address */
	size_t nranges;
	struct pagewalk_cell *cells; /* by address */
	size_t ncells;
	struct pagewalk_sum sum;
	int names_error; /* why no range has a name; 0: they have */
	bool want_cells;
	bool user;     /* a process, not the kernel */
	bool progress; /* tell how far the walk is on standard error */
	bool told;
};

/**
 * address_map_walk - walk @pid (0: the kernel's linear map) into @m
 *
 * @m is zeroed but for its options; release it with address_map_done(), also on failure.
 * Returns what the walk returned, see pagewalk.h.
 */
int address_map_walk(struct pagewalk *w, pid_t pid, struct address_map *m);
void address_map_done(struct address_map *m);

#endif
