/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory_file.h - what the policy must not forget, in a file beside the journal
 *
 * The file "memory" in the state directory: one line "CRC32 JSON\n" (summed_line.h), replaced
 * as a whole:
 *
 *   {"memory": 1, "boot": "...", "levers": [{"lever": "mthp.64K", "state": "kept", ...}, ...]}
 *
 * Its members are those of struct lever_memory, but for what is 0 or "".  pgtopd of 0.1.0 does
 * not read it and goes by the journal; so does a pgtopd that cannot read it.
 */
#ifndef PGTOPD_MEMORY_FILE_H
#define PGTOPD_MEMORY_FILE_H

#include <stddef.h>

#include "policy/lever.h"
#include "policy/memory.h"

#define MEMORY_VERSION 1
#define MEMORY_BOOT    64

struct memory {
	char boot[MEMORY_BOOT]; /* /proc/sys/kernel/random/boot_id of who wrote it */
	struct lever_memory lever[LEVERS_MAX];
	size_t n;
};

/** memory_print - the file's text, freed by the caller; NULL without memory */
char *memory_print(const struct memory *m);

/**
 * memory_parse - the memory in @text (@len bytes)
 *
 * Returns 0; -EPROTONOSUPPORT: of a newer version; -EBADMSG: damaged; or -ENOMEM.  @ret is
 * untouched on failure.
 */
int memory_parse(const char *text, size_t len, struct memory *ret);

/**
 * memory_load - read it from the state directory @dir
 *
 * Returns 0, -ENOENT (there is none), as memory_parse(), or another negative errno.
 */
int memory_load(const char *dir, struct memory *ret);

/** memory_save - replace it, durably.  Returns 0 or a negative errno: the old one stays. */
int memory_save(const char *dir, const struct memory *m);

#endif
