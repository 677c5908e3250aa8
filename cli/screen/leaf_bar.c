// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "screen/leaf_bar.h"
#include "util/util.h"

struct text_segment leaf_bar_segment(const char *name, uint64_t bytes, size_t rank)
{
	/* Larger leaves look denser. */
	static const char marks[] = ".:oO#@&";
	static const int colors[] = { 1, 3, 6, 2, 4, 5, 7 };

	rank = MIN(rank, ARRAY_SIZE(colors) - 1);
	return (struct text_segment){ name, bytes, marks[rank], colors[rank] };
}

void leaf_bar_legend(FILE *out, const struct text_segment *seg, size_t n)
{
	char legend[512] = "", bytes[TEXT_LEN], percent[TEXT_LEN];
	uint64_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += seg[i].n;
	for (size_t i = 0; i < n; i++) {
		size_t at = strlen(legend);

		if (seg[i].n)
			snprintf(legend + at, sizeof(legend) - at, "%s%c %s %s (%s)",
				 at ? ", " : "", seg[i].mark, seg[i].name,
				 text_bytes(seg[i].n, bytes),
				 text_percent(seg[i].n, total, percent));
	}
	text_item(out, "  ", 2, legend);
}
