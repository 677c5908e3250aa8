/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perf_access.h - who may use perf_event_open(), and why the kernel refuses it
 *
 * The checks, in their order:
 *   a seccomp filter, with any errno: EPERM, or ENOSYS as if the call did not exist;
 *   Debian's and Ubuntu's own, EACCES: above kernel.perf_event_paranoid 2 the call is for
 *     CAP_SYS_ADMIN ("security,perf: Allow further restriction of perf_event_open"; some
 *     kernels carry a later form that also takes CAP_PERFMON);
 *   the kernel's, EACCES: events of a whole CPU are for CAP_PERFMON or CAP_SYS_ADMIN above
 *     level 0 (perf_allow_cpu(), include/linux/perf_event.h), kprobes at any level;
 *   a security module, EACCES (SELinux) or EPERM; lockdown, EPERM, for kprobes.
 * Capabilities count in the first user namespace only.
 */
#ifndef PGTOP_PERF_ACCESS_H
#define PGTOP_PERF_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/host.h"

struct perf_access {
	bool have_sysctl; /* /proc/sys/kernel is there */
	bool have_level;
	int level; /* kernel.perf_event_paranoid */
	bool have_caps;
	uint64_t caps;	     /* effective, see util/capability.h */
	bool user_namespace; /* not the first one */
	bool filtered;	     /* a seccomp filter is in force */
	bool locked;	     /* lockdown=confidentiality */
	/* Above level 2, without CAP_SYS_ADMIN: whether the kernel refuses the call
	 * altogether, as it does for an event of our own in user mode. */
	bool all_refused;
	bool opener;	  /* if so: pgtop-opener answers */
	int opener_error; /* or why it does not, see opener_reach() */
	bool root;	  /* user 0, whom it serves */
};

enum perf_use { PERF_USE_COUNT, PERF_USE_KPROBE };

enum perf_refusal {
	PERF_REFUSAL_UNKNOWN,
	PERF_REFUSAL_PERFMON, /* CAP_PERFMON is missing */
	PERF_REFUSAL_ADMIN,   /* CAP_SYS_ADMIN is missing */
	PERF_REFUSAL_OPENER,  /* the same, and pgtop-opener, which has it, is not to be had */
	PERF_REFUSAL_NAMESPACE, /* what is held is held in a user namespace */
	PERF_REFUSAL_FILTER,
	PERF_REFUSAL_LSM,
	PERF_REFUSAL_FILTER_OR_LSM,
	PERF_REFUSAL_LOCKDOWN,
	PERF_REFUSAL_NOT_BUILT, /* no CONFIG_PERF_EVENTS */
	PERF_REFUSALS,
};

/** perf_access_read - what decides on this machine; what cannot be read is left unknown */
void perf_access_read(const struct host *h, struct perf_access *ret);

/** perf_access_allows - whether this process, or pgtop-opener for it, may count on all CPUs
 * (pure)
 */
bool perf_access_allows(const struct perf_access *a);

/**
 * perf_access_judge - which of the checks refused (pure)
 * @err: -EACCES, -EPERM or -ENOSYS
 */
enum perf_refusal perf_access_judge(const struct perf_access *a, enum perf_use use, int err);

/**
 * perf_access_explain - one clause that says which check refused to do @what (pure)
 * @what: "count cycles", "trace tlb_finish_mmu by a kprobe"
 * @remedy: what would help, a static string or NULL; never a capability that is held
 *
 * Returns @buf.
 */
const char *perf_access_explain(const struct perf_access *a, enum perf_use use,
				enum perf_refusal refusal, const char *what, char *buf,
				size_t len, const char **remedy);

/** perf_access_why - read, judge and explain */
const char *perf_access_why(const struct host *h, enum perf_use use, int err, const char *what,
			    char *buf, size_t len, const char **remedy);

#endif
