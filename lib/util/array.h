/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * array.h - arrays that grow, and sorted ones
 *
 * @array is the address of the pointer to the first element, @n the number of elements, @size
 * what one takes.  Elements of a sorted array begin with a uint64_t, their key; no two have
 * the same, unless described otherwise.
 */
#ifndef PGTOP_ARRAY_H
#define PGTOP_ARRAY_H

#include <stddef.h>
#include <stdint.h>

/**
 * array_reserve_one - room for one more element
 *
 * For an array that only this function makes room for: it doubles when @n is a power of two.
 * Returns 0, or -ENOMEM (the array is as before).
 */
int array_reserve_one(void *array, size_t n, size_t size);

/**
 * array_reserve - room for @needed elements
 *
 * @room: for how many there is room; doubles, from 4096 on.  Returns 0 or -ENOMEM.
 */
int array_reserve(void *array, size_t *room, size_t needed, size_t size);

/**
 * array_remove - close the gap that element @i of the array at @first leaves
 *
 * The caller counts one less.
 */
void array_remove(void *first, size_t n, size_t size, size_t i);

/** sorted_upto - how many elements of the array at @first have a key of at most @key */
size_t sorted_upto(const void *first, size_t n, size_t size, uint64_t key);

/** sorted_find - the element with @key of the array at @first, or NULL */
void *sorted_find(const void *first, size_t n, size_t size, uint64_t key);

/**
 * sorted_insert - the element with @key, put in its place and otherwise zeroed if it is new
 *
 * Counts it in @n.  The array is one that array_reserve_one() makes room for.  Returns NULL
 * only without memory.
 */
void *sorted_insert(void *array, size_t *n, size_t size, uint64_t key);

#endif
