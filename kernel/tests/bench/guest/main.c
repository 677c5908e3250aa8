// SPDX-License-Identifier: GPL-2.0-only
/*
 * guest [WORKLOAD [N]] - a workload of the bench, as the only program of a machine
 *
 * As init it mounts what it needs and powers off at the end.  "child" is what the workload
 * exec starts: it ends at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

#ifdef __aarch64__
#define hint(n) asm volatile("hint %0" ::"i"(n) : "memory")
#else
#define hint(n) asm volatile("" ::: "memory")
#endif

const struct workload workloads[] = {
	{ "sequential", file_sequential },
	{ "random", file_random },
	{ "metadata", file_metadata },
	{ "connections", server_connections },
	{ "prefork", server_prefork },
	{ "block", block_write },
	{ "fork", process_fork },
	{ "exec", process_exec },
	{ "touch", memory_touch },
	{ "folios", memory_folios },
	{ "total", memory_total },
	{ "chase", memory_chase },
	{ "programs", decay_programs },
	{ "modules", decay_modules },
	{ "secret", decay_secret },
	{ "full-programs", decay_full_programs },
	{ "full-modules", decay_full_modules },
	{ "bpf", churn_programs },
	{ "module", churn_modules },
	{ 0 },
};

void guest_look(void)
{
	hint(0x73);
}

void guest_begin(void)
{
	const struct timespec settle = { .tv_nsec = 300000000 };

	/* what the kernel puts off (freeing, RCU, work queues) is no part of the region */
	nanosleep(&settle, NULL);
	hint(0x70);
}

void guest_end(const char *name, const char *what)
{
	hint(0x71);
	printf("region %s %s\n", name, what);
}

_Noreturn static void off(int status)
{
	hint(0x72);
	fflush(stdout);
	if (getpid() == 1)
		reboot(RB_POWER_OFF);
	exit(status);
}

_Noreturn void guest_die(const char *what)
{
	printf("guest: %s: %s\n", what, strerror(errno));
	off(1);
}

long guest_check(long result, const char *what)
{
	if (result < 0)
		guest_die(what);
	return result;
}

uint64_t guest_random(void)
{
	static uint64_t state = 88172645463325252ull;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

void guest_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f))
		guest_die(path);
}

long guest_vmstat(const char *name)
{
	FILE *f = fopen("/proc/vmstat", "r");
	size_t n = strlen(name);
	long value = -1;
	char line[128];

	if (!f)
		guest_die("/proc/vmstat");
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, n) && line[n] == ' ')
			value = strtol(line + n, NULL, 10);
	fclose(f);
	return value;
}

const char *guest_splits(void)
{
	static char text[128];

	snprintf(text, sizeof(text), "splits_1g=%ld splits_2m=%ld splits_cont=%ld",
		 guest_vmstat("direct_map_level3_splits"),
		 guest_vmstat("direct_map_level2_splits"),
		 guest_vmstat("direct_map_cont_splits"));
	return text;
}

static void be_init(void)
{
	static const char *const mounts[][2] = {
		{ "proc", "/proc" },
		{ "sysfs", "/sys" },
		{ "devtmpfs", "/dev" },
		{ "tmpfs", "/tmp" },
	};
	const struct rlimit files = { 8192, 8192 };

	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		mkdir(mounts[i][1], 0755);
		/* devtmpfs may be there already */
		if (mount(mounts[i][0], mounts[i][1], mounts[i][0], 0,
			  i == 3 ? "size=100%" : NULL) &&
		    errno != EBUSY)
			guest_die(mounts[i][1]);
	}
	guest_check(setrlimit(RLIMIT_NOFILE, &files), "RLIMIT_NOFILE");
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (!strcmp(name, "child"))
		return 0;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (getpid() == 1)
		be_init();
	for (const struct workload *w = workloads; w->name; w++) {
		if (strcmp(name, w->name))
			continue;
		w->run(argc > 2 ? strtol(argv[2], NULL, 10) : 0);
		puts("guest: done");
		off(0);
	}
	errno = EINVAL;
	guest_die(name);
}
