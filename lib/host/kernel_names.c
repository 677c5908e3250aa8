// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/kernel_names.h"
#include "host/ksyms.h"
#include "host/vmstat.h"

#define CANDIDATES	  3
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

enum kernel_name kernel_name_given(const char *name)
{
	for (int n = KERNEL_NONE + 1; n < KERNEL_NAMES; n++) {
		if (!strcmp(name, known_names[n][0]))
			return n;
	}
	return KERNEL_NONE;
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

bool kernel_has_function(struct host *h, enum kernel_name n)
{
	return has_type(h, n, "", BTF_KIND_FUNC);
}

bool kernel_has_event(struct host *h, enum kernel_name n)
{
	return has_type(h, n, "btf_trace_", BTF_KIND_TYPEDEF);
}

bool kernel_has_enum(struct host *h, enum kernel_name n)
{
	return has_type(h, n, "", BTF_KIND_ENUM);
}

bool kernel_has_typedef(struct host *h, enum kernel_name n)
{
	return has_type(h, n, "", BTF_KIND_TYPEDEF);
}

static bool has_member(const struct btf *btf, const struct btf_type *t, const char *name)
{
	const struct btf_member *m = btf_members(t);

	for (int i = 0; i < btf_vlen(t); i++) {
		if (!strcmp(btf__name_by_offset(btf, m[i].name_off), name))
			return true;
	}
	return false;
}

bool kernel_has_member(struct host *h, enum kernel_name type, enum kernel_name member)
{
	const struct btf_type *t;
	const struct btf *btf;
	int id;

	if (host_btf(h, &btf))
		return false;
	id = btf__find_by_name_kind(btf, kernel_candidate(h, type, 0), BTF_KIND_TYPEDEF);
	id = id > 0 ? btf__resolve_type(btf, id) : id;
	t = id > 0 ? btf__type_by_id(btf, id) : NULL;
	return t && btf_is_struct(t) && has_member(btf, t, kernel_candidate(h, member, 0));
}
