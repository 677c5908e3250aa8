// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmops OP... - operations on memory, each between marks that observers can see
 *
 * A window begins with "begin OP" in the kernel's trace (trace_marker, where tracefs is
 * mounted) and the instruction hint #0x70, and ends with hint #0x71 and "end OP"; on other
 * machines than arm64 there are no instructions.  Areas are prepared before the window.  The
 * program is real-time, so that on a machine with one CPU nothing else runs between mark and
 * mark, unless the operation waits.
 *
 *   munmap mprotect dontneed mremap   37 pages each
 *   munmap-1 dontneed-1               one page
 *   munmap-1031                       that many pages
 *   fork                              and the end of the child, with 37 pages
 *   cow                               a write to one of 37 pages shared with a child
 *   reuse                             a write to each of 37 pages that a child has shared
 *   vfree                             of 48 MiB, until the TLBs are purged of them; as root
 *   load:NAME unload:NAME             the module in /NAME.ko; windows module-load,
 * module-unload loop:N                            N times map, protect, fork, unmap, between
 * hint #0x72 and #0x73, after N / 10 times for warming up enable switches the events arm64_mm
 * on, in no window
 *
 * As init of a machine it mounts what it needs and powers off at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __aarch64__
#define hint(n) asm volatile("hint %0" ::"i"(n) : "memory")
#else
#define hint(n) asm volatile("" ::: "memory")
#endif

#define TRACEFS	    "/sys/kernel/tracing"
#define PAGES	    37
#define LOOP_PAGES  64
#define VFREE_BYTES (48UL << 20)
#define DEADLINE_MS 20000

/* What an operation works on. */
struct area {
	char *start;
	unsigned long pages;
	long page_size;
};

struct op {
	const char *name;
	unsigned long pages;
	void (*prepare)(struct area *area); /* beyond mapping and touching; may be NULL */
	void (*run)(struct area *area);
};

static int marker = -1;

static void die(const char *what)
{
	fprintf(stderr, "mmops: %s: %s\n", what, strerror(errno));
	if (getpid() == 1)
		reboot(RB_POWER_OFF);
	exit(1);
}

static void check(int result, const char *what)
{
	if (result < 0)
		die(what);
}

static void say(const char *word, const char *name)
{
	char line[128];
	int n = snprintf(line, sizeof(line), "%s %s\n", word, name);

	if (marker >= 0 && write(marker, line, n) != n)
		die("trace_marker");
}

static size_t size(const struct area *area)
{
	return area->pages * area->page_size;
}

static void touch(const struct area *area)
{
	for (size_t i = 0; i < size(area); i += area->page_size)
		*(volatile char *)(area->start + i) = 1;
}

/* Base pages, alone in their page tables' 2 MiB or more, lest neighbours are merged. */
static void map(struct area *area)
{
	area->start = mmap(NULL, size(area), PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area->start == MAP_FAILED)
		die("mmap");
	check(madvise(area->start, size(area), MADV_NOHUGEPAGE), "madvise");
	touch(area);
}

static void run_munmap(struct area *area)
{
	check(munmap(area->start, size(area)), "munmap");
}

static void run_mprotect(struct area *area)
{
	check(mprotect(area->start, size(area), PROT_READ), "mprotect");
}

static void run_dontneed(struct area *area)
{
	check(madvise(area->start, size(area), MADV_DONTNEED), "madvise");
}

static void run_mremap(struct area *area)
{
	char *there = mmap(NULL, size(area), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (there == MAP_FAILED || mremap(area->start, size(area), size(area),
					  MREMAP_MAYMOVE | MREMAP_FIXED, there) != there)
		die("mremap");
}

static void run_fork(struct area *area)
{
	pid_t pid = fork();

	check(pid, "fork");
	if (!pid)
		_exit(0);
	check(waitpid(pid, NULL, 0), "waitpid");
}

static pid_t sharer;

static void prepare_cow(struct area *area)
{
	sharer = fork();
	check(sharer, "fork");
	if (!sharer) {
		pause();
		_exit(0);
	}
}

static void run_cow(struct area *area)
{
	*(volatile char *)(area->start + 17 * area->page_size) = 2;
}

/* The pages stay read-only until they are written to again. */
static void run_reuse(struct area *area)
{
	touch(area);
}

/* Whether a line of vmallocinfo ("RANGE SIZE ...") is our area, in use or not yet purged. */
static bool is_ours(const char *line)
{
	unsigned long bytes;

	return sscanf(line, "%*s %lu", &bytes) == 1 && bytes >= VFREE_BYTES &&
	       bytes < VFREE_BYTES + (1 << 20);
}

static bool is_purged(void)
{
	FILE *f = fopen("/proc/vmallocinfo", "r");
	bool purged = true;
	char line[512];

	if (!f)
		die("/proc/vmallocinfo");
	while (fgets(line, sizeof(line), f))
		if (is_ours(line))
			purged = false;
	fclose(f);
	return purged;
}

static void wait_purged(void)
{
	struct timespec tick = { .tv_nsec = 10 * 1000 * 1000 };

	for (int ms = 0; !is_purged(); ms += 10) {
		if (ms > DEADLINE_MS) {
			errno = ETIMEDOUT;
			die("vfree");
		}
		nanosleep(&tick, NULL);
	}
}

static int map_fd;

/* The kernel keeps the elements of an array map in one vmalloc area. */
static void prepare_vfree(struct area *area)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = 4;
	attr.value_size = 4096;
	attr.max_entries = VFREE_BYTES / 4096;
	map_fd = syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
	check(map_fd, "bpf map");
}

static void run_vfree(struct area *area)
{
	close(map_fd);
	wait_purged();
}

static const struct op ops[] = {
	{ "munmap", PAGES, NULL, run_munmap },	   { "munmap-1", 1, NULL, run_munmap },
	{ "munmap-1031", 1031, NULL, run_munmap }, { "mprotect", PAGES, NULL, run_mprotect },
	{ "dontneed", PAGES, NULL, run_dontneed }, { "dontneed-1", 1, NULL, run_dontneed },
	{ "mremap", PAGES, NULL, run_mremap },	   { "fork", PAGES, NULL, run_fork },
	{ "cow", PAGES, prepare_cow, run_cow },	   { "reuse", PAGES, run_fork, run_reuse },
	{ "vfree", 1, prepare_vfree, run_vfree },
};

static void begin(const char *name)
{
	say("begin", name);
	hint(0x70);
}

static void end(const char *name)
{
	hint(0x71);
	say("end", name);
}

static bool run_op(const char *name)
{
	struct area area = { .page_size = sysconf(_SC_PAGESIZE) };

	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
		if (strcmp(ops[i].name, name))
			continue;
		area.pages = ops[i].pages;
		map(&area);
		if (ops[i].prepare)
			ops[i].prepare(&area);
		begin(name);
		ops[i].run(&area);
		end(name);
		return true;
	}
	return false;
}

/* The name of the module in the file /NAME.ko. */
static void load(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	check(fd, path);
	begin("module-load");
	check(syscall(SYS_finit_module, fd, "", 0), "finit_module");
	end("module-load");
	close(fd);
}

static void unload(const char *name)
{
	begin("module-unload");
	check(syscall(SYS_delete_module, name, O_NONBLOCK), "delete_module");
	end("module-unload");
}

static void loop(unsigned long n)
{
	struct area area = { .pages = LOOP_PAGES, .page_size = sysconf(_SC_PAGESIZE) };

	while (n--) {
		map(&area);
		run_mprotect(&area);
		run_fork(&area);
		run_munmap(&area);
	}
}

static void run_loop(const char *text)
{
	unsigned long n = strtoul(text, NULL, 10);

	loop(n / 10);
	hint(0x72);
	loop(n);
	hint(0x73);
}

static void enable(void)
{
	int fd = open(TRACEFS "/events/arm64_mm/enable", O_WRONLY);

	check(fd, "the events arm64_mm");
	if (write(fd, "1", 1) != 1)
		die("the events arm64_mm");
	close(fd);
}

static void show(const char *name)
{
	char text[4096];
	ssize_t n;
	int fd = open(name, O_RDONLY);

	check(fd, name);
	printf("== %s\n", name);
	while ((n = read(fd, text, sizeof(text))) > 0)
		fwrite(text, 1, n, stdout);
	check(n, name);
	puts("== end");
	close(fd);
}

static void run(char *word)
{
	if (!strncmp(word, "load:", 5)) {
		load(word + 5);
	} else if (!strncmp(word, "unload:", 7)) {
		unload(word + 7);
	} else if (!strncmp(word, "loop:", 5)) {
		run_loop(word + 5);
	} else if (!strncmp(word, "show:", 5)) {
		show(word + 5);
	} else if (!strcmp(word, "enable")) {
		enable();
	} else if (!run_op(word)) {
		errno = EINVAL;
		die(word);
	}
}

static void be_realtime(void)
{
	struct sched_param p = { .sched_priority = 1 };

	check(sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &p),
	      "sched_setscheduler");
}

static void be_init(void)
{
	mkdir("/dev", 0755);
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mknod("/dev/console", S_IFCHR | 0600, makedev(5, 1));
	if (!freopen("/dev/console", "w", stdout) || !freopen("/dev/console", "w", stderr))
		die("/dev/console");
	check(mount("proc", "/proc", "proc", 0, NULL), "/proc");
	check(mount("sysfs", "/sys", "sysfs", 0, NULL), "/sys");
	/* A kernel may do without these. */
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	mount("tracefs", TRACEFS, "tracefs", 0, NULL);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fputs("usage: mmops OP...\n", stderr);
		return 2;
	}
	if (getpid() == 1)
		be_init();
	be_realtime();
	marker = open(TRACEFS "/trace_marker", O_WRONLY | O_CLOEXEC);
	for (int i = 1; i < argc; i++)
		run(argv[i]);
	puts("mmops: done");
	fflush(stdout);
	if (sharer)
		waitpid(sharer, NULL, WNOHANG);
	if (getpid() == 1)
		reboot(RB_POWER_OFF);
	return 0;
}
