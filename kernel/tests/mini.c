// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of a test machine without a user land: takes the words do=STEP of the kernel command
 * line one after the other, prints lines "mini: ..." on the console, and powers off.
 *
 *   report      /proc/meminfo (MemTotal, DirectMap*), bytes of System RAM, and the files of
 *               /sys/kernel/mm/linear_map, as "mini: KEY VALUE"
 *   kfence      enable KFENCE, which was not at boot: the pages between its objects become
 *               invalid
 *   bpf         load PROGRAMS programs, kept, and run them
 *   secret      touch SECRET pages of memfd_secret(), kept
 *   forget      unmap them
 *   pattern     fill PATTERN bytes, kept
 *   check       the pattern is intact, the programs run, and the linear map has leaves of
 *               the same size at the same places as when "hibernate" began, by the kernel's
 *               own dump
 *   refused     hibernation is not possible
 *   hibernate   write the image to the disk "swap"; comes back from it
 *   kexec       start the kernel on disk "kernel" with the initrd on disk "initrd" and this
 *               command line, in which the words then=STEP become do=STEP
 */
#define _GNU_SOURCE
#include <linux/reboot.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>

#include "../../tests/tools/program.h"
#include "../../tests/tools/secret.h"
#include "guest.h"

#define LINEAR_MAP "/sys/kernel/mm/linear_map/"
#define PROGRAMS   200
#define SECRET	   37
#define PATTERN	   (64ul << 20)

static int programs[PROGRAMS], nprograms;
static char *secret;
static uint64_t *pattern;
static char *dump;

/* The whole of a file, which need not have a size; ends the machine on errors. */
static char *slurp(const char *path)
{
	size_t len = 0, room = 1 << 16;
	char *text = malloc(room);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0 || !text)
		die(path);
	while ((n = read(fd, text + len, room - len - 1)) > 0) {
		len += n;
		if (len == room - 1) {
			room *= 2;
			text = realloc(text, room);
			if (!text)
				die(path);
		}
	}
	if (n)
		die(path);
	close(fd);
	text[len] = '\0';
	return text;
}

/* 0, or the errno of the write */
static int spill(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		die(path);
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

static void report_lines(const char *path, const char *begin)
{
	char *text = slurp(path), *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		if (*line && !strncmp(line, begin, strlen(begin)))
			printf("mini: %s\n", line);
	}
	free(text);
}

static void report_file(const char *name)
{
	char path[64], *text;

	snprintf(path, sizeof(path), LINEAR_MAP "%s", name);
	text = slurp(path);
	printf("mini: %s %s", name, text);
	free(text);
}

static void report_ram(void)
{
	char *text = slurp("/proc/iomem"), *rest = text, *line;
	unsigned long long from, to, bytes = 0;

	while ((line = strsep(&rest, "\n"))) {
		if (strstr(line, "System RAM") && sscanf(line, "%llx-%llx", &from, &to) == 2)
			bytes += to - from + 1;
	}
	printf("mini: ram %llu\n", bytes);
	free(text);
}

static void report(void)
{
	report_lines("/proc/meminfo", "MemTotal:");
	report_lines("/proc/meminfo", "DirectMap");
	report_ram();
	report_file("mode");
	report_file("reason");
	report_lines(LINEAR_MAP "stats", "");
}

static void enable_kfence(void)
{
	int err = spill("/sys/module/kfence/parameters/sample_interval", "100");

	printf("mini: kfence %s\n", err ? strerror(err) : "ok");
}

static void run_programs(void)
{
	int good = 0;

	for (int i = 0; i < nprograms; i++)
		good += program_answers(programs[i]);
	printf("mini: bpf %d of %d\n", good, nprograms);
}

static void load_programs(void)
{
	const struct rlimit files = { 2 * PROGRAMS, 2 * PROGRAMS };

	if (setrlimit(RLIMIT_NOFILE, &files))
		die("setrlimit");
	for (; nprograms < PROGRAMS; nprograms++) {
		programs[nprograms] = program_load();
		if (programs[nprograms] < 0)
			die("BPF_PROG_LOAD");
	}
	run_programs();
}

static void touch_secret(void)
{
	const struct rlimit locked = { RLIM_INFINITY, RLIM_INFINITY };
	size_t bytes = SECRET * sysconf(_SC_PAGESIZE);

	setrlimit(RLIMIT_MEMLOCK, &locked);
	secret = secret_map(bytes);
	if (secret == MAP_FAILED)
		die("memfd_secret");
	memset(secret, 1, bytes);
	printf("mini: secret %d pages\n", SECRET);
}

static void forget_secret(void)
{
	munmap(secret, SECRET * sysconf(_SC_PAGESIZE));
}

/* Something that no other place in memory has by chance. */
static uint64_t mark(size_t i)
{
	return (i + 1) * 0x9e3779b97f4a7c15ull;
}

static void fill_pattern(void)
{
	pattern = mmap(NULL, PATTERN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);
	if (pattern == MAP_FAILED)
		die("mmap");
	for (size_t i = 0; i < PATTERN / sizeof(*pattern); i++)
		pattern[i] = mark(i);
}

/*
 * A line of the kernel's dump of its page tables: where what it tells of begins, and what that
 * is: "PUD", "PMD CON", ..., or "" for a hole, which has no bits.  Pages that are invalid on
 * purpose, which come and go as KFENCE's objects do, are pages here.
 */
static bool dump_line(const char *line, uint64_t *ret_from, char kind[16])
{
	char level[8] = "", bits[8] = "";

	if (sscanf(line, "0x%" SCNx64 "-%*s %*s %7s %7s", ret_from, level, bits) < 2)
		return false;
	snprintf(kind, 16, "%s%s", *bits ? level : "", strstr(line, " CON ") ? " CON" : "");
	return true;
}

/* Where in the linear map leaves and groups of another size begin; counts invalid pages. */
static char *dump_linear_map(void)
{
	char *text = slurp("/sys/kernel/debug/kernel_page_tables"), *line;
	char *rest = strstr(text, "---[ Linear Mapping start ]---");
	char *out = calloc(1, strlen(text) + 1), kind[16], last[16] = "";
	size_t len = 0, places = 0, invalid = 0;
	uint64_t from;

	if (!rest) {
		errno = EINVAL;
		die("kernel_page_tables");
	}
	strsep(&rest, "\n");
	while ((line = strsep(&rest, "\n")) && *line != '-') {
		if (!dump_line(line, &from, kind))
			continue;
		invalid += strstr(line, "PTE F ") != NULL;
		if (!strcmp(kind, last))
			continue;
		len += sprintf(out + len, "%" PRIx64 " %s\n", from, kind);
		strcpy(last, kind);
		places++;
	}
	free(text);
	printf("mini: dump %zu places, invalid pages in %zu\n", places, invalid);
	return out;
}

static void check(void)
{
	size_t wrong = 0;
	char *now;

	for (size_t i = 0; pattern && i < PATTERN / sizeof(*pattern); i++)
		wrong += pattern[i] != mark(i);
	printf("mini: pattern %zu wrong\n", wrong);
	run_programs();
	now = dump_linear_map();
	printf("mini: linear map %s\n", !dump || strcmp(now, dump) ? "differs" : "as before");
	free(now);
}

static void disk_or_die(const char *serial, char *ret_path, size_t size)
{
	if (disk_find(serial, ret_path, size))
		return;
	errno = ENODEV;
	die(serial);
}

static void hibernation_is_refused(void)
{
	int err = spill("/sys/power/state", "disk");

	printf("mini: hibernation %s\n", err ? strerror(err) : "was possible");
}

static void hibernate(void)
{
	char disk[PATH_MAX];
	int err;

	disk_or_die("swap", disk, sizeof(disk));
	if (swapon(disk, 0))
		die("swapon");
	err = spill("/sys/power/disk", "shutdown");
	if (err)
		die("/sys/power/disk");
	sync();
	dump = dump_linear_map();
	printf("mini: hibernates\n");
	err = spill("/sys/power/state", "disk");
	printf("mini: back %s\n", err ? strerror(err) : "ok");
	swapoff(disk);
}

/* A disk as a file, which kexec_file_load() wants; its descriptor */
static int disk_file(const char *serial)
{
	char disk[PATH_MAX], path[64], buf[1 << 16];
	int from, to;
	ssize_t n;

	disk_or_die(serial, disk, sizeof(disk));
	snprintf(path, sizeof(path), "/%s", serial);
	from = open(disk, O_RDONLY | O_CLOEXEC);
	to = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (from < 0 || to < 0)
		die(serial);
	while ((n = read(from, buf, sizeof(buf))) > 0) {
		if (write(to, buf, n) != n)
			die(path);
	}
	close(to);
	close(from);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The command line of the next kernel */
static char *next_cmdline(void)
{
	char *text = slurp("/proc/cmdline"), *rest = text, *word, *next = calloc(1, 4096);

	text[strcspn(text, "\n")] = '\0';
	while ((word = strsep(&rest, " "))) {
		if (!strncmp(word, "do=", 3))
			continue;
		if (!strncmp(word, "then=", 5))
			word = memcpy(word + 2, "do=", 3);
		strcat(strcat(next, word), " ");
	}
	free(text);
	return next;
}

static void kexec(void)
{
	char *cmdline = next_cmdline();

	if (syscall(SYS_kexec_file_load, disk_file("kernel"), disk_file("initrd"),
		    strlen(cmdline) + 1, cmdline, 0))
		die("kexec_file_load");
	printf("mini: kexec %s\n", cmdline);
	fflush(stdout);
	sync();
	reboot(LINUX_REBOOT_CMD_KEXEC);
	die("kexec");
}

static const struct {
	const char *name;
	void (*run)(void);
} steps[] = {
	{ "report", report },	     { "kfence", enable_kfence },
	{ "bpf", load_programs },    { "secret", touch_secret },
	{ "forget", forget_secret }, { "pattern", fill_pattern },
	{ "check", check },	     { "refused", hibernation_is_refused },
	{ "hibernate", hibernate },  { "kexec", kexec },
};

static void step(const char *name)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		if (!strcmp(steps[i].name, name)) {
			steps[i].run();
			return;
		}
	}
	errno = EINVAL;
	die(name);
}

int main(void)
{
	char *text, *rest, *word;

	if (mount("dev", "/dev", "devtmpfs", 0, "") && errno != EBUSY)
		die("mount /dev");
	console_open();
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (mount("proc", "/proc", "proc", 0, "") || mount("sys", "/sys", "sysfs", 0, "") ||
	    mount("debug", "/sys/kernel/debug", "debugfs", 0, ""))
		die("mount");
	text = rest = slurp("/proc/cmdline");
	text[strcspn(text, "\n")] = '\0';
	while ((word = strsep(&rest, " "))) {
		if (!strncmp(word, "do=", 3))
			step(word + 3);
	}
	printf("mini: done\n");
	sync();
	reboot(LINUX_REBOOT_CMD_POWER_OFF);
	die("power off");
}
