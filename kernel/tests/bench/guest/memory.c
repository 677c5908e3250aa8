// SPDX-License-Identifier: GPL-2.0-only
/* Memory of a program, and how much the machine has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

#define TOUCHES 4000000
#define PAGE	4096
#define FOLIOS	(1L << 30)
#define TRACEFS "/sys/kernel/tracing"

static volatile char *map(long bytes)
{
	volatile char *p =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		guest_die("mmap");
	for (long i = 0; i < bytes; i += PAGE)
		p[i] = 1;
	return p;
}

static void touch(volatile char *p, long bytes, long n)
{
	while (n--)
		(void)p[guest_random() % bytes];
}

/* Random bytes of a large area, as the machine's policy of huge pages backs it. */
void memory_touch(long mib)
{
	volatile char *p = map(mib << 20);

	guest_look();
	touch(p, mib << 20, TOUCHES / 10);
	guest_begin();
	touch(p, mib << 20, TOUCHES);
	guest_end("touch", "");
}

/* Pages in turn: what a TLB of known size misses can be worked out by hand. */
void memory_chase(long unused)
{
	static const int pages[] = { 40, 200, 1000, 1400, 4000 };
	volatile char *p;
	char name[32];

	guest_write("/sys/kernel/mm/transparent_hugepage/enabled", "never");
	p = map(4000L * PAGE);
	guest_look();
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		for (int round = 0; round < 102; round++) {
			if (round == 2)
				guest_begin();
			for (int n = 0; n < pages[i]; n++)
				(void)p[n * PAGE];
		}
		snprintf(name, sizeof(name), "chase-%d", pages[i]);
		guest_end(name, "rounds=100");
	}
}

static void fork_once(void)
{
	int status;
	pid_t pid = guest_check(fork(), "fork");

	if (!pid)
		_exit(0);
	guest_check(waitpid(pid, &status, 0), "waitpid");
}

/* fork, and munmap, of 1 GiB of whatever folios there are; with the series' events if @events
 */
void memory_folios(long events)
{
	volatile char *p;

	if (events) {
		guest_check(mount("tracefs", TRACEFS, "tracefs", 0, NULL), TRACEFS);
		guest_write(TRACEFS "/events/arm64_mm/enable", "1");
	}
	p = map(FOLIOS);
	fork_once();
	guest_begin();
	fork_once();
	guest_end("fork", "");
	guest_begin();
	guest_check(munmap((void *)p, FOLIOS), "munmap");
	guest_end("munmap", "");
}

static void print_meminfo(const char *name)
{
	FILE *f = fopen("/proc/meminfo", "r");
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			printf("region total kb=%ld\n", strtol(line + strlen(name), NULL, 10));
	if (f)
		fclose(f);
}

void memory_total(long unused)
{
	print_meminfo("MemTotal:");
}
