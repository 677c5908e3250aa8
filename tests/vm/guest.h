// SPDX-License-Identifier: GPL-2.0-only
/* What the programs that are PID 1 of a test machine share. */
#ifndef TESTS_VM_GUEST_H
#define TESTS_VM_GUEST_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* PID 1 that exits panics the kernel, and panic=-1 ends the machine */
__attribute__((noreturn)) static inline void die(const char *what)
{
	fprintf(stderr, "init: %s: %s\n", what, strerror(errno));
	_exit(1);
}

/* standard input and output on the console */
static inline void console_open(void)
{
	int fd = open("/dev/console", O_RDWR);

	if (fd < 0)
		return;
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

static inline int serial_matches(const char *disk, const char *serial)
{
	char path[PATH_MAX], text[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/block/%s/serial", disk);
	f = fopen(path, "re");
	if (!f)
		return 0;
	/* virtio serial numbers end without a newline */
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	fclose(f);
	text[strcspn(text, "\n")] = '\0';
	return !strcmp(text, serial);
}

/* returns 1 and the device path in ret_path if a disk has this serial number */
static inline int disk_find(const char *serial, char *ret_path, size_t size)
{
	DIR *dir = opendir("/sys/block");
	struct dirent *entry;
	int found = 0;

	if (!dir)
		return 0;
	while (!found && (entry = readdir(dir))) {
		if (!serial_matches(entry->d_name, serial))
			continue;
		snprintf(ret_path, size, "/dev/%s", entry->d_name);
		found = 1;
	}
	closedir(dir);
	return found;
}

#endif
