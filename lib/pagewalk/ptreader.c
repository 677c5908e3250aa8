// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "tracing/bpf.h"
#include "util/file.h"
#include "host/kernel_names.h"
#include "pagewalk/ptgeometry.h"
#include "pagewalk/ptreader.h"
#include "pagewalk/ptsample.h"
#include "util/util.h"

#include "pagewalk.skel.h" /* needs the types of abi.h */

#define ANCHORS_MAX 5
#define IMAGE_MAX   (256u << 20) /* of a kernel's read-only data */

/* The kernel writes the context of a syscall program back to where it came from. */
static int ptreader_run(struct ptreader *r, struct walk_peek *p)
{
	LIBBPF_OPTS(bpf_test_run_opts, o, .ctx_in = p, .ctx_size_in = sizeof(*p));
	int e = bpf_prog_test_run_opts(bpf_program__fd(r->bpf->progs.walk_peek), &o);

	return e ? e : p->error;
}

static int ptreader_peek(void *arg, const struct walk_tables *t, uint64_t root, uint64_t va,
			 uint64_t *ret_entry, unsigned int *ret_level)
{
	struct walk_peek p = { .root = root, .va = va };
	struct ptreader *r = arg;
	int e;

	*r->tables = *t;
	e = ptreader_run(r, &p);
	if (e)
		return e;
	*ret_entry = p.entry;
	*ret_level = p.level;
	return 0;
}

static int read_kernel(void *arg, uint64_t address, uint64_t *ret)
{
	struct walk_peek p = { .va = address };
	struct ptreader *r = arg;
	int e = address ? ptreader_run(r, &p) : -ENOENT;

	if (!e)
		*ret = p.entry;
	return e;
}

/* The table of our own process, entry of @va; 0 if it cannot be read. */
static uint64_t own_entry(struct ptreader *r, uint64_t pgd, uint64_t va,
			  unsigned int *ret_level)
{
	uint64_t entry;

	return va && !ptreader_peek(r, r->tables, pgd, va, &entry, ret_level) ? entry : 0;
}

#define PAGES_BYTES (WALK_PAGE_STEPS * sizeof(struct walk_chunk))

static int map_pages(struct ptreader *r)
{
	void *p = mmap(NULL, PAGES_BYTES, PROT_READ, MAP_SHARED,
		       bpf_map__fd(r->bpf->maps.walk_pages), 0);

	if (p == MAP_FAILED)
		return -errno;
	r->pages = p;
	return 0;
}

static int ptreader_load(struct ptreader *r, bool user, bool kernel, bool pages,
			 struct ptreader_lack *ret)
{
	int e = bpf_ready(r->host, &ret->why, &ret->remedy);

	if (e)
		return e;
	if (r->host->arch == ARCH_OTHER) {
		ret->why = "pgtop knows the page tables of x86_64 and arm64 only";
		return -EOPNOTSUPP;
	}
	r->bpf = pagewalk_bpf__open();
	if (!r->bpf)
		return -ENOMEM;
	bpf_program__set_autoload(r->bpf->progs.walk_vma, user);
	bpf_program__set_autoload(r->bpf->progs.walk_range, kernel);
	if (pages)
		bpf_map__set_max_entries(r->bpf->maps.walk_pages, WALK_PAGE_STEPS);
	e = bpf_load_result(pagewalk_bpf__load(r->bpf));
	if (!e && pages)
		e = map_pages(r);
	if (!e) {
		r->tables = &r->bpf->bss->tables;
		return 0;
	}
	if (e == -EINVAL || e == -EOPNOTSUPP || e == -ENOENT)
		ret->remedy = "pgtop needs Linux 6.1 or newer with CONFIG_BPF_SYSCALL and BTF";
	ret->why = bpf_load_why(r->host, e, "page tables", r->text, sizeof(r->text),
				&ret->remedy);
	return e;
}

/* What lies in the linear map of every kernel, as seen from the kernel's own tables. */
static size_t kernel_anchors(uint64_t root, const struct walk_peek *own,
			     struct ptgeometry_anchor *a)
{
	const uint64_t object[] = { own->pgd, own->task, own->mm };

	for (size_t i = 0; i < ARRAY_SIZE(object); i++)
		a[i] = (struct ptgeometry_anchor){ .root = root, .va = object[i] };
	return ARRAY_SIZE(object);
}

/*
 * Pages of our own.  /proc/self/pagemap would tell their frames to CAP_SYS_ADMIN alone; what
 * is written in them can be found at the right frame by whoever can walk at all.
 */
static size_t user_anchors(const struct ptsample *sample, const struct walk_peek *own,
			   struct ptgeometry_anchor *a)
{
	const enum ptsample_page page[] = { SAMPLE_DATA, SAMPLE_DATA_TOO };

	for (size_t i = 0; i < ARRAY_SIZE(page); i++) {
		a[i] = (struct ptgeometry_anchor){ own->pgd, ptsample_address(sample, page[i]),
						   ptsample_word(sample, page[i]) };
	}
	return ARRAY_SIZE(page);
}

static int find_geometry(struct ptreader *r, const struct ptsample *sample,
			 const struct walk_peek *own)
{
	struct ptgeometry_anchor anchors[ANCHORS_MAX];
	struct ptgeometry_ops ops = { ptreader_peek, read_kernel, r };
	struct ptgeometry_known k = {
		.arch = r->host->arch,
		.page_size = r->host->page_size,
		.memory = r->memory,
		.linear_address = own->pgd,
		.anchors = anchors,
	};
	struct walk_tables t;
	int e;

	k.nanchors = r->kernel_root ? kernel_anchors(r->kernel_root, own, anchors) : 0;
	k.nanchors += user_anchors(sample, own, anchors + k.nanchors);
	r->via = "self-consistency search";
	if (r->host->arch == ARCH_ARM64 &&
	    !read_kernel(r, kernel_address(r->host, DATA_MEMSTART_ADDR), &k.memstart)) {
		k.have_memstart = true;
		r->via = "memstart_addr";
	}
	e = ptgeometry_find(&k, &ops, &t);
	if (!e)
		*r->tables = t;
	return e;
}

/*
 * arm64 kernels without CONFIG_KALLSYMS_ALL tell where their code is, but not their data.
 * swapper_pg_dir is the last thing before the code for booting, up to alignment
 * (arch/arm64/kernel/vmlinux.lds.S).
 */
static void find_kernel_root(struct ptreader *r, const struct walk_peek *own)
{
	struct ptgeometry_anchor anchors[ANCHORS_MAX];
	struct ptgeometry_ops ops = { ptreader_peek, read_kernel, r };
	struct ptgeometry_known k = {
		.arch = r->host->arch,
		.page_size = r->host->page_size,
		.anchors = anchors,
		.nanchors = kernel_anchors(0, own, anchors),
	};
	uint64_t low = kernel_address(r->host, DATA_TEXT_END),
		 high = kernel_address(r->host, DATA_INIT_TEXT_START);
	struct walk_tables t = *r->tables;

	if (low && high > low && high - low < IMAGE_MAX)
		ptgeometry_find_root(&k, &ops, &t, low, high, &r->kernel_root);
}

/*
 * The frame behind addresses @va and @also, if that is the same leaf of level @level in both
 * entries: pages that were only read are the zero page, or pages of their own.
 */
static int shared_frame(struct ptreader *r, uint64_t pgd, uint64_t va, uint64_t also,
			unsigned int level, __u64 *ret)
{
	unsigned int one_level, other_level;
	uint64_t one = own_entry(r, pgd, va, &one_level);
	uint64_t other = own_entry(r, pgd, also, &other_level);
	uint64_t offset = ptgeometry_span(r->tables, level) - 1;

	if (!(one & other & 1) || one_level != level || other_level != level)
		return -ENOENT;
	one = ptgeometry_frame(r->tables, one) & ~offset;
	other = ptgeometry_frame(r->tables, other) & ~offset;
	if (one != other)
		return -ENODATA;
	*ret = one;
	return 0;
}

static void learn_huge_zero(struct ptreader *r, const struct ptsample *sample, uint64_t pgd)
{
	int e = shared_frame(r, pgd, ptsample_huge(sample, 0), ptsample_huge(sample, 1), 1,
			     &r->tables->huge_zero_frame);

	if (e == -ENODATA) /* this kernel has none */
		r->huge_zero_bytes = 0;
	else if (e && r->huge_zero_bytes > SAMPLE_HUGE_MAX)
		r->huge_zero_symbol = kernel_address(r->host, DATA_HUGE_ZERO_PFN);
}

/* Huge pages may have been allowed since. */
static void seek_huge_zero(struct ptreader *r)
{
	_cleanup_(ptsample_done) struct ptsample sample = { 0 };
	struct walk_peek own = { .va = 0 };

	if (r->tables->huge_zero_frame != ~0ull ||
	    ptsample_init_huge(&sample, r->huge_zero_bytes) || !ptsample_huge(&sample, 0))
		return;
	ptreader_run(r, &own);
	learn_huge_zero(r, &sample, own.pgd);
}

/* x86_64: ptgeometry_find() has told. */
static int learn_absent(struct ptreader *r, const struct ptsample *sample, uint64_t pgd)
{
	uint64_t va = ptsample_address(sample, SAMPLE_PROTNONE);
	unsigned int level;

	return r->host->arch == ARCH_ARM64
		       ? ptgeometry_learn_absent(r->tables, own_entry(r, pgd, va, &level))
		       : 0;
}

static void learn_zero(struct ptreader *r, const struct ptsample *sample, uint64_t pgd)
{
	shared_frame(r, pgd, ptsample_address(sample, SAMPLE_ZERO),
		     ptsample_address(sample, SAMPLE_ZERO_TOO), 0, &r->tables->zero_frame);
	learn_huge_zero(r, sample, pgd);
}

/* Where our own objects are.  That nothing is at address 0 is no error. */
static int find_own(struct ptreader *r, struct walk_peek *own, struct ptreader_lack *ret)
{
	int e = ptreader_run(r, own);

	if (own->pgd)
		return 0;
	snprintf(r->text, sizeof(r->text),
		 "the program that reads page tables does not run: %s", strerror(-e));
	ret->why = r->text;
	return e ? e : -ENODATA;
}

/* How much memory there is is not known. */
static int lack_memory(struct ptreader *r, int err, struct ptreader_lack *ret)
{
	static const char last[] = "/proc/zoneinfo";

	if (err == -EBADMSG)
		ret->why =
			"neither /proc/iomem nor /proc/zoneinfo tells how much memory there is";
	else
		ret->why = file_why(err, last, r->text, sizeof(r->text));
	ret->remedy = file_remedy(r->host->root, err, last);
	return err;
}

/* A page of the sample may be moved between two looks at it: then once more, with others. */
#define LEARN_TRIES 3

static int ptreader_learn(struct ptreader *r, bool user, struct ptreader_lack *ret)
{
	_cleanup_(ptsample_done) struct ptsample sample = { 0 };
	struct walk_peek own = { .va = 0 };
	int e;

	e = physmem_read(r->host->root, r->host->page_size, &r->memory);
	if (e)
		return lack_memory(r, e, ret);
	r->huge_zero_bytes = user ? host_pmd_bytes(r->host) : 0;
	for (int i = 0; i < LEARN_TRIES; i++) {
		ptsample_done(&sample);
		e = ptsample_init(&sample, r->host->page_size, r->huge_zero_bytes);
		if (e)
			return e;
		e = find_own(r, &own, ret);
		if (e)
			return e;
		r->kernel_root = r->host->arch == ARCH_X86_64
					 ? own.pgd
					 : kernel_address(r->host, DATA_SWAPPER_PG_DIR);
		e = find_geometry(r, &sample, &own);
		r->absent = !e && !learn_absent(r, &sample, own.pgd);
		if (r->absent)
			break;
	}
	if (e) {
		ret->why =
			"no reading of the page tables is consistent with itself on this kernel";
		return e;
	}
	if (!r->kernel_root)
		find_kernel_root(r, &own);
	learn_zero(r, &sample, own.pgd);
	ptreader_refresh(r);
	return 0;
}

void ptreader_refresh(struct ptreader *r)
{
	time_t now = time(NULL);
	uint64_t pfn;

	if (now != r->memory_read &&
	    !physmem_read(r->host->root, r->host->page_size, &r->memory)) {
		ptgeometry_reach(r->tables, &r->memory);
		r->memory_read = now;
	}
	/* mm/huge_memory.c: ~0 while there is no such page */
	if (!r->huge_zero_symbol)
		seek_huge_zero(r);
	else if (!read_kernel(r, r->huge_zero_symbol, &pfn))
		r->tables->huge_zero_frame =
			pfn == UINT64_MAX ? pfn : pfn * r->host->page_size;
}

int ptreader_init(struct ptreader *r, struct host *h, bool user, bool kernel, bool pages)
{
	struct ptreader_lack lack = { 0 };
	int e;

	*r = (struct ptreader){ .host = h };
	e = ptreader_load(r, user, kernel, pages, &lack);
	if (!e)
		e = ptreader_learn(r, user, &lack);
	if (e == -ENOMEM) {
		ptreader_done(r);
		return e;
	}
	if (e && !lack.why)
		lack.why = "pages for trying out the page walk could not be mapped";
	r->user = r->kernel = lack;
	if (!e && !r->kernel_root)
		r->kernel = (struct ptreader_lack){
			"the kernel's top page table (swapper_pg_dir) was not found",
			"run as root with kernel.kptr_restrict=1 or 0, best on a kernel with "
			"CONFIG_KALLSYMS_ALL=y",
		};
	return 0;
}

int ptreader_frame(struct ptreader *r, uint64_t root, uint64_t va, uint64_t *ret)
{
	struct walk_peek own = { .va = 0 };
	uint64_t entry, span;
	unsigned int level;
	int e;

	if (!root)
		ptreader_run(r, &own);
	e = ptreader_peek(r, r->tables, root ? root : own.pgd, va, &entry, &level);
	if (e)
		return e;
	if (!(entry & 1))
		return -ENOENT;
	span = ptgeometry_span(r->tables, level);
	*ret = (ptgeometry_frame(r->tables, entry) & ~(span - 1)) +
	       (va & (span - 1) & ~((1ull << r->tables->page_shift) - 1));
	return 0;
}

void ptreader_done(struct ptreader *r)
{
	if (r->pages)
		munmap((void *)r->pages, PAGES_BYTES);
	r->pages = NULL;
	pagewalk_bpf__destroy(r->bpf);
	r->bpf = NULL;
}
