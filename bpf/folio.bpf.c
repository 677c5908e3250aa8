// SPDX-License-Identifier: GPL-2.0-only
/*
 * folio.bpf.c - how large the folio behind a page is
 *
 * Reads the memory map: an array of struct page, one for each frame.  Nothing holds the pages
 * meanwhile; what cannot be is not told (FOLIO_READ).
 */
#include "compat.bpf.h"
#include "pgtop/abi.h"

char LICENSE[] SEC("license") = "GPL";

struct folio_map folio_map;
__u64 folio_frames[FOLIO_BATCH];

/* The folio met last: most pages are in it. */
struct {
	__u64 start, bytes, attributes;
} last;

/* The words of a struct page that are looked at, include/linux/mm_types.h. */
#define WORDS 4

/* include/linux/page-flags.h */
#define MAPPING_ANON 1u
#define MAPPING_KSM  3u

static __always_inline u64 folio_kind(u64 mapping)
{
	u64 kind = mapping & MAPPING_KSM;

	return (kind & MAPPING_ANON ? FOLIO_ANON : 0) | (kind == MAPPING_KSM ? FOLIO_KSM : 0);
}

/* Fills last with the folio of @frame, or with nothing but that frame. */
__noinline int folio_find(u64 frame)
{
	u64 size = 1ull << (folio_map.page_shift & 31), bytes = folio_map.page_bytes;
	u64 page = folio_map.page0 + (frame >> (folio_map.page_shift & 31)) * bytes;
	u32 compound = page_compound_word(), order = 0;
	u64 words[WORDS] = {}, head = page;

	last.start = frame;
	last.bytes = size;
	last.attributes = 0;
	if (compound >= WORDS || !bytes ||
	    bpf_probe_read_kernel(words, sizeof(words), (void *)page))
		return 0;
	if (words[compound] & 1) {
		head = page_head(page, words[compound]);
		if (bpf_probe_read_kernel(words, sizeof(words), (void *)head))
			return 0;
	}
	if (page_is_head(words[0]))
		order = folio_order(head);
	if (order > FOLIO_MAX || head > page || (head != page && !order))
		return 0;
	last.start = frame - (page - head) / bytes * size;
	last.bytes = size << order;
	last.attributes =
		FOLIO_READ | order |
		folio_kind(
			words[bpf_core_field_offset(struct folio, mapping) / 8 & (WORDS - 1)]);
	if (last.start & (last.bytes - 1) || frame - last.start >= last.bytes) {
		last.start = frame;
		last.bytes = size;
		last.attributes = 0;
	}
	return 0;
}

static long folio_look_one(u32 i, void *unused)
{
	u64 at = i & (FOLIO_BATCH - 1);
	u64 frame = folio_frames[at];

	if (frame - last.start >= last.bytes)
		folio_find(frame);
	folio_frames[at] = frame | last.attributes;
	return 0;
}

SEC("syscall")
int folio_look(void *unused)
{
	last.bytes = 0;
	bpf_loop(folio_map.count, folio_look_one, 0, 0);
	return 0;
}

/* Memory of which the page tables tell the frames, and the kernel the struct pages. */
SEC("syscall")
int folio_stack(void *unused)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct page **pages = BPF_CORE_READ(task, stack_vm_area, pages);

	folio_map.stack = (u64)BPF_CORE_READ(task, stack);
	folio_map.page_bytes =
		bpf_core_type_exists(struct page) ? bpf_core_type_size(struct page) : 0;
	folio_map.npages = BPF_CORE_READ(task, stack_vm_area, nr_pages);
	bpf_probe_read_kernel(folio_map.pages, sizeof(folio_map.pages), pages);
	return 0;
}
