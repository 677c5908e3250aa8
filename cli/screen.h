/* SPDX-License-Identifier: GPL-2.0-only */
/* screen.h - the one-shot screen */
#ifndef PGTOP_SCREEN_H
#define PGTOP_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "host.h"
#include "pgtop/snapshot.h"
#include "probe.h"

struct json_object;

struct screen {
	FILE *out;
	const struct host *host;
	const struct snapshot *total;
	const struct snapshot *delta; /* NULL: no interval, no rates */
	const struct probe *probe;
	const char *source; /* who measured: a line; NULL: not told */
	/* What pgtopd answers to "status" and "log"; NULL: it is not asked. */
	struct json_object *status, *decisions;
	bool color;
	size_t rows;
	const char *sort; /* column of the process table, NULL: choose */
	int pid;	  /* 0: all processes */
};

/** screen_print - all sections, top to bottom */
void screen_print(const struct screen *s);

#endif
