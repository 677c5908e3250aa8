/* SPDX-License-Identifier: GPL-2.0-only */
/* ksyms.h - the kernel's symbols, from /proc/kallsyms */
#ifndef PGTOP_KSYMS_H
#define PGTOP_KSYMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct ksyms; /* opaque */

/**
 * ksyms_new - read <root>/proc/kallsyms
 *
 * Static data is left out: megabytes, where the kernel lists it, that nobody asks for.
 *
 * Returns 0 and symbols the caller frees; -EACCES when all addresses read as 0
 * (kptr_restrict; names are then of no use for a caller's address), -EBADMSG for a file that
 * is not kallsyms, or the negative errno of reading.
 */
int ksyms_new(const char *root, struct ksyms **ret);
/** ksyms_parse - the same from an open file; -EBADMSG also for a line of 2 KiB or more */
int ksyms_parse(FILE *f, struct ksyms **ret);
/**
 * ksyms_open - open <root>/proc/kallsyms for the two above and below
 *
 * What it shows is decided now, by the capabilities of now.  Returns 0 or a negative errno.
 */
int ksyms_open(const char *root, FILE **ret);
/** ksyms_visible - what ksyms_parse() would return, without reading more than needed */
int ksyms_visible(FILE *f);
/** ksyms_why - one clause for a failure of either: why callers have no names */
const char *ksyms_why(int err);
/** ksyms_free - NULL is accepted */
void ksyms_free(struct ksyms *k);

/** ksyms_address - address of the symbol called @name; 0 if there is none */
uint64_t ksyms_address(const struct ksyms *k, const char *name);

/**
 * ksyms_function - the real name of function @name on this kernel
 *
 * Compilers rename: an exact match wins, else NAME.isra.N, NAME.part.N, NAME.constprop.N or
 * NAME.llvm.N.  Returns a string owned by @k, or NULL.
 */
const char *ksyms_function(const struct ksyms *k, const char *name);

/**
 * ksyms_name - the function that contains @address
 *
 * Of several names for one place, the first of the file.
 * @offset (may be NULL): how far into it.  Returns a string owned by @k, or NULL if @address
 * lies before the first function.
 */
const char *ksyms_name(const struct ksyms *k, uint64_t address, uint64_t *offset);

/**
 * ksyms_caller - the function that a call returns to at @address
 *
 * The return address may be the first of the next function: it is looked for before it.
 * Returns a string owned by @k, or NULL as ksyms_name().
 */
const char *ksyms_caller(const struct ksyms *k, uint64_t address);

#endif
