// SPDX-License-Identifier: GPL-2.0-only
/*
 * linmap_stress - all that changes the kernel's linear map or reads its page tables, at once
 *
 *   linmap_stress SECONDS KIND[=ARGUMENT]...
 *
 * Runs a process for each KIND until the time is over, and prints "KIND ROUNDS".  The exit
 * status is 1 if one failed.
 *
 *   module=FILE   load and remove the module (finit_module(2)) that FILE, NAME.ko, is
 *   bpf           load a few programs, run each, and unload them
 *   secret        touch some pages of memfd_secret(2), see that they keep what was written,
 * and unmap them kfence        KFENCE's sample interval from 0 to a millisecond and back
 *   ptdump        read the kernel's dump of its page tables
 *   hotplug=PORT  plug and unplug memory: QMP on PORT, for the virtio-mem device "hotplug"
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "program.h"
#include "secret.h"

#define MAX_KINDS	16
#define PROGRAMS	32
#define SECRET_PAGES	600 /* more than a PMD has */
#define HOTPLUG_BYTES	(512ul << 20)
#define HOTPLUG_SECONDS 600

static size_t page;

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "linmap_stress: %s: %s\n", what, strerror(errno));
	_exit(1);
}

/* what does not have the contents it should have */
__attribute__((noreturn)) static void wrong(const char *what)
{
	errno = EBADMSG;
	die(what);
}

static void spill(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

static void pause_ms(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static void load_module(const char *path)
{
	const char *slash = strrchr(path, '/');
	char name[64];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	snprintf(name, sizeof(name), "%s", slash ? slash + 1 : path);
	name[strcspn(name, ".")] = '\0';
	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		die(path);
	close(fd);
	if (syscall(SYS_delete_module, name, 0))
		die(name);
}

static void load_programs(const char *arg)
{
	int fds[PROGRAMS];

	(void)arg;
	for (int i = 0; i < PROGRAMS; i++) {
		fds[i] = program_load();
		if (fds[i] < 0)
			die("BPF_PROG_LOAD");
	}
	for (int i = 0; i < PROGRAMS; i++) {
		if (!program_answers(fds[i]))
			wrong("a BPF program");
		close(fds[i]);
	}
}

static void touch_secret(const char *arg)
{
	size_t pages = 1 + rand() % SECRET_PAGES;
	size_t *p = secret_map(pages * page);

	(void)arg;
	if (p == MAP_FAILED)
		die("memfd_secret");
	for (size_t i = 0; i < pages; i++)
		p[i * page / sizeof(*p)] = i;
	for (size_t i = 0; i < pages; i++) {
		if (p[i * page / sizeof(*p)] != i || p[i * page / sizeof(*p) + 1])
			wrong("secret memory");
	}
	munmap(p, pages * page);
}

static void toggle_kfence(const char *arg)
{
	static const char interval[] = "/sys/module/kfence/parameters/sample_interval";

	(void)arg;
	spill(interval, "1");
	pause_ms(50);
	spill(interval, "0");
}

static void read_dump(const char *arg)
{
	char buf[1 << 16];
	int fd = open("/sys/kernel/debug/kernel_page_tables", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	(void)arg;
	if (fd < 0)
		die("kernel_page_tables");
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		;
	if (n)
		die("kernel_page_tables");
	close(fd);
}

/* A command, up to the line that answers it, and its number if it has one; events come
 * between. */
static size_t qmp(FILE *in, FILE *out, const char *command)
{
	char line[1024], *value;

	fprintf(out, "%s\n", command);
	fflush(out);
	while (fgets(line, sizeof(line), in)) {
		value = strstr(line, "\"return\": ");
		if (value)
			return strtoul(value + strlen("\"return\": "), NULL, 10);
		if (strstr(line, "\"error\"")) {
			errno = EPROTO;
			die(line);
		}
	}
	die("QMP");
}

#define HOTPLUG_PROPERTY(name)                                                                \
	"\"path\":\"/machine/peripheral/hotplug\",\"property\":\"" name "\""

static void request_memory(FILE *in, FILE *out, size_t bytes)
{
	char command[192];

	snprintf(command, sizeof(command),
		 "{\"execute\":\"qom-set\",\"arguments\":{" HOTPLUG_PROPERTY(
			 "requested-size") ",\"value\":%zu}}",
		 bytes);
	qmp(in, out, command);
}

static void await_memory(FILE *in, FILE *out, size_t bytes)
{
	time_t end = time(NULL) + HOTPLUG_SECONDS;

	while (qmp(in, out,
		   "{\"execute\":\"qom-get\",\"arguments\":{" HOTPLUG_PROPERTY("size") "}}") !=
	       bytes) {
		if (time(NULL) > end) {
			errno = ETIMEDOUT;
			die("memory is not plugged");
		}
		pause_ms(50);
	}
}

/* Every other time it may hold memory of the kernel, some of which need not be removable. */
static void plug_memory(const char *port)
{
	static const char online[] = "/sys/devices/system/memory/auto_online_blocks";
	static FILE *in, *out;
	static unsigned int n;

	if (!in) {
		int fd = open(port, O_RDWR | O_CLOEXEC);

		in = fd < 0 ? NULL : fdopen(fd, "r");
		out = fd < 0 ? NULL : fdopen(dup(fd), "w");
		if (!in || !out)
			die(port);
		qmp(in, out, "{\"execute\":\"qmp_capabilities\"}");
	}
	spill(online, n++ % 2 ? "online_kernel" : "online_movable");
	request_memory(in, out, HOTPLUG_BYTES);
	await_memory(in, out, HOTPLUG_BYTES);
	request_memory(in, out, 0);
	pause_ms(700);
}

static const struct kind {
	const char *name;
	void (*round)(const char *arg);
} kinds[] = {
	{ "module", load_module },   { "bpf", load_programs }, { "secret", touch_secret },
	{ "kfence", toggle_kfence }, { "ptdump", read_dump },  { "hotplug", plug_memory },
};

/* In a child: rounds until the time is over. */
static void run(const struct kind *kind, const char *arg, long seconds)
{
	time_t end = time(NULL) + seconds;
	unsigned long rounds = 0;

	srand(getpid());
	do {
		kind->round(arg);
		rounds++;
	} while (time(NULL) < end);
	printf("%s %lu\n", kind->name, rounds);
}

static const struct kind *find(const char *word)
{
	size_t len = strcspn(word, "=");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strlen(kinds[i].name) == len && !strncmp(kinds[i].name, word, len))
			return &kinds[i];
	}
	errno = EINVAL;
	die(word);
}

static void start(const char *word, long seconds)
{
	const struct kind *kind = find(word);
	const char *arg = strchr(word, '=');
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid)
		return;
	run(kind, arg ? arg + 1 : "", seconds);
	exit(0);
}

int main(int argc, char **argv)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	int status, failed = 0;

	if (argc < 3 || argc > 2 + MAX_KINDS) {
		fprintf(stderr, "usage: linmap_stress SECONDS KIND[=ARGUMENT]...\n");
		return 2;
	}
	page = sysconf(_SC_PAGESIZE);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (setrlimit(RLIMIT_MEMLOCK, &unlimited))
		die("setrlimit");
	for (int i = 2; i < argc; i++)
		start(argv[i], strtol(argv[1], NULL, 10));
	while (wait(&status) > 0)
		failed |= status;
	return failed ? 1 : 0;
}
