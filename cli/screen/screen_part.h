/* SPDX-License-Identifier: GPL-2.0-only */
/* screen_part.h - what the parts of the screen share, and the parts */
#ifndef PGTOP_SCREEN_PART_H
#define PGTOP_SCREEN_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "host/host.h"
#include "snapshot/probe.h"
#include "snapshot/snapshot.h"
#include "text.h"

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
	int lines; /* of the terminal: a screen that fits; 0: everything */
	bool fill; /* as many rows of processes as fit, not @rows */
	size_t rows;
	size_t causes;	  /* how many reasons the short view names */
	const char *sort; /* column of the process table, NULL: choose */
	bool reverse;	  /* the rows with the least first */
	const char
		*filter; /* only rows whose name has it, or whose PID begins so; NULL: all */
	const char *cgroup; /* only processes of this cgroup, or below it; NULL: all */
	int *error;	    /* set to a negative errno when a part could not be printed */
};

/* Buffers for several numbers in one printf. */
struct texts {
	char b[8][TEXT_LEN];
};

/** field - a field of @s; unknown if @s is NULL */
const struct value *field(const struct snapshot *s, enum snapshot_field_id id);
/** field_rate - its change per second over the interval; returns @buf */
const char *field_rate(const struct screen *s, enum snapshot_field_id id, char *buf);
/** row_rate - the same of a column of the row of the delta that @r stands for */
const char *row_rate(const struct screen *s, enum snapshot_table_id id, const struct row *r,
		     const char *column, char *buf);
/** append - add ", " (unless the line is empty), @before and @text; nothing if @text is NULL
 */
void append(char *line, size_t len, const char *before, const char *text);

/**
 * rows_by - the rows of @t, the largest in @column first; those where it is unknown last
 *
 * Returns an array of t->nrows pointers the caller frees; NULL if empty or without memory.
 */
const struct row **rows_by(const struct table *t, const char *column);

/** screen_most - the rows of @id with the most in @column, "NAME N, NAME N" behind @what */
void screen_most(const struct screen *s, enum snapshot_table_id id, const char *column,
		 const char *what);

struct grid;
/** screen_grid - print @g behind @indent blanks and free it; what fails is in *s->error */
void screen_grid(const struct screen *s, struct grid *g, int indent);

/* What is drawn over time beside a line. */
enum screen_graph {
	GRAPH_NONE,
	GRAPH_LINEAR_BLOCKS, /* percent in leaves larger than a page */
	GRAPH_USER_LARGE,
	GRAPH_MPKI,    /* misses per thousand instructions */
	GRAPH_FLUSHES, /* per second, as are those that follow */
	GRAPH_SPLITS,
	GRAPH_UNFOLDS,
	GRAPH_ALLOCS,
	GRAPH_FAULTS,
	GRAPH_MAX,
};

#define SCREEN_LABEL_WIDTH 13

struct screen_line {
	enum screen_graph graph;
	const char *label; /* "": goes on with the subject of the line before */
	bool words;	   /* a sentence, not figures between commas */
	char text[1024];   /* clean, as long as it gets */
};

typedef void screen_line_fn(void *arg, const struct screen_line *l);

/** screen_subjects - call @fn with each line that says something of a subject */
void screen_subjects(const struct screen *s, screen_line_fn *fn, void *arg);
/** screen_graph - the number of that kind now; Returns whether it is known */
bool screen_graph(const struct screen *s, enum screen_graph graph, double *ret);
/** screen_mpki - misses of the user and the kernel per thousand instructions of both */
bool screen_mpki(const struct screen *s, double *ret);

void screen_machine(const struct screen *s);
void screen_source(const struct screen *s);
void screen_linear_map(const struct screen *s);
void screen_user_map(const struct screen *s);
void screen_tlb(const struct screen *s);
void screen_contpte(const struct screen *s);
void screen_mthp(const struct screen *s);
void screen_pressure(const struct screen *s);
/** screen_processes - Returns whether there were any that something is known of */
bool screen_processes(const struct screen *s);
/** screen_cgroups - the same by cgroup */
bool screen_cgroups(const struct screen *s);
void screen_policy(const struct screen *s);
void screen_lacks(const struct screen *s);

/** screen_brief - all of that within s->lines, if it can be */
void screen_brief(const struct screen *s);
/** screen_walked - "13 processes", "the 15 largest of 62 processes"; returns @buf */
const char *screen_walked(const struct screen *s, char *buf, size_t len);
/** screen_split_rates - splits and collapses of the linear map; Returns whether any is known
 */
bool screen_split_rates(const struct screen *s, char *buf, size_t len);
/**
 * screen_decay - what of the linear map was lost since pgtopd first looked, which nothing puts
 * together again; Returns whether that is known
 */
bool screen_decay(const struct screen *s, char *buf, size_t len);
/** screen_misses - misses and the share of cycles in walks; Returns whether any is known */
bool screen_misses(const struct screen *s, char *buf, size_t len);
/** screen_free_in_blocks - bytes in free blocks of at least @size */
struct value screen_free_in_blocks(const struct snapshot *s, uint64_t size);
/** screen_mthp_words - add the sizes that are allowed or in use to @line */
void screen_mthp_words(const struct screen *s, char *line, size_t len);
/** screen_policy_line - the mode of pgtopd, if it was asked */
void screen_policy_line(const struct screen *s);
/** screen_lacks_counted - for how many reasons how much is missing, the @most frequent named
 */
void screen_lacks_counted(const struct screen *s, size_t most);

#endif
