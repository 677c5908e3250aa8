// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "cli.h"
#include "text.h"
#include "util/utf8.h"
#include "util/util.h"

bool cli_given(const struct cli_options *o, enum cli_option_id id)
{
	return o->given >> id & 1;
}

int cli_error(int code, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		text = NULL;
	fprintf(stderr, "pgtop: %s\n", text ? text_clean(text) : "out of memory");
	return code;
}

int cli_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return CLI_OK;
	return cli_error(CLI_FAILED, "cannot write the output: %s", strerror(errno));
}

static void put_escaped(uint32_t code)
{
	if (code < 0x10000)
		printf("\\u%04x", code);
	else
		printf("\\u%04x\\u%04x", 0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
}

/* What json-c leaves as it is, but steers a terminal, in the other notation JSON has for it.
 */
static void put_json(const char *text)
{
	while (*text) {
		const char *start = text;
		size_t n = 0;

		while (*text > 0 && *text < 0x7f)
			text++;
		fwrite(start, 1, text - start, stdout);
		if (!*text)
			break;
		start = utf8_next(&text, &n);
		if (utf8_steers(utf8_code(start, n)))
			put_escaped(utf8_code(start, n));
		else
			fwrite(start, 1, n, stdout);
	}
	putchar('\n');
}

int cli_print_json_as(struct json_object *json, int flags)
{
	const char *text = json ? json_object_to_json_string_ext(json, flags) : NULL;

	if (text)
		put_json(text);
	json_object_put(json);
	if (!text)
		return cli_error(CLI_FAILED, "out of memory");
	return cli_flush();
}

int cli_print_json(struct json_object *json)
{
	return cli_print_json_as(json,
				 JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
}

/* What a reading costs grows with the processes that have counts: watch reads all the time. */
#define WATCH_PROCESSES 256

struct source_options cli_sources_options(const struct cli_options *o)
{
	bool watch = o->command->bit == CMD_WATCH;

	return (struct source_options){
		.pids = o->pids,
		.npids = o->npids,
		.cgroup = o->cgroup,
		.walk_processes = MAX(o->rows, 16u),
		.process_rows = watch ? WATCH_PROCESSES : 0,
		.gone_ns = watch ? 2 * o->interval_ns : 0,
		.roles = o->roles,
		.prefer_fentry = o->prefer_fentry,
		.prefer_kprobe = o->prefer_kprobe,
	};
}
