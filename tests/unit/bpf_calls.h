/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf_calls.h - calls of bpf(2) by the code under test, counted or refused
 *
 * syscall() is defined here and so taken instead of the C library's, by libbpf too.
 */
#ifndef PGTOP_TEST_BPF_CALLS_H
#define PGTOP_TEST_BPF_CALLS_H

#include <dlfcn.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
	unsigned int n; /* so many were made */
	/* Returns the errno with which it fails; 0: the kernel is asked; -1: it succeeds with
	 * a file that is nothing. */
	int (*refuse)(long cmd, const union bpf_attr *attr);
} bpf_calls;

long syscall(long number, ...)
{
	static long (*real)(long number, ...);
	long a[6];
	int r;
	va_list args;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "syscall");
	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	bpf_calls.n += number == SYS_bpf;
	r = number == SYS_bpf && bpf_calls.refuse
		    ? bpf_calls.refuse(a[0], (const union bpf_attr *)a[1])
		    : 0;
	if (r < 0)
		return dup(STDERR_FILENO);
	errno = r;
	return r ? -1 : real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

#endif
