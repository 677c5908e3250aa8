/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * opener.h - what pgtopd and pgtop-opener say to each other
 *
 * Debian's and Ubuntu's kernels let CAP_SYS_ADMIN alone use perf_event_open()
 * (host/perf_access.h). pgtopd does not have it; pgtop-opener has, and opens counters and
 * kprobes for it.  It takes numbers of a fixed size and nothing else: no path, no text, no
 * configuration.
 *
 * A connection is a SOCK_SEQPACKET socket at OPENER_SOCKET.  systemd starts a pgtop-opener for
 * each; it ends with the connection.  Each request gets one answer, with the descriptors
 * (SCM_RIGHTS) that were opened.  What was passed stays open however the opener ends.
 *
 *   OPENER_HELLO    nothing is opened
 *   OPENER_COUNT    n events as one group on `cpu`, for all processes; it is not yet enabled
 *   OPENER_KPROBE   a kprobe on function `function` of OPENER_FUNCTIONS, at its entry or, if
 *                   `mode` is OPENER_RETURN, its return; `cpu` is any that is online
 *
 * Only events that count in the cores' own PMUs, and software events, are opened; none that
 * samples.  On a kernel without the patch CAP_PERFMON may do as much, and more.
 */
#ifndef PGTOP_OPENER_H
#define PGTOP_OPENER_H

#include <linux/types.h>

#define OPENER_SOCKET  "/run/pgtop-opener.socket"
#define OPENER_VERSION 1
#define OPENER_EVENTS  8 /* most of one group */

enum opener_operation { OPENER_HELLO, OPENER_COUNT, OPENER_KPROBE };
/* What is counted: user or kernel mode; where a kprobe is. */
enum opener_mode { OPENER_USER, OPENER_KERNEL };
enum opener_place { OPENER_ENTRY, OPENER_RETURN };

struct opener_event {
	__u64 type; /* as in perf_event_attr */
	__u64 config[3];
};

struct opener_request {
	__u32 version;
	__u32 operation;
	__u32 mode;
	__u32 cpu;
	__u32 n;
	__u32 function;
	struct opener_event event[OPENER_EVENTS]; /* those from n on are zero */
};

struct opener_answer {
	__u32 version;
	__s32 error;  /* 0, or a negative errno of the kernel; -EBADMSG: not to be had here */
	__u32 failed; /* the event that could not be opened */
	__u32 n;      /* descriptors that come with it */
};

_Static_assert(sizeof(struct opener_event) == 32, "struct opener_event");
_Static_assert(sizeof(struct opener_request) == 24 + 32 * OPENER_EVENTS,
	       "struct opener_request");
_Static_assert(sizeof(struct opener_answer) == 16, "struct opener_answer");

/* In this order for ever; new ones come last. */
#define OPENER_FUNCTIONS(F)                                                                   \
	F(contpte_convert)                                                                    \
	F(contpte_set_ptes)                                                                   \
	F(__contpte_try_fold)                                                                 \
	F(tlb_finish_mmu)                                                                     \
	F(ptep_clear_flush)                                                                   \
	F(try_to_unmap_flush)                                                                 \
	F(__purge_vmap_area_lazy)                                                             \
	F(split_kernel_leaf_mapping_locked)                                                   \
	F(__ptep_set_access_flags)                                                            \
	F(__ptep_set_access_flags_anysz)                                                      \
	F(ptep_set_access_flags)

#endif
