// SPDX-License-Identifier: GPL-2.0-only
/* Reading files that are in the page cache, and names that are in the dentry cache. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"

#define PAGE	4096
#define CHUNK	65536
#define PASSES	2
#define READS	100000
#define LOOKUPS 50000
#define RENEWED 10000

static char buffer[CHUNK] __attribute__((aligned(PAGE)));

/* Written, not fallocated: reads of pages that nobody wrote never touch them. */
int file_make(const char *path, long mib)
{
	int fd = guest_check(open(path, O_RDWR | O_CREAT | O_EXCL, 0600), path);

	memset(buffer, 7, sizeof(buffer));
	for (long i = 0; i < mib << 20; i += CHUNK)
		if (write(fd, buffer, CHUNK) != CHUNK)
			guest_die(path);
	return fd;
}

static void read_all(int fd, long mib)
{
	for (long at = 0; at < mib << 20; at += CHUNK)
		if (pread(fd, buffer, CHUNK, at) != CHUNK)
			guest_die("pread");
}

void file_sequential(long mib)
{
	int fd = file_make("/tmp/file", mib);

	guest_look();
	read_all(fd, mib);
	guest_begin();
	for (int i = 0; i < PASSES; i++)
		read_all(fd, mib);
	guest_end("sequential", "");
}

void file_read_random(int fd, long mib, long n)
{
	while (n--) {
		off_t at = (off_t)(guest_random() % (mib << 8)) * PAGE;

		if (pread(fd, buffer, PAGE, at) != PAGE)
			guest_die("pread");
	}
}

void file_random(long mib)
{
	int fd = file_make("/tmp/file", mib);

	guest_look();
	file_read_random(fd, mib, READS / 10);
	guest_begin();
	file_read_random(fd, mib, READS);
	guest_end("random", "");
}

static const char *name_of(long i)
{
	static char name[32];

	snprintf(name, sizeof(name), "names/%ld", i);
	return name;
}

static void create(long i)
{
	int fd = open(name_of(i), O_WRONLY | O_CREAT | O_EXCL, 0600);

	guest_check(fd, name_of(i));
	close(fd);
}

static void look_up(long files, long n)
{
	struct stat st;

	while (n--)
		guest_check(stat(name_of(guest_random() % files), &st), "stat");
}

/* Anywhere among the names: gone and there again. */
static void renew(long files, long n)
{
	while (n--) {
		long i = guest_random() % files;

		guest_check(unlink(name_of(i)), "unlink");
		create(i);
	}
}

void file_metadata(long files)
{
	guest_check(chdir("/tmp"), "chdir");
	guest_check(mkdir("names", 0700), "mkdir");
	for (long i = 0; i < files; i++)
		create(i);
	guest_look();
	look_up(files, LOOKUPS / 10);
	renew(files, RENEWED / 10);
	guest_begin();
	look_up(files, LOOKUPS);
	renew(files, RENEWED);
	guest_end("metadata", "");
}
