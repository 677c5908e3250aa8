// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/ksyms.h"
#include "util/array.h"
#include "util/number.h"
#include "util/util.h"

/* Bounds on a file that is not kallsyms: a large kernel has 300,000 symbols of 30 bytes. */
#define MAX_SYMBOLS (1u << 22)
#define MAX_NAMES   (1u << 28)
#define LINE_BYTES  2048 /* KSYM_NAME_LEN is 512 */

struct ksym {
	uint64_t address;
	uint32_t name; /* offset in names */
	char type;     /* as nm(1): T, t, W, w are functions */
};

struct ksyms {
	struct ksym *symbols; /* by address */
	size_t n, capacity;
	char *names;
	size_t names_len, names_capacity;
};

static int ksyms_add(struct ksyms *k, uint64_t address, char type, const char *name,
		     size_t len)
{
	int r;

	if (k->n >= MAX_SYMBOLS || k->names_len + len >= MAX_NAMES)
		return -EBADMSG;
	r = array_reserve(&k->symbols, &k->capacity, k->n + 1, sizeof(*k->symbols));
	if (!r)
		r = array_reserve(&k->names, &k->names_capacity, k->names_len + len + 1, 1);
	if (r)
		return r;
	k->symbols[k->n++] = (struct ksym){ address, k->names_len, type };
	memcpy(k->names + k->names_len, name, len);
	k->names[k->names_len + len] = '\0';
	k->names_len += len + 1;
	return 0;
}

/* "ffffffff81000000 T _text\t[module]" */
static int ksyms_parse_line(struct ksyms *k, const char *line, uint64_t *address)
{
	size_t len;
	char type;

	if (scan_u64(&line, 16, address) || line[0] != ' ' || !line[1] || line[2] != ' ')
		return -EBADMSG;
	type = line[1];
	line += 3;
	len = strcspn(line, " \t\n");
	if (len && strchr("bdr", type))
		return 0;
	return len ? ksyms_add(k, *address, type, line, len) : -EBADMSG;
}

/* Of several names for one place, the order of the file decides, as it does in the kernel. */
static int by_address(const void *pa, const void *pb)
{
	const struct ksym *a = pa, *b = pb;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return (a->name > b->name) - (a->name < b->name);
}

static int ksyms_read_all(struct ksyms *k, FILE *f)
{
	bool sorted = true, hidden = true;
	char line[LINE_BYTES];
	uint64_t address;
	int r;

	while (fgets(line, sizeof(line), f)) {
		r = strlen(line) < sizeof(line) - 1 ? ksyms_parse_line(k, line, &address)
						    : -EBADMSG;
		if (r)
			return r;
		hidden = hidden && !address;
		sorted = sorted && (k->n < 2 || k->symbols[k->n - 2].address <=
							k->symbols[k->n - 1].address);
	}
	if (ferror(f))
		return -EIO;
	if (!k->n)
		return -EBADMSG;
	/* The file is in order but for modules and BPF programs at its end. */
	if (!sorted)
		qsort(k->symbols, k->n, sizeof(*k->symbols), by_address);
	return hidden ? -EACCES : 0;
}

int ksyms_parse(FILE *f, struct ksyms **ret)
{
	struct ksyms *k = calloc(1, sizeof(*k));
	int r = k ? ksyms_read_all(k, f) : -ENOMEM;

	if (r) {
		ksyms_free(k);
		return r;
	}
	*ret = k;
	return 0;
}

int ksyms_open(const char *root, FILE **ret)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/proc/kallsyms", root) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	*ret = fopen(path, "re");
	return *ret ? 0 : -errno;
}

int ksyms_new(const char *root, struct ksyms **ret)
{
	_cleanup_fclose_ FILE *f = NULL;
	int r = ksyms_open(root, &f);

	return r ? r : ksyms_parse(f, ret);
}

int ksyms_visible(FILE *f)
{
	char line[LINE_BYTES];
	uint64_t address;

	while (fgets(line, sizeof(line), f)) {
		const char *p = line;

		if (scan_u64(&p, 16, &address))
			return -EBADMSG;
		if (address)
			return 0;
	}
	return ferror(f) ? -EIO : -EACCES;
}

const char *ksyms_why(int err)
{
	return err == -EACCES ? "kernel addresses are hidden, so callers have no names"
			      : "/proc/kallsyms cannot be read, so callers have no names";
}

void ksyms_free(struct ksyms *k)
{
	if (!k)
		return;
	free(k->symbols);
	free(k->names);
	free(k);
}

static const char *name_of(const struct ksyms *k, const struct ksym *s)
{
	return k->names + s->name;
}

uint64_t ksyms_address(const struct ksyms *k, const char *name)
{
	for (size_t i = 0; i < k->n; i++) {
		if (!strcmp(name_of(k, &k->symbols[i]), name))
			return k->symbols[i].address;
	}
	return 0;
}

static bool is_function(const struct ksym *s)
{
	return strchr("TtWw", s->type);
}

/*
 * ".isra.0" of "name.isra.0": a copy the compiler made that still takes the same role; what
 * ends in ".cold" is only the unlikely half of one.
 */
static bool is_compiler_suffix(const char *suffix)
{
	static const char *const known[] = { ".isra.", ".part.", ".constprop.", ".llvm." };

	if (strstr(suffix, ".cold"))
		return false;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (!strncmp(suffix, known[i], strlen(known[i])))
			return true;
	}
	return false;
}

const char *ksyms_function(const struct ksyms *k, const char *name)
{
	size_t len = strlen(name);
	const char *found = NULL;

	for (size_t i = 0; i < k->n; i++) {
		const char *s = name_of(k, &k->symbols[i]);

		if (strncmp(s, name, len) || !is_function(&k->symbols[i]))
			continue;
		if (!s[len])
			return s;
		if (is_compiler_suffix(s + len))
			found = s;
	}
	return found;
}

const char *ksyms_name(const struct ksyms *k, uint64_t address, uint64_t *offset)
{
	size_t i = sorted_upto(k->symbols, k->n, sizeof(*k->symbols), address);
	const struct ksym *found = NULL;

	while (i--) {
		const struct ksym *s = &k->symbols[i];

		if (found && s->address != found->address)
			break;
		if (is_function(s))
			found = s;
	}
	if (!found)
		return NULL;
	if (offset)
		*offset = address - found->address;
	return name_of(k, found);
}

const char *ksyms_caller(const struct ksyms *k, uint64_t address)
{
	return ksyms_name(k, address - 1, NULL);
}
