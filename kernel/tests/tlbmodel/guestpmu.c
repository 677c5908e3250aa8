// SPDX-License-Identifier: GPL-2.0-only
#include "guestpmu.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/* PMEVCNTRn_EL0 and PMEVTYPERn_EL0 are S3_3_C14_Cm_op2, n in the low bits of Cm and in op2. */
#define REGISTER_MASK 0xfffffc00u
#define MRS_PMEVCNTR  0xd53be800u
#define MSR_PMEVTYPER 0xd51bec00u

/* QEMU asks without a context. */
static struct {
	guestpmu_count_fn count;
	struct told told;
} guestpmu;

static uint64_t answer_qemu(unsigned int cpu, unsigned int event)
{
	return guestpmu.count(event, true, true);
}

bool guestpmu_attach(guestpmu_count_fn count)
{
	uint64_t (**hook)(unsigned int cpu, unsigned int event);
	void *symbol = dlsym(RTLD_DEFAULT, "arm_pmu_plugin_count");

	if (!symbol)
		return false;
	memcpy(&hook, &symbol, sizeof(hook));
	guestpmu.count = count;
	guestpmu.told.magic = TOLD_MAGIC;
	*hook = answer_qemu;
	return true;
}

static int counter_of(uint32_t word, uint32_t instruction)
{
	int n = word >> 5 & 31;

	return (word & REGISTER_MASK) == instruction && n < TOLD_COUNTERS ? n : -1;
}

int guestpmu_read_of(uint32_t word)
{
	return counter_of(word, MRS_PMEVCNTR);
}

int guestpmu_type_of(uint32_t word)
{
	return counter_of(word, MSR_PMEVTYPER);
}

void guestpmu_set_type(unsigned int n, uint32_t type)
{
	guestpmu.told.counter[n] = (struct told_counter){ .type = type };
}

void guestpmu_read(unsigned int n)
{
	struct told_counter *c = &guestpmu.told.counter[n];

	c->last = guestpmu.count(c->type & TOLD_EVENT, !(c->type & TOLD_NO_USER),
				 !(c->type & TOLD_NO_KERNEL));
	if (c->reads < TOLD_READS)
		c->count[c->reads] = c->last;
	c->reads++;
}

void guestpmu_tell(struct told *ret)
{
	*ret = guestpmu.told;
}
