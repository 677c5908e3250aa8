/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory.h - what the policy knows of a lever and must not forget when pgtopd ends (pure)
 *
 * All of it is one record: written as it is, read back as it was.  What a trial under way has
 * seen so far is not part of it; a trial that is cut off is lost.
 */
#ifndef PGTOPD_MEMORY_H
#define PGTOPD_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/observation.h"
#include "policy/plan.h"
#include "policy/stats.h"

/* What a trial has proven, and may be written again without another one. */
struct proven {
	char value[LEVER_VALUE];    /* "": nothing */
	char original[LEVER_VALUE]; /* what the knob held, and must hold again */
	uint64_t setting; /* policy_setting() of the configuration it was proven with */
};

/* The knob is somebody else's. */
struct yield {
	char word[LEVER_VALUE];	  /* what they wrote; "": not known */
	char before[LEVER_VALUE]; /* what it held without anybody's word; "": not known */
	uint64_t since;		  /* when they last wrote */
	unsigned int old;	  /* 1: that was before the machine was booted */
};

struct lever_memory {
	char lever[LEVER_NAME];
	enum lever_state state; /* IDLE, KEPT, COOLDOWN, YIELDED or HELD */
	unsigned int failures;	/* the cool-down doubles with each */
	unsigned int suspected; /* guards of the machine that took it back soon, in a row */
	unsigned int tests;	/* trials that came to a verdict */
	unsigned int pooled;	/* how many of them the evidence rests on */
	struct pooled evidence;
	unsigned int scale;	  /* how many times longer the next trial is; 0: 1 */
	unsigned int settled;	  /* windows it took to take effect */
	unsigned int stood;	  /* comparisons it has passed since it was kept */
	unsigned int doubted;	  /* 1: the last one could not tell its effect from chance */
	enum objective objective; /* of the evidence; kept: what it was kept for */
	uint64_t jitter;	  /* spreads what recurs */
	uint64_t since;		  /* kept: since when, or last compared; CLOCK_REALTIME, ns */
	uint64_t stamp, until;	  /* when the cool-down began, and its end; likewise */
	uint64_t decision;	  /* the last one about it */
	struct yield yield;
	struct proven proven;
};

struct policy;
struct policy_config;

/** policy_remember - what is to be kept of lever number @i */
void policy_remember(const struct policy *p, size_t i, struct lever_memory *ret);

/**
 * policy_recall - take lever @m->lever up as an earlier run left it
 * @same_boot: it ran since the machine was booted; else nothing proven is taken up, and what
 *	       somebody else wrote counts only if they write it again
 *
 * After policy_history(), before the first window.  Where the history goes on behind
 * @m->decision the memory is old, and is left alone.  What was proven is written again in the
 * first window in which the knob holds the original and no guard speaks against it.
 * Returns 0, -ENOENT (no such lever) or -ESTALE (old).
 */
int policy_recall(struct policy *p, const struct lever_memory *m, bool same_boot);

/** policy_setting - a sum of the keys of @c that a proof rests on */
uint64_t policy_setting(const struct policy_config *c);

/** lever_memory_equal - whether both say the same */
bool lever_memory_equal(const struct lever_memory *a, const struct lever_memory *b);

#endif
