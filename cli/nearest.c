// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "nearest.h"
#include "util/util.h"

#define LONGEST 32

/* One more row of the table of distances: @a is its letter, @before the letter above. */
static void distance_row(char before, char a, const char *b, const unsigned char *two,
			 const unsigned char *one, unsigned char *row)
{
	row[0] = one[0] + 1;
	for (size_t k = 1; b[k - 1]; k++) {
		unsigned char n = MIN(one[k], row[k - 1]) + 1;

		n = MIN(n, one[k - 1] + (a != b[k - 1]));
		if (k > 1 && before == b[k - 1] && a == b[k - 2])
			n = MIN(n, two[k - 2] + 1);
		row[k] = n;
	}
}

static size_t distance(const char *a, const char *b)
{
	unsigned char rows[3][LONGEST + 1];
	size_t i;

	for (i = 0; i <= LONGEST; i++)
		rows[0][i] = i;
	for (i = 1; a[i - 1]; i++)
		distance_row(i > 1 ? a[i - 2] : '\0', a[i - 1], b, rows[(i + 1) % 3],
			     rows[(i - 1) % 3], rows[i % 3]);
	return rows[(i - 1) % 3][strlen(b)];
}

const char *nearest(const char *word, const char *const *words, size_t n)
{
	size_t len = strlen(word), best = (len + 1) / 3 + 1;
	const char *found = NULL;

	if (!len || len > LONGEST)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t d = strlen(words[i]) > LONGEST ? best : distance(word, words[i]);

		if (len > 1 && !strncmp(word, words[i], len))
			d = MIN(d, 1);
		if (d < best) {
			best = d;
			found = words[i];
		}
	}
	return found;
}
