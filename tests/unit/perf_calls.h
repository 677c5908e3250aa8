/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perf_calls.h - the PMUs of a made-up machine, for the code under test
 *
 * syscall(), read(), ioctl() and sched_setaffinity() are defined here and so taken instead of
 * the C library's.  An event opens as the kernel would open it (kernel/events/core.c,
 * perf_init_event()): one of a PMU only on CPUs of that PMU, a generic one on CPUs of any.
 * Every event that is open counts a million with each read.
 */
#ifndef PGTOP_TEST_PERF_CALLS_H
#define PGTOP_TEST_PERF_CALLS_H

#include <dlfcn.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/cpulist.h"

#define PERF_FILES 1024
#define PERF_GROUP 8

struct perf_pmu {
	unsigned int type; /* 0: the end of the list */
	const char *cpus;
};

static struct {
	const struct perf_pmu *pmus;
	unsigned int opened[CPULIST_MAX]; /* by CPU */
	struct perf_file {
		int leader; /* 0: not open */
		unsigned int n;
	} file[PERF_FILES];
	unsigned long time;
} perf_calls;

static inline bool perf_takes(unsigned int type, int cpu)
{
	struct cpulist cpus;

	if (type == PERF_TYPE_SOFTWARE)
		return true;
	for (const struct perf_pmu *p = perf_calls.pmus; p->type; p++) {
		if (type != p->type && type != PERF_TYPE_HARDWARE &&
		    type != PERF_TYPE_HW_CACHE)
			continue;
		if (!cpulist_parse(p->cpus, &cpus) && cpulist_has(&cpus, cpu))
			return true;
	}
	return false;
}

static inline long perf_open(const struct perf_event_attr *attr, int cpu, int leader)
{
	int fd;

	if (!perf_takes(attr->type, cpu)) {
		errno = ENOENT;
		return -1;
	}
	fd = eventfd(0, EFD_CLOEXEC);
	if (fd < 0 || fd >= PERF_FILES)
		abort();
	perf_calls.opened[cpu]++;
	perf_calls.file[fd].leader = leader < 0 ? fd : leader;
	perf_calls.file[fd].n = 0;
	perf_calls.file[perf_calls.file[fd].leader].n++;
	return fd;
}

long syscall(long number, ...)
{
	static long (*real)(long number, ...);
	va_list args;
	long a[6];

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "syscall");
	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (number == SYS_perf_event_open)
		return perf_open((const struct perf_event_attr *)a[0], a[2], a[3]);
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

ssize_t read(int fd, void *buf, size_t len)
{
	uint64_t *words = buf;

	if (fd < 0 || fd >= PERF_FILES || perf_calls.file[fd].leader != fd ||
	    len < (3 + PERF_GROUP) * sizeof(*words))
		return syscall(SYS_read, fd, buf, len);
	words[0] = perf_calls.file[fd].n;
	words[1] = words[2] = ++perf_calls.time * 1000000;
	for (unsigned int i = 0; i < words[0]; i++)
		words[3 + i] = perf_calls.time * 1000000;
	return (3 + words[0]) * sizeof(*words);
}

int ioctl(int fd, unsigned long request, ...)
{
	return 0;
}

int close(int fd)
{
	if (fd >= 0 && fd < PERF_FILES)
		perf_calls.file[fd] = (struct perf_file){ 0 };
	return syscall(SYS_close, fd);
}

/* This machine need not have those CPUs. */
int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set)
{
	return 0;
}

#endif
