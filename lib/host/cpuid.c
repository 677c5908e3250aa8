// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#ifdef __x86_64__
#include <cpuid.h>
#endif

#include "host/cpuid.h"
#include "util/file.h"
#include "util/number.h"
#include "util/util.h"

#define HYPERVISOR_FIRST 0x40000000u
#define HYPERVISOR_STEP	 0x100u

struct cpuid {
	char *text; /* NULL: ask the instruction */
};

int cpuid_new(const char *root, struct cpuid **ret)
{
	struct cpuid *c;
	int r = 0;

#ifndef __x86_64__
	if (!*root)
		return -EOPNOTSUPP;
#endif
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	if (*root)
		r = file_read(root, "/cpuid", &c->text, NULL);
	if (r)
		free(c);
	else
		*ret = c;
	return r;
}

void cpuid_free(struct cpuid *c)
{
	if (!c)
		return;
	free(c->text);
	free(c);
}

static int parse_register(const char **p, const char *name, uint32_t *ret)
{
	uint64_t n;

	*p += strspn(*p, " ");
	if (strncmp(*p, name, 4))
		return -EBADMSG;
	*p += 4;
	if (scan_u64(p, 16, &n) || n > UINT32_MAX)
		return -EBADMSG;
	*ret = n;
	return 0;
}

static int parse_registers(const char *p, struct cpuid_regs *ret)
{
	struct cpuid_regs regs;

	if (*p++ != ':' || parse_register(&p, "eax=", &regs.eax) ||
	    parse_register(&p, "ebx=", &regs.ebx) || parse_register(&p, "ecx=", &regs.ecx) ||
	    parse_register(&p, "edx=", &regs.edx))
		return -EBADMSG;
	*ret = regs;
	return 0;
}

int cpuid_parse(const char *text, uint32_t leaf, struct cpuid_regs *ret)
{
	uint64_t n, subleaf;

	for (const char *line = text; *line; line = line_after(line)) {
		const char *p = line;

		if (!scan_u64(&p, 16, &n) && n == leaf && !scan_u64(&p, 16, &subleaf) &&
		    !subleaf)
			return parse_registers(p, ret);
	}
	return -ENOENT;
}

static struct cpuid_regs ask_leaf(const struct cpuid *c, uint32_t leaf)
{
	struct cpuid_regs regs = { 0 };

	if (c->text)
		cpuid_parse(c->text, leaf, &regs);
#ifdef __x86_64__
	else
		__cpuid_count(leaf, 0, regs.eax, regs.ebx, regs.ecx, regs.edx);
#endif
	return regs;
}

/* The first leaf of the range @leaf is in; hypervisors have one of 0x100 leaves. */
static uint32_t range_of(uint32_t leaf)
{
	if (leaf >> 16 == HYPERVISOR_FIRST >> 16)
		return leaf & ~(HYPERVISOR_STEP - 1);
	return leaf & 0xffff0000;
}

/* The first leaf tells the last; KVM did not always (Documentation/virt/kvm/x86/cpuid.rst). */
static uint32_t last_of(const struct cpuid *c, uint32_t range)
{
	uint32_t last = ask_leaf(c, range).eax;

	if (!last && range >> 16 == HYPERVISOR_FIRST >> 16)
		return range + 1;
	return range_of(last) == range ? last : range;
}

struct cpuid_regs cpuid_leaf(const struct cpuid *c, uint32_t leaf)
{
	uint32_t range = range_of(leaf);

	if (leaf != range && leaf > last_of(c, range))
		return (struct cpuid_regs){ 0 };
	return ask_leaf(c, leaf);
}

static void vendor_at(const struct cpuid *c, uint32_t base, char vendor[13])
{
	struct cpuid_regs r = cpuid_leaf(c, base);
	uint32_t words[] = { r.ebx, r.ecx, r.edx };

	memcpy(vendor, words, sizeof(words));
	vendor[sizeof(words)] = '\0';
}

/* The two whose guests look for them behind another's interface: kvm_cpuid_base(),
 * xen_cpuid_base(). */
static bool is_looked_for(const char *vendor)
{
	return !strcmp(vendor, "KVMKVMKVM") || !strcmp(vendor, "XenVMMXenVMM");
}

bool cpuid_hypervisor(const struct cpuid *c, struct cpuid_hypervisor *ret)
{
	struct cpuid_hypervisor first = { .base = HYPERVISOR_FIRST };
	struct cpuid_hypervisor second = { .base = HYPERVISOR_FIRST + HYPERVISOR_STEP };

	if (!(cpuid_leaf(c, 1).ecx >> 31))
		return false;
	vendor_at(c, first.base, first.vendor);
	vendor_at(c, second.base, second.vendor);
	*ret = is_looked_for(second.vendor) ? second : first;
	return true;
}

bool cpuid_invlpgb(const struct cpuid *c)
{
	return cpuid_leaf(c, 0x80000008).ebx >> 3 & 1;
}

bool cpuid_hyperv_flush(const struct cpuid *c)
{
	struct cpuid_hypervisor h;

	return cpuid_hypervisor(c, &h) && !strcmp(h.vendor, "Microsoft Hv") &&
	       cpuid_leaf(c, h.base + 4).eax >> 2 & 1;
}

bool cpuid_kvm_flush(const struct cpuid *c)
{
	struct cpuid_hypervisor h;
	struct cpuid_regs features;

	if (!cpuid_hypervisor(c, &h) || strcmp(h.vendor, "KVMKVMKVM"))
		return false;
	features = cpuid_leaf(c, h.base + 1);
	return features.eax >> 9 & 1 && features.eax >> 5 & 1 && !(features.edx & 1) &&
	       !(cpuid_leaf(c, 1).ecx >> 3 & 1);
}
