/* SPDX-License-Identifier: GPL-2.0-only */
/* thp_policy.h - the word that decides for a size of huge page, behind "inherit" */
#ifndef PGTOP_THP_POLICY_H
#define PGTOP_THP_POLICY_H

#include "snapshot/snapshot.h"

/* The labels of TABLE_MTHP */
enum thp_memory { THP_ANON, THP_SHMEM, THP_MEMORIES };

/* Room for "inherit -> within_size" */
#define THP_POLICY_BYTES 48

/**
 * thp_decides - what decides for a size
 * @own: the word of its knob; @all: that for all sizes; both may be NULL: not known
 *
 * What "inherit" stands for, else its own word; "deny" for all shared memory goes before that
 * (mm/shmem.c, shmem_allowable_huge_orders()).  Returns @own, @all, or NULL: not known.
 */
const char *thp_decides(const char *own, const char *all, enum thp_memory m);

/** thp_effective - thp_decides() for the size in @r, by its labels and the facts of @s */
const char *thp_effective(const struct snapshot *s, const struct row *r, enum thp_memory m);

/**
 * thp_policy_text - how to write it: "madvise", or "inherit -> never"
 * @own: the word of the knob, @effective: of thp_effective(); both may be NULL
 *
 * "inherit -> ?" where what it stands for is not known.  Returns @buf of THP_POLICY_BYTES, or
 * NULL without @own.
 */
const char *thp_policy_text(const char *own, const char *effective, char *buf);

#endif
