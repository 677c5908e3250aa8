/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guest.h - what the workloads of the bench share
 *
 * A workload prepares, warms up, and does its work in one or more regions.  Whoever counts
 * sees the instructions hint #0x70 and #0x71 at a region's ends, and from hint #0x73 to #0x72
 * that the model of TLBs shall look.
 */
#ifndef PGTOP_BENCH_GUEST_H
#define PGTOP_BENCH_GUEST_H

#include <stddef.h>
#include <stdint.h>

/** struct workload - what main() calls by its name; @arg is the number given, or 0 */
struct workload {
	const char *name;
	void (*run)(long arg);
};

extern const struct workload workloads[];

void file_sequential(long mib);
void file_random(long mib);
void file_metadata(long files);
void server_connections(long n);
void server_prefork(long n);
void block_write(long mib);
void process_fork(long n);
void process_exec(long n);
void memory_touch(long mib);
void memory_folios(long events);
void memory_total(long unused);
void memory_chase(long unused);
void decay_programs(long n);
void decay_modules(long n);
void decay_secret(long step);
void decay_full_programs(long step);
void decay_full_modules(long step);
void churn_programs(long n);
void churn_modules(long n);

/** guest_look - the model looks from here on, so that its TLBs are warm when a region begins
 */
void guest_look(void);
/** guest_begin, guest_end - the ends of a region, which begins when the kernel has settled;
 * guest_end() then prints "region NAME WHAT"
 */
void guest_begin(void);
void guest_end(const char *name, const char *what);

/** guest_die - say what failed, and errno, and power off or exit */
_Noreturn void guest_die(const char *what);
/** guest_check - @result, or guest_die() if it is negative */
long guest_check(long result, const char *what);

/** guest_random - the next of a fixed sequence (xorshift64, Marsaglia 2003) */
uint64_t guest_random(void);
/** guest_write - write @text to an existing file */
void guest_write(const char *path, const char *text);
/** guest_vmstat - the value of a line of /proc/vmstat, -1 where there is none */
long guest_vmstat(const char *name);
/** guest_splits - "key=value" of what the linear map has been split, for guest_end() */
const char *guest_splits(void);

/** module_load, module_unload - module @n, a copy of /test_module.ko under a name of its own
 */
void module_load(long n);
void module_unload(long n);

/** file_make - a file of @mib MiB in page cache at @path.  Returns its descriptor */
int file_make(const char *path, long mib);
/** file_read_random - @n reads of a page from anywhere in @fd of @mib MiB */
void file_read_random(int fd, long mib, long n);

#endif
