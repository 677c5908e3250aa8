// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "machine_id.h"
#include "util/file.h"
#include "util/util.h"

/* FNV-1a, 64 bits. */
static uint64_t hash_text(uint64_t sum, const char *text)
{
	for (; *text; text++)
		sum = (sum ^ (unsigned char)*text) * 0x100000001b3;
	return sum;
}

/* The finalizer of MurmurHash3: all bits of @sum count in each bit of the result. */
static uint64_t hash_mix(uint64_t sum)
{
	sum = (sum ^ sum >> 33) * 0xff51afd7ed558ccd;
	sum = (sum ^ sum >> 33) * 0xc4ceb9fe1a85ec53;
	return sum ^ sum >> 33;
}

uint64_t machine_id_hash(const char *root, const char *purpose)
{
	_cleanup_free_ char *id = NULL;

	if (file_read_line(root, "/etc/machine-id", &id))
		(void)file_read_line(root, "/proc/sys/kernel/random/boot_id", &id);
	return hash_mix(hash_text(hash_text(0xcbf29ce484222325, purpose), id ? id : ""));
}

double machine_id_share(const char *root, const char *purpose)
{
	return (machine_id_hash(root, purpose) >> 11) * 0x1p-53;
}
