// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/kernel_names.h"
#include "host/ksyms.h"
#include "host/vmstat.h"

#define CANDIDATES	  2
#define NAMES_OF(id, ...) [id] = { __VA_ARGS__ },

static const char *const known_names[KERNEL_NAMES][CANDIDATES] = {
	KERNEL_NAME_LIST(NAMES_OF) /* kernel_names.h */
};

#define for_each_name(name, h, n)                                                             \
	for (size_t i_ = 0; (name = kernel_candidate(h, n, i_)); i_++)

const char *kernel_name(enum kernel_name n)
{
	return known_names[n][0];
}

const char *kernel_candidate(const struct host *h, enum kernel_name n, size_t i)
{
	const char *known = i < CANDIDATES ? known_names[n][i] : NULL;
	const char *given = n ? host_symbol(h, known_names[n][0]) : NULL;

	if (given == known_names[n][0])
		return known;
	return i ? NULL : given;
}

bool kernel_is(const struct host *h, enum kernel_name n, const char *symbol)
{
	const char *name;

	for_each_name(name, h, n) {
		if (!strcmp(name, symbol))
			return true;
	}
	return false;
}

uint64_t kernel_address(struct host *h, enum kernel_name n)
{
	const struct ksyms *k;
	const char *name;
	uint64_t address = 0;

	if (host_ksyms(h, &k))
		return 0;
	for (size_t i = 0; !address && (name = kernel_candidate(h, n, i)); i++)
		address = ksyms_address(k, name);
	return address;
}

const char *kernel_function(struct host *h, enum kernel_name n)
{
	const char *name, *found = NULL;
	const struct ksyms *k;

	if (host_ksyms(h, &k))
		return NULL;
	for (size_t i = 0; !found && (name = kernel_candidate(h, n, i)); i++)
		found = ksyms_function(k, name);
	return found;
}

int kernel_vmstat(const struct host *h, enum kernel_name n, const char *text, uint64_t *ret)
{
	const char *name;
	int r = -ENOENT;

	for (size_t i = 0; r == -ENOENT && (name = kernel_candidate(h, n, i)); i++)
		r = vmstat_count(text, name, ret);
	return r;
}

static bool has_type(struct host *h, enum kernel_name n, const char *prefix, uint32_t kind)
{
	const struct btf *btf;
	const char *name;
	char type[128];

	if (host_btf(h, &btf))
		return false;
	for_each_name(name, h, n) {
		snprintf(type, sizeof(type), "%s%s", prefix, name);
		if (btf__find_by_name_kind(btf, type, kind) > 0)
			return true;
	}
	return false;
}

bool kernel_has_event(struct host *h, enum kernel_name n)
{
	return has_type(h, n, "btf_trace_", BTF_KIND_TYPEDEF);
}

bool kernel_has_enum(struct host *h, enum kernel_name n)
{
	return has_type(h, n, "", BTF_KIND_ENUM);
}
