// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "policy/lever.h"
#include "memory/mthp.h"
#include "util/number.h"
#include "util/util.h"

/* What levers of a kind have in common. */
static const struct kind {
	const char *name, *title, *explain;
	const char *file;   /* of the knob, in the directory of its size; else its path */
	const char *wanted; /* the word a trial writes */
	int label;	    /* of TABLE_MTHP, that holds the word; -1: @fact does */
	enum snapshot_fact_id fact; /* what "inherit" stands for */
	const char *above;	    /* the file of @fact, where it is a policy for all sizes */
} kinds[] = {
	[LEVER_MTHP_ANON] = {
		.name = "mthp", .title = "anonymous mTHP", .file = "enabled", .label = 0,
		.wanted = "always", .fact = FACT_THP_ENABLED, .above = MTHP_DIR "/enabled",
		.explain = "A fault in anonymous memory is served by a folio of this size where "
			   "one fits, so that one TLB entry can reach over all of it.",
	},
	[LEVER_MTHP_SHMEM] = {
		.name = "shmem_mthp", .title = "shared-memory mTHP", .file = "shmem_enabled",
		.label = 1,
		/* never beyond the end of the file, where "always" would add memory */
		.wanted = "within_size", .fact = FACT_THP_SHMEM,
		.above = MTHP_DIR "/shmem_enabled",
		.explain = "Shared memory and tmpfs files are backed by folios of this size as "
			   "far as the file reaches, so that one TLB entry can reach over all of it.",
	},
	[LEVER_COLLAPSE] = {
		.name = "linear_map.collapse", .title = "collapse of the linear map",
		.file = "/sys/kernel/mm/linear_map/collapse_auto", .wanted = "1", .label = -1,
		.fact = FACT_COLLAPSE,
		.explain = "Parts of the kernel's linear map that were split into small pages "
			   "are put together again when their permissions allow it.",
	},
};

const char *lever_kind_name(enum lever_kind kind)
{
	return kinds[kind].name;
}

const char *lever_explain(const struct lever *l)
{
	return kinds[l->kind].explain;
}

const char *lever_title(const struct lever *l, char *buf)
{
	char size[24];

	if (l->size)
		snprintf(buf, LEVER_TITLE, "%s %s", format_size(l->size, size, sizeof(size)),
			 kinds[l->kind].title);
	else
		snprintf(buf, LEVER_TITLE, "%s", kinds[l->kind].title);
	return buf;
}

/* In the order in which they are tried: 0, 1, ... and the sizes nobody asked for last. */
#define COLLAPSE_RANK 4

static unsigned int rank_of(enum lever_kind kind, uint64_t size, uint64_t contpte_bytes,
			    uint64_t pmd_bytes)
{
	unsigned int base = kind == LEVER_MTHP_SHMEM ? 2 : 0;

	if (size == contpte_bytes)
		return base;
	if (size == pmd_bytes)
		return base + 1;
	return kind == LEVER_MTHP_SHMEM ? 200 : 100;
}

/* "hugepages-64kB/enabled" */
static bool is_size_knob(const char *p)
{
	uint64_t kb;

	if (strncmp(p, "hugepages-", 10))
		return false;
	p += 10;
	return !scan_u64(&p, 10, &kb) &&
	       (!strcmp(p, "kB/enabled") || !strcmp(p, "kB/shmem_enabled"));
}

bool lever_has_knob(const char *path)
{
	size_t n = strlen(MTHP_DIR "/");

	return !strcmp(path, kinds[LEVER_COLLAPSE].file) ||
	       (!strncmp(path, MTHP_DIR "/", n) && is_size_knob(path + n));
}

bool lever_is_forbidden(const struct lever *l, const char *own, const char *was,
			const char *above)
{
	if (strcmp(above, "never"))
		return false;
	return l->kind == LEVER_MTHP_ANON || !strcmp(own, "inherit") ||
	       (*was && strcmp(was, "never"));
}

static struct lever *lever_add(enum lever_kind kind, unsigned int rank, struct levers *ret)
{
	struct lever *l = &ret->lever[ret->n];

	if (ret->n == LEVERS_MAX)
		return NULL;
	*l = (struct lever){ .kind = kind, .rank = rank };
	snprintf(l->name, sizeof(l->name), "%s", kinds[kind].name);
	snprintf(l->path, sizeof(l->path), "%s", kinds[kind].file);
	snprintf(l->wanted, sizeof(l->wanted), "%s", kinds[kind].wanted);
	ret->n++;
	return l;
}

static void lever_add_size(enum lever_kind kind, uint64_t size, unsigned int rank,
			   struct levers *ret)
{
	struct lever *l = lever_add(kind, rank, ret);
	char text[24];

	if (!l)
		return;
	l->size = size;
	snprintf(l->name, sizeof(l->name), "%s.%s", kinds[kind].name,
		 format_size(size, text, sizeof(text)));
	snprintf(l->path, sizeof(l->path), MTHP_DIR "/hugepages-%" PRIu64 "kB/%s", size / 1024,
		 kinds[kind].file);
}

static bool lever_before(const struct lever *a, const struct lever *b)
{
	return a->rank != b->rank ? a->rank < b->rank : a->size < b->size;
}

static void lever_sort(struct levers *l)
{
	for (size_t i = 1; i < l->n; i++) {
		struct lever moved = l->lever[i];
		size_t k = i;

		for (; k && lever_before(&moved, &l->lever[k - 1]); k--)
			l->lever[k] = l->lever[k - 1];
		l->lever[k] = moved;
	}
}

void levers_find(const struct snapshot *s, uint64_t contpte_bytes, uint64_t pmd_bytes,
		 bool all, struct levers *ret)
{
	const struct table *t = &s->table[TABLE_MTHP];

	ret->n = 0;
	for (size_t i = 0; i < t->nrows; i++) {
		const struct row *r = t->rows[i];
		bool usual = r->key == contpte_bytes || r->key == pmd_bytes;

		for (enum lever_kind k = LEVER_MTHP_ANON; k <= LEVER_MTHP_SHMEM; k++) {
			if (r->label[kinds[k].label] && (usual || all))
				lever_add_size(k, r->key,
					       rank_of(k, r->key, contpte_bytes, pmd_bytes),
					       ret);
		}
	}
	if (s->fact[FACT_COLLAPSE].text)
		lever_add(LEVER_COLLAPSE, COLLAPSE_RANK, ret);
	lever_sort(ret);
}

const struct lever *levers_named(const struct levers *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++) {
		if (!strcmp(l->lever[i].name, name))
			return &l->lever[i];
	}
	return NULL;
}

static int copy_word(const char *word, char *buf)
{
	if (!word || !*word || strlen(word) >= LEVER_VALUE)
		return -ENODATA;
	strcpy(buf, word);
	return 0;
}

int lever_value(const struct lever *l, const struct snapshot *s, char *buf)
{
	const struct row *r;

	if (kinds[l->kind].label < 0)
		return copy_word(s->fact[kinds[l->kind].fact].text, buf);
	r = table_find(&s->table[TABLE_MTHP], l->size, NULL);
	return copy_word(r ? r->label[kinds[l->kind].label] : NULL, buf);
}

int lever_effective(const struct lever *l, const struct snapshot *s, char *buf)
{
	char word[LEVER_VALUE];
	int r = lever_value(l, s, word);

	if (r)
		return r;
	return copy_word(strcmp(word, "inherit") ? word : s->fact[kinds[l->kind].fact].text,
			 buf);
}

int lever_above(const struct lever *l, const struct snapshot *s, char *buf)
{
	if (!kinds[l->kind].above)
		return -ENODATA;
	return copy_word(s->fact[kinds[l->kind].fact].text, buf);
}

const char *lever_above_path(const struct lever *l)
{
	return kinds[l->kind].above;
}
