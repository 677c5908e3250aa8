// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/file.h"
#include "linmap/linmap_files.h"
#include "util/util.h"

static const struct {
	const char *word;
	enum linmap_mode mode;
} modes[] = {
	{ "pte", LINMAP_PTE },
	{ "block", LINMAP_BLOCK },
	{ "block_split", LINMAP_BLOCK_SPLIT },
	{ "repainted", LINMAP_REPAINTED },
};

static const struct {
	const char *word;
	unsigned int bit;
} reasons[] = {
	{ "debug_pagealloc", LINMAP_DEBUG_PAGEALLOC },
	{ "no_page_permissions", LINMAP_NO_PAGE_PERMISSIONS },
	{ "no_bbml2", LINMAP_NO_BBML2 },
	{ "bbml2", LINMAP_BBML2 },
	{ "rodata_full", LINMAP_RODATA_FULL },
	{ "kfence_late", LINMAP_KFENCE_LATE },
};

static unsigned int parse_reasons(const char *text)
{
	unsigned int bits = 0;

	while (*text) {
		size_t len = strcspn(text, " ");

		for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
			if (strlen(reasons[i].word) == len &&
			    !strncmp(text, reasons[i].word, len))
				bits |= reasons[i].bit;
		}
		text += len;
		text += strspn(text, " ");
	}
	return bits;
}

void linmap_files_parse(uint64_t abi, const char *mode, const char *reason,
			struct linmap_files *ret)
{
	*ret = (struct linmap_files){ .abi = abi };
	if (reason && *reason)
		snprintf(ret->words, sizeof(ret->words), "%s (%s)", mode, reason);
	else
		snprintf(ret->words, sizeof(ret->words), "%s", mode);
	if (abi > LINMAP_ABI)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (!strcmp(mode, modes[i].word))
			ret->mode = modes[i].mode;
	}
	if (ret->mode && reason)
		ret->reasons = parse_reasons(reason);
}

int linmap_files_read(const char *root, struct linmap_files *ret)
{
	_cleanup_free_ char *mode = NULL, *reason = NULL;
	uint64_t abi;
	int r;

	r = file_read_u64(root, LINMAP_DIR "/abi", &abi);
	if (!r)
		r = file_read_line(root, LINMAP_DIR "/mode", &mode);
	if (r)
		return r;
	if (file_read_line(root, LINMAP_DIR "/reason", &reason))
		reason = NULL;
	linmap_files_parse(abi, mode, reason, ret);
	ret->have_bbml2 =
		abi <= LINMAP_ABI && !cpulist_read(root, LINMAP_DIR "/bbml2", &ret->bbml2);
	return 0;
}
