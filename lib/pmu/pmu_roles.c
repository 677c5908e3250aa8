// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "host/cpuinfo.h"
#include "util/file.h"
#include "host/midr.h"
#include "util/number.h"
#include "pmu/pmu_roles.h"
#include "util/util.h"

static const struct {
	const char *name;
	enum snapshot_field_id field[MODE_MAX];
} roles[ROLE_MAX] = {
	[ROLE_INSTRUCTIONS] = { "instructions",
				{ F_INSTRUCTIONS_USER, F_INSTRUCTIONS_KERNEL } },
	[ROLE_CYCLES] = { "cycles", { F_CYCLES_USER, F_CYCLES_KERNEL } },
	[ROLE_DTLB_WALK] = { "dtlb_walk", { F_DTLB_WALK_USER, F_DTLB_WALK_KERNEL } },
	[ROLE_ITLB_WALK] = { "itlb_walk", { F_ITLB_WALK_USER, F_ITLB_WALK_KERNEL } },
	[ROLE_L1D_REFILL] = { "l1d_refill", { F_L1D_REFILL_USER, F_L1D_REFILL_KERNEL } },
	[ROLE_WALK_CYCLES] = { "walk_cycles", { F_WALK_CYCLES_USER, F_WALK_CYCLES_KERNEL } },
	[ROLE_STALL_TLB] = { "stall_tlb", { F_STALL_TLB_USER, F_STALL_TLB_KERNEL } },
};

const char *pmu_role_name(enum pmu_role role)
{
	return roles[role].name;
}

const char *pmu_mode_name(enum pmu_mode mode)
{
	return mode == MODE_USER ? "user" : "kernel";
}

enum snapshot_field_id pmu_role_field(enum pmu_role role, enum pmu_mode mode)
{
	return roles[role].field[mode];
}

int pmu_mapping_parse(const char *text, enum pmu_role *role, const char **event, char *why,
		      size_t why_len)
{
	size_t len = strcspn(text, "=");

	for (int i = 0; i < ROLE_MAX && text[len]; i++) {
		if (strlen(roles[i].name) != len || memcmp(text, roles[i].name, len))
			continue;
		if (!text[len + 1]) {
			snprintf(why, why_len,
				 "no event is given for the role %s: write %s=EVENT, for "
				 "example %s=minor-faults",
				 roles[i].name, roles[i].name, roles[i].name);
			return -EINVAL;
		}
		*role = i;
		*event = text + len + 1;
		return 0;
	}
	snprintf(why, why_len,
		 "'%.60s' is not ROLE=EVENT with ROLE one of instructions, cycles, dtlb_walk, "
		 "itlb_walk, l1d_refill, walk_cycles, stall_tlb",
		 text);
	return -EINVAL;
}

static void read_x86(const struct host *h, struct pmu_core_id *id)
{
	_cleanup_free_ char *text = NULL;
	char vendor[32];
	uint64_t n;

	if (file_read(h->root, "/proc/cpuinfo", &text, NULL))
		return;
	if (!cpuinfo_field(text, "vendor_id", vendor, sizeof(vendor))) {
		if (!strcmp(vendor, "GenuineIntel"))
			id->vendor = VENDOR_INTEL;
		else if (!strcmp(vendor, "AuthenticAMD") || !strcmp(vendor, "HygonGenuine"))
			id->vendor = VENDOR_AMD;
	}
	if (!cpuinfo_number(text, "cpu family", 0xfff, &n))
		id->family = n;
	if (!cpuinfo_number(text, "model", 0xfff, &n))
		id->model = n;
}

void pmu_core_id_read(const struct host *h, bool pmuv3, unsigned int cpu,
		      struct pmu_core_id *ret)
{
	*ret = (struct pmu_core_id){ 0 };
	if (h->arch == ARCH_ARM64) {
		ret->vendor = pmuv3 ? VENDOR_ARM64 : VENDOR_ARM64_OTHER;
		midr_read(h->root, cpu, &ret->midr);
	} else if (h->arch == ARCH_X86_64) {
		read_x86(h, ret);
	}
}

/* The first row that fits is taken. */
static const struct role_event {
	enum pmu_role role;
	enum pmu_vendor vendor;
	uint32_t midr;		/* arm64: this core type; 0: all */
	unsigned int family;	/* x86: from this family on */
	unsigned int models[4]; /* x86: these, ended by 0; none: all */
	const char *event;
} events[] = {
	{ ROLE_INSTRUCTIONS, VENDOR_ARM64, 0, 0, { 0 }, "inst_retired" },
	{ ROLE_INSTRUCTIONS, VENDOR_ARM64_OTHER, 0, 0, { 0 }, "instructions" },
	{ ROLE_INSTRUCTIONS, VENDOR_INTEL, 0, 6, { 0 }, "instructions" },
	{ ROLE_INSTRUCTIONS, VENDOR_AMD, 0, 0, { 0 }, "instructions" },

	{ ROLE_CYCLES, VENDOR_ARM64, 0, 0, { 0 }, "cpu_cycles" },
	{ ROLE_CYCLES, VENDOR_ARM64_OTHER, 0, 0, { 0 }, "cycles" },
	{ ROLE_CYCLES, VENDOR_INTEL, 0, 6, { 0 }, "cycles" },
	{ ROLE_CYCLES, VENDOR_AMD, 0, 0, { 0 }, "cycles" },

	{ ROLE_DTLB_WALK, VENDOR_ARM64, 0, 0, { 0 }, "dtlb_walk" },
	{ ROLE_DTLB_WALK, VENDOR_INTEL, 0, 6, { 0 }, "dTLB-load-misses+dTLB-store-misses" },
	{ ROLE_DTLB_WALK, VENDOR_AMD, 0, 0, { 0 }, "dTLB-load-misses" },

	{ ROLE_ITLB_WALK, VENDOR_ARM64, 0, 0, { 0 }, "itlb_walk" },
	{ ROLE_ITLB_WALK, VENDOR_INTEL, 0, 6, { 0 }, "iTLB-load-misses" },
	{ ROLE_ITLB_WALK, VENDOR_AMD, 0, 0, { 0 }, "iTLB-load-misses" },

	{ ROLE_L1D_REFILL, VENDOR_ARM64, 0, 0, { 0 }, "l1d_tlb_refill" },
	{ ROLE_L1D_REFILL, VENDOR_AMD, 0, 0x17, { 0 }, "dTLB-loads" },

	/*
	 * arm64 has none: DTLB_WALK_PERCYC and ITLB_WALK_PERCYC add up the walks under way in
	 * each cycle, which may be several.  Intel counts cycles for loads, stores and fetches
	 * apart; they overlap, so loads stand for all of them.
	 */
	/* DTLB_LOAD_MISSES.WALK_ACTIVE: Skylake-SP to Ice Lake-SP */
	{ ROLE_WALK_CYCLES,
	  VENDOR_INTEL,
	  0,
	  6,
	  { 85, 106, 108 },
	  "cpu/event=0x08,umask=0x10,cmask=1/" },
	/* the same: Sapphire and Emerald Rapids */
	{ ROLE_WALK_CYCLES,
	  VENDOR_INTEL,
	  0,
	  6,
	  { 143, 207 },
	  "cpu/event=0x12,umask=0x10,cmask=1/" },

	/* STALL_BACKEND_TLB and STALL_FRONTEND_TLB; AMPERE1 has numbers of its own for them */
	{ ROLE_STALL_TLB, VENDOR_ARM64, MIDR_NEOVERSE_V3, 0, { 0 }, "r8167+r815c" },
	{ ROLE_STALL_TLB, VENDOR_ARM64, MIDR_NEOVERSE_N3, 0, { 0 }, "r8167+r815c" },
	{ ROLE_STALL_TLB, VENDOR_ARM64, MIDR_OLYMPUS, 0, { 0 }, "r8167+r815c" },
	{ ROLE_STALL_TLB, VENDOR_ARM64, MIDR_AMPERE1, 0, { 0 }, "rd20e+rd20c" },
	{ ROLE_STALL_TLB, VENDOR_ARM64, MIDR_AMPERE1A, 0, { 0 }, "r8167+r815c" },
	{ ROLE_STALL_TLB, VENDOR_ARM64, MIDR_CORTEX_A720, 0, { 0 }, "r8167" },
	{ ROLE_STALL_TLB, VENDOR_ARM64, MIDR_CORTEX_A520, 0, { 0 }, "r8167" },
};

static bool pmu_roles_matches(const struct role_event *e, const struct pmu_core_id *id)
{
	if (e->vendor != id->vendor || (e->midr && e->midr != midr_model(id->midr)) ||
	    id->family < e->family)
		return false;
	for (size_t i = 0; e->models[i]; i++) {
		if (e->models[i] == id->model)
			return true;
	}
	return !e->models[0];
}

const char *pmu_role_event(const struct pmu_core_id *id, enum pmu_role role)
{
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		if (events[i].role == role && pmu_roles_matches(&events[i], id))
			return events[i].event;
	}
	return NULL;
}
