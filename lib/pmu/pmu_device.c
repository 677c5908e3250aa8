// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/file.h"
#include "util/number.h"
#include "pmu/pmu_device.h"
#include "util/util.h"

#define PATH_BYTES 320

bool pmu_name_ok(const char *name, size_t len)
{
	if (!len || len >= PMU_NAME_BYTES || name[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)name[i]) && !strchr("_-.", name[i]))
			return false;
	}
	return true;
}

int pmu_device_read(const struct host *h, const char *name, struct pmu_device *ret)
{
	struct pmu_device d = { 0 };
	char path[PATH_BYTES];
	uint64_t type;
	int r;

	if (!pmu_name_ok(name, strlen(name)))
		return -ENOENT;
	snprintf(path, sizeof(path), PMU_DIR "/%s/type", name);
	r = file_read_u64(h->root, path, &type);
	if (r)
		return r;
	if (type > UINT32_MAX)
		return -EBADMSG;
	snprintf(path, sizeof(path), PMU_DIR "/%s/cpus", name);
	r = cpulist_read(h->root, path, &d.cpus);
	if (r && r != -ENOENT)
		return r;
	memcpy(d.name, name, strlen(name) + 1);
	d.type = type;
	d.pmuv3 = h->arch == ARCH_ARM64 && !strncmp(name, "armv8_", 6);
	*ret = d;
	return 0;
}

static bool is_core_pmu(struct pmu_device *d)
{
	if (cpulist_count(&d->cpus))
		return true;
	if (strcmp(d->name, "cpu"))
		return false;
	memset(&d->cpus, 0xff, sizeof(d->cpus));
	return true;
}

int pmu_devices(const struct host *h, struct pmu_device **ret, size_t *ret_n)
{
	_cleanup_(strings_free_p) char **names = NULL;
	struct pmu_device *all;
	size_t count = 0, n = 0;
	int r = file_list(h->root, PMU_DIR, &names);

	*ret_n = 0;
	if (r && r != -ENOENT)
		return r;
	while (names && names[count])
		count++;
	all = calloc(count + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (!pmu_device_read(h, names[i], &all[n]) && is_core_pmu(&all[n]))
			n++;
	}
	*ret = all;
	*ret_n = n;
	return 0;
}

static bool file_names_event(const char *root, const char *path, uint64_t id)
{
	_cleanup_free_ char *line = NULL;
	const char *p;
	uint64_t n;

	if (file_read_line(root, path, &line))
		return false;
	p = line;
	if (strncmp(p, "event=", 6))
		return false;
	p += 6;
	return !scan_u64(&p, 16, &n) && !*p && n == id;
}

bool pmu_device_lists(const struct host *h, const struct pmu_device *d, uint64_t id)
{
	_cleanup_(strings_free_p) char **names = NULL;
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), PMU_DIR "/%s/events", d->name);
	if (file_list(h->root, path, &names))
		return false;
	for (size_t i = 0; names[i]; i++) {
		if (snprintf(path, sizeof(path), PMU_DIR "/%s/events/%s", d->name, names[i]) <
			    (int)sizeof(path) &&
		    file_names_event(h->root, path, id))
			return true;
	}
	return false;
}

bool pmu_arm64_common(uint64_t id)
{
	return id < 0x40 || (id >= 0x4000 && id < 0x4040);
}
