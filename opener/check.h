/* SPDX-License-Identifier: GPL-2.0-only */
/* check.h - which requests are granted (pure) */
#ifndef PGTOP_OPENER_CHECK_H
#define PGTOP_OPENER_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "pmus.h"
#include "pgtop/opener.h"

/** check_request - whether @q, of which @len bytes came, may be done on this machine */
bool check_request(const struct opener_request *q, size_t len, const struct pmus *machine);

/** check_function - the name of function number @n, NULL if there is none */
const char *check_function(unsigned int n);

#endif
