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

#define POLL_US	 50000
#define POLL_MAX 1200 /* one minute */

/* PID 1 that exits panics the kernel, and panic=-1 ends the machine */
__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "initrd: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static void console_open(void)
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

static int serial_matches(const char *disk, const char *serial)
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
static int disk_find(const char *serial, char *ret_path, size_t size)
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
