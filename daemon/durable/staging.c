// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/file.h"
#include "util/publish.h"
#include "durable/staging.h"
#include "util/summed_line.h"
#include "util/util.h"

#define KFENCE "kfence.sample_interval=100"

/* The file is: a first line that ends with the sum of the rest, the rest. */
#define FIRST "# Written by pgtopd(8); not if edited. Sum: "
#define COMMENT                                                                               \
	"# Takes effect with update-grub(8) and a boot; removed when no longer advised.\n"
#define ASSIGN	 "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX "
#define SUM_SIZE (SUMMED_LINE_TEXT - 1)

/* --- what to stage ---------------------------------------------------------- */

/* Why no parameter can help, or NULL. */
static const char *why_none(const struct linmap_inputs *in)
{
	if (in->realm)
		return "The memory of a realm is shared with its host page by page.";
	if (in->debug_pagealloc)
		return "debug_pagealloc needs single pages.";
	if (in->kfence_any || in->crashkernel)
		return "Before Linux 6.4 no parameter brings blocks back here.";
	if (in->bbml2 && in->split_on_demand)
		return "The CPUs split blocks on demand, under full protection.";
	if (in->bbml2)
		return "The CPUs can split blocks on demand: a newer kernel is better than "
		       "weaker protection.";
	return NULL;
}

static bool has_word(const char *params, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = params; *p; p += strcspn(p, " "), p += *p == ' ') {
		if (!strncmp(p, word, len) && (!p[len] || p[len] == ' '))
			return true;
	}
	return false;
}

/* What was staged has taken effect: the kernel looks as if it needed none of it. */
static bool is_in_effect(const struct linmap_inputs *in, const char *staged,
			 const char *rodata)
{
	return (in->rodata == RODATA_ON && has_word(staged, rodata)) ||
	       (!in->kfence_late && has_word(staged, KFENCE));
}

/* What the page tables forbid to advise, or NULL.  What is not measured is not advised anew.
 */
static const char *why_not_walked(const struct linmap_inputs *in)
{
	if (in->walked == LINMAP_WALKED_BLOCKS)
		return "The page tables show blocks as the kernel is booted.";
	if (in->walked == LINMAP_NOT_WALKED && !in->told)
		return "The page tables were not walked, and protection is not weakened on "
		       "inference.";
	return NULL;
}

/* Params that were staged show as given: what would be without them decides. */
void staging_advise(const struct linmap_inputs *in, enum rodata floor, const char *staged,
		    struct staging *ret)
{
	const char *rodata = in->noalias_word ? "rodata=noalias" : "rodata=on";
	bool weaken = in->rodata == RODATA_FULL ||
		      (in->rodata == RODATA_ON && has_word(staged, rodata));
	bool kfence = in->kfence_late || has_word(staged, KFENCE);

	*ret = (struct staging){ .why = why_none(in) };
	if (!ret->why && !is_in_effect(in, staged, rodata))
		ret->why = why_not_walked(in);
	if (ret->why)
		return;
	if (weaken && floor == RODATA_FULL) {
		ret->why =
			"The floor is full protection, under which pages are mapped singly.";
		return;
	}
	if (!weaken && !kfence) {
		ret->why = "The kernel maps blocks as it is booted.";
		return;
	}
	snprintf(ret->params, sizeof(ret->params), "%s%s%s", weaken ? rodata : "",
		 weaken && kfence ? " " : "", kfence ? KFENCE : "");
	ret->why =
		!weaken ? "KFENCE that may be enabled late makes the kernel map pages singly."
		: kfence
			? "Full protection of read-only memory, and KFENCE that may be enabled "
			  "late, make the kernel map pages singly."
			: "Full protection of read-only memory makes the kernel map pages "
			  "singly.";
}

/* --- the file --------------------------------------------------------------- */

/* Nothing that means something to the shell that reads the file. */
static bool is_plain(const char *params)
{
	return *params && !params[strspn(params, "abcdefghijklmnopqrstuvwxyz0123456789"
						 "ABCDEFGHIJKLMNOPQRSTUVWXYZ_.,:=+- ")];
}

int staging_text(const struct staging *s, char buf[STAGING_TEXT])
{
	char rest[STAGING_TEXT], sum_text[SUMMED_LINE_TEXT + 1];
	uint32_t sum = 0;
	int n;

	if (!is_plain(s->params) || strchr(s->why, '\n'))
		return -EINVAL;
	n = snprintf(rest, sizeof(rest), COMMENT "# %s\n" ASSIGN "%s\"\n", s->why, s->params);
	if (n >= (int)sizeof(rest))
		return -EINVAL;
	summed_line_begin(rest, n, &sum, sum_text);
	n = snprintf(buf, STAGING_TEXT, FIRST "%.*s\n%s", SUM_SIZE, sum_text, rest);
	return n < STAGING_TEXT ? n : -EINVAL;
}

/* The text behind the first line, if its sum is the one named there. */
static const char *checked_rest(const char *text)
{
	char want[SUMMED_LINE_TEXT + 1];
	const char *sum_text = text + strlen(FIRST), *rest;
	uint32_t sum = 0;

	if (strncmp(text, FIRST, strlen(FIRST)) || strcspn(sum_text, "\n") != SUM_SIZE)
		return NULL;
	rest = line_after(sum_text);
	summed_line_begin(rest, strlen(rest), &sum, want);
	return strncmp(want, sum_text, SUM_SIZE) ? NULL : rest;
}

int staging_parse(const char *text, char *params)
{
	const char *rest = checked_rest(text), *p;
	size_t len;

	p = rest ? strstr(rest, "\n" ASSIGN) : NULL;
	if (!p)
		return -EBADMSG;
	p += strlen("\n" ASSIGN);
	len = strcspn(p, "\"\n");
	if (!len || len >= STAGING_PARAMS || p[len] != '"')
		return -EBADMSG;
	memcpy(params, p, len);
	params[len] = '\0';
	return 0;
}

int staging_read(const char *path, char *params)
{
	_cleanup_free_ char *text = NULL;
	int r = file_read(NULL, path, &text, NULL);

	if (r == -ENOENT) {
		*params = '\0';
		return 0;
	}
	return r ? r : staging_parse(text, params);
}

int staging_write(const char *path, const struct staging *s)
{
	char now[STAGING_PARAMS], text[STAGING_TEXT];
	int len, r = staging_read(path, now);

	if (r || !strcmp(now, s->params))
		return r;
	if (!*s->params) {
		if (unlink(path))
			return -errno;
		r = sync_directory(path);
		return r ? r : 1;
	}
	len = staging_text(s, text);
	r = len < 0 ? len : publish(path, text, len, 0644);
	return r ? r : 1;
}
