// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>

#include "reasons/reasons.h"
#include "util/number.h"

/* "%s" stands for the wanted size, and "%k" for it in kB. */
static const struct {
	const char *text, *remedy;
} words[WHY_MAX] = {
	[WHY_CHANGED] = { "mapped while pgtop looked", "run pgtop why again" },
	[WHY_SPECIAL] = { "of a device or a driver, or of hugetlbfs", "" },
	[WHY_SHORT] = { "the mapping has no whole aligned %s there",
			"allocate in larger pieces, at multiples of %s; map files from such "
			"offsets on, too" },
	[WHY_UNFOLDED] = { "one folio fills each %s, but smaller leaves map it (split by "
			   "mprotect, madvise or a file mapping)",
			   "madvise(MADV_COLLAPSE) maps it as a whole again, if all of it has "
			   "the same permissions" },
	[WHY_UNREAD] = { "the folio or file behind it cannot be read",
			 "pgtop doctor says why (pagewalk.folios)" },
	[WHY_PARTLY] = { "the folio is large enough, but a part of it is not mapped here, or "
			 "not at a multiple of %s",
			 "do not free or unmap parts of a %s block" },
	[WHY_MERGED] = { "merged with equal pages by KSM",
			 "madvise(MADV_UNMERGEABLE), if the TLB matters more than the memory" },
	[WHY_COPIED] = { "private copies of single pages of a file",
			 "copy such data to anonymous memory" },
	[WHY_FORBIDDEN] = { "the program forbids it: madvise(MADV_NOHUGEPAGE)",
			    "a setting of the program, often of its allocator" },
	[WHY_PROCESS] = { "forbidden to the process: prctl(PR_SET_THP_DISABLE)",
			  "a setting of who started it; children inherit it" },
	[WHY_NEVER] = { "the policy for anonymous memory gives no folio of %s (never)",
			"write madvise or always to "
			"/sys/kernel/mm/transparent_hugepage/hugepages-%kkB/enabled" },
	[WHY_ADVICE] = { "the policy is madvise, and the program does not ask",
			 "madvise(MADV_HUGEPAGE) in the program, or write always to "
			 "/sys/kernel/mm/transparent_hugepage/hugepages-%kkB/enabled" },
	[WHY_SHMEM] = { "the policy for shared memory gives no folio of %s (never)",
			"write advise or always to /sys/kernel/mm/transparent_hugepage/"
			"hugepages-%kkB/shmem_enabled" },
	[WHY_SHMEM_ADVICE] = { "the policy for shared memory is advise, and the program does "
			       "not ask",
			       "madvise(MADV_HUGEPAGE) in the program, or write always to "
			       "/sys/kernel/mm/transparent_hugepage/hugepages-%kkB/"
			       "shmem_enabled" },
	[WHY_TMPFS] = { "the tmpfs is mounted without large folios (huge=)",
			"mount -o remount,huge=within_size" },
	[WHY_FILE] = { "the file system has no folios of %s for this file",
		       "a file system with large folios (XFS, newer ext4 and Btrfs), or copy "
		       "hot code and data to anonymous memory" },
	[WHY_INELIGIBLE] = { "the policies that pgtop knows allow it, but the kernel does not "
			     "(THPeligible 0)",
			     "look for other limits, as PR_THP_DISABLE_EXCEPT_ADVISED" },
	[WHY_SMALL] = { "nothing forbids it now, but the folios are small: touched before the "
			"policy, or none of %s could be had",
			"madvise(MADV_COLLAPSE), or restart the program" },
};

/* @text with its places filled. */
static const char *reason_fill(const char *text, const char *size, uint64_t kib, char *buf,
			       size_t len)
{
	FILE *out = fmemopen(buf, len, "w");

	*buf = '\0';
	if (!out)
		return buf;
	for (; *text; text++) {
		if (text[0] == '%' && text[1] == 's')
			fputs(size, out);
		else if (text[0] == '%')
			fprintf(out, "%" PRIu64, kib);
		else
			fputc(*text, out);
		text += *text == '%';
	}
	fclose(out);
	buf[len - 1] = '\0';
	return buf;
}

const char *reason_text(enum why_reason r, const char *size, char *buf, size_t len)
{
	return reason_fill(words[r].text, size, 0, buf, len);
}

const char *reason_remedy(enum why_reason r, uint64_t wanted, char *buf, size_t len)
{
	char size[24];

	return reason_fill(words[r].remedy, format_size(wanted, size, sizeof(size)),
			   wanted / 1024, buf, len);
}
