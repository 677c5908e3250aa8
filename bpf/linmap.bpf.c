// SPDX-License-Identifier: GPL-2.0-only
/*
 * linmap.bpf.c - leaves of the linear map that are split (arm64, pgtop kernel series)
 *
 * arm64_mm:linmap_split tells of each leaf or contiguous group once it was replaced by smaller
 * ones, or, with an error, that there was no memory for the page table and it was not.
 */
#include "count.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* What a leaf of each kind maps; 0: this machine has none. */
const volatile __u64 kind_bytes[SPLIT_OTHER] = {};

/* The process that loaded this, in its pid namespace, and that; 0: not known. */
const volatile __u32 own_tgid = 0;
const volatile __u64 own_dev = 0, own_ino = 0;

TOTALS(struct split_cpu);
PLACES(places, BPF_MAP_TYPE_HASH, SPLIT_PLACES, struct place);

static __always_inline bool is_own(void)
{
	struct bpf_pidns_info now;

	return own_tgid && !bpf_get_ns_current_pid_tgid(own_dev, own_ino, &now, sizeof(now)) &&
	       now.tgid == own_tgid;
}

static __always_inline u32 linmap_kind_of(u64 size)
{
	for (u32 k = 0; k < SPLIT_OTHER; k++) {
		if (size && size == kind_bytes[k])
			return k;
	}
	return SPLIT_OTHER;
}

static __always_inline u32 linmap_reason_of(u32 reason)
{
	TRANSLATE(reason, enum linmap_reason, LINMAP_SET_MEMORY, SPLIT_SET_MEMORY);
	TRANSLATE(reason, enum linmap_reason, LINMAP_SET_VALID, SPLIT_SET_VALID);
	TRANSLATE(reason, enum linmap_reason, LINMAP_SET_DIRECT_MAP, SPLIT_SET_DIRECT_MAP);
	TRANSLATE(reason, enum linmap_reason, LINMAP_KFENCE_POOL, SPLIT_KFENCE_POOL);
	return SPLIT_UNKNOWN;
}

SEC("tp_btf")
int BPF_PROG(split_tp, unsigned long addr, unsigned long size_from, unsigned long size_to,
	     unsigned int level, unsigned int reason, int err, unsigned long ip)
{
	u64 own = !err && is_own();
	const struct place_total one = { { !err, own, !!err } };
	struct split_cpu *cpu = this_cpu();
	u32 kind = linmap_kind_of(size_from);

	if (!cpu || kind >= SPLIT_KINDS)
		return 0;
	count_add(&cpu->kind[kind].splits, !err);
	count_add(&cpu->kind[kind].own, own);
	count_add(&cpu->kind[kind].failed, !!err);
	count_place(&cpu->c, &places, ip, linmap_reason_of(reason), &one);
	return 0;
}
