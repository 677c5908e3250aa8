/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linmap_files.h - what a kernel with the pgtop series says of its linear map
 *
 * /sys/kernel/mm/linear_map/{abi,mode,reason,bbml2,stats}: the kernel's
 * Documentation/ABI/testing/sysfs-kernel-mm-linear_map.  Words and lines can be added without
 * a new number in abi; what is not known here is kept as the kernel wrote it.
 */
#ifndef PGTOP_LINMAP_FILES_H
#define PGTOP_LINMAP_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "util/cpulist.h"

#define LINMAP_DIR "/sys/kernel/mm/linear_map"
#define LINMAP_ABI 1 /* the newest number in abi whose meaning is known here */

enum linmap_mode {
	LINMAP_UNKNOWN, /* a word, or a number in abi, that pgtop does not know */
	LINMAP_PTE,
	LINMAP_BLOCK,
	LINMAP_BLOCK_SPLIT,
	LINMAP_REPAINTED,
};

#define LINMAP_DEBUG_PAGEALLOC	   (1u << 0)
#define LINMAP_NO_PAGE_PERMISSIONS (1u << 1)
#define LINMAP_NO_BBML2		   (1u << 2)
#define LINMAP_BBML2		   (1u << 3)
#define LINMAP_RODATA_FULL	   (1u << 4)
#define LINMAP_KFENCE_LATE	   (1u << 5)

struct linmap_files {
	uint64_t abi;
	enum linmap_mode mode;
	unsigned int reasons; /* LINMAP_* or-ed; 0 if mode is LINMAP_UNKNOWN */
	char words[160];      /* "pte (no_bbml2 rodata_full)": mode and reason as read */
	bool have_bbml2;
	struct cpulist bbml2; /* CPUs that are known to split live leaves */
};

/** linmap_files_parse - mode and reasons of @abi from one line each; @reason may be NULL */
void linmap_files_parse(uint64_t abi, const char *mode, const char *reason,
			struct linmap_files *ret);

/**
 * linmap_files_read - read them below @root
 *
 * Returns 0, -ENOENT (a kernel without), or another negative errno of reading abi or mode.
 */
int linmap_files_read(const char *root, struct linmap_files *ret);

#endif
