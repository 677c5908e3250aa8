// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "util/file.h"
#include "host/midr.h"
#include "util/util.h"

int midr_read(const char *root, unsigned int cpu, uint32_t *ret)
{
	char path[96];
	uint64_t n;
	int r;

	snprintf(path, sizeof(path),
		 "/sys/devices/system/cpu/cpu%u/regs/identification/midr_el1", cpu);
	r = file_read_u64(root, path, &n);
	if (r)
		return r;
	if (!n || n > UINT32_MAX)
		return -EBADMSG;
	*ret = n;
	return 0;
}

const char *midr_name(uint32_t midr)
{
	static const struct {
		uint32_t model;
		const char *name;
	} names[] = {
		{ MIDR(0x41, 0xd03), "Cortex-A53" },
		{ MIDR(0x41, 0xd05), "Cortex-A55" },
		{ MIDR(0x41, 0xd07), "Cortex-A57" },
		{ MIDR(0x41, 0xd08), "Cortex-A72" },
		{ MIDR(0x41, 0xd09), "Cortex-A73" },
		{ MIDR(0x41, 0xd0a), "Cortex-A75" },
		{ MIDR(0x41, 0xd0b), "Cortex-A76" },
		{ MIDR(0x41, 0xd41), "Cortex-A78" },
		{ MIDR(0x41, 0xd46), "Cortex-A510" },
		{ MIDR(0x41, 0xd47), "Cortex-A710" },
		{ MIDR_CORTEX_A715, "Cortex-A715" },
		{ MIDR_CORTEX_A725, "Cortex-A725" },
		{ MIDR_CORTEX_A520AE, "Cortex-A520AE" },
		{ MIDR_CORTEX_A720AE, "Cortex-A720AE" },
		{ MIDR_C1_NANO, "C1-Nano" },
		{ MIDR_C1_PRO, "C1-Pro" },
		{ MIDR_C1_ULTRA, "C1-Ultra" },
		{ MIDR_C1_PREMIUM, "C1-Premium" },
		{ MIDR_CORTEX_A520, "Cortex-A520" },
		{ MIDR_CORTEX_A720, "Cortex-A720" },
		{ MIDR_CORTEX_X4, "Cortex-X4" },
		{ MIDR_NEOVERSE_N1, "Neoverse N1" },
		{ MIDR_NEOVERSE_N2, "Neoverse N2" },
		{ MIDR_NEOVERSE_N3, "Neoverse N3" },
		{ MIDR_NEOVERSE_V1, "Neoverse V1" },
		{ MIDR_NEOVERSE_V2, "Neoverse V2" },
		{ MIDR_NEOVERSE_V3, "Neoverse V3" },
		{ MIDR_NEOVERSE_V3AE, "Neoverse V3AE" },
		{ MIDR(0x43, 0x0af), "ThunderX2" },
		{ MIDR(0x46, 0x001), "A64FX" },
		{ MIDR(0x48, 0xd01), "Kunpeng 920" },
		{ MIDR_OLYMPUS, "Olympus" },
		{ MIDR_AMPERE1, "AmpereOne (AMPERE1)" },
		{ MIDR_AMPERE1A, "AmpereOne (AMPERE1A)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].model == midr_model(midr))
			return names[i].name;
	}
	return NULL;
}

char *midr_format(uint32_t midr, char *buf, size_t len)
{
	const char *name = midr_name(midr);

	if (name)
		snprintf(buf, len, "%s r%up%u (0x%08x)", name, midr >> 20 & 0xf, midr & 0xf,
			 midr);
	else
		snprintf(buf, len, "0x%08x", midr);
	return buf;
}

bool midr_bbml2_noabort(uint32_t midr, bool list_7_3)
{
	/* A first revision counts within its variant, as in MIDR_REV_RANGE(), or also for what
	 * came later, as in MIDR_RANGE(). */
	static const struct {
		uint32_t model;
		bool only_7_3, all, later;
		unsigned int variant, revision;
	} list[] = {
		{ MIDR_CORTEX_X4, .revision = 3 },
		{ MIDR_NEOVERSE_V3, .revision = 2 },
		{ MIDR_NEOVERSE_V3AE, .revision = 2 },
		{ MIDR_OLYMPUS, .all = true },
		{ MIDR_AMPERE1, .all = true },
		{ MIDR_AMPERE1A, .all = true },
		{ MIDR_CORTEX_A520AE, true, .all = true },
		{ MIDR_CORTEX_A715, true, .all = true },
		{ MIDR_CORTEX_A720AE, true, .all = true },
		{ MIDR_CORTEX_A725, true, .all = true },
		{ MIDR_NEOVERSE_N3, true, .all = true },
		{ MIDR_C1_NANO, true, .all = true },
		{ MIDR_C1_PRO, true, .all = true },
		{ MIDR_C1_ULTRA, true, .later = true, .variant = 1, .revision = 1 },
		{ MIDR_C1_PREMIUM, true, .later = true, .variant = 1, .revision = 1 },
	};

	unsigned int variant = midr >> 20 & 0xf, revision = midr & 0xf;

	for (size_t i = 0; i < ARRAY_SIZE(list); i++) {
		if (list[i].model != midr_model(midr))
			continue;
		return (list_7_3 || !list[i].only_7_3) &&
		       (list[i].all || (list[i].later && variant > list[i].variant) ||
			(variant == list[i].variant && revision >= list[i].revision));
	}
	return false;
}
