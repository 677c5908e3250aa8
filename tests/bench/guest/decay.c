// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the linear map loses its blocks: the same reads of page cache, again and again, while
 * what changes the permissions of single pages goes on between them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "../../tools/program.h"
#include "../../tools/secret.h"
#include "guest.h"

#define FILE_MIB  1024
#define READS	  20000
#define PAGE	  4096L
#define GAP	  32 /* pages of the file between two that can be given away */
#define LEFT_FREE (8u << 20)
#define GAPS	  (FILE_MIB * 256 / GAP)
#define TAKEN	  (GAPS * 3 / 4)

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

void decay_programs(long n)
{
	int fd = warm_up(file_make("/tmp/file", FILE_MIB)),
	    *programs = calloc(n, sizeof(*programs));

	if (!programs)
		guest_die("programs");
	measure(fd, "before");
	for (long i = 0; i < n; i++)
		programs[i] = guest_check(program_load(), "BPF_PROG_LOAD");
	measure(fd, "loaded");
	for (long i = 0; i < n; i++)
		close(programs[i]);
	measure(fd, "unloaded");
	free(programs);
}

/* A module that comes and goes @n times: its pages are others each time, or the same. */
void decay_modules(long n)
{
	int fd = warm_up(file_make("/tmp/file", FILE_MIB));

	measure(fd, "before");
	for (long i = 0; i < n; i++) {
		guest_load_zram();
		if (i + 1 == n)
			measure(fd, "loaded");
		guest_check(syscall(SYS_delete_module, "zram", O_NONBLOCK), "delete_module");
	}
	measure(fd, "unloaded");
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

/* A file that takes what memory there is, but for a little. */
static void make_ballast(void)
{
	int fd = guest_check(open("/tmp/ballast", O_WRONLY | O_CREAT | O_EXCL, 0600),
			     "ballast");
	static char mib[1 << 20];
	struct sysinfo info;

	guest_write("/proc/sys/vm/min_free_kbytes", "4096");
	/* or each page taken from a movable block calls for compaction, which mends holes */
	guest_write("/proc/sys/vm/watermark_boost_factor", "0");
	guest_write("/proc/sys/vm/compaction_proactiveness", "0");
	/* as short as they get: what is on a CPU's own list is for its old use only */
	guest_write("/proc/sys/vm/percpu_pagelist_high_fraction", "100000");
	do {
		if (write(fd, mib, sizeof(mib)) != (ssize_t)sizeof(mib))
			guest_die("ballast");
		guest_check(sysinfo(&info), "sysinfo");
	} while (info.freeram * info.mem_unit > LEFT_FREE);
	close(fd);
}

/*
 * Memory is full; single pages all over it, in each block of 2 MiB some, become free and are
 * taken as secret memory, whose pages leave the linear map.  With free blocks at hand the
 * kernel would take such pages from few of them (it groups what cannot move).  The reads are
 * measured whenever @step more blocks are split; with 0 once, before any is.
 */
void decay_secret(long step)
{
	const struct rlimit no_limit = { RLIM_INFINITY, RLIM_INFINITY };
	int gaps, fd = make_interleaved(&gaps);
	volatile char *p;
	char name[32];

	guest_check(setrlimit(RLIMIT_MEMLOCK, &no_limit), "RLIMIT_MEMLOCK");
	p = secret_map(GAPS * PAGE);
	if (p == MAP_FAILED)
		guest_die("memfd_secret");
	make_ballast();
	/* in a fixed permutation: multiplied by an odd number, modulo a power of two */
	for (long i = 0; i < GAPS; i++)
		give_away(gaps, i * 1237 % GAPS);
	warm_up(fd);
	measure(fd, "pages-0");
	for (long taken = 0, split, next = step; step && taken < TAKEN; taken++) {
		p[taken * PAGE] = 1;
		split = guest_vmstat("direct_map_level2_splits");
		if (split < next && taken + 1 < TAKEN)
			continue;
		next = split + step;
		snprintf(name, sizeof(name), "pages-%ld", taken + 1);
		measure(fd, name);
	}
}
