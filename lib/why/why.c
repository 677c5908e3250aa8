// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "host/smaps.h"
#include "util/array.h"
#include "util/util.h"
#include "why/why.h"

const char *why_name(enum why_reason r)
{
	static const char *const names[WHY_MAX] = {
		[WHY_CHANGED] = "changed",	 [WHY_SPECIAL] = "special",
		[WHY_SHORT] = "short-mapping",	 [WHY_UNFOLDED] = "unfolded",
		[WHY_UNREAD] = "unread",	 [WHY_PARTLY] = "partly-mapped",
		[WHY_MERGED] = "merged",	 [WHY_COPIED] = "private-copy",
		[WHY_FORBIDDEN] = "nohugepage",	 [WHY_PROCESS] = "thp-disabled",
		[WHY_NEVER] = "policy-never",	 [WHY_ADVICE] = "policy-madvise",
		[WHY_SHMEM] = "shmem-never",	 [WHY_SHMEM_ADVICE] = "shmem-advise",
		[WHY_TMPFS] = "tmpfs-mount",	 [WHY_FILE] = "file-system",
		[WHY_INELIGIBLE] = "ineligible", [WHY_SMALL] = "small-folios",
	};

	return names[r];
}

enum why_word why_word_of(const char *text)
{
	static const struct {
		const char *text;
		enum why_word word;
	} words[] = {
		{ "never", WHY_WORD_NEVER },	 { "deny", WHY_WORD_NEVER },
		{ "madvise", WHY_WORD_ADVISED }, { "advise", WHY_WORD_ADVISED },
		{ "always", WHY_WORD_ALWAYS },	 { "within_size", WHY_WORD_ALWAYS },
		{ "force", WHY_WORD_ALWAYS },
	};

	for (size_t i = 0; text && i < ARRAY_SIZE(words); i++) {
		if (!strcmp(text, words[i].text))
			return words[i].word;
	}
	return WHY_WORD_NONE;
}

/* The largest leaf that folios of @size can have. */
static uint64_t leaf_of(const struct why_facts *f, uint64_t size)
{
	if (size >= f->pmd_bytes)
		return f->pmd_bytes;
	return f->contiguous_bytes && size >= f->contiguous_bytes ? f->contiguous_bytes
								  : f->page_size;
}

/* Whether a large page of @size can lie at @at: thp_vma_suitable_order(), huge_mm.h */
static bool block_fits(const struct why_vma *v, uint64_t at, uint64_t size)
{
	return at >= v->start && v->end - at >= size && at < v->end &&
	       (v->memory == WHY_ANON || !((v->offset - v->start) & (size - 1)));
}

/* Whether @p, which maps @va, is in a folio that could be mapped by one leaf of @size there.
 */
static bool page_fits(const struct why_facts *f, const struct pagewalk_page *p, uint64_t va,
		      uint64_t size)
{
	return p->flags & PAGE_FOLIO && f->page_size << p->order >= size &&
	       !((p->frame ^ va) & (size - 1));
}

/* Whether the block of @n pages from @va on is one piece of a folio. */
static bool block_is_whole(const struct why_facts *f, const struct pagewalk_page *p, size_t n,
			   uint64_t va)
{
	if (n * f->page_size != f->wanted_bytes)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!page_fits(f, &p[i], va + i * f->page_size, f->wanted_bytes) ||
		    p[i].frame != p[0].frame + i * f->page_size)
			return false;
	}
	return true;
}

static enum why_class class_of(const struct why_facts *f, const struct pagewalk_page *p)
{
	if (!(p->flags & PAGE_FOLIO))
		return WHY_CLASS_UNREAD;
	if (f->page_size << p->order >= f->wanted_bytes)
		return WHY_CLASS_PARTLY;
	if (p->flags & PAGE_KSM)
		return WHY_CLASS_MERGED;
	return p->flags & PAGE_ANON ? WHY_CLASS_ANON : WHY_CLASS_FILE;
}

static uint64_t page_leaf(const struct why_facts *f, const struct pagewalk_page *p)
{
	return p->flags & PAGE_CONT ? f->contiguous_bytes : f->page_size;
}

static void bytes_add(struct why_bytes *b, const struct why_facts *f,
		      const struct pagewalk_page *p)
{
	b->bytes += f->page_size;
	b->contiguous += p->flags & PAGE_CONT ? f->page_size : 0;
}

/* @n pages from @va on, all in the block at @block, which may reach beyond them. */
static void block_take(struct why *w, struct why_vma *v, const struct pagewalk_page *p,
		       size_t n, uint64_t va, uint64_t block)
{
	const struct why_facts *f = &w->facts;
	bool fits = block_fits(v, block, f->wanted_bytes);
	bool whole = fits && block_is_whole(f, p, n, va);
	unsigned int classes = 0;

	for (size_t i = 0; i < n; i++) {
		enum why_class class;

		if (!(p[i].flags & PAGE_MAPPED))
			continue;
		if (page_leaf(f, &p[i]) >= f->wanted_bytes) {
			v->reached += f->page_size;
			continue;
		}
		class = p[i].flags & PAGE_SPECIAL ? WHY_CLASS_SPECIAL
			: !fits			  ? WHY_CLASS_EDGE
			: whole			  ? WHY_CLASS_WHOLE
						  : class_of(f, &p[i]);
		bytes_add(&v->found[class], f, &p[i]);
		classes |= 1u << class;
	}
	for (int c = 0; fits && c < WHY_CLASS_MAX; c++)
		v->found[c].blocks += classes >> c & 1;
	v->blocks += fits && classes & ~(1u << WHY_CLASS_SPECIAL);
}

/* The block that the walk leaves: it counts if anything in it would gain. */
static void gain_close(struct why_gain *g)
{
	if (g->block_small) {
		g->blocks++;
		g->present += g->block_present;
		g->small.bytes += g->block_small;
		g->small.contiguous += g->block_contiguous;
	}
	g->block_present = g->block_small = g->block_contiguous = 0;
}

/* Memory at @va, of which @small would gain. */
static void gain_add(const struct why_vma *v, struct why_gain *g, uint64_t size, uint64_t va,
		     uint64_t bytes, bool small, bool contiguous)
{
	uint64_t block = va & ~(size - 1);

	if (!block_fits(v, block, size))
		return;
	if (block != g->block)
		gain_close(g);
	g->block = block;
	g->block_present += bytes;
	g->block_small += small ? bytes : 0;
	g->block_contiguous += small && contiguous ? bytes : 0;
}

/* A folio of @size would have a larger leaf, or, where it has none, be a larger folio. */
static bool page_would_gain(const struct why_facts *f, const struct pagewalk_page *p,
			    uint64_t size)
{
	uint64_t leaf = leaf_of(f, size);

	if (leaf == f->page_size)
		return p->flags & PAGE_FOLIO && f->page_size << p->order < size;
	return page_leaf(f, p) < leaf;
}

static void sizes_take_page(const struct why_facts *f, struct why_vma *v,
			    const struct pagewalk_page *p, uint64_t va)
{
	if ((p->flags & (PAGE_MAPPED | PAGE_SPECIAL)) != PAGE_MAPPED)
		return;
	for (size_t i = 0; i < f->nsizes; i++)
		gain_add(v, &v->gain[i], f->sizes[i].bytes, va, f->page_size,
			 page_would_gain(f, p, f->sizes[i].bytes), p->flags & PAGE_CONT);
}

static void sizes_take_leaf(const struct why_facts *f, struct why_vma *v,
			    const struct pagewalk_step *s)
{
	for (size_t i = 0; i < f->nsizes; i++) {
		uint64_t size = f->sizes[i].bytes;

		for (uint64_t at = 0; size > s->bytes && at < s->bytes; at += s->bytes)
			gain_add(v, &v->gain[i], size, s->start, s->bytes, false, false);
	}
}

static struct why_vma *why_find(struct why *w, const struct pagewalk_step *s)
{
	size_t i = sorted_upto(w->vmas, w->nvmas, sizeof(*w->vmas), s->start);
	struct why_vma *v = i ? &w->vmas[i - 1] : NULL;

	return v && s->start < v->end && s->bytes <= v->end - s->start ? v : NULL;
}

static void changed_take(struct why *w, const struct pagewalk_step *s)
{
	for (size_t i = 0; i < s->npages; i++) {
		if (s->pages[i].flags & PAGE_MAPPED)
			bytes_add(&w->changed, &w->facts, &s->pages[i]);
	}
}

static void pages_take(struct why *w, struct why_vma *v, const struct pagewalk_step *s)
{
	const struct why_facts *f = &w->facts;
	size_t i = 0;

	while (i < s->npages) {
		uint64_t va = s->start + i * f->page_size;
		uint64_t block = va & ~(f->wanted_bytes - 1);
		size_t n = (block + f->wanted_bytes - va) / f->page_size;

		n = MIN(n, s->npages - i);
		block_take(w, v, s->pages + i, n, va, block);
		i += n;
	}
	for (i = 0; v->memory == WHY_ANON && i < s->npages; i++)
		sizes_take_page(f, v, &s->pages[i], s->start + i * f->page_size);
}

void why_step(struct why *w, const struct pagewalk_step *s)
{
	struct why_vma *v = why_find(w, s);

	if (!v && s->pages) {
		changed_take(w, s);
	} else if (!v) {
		w->reached += s->bytes;
	} else if (s->pages) {
		pages_take(w, v, s);
	} else {
		v->reached += s->bytes;
		sizes_take_leaf(&w->facts, v, s);
	}
}

void why_range(struct why *w, const struct pagewalk_range *r)
{
	struct why_vma *v = sorted_find(w->vmas, w->nvmas, sizeof(*w->vmas), r->start);

	if (v)
		v->file_order = r->file_order;
}

/* What decides for anonymous or shared memory in blocks that are large enough. */
static enum why_word best_word(const struct why_facts *f, const struct why_vma *v)
{
	bool advised = v->flags & SMAPS_HUGEPAGE;
	enum why_word best = WHY_WORD_NONE;

	for (size_t i = 0; i < f->nsizes; i++) {
		const struct why_size *s = &f->sizes[i];
		enum why_word word = v->memory == WHY_ANON ? s->anon : s->shared;
		uint64_t first = (v->start + s->bytes - 1) & ~(s->bytes - 1);

		if (s->bytes < f->wanted_bytes || !block_fits(v, first, s->bytes))
			continue;
		if (word == WHY_WORD_ADVISED && advised)
			word = WHY_WORD_ALWAYS;
		best = MAX(best, word);
	}
	return best;
}

/* Nothing that pgtop knows of forbids large folios; perhaps the kernel knows more. */
static enum why_reason allowed_reason(const struct why_vma *v)
{
	return v->eligible ? WHY_SMALL : WHY_INELIGIBLE;
}

static enum why_reason policy_reason(const struct why_facts *f, const struct why_vma *v)
{
	bool anon = v->memory == WHY_ANON;

	switch (best_word(f, v)) {
	case WHY_WORD_ALWAYS:
		return allowed_reason(v);
	case WHY_WORD_ADVISED:
		return anon ? WHY_ADVICE : WHY_SHMEM_ADVICE;
	default:
		return anon ? WHY_NEVER : WHY_SHMEM;
	}
}

static enum why_reason tmpfs_reason(const struct why_facts *f, const struct why_vma *v)
{
	enum why_word word = f->tmpfs_all ? f->tmpfs_all : v->tmpfs;

	if (word == WHY_WORD_ALWAYS || (word == WHY_WORD_ADVISED && v->flags & SMAPS_HUGEPAGE))
		return WHY_SMALL;
	return WHY_TMPFS;
}

static enum why_reason file_reason(const struct why_facts *f, const struct why_vma *v)
{
	if (v->file_order < 0)
		return WHY_UNREAD;
	return f->page_size << v->file_order < f->wanted_bytes ? WHY_FILE : WHY_SMALL;
}

/* Small folios in whole blocks. */
static enum why_reason small_reason(const struct why_facts *f, const struct why_vma *v,
				    bool anon)
{
	if (anon && v->memory != WHY_ANON)
		return WHY_COPIED;
	if (!anon && v->memory == WHY_ANON)
		return WHY_SPECIAL;
	if (v->memory == WHY_FILE_MEMORY)
		return file_reason(f, v);
	if (v->flags & SMAPS_NOHUGEPAGE)
		return WHY_FORBIDDEN;
	if (f->disabled)
		return WHY_PROCESS;
	return v->memory == WHY_TMPFS_MEMORY ? tmpfs_reason(f, v) : policy_reason(f, v);
}

enum why_reason why_reason_of(const struct why_facts *f, const struct why_vma *v,
			      enum why_class class)
{
	static const enum why_reason reason[WHY_CLASS_MAX] = {
		[WHY_CLASS_SPECIAL] = WHY_SPECIAL, [WHY_CLASS_EDGE] = WHY_SHORT,
		[WHY_CLASS_WHOLE] = WHY_UNFOLDED,  [WHY_CLASS_PARTLY] = WHY_PARTLY,
		[WHY_CLASS_MERGED] = WHY_MERGED,   [WHY_CLASS_UNREAD] = WHY_UNREAD,
	};

	if (v->flags & SMAPS_SPECIAL)
		return WHY_SPECIAL;
	if (class == WHY_CLASS_ANON || class == WHY_CLASS_FILE)
		return small_reason(f, v, class == WHY_CLASS_ANON);
	return reason[class];
}

static uint64_t entries_of(const struct why_facts *f, const struct why_bytes *b)
{
	return (b->bytes - b->contiguous) / f->page_size +
	       (b->contiguous ? b->contiguous / f->contiguous_bytes : 0);
}

static void row_add(struct why_row *row, const struct why_facts *f, const struct why_bytes *b,
		    uint64_t blocks)
{
	row->bytes += b->bytes;
	row->entries += entries_of(f, b);
	row->blocks += blocks;
}

static void gain_sum(const struct why_facts *f, const struct why_gain *open, uint64_t size,
		     struct why_what_if *to)
{
	struct why_gain g = *open;
	uint64_t leaf = leaf_of(f, size);

	gain_close(&g);
	to->added += g.blocks * size - g.present;
	if (leaf == f->page_size)
		return;
	to->bytes += g.small.bytes;
	to->entries_before += entries_of(f, &g.small);
	to->entries_after += g.blocks * (size / leaf);
}

static bool could_gain(const struct why_facts *f, const struct why_vma *v)
{
	return v->memory == WHY_ANON && !f->disabled &&
	       !(v->flags & (SMAPS_SPECIAL | SMAPS_NOHUGEPAGE));
}

void why_add_vma(const struct why_facts *f, const struct why_vma *v, struct why_sum *sum)
{
	sum->reached += v->reached;
	for (int c = 0; c < WHY_CLASS_MAX; c++) {
		enum why_reason r = why_reason_of(f, v, c);
		const struct why_bytes *b = &v->found[c];

		row_add(&sum->reason[r], f, b, r == WHY_SPECIAL ? 0 : b->blocks);
		row_add(&sum->small, f, b, 0);
	}
	if (!(v->flags & SMAPS_SPECIAL))
		sum->small.blocks += v->blocks;
	for (size_t i = 0; could_gain(f, v) && i < f->nsizes; i++)
		gain_sum(f, &v->gain[i], f->sizes[i].bytes, &sum->size[i]);
}

void why_add(const struct why *w, struct why_sum *sum)
{
	const struct why_facts *f = &w->facts;

	sum->nsizes = f->nsizes;
	for (size_t i = 0; i < f->nsizes; i++) {
		sum->size[i].size = f->sizes[i].bytes;
		sum->size[i].leaf = leaf_of(f, f->sizes[i].bytes);
		sum->size[i].offered = f->sizes[i].anon != WHY_WORD_NONE;
	}
	for (size_t i = 0; i < w->nvmas; i++)
		why_add_vma(f, &w->vmas[i], sum);
	sum->reached += w->reached;
	row_add(&sum->reason[WHY_CHANGED], f, &w->changed, 0);
	row_add(&sum->small, f, &w->changed, 0);
}
