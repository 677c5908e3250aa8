// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "host/buddyinfo.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buddyinfo b = { .orders = 77 };
	char *text = fuzz_text(data, size);
	int r = buddyinfo_parse(text, &b);

	CHECK(r == 0 || r == -EBADMSG);
	if (r)
		CHECK(b.orders == 77);
	else
		CHECK(b.orders > 0 && b.orders <= BUDDYINFO_ORDERS);
	for (unsigned int i = b.orders; !r && i < BUDDYINFO_ORDERS; i++)
		CHECK(b.free[i] == 0);
	free(text);
	return 0;
}
