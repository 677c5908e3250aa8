/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * probe.h - what can be measured and moved here, by what means, and if not, why
 *
 * Each source adds its own rows when it is opened, the levers and facts are
 * added by probe_machine().  `pgtop doctor` prints the list.
 */
#ifndef PGTOP_PROBE_H
#define PGTOP_PROBE_H

#include <stddef.h>

#include "snapshot/snapshot.h"

enum probe_kind { PROBE_MEASUREMENT, PROBE_LEVER, PROBE_FACT };
enum probe_state { PROBE_OK, PROBE_DEGRADED, PROBE_UNAVAILABLE };

struct probe_row {
	enum probe_kind kind;
	enum probe_state state;
	char *name;   /* "contpte.unfolds", "tlb.flushes", "lever.mthp.65536" */
	char *via;    /* "fentry contpte_convert"; NULL when unavailable */
	char *why;    /* what is missing or partial, a clause; NULL when ok */
	char *remedy; /* what to do about it, in the imperative; NULL: nothing */
};

struct probe {
	struct probe_row *rows;
	size_t n;
	int error; /* sticky -ENOMEM: rows were lost */
};

/** probe_new - an empty list, NULL without memory */
struct probe *probe_new(void);
/** probe_free - NULL is accepted */
void probe_free(struct probe *p);

/**
 * probe_add - add a row; a row of the same name is replaced
 *
 * Strings are copied; @via, @why and @remedy may be NULL.  @p may be NULL (no one asks).
 */
void probe_add(struct probe *p, enum probe_kind kind, const char *name, enum probe_state state,
	       const char *via, const char *why, const char *remedy);

/**
 * probe_add_fields - add a measurement whose state follows from @n fields that were read
 *
 * All known: ok; some: degraded; none: unavailable.  The reason is that of the first unknown.
 */
void probe_add_fields(struct probe *p, const char *name, const struct snapshot *s,
		      const enum snapshot_field_id *ids, size_t n, const char *via,
		      const char *remedy);

/** probe_find - the row called @name, or NULL */
const struct probe_row *probe_find(const struct probe *p, const char *name);

/** probe_state_name - "ok", "degraded", "unavailable" */
const char *probe_state_name(enum probe_state state);
/** probe_kind_name - "measurement", "lever", "fact" */
const char *probe_kind_name(enum probe_kind kind);

#endif
