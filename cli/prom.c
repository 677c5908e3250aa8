// SPDX-License-Identifier: GPL-2.0-only
/* prom.c - pgtop prom: metrics for Prometheus, once */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "cli.h"
#include "feed.h"
#include "snapshot/metrics.h"
#include "text.h"
#include "util/util.h"

/* What pgtopd exported after its last window. */
static int prom_ask(struct feed *f, char **ret)
{
	struct json_object *answer, *text;
	char why[256];
	int r = control_client_ask(feed_daemon(f), control_request("metrics"), &answer, why,
				   sizeof(why));

	if (r)
		return cli_error(CLI_FAILED, "%s", why);
	if (json_object_object_get_ex(answer, "metrics", &text))
		*ret = strdup(json_object_get_string(text));
	json_object_put(answer);
	return *ret ? CLI_OK : cli_error(CLI_FAILED, "pgtopd answers without metrics");
}

static int prom_print(const struct snapshot *s, const struct probe *p, FILE *out)
{
	struct metric_sample about[METRICS_ABOUT];
	const struct metrics_input in = {
		.snapshot = s, .probe = p, .sample = about, .nsamples = METRICS_ABOUT
	};

	metrics_about(s, about);
	return metrics_write(out, &in);
}

/* Counters of our own programs begin now. */
static int prom_look(struct feed *f, char **ret)
{
	struct snapshot *s;
	size_t len;
	FILE *out;
	int code = feed_read(f, &s);

	if (code)
		return code;
	out = open_memstream(ret, &len);
	if (!out || prom_print(s, feed_probe(f), out) || fclose(out))
		code = cli_error(CLI_FAILED, "out of memory");
	snapshot_free(s);
	return code;
}

/* A collector gets each byte; a terminal gets no names that steer it. */
static void prom_print_text(char *text)
{
	char *line;

	while (isatty(STDOUT_FILENO) && (line = strsep(&text, "\n")))
		printf("%s%s", text_clean(line), text ? "\n" : "");
	if (text)
		fputs(text, stdout);
}

static int prom_show(const struct cli_options *o, char *text)
{
	struct json_object *json;

	if (!o->json) {
		prom_print_text(text);
		return cli_flush();
	}
	json = json_object_new_object();
	json_object_object_add(json, "schema", json_object_new_string("pgtop.prom"));
	json_object_object_add(json, "version", json_object_new_int(1));
	json_object_object_add(json, "metrics", json_object_new_string(text));
	return cli_print_json(json);
}

static int prom_run(struct cli_options *o)
{
	_cleanup_free_ char *text = NULL;
	struct feed *f;
	int code;

	code = feed_new(o, ~0ull, &f);
	if (code)
		return code;
	code = feed_daemon(f) ? prom_ask(f, &text) : prom_look(f, &text);
	if (!code)
		code = prom_show(o, text);
	feed_free(f);
	return code;
}

const struct cli_command command_prom = {
	.name = "prom",
	.bit = CMD_PROM,
	.operands = "",
	.help = "Print metrics for Prometheus once",
	.exits = { [CLI_UNAVAILABLE] = "no pgtopd listens at the --socket",
		   [CLI_NO_SUCH] = "no such process" },
	.run = prom_run,
};
