// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes through the page cache to dm-crypt on a disk in memory: every byte is read and
 * written through the linear map, by the AES instructions.
 */
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "guest.h"

#define DISK	"/dev/ram0"
#define CRYPTED "/dev/dm-0"
#define SECTOR	512
#define CHUNK	65536
#define PASSES	2
/* two keys of 256 bits, as aes-xts wants; no secret */
#define KEY                                                                                   \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"                    \
	"ff0e0d0c0b0a09080706050403020100efeeedecebeae9e8e7e6e5e4e3e2e1e0"

struct request {
	struct dm_ioctl head;
	struct dm_target_spec target;
	char parameters[256];
};

static void command(int control, unsigned long number, struct request *r)
{
	r->head.version[0] = DM_VERSION_MAJOR;
	r->head.data_size = sizeof(*r);
	r->head.data_start = sizeof(r->head);
	strcpy(r->head.name, "crypted");
	guest_check(ioctl(control, number, r), "device mapper");
}

static void map_crypted(long mib)
{
	int control = guest_check(open("/dev/mapper/control", O_RDWR), "/dev/mapper/control");
	struct request create = { 0 }, load = { 0 }, resume = { 0 };

	command(control, DM_DEV_CREATE, &create);
	load.head.target_count = 1;
	load.target.length = (mib << 20) / SECTOR;
	strcpy(load.target.target_type, "crypt");
	snprintf(load.parameters, sizeof(load.parameters), "aes-xts-plain64 %s 0 %s 0", KEY,
		 DISK);
	command(control, DM_TABLE_LOAD, &load);
	command(control, DM_DEV_SUSPEND, &resume); /* without its flag: go */
	close(control);
}

static void fill(char *chunk)
{
	for (int i = 0; i < CHUNK; i += 32) {
		uint64_t word = guest_random();

		memcpy(chunk + i, &word, sizeof(word));
	}
}

static void write_all(int fd, char *chunk, long mib)
{
	for (long at = 0; at < mib << 20; at += CHUNK) {
		fill(chunk);
		if (pwrite(fd, chunk, CHUNK, at) != CHUNK)
			guest_die(CRYPTED);
	}
	guest_check(fsync(fd), CRYPTED);
}

/* @last is what was written last; the disk must have something else there. */
static void check_crypted(const char *last, long at)
{
	static char found[CHUNK];
	int fd = guest_check(open(DISK, O_RDONLY), DISK);

	if (pread(fd, found, CHUNK, at) != CHUNK || !memcmp(found, last, CHUNK))
		guest_die("what is on " DISK " is not encrypted");
	close(fd);
}

void block_write(long mib)
{
	static char chunk[CHUNK];
	int fd;

	map_crypted(mib);
	fd = guest_check(open(CRYPTED, O_RDWR), CRYPTED);
	write_all(fd, chunk, mib);
	check_crypted(chunk, (mib << 20) - CHUNK);
	guest_look();
	write_all(fd, chunk, mib / 8);
	guest_begin();
	for (int i = 0; i < PASSES; i++)
		write_all(fd, chunk, mib);
	guest_end("block", "");
}
