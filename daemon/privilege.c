// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "privilege.h"
#include "util/util.h"

static const unsigned int kept[] = { CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE };

static uint32_t kept_bits(unsigned int word)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		if (kept[i] / 32 == word)
			bits |= 1u << kept[i] % 32;
	}
	return bits;
}

/* What execve() could give back; only CAP_SETPCAP may, and who lacks it has little to drop. */
static void drop_bounds(void)
{
	for (unsigned int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++) {
		if (!(kept_bits(cap / 32) >> cap % 32 & 1))
			prctl(PR_CAPBSET_DROP, cap);
	}
}

int privilege_drop(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data))
		return -errno;
	drop_bounds();
	for (unsigned int i = 0; i < ARRAY_SIZE(data); i++) {
		data[i].effective &= kept_bits(i);
		data[i].permitted &= kept_bits(i);
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}
