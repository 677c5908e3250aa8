// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "host/cpuid.h"
#include "host/kernel_names.h"
#include "host/virt.h"
#include "tlbflush/untraced.h"
#include "util/cpulist.h"
#include "util/file.h"
#include "util/util.h"

enum bypass { BYPASS_HYPERV, BYPASS_XEN, BYPASS_BROADCAST, BYPASS_KVM, BYPASS_MAX };

/*
 * Where each leaves the kernel's own way: arch/x86/hyperv/mmu.c, hyperv_setup_mmu_ops();
 * arch/x86/xen/mmu_pv.c; arch/x86/mm/tlb.c, broadcast_tlb_flush() (Linux 6.15);
 * arch/x86/kernel/kvm.c, kvm_flush_tlb_multi().
 */
static const struct untraced bypasses[BYPASS_MAX] = {
	[BYPASS_HYPERV] = { "other CPUs are flushed by calls to Hyper-V, which fire another "
			    "tracepoint and are not counted",
			    true },
	[BYPASS_XEN] = { "other CPUs are flushed by calls to Xen, which fire another "
			 "tracepoint and are not counted",
			 true },
	[BYPASS_BROADCAST] = { "processes on many CPUs are flushed by INVLPGB, which fires no "
			       "tracepoint and is not counted",
			       false },
	[BYPASS_KVM] = { "CPUs of this guest that are not running are flushed by KVM when they "
			 "run again, which is not counted",
			 false },
};

static bool is_xen_pv(const struct host *h)
{
	_cleanup_free_ char *type = NULL;

	return !file_read_line(h->root, "/sys/hypervisor/guest_type", &type) &&
	       !strcmp(type, "PV");
}

/* Without CPUID to ask: a guest of Hyper-V. */
static bool is_on_hyperv(const struct host *h)
{
	char name[32];

	return !virt_detect(h->root, name, sizeof(name)) && !strcmp(name, "microsoft");
}

/* Then no CPU flushes another. */
static bool has_one_cpu(const struct host *h)
{
	struct cpulist possible;

	return !cpulist_read(h->root, "/sys/devices/system/cpu/possible", &possible) &&
	       cpulist_count(&possible) == 1;
}

static enum bypass find_bypass(struct host *h)
{
	_cleanup_(cpuid_free_p) struct cpuid *c = NULL;

	if (has_one_cpu(h))
		return BYPASS_MAX;
	if (is_xen_pv(h))
		return BYPASS_XEN;
	if (cpuid_new(h->root, &c))
		return is_on_hyperv(h) ? BYPASS_HYPERV : BYPASS_MAX;
	if (cpuid_hyperv_flush(c))
		return BYPASS_HYPERV;
	if (cpuid_invlpgb(c) && kernel_has_member(h, TYPE_MM_CONTEXT, MEMBER_GLOBAL_ASID))
		return BYPASS_BROADCAST;
	return cpuid_kvm_flush(c) ? BYPASS_KVM : BYPASS_MAX;
}

bool untraced_flushes(struct host *h, struct untraced *ret)
{
	enum bypass found = find_bypass(h);

	if (found == BYPASS_MAX)
		return false;
	*ret = bypasses[found];
	return true;
}
