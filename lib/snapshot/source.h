/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * source.h - what fills one part of a snapshot
 *
 * A source is one subject (contpte, TLB flushes, mTHP, ...).  Opening it finds
 * out what this kernel offers and says so in the probe; reading it fills its
 * part of a snapshot, with the reason where a number cannot be had.  A source
 * that cannot start disables its own rows only.
 */
#ifndef PGTOP_SOURCE_H
#define PGTOP_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/host.h"
#include "snapshot/probe.h"
#include "snapshot/snapshot.h"

struct source_options {
	const pid_t *pids;	     /* only these; outlive the sources */
	size_t npids;		     /* 0: all processes */
	const char *cgroup;	     /* NULL: all; else of cgroup_resolve() */
	unsigned int walk_processes; /* walk so many of the largest processes */
	/* Forget ended processes when more have counts; 0: only when there is no room.  What
	   they counted stays in their cgroups' sums. */
	unsigned int process_rows;
	/* Where a cgroup is gone, that sum goes, too: after one reading, and not before so
	   many nanoseconds.  For those who compare readings with others' between them. */
	uint64_t gone_ns;
	const char *const *roles; /* "ROLE=EVENT" strings, NULL-terminated; may be NULL */
	bool prefer_fentry;	  /* use fentry even where arm64_mm tracepoints exist */
	bool prefer_kprobe;	  /* use kprobes even where fentry works */
};

struct source_class {
	const char *name;
	/**
	 * open - find out what can be measured, start to count
	 *
	 * Adds its rows to @p, which outlives the source: reading may replace them when what
	 * can be measured has changed.  Returns 0 with @ret (freed by close) or -ENOMEM.  What
	 * the kernel lacks is no error: it is remembered and told by read().
	 */
	int (*open)(struct host *h, const struct source_options *o, struct probe *p,
		    void **ret);
	/** read - fill this source's part of @s.  Returns 0 or -ENOMEM. */
	int (*read)(void *source, struct snapshot *s);
	/**
	 * cost - tell what its BPF programs cost so far; NULL: it has none
	 *
	 * Asked in each reading, also one that leaves the source out.
	 */
	void (*cost)(const void *source, struct snapshot *s);
	/** close - stop counting, free; NULL is accepted */
	void (*close)(void *source);
};

#endif
