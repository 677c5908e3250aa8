// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"
#include "util/util.h"

#define ROOM_MIN 4096u

static int array_resize(void *array, size_t n, size_t size)
{
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes))
		return -ENOMEM;
	p = reallocarray(*(void **)array, n, size);
	if (!p)
		return -ENOMEM;
	*(void **)array = p;
	return 0;
}

int array_reserve_one(void *array, size_t n, size_t size)
{
	return n & (n - 1) ? 0 : array_resize(array, n ? 2 * n : 1, size);
}

int array_reserve(void *array, size_t *room, size_t needed, size_t size)
{
	size_t n = MAX(*room, ROOM_MIN);
	int r;

	if (needed <= *room)
		return 0;
	if (needed > SIZE_MAX / 2)
		return -ENOMEM;
	while (n < needed)
		n *= 2;
	r = array_resize(array, n, size);
	if (!r)
		*room = n;
	return r;
}

void array_remove(void *first, size_t n, size_t size, size_t i)
{
	char *at = (char *)first + i * size;

	memmove(at, at + size, (n - i - 1) * size);
}

static uint64_t sorted_key(const void *first, size_t size, size_t i)
{
	return *(const uint64_t *)((const char *)first + i * size);
}

size_t sorted_upto(const void *first, size_t n, size_t size, uint64_t key)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sorted_key(first, size, middle) <= key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void *sorted_find(const void *first, size_t n, size_t size, uint64_t key)
{
	size_t i = sorted_upto(first, n, size, key);

	return i && sorted_key(first, size, i - 1) == key ? (char *)first + (i - 1) * size
							  : NULL;
}

void *sorted_insert(void *array, size_t *n, size_t size, uint64_t key)
{
	size_t i = sorted_upto(*(void **)array, *n, size, key);
	char *at;

	if (i && sorted_key(*(void **)array, size, i - 1) == key)
		return *(char **)array + (i - 1) * size;
	if (array_reserve_one(array, *n, size))
		return NULL;
	at = *(char **)array + i * size;
	memmove(at + size, at, (*n - i) * size);
	memset(at, 0, size);
	*(uint64_t *)at = key;
	++*n;
	return at;
}
