// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "host/host.h"
#include "host/ksyms.h"
#include "host/opener.h"
#include "util/array.h"
#include "util/number.h"
#include "util/util.h"

static enum host_arch host_arch_of(const char *machine)
{
	if (!strcmp(machine, "x86_64"))
		return ARCH_X86_64;
	if (!strcmp(machine, "aarch64"))
		return ARCH_ARM64;
	return ARCH_OTHER;
}

static void parse_release(struct host *h)
{
	const char *p = h->release;
	uint64_t n;

	if (scan_u64(&p, 10, &n) || n > 1000 || *p++ != '.')
		return;
	h->major = n;
	if (!scan_u64(&p, 10, &n) && n <= 1000)
		h->minor = n;
}

int host_set_root(struct host *h, const char *root)
{
	char *copy = strdup(root);
	struct opener *opener;

	if (!copy || opener_new(root, &opener)) {
		free(copy);
		return -ENOMEM;
	}
	free(h->root);
	opener_free(h->opener);
	h->root = copy;
	h->opener = opener;
	return 0;
}

int host_new(const char *root, struct host **ret)
{
	struct utsname u;
	struct host *h;

	if (uname(&u))
		return -errno;
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	if (host_set_root(h, root ? root : "")) {
		host_free(h);
		return -ENOMEM;
	}
	snprintf(h->arch_name, sizeof(h->arch_name), "%s", u.machine);
	snprintf(h->release, sizeof(h->release), "%s", u.release);
	h->arch = host_arch_of(u.machine);
	h->page_size = sysconf(_SC_PAGESIZE);
	parse_release(h);
	*ret = h;
	return 0;
}

static void close_ksyms(struct host *h)
{
	if (h->ksyms_file)
		fclose(h->ksyms_file);
	h->ksyms_file = NULL;
}

void host_free(struct host *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->nrenames; i++) {
		free(h->renames[i].from);
		free(h->renames[i].to);
	}
	free(h->renames);
	close_ksyms(h);
	ksyms_free(h->ksyms);
	btf__free(h->btf);
	opener_free(h->opener);
	free(h->root);
	free(h);
}

int host_rename(struct host *h, const char *from, const char *to)
{
	struct host_rename new = { strdup(from), strdup(to) };
	int r = array_reserve_one(&h->renames, h->nrenames, sizeof(*h->renames));

	if (r || !new.from || !new.to) {
		free(new.from);
		free(new.to);
		return -ENOMEM;
	}
	h->renames[h->nrenames++] = new;
	return 0;
}

const char *host_symbol(const struct host *h, const char *name)
{
	for (size_t i = h->nrenames; i > 0; i--) {
		if (!strcmp(h->renames[i - 1].from, name))
			return h->renames[i - 1].to;
	}
	return name;
}

void host_keep_ksyms(struct host *h)
{
	if (!h->ksyms_file && ksyms_open(h->root, &h->ksyms_file))
		h->ksyms_file = NULL;
}

int host_ksyms(struct host *h, const struct ksyms **ret)
{
	if (!h->ksyms && !h->ksyms_error) {
		h->ksyms_error = h->ksyms_file ? ksyms_parse(h->ksyms_file, &h->ksyms)
					       : ksyms_new(h->root, &h->ksyms);
		close_ksyms(h);
	}
	if (!h->ksyms_error)
		*ret = h->ksyms;
	return h->ksyms_error;
}

static int look_at_ksyms(const struct host *h)
{
	_cleanup_fclose_ FILE *f = NULL;
	int r;

	if (h->ksyms_file) {
		r = ksyms_visible(h->ksyms_file);
		rewind(h->ksyms_file);
		return r;
	}
	r = ksyms_open(h->root, &f);
	return r ? r : ksyms_visible(f);
}

int host_ksyms_visible(struct host *h)
{
	if (!h->ksyms && !h->ksyms_error)
		h->ksyms_error = look_at_ksyms(h);
	return h->ksyms_error;
}

/* btf__load_vmlinux_btf() also knows where kernels without that file keep their BTF. */
static struct btf *load_btf(const char *root)
{
	char path[PATH_MAX];

	if (!*root)
		return btf__load_vmlinux_btf();
	if (snprintf(path, sizeof(path), "%s/sys/kernel/btf/vmlinux", root) >=
	    (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	return btf__parse_raw(path);
}

int host_btf(struct host *h, const struct btf **ret)
{
	if (!h->btf) {
		h->btf = load_btf(h->root);
		if (!h->btf)
			return -errno;
	}
	*ret = h->btf;
	return 0;
}

bool host_at_least(const struct host *h, unsigned int major, unsigned int minor)
{
	return h->major > major || (h->major == major && h->minor >= minor);
}

uint64_t host_contpte_bytes(const struct host *h)
{
	if (h->arch != ARCH_ARM64)
		return 0;
	switch (h->page_size) {
	case 4096:
		return 16 * h->page_size;
	case 16384:
		return 128 * h->page_size;
	default:
		return 32 * h->page_size;
	}
}

uint64_t host_pmd_bytes(const struct host *h)
{
	return h->page_size / 8 * h->page_size;
}
