// SPDX-License-Identifier: GPL-2.0-only
/*
 * faults CPU USER KERNEL - take so many page faults in each mode on one CPU
 *
 * Prints the difference of ru_minflt over them, which is the kernel's own count.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static long faults(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_minflt;
}

static char *map(size_t bytes)
{
	char *p = mmap(NULL, bytes + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	if (p == MAP_FAILED || madvise(p, bytes + 1, MADV_NOHUGEPAGE)) {
		perror("faults: mmap");
		exit(1);
	}
	return p;
}

static void pin(unsigned int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one)) {
		perror("faults: sched_setaffinity");
		exit(1);
	}
}

int main(int argc, char **argv)
{
	size_t page = getpagesize(), user, kernel;
	long before;
	char *a, *b;
	int zero;

	if (argc != 4) {
		fprintf(stderr, "usage: faults CPU USER KERNEL\n");
		return 2;
	}
	pin(strtoul(argv[1], NULL, 10));
	user = strtoul(argv[2], NULL, 10);
	kernel = strtoul(argv[3], NULL, 10);
	a = map(user * page);
	b = map(kernel * page);
	zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	before = faults();
	for (size_t i = 0; i < user; i++)
		((volatile char *)a)[i * page] = 1;
	if (kernel && read(zero, b, kernel * page) != (ssize_t)(kernel * page)) {
		perror("faults: read");
		return 1;
	}
	printf("%ld\n", faults() - before);
	return 0;
}
