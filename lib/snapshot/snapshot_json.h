/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snapshot_json.h - snapshots and probes as JSON
 *
 * Schema "pgtop.snapshot", version JSON_VERSION:
 *
 *   schema, version, time (seconds, CLOCK_REALTIME), interval_seconds
 *   facts.NAME            "text" or a number, as snapshot_fact_desc says; or
 *                         {"unavailable": "why"}
 *   fields.GROUP.NAME     {"value": n, "change": n, "unit": "...", "via": "..."}
 *                         or {"unavailable": "why"}; change only for counters
 *   tables.NAME           [{KEY: n, LABEL: "...", COLUMN: n, ...}], where a counter's cell is
 *                         {"value": n, "change": n}; or {"unavailable": "why"}
 *   probe                 rows as in "pgtop.doctor"
 *   source                who measured: a line (pgtop only)
 *   policy                {"status": ..., "decisions": ...} as in pgtop/control.h, where
 *                         pgtopd was asked (pgtop only)
 *
 * What nothing tried to measure is left out; so is "change" where there was no interval.
 */
#ifndef PGTOP_SNAPSHOT_JSON_H
#define PGTOP_SNAPSHOT_JSON_H

#include "snapshot/snapshot.h"
#include "snapshot/probe.h"

struct json_object;

/*
 * The version of "pgtop.snapshot", "pgtop.map" and "pgtop.doctor".  In version 1 all facts
 * were text (memory in KiB), and a counter's cell was a number where there was no interval.
 */
#define JSON_VERSION 2

/** value_unit_name - "count", "bytes", "nanoseconds", "pages" */
const char *value_unit_name(enum value_unit unit);
/** value_kind_name - "counter", "gauge" */
const char *value_kind_name(enum value_kind kind);

/**
 * snapshot_to_json - @total with the changes of @delta (NULL: no interval) as a JSON object
 *
 * The caller releases the object with json_object_put(); NULL without memory.
 */
struct json_object *snapshot_to_json(const struct snapshot *total,
				     const struct snapshot *delta);

/** snapshot_json_add_probe - add the rows of @p as member "probe" to @snapshot */
void snapshot_json_add_probe(struct json_object *snapshot, const struct probe *p);

/** probe_to_json - the rows as a JSON array, released by the caller; NULL without memory */
struct json_object *probe_to_json(const struct probe *p);

/**
 * probe_from_json - the rows that probe_to_json() wrote
 * @rows: NULL: none
 *
 * Rows of a kind or state this version does not know are left out.  Returns 0 and a probe the
 * caller frees, -EBADMSG (no such rows, or more than PROBE_ROWS_MAX) or -ENOMEM.
 */
int probe_from_json(struct json_object *rows, struct probe **ret);

#define PROBE_ROWS_MAX 1024

#endif
