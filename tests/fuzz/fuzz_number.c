// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "util/number.h"
#include "text.h"

static void check_parse(const char *text, int base, uint64_t max)
{
	uint64_t n = UNTOUCHED;
	int r = parse_u64(text, base, max, &n);

	CHECK(r == 0 || r == -EINVAL || r == -ERANGE);
	CHECK(r == 0 ? n <= max : n == UNTOUCHED);
}

static void check_scan(const char *text, int base)
{
	const char *p = text;
	uint64_t n = UNTOUCHED;
	int r = scan_u64(&p, base, &n);

	CHECK(r == 0 || r == -EINVAL || r == -ERANGE);
	CHECK(r == 0 ? p > text && p <= text + strlen(text) : p == text && n == UNTOUCHED);
}

/* What format_size() writes is read back as the same number. */
static void check_size(const char *text)
{
	uint64_t n = UNTOUCHED, again;
	char buf[24];

	if (parse_size(text, &n)) {
		CHECK(n == UNTOUCHED);
		return;
	}
	CHECK(parse_size(format_size(n, buf, sizeof(buf)), &again) == 0 && again == n);
	snprintf(buf, sizeof(buf), "%ju", (uintmax_t)n);
	CHECK(parse_u64(buf, 10, UINT64_MAX, &again) == 0 && again == n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	check_parse(text, 0, UINT64_MAX);
	check_parse(text, 10, UINT64_MAX);
	check_parse(text, 10, 4096);
	check_parse(text, 16, UINT64_MAX);
	check_scan(text, 10);
	check_scan(text, 16);
	check_size(text);
	free(text);
	return 0;
}
