// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>

#include "config.h"
#include "text.h"

static void tell(void *arg, const char *message)
{
	unsigned int *told = arg;

	CHECK(!strncmp(message, "f:", 2) && strlen(message) < CONFIG_MESSAGE);
	for (const char *p = message; *p; p++)
		CHECK(!iscntrl((unsigned char)*p));
	++*told;
}

static void print(const struct config *c, char *buf, size_t len)
{
	FILE *f = fmemopen(buf, len, "w");

	CHECK(f);
	config_print(c, f);
	CHECK(!fclose(f));
}

/* What was accepted is within its range, and reads back as it was. */
static void check(const struct config *c)
{
	static char first[32768], second[32768];
	unsigned int told = 0;
	struct config again;

	CHECK(c->policy.window_ns >= 1000000000ull && c->policy.window_ns <= 3600000000000ull);
	CHECK(c->policy.alpha > 0 && c->policy.alpha <= 0.2);
	CHECK(c->state_dir[0] == '/' && strlen(c->socket) < 108);
	print(c, first, sizeof(first));
	config_defaults(&again);
	config_parse(&again, "f", first, tell, &told);
	print(&again, second, sizeof(second));
	CHECK(told || !strcmp(first, second));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	unsigned int told = 0;
	struct config c;
	int r;

	config_defaults(&c);
	r = config_parse(&c, "f", text, tell, &told);
	CHECK(r == 0 || r == CONFIG_UNKNOWN || r == -EINVAL);
	CHECK(!r == !told);
	/* what takes most of the time, for some inputs */
	if (!r && size % 8 == 0)
		check(&c);
	free(text);
	return 0;
}
