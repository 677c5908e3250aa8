// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed.h"
#include "process_check.h"
#include "util/util.h"

struct feed {
	bool asks; /* pgtopd: */
	const char *socket;
	struct control_client *daemon; /* NULL: it went away; or: */
	struct sources *sources;
	struct probe *probe;
	char why[256];
};

/* The option that only sources of our own can serve. */
static const char *needs_own(const struct cli_options *o)
{
	static const struct {
		enum cli_option_id id;
		const char *name;
	} only_own[] = {
		{ OPT_OWN, "--own" },	    { OPT_PID, "--pid" },
		{ OPT_CGROUP, "--cgroup" }, { OPT_EVENT, "--event" },
		{ OPT_FENTRY, "--fentry" }, { OPT_KPROBE, "--kprobe" },
		{ OPT_SYMBOL, "--symbol" }, { OPT_ROOT, "--root" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(only_own); i++) {
		if (cli_given(o, only_own[i].id))
			return only_own[i].name;
	}
	/* where it does not say how much to show, it says how much to measure */
	if (cli_given(o, OPT_ROWS) && o->command->bit & (CMD_RECORD | CMD_PROM))
		return "--rows";
	return NULL;
}

static int open_daemon(const struct cli_options *o, struct feed *f)
{
	const char *own = needs_own(o);
	int r;

	if (own && o->socket)
		return cli_error(CLI_USAGE,
				 "give %s or --socket, not both: pgtopd cannot serve %s", own,
				 own);
	if (own) {
		snprintf(f->why, sizeof(f->why), "%s was given", own);
		return CLI_OK;
	}
	f->socket = o->socket;
	r = control_client_new(o->socket, &f->daemon, f->why, sizeof(f->why));
	f->asks = !r;
	if (r && o->socket)
		return cli_error(CLI_UNAVAILABLE, "%s", f->why);
	if (r == -ENOENT || r == -ECONNREFUSED)
		strcpy(f->why, "pgtopd is not running");
	return CLI_OK;
}

int feed_new(const struct cli_options *o, uint64_t wanted, struct feed **ret)
{
	struct source_options so = cli_sources_options(o);
	int code = process_check_all(o), r = 0;
	struct feed *f;

	if (code)
		return code;
	f = calloc(1, sizeof(*f));
	if (!f)
		return cli_error(CLI_FAILED, "out of memory");
	f->probe = probe_new();
	if (f->probe)
		code = open_daemon(o, f);
	else
		r = -ENOMEM;
	if (!code && !r && !f->asks)
		r = sources_new(o->host, &so, wanted, f->probe, &f->sources);
	if (r)
		code = cli_error(CLI_FAILED, "out of memory");
	if (code)
		feed_free(f);
	else
		*ret = f;
	return code;
}

void feed_free(struct feed *f)
{
	if (!f)
		return;
	control_client_free(f->daemon);
	sources_free(f->sources);
	probe_free(f->probe);
	free(f);
}

static int ask_daemon(struct feed *f, bool walk, struct snapshot **ret, char *why,
		      size_t why_len)
{
	struct probe *p;
	int r = 0;

	if (!f->daemon)
		r = control_client_new(f->socket, &f->daemon, why, why_len);
	if (!r)
		r = control_client_snapshot(f->daemon, walk, ret, &p, why, why_len);
	if (r) {
		control_client_free(f->daemon);
		f->daemon = NULL;
		return r;
	}
	probe_free(f->probe);
	f->probe = p;
	return 0;
}

int feed_try(struct feed *f, uint64_t wanted, struct snapshot **ret, char *why, size_t why_len)
{
	int r;

	if (f->asks)
		return ask_daemon(f, wanted & sources_bit("usermap"), ret, why, why_len);
	r = sources_read_some(f->sources, wanted, ret);
	if (r == -ENOMEM)
		snprintf(why, why_len, "out of memory");
	else if (r)
		snprintf(why, why_len, "this machine could not be read: %s", strerror(-r));
	return r;
}

int feed_read(struct feed *f, struct snapshot **ret)
{
	char why[256];

	return feed_try(f, ~0ull, ret, why, sizeof(why)) ? cli_error(CLI_FAILED, "%s", why)
							 : CLI_OK;
}

bool feed_asks(const struct feed *f)
{
	return f->asks;
}

const struct probe *feed_probe(const struct feed *f)
{
	return f->probe;
}

struct control_client *feed_daemon(const struct feed *f)
{
	return f->daemon;
}

const char *feed_told(const struct feed *f, char *buf, size_t len)
{
	if (f->asks)
		snprintf(buf, len, "measured by pgtopd");
	else
		snprintf(buf, len, "measured by pgtop itself: %s", f->why);
	return buf;
}
