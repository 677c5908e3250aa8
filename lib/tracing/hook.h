/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hook.h - a place in the kernel where a BPF program can be attached, and by what means
 *
 * A hook counts one thing; it lists the programs that can do it, the most wanted first.  A way
 * that this kernel lacks, or whose program it refuses, leads to the next; that there is none
 * left disables one hook, never the object.
 */
#ifndef PGTOP_HOOK_H
#define PGTOP_HOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "host/host.h"
#include "host/kernel_names.h"
#include "snapshot/source.h"

struct bpf_link;
struct bpf_object;

enum hook_means {
	HOOK_EVENT,	 /* tracepoint of the pgtop kernel series */
	HOOK_TRACEPOINT, /* of all kernels: tried, not looked for */
	HOOK_FENTRY,
	HOOK_FEXIT,
	HOOK_RAW_TRACEPOINT,
	HOOK_KPROBE,
	HOOK_KRETPROBE,
};

struct hook_way {
	const char *program; /* in the object; NULL: no further way */
	enum hook_means means;
	enum kernel_name target; /* tracepoint or function */
};

#define HOOK_WAYS 3

struct hook {
	const struct hook_way *ways; /* HOOK_WAYS of them */
	size_t refused;		     /* so many of them are out of the question */
	const struct hook_way *way;  /* chosen; NULL: none is left, see why */
	const char *target;	     /* what this kernel calls it */
	struct bpf_link *link;	     /* attached */
	char via[96];		     /* "fentry contpte_convert" */
	bool loaded;		     /* attaching it was tried */
	char why[320];		     /* not attached: a clause */
};

/**
 * hook_choose - find the first way of @hook that is not refused and open on @h
 *
 * @o: the user's preference.  @remedy: set where something helps.  A function the compiler
 * changed (.isra, .part, .constprop) is not traced: its arguments are not what they were.
 */
void hook_choose(struct host *h, const struct source_options *o, struct hook *hook,
		 const char **remedy);

/** hook_select - have @obj, which is not loaded yet, load the program of @hook's way */
int hook_select(struct bpf_object *obj, const struct hook *hook);

/**
 * hook_attach - attach it; @obj is loaded
 *
 * A kprobe that the kernel does not let this process open is asked of @h's opener, which is
 * left connected (opener_rest()).  Returns 0 or a negative errno.
 */
int hook_attach(const struct host *h, struct bpf_object *obj, struct hook *hook);

/**
 * hook_refuse - the kernel refuses @hook's way with the error @r: do not choose it again
 *
 * @remedy: the same.  Returns whether another way is left to be tried.
 */
bool hook_refuse(const struct host *h, struct hook *hook, int r, const char **remedy);

/** hook_detach - one that was never attached is accepted */
void hook_detach(struct hook *hook);

#endif
