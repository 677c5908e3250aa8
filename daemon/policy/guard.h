/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guard.h - what forbids a change, or takes one back at once (pure)
 *
 * A guard compares one reading of a window with one limit of the configuration.  A reading
 * that is not known breaches nothing; a guard that is essential must be known before anything
 * is changed, the others are told as missing.
 */
#ifndef PGTOPD_GUARD_H
#define PGTOPD_GUARD_H

#include "policy/observation.h"
#include "policy/policy_config.h"

enum guard_id {
	GUARD_PSI_FULL,
	GUARD_AVAILABLE,
	GUARD_SWAP_OUT,
	GUARD_COMPACTION,
	GUARD_UNFOLDS,
	GUARD_FALLBACK,
	GUARD_BLOAT,
	GUARD_PMU,
	GUARDS,
};

enum guard_scope {
	GUARD_MACHINE, /* concerns whatever is changed */
	GUARD_LEVER,   /* concerns the lever whose reading it is */
	GUARD_TRIAL,   /* concerns what is measured now */
};

/*
 * Memory that a lever's folios brought beyond what is touched.
 *
 * With base pages a fault brings exactly the page that is touched: AnonPages as the baseline
 * shows it, continued with its growth per CPU-second, is the memory the load touches.  What
 * exceeds that, as far as folios of the lever's size were handed out since, is called bloat.
 */
struct bloat {
	bool known;
	double base;	  /* AnonPages when the prediction began */
	double predicted; /* now */
	double growth;	  /* bytes per CPU-second */
	double noise;	  /* standard deviation about the prediction */
	double brought;	  /* bytes of folios handed out since, and of collapses */
	double slow;	  /* a kept lever: a prediction that follows in a day */
	double collapsed; /* bytes of collapses, likewise */
	double last;	  /* AnonPages of the last window; 0: none was seen */
	bool follows; /* a kept lever: the prediction follows slowly, the load may change */
	struct reading excess; /* share of base, after bloat_step() */
	double limit;	       /* share of base */
};

/**
 * bloat_begin - predict from the baseline's @n levels of AnonPages
 * @busy: mean CPU-seconds per window of the baseline
 */
void bloat_begin(struct bloat *b, const double *anon, size_t n, double busy);
/**
 * bloat_keep - from now on the prediction follows AnonPages with a time constant of an hour
 *
 * What khugepaged collapses is slower than that: there it is a day.
 */
void bloat_keep(struct bloat *b);
/** bloat_adopt - begin to follow from @anon_bytes, nothing else being known */
void bloat_adopt(struct bloat *b, double anon_bytes);
/** bloat_step - one more window with the lever's value in place */
void bloat_step(struct bloat *b, const struct policy_config *c, const struct observation *o,
		const struct lever_observation *l, uint64_t size);

/* What guards look at. */
struct guard_input {
	const struct policy_config *c;
	const struct observation *o;
	const struct lever_observation *lever; /* NULL: none */
	const struct bloat *bloat;	       /* NULL: none */
	bool pmu;			       /* the objective needs the PMU */
};

struct breach {
	enum guard_id guard;
	double value, limit;
};

/** guard_breached - the first guard of @scope that is breached; false: none is */
bool guard_breached(enum guard_scope scope, const struct guard_input *in, struct breach *ret);

/** guard_missing - the first essential guard of the machine that cannot be judged; -1: none */
int guard_missing(const struct guard_input *in);

/**
 * guard_lacks - why guard @g of the machine has no reading
 *
 * NULL: it has one, or it is no guard of the machine.
 */
const char *guard_lacks(enum guard_id g, const struct observation *o);

/** guard_name - "psi_full", ... as in decisions */
const char *guard_name(enum guard_id g);
/** guard_named - Returns GUARDS if there is none of that name */
enum guard_id guard_named(const char *name);
/** guard_is_of_lever - whether a breach speaks against the lever whose reading it is */
bool guard_is_of_lever(enum guard_id g);
/** guard_is_of_machine - whether a breach may be anybody's doing */
bool guard_is_of_machine(enum guard_id g);
/** guard_clause - why it forbids, without numbers: "memory pressure: all tasks wait ..." */
const char *guard_clause(enum guard_id g);
/** guard_explain - a clause with its numbers */
const char *guard_explain(const struct breach *b, char *buf, size_t len);

#endif
