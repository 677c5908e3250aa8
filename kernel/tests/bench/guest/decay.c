// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the linear map loses its blocks: the same reads of page cache, again and again, while
 * what changes the permissions of single pages goes on between them; and what these changes
 * themselves miss.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "../../../../tests/tools/program.h"
#include "../../../../tests/tools/secret.h"
#include "guest.h"

#define FILE_MIB  1024
#define READS	  20000
#define PAGE	  4096L
#define GAP	  32 /* pages of the file between two that can be given away */
#define LEFT_FREE (8u << 20)
#define GAPS	  (FILE_MIB * 256 / GAP)
#define TAKEN	  (GAPS * 3 / 4)
#define MANY	  1009 /* programs, modules */

static int warm_up(int fd)
{
	guest_look();
	file_read_random(fd, FILE_MIB, READS / 4);
	return fd;
}

static void measure(int fd, const char *name)
{
	char what[160];

	/* whatever was done between has left traces in TLBs */
	file_read_random(fd, FILE_MIB, READS / 4);
	snprintf(what, sizeof(what), "%s", guest_splits());
	guest_begin();
	file_read_random(fd, FILE_MIB, READS);
	guest_end(name, what);
}

/* What takes pages out of blocks; @unload may be NULL. */
struct taker {
	void (*load)(long n);
	void (*unload)(long n);
};

static int programs[8192];

static void load_program(long n)
{
	programs[n] = guest_check(program_load(), "BPF_PROG_LOAD");
}

static void unload_program(long n)
{
	close(programs[n]);
}

static const struct taker program_taker = { load_program, unload_program };
static const struct taker module_taker = { module_load, module_unload };

/* The reads before @n of them are loaded, with them, and without them, in much free memory. */
static void decay_fresh(const struct taker *taker, long n)
{
	int fd = warm_up(file_make("/tmp/file", FILE_MIB));

	measure(fd, "before");
	for (long i = 0; i < n; i++)
		taker->load(i);
	measure(fd, "loaded");
	for (long i = 0; i < n; i++)
		taker->unload(i);
	measure(fd, "unloaded");
}

void decay_programs(long n)
{
	decay_fresh(&program_taker, n);
}

void decay_modules(long n)
{
	decay_fresh(&module_taker, n);
}

/* The region is the coming and going of @n of them, one at a time. */
static void churn(const struct taker *taker, const char *name, long n)
{
	guest_look();
	for (long i = 0; i < n / 8; i++) {
		taker->load(i);
		taker->unload(i);
	}
	guest_begin();
	for (long i = 0; i < n; i++) {
		taker->load(i);
		taker->unload(i);
	}
	guest_end(name, guest_splits());
}

void churn_programs(long n)
{
	churn(&program_taker, "bpf", n);
}

void churn_modules(long n)
{
	churn(&module_taker, "module", n);
}

/*
 * A file, and pages of another one between its pages, all over memory.  Returns the descriptor
 * of the first, @ret_gaps is that of the second.
 */
static int make_interleaved(int *ret_gaps)
{
	int fd = guest_check(open("/tmp/file", O_RDWR | O_CREAT | O_EXCL, 0600), "/tmp/file");
	int gaps =
		guest_check(open("/tmp/gaps", O_RDWR | O_CREAT | O_EXCL, 0600), "/tmp/gaps");
	static char pages[GAP * PAGE];

	for (long i = 0; i < GAPS; i++)
		if (write(fd, pages, sizeof(pages)) != (ssize_t)sizeof(pages) ||
		    write(gaps, pages, PAGE) != PAGE)
			guest_die("/tmp/file");
	*ret_gaps = gaps;
	return fd;
}

/* Page @n of the file, given back to the kernel. */
static void give_away(int fd, long n)
{
	guest_check(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, n * PAGE, PAGE),
		    "punch");
}

static unsigned long free_bytes(void)
{
	struct sysinfo info;

	guest_check(sysinfo(&info), "sysinfo");
	return info.freeram * info.mem_unit;
}

/* A file that takes what memory there is, but for a little. */
static void make_ballast(void)
{
	int fd = guest_check(open("/tmp/ballast", O_WRONLY | O_CREAT | O_EXCL, 0600),
			     "ballast");
	static char mib[1 << 20];

	guest_write("/proc/sys/vm/min_free_kbytes", "4096");
	/* or each page taken from a movable block calls for compaction, which mends holes */
	guest_write("/proc/sys/vm/watermark_boost_factor", "0");
	guest_write("/proc/sys/vm/compaction_proactiveness", "0");
	/* as short as they get: what is on a CPU's own list is for its old use only */
	guest_write("/proc/sys/vm/percpu_pagelist_high_fraction", "100000");
	do {
		if (write(fd, mib, sizeof(mib)) != (ssize_t)sizeof(mib))
			guest_die("ballast");
	} while (free_bytes() > LEFT_FREE);
	close(fd);
}

/*
 * Memory is full; single pages all over it, in each block of 2 MiB some, become free and are
 * taken.  With free blocks at hand the kernel would take such pages from few of them (it
 * groups what cannot move).  The reads are measured whenever @step more blocks are split; with
 * 0 once, before any is.  Up to @max times something is taken, while there is memory.
 */
static void decay_full(const struct taker *taker, long step, long max)
{
	int gaps, fd = make_interleaved(&gaps);
	char name[32];
	bool last;

	make_ballast();
	/* in a fixed permutation: multiplied by an odd number, modulo a power of two */
	for (long i = 0; i < GAPS; i++)
		give_away(gaps, i * 1237 % GAPS);
	warm_up(fd);
	measure(fd, "taken-0");
	for (long n = 0, split, next = step; step && n < max; n++) {
		taker->load(n);
		split = guest_vmstat("direct_map_level2_splits");
		last = n + 1 == max || free_bytes() < 2 * LEFT_FREE;
		if (split < next && !last)
			continue;
		next = split + step;
		snprintf(name, sizeof(name), "taken-%ld", n + 1);
		measure(fd, name);
		if (last)
			break;
	}
}

static volatile char *secret;

/* A page of secret memory leaves the linear map. */
static void take_secret(long n)
{
	secret[n * PAGE] = 1;
}

void decay_secret(long step)
{
	static const struct taker taker = { take_secret, NULL };
	const struct rlimit no_limit = { RLIM_INFINITY, RLIM_INFINITY };

	guest_check(setrlimit(RLIMIT_MEMLOCK, &no_limit), "RLIMIT_MEMLOCK");
	secret = secret_map(GAPS * PAGE);
	if (secret == MAP_FAILED)
		guest_die("memfd_secret");
	decay_full(&taker, step, TAKEN);
}

void decay_full_programs(long step)
{
	decay_full(&program_taker, step, MANY);
}

void decay_full_modules(long step)
{
	decay_full(&module_taker, step, MANY);
}
