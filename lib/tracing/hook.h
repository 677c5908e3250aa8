/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hook.h - places in the kernel where a BPF program can be attached, and by what means
 *
 * A hook counts one thing; it lists the programs that can do it, the most
 * wanted first.  What this kernel lacks disables one hook, never the object.
 */
#ifndef PGTOP_HOOK_H
#define PGTOP_HOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "host/host.h"
#include "snapshot/source.h"

struct bpf_link;
struct bpf_object;
struct btf;

enum hook_means { HOOK_TRACEPOINT, HOOK_FENTRY, HOOK_FEXIT, HOOK_KPROBE, HOOK_KRETPROBE };

struct hook_way {
	const char *program; /* in the object; NULL: no further way */
	enum hook_means means;
	const char *target; /* tracepoint or function, as pgtop knows it */
};

#define HOOK_WAYS 3

struct hook {
	struct hook_way ways[HOOK_WAYS];
	const struct hook_way *chosen; /* NULL: none is left, see why */
	struct bpf_link *link;	       /* attached */
	char via[96];		       /* "fentry contpte_convert" */
	char why[224];		       /* not attached: a clause */
};

/**
 * hooks_choose - choose a way for each hook
 *
 * To be called between opening and loading @obj: selects the programs to load and what they
 * attach to, with @h's renamed symbols and @o's preference in view.  A function the compiler
 * changed (.isra, .part, .constprop) is not traced: its arguments are not what they were.
 * Returns 0 (also when no hook found a way), -ENOMEM, or the errno of reading the BTF.
 */
int hooks_choose(struct host *h, const struct source_options *o, struct bpf_object *obj,
		 struct hook *hooks, size_t n);

/**
 * hooks_attach - attach each hook for itself, the last one first
 *
 * Programs on one function run in the reverse order of attaching, so that they run in the
 * order of @hooks at its entry.  Returns how many are attached.
 */
size_t hooks_attach(struct bpf_object *obj, struct hook *hooks, size_t n);

/** hooks_detach - detach all; those never attached are accepted */
void hooks_detach(struct hook *hooks, size_t n);

/** btf_has_tracepoint - whether the kernel of @btf has the tracepoint @name, for tp_btf */
bool btf_has_tracepoint(const struct btf *btf, const char *name);

/** hook_means_name - "tp_btf", "fentry", "fexit", "kprobe", "kretprobe" */
const char *hook_means_name(enum hook_means means);

#endif
