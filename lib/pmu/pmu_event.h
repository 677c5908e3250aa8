/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pmu_event.h - from the name of an event to what perf_event_open() takes
 *
 * An event is written as perf writes it:
 *
 *   minor-faults		software event, or a generic hardware or cache event
 *   dtlb_walk			a file under events/ of the core's PMU
 *   r34			raw number (hexadecimal) for the core's PMU
 *   PMU/event=0x34,long/	a PMU and terms: config=, config1=, config2=, names from its
 *				format/, or one event from its events/
 *
 * Sources: include/uapi/linux/perf_event.h, Documentation/ABI/testing/
 * sysfs-bus-event_source-devices-{events,format}.
 */
#ifndef PGTOP_PMU_EVENT_H
#define PGTOP_PMU_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pmu/pmu_device.h"

#define PMU_EVENT_BYTES 128

struct pmu_event {
	char name[PMU_EVENT_BYTES];
	uint32_t type;	    /* perf_event_attr.type */
	uint64_t config[3]; /* perf_event_attr.config, config1, config2 */
	bool unsplit;	    /* a clock: runs on in user and kernel mode alike */
};

/** pmu_event_is_software - counted by the kernel, not by a PMU: needs no counter, no self-test
 */
static inline bool pmu_event_is_software(const struct pmu_event *e)
{
	return e->type == 1; /* PERF_TYPE_SOFTWARE */
}

/**
 * pmu_via_has_software - whether a "via" such as "perf r34, minor-faults+r35" names a software
 * event
 *
 * Such an event stands in for one of a PMU: what it counts is not what the field is called.
 */
bool pmu_via_has_software(const char *via);

/** pmu_event_len - the length of the first event in "EVENT+EVENT"; a '+' between slashes
 * belongs to a term */
size_t pmu_event_len(const char *text);

/* Where the bits of a term go: "config1:0-7,32-39" */
struct pmu_format {
	unsigned int word; /* 0 config, 1 config1, 2 config2 */
	uint64_t bits;	   /* a value fills these, lowest first */
};

/**
 * pmu_format_parse - parse a file of format/
 *
 * Returns 0, or -EINVAL (not a format, or a word this program does not know); @ret is
 * untouched.
 */
int pmu_format_parse(const char *text, struct pmu_format *ret);

/** pmu_format_apply - put @value into @config; -ERANGE if it does not fit its bits */
int pmu_format_apply(const struct pmu_format *f, uint64_t value, uint64_t config[3]);

/* Finds the format of a term, or the terms of a named event; both NULL: there are none. */
struct pmu_terms_lookup {
	int (*format)(void *arg, const char *term, size_t len, struct pmu_format *ret);
	/* @ret: owned by the caller; -ENOENT if there is no such event */
	int (*event)(void *arg, const char *name, size_t len, char **ret);
	void *arg;
};

/**
 * pmu_terms_parse - parse "event=0x34,umask=1" into @config
 *
 * @bad: the term that could not be used, a pointer into @text, with its length; on failure
 * only. Returns 0, -EINVAL, -ERANGE, -ENOENT (the PMU has no such term), -ENOMEM.
 */
int pmu_terms_parse(const char *text, size_t len, const struct pmu_terms_lookup *l,
		    uint64_t config[3], const char **bad, size_t *bad_len);

/**
 * pmu_event_parse - the event called @text (@len bytes) on cores that have the PMU @core
 *
 * @why: receives a clause that names the event on failure.
 * Returns 0; -EINVAL: not an event; -ENOENT: an event these cores do not have (on a PMUv3
 * also a raw number the core does not list, see pmu_arm64_common()); -ENOMEM.
 */
int pmu_event_parse(const struct host *h, const struct pmu_device *core, const char *text,
		    size_t len, struct pmu_event *ret, char *why, size_t why_len);

#endif
