// SPDX-License-Identifier: GPL-2.0-only
#include "tlbi.h"

#include <stdio.h>
#include <string.h>

/* What op2 selects at each exception level; CRm adds range, shareability. */
static const char *const el1[8] = { "vmalle1", "vae1",	"aside1", "vaae1",
				    NULL,      "vale1", NULL,	  "vaale1" };
static const char *const el2[8] = { "alle2", "vae2",  NULL,	    NULL,
				    "alle1", "vale2", "vmalls12e1", NULL };
static const char *const el3[8] = {
	"alle3", "vae3", NULL, NULL, "paall", "vale3", NULL, NULL
};

/* Stage 2 by IPA, and physical addresses, have CRm of their own. */
static const char *const ipa_is[8] = { NULL, "ipas2e1is",  "ripas2e1is",  NULL,
				       NULL, "ipas2le1is", "ripas2le1is", NULL };
static const char *const ipa[8] = { "ipas2e1os",  "ipas2e1",  "ripas2e1",  "ripas2e1os",
				    "ipas2le1os", "ipas2le1", "ripas2le1", "ripas2le1os" };
static const char *const pa[8] = { NULL, NULL, NULL, "rpaos", NULL, NULL, NULL, "rpalos" };

/* By CRm: which TLBs are told; NULL where CRm means something else. */
static const char *const domain[16] = { NULL, "os", "is", "is", NULL, "os", "", "" };

static bool is_range(unsigned int crm)
{
	return crm == 2 || crm == 5 || crm == 6;
}

static const char *special(unsigned int op1, unsigned int crm, unsigned int op2)
{
	if (op1 == 4 && crm == 0)
		return ipa_is[op2];
	if (op1 == 4 && crm == 4)
		return ipa[op2];
	if (op1 == 6 && crm == 4)
		return pa[op2];
	return NULL;
}

static const char *by_level(unsigned int op1, unsigned int op2)
{
	switch (op1) {
	case 0:
		return el1[op2];
	case 4:
		return el2[op2];
	case 6:
		return el3[op2];
	default:
		return NULL;
	}
}

/* Only operations by address come with a range; PAALL has no Inner Shareable variant. */
static bool exists(const char *op, unsigned int crm)
{
	if (is_range(crm))
		return !strncmp(op, "va", 2);
	return strcmp(op, "paall") || crm != 3;
}

int tlbi_code(uint32_t insn)
{
	uint32_t crn = insn >> 12 & 15;

	if ((insn & 0xfff80000) != 0xd5080000 || (crn != 8 && crn != 9))
		return -1;
	return (crn & 1) << 10 | (insn >> 16 & 7) << 7 | (insn >> 5 & 127);
}

bool tlbi_name(unsigned int code, char name[TLBI_NAME_MAX])
{
	unsigned int op1 = code >> 7 & 7, crm = code >> 3 & 15, op2 = code & 7;
	const char *op = special(op1, crm, op2);
	const char *nxs = code >> 10 & 1 ? "nxs" : "";

	if (op) {
		snprintf(name, TLBI_NAME_MAX, "%s%s", op, nxs);
		return true;
	}
	op = by_level(op1, op2);
	if (!op || !domain[crm] || !exists(op, crm))
		return false;
	snprintf(name, TLBI_NAME_MAX, "%s%s%s%s", is_range(crm) ? "r" : "", op, domain[crm],
		 nxs);
	return true;
}

bool dsb_completes(uint32_t insn)
{
	/* DSB <option>, CRm = domain:type, type 0b11 for both; DSB nXS does not wait for all.
	 */
	return (insn & 0xfffff0ff) == 0xd503309f && (insn >> 8 & 3) == 3;
}
