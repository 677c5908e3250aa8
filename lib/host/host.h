/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host.h - the machine that is looked at
 *
 * What every source needs to know before it can start: where /proc and /sys
 * are, the architecture, the base page size, what the kernel calls its
 * symbols.  Opened once and passed to every source; nothing in it changes.
 */
#ifndef PGTOP_HOST_H
#define PGTOP_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum host_arch { ARCH_X86_64, ARCH_ARM64, ARCH_OTHER };

struct host_rename {
	char *from, *to;
};

struct host {
	char *root; /* put before /proc and /sys; "" on the live machine */
	enum host_arch arch;
	char arch_name[65]; /* uname -m */
	char release[65];   /* uname -r */
	unsigned int major, minor;
	uint64_t page_size;  /* base granule, bytes */
	struct ksyms *ksyms; /* loaded by the first host_ksyms() */
	int ksyms_error;     /* why they cannot be, so that megabytes are not read again */
	FILE *ksyms_file;    /* opened by host_keep_ksyms() */
	struct btf *btf;     /* and by the first host_btf() */
	struct host_rename *renames;
	size_t nrenames;
	struct opener
		*opener; /* opens what the kernel does not let us, see opener.h; or NULL */
};

/**
 * host_new - look at the machine under @root ("" or NULL: this one)
 *
 * Returns 0 and a host the caller frees, -ENOMEM, or the negative errno of uname().
 */
int host_new(const char *root, struct host **ret);
/** host_free - NULL is accepted */
void host_free(struct host *h);

/** host_set_root - look at the machine under @root instead.  Returns 0 or -ENOMEM. */
int host_set_root(struct host *h, const char *root);

/**
 * host_rename - look for the kernel symbol @to wherever @from would be looked for
 *
 * For kernels built with renamed or suffixed functions (--symbol FROM=TO).
 * Returns 0 or -ENOMEM.
 */
int host_rename(struct host *h, const char *from, const char *to);

/** host_symbol - the name under which to look for kernel symbol @name (never NULL) */
const char *host_symbol(const struct host *h, const char *name);

/**
 * host_ksyms - the kernel's symbols, read on first use; owned by the host
 *
 * Returns 0 or a negative errno (-EACCES: addresses are hidden from this user).
 */
int host_ksyms(struct host *h, const struct ksyms **ret);
/**
 * host_keep_ksyms - let host_ksyms() read later what may be read now
 *
 * For who gives up CAP_SYSLOG: the kernel looks at it when the file is opened.  Where that
 * fails, host_ksyms() will say why.
 */
void host_keep_ksyms(struct host *h);
/** host_ksyms_visible - what host_ksyms() would return, without reading more than needed */
int host_ksyms_visible(struct host *h);

/**
 * host_btf - the kernel's types, read on first use; owned by the host
 *
 * Returns 0 or a negative errno (-ENOENT: a kernel without BTF).
 */
int host_btf(struct host *h, const struct btf **ret);

/** host_at_least - whether the running kernel is @major.@minor or newer */
bool host_at_least(const struct host *h, unsigned int major, unsigned int minor);

/** host_contpte_bytes - size of a contiguous PTE block (arm64: 16, 128 or 32 PTEs); 0
 * elsewhere
 *
 * arch/arm64/include/asm/pgtable-hwdef.h: CONT_PTE_SHIFT 4 (4K), 7 (16K), 5 (64K).
 */
uint64_t host_contpte_bytes(const struct host *h);
/** host_pmd_bytes - size of a PMD leaf: one page of 8-byte entries, each a page */
uint64_t host_pmd_bytes(const struct host *h);

#endif
