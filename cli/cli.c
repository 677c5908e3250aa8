// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "cli.h"
#include "text.h"
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

int cli_print_json_as(struct json_object *json, int flags)
{
	if (!json)
		return cli_error(CLI_FAILED, "out of memory");
	puts(json_object_to_json_string_ext(json, flags));
	json_object_put(json);
	return cli_flush();
}

int cli_print_json(struct json_object *json)
{
	return cli_print_json_as(json,
				 JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
}

struct source_options cli_sources_options(const struct cli_options *o)
{
	return (struct source_options){
		.pids = o->pids,
		.npids = o->npids,
		.cgroup = o->cgroup,
		.walk_processes = MAX(o->rows, 16u),
		.roles = o->roles,
		.prefer_fentry = o->prefer_fentry,
		.prefer_kprobe = o->prefer_kprobe,
	};
}
