// SPDX-License-Identifier: GPL-2.0-only
/* Many modules out of one: copies of it under other names. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest.h"

#define FILE_NAME "/test_module.ko"
#define NAME	  "test_module" /* lib/test_module.c: it does nothing and exports nothing */

/* As long as NAME. */
static void name_of(char *buf, long n)
{
	snprintf(buf, sizeof(NAME), "test_%06u", (unsigned int)n % 1000000);
}

static char *read_module(size_t *ret_size)
{
	int fd = guest_check(open(FILE_NAME, O_RDONLY | O_CLOEXEC), FILE_NAME);
	struct stat st;
	char *image;

	guest_check(fstat(fd, &st), FILE_NAME);
	image = malloc(st.st_size);
	if (!image || read(fd, image, st.st_size) != st.st_size)
		guest_die(FILE_NAME);
	close(fd);
	*ret_size = st.st_size;
	return image;
}

void module_load(long n)
{
	static char *image, was[] = NAME;
	static size_t size;
	char name[sizeof(NAME)];
	char *at;

	if (!image)
		image = read_module(&size);
	name_of(name, n);
	/* where it names itself, and in the names of its functions, where it does not matter
	 */
	for (at = image; (at = memmem(at, image + size - at, was, strlen(was)));)
		memcpy(at, name, strlen(name));
	memcpy(was, name, sizeof(name));
	guest_check(syscall(SYS_init_module, image, size, ""), "init_module");
}

void module_unload(long n)
{
	char name[sizeof(NAME)];

	name_of(name, n);
	guest_check(syscall(SYS_delete_module, name, O_NONBLOCK), "delete_module");
}
