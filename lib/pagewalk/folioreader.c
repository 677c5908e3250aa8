// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "pagewalk/folioreader.h"
#include "pagewalk/ptgeometry.h"
#include "pagewalk/ptsample.h"
#include "tracing/bpf.h"
#include "util/util.h"

#include "folio.skel.h" /* needs the types of abi.h */

/* arch/x86/include/asm/pgtable_types.h; arch/arm64/include/asm/pgtable-hwdef.h, pgtable-prot.h
 */
#define ENTRY_PRESENT	    1ull
#define X86_ENTRY_SPECIAL   (1ull << 9)
#define ARM64_ENTRY_SPECIAL (1ull << 56)
#define ARM64_ENTRY_CONT    (1ull << 52)

static int run_program(const struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, o);

	return bpf_prog_test_run_opts(bpf_program__fd(prog), &o);
}

static int folioreader_load(struct folioreader *f)
{
	int e;

	if (f->reader->user.why) {
		f->lack = f->reader->user;
		return -EOPNOTSUPP;
	}
	f->bpf = folio_bpf__open();
	if (!f->bpf)
		return -ENOMEM;
	e = bpf_load_result(folio_bpf__load(f->bpf));
	if (e && e != -ENOMEM)
		f->lack.why = bpf_load_why(f->reader->host, e, "the memory map", f->text,
					   sizeof(f->text), &f->lack.remedy);
	return e;
}

/* Where the memory map is as all pages of our stack have it. */
static int stack_page0(struct folioreader *f, uint64_t *ret)
{
	struct folio_map *m = &f->bpf->bss->folio_map;
	uint64_t page_size = f->reader->host->page_size, frame, page0 = 0;
	int e = run_program(f->bpf->progs.folio_stack);

	if (e || !m->page_bytes || !m->npages)
		return e ? e : -ENODATA;
	for (uint32_t i = 0; i < MIN(m->npages, (uint32_t)FOLIO_STACK); i++) {
		uint64_t from;

		e = ptreader_frame(f->reader, f->reader->kernel_root, m->stack + i * page_size,
				   &frame);
		if (e)
			return e;
		from = m->pages[i] - frame / page_size * m->page_bytes;
		if (i && from != page0)
			return -EBADMSG;
		page0 = from;
	}
	*ret = page0;
	return 0;
}

/* Adds the attributes of abi.h to @n frames. */
static int look_at(struct folioreader *f, size_t n)
{
	f->bpf->bss->folio_map.count = n;
	return run_program(f->bpf->progs.folio_look);
}

/* A page of our own is anonymous, and in a folio that begins no later than it. */
static int try_own_page(struct folioreader *f)
{
	_cleanup_(ptsample_done) struct ptsample sample = { 0 };
	uint64_t page_size = f->reader->host->page_size, frame, seen;
	int e = ptsample_init(&sample, page_size, 0);

	if (!e)
		e = ptreader_frame(f->reader, 0, ptsample_address(&sample, SAMPLE_DATA),
				   &frame);
	if (e)
		return e;
	f->bpf->bss->folio_frames[0] = frame;
	e = look_at(f, 1);
	seen = f->bpf->bss->folio_frames[0] & (page_size - 1);
	return e ? e
	       : (seen & (FOLIO_READ | FOLIO_ANON | FOLIO_KSM)) == (FOLIO_READ | FOLIO_ANON)
		       ? 0
		       : -EBADMSG;
}

static int folioreader_find(struct folioreader *f)
{
	struct folio_map *m = &f->bpf->bss->folio_map;
	uint64_t page0 = 0;
	int e;

	if (!f->reader->kernel_root) {
		f->lack = f->reader->kernel;
		return -EOPNOTSUPP;
	}
	e = stack_page0(f, &page0);
	if (!e) {
		m->page0 = page0;
		m->page_shift = (uint32_t)__builtin_ctzll(f->reader->host->page_size);
		e = try_own_page(f);
	}
	if (e)
		f->lack.why = "the array of struct pages was not found: what the kernel keeps "
			      "of its stacks does not agree with its page tables";
	return e;
}

int folioreader_init(struct folioreader *f, struct ptreader *reader)
{
	int e;

	*f = (struct folioreader){ .reader = reader };
	e = folioreader_load(f);
	if (!e)
		e = folioreader_find(f);
	if (e == -ENOMEM) {
		folioreader_done(f);
		return e;
	}
	return 0;
}

void folioreader_done(struct folioreader *f)
{
	folio_bpf__destroy(f->bpf);
	f->bpf = NULL;
}

static unsigned int entry_flags(const struct folioreader *f, uint64_t e)
{
	bool arm64 = f->reader->host->arch == ARCH_ARM64;
	unsigned int flags = PAGE_MAPPED;

	if (!(e & ENTRY_PRESENT) ||
	    ptgeometry_frame(f->reader->tables, e) == f->reader->tables->zero_frame)
		return 0;
	if (e & (arm64 ? ARM64_ENTRY_SPECIAL : X86_ENTRY_SPECIAL))
		flags |= PAGE_SPECIAL;
	if (arm64 && e & ARM64_ENTRY_CONT)
		flags |= PAGE_CONT;
	return flags;
}

static void page_take(struct pagewalk_page *p, uint64_t seen)
{
	if (!(seen & FOLIO_READ))
		return;
	p->order = seen & FOLIO_ORDER;
	p->flags |= PAGE_FOLIO | (seen & FOLIO_ANON ? PAGE_ANON : 0) |
		    (seen & FOLIO_KSM ? PAGE_KSM : 0);
}

/* Those of @pages that have a struct page. */
static void folioreader_ask(struct folioreader *f, size_t n)
{
	__u64 *frames = f->bpf->bss->folio_frames;
	size_t asked = 0;

	for (size_t i = 0; i < n; i++) {
		if ((f->pages[i].flags & (PAGE_MAPPED | PAGE_SPECIAL)) == PAGE_MAPPED)
			frames[asked++] = f->pages[i].frame;
	}
	if (!asked || look_at(f, asked))
		return;
	asked = 0;
	for (size_t i = 0; i < n; i++) {
		if ((f->pages[i].flags & (PAGE_MAPPED | PAGE_SPECIAL)) == PAGE_MAPPED)
			page_take(&f->pages[i], frames[asked++]);
	}
}

const struct pagewalk_page *folioreader_pages(struct folioreader *f, const __u64 *entries,
					      size_t n)
{
	n = MIN(n, (size_t)WALK_CHUNK);
	for (size_t i = 0; i < n; i++) {
		f->pages[i] = (struct pagewalk_page){ .flags = entry_flags(f, entries[i]) };
		if (f->pages[i].flags)
			f->pages[i].frame = ptgeometry_frame(f->reader->tables, entries[i]);
	}
	if (f->bpf && !f->lack.why)
		folioreader_ask(f, n);
	return f->pages;
}
