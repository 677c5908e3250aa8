/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snapshot_json.h - snapshots and probes as JSON
 *
 * Schema "pgtop.snapshot", version SNAPSHOT_VERSION:
 *
 *   schema, version, time (seconds, CLOCK_REALTIME), interval_seconds
 *   facts.NAME            "text", or {"unavailable": "why"}
 *   fields.GROUP.NAME     {"value": n, "change": n, "unit": "...", "via": "..."}
 *                         or {"unavailable": "why"}; change only for counters
 *   tables.NAME           [{KEY: n, LABEL: "...", COLUMN: n, ...}], where a counter's cell is
 *                         {"value": n, "change": n} if there was an interval;
 *                         or {"unavailable": "why"}
 *   probe                 rows as in "pgtop.doctor"
 *
 * What nothing tried to measure is left out.
 */
#ifndef PGTOP_SNAPSHOT_JSON_H
#define PGTOP_SNAPSHOT_JSON_H

#include "pgtop/snapshot.h"
#include "probe.h"

struct json_object;

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

#endif
