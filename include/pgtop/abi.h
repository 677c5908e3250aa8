/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * abi.h - what BPF programs and user space share
 *
 * Fixed-width members and explicit padding only; sizes are asserted, so that
 * BPF clang, the native and the cross compiler agree.  Counters are
 * cumulative: user space takes differences.
 */
#ifndef PGTOP_ABI_H
#define PGTOP_ABI_H

#include <linux/types.h>

#define ABI_COMM_LEN 16

#endif
