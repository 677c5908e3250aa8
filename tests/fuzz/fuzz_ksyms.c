// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "host/ksyms.h"
#include "text.h"

static void check_symbols(const struct ksyms *k, uint64_t address)
{
	uint64_t offset = ~0ull;
	const char *name = ksyms_name(k, address, &offset);

	CHECK(!name || (*name && offset <= address));
	if (name) {
		CHECK(ksyms_function(k, name));
		CHECK(!ksyms_name(k, address - offset, NULL) ||
		      ksyms_name(k, address - offset, NULL) == name);
	}
	CHECK(ksyms_address(k, "") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ksyms *k = NULL;
	uint64_t address = 0;
	FILE *f = size ? fmemopen((void *)data, size, "r") : NULL;
	int r;

	if (!f)
		return 0;
	r = ksyms_parse(f, &k);
	fclose(f);
	CHECK(r == 0 || r == -EBADMSG || r == -EACCES);
	CHECK((r == 0) == (k != NULL));
	for (size_t i = 0; i < size && i < sizeof(address); i++)
		address = address << 8 | data[size - 1 - i];
	if (k) {
		check_symbols(k, address);
		check_symbols(k, 0);
		check_symbols(k, UINT64_MAX);
	}
	ksyms_free(k);
	return 0;
}
