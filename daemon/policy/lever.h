/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lever.h - what can be moved on this machine (pure)
 *
 * A lever is a knob of the kernel together with what pgtopd knows of it: the words it
 * may hold, in the order in which they are tried, what it is meant to improve and the
 * sentence that explains it.  Which levers exist is read from a snapshot, so that live
 * operation, replay and simulation see the same ones.
 */
#ifndef PGTOPD_LEVER_H
#define PGTOPD_LEVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "snapshot/snapshot.h"

#define LEVER_NAME  32 /* "mthp.64K", "shmem_mthp.2M", "linear_map.collapse" */
#define LEVER_VALUE 16 /* "always", "within_size", ... */
#define LEVER_PATH  96
#define LEVERS_MAX  32

enum lever_kind { LEVER_MTHP_ANON, LEVER_MTHP_SHMEM, LEVER_COLLAPSE };

struct lever {
	char name[LEVER_NAME];
	enum lever_kind kind;
	uint64_t size;		  /* of the pages it is about, bytes; collapse: 0 */
	char path[LEVER_PATH];	  /* of the knob, below the host's root */
	char wanted[LEVER_VALUE]; /* what a trial writes */
	unsigned int rank;	  /* levers are tried in this order */
};

struct levers {
	struct lever lever[LEVERS_MAX];
	size_t n;
};

/**
 * levers_find - the levers this machine offers, by rank
 * @s: a snapshot (cumulative or difference) with TABLE_MTHP and FACT_COLLAPSE
 * @contpte_bytes: size of a contiguous PTE block, 0 where there is none
 * @pmd_bytes: size of a PMD leaf
 *
 * The contpte size comes first (64K with 4K pages, 2M with 16K and 64K), then the PMD size;
 * other sizes are offered only where @all is set.
 */
void levers_find(const struct snapshot *s, uint64_t contpte_bytes, uint64_t pmd_bytes,
		 bool all, struct levers *ret);

/** levers_named - the lever called @name, or NULL */
const struct lever *levers_named(const struct levers *l, const char *name);

/**
 * lever_value - the word the knob holds in @s
 *
 * Returns 0 with @buf (LEVER_VALUE) filled, or -ENODATA when the snapshot does not tell.
 */
int lever_value(const struct lever *l, const struct snapshot *s, char *buf);

/**
 * lever_effective - the word that decides: what "inherit" stands for, else as lever_value()
 */
int lever_effective(const struct lever *l, const struct snapshot *s, char *buf);

/**
 * lever_above - the policy for all sizes of its kind, which "inherit" stands for
 *
 * Returns 0 with @buf (LEVER_VALUE) filled, or -ENODATA: there is none, or it is not known.
 */
int lever_above(const struct lever *l, const struct snapshot *s, char *buf);

/** lever_above_path - its file, below the host's root; NULL: there is none */
const char *lever_above_path(const struct lever *l);

/**
 * lever_is_forbidden - "never" is somebody's word on @l, given for all sizes
 * @own: what the knob holds without us
 * @above: what the policy for all sizes holds, @was: and held before ("": not known)
 *
 * For anonymous memory it always is: kernels are built with another default.  For shared
 * memory "never" is the default: there it counts where the size inherits it, or when it is
 * written while pgtopd looks.
 */
bool lever_is_forbidden(const struct lever *l, const char *own, const char *was,
			const char *above);

/** lever_has_knob - whether @path is the knob of a lever there can be on any machine */
bool lever_has_knob(const char *path);

/** lever_explain - one sentence: what this lever does */
const char *lever_explain(const struct lever *l);

/** lever_title - as sentences name it: "64K anonymous mTHP".  @buf needs LEVER_TITLE bytes */
#define LEVER_TITLE 48
const char *lever_title(const struct lever *l, char *buf);

/** lever_kind_name - "mthp", "shmem_mthp", "linear_map.collapse": what its name begins with */
const char *lever_kind_name(enum lever_kind kind);

#endif
