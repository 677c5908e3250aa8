/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel.bpf.h - the few kernel types pgtop's programs look into
 *
 * Only the members that are used: CO-RE finds them in the running kernel's
 * BTF at load time, so the build needs no vmlinux.h and gives the same
 * object on every build machine.
 */
#ifndef PGTOP_KERNEL_BPF_H
#define PGTOP_KERNEL_BPF_H

#include <linux/bpf.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
typedef _Bool bool;
#define true 1
#define false 0

/* Registers, for kprobes: the layout is user ABI, include/uapi/asm/ptrace.h of each. */
#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi,
		orig_rax, rip, cs, eflags, rsp, ss;
};
/* bpf_tracing.h takes the kernel's short names unless told this is not vmlinux.h */
#define __KERNEL__NAMES__
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	__u64 regs[31], sp, pc, pstate;
};
struct pt_regs;
#endif

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernfs_node {
	u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

typedef struct {
	int counter;
} atomic_t;

struct mm_struct {
	void *pgd;
	struct task_struct *owner;
	atomic_t tlb_flush_pending;
};

struct mmu_gather {
	struct mm_struct *mm;
	unsigned long start, end;
	unsigned int fullmm : 1;
	unsigned int freed_tables : 1;
	unsigned int cleared_ptes : 1;
	unsigned int cleared_pmds : 1;
	unsigned int cleared_puds : 1;
	unsigned int cleared_p4ds : 1;
	unsigned int unshared_tables : 1;
};

struct tlbflush_unmap_batch {
	bool flush_required;
};

struct task_struct {
	int pid, tgid;
	struct task_struct *group_leader;
	struct mm_struct *mm;
	struct css_set *cgroups;
	struct tlbflush_unmap_batch tlb_ubc;
	void *stack;
	struct vm_struct *stack_vm_area;
	char comm[16];
};

struct address_space {
	unsigned long flags;
};

struct file {
	struct address_space *f_mapping;
};

struct vm_area_struct {
	unsigned long vm_start, vm_end;
	struct mm_struct *vm_mm;
	struct file *vm_file;
	unsigned long vm_flags;
};

struct page {
	unsigned long compound_head;
};

/* 7.x */
struct page___info {
	unsigned long compound_info;
};

struct folio {
	struct address_space *mapping;
	unsigned long _flags_1;
	unsigned char _folio_order; /* until 6.5 */
};

struct vm_struct {
	struct page **pages;
	unsigned int nr_pages;
};

/* The same as kernels to come have it; libbpf leaves out what follows the three underscores.
 */
struct vm_area_struct___bitmap {
	struct {
		unsigned long __vma_flags[1];
	} flags;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task_vma {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	struct vm_area_struct *vma;
};

#pragma clang attribute pop

/* Values are looked up in the running kernel: those here are only names. */

/* include/linux/page-flags.h */
enum pageflags {
	PG_head,
};

/* include/linux/pagemap.h; large folios are a bit up to 6.11, then two numbers */
enum mapping_flags {
	AS_LARGE_FOLIO_SUPPORT,
	AS_FOLIO_ORDER_BITS,
	AS_FOLIO_ORDER_MAX,
};

/* x86_64: arch/x86/include/asm/tlbflush.h */
enum tlb_flush_reason {
	TLB_FLUSH_ON_TASK_SWITCH,
	TLB_REMOTE_SHOOTDOWN,
	TLB_LOCAL_SHOOTDOWN,
	TLB_LOCAL_MM_SHOOTDOWN,
	TLB_REMOTE_SEND_IPI,
	TLB_REMOTE_WRONG_CPU, /* since 6.15 */
};

/* include/trace/events/arm64_mm.h of the pgtop kernel series */
enum arm64_tlb_scope {
	ARM64_TLB_SCOPE_MM,
	ARM64_TLB_SCOPE_RANGE,
	ARM64_TLB_SCOPE_PAGE,
	ARM64_TLB_SCOPE_KERNEL,
	ARM64_TLB_SCOPE_ALL,
	ARM64_TLB_SCOPE_PGTABLE,
};

enum arm64_tlb_flags {
	ARM64_TLB_LAST_LEVEL = 1,
	ARM64_TLB_NOSYNC = 2,
	ARM64_TLB_ESCALATED = 4,
};

enum contpte_reason {
	CONTPTE_FOLD_SET,
	CONTPTE_PARTIAL_CLEAR,
	CONTPTE_PARTIAL_GET_CLEAR,
	CONTPTE_PARTIAL_WRPROTECT,
	CONTPTE_SET_ACCESS_FLAGS,
	CONTPTE_API,
};

enum linmap_reason {
	LINMAP_SET_MEMORY,
	LINMAP_SET_VALID,
	LINMAP_SET_DIRECT_MAP,
	LINMAP_KFENCE_POOL,
};

#endif
