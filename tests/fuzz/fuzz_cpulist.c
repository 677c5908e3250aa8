// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "util/cpulist.h"
#include "text.h"

static void check_set(const struct cpulist *l)
{
	struct cpulist again, walked = { .bits = { 0 } };
	char *buf = malloc(65536);
	unsigned int n = 0;

	CHECK(buf);
	cpulist_for_each(cpu, l)
	{
		cpulist_add(&walked, cpu);
		n++;
	}
	CHECK(n == cpulist_count(l));
	CHECK(!memcmp(&walked, l, sizeof(walked)));
	/* the longest text has 4096 CPUs of up to 4 digits and a comma */
	CHECK(!cpulist_parse(cpulist_format(l, buf, 65536), &again));
	CHECK(!memcmp(&again, l, sizeof(again)));
	for (size_t len = 1; len < 12; len++)
		CHECK(strlen(cpulist_format(l, buf, len)) < len);
	free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cpulist l = { .bits = { UNTOUCHED } };
	char *text = fuzz_text(data, size);
	int r = cpulist_parse(text, &l);

	CHECK(r == 0 || r == -EINVAL || r == -ERANGE);
	if (r)
		CHECK(l.bits[0] == UNTOUCHED);
	else
		check_set(&l);
	free(text);
	return 0;
}
