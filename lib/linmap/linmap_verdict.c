// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "host/kconfig.h"
#include "linmap/linmap_verdict.h"

uint64_t linmap_table_bytes(uint64_t bytes, uint64_t page_size)
{
	return bytes / (page_size / 8 * page_size) * page_size;
}

/* What asks for pages besides rodata= and debug_pagealloc: a clause, or NULL. */
static const char *other_cause(const struct linmap_inputs *in)
{
	if (in->realm)
		return "the memory of a realm is shared with its host page by page";
	if (in->kfence_any)
		return "KFENCE is built in (before Linux 6.4 that is enough, whatever its "
		       "interval)";
	if (in->kfence_late)
		return "KFENCE may be enabled late (sample interval 0 at boot)";
	if (in->crashkernel_assumed)
		return "crashkernel= is given (before Linux 6.4 that is enough with kexec and "
		       "a DMA zone)";
	if (in->crashkernel)
		return "crashkernel= is given (before Linux 6.4 that is enough)";
	return NULL;
}

static void say_who(const struct linmap_inputs *in, char *buf, size_t len)
{
	const char *rodata = linmap_rodata_word(in), *other = other_cause(in);
	const char *assumed = in->rodata_assumed ? " (assumed)" : "";

	if (in->debug_pagealloc)
		snprintf(buf, len, "debug_pagealloc changes the protection of single pages");
	else if (in->rodata != RODATA_FULL)
		snprintf(buf, len, "%s, which keeps pages even with rodata=%s",
			 other ? other : "the kernel does not say why", rodata);
	else
		snprintf(buf, len,
			 "rodata=%s%s protects the linear alias of read-only memory%s%s",
			 rodata, assumed, other ? ", and " : "", other ? other : "");
}

static void say_pages(const struct linmap_inputs *in, char *buf, size_t len)
{
	char who[256];
	bool unable = *in->unable && !in->debug_pagealloc;

	say_who(in, who, sizeof(who));
	snprintf(buf, len, "pages: %s%s%s%s%s", who, unable ? ", and CPUs " : "",
		 unable ? in->unable : "", unable ? " cannot split live blocks" : "",
		 in->told == LINMAP_REPAINTED ? " (it was blocks until they came up)" : "");
}

/* Before 6.4: what only a newer kernel does without pages. */
static void say_newer(const struct linmap_inputs *in, char *buf, size_t len)
{
	bool full = in->rodata == RODATA_FULL;

	snprintf(buf, len, "boot Linux 6.4 or later%s%s%s%s: blocks return%s%s",
		 in->kfence_any ? "" : ", or without crashkernel=",
		 full || in->kfence_any ? ", with" : "", full ? " rodata=on" : "",
		 in->kfence_any ? " kfence.sample_interval=100" : "",
		 in->kfence_any ? ", and KFENCE runs" : "",
		 full ? "; the linear alias of read-only memory becomes writable, which is "
			"weaker"
		      : "");
}

/* Nobody has looked: neither pgtop at the page tables nor the kernel at itself. */
static bool is_inferred(const struct linmap_inputs *in)
{
	return in->walked != LINMAP_WALKED_PAGES && !in->told;
}

static void say_remedy(const struct linmap_inputs *in, char *buf, size_t len)
{
	const char *on = in->noalias_word ? "noalias" : "on";

	if (in->debug_pagealloc)
		snprintf(buf, len, "boot without debug_pagealloc");
	else if (!strcmp(in->bbml2_word, "off") || !strcmp(in->bbml2_word, "boot-only"))
		snprintf(buf, len, "boot without linear_map.bbml2=%s", in->bbml2_word);
	else if (in->bbml2)
		snprintf(
			buf, len,
			"prefer a kernel that splits blocks on demand (6.18 or later, or 6.12 "
			"with the pgtop series): these CPUs can, and the protection stays");
	else if (in->realm)
		*buf = '\0';
	else if (in->rodata == RODATA_FULL && is_inferred(in))
		snprintf(
			buf, len,
			"run as root: what would help weakens a protection, and pgtop advises "
			"that only when it has walked the page tables");
	else if (in->kfence_any || in->crashkernel)
		say_newer(in, buf, len);
	else if (in->rodata != RODATA_FULL)
		snprintf(
			buf, len,
			"boot with kfence.sample_interval=100: blocks return, and KFENCE runs");
	else
		snprintf(buf, len,
			 "boot with rodata=%s%s: blocks return, but the linear alias of "
			 "read-only memory becomes writable, which is weaker%s",
			 on, in->kfence_late ? " kfence.sample_interval=100" : "",
			 in->kfence_late ? ", and KFENCE runs" : "");
}

/* arch/arm64/mm/mmu.c, map_mem(), unless the kernel told. */
static bool expects_pages(const struct linmap_inputs *in, bool wants_pages)
{
	if (in->told)
		return in->told == LINMAP_PTE || in->told == LINMAP_REPAINTED;
	return wants_pages && (in->debug_pagealloc || !in->split_on_demand || !in->bbml2);
}

static void say_blocks(const struct linmap_inputs *in, bool wants_pages, char *buf, size_t len)
{
	if (in->told == LINMAP_BLOCK || !wants_pages)
		snprintf(buf, len, "blocks: nothing asks for single pages (rodata=%s)",
			 in->rodata_assumed ? "not full" : linmap_rodata_word(in));
	else
		snprintf(buf, len,
			 "blocks, split on demand: every CPU may split live blocks (%s)",
			 in->bbml3 ? "BBML3" : "BBML2");
}

/* The page tables show the contrary of what was expected: why is not known, so no remedy. */
static void say_refuted(const struct linmap_inputs *in, bool pages, char *buf, size_t len)
{
	snprintf(buf, len, "%s: the page tables show it; %s says %s, and is wrong here",
		 pages ? "pages" : "blocks",
		 in->told ? "the kernel" : "what pgtop infers from rodata=, KFENCE and CPUs",
		 pages ? "blocks" : "pages");
}

static bool is_walked(const struct linmap_inputs *in)
{
	return in->walked == LINMAP_WALKED_PAGES || in->walked == LINMAP_WALKED_BLOCKS;
}

static bool asks_for_pages(const struct linmap_inputs *in)
{
	return in->rodata == RODATA_FULL || in->debug_pagealloc || other_cause(in);
}

static void judge_known(const struct linmap_inputs *in, struct linmap_verdict *ret)
{
	bool expected = expects_pages(in, asks_for_pages(in));

	*ret = (struct linmap_verdict){ .pages = expected };
	if (is_walked(in))
		ret->pages = in->walked == LINMAP_WALKED_PAGES;
	ret->refuted = ret->pages != expected;
	if (ret->refuted) {
		say_refuted(in, ret->pages, ret->why, sizeof(ret->why));
	} else if (ret->pages) {
		say_pages(in, ret->why, sizeof(ret->why));
		say_remedy(in, ret->remedy, sizeof(ret->remedy));
	} else {
		say_blocks(in, asks_for_pages(in), ret->why, sizeof(ret->why));
	}
}

/* What the kernel was built with is not known, and decides. */
static void say_unknown(const struct linmap_inputs *in, struct linmap_verdict *ret)
{
	const char *given = in->rodata_assumed	      ? "rodata= is not"
			    : in->crashkernel_assumed ? "crashkernel= is"
						      : "debug_pagealloc is";
	const char *built[3];
	char config[192];
	size_t n = 0;

	if (in->rodata_assumed)
		built[n++] = "rodata=full";
	if (in->crashkernel_assumed)
		built[n++] = "kexec with a DMA zone";
	if (in->debug_pagealloc_assumed)
		built[n++] = "debug_pagealloc";
	*ret = (struct linmap_verdict){ .unknown = true };
	snprintf(
		ret->why, sizeof(ret->why),
		"%s on the command line, and %s: pages if %s%s%s%s%s was built in, else blocks",
		given, kconfig_why(in->config_error, config, sizeof(config)), built[0],
		n > 1 ? " or " : "", n > 1 ? built[1] : "", n > 2 ? " or " : "",
		n > 2 ? built[2] : "");
	snprintf(ret->remedy, sizeof(ret->remedy),
		 "run as root, so that pgtop can walk the page tables, or make the kernel's "
		 "configuration readable");
}

/*
 * The configuration that nobody could read, as it keeps pages or as it does not.
 * debug_pagealloc is no cause of pages that are explained without it.
 */
static struct linmap_inputs assume(const struct linmap_inputs *in, bool pages)
{
	struct linmap_inputs a = *in;

	if (in->rodata_assumed)
		a.rodata = pages ? RODATA_FULL : RODATA_ON;
	if (!pages && in->crashkernel_assumed)
		a.crashkernel = a.crashkernel_assumed = false;
	if (in->debug_pagealloc_assumed)
		a.debug_pagealloc = false;
	if (pages && in->debug_pagealloc_assumed && !expects_pages(&a, asks_for_pages(&a)))
		a.debug_pagealloc = true;
	return a;
}

/* What the page tables show is what the kernel was built with, if nothing else explains it. */
void linmap_judge(const struct linmap_inputs *in, struct linmap_verdict *ret)
{
	struct linmap_inputs pages = assume(in, true), blocks = assume(in, false);

	if (in->told)
		judge_known(in, ret);
	else if (is_walked(in))
		judge_known(in->walked == LINMAP_WALKED_PAGES ? &pages : &blocks, ret);
	else if (expects_pages(&pages, asks_for_pages(&pages)) ==
		 expects_pages(&blocks, asks_for_pages(&blocks)))
		judge_known(&pages, ret);
	else
		say_unknown(in, ret);
}

enum linmap_walked linmap_walked(const struct snapshot *s)
{
	const struct value *total = &s->field[F_LINEAR_TOTAL];
	const struct value *pages = &s->field[F_LINEAR_PAGES];

	if (!total->known || !pages->known || !total->n)
		return LINMAP_NOT_WALKED;
	if (pages->n > total->n / 10 * 9)
		return LINMAP_WALKED_PAGES;
	return pages->n < total->n / 2 ? LINMAP_WALKED_BLOCKS : LINMAP_WALKED_BOTH;
}
