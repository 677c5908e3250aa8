/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * count.bpf.h - what every program counts: totals of its CPU, and by place in the kernel
 *
 * Another program can be let in between any two instructions: by an interrupt, and, where
 * programs are preempted (fentry since 5.13, tracepoints since 7.0), by another task on the
 * same CPU.  The kernel leaves out only a program that runs on that CPU already, and counts
 * that.  So counters of one CPU are added to atomically, too; what else is per CPU must hold
 * whatever another program makes of it.
 */
#ifndef PGTOP_COUNT_BPF_H
#define PGTOP_COUNT_BPF_H

#include "compat.bpf.h"
#include "pgtop/abi.h"

/* What a CPU counts for itself: a struct that begins with struct counts; this_cpu(). */
#define TOTALS(counts_type)                                                                   \
	struct {                                                                              \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);                                      \
		__uint(max_entries, 1);                                                       \
		__type(key, u32);                                                             \
		__type(value, counts_type);                                                   \
	} totals SEC(".maps");                                                                \
                                                                                              \
	static __always_inline counts_type *this_cpu(void)                                    \
	{                                                                                     \
		u32 zero = 0;                                                                 \
                                                                                              \
		return bpf_map_lookup_elem(&totals, &zero);                                   \
	}

/* Counts by a key, until user space ends: nothing is deleted. */
#define PLACES(name, map_type, entries, key_type)                                             \
	struct {                                                                              \
		__uint(type, map_type);                                                       \
		__uint(max_entries, entries);                                                 \
		__type(key, key_type);                                                        \
		__type(value, struct place_total);                                            \
	} name SEC(".maps")

static __always_inline void count_add(u64 *n, u64 more)
{
	__sync_fetch_and_add(n, more);
}

/* Add @more to the counts of @key in @map, which PLACES() made. */
static __always_inline void count_in(struct counts *cpu, void *map, const void *key,
				     const struct place_total *more)
{
	struct place_total *t = bpf_map_lookup_elem(map, key);

	if (!t) {
		if (!bpf_map_update_elem(map, key, more, BPF_NOEXIST))
			return;
		/* Full, or another was first. */
		t = bpf_map_lookup_elem(map, key);
	}
	if (!t) {
		count_add(&cpu->places_lost, 1);
		return;
	}
#pragma unroll
	for (int i = 0; i < PLACE_COUNTS; i++) {
		if (more->count[i])
			count_add(&t->count[i], more->count[i]);
	}
}

/* The same by the code at @ip and by what it asked for. */
static __always_inline void count_place(struct counts *cpu, void *map, u64 ip, u32 kind,
					const struct place_total *more)
{
	struct place key = { .ip = ip, .kind = kind };

	count_in(cpu, map, &key, more);
}

#endif
