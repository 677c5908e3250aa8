/* SPDX-License-Identifier: GPL-2.0-only */
/* snapshot_carry.h - between two walks of page tables, what the last one found */
#ifndef PGTOP_SNAPSHOT_CARRY_H
#define PGTOP_SNAPSHOT_CARRY_H

#include "snapshot/snapshot.h"

/**
 * snapshot_carry - give @s the levels of @older that nobody tried to read for @s
 *
 * Fields, whole tables that are empty, and columns of levels in tables that are not: a row
 * that only @older has is added for them.  Counters stay as they are.  Pure.  Returns 0 or
 * -ENOMEM.
 */
int snapshot_carry(struct snapshot *s, const struct snapshot *older);

#endif
