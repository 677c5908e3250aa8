/* SPDX-License-Identifier: GPL-2.0-only */
/* nearest.h - what a mistyped word was meant to be */
#ifndef PGTOP_NEAREST_H
#define PGTOP_NEAREST_H

#include <stddef.h>

/**
 * nearest - the one of @n words that @word most resembles; NULL: it resembles none
 *
 * By the letters to insert, remove, replace or swap with their neighbour (optimal string
 * alignment): at most one for every three of @word.  A beginning of two letters or more also
 * resembles.
 */
const char *nearest(const char *word, const char *const *words, size_t n);

#endif
