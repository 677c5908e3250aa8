// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pmus.h"

/* Files of sysfs that hold a few words. */
static bool read_small(int dir, const char *pmu, const char *file, char buf[64])
{
	char path[320];
	ssize_t n;
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", pmu, file) >= (int)sizeof(path))
		return false;
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, buf, 63);
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static bool parse_unsigned(const char *text, unsigned int *ret)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || (*end && *end != '\n') || n > 0x7fffffff)
		return false;
	*ret = n;
	return true;
}

static bool read_type(int dir, const char *pmu, unsigned int *ret)
{
	char text[64];

	return read_small(dir, pmu, "type", text) && parse_unsigned(text, ret);
}

static bool belongs_to_cores(int dir, const char *pmu)
{
	char text[64];

	return !strcmp(pmu, "cpu") || read_small(dir, pmu, "cpus", text);
}

/* "config:0" */
static void read_kprobe(int dir, struct pmus *p)
{
	static const char config[] = "config:";
	char text[64];

	p->have_kprobe = read_type(dir, "kprobe", &p->kprobe) &&
			 read_small(dir, "kprobe", "format/retprobe", text) &&
			 !strncmp(text, config, strlen(config)) &&
			 parse_unsigned(text + strlen(config), &p->kprobe_return) &&
			 p->kprobe_return < 64;
}

void pmus_read(const char *dir, struct pmus *ret)
{
	struct pmus p = { .n = 0 };
	DIR *all = opendir(dir);
	struct dirent *e;

	while (all && p.n < PMUS_CORE && (e = readdir(all))) {
		if (e->d_name[0] != '.' && belongs_to_cores(dirfd(all), e->d_name) &&
		    read_type(dirfd(all), e->d_name, &p.core[p.n]))
			p.n++;
	}
	if (all)
		read_kprobe(dirfd(all), &p);
	if (all)
		closedir(all);
	*ret = p;
}

bool pmus_is_core(const struct pmus *p, unsigned long long type)
{
	for (unsigned int i = 0; i < p->n; i++) {
		if (p->core[i] == type)
			return true;
	}
	return false;
}
