// SPDX-License-Identifier: GPL-2.0-only
/* /proc/config.gz, and a line of what is in it. */
#include <errno.h>

#include "host/kconfig.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = NULL;
	int r = kconfig_gunzip(data, size, &text);

	CHECK(r == 0 || r == -EBADMSG || r == -EFBIG);
	CHECK(!r == !!text);
	free(text);
	text = fuzz_text(data, size);
	if (kconfig_has(text, "CONFIG_KFENCE=y"))
		CHECK(strstr(text, "CONFIG_KFENCE=y"));
	free(text);
	return 0;
}
