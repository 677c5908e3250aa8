/* SPDX-License-Identifier: GPL-2.0-only */
/* util.h - single-owner cleanup and small macros */
#ifndef PGTOP_UTIL_H
#define PGTOP_UTIL_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)     ((a) < (b) ? (a) : (b))
#define MAX(a, b)     ((a) > (b) ? (a) : (b))

/* _cleanup_(f): call f(&variable) when the variable goes out of scope. */
#define _cleanup_(f) __attribute__((cleanup(f)))

static inline void free_p(void *p)
{
	free(*(void **)p);
}

static inline void close_p(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void fclose_p(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define _cleanup_free_	 _cleanup_(free_p)
#define _cleanup_close_	 _cleanup_(close_p)
#define _cleanup_fclose_ _cleanup_(fclose_p)

#endif
