/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * metrics.h - what is exported to Prometheus: one table, and the text made from it
 *
 * The table (metrics[]) is the only place that knows a metric's name.  The text file, the
 * tables in docs/metrics.md and in pgtop-metrics(7) and the check of the dashboard are made
 * from it.
 *
 * Text format 0.0.4 (Prometheus, "Exposition formats"): base units, counters end in _total, no
 * timestamps.  What is known to be 0 is 0, what is not known is left out.
 */
#ifndef PGTOP_METRICS_H
#define PGTOP_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "snapshot/snapshot.h"

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

/* Where a metric's series come from. */
enum metric_source {
	METRIC_FIELDS, /* fields of the snapshot, each with labels of its own */
	METRIC_ROWS,   /* a column of a table: a series for each name its rows have; where it
			* knows none, fields as above */
	METRIC_POLICY, /* a label of TABLE_MTHP: 1 for the word that holds, 0 for others */
	METRIC_EFFECTIVE, /* the same, of thp_effective() */
	METRIC_LATENCY,	  /* TABLE_UNFOLD_LATENCY and F_CONTPTE_UNFOLD_TIME as a histogram */
	METRIC_PROBE,	  /* rows of the probe */
	METRIC_GIVEN,	  /* samples handed in by the caller */
};

/* A field and the labels it is exported with, as text: side="data",mode="user" */
struct metric_field {
	enum snapshot_field_id field;
	const char *labels;
};

#define METRIC_FIELDS_MAX 4

struct metric {
	const char *name; /* without "pgtop_" */
	enum metric_kind kind;
	enum metric_source source;
	const char *labels; /* names, for the documentation; NULL: none */
	const char *help;
	bool ns;     /* counted in nanoseconds, exported in seconds */
	bool walked; /* read by a page walk, which is not made in every window */
	struct metric_field field[METRIC_FIELDS_MAX];
	enum snapshot_table_id table;
	const char *column; /* METRIC_ROWS: of the table; METRIC_POLICY: unused */
	const char *label;  /* METRIC_ROWS: name of the label */
	int from;	    /* METRIC_ROWS: METRIC_KEY, or the number of the row's label;
			     * METRIC_POLICY: number of the row's label */
};

#define METRIC_KEY (-1)

extern const struct metric metrics[];
extern const size_t metrics_count;

/** metric_named - the metric called @name (without "pgtop_"), or NULL */
const struct metric *metric_named(const char *name);
/** metric_kind_name - "counter", "gauge", "histogram" */
const char *metric_kind_name(enum metric_kind kind);

/*
 * A sample of a METRIC_GIVEN metric.  Labels are pairs of name and value; the value is escaped
 * when it is written.
 */
#define METRIC_LABELS_MAX 3

struct metric_sample {
	const char *metric; /* name without "pgtop_" */
	const char *label[METRIC_LABELS_MAX][2];
	double n;
};

/**
 * metrics_about - what every text holds of itself: build_info, and when @s was read
 *
 * The samples point into @s.
 */
#define METRICS_ABOUT 2
void metrics_about(const struct snapshot *s, struct metric_sample ret[METRICS_ABOUT]);

struct probe;

struct metrics_input {
	const struct snapshot *snapshot; /* cumulative */
	const struct snapshot *held;	 /* stands in for what that has not read; or NULL */
	const struct probe *probe;	 /* may be NULL */
	const struct metric_sample *sample;
	size_t nsamples;
};

/**
 * metrics_hold - put what page walks have read of @s into @held, as metrics_input takes it
 *
 * Returns 0 or -ENOMEM.
 */
int metrics_hold(const struct snapshot *s, struct snapshot *held);

/**
 * metrics_write - the text of everything that is known, to @out
 *
 * A family of which nothing is known is left out with its HELP.  Returns 0, or -EINVAL when a
 * sample names no METRIC_GIVEN metric; errors of @out are left to the caller (ferror()).
 */
int metrics_write(FILE *out, const struct metrics_input *in);

/**
 * metrics_label - write @text as the value of a label: quoted, \, " and newline escaped
 *
 * Bytes that are no UTF-8 become U+FFFD: Prometheus would refuse the whole file for one such
 * name (expfmt, text_parse.go), and names of cgroups may hold any byte.
 */
void metrics_label(FILE *out, const char *text);

#endif
