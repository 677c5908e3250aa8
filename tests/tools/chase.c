// SPDX-License-Identifier: GPL-2.0-only
/*
 * chase PAGES ROUNDS [blind] - follow pointers through pages of 4 KiB, and count what the TLBs
 * miss
 *
 * Each page holds one pointer, to the next page of one random cycle through all of them, so an
 * access needs its own translation and nothing of an earlier one.  As many pages as a TLB has
 * entries fit; of more, in turn, the least recently used one has always just gone.  The PMU
 * counts user mode only, raw events L1D_TLB_REFILL and DTLB_WALK in one group, read before and
 * after the rounds and after one round that warms up.
 *
 * Prints "pages N accesses N refills N walks N"; blind, it counts nothing and prints nothing,
 * so that it takes no counter from others.
 */
#include <fcntl.h>
#include <glob.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE	       4096
#define L1D_TLB_REFILL 0x05
#define DTLB_WALK      0x34

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

static unsigned int pmu_type(void)
{
	unsigned int type = 0;
	glob_t found;
	FILE *f;

	if (glob("/sys/bus/event_source/devices/armv8*/type", 0, NULL, &found))
		fail("chase: no PMU of the kind armv8");
	f = fopen(found.gl_pathv[0], "r");
	if (!f || fscanf(f, "%u", &type) != 1)
		fail(found.gl_pathv[0]);
	fclose(f);
	globfree(&found);
	return type;
}

static int open_event(unsigned int type, unsigned int event, int group)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = type,
		.config = event,
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.read_format = PERF_FORMAT_GROUP,
		.pinned = group < 0,
	};
	int fd = syscall(SYS_perf_event_open, &attr, 0, -1, group, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		fail("chase: perf_event_open");
	return fd;
}

static void read_group(int fd, uint64_t ret[2])
{
	uint64_t values[3];

	if (read(fd, values, sizeof(values)) != (ssize_t)sizeof(values))
		fail("chase: read");
	ret[0] = values[1];
	ret[1] = values[2];
}

/* One cycle through all pages: Sattolo's shuffle, with the generator of Marsaglia (2003). */
static void **make_cycle(size_t pages)
{
	size_t *order = calloc(pages, sizeof(*order)), n, other, kept;
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	uint64_t random = 88172645463325252ull;

	if (!order || p == MAP_FAILED || madvise(p, pages * PAGE, MADV_NOHUGEPAGE))
		fail("chase: memory");
	for (n = 0; n < pages; n++)
		order[n] = n;
	for (n = pages - 1; n; n--) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		other = random % n;
		kept = order[n];
		order[n] = order[other];
		order[other] = kept;
	}
	for (n = 0; n < pages; n++)
		*(void **)(p + n * PAGE) = p + order[n] * PAGE;
	free(order);
	return (void **)p;
}

static void **chase(void **at, uint64_t steps)
{
	while (steps--)
		at = *(void *volatile *)at;
	return at;
}

/* Chases while the PMU counts. */
static void **count(void **at, uint64_t pages, uint64_t steps)
{
	unsigned int type = pmu_type();
	int fd = open_event(type, L1D_TLB_REFILL, -1);
	uint64_t before[2], after[2];

	open_event(type, DTLB_WALK, fd);
	at = chase(at, pages);
	read_group(fd, before);
	at = chase(at, steps);
	read_group(fd, after);
	printf("pages %lu accesses %lu refills %lu walks %lu\n", pages, steps,
	       after[0] - before[0], after[1] - before[1]);
	return at;
}

int main(int argc, char **argv)
{
	uint64_t pages = argc > 2 ? strtoull(argv[1], NULL, 10) : 0;
	uint64_t steps = argc > 2 ? pages * strtoull(argv[2], NULL, 10) : 0;
	void **at;

	if (pages < 2 || !steps) {
		fprintf(stderr, "usage: chase PAGES ROUNDS [blind]\n");
		return 2;
	}
	at = make_cycle(pages);
	at = argc > 3 ? chase(at, pages + steps) : count(at, pages, steps);
	return !at;
}
