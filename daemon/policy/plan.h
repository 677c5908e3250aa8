/* SPDX-License-Identifier: GPL-2.0-only */
/* plan.h - what the policy wants done after a window, and what each lever is doing */
#ifndef PGTOPD_PLAN_H
#define PGTOPD_PLAN_H

#include "policy/decision.h"
#include "policy/lever.h"

enum step_kind {
	STEP_WRITE,   /* write @value; the journal must hold the original first */
	STEP_RESTORE, /* write the original back, if the knob still holds what we wrote */
	STEP_FORGET,  /* the knob is somebody else's now: drop it from the journal */
};

struct step {
	enum step_kind kind;
	size_t lever; /* which of the policy's levers */
	char value[LEVER_VALUE];
	uint64_t decision; /* id of the decision it carries out */
};

/* A guard of the whole machine can take back every lever at once. */
#define PLAN_STEPS     LEVERS_MAX
#define PLAN_DECISIONS (2 * LEVERS_MAX + 4)

struct plan {
	struct step step[PLAN_STEPS];
	size_t nsteps;
	struct decision decision[PLAN_DECISIONS]; /* to be told and kept, in this order */
	size_t ndecisions;
	unsigned int dropped; /* steps and decisions there was no room for */
};

/* What a lever is doing, for status and metrics. */
enum lever_state {
	LEVER_IDLE,
	LEVER_BASELINE,
	LEVER_SETTLE,
	LEVER_MEASURE,
	LEVER_CONFIRM, /* the original is back for a while, to compare */
	LEVER_KEPT,
	LEVER_COOLDOWN,
	LEVER_YIELDED,
	LEVER_HELD,
	LEVER_BLOCKED,
};

struct lever_status {
	const struct lever *lever;
	enum lever_state state;
	const char *why; /* blocked, cooling down, ...: a clause; owned by the policy */
	char value[LEVER_VALUE], original[LEVER_VALUE]; /* "": not ours */
	unsigned int windows, of;			/* progress in the phase */
	uint64_t until_real_ns;				/* cool-down: its end; 0: none */
	uint64_t decision;				/* the last one about it, 0: none */
	uint64_t changed_real_ns;			/* 0: never */
};

#endif
