// SPDX-License-Identifier: GPL-2.0-only
/*
 * linmap.bpf.c - leaves of the linear map that are split (arm64, pgtop kernel series)
 *
 * arm64_mm:linmap_split tells of each leaf or contiguous group once it was replaced by smaller
 * ones, or, with an error, that there was no memory for the page table and it was not.
 */
#include "compat.bpf.h"
#include "pgtop/abi.h"

char LICENSE[] SEC("license") = "GPL";

/* What a leaf of each kind maps; 0: this machine has none. */
const volatile __u64 kind_bytes[SPLIT_OTHER] = {};

/* The process that loaded this, in the initial pid namespace; 0: not known yet. */
__u32 own_tgid = 0;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct split_cpu);
} split_cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SPLIT_PLACES);
	__type(key, struct split_place);
	__type(value, struct split_total);
} split_places SEC(".maps");

static __always_inline u32 tgid_now(void)
{
	return bpf_get_current_pid_tgid() >> 32;
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
	if (is_enum_value(reason, enum linmap_reason, LINMAP_SET_MEMORY))
		return SPLIT_SET_MEMORY;
	if (is_enum_value(reason, enum linmap_reason, LINMAP_SET_VALID))
		return SPLIT_SET_VALID;
	if (is_enum_value(reason, enum linmap_reason, LINMAP_SET_DIRECT_MAP))
		return SPLIT_SET_DIRECT_MAP;
	if (is_enum_value(reason, enum linmap_reason, LINMAP_KFENCE_POOL))
		return SPLIT_KFENCE_POOL;
	return SPLIT_UNKNOWN;
}

static __always_inline void linmap_count_place(struct split_cpu *cpu, u64 ip, u32 reason,
					       const struct split_total *one)
{
	struct split_place key = { .ip = ip, .reason = reason };
	struct split_total *t = bpf_map_lookup_elem(&split_places, &key);

	if (!t) {
		if (!bpf_map_update_elem(&split_places, &key, one, BPF_NOEXIST))
			return;
		/* Full, or another CPU was first. */
		t = bpf_map_lookup_elem(&split_places, &key);
	}
	if (!t) {
		cpu->places_lost++;
		return;
	}
	__sync_fetch_and_add(&t->splits, one->splits);
	__sync_fetch_and_add(&t->own, one->own);
	__sync_fetch_and_add(&t->failed, one->failed);
}

SEC("tp_btf/linmap_split")
int BPF_PROG(split_tp, unsigned long addr, unsigned long size_from, unsigned long size_to,
	     unsigned int level, unsigned int reason, int err, unsigned long ip)
{
	struct split_total one = { .splits = !err, .failed = !!err };
	u32 zero = 0, kind = linmap_kind_of(size_from);
	struct split_cpu *cpu = bpf_map_lookup_elem(&split_cpus, &zero);

	if (!cpu || kind >= SPLIT_KINDS)
		return 0;
	one.own = !err && own_tgid && tgid_now() == own_tgid;
	cpu->kind[kind].splits += one.splits;
	cpu->kind[kind].own += one.own;
	cpu->kind[kind].failed += one.failed;
	linmap_count_place(cpu, ip, linmap_reason_of(reason), &one);
	return 0;
}

/* Run once by the loader: only the kernel knows its id in the initial pid namespace. */
SEC("syscall")
int learn_self(void *ctx)
{
	own_tgid = tgid_now();
	return 0;
}
