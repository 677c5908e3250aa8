/* SPDX-License-Identifier: GPL-2.0-only */
/* decision_json.h - a decision as the journal keeps it and clients read it */
#ifndef PGTOPD_DECISION_JSON_H
#define PGTOPD_DECISION_JSON_H

#include "policy/decision.h"

struct json_object;

/**
 * decision_to_json - as it is kept in the journal and told to clients
 *
 *   {"id": 17, "trial": 16, "time": 1763737000.123456789, "lever": "mthp.64K",
 *    "action": "keep", "from": "never", "to": "always", "objective": "user_mpki",
 *    "proxy": true, "before": {"n": 6, "mean": 4.2, "sd": 0.1}, "after": {...},
 *    "effect": 0.12, "p": 0.001, "guard": {"name": "bloat", "value": 0.3, "limit": 0.1},
 *    "reason": "..."}
 *
 * time: seconds since 1970.  What does not apply ("", 0, not tested, not a finite number) is
 * left out; id, time, action and reason are always there.
 * Released by the caller with json_object_put(); NULL without memory.
 */
struct json_object *decision_to_json(const struct decision *d);
/**
 * decision_from_json - the decision that decision_to_json() would write so
 *
 * Members it does not know are ignored.  Returns 0, or -EBADMSG (what is there has the wrong
 * type, is too long, no UTF-8 or out of range); @ret is untouched on failure.
 */
int decision_from_json(struct json_object *json, struct decision *ret);

#endif
