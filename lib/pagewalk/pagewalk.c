// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tracing/bpf.h"
#include "util/clock.h"
#include "util/file.h"
#include "host/ksyms.h"
#include "util/number.h"
#include "pagewalk/pagewalk.h"
#include "host/process.h"
#include "host/procmaps.h"
#include "pagewalk/folioreader.h"
#include "pagewalk/ptgeometry.h"
#include "pagewalk/ptreader.h"
#include "pagewalk/ptrun.h"
#include "pagewalk/swaptype.h"
#include "util/util.h"

#include "pagewalk.skel.h" /* needs the types of abi.h */

/* Work of one call into the kernel, see the costs in pagewalk.bpf.c: 0.1 to 0.3 ms. */
#define BUDGET	    (128 * 1024)
#define PROGRESS_NS 100000000ull
/* How often the iterator may overtake the cursor before the walk goes on without the rest. */
#define RESTARTS_MAX 1000

/* include/linux/mm.h */
#define VM_READ	    1u
#define VM_WRITE    2u
#define VM_EXEC	    4u
#define VM_MAYSHARE 0x80u

struct pagewalk {
	struct ptreader reader;
	struct folioreader folios;
	struct pagewalk_geometry geometry;
	char leaf_names[LEAF_MAX][32];
	unsigned int loaded;
	int swap_devices; /* see swaptype.h */
	bool swap_devices_known;
};

/* One walk. */
struct pass {
	struct pagewalk *w;
	struct pagewalk_bpf__bss *bss;
	const struct pagewalk_ops *ops;
	struct pagewalk_sum *sum;
	struct ptrun run;
	struct procmaps maps;
	uint64_t total; /* bytes of address space, for progress */
	uint64_t told_ns, started_ns;
};

static const struct pagewalk_ops no_ops;

/* arm64 contiguous groups, arch/arm64/include/asm/pgtable-hwdef.h and Arm ARM D8.7.1. */
static unsigned int cont_entries(const struct host *h, unsigned int level)
{
	if (h->arch != ARCH_ARM64 || level > 2)
		return 0;
	if (level == 0)
		return host_contpte_bytes(h) / h->page_size;
	if (h->page_size == 4096)
		return 16;
	return level == 1 ? 32 : 0;
}

/* Whether a block above the PMD level exists: 512 GiB at 4K and 64 GiB at 16K only with LPA2.
 */
static bool block_exists(const struct host *h, const struct walk_tables *t, unsigned int level)
{
	if (level >= t->levels)
		return false;
	if (level == 2)
		return h->page_size == 4096 || t->va_bits == 52;
	return level < 2 || (h->arch == ARCH_ARM64 && t->levels == 5 && level == 3);
}

static void pagewalk_set_leaves(struct pagewalk *w)
{
	const struct walk_tables *t = w->reader.tables;
	const struct host *h = w->reader.host;

	for (unsigned int k = 0; k < LEAF_MAX; k++) {
		static const char *const suffix[LEAF_MAX] = {
			[LEAF_CONT_PTE] = " contpte",
			[LEAF_CONT_PMD] = " contpmd",
			[LEAF_CONT_PUD] = " contpud",
		};
		unsigned int level = LEAF_LEVEL(k);
		uint64_t bytes = block_exists(h, t, level) ? ptgeometry_span(t, level) : 0;
		char size[24];

		if (LEAF_CONTIGUOUS(k))
			bytes *= cont_entries(h, level);
		w->geometry.leaf_bytes[k] = bytes;
		snprintf(w->leaf_names[k], sizeof(w->leaf_names[k]), "%s%s",
			 bytes ? format_size(bytes, size, sizeof(size)) : "no",
			 suffix[k] ? suffix[k] : "");
	}
}

static void pagewalk_set_linear_map(struct pagewalk *w)
{
	const struct ptreader *r = &w->reader;
	uint64_t base = r->tables->base;

	/* x86: frame 0; arm64: where the kernel's half of the address space begins */
	w->geometry.linear_start =
		r->host->arch == ARCH_X86_64 ? base : -(1ull << r->tables->va_bits);
	w->geometry.linear_end = base + r->memory.ram_end;
}

static void set_geometry(struct pagewalk *w)
{
	const struct ptreader *r = &w->reader;

	w->geometry.page_size = r->host->page_size;
	if (!r->tables || !r->tables->levels)
		return;
	w->geometry.levels = r->tables->levels;
	w->geometry.va_bits = r->tables->va_bits;
	if (!r->absent)
		w->geometry.absent_why = "how this kernel marks pages that may not be touched "
					 "(PROT_NONE) could not be determined";
	pagewalk_set_leaves(w);
	if (!pagewalk_why(w, PAGEWALK_KERNEL))
		pagewalk_set_linear_map(w);
}

/* A walk that does not tell all is degraded. */
static void pagewalk_add_partial_row(struct probe *p, const char *name, const char *via,
				     const char *why)
{
	probe_add(p, PROBE_MEASUREMENT, name, why ? PROBE_DEGRADED : PROBE_OK, via, why, NULL);
}

static void pagewalk_add_row(struct pagewalk *w, struct probe *p, unsigned int what,
			     const char *name, const struct ptreader_lack *lack,
			     const char *how)
{
	char via[96];

	if (!(w->loaded & what))
		return;
	snprintf(via, sizeof(via), "%s%s%s", how, w->reader.via ? ", " : "",
		 w->reader.via ? w->reader.via : "");
	if (lack->why)
		probe_add(p, PROBE_MEASUREMENT, name, PROBE_UNAVAILABLE, NULL, lack->why,
			  lack->remedy);
	else
		pagewalk_add_partial_row(p, name, via,
					 what == PAGEWALK_PROCESS ? w->geometry.absent_why
								  : NULL);
}

int pagewalk_new(struct host *h, unsigned int what, struct probe *p, struct pagewalk **ret)
{
	struct pagewalk *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->loaded = what | (what & PAGEWALK_FOLIOS ? PAGEWALK_PROCESS : 0);
	w->swap_devices = SWAPTYPE_DEVICES_UNKNOWN;
	r = ptreader_init(&w->reader, h, w->loaded & PAGEWALK_PROCESS, what & PAGEWALK_KERNEL,
			  what & PAGEWALK_FOLIOS);
	if (r) {
		free(w);
		return r;
	}
	set_geometry(w);
	if (what & PAGEWALK_FOLIOS)
		r = folioreader_init(&w->folios, &w->reader);
	if (r) {
		pagewalk_free(w);
		return r;
	}
	if (!w->reader.user.why && !process_numbers_are_ours(h->root))
		w->reader.user = (struct ptreader_lack){
			"the process numbers in /proc are those of another PID namespace",
			"mount proc in this PID namespace, or run pgtop on the host",
		};
	if (what & ~PAGEWALK_FOLIOS)
		pagewalk_add_row(w, p, PAGEWALK_PROCESS, "pagewalk.process", &w->reader.user,
				 "BPF iter/task_vma");
	pagewalk_add_row(w, p, PAGEWALK_KERNEL, "pagewalk.kernel", &w->reader.kernel,
			 "BPF syscall program");
	pagewalk_add_row(w, p, PAGEWALK_FOLIOS, "pagewalk.folios", &w->folios.lack,
			 "BPF syscall program, struct page");
	*ret = w;
	return 0;
}

void pagewalk_free(struct pagewalk *w)
{
	if (!w)
		return;
	folioreader_done(&w->folios);
	ptreader_done(&w->reader);
	free(w);
}

const char *pagewalk_why(const struct pagewalk *w, unsigned int what)
{
	if (!(w->loaded & what))
		return "this page walk was not asked for";
	if (what == PAGEWALK_FOLIOS)
		return w->folios.lack.why;
	return what == PAGEWALK_KERNEL ? w->reader.kernel.why : w->reader.user.why;
}

const struct pagewalk_geometry *pagewalk_geometry(const struct pagewalk *w)
{
	return &w->geometry;
}

const char *leaf_name(const struct pagewalk *w, enum leaf_kind kind)
{
	return w->leaf_names[kind];
}

void pagewalk_tell_runs(const struct pagewalk *w, struct snapshot *s)
{
	bpf_tell_runs(w->reader.host, w->reader.bpf ? w->reader.bpf->obj : NULL, s);
}

uint64_t pagewalk_present(const struct pagewalk_sum *sum)
{
	uint64_t n = 0;

	for (int k = 0; k < LEAF_MAX; k++)
		n += sum->bytes[k];
	return n;
}

/* Kallsyms is read only if a type is met that is something else on another kernel. */
static int swap_devices(struct pagewalk *w)
{
	struct host *h = w->reader.host;
	const struct ksyms *k;

	/* an older kernel has what its vendor took from newer ones */
	if (!w->swap_devices_known && host_at_least(h, 6, 1) && !host_ksyms(h, &k))
		w->swap_devices = swaptype_devices(h);
	w->swap_devices_known = true;
	return w->swap_devices;
}

static void add_swap_type(struct pagewalk *w, unsigned int type, uint64_t bytes,
			  struct pagewalk_sum *to)
{
	unsigned int above = swaptype_above(w->reader.host);
	bool sure = type < SWAPTYPE_SURE(above) || type >= SWAPTYPE_MAX - above;

	if (w->geometry.absent_why) {
		to->other_bytes += bytes;
		return;
	}
	switch (swaptype_class(type, above,
			       sure ? SWAPTYPE_DEVICES_UNKNOWN : swap_devices(w))) {
	case SWAPTYPE_SWAP:
		to->swap_bytes += bytes;
		break;
	case SWAPTYPE_MIGRATION:
		to->migration_bytes += bytes;
		break;
	case SWAPTYPE_OTHER:
		to->other_bytes += bytes;
	}
}

static void convert_sum(struct pagewalk *w, const struct walk_sum *from,
			struct pagewalk_sum *to)
{
	for (int k = 0; k < LEAF_MAX; k++) {
		to->bytes[k] += from->bytes[k];
		to->writable[k] += from->writable[k];
		to->executable[k] += from->executable[k];
	}
	to->zero_bytes += from->zero;
	to->special_bytes += from->special;
	to->prot_none_bytes += from->prot_none;
	to->aligned_bytes += from->aligned;
	for (unsigned int i = 0; i < WALK_SWAP_TYPES; i++) {
		if (from->swap_type[i])
			add_swap_type(w, i, from->swap_type[i], to);
	}
	for (int i = 0; i < WALK_LEVELS; i++)
		to->table_bytes += from->tables[i] * w->geometry.page_size;
	to->p4d_bytes += from->tables[WALK_LEVELS - 2] * w->geometry.page_size;
	to->read_errors += from->read_errors;
	to->bad_frames += from->bad_frames;
	to->not_identity += from->not_identity;
}

static void add_sum(const struct pagewalk_sum *from, struct pagewalk_sum *to)
{
	_Static_assert(sizeof(*to) % sizeof(uint64_t) == 0, "a sum holds numbers only");
	for (size_t i = 0; i < sizeof(*to) / sizeof(uint64_t); i++)
		((uint64_t *)to)[i] += ((const uint64_t *)from)[i];
}

static void pass_begin(struct pass *p, unsigned int flags)
{
	memset(&p->bss->walk, 0, sizeof(p->bss->walk));
	memset(&p->bss->sum, 0, sizeof(p->bss->sum));
	memset(p->bss->last_table, 0, sizeof(p->bss->last_table));
	p->bss->walk.expect = UINT64_MAX;
	p->bss->walk.flags = flags;
	p->run.ops = p->ops;
	p->started_ns = p->told_ns = clock_ns(CLOCK_MONOTONIC);
	ptreader_refresh(&p->w->reader);
}

static void pass_account(struct pass *p, uint64_t began_ns)
{
	uint64_t took = clock_ns(CLOCK_MONOTONIC) - began_ns;

	p->sum->calls++;
	p->sum->longest_call_ns = MAX(p->sum->longest_call_ns, took);
}

static void set_perms(struct pagewalk_range *r, uint64_t flags)
{
	static const struct {
		uint64_t flag;
		char set, clear;
	} perms[] = {
		{ VM_READ, 'r', '-' },
		{ VM_WRITE, 'w', '-' },
		{ VM_EXEC, 'x', '-' },
		{ VM_MAYSHARE, 's', 'p' },
	};

	for (size_t i = 0; i < ARRAY_SIZE(perms); i++)
		r->perms[i] = flags == WALK_NO_FLAGS  ? '?'
			      : flags & perms[i].flag ? perms[i].set
						      : perms[i].clear;
}

static int tell_vma(struct pass *p, const struct walk_vma *v)
{
	struct pagewalk_sum sum = { 0 };
	struct pagewalk_range r = {
		.start = v->start,
		.end = v->end,
		.name = procmaps_name(&p->maps, v->start),
		.file_order = v->file_order == WALK_NO_ORDER ? -1 : (int)v->file_order,
		.sum = &sum,
	};

	set_perms(&r, v->flags);
	convert_sum(p->w, &v->sum, &sum);
	add_sum(&sum, p->sum);
	return p->ops->range(p->ops->arg, &r);
}

static int tell_step(struct pass *p, const struct walk_record *r, size_t slot)
{
	struct pagewalk_step step = {
		.start = r->start,
		.bytes = r->span,
		.kind = MIN(LEAF_KIND(r->level, r->bytes[1] ? 1 : 0), (unsigned int)LEAF_P4D),
	};

	if (!r->level) {
		step.npages = r->span / p->w->geometry.page_size;
		step.pages = folioreader_pages(&p->w->folios, p->w->reader.pages[slot].entry,
					       step.npages);
	}
	return p->ops->step(p->ops->arg, &step);
}

static int pass_record(struct pass *p, size_t slot)
{
	const struct walk_record *r = &p->bss->walk_records[slot];
	int e = p->ops->cell || p->run.ranges ? ptrun_add(&p->run, r) : 0;

	return e || !p->ops->step ? e : tell_step(p, r, slot);
}

/* Take what the last call left, make room for the next one. */
static int pass_drain(struct pass *p)
{
	struct walk *walk = &p->bss->walk;
	int r = 0;

	for (uint32_t i = 0; !r && i < walk->records && i < WALK_RECORDS; i++)
		r = pass_record(p, i);
	for (uint32_t i = 0; !r && i < walk->vmas && i < WALK_VMAS; i++)
		r = tell_vma(p, &p->bss->walk_vmas[i]);
	walk->records = walk->vmas = 0;
	return r;
}

/* After a call that left something to walk. */
static int pass_progress(struct pass *p, uint64_t done)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (p->ops->calls && p->sum->calls >= p->ops->calls)
		return -ETIME;
	if (!p->ops->progress || now - p->told_ns < PROGRESS_NS)
		return 0;
	p->told_ns = now;
	return p->ops->progress(p->ops->arg, MIN(done, p->total), p->total);
}

/* @r: how the walk ended.  The sum is complete in any case. */
static int pass_end(struct pass *p, int r)
{
	struct walk *walk = &p->bss->walk;

	if (walk->flags & WALK_VMA && walk->open && !r) {
		struct walk_vma rest = {
			.start = walk->start,
			.end = walk->cursor,
			.flags = walk->vm_flags,
			.file_order = walk->file_order,
			.sum = p->bss->sum,
		};

		r = tell_vma(p, &rest);
	} else {
		convert_sum(p->w, &p->bss->sum, p->sum);
	}
	if (!r)
		r = ptrun_end(&p->run);
	p->sum->steps = walk->steps;
	p->sum->total_ns = clock_ns(CLOCK_MONOTONIC) - p->started_ns;
	procmaps_done(&p->maps);
	return r;
}

/* An iterator over the VMAs of one thread. */
static int open_iterator(struct pagewalk *w, pid_t thread)
{
	union bpf_iter_link_info info = { .task.tid = thread };
	LIBBPF_OPTS(bpf_iter_attach_opts, o, .link_info = &info,
		    .link_info_len = sizeof(info));
	struct bpf_link *link;
	int fd;

	link = bpf_program__attach_iter(w->reader.bpf->progs.walk_vma, &o);
	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0)
		fd = -errno;
	bpf_link__destroy(link);
	return fd;
}

/* One read: 1 if there is more, 0 at the end. */
static int read_some(struct pass *p, int fd)
{
	uint64_t began = clock_ns(CLOCK_MONOTONIC);
	char none[8];
	ssize_t n;

	p->bss->walk.budget = BUDGET;
	n = read(fd, none, sizeof(none));
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return -errno;
	pass_account(p, began);
	return n < 0;
}

/* Read until the end, an error, or the iterator overtook the cursor. */
static int read_iterator(struct pass *p, int fd)
{
	int more = 1, r = 0;

	while (!r && more > 0) {
		struct walk *walk = &p->bss->walk;

		more = read_some(p, fd);
		r = more < 0 ? more : pass_drain(p);
		if (!r && more > 0)
			r = pass_progress(
				p,
				walk->walked + (walk->open ? walk->cursor - walk->start : 0));
		if (walk->gone)
			return r ? r : -ESRCH;
		if (walk->moved)
			break;
	}
	return r;
}

static int walk_thread(struct pass *p, pid_t thread)
{
	struct walk *walk = &p->bss->walk;
	int r = 0;

	for (int i = 0; i <= RESTARTS_MAX; i++) {
		_cleanup_close_ int fd = open_iterator(p->w, thread);

		if (fd < 0)
			return fd;
		if (walk->moved || i == RESTARTS_MAX)
			walk->expect = UINT64_MAX;
		walk->moved = 0;
		r = read_iterator(p, fd);
		if (r || !walk->moved)
			break;
	}
	return r;
}

/*
 * The memory of @pid as @thread shows it.  If that ends meanwhile, its iterator finds no more,
 * and another thread shows the rest.
 */
static int walk_threads(struct pass *p, pid_t pid, pid_t thread)
{
	int r = walk_thread(p, thread);

	for (int i = 0; !r && i < RESTARTS_MAX; i++) {
		pid_t next = process_memory_thread(p->w->reader.host->root, pid);

		if (!next || next == thread)
			break;
		thread = next;
		p->bss->walk.expect = UINT64_MAX;
		r = walk_thread(p, thread);
	}
	return r;
}

/* What the kernel counts beyond the tables that were met; it does not count the P4D's. */
static uint64_t deposited_tables(const struct host *h, pid_t thread,
				 const struct pagewalk_sum *sum)
{
	uint64_t counted, met = sum->table_bytes - sum->p4d_bytes;
	int r = process_page_tables(h->root, thread, &counted);

	return !r && counted > met ? counted - met : 0;
}

/* A zombie has no memory, but its name is still there. */
static bool process_ended(const struct host *h, pid_t pid)
{
	struct process_look look;

	return process_look(h->root, pid, &look) || look.ended;
}

static uint64_t address_space(const struct host *h, pid_t pid)
{
	uint64_t pages;

	return process_size(h->root, pid, &pages) ? 0 : pages * h->page_size;
}

/* A kernel may hide processes from iterators that /proc shows: no walk is not an empty one. */
static int end_result(const struct pass *p, pid_t pid)
{
	if (process_ended(p->w->reader.host, pid))
		return -ESRCH;
	return !p->bss->walk.nvmas && address_space(p->w->reader.host, pid) ? -EPERM : 0;
}

static void read_names(struct pass *p, pid_t thread)
{
	int r = procmaps_read(p->w->reader.host->root, thread, &p->maps);

	if (r && p->ops->no_names)
		p->ops->no_names(p->ops->arg, r);
}

int pagewalk_process(struct pagewalk *w, pid_t pid, const struct pagewalk_ops *ops,
		     struct pagewalk_sum *sum)
{
	struct pass p = { .w = w, .ops = ops ? ops : &no_ops, .sum = sum };
	const struct host *h = w->reader.host;
	pid_t thread;
	int r;

	*sum = (struct pagewalk_sum){ 0 };
	if (pagewalk_why(w, PAGEWALK_PROCESS))
		return -EOPNOTSUPP;
	if (kill(pid, 0) && errno == ESRCH)
		return -ESRCH;
	p.bss = w->reader.bpf->bss;
	if (p.ops->step && !w->reader.pages)
		return -EINVAL;
	pass_begin(&p, WALK_USER | (p.ops->range ? WALK_VMA : 0) |
			       (p.ops->cell || p.ops->step ? WALK_RECORD : 0) |
			       (p.ops->step ? WALK_PAGES : 0));
	thread = process_memory_thread(h->root, pid);
	if (p.ops->range && thread)
		read_names(&p, thread);
	if (p.ops->progress)
		p.total = address_space(h, pid);
	r = pass_end(&p, walk_threads(&p, pid, thread ? thread : pid));
	sum->deposited_bytes = deposited_tables(h, process_memory_thread(h->root, pid), sum);
	return r ? r : end_result(&p, pid);
}

int pagewalk_kernel(struct pagewalk *w, const struct pagewalk_ops *ops,
		    struct pagewalk_sum *sum)
{
	struct pass p = { .w = w, .ops = ops ? ops : &no_ops, .sum = sum, .run.ranges = true };
	LIBBPF_OPTS(bpf_test_run_opts, o);
	struct walk *walk;
	uint64_t start;
	int r = 0;

	*sum = (struct pagewalk_sum){ 0 };
	if (pagewalk_why(w, PAGEWALK_KERNEL))
		return -EOPNOTSUPP;
	p.bss = w->reader.bpf->bss;
	walk = &p.bss->walk;
	pass_begin(&p, WALK_IDENTITY | (p.ops->cell || p.ops->range ? WALK_RECORD : 0));
	pagewalk_set_linear_map(w);
	start = w->geometry.linear_start;
	p.total = w->geometry.linear_end - start;
	walk->root = w->reader.kernel_root;
	walk->cursor = start;
	walk->end = w->geometry.linear_end;
	while (!r && walk->cursor < walk->end) {
		uint64_t began = clock_ns(CLOCK_MONOTONIC);

		walk->budget = BUDGET;
		r = bpf_prog_test_run_opts(bpf_program__fd(w->reader.bpf->progs.walk_range),
					   &o);
		pass_account(&p, began);
		if (!r)
			r = pass_drain(&p);
		if (!r && walk->cursor < walk->end)
			r = pass_progress(&p, walk->cursor - start);
	}
	return pass_end(&p, r);
}
