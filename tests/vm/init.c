// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of the test machine's initrd: loads /modules/NNN-*.ko in name order,
 * mounts the disk with serial "root", puts the disk with serial "modules" (if
 * there is one) at /usr/lib/modules/RELEASE, and becomes systemd.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "guest.h"

#define POLL_US	 50000
#define POLL_MAX 1200 /* one minute */

static void module_load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(path);
	if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
		die(path);
	close(fd);
	unlink(path); /* the initrd is memory */
}

static int is_module(const struct dirent *entry)
{
	return strstr(entry->d_name, ".ko") != NULL;
}

static void modules_load(void)
{
	struct dirent **entries;
	int n = scandir("/modules", &entries, is_module, alphasort);
	char path[PATH_MAX];

	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/modules/%s", entries[i]->d_name);
		module_load(path);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

static void root_mount(void)
{
	char disk[PATH_MAX];

	for (int i = 0; i < POLL_MAX; i++) {
		if (disk_find("root", disk, sizeof(disk)) &&
		    !mount(disk, "/new", "ext4", 0, ""))
			return;
		usleep(POLL_US);
	}
	die("mount root");
}

static void modules_mount(void)
{
	char disk[PATH_MAX], where[PATH_MAX];
	struct utsname uts;

	if (uname(&uts) || !disk_find("modules", disk, sizeof(disk)))
		return;
	snprintf(where, sizeof(where), "/new/usr/lib/modules/%s", uts.release);
	if (mkdir(where, 0755) && errno != EEXIST)
		die(where);
	if (mount(disk, where, "ext4", MS_RDONLY, ""))
		die(where);
}

int main(int argc, char **argv)
{
	(void)argc;
	if (mount("dev", "/dev", "devtmpfs", 0, "") && errno != EBUSY)
		die("mount /dev");
	console_open();
	if (mount("sys", "/sys", "sysfs", 0, ""))
		die("mount /sys");
	modules_load();
	root_mount();
	modules_mount();
	umount("/sys");
	unlink("/init");
	if (mount("/dev", "/new/dev", NULL, MS_MOVE, NULL))
		die("move /dev");
	if (chdir("/new") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		die("switch root");
	argv[0] = "/sbin/init";
	execv(argv[0], argv);
	die(argv[0]);
}
