// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "server/request.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request r = { .n = UNTOUCHED };
	char *line = malloc(size + 1);
	const char *why = NULL;
	int err;

	CHECK(line);
	if (size)
		memcpy(line, data, size);
	line = realloc(line, size ? size : 1);
	CHECK(line);
	err = request_parse(line, size, &r, &why);
	CHECK(err == 0 || err == -EINVAL || err == -EPROTONOSUPPORT || err == -EBADMSG);
	CHECK(err == 0 || (why && *why));
	CHECK(err == 0 ? r.command < REQUEST_COMMANDS && memchr(r.lever, 0, LEVER_NAME)
		       : r.n == UNTOUCHED);
	free(line);
	return 0;
}
