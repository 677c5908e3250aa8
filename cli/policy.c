// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <json-c/json.h>

#include "cli.h"
#include "control/control_client.h"
#include "util/json_text.h"
#include "util/number.h"
#include "pgtop/control.h"
#include "policy_text.h"
#include "text.h"
#include "util/util.h"

static void print_status(const struct cli_options *o, struct json_object *answer)
{
	struct json_object *status = json_member(answer, "status");

	policy_print_daemon(stdout, status);
	text_heading(stdout, o->color, "levers");
	policy_print_levers(stdout, json_member(status, "levers"));
	policy_print_last_window(stdout, o->color, status);
}

static void print_log(const struct cli_options *o, struct json_object *answer)
{
	struct json_object *decisions = json_member(answer, "decisions");

	if (json_object_is_type(decisions, json_type_array) &&
	    json_object_array_length(decisions))
		policy_print_decisions(stdout, decisions, SIZE_MAX);
	else
		puts(cli_given(o, OPT_SINCE) ? "no decisions since then" : "no decisions yet");
}

/* What was decided is in effect; whether it stays so is another question. */
static void print_change(const struct cli_options *o, struct json_object *answer)
{
	struct json_object *durable = json_member(answer, "durable");
	const char *said = json_object_get_string(json_member(answer, "why"));
	char why[256];

	print_log(o, answer);
	if (!durable || json_object_get_boolean(durable))
		return;
	snprintf(why, sizeof(why), "%s", said ? said : "its journal cannot be written");
	printf("until pgtopd is restarted: %s\n", text_clean(why));
}

static void print_why(const struct cli_options *o, struct json_object *answer)
{
	struct json_object *trial = json_member(answer, "trial");

	policy_print_decision(stdout, json_member(answer, "decision"));
	if (json_object_is_type(trial, json_type_array) && json_object_array_length(trial)) {
		text_heading(stdout, o->color, "the trial");
		policy_print_decisions(stdout, trial, SIZE_MAX);
	}
}

/* Operands after the verb, what they become in the request, how the answer is shown. */
static const struct verb {
	const char *name, *operand;
	bool is_id;
	const char *where; /* to find one */
	void (*print)(const struct cli_options *o, struct json_object *answer);
} verbs[] = {
	{ "status", NULL, false, NULL, print_status },
	{ "log", NULL, false, NULL, print_log },
	{ "why", "id", true, "the ID of a decision; pgtop policy log lists them", print_why },
	{ "hold", "lever", false, "a lever, or all; pgtop policy status lists them",
	  print_change },
	{ "release", "lever", false, "a lever, or all; pgtop policy status lists them",
	  print_change },
};

static const struct verb *verb_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	}
	return NULL;
}

static int check_operands(const struct cli_options *o, const struct verb *v)
{
	uint64_t id;

	if (o->argc > (v->operand ? 2 : 1))
		return cli_error(CLI_USAGE,
				 "policy %s: unexpected operand '%s'; see pgtop policy --help",
				 v->name, o->argv[o->argc - 1]);
	if (cli_given(o, OPT_ROWS) && strcmp(v->name, "log"))
		return cli_error(CLI_USAGE,
				 "policy %s does not take --rows; see pgtop policy --help",
				 v->name);
	if (cli_given(o, OPT_SINCE) && strcmp(v->name, "log"))
		return cli_error(CLI_USAGE,
				 "policy %s does not take --since; see pgtop policy --help",
				 v->name);
	if (v->operand && o->argc < 2)
		return cli_error(CLI_USAGE, "policy %s: give %s", v->name, v->where);
	if (v->is_id && parse_u64(o->argv[1], 10, INT64_MAX, &id))
		return cli_error(CLI_USAGE, "policy %s: '%s' is not %s", v->name, o->argv[1],
				 v->where);
	return CLI_OK;
}

/* From a time on: all that there are, unless their number is given, too. */
static uint64_t log_length(const struct cli_options *o)
{
	return cli_given(o, OPT_SINCE) && !cli_given(o, OPT_ROWS) ? INT32_MAX : o->rows;
}

/* Here, so that any pgtopd can be asked. */
static void leave_out_older(struct json_object *answer, double since)
{
	struct json_object *list = json_member(answer, "decisions");

	while (json_object_is_type(list, json_type_array) && json_object_array_length(list)) {
		struct json_object *first = json_object_array_get_idx(list, 0);

		if (json_object_get_double(json_member(first, "time")) >= since)
			break;
		json_object_array_del_idx(list, 0, 1);
	}
}

static struct json_object *request_of(const struct cli_options *o, const struct verb *v)
{
	struct json_object *request = control_request(v->name);
	uint64_t id = 0;

	if (v->is_id && !parse_u64(o->argv[1], 10, INT64_MAX, &id))
		json_object_object_add(request, v->operand, json_object_new_uint64(id));
	else if (v->operand)
		json_object_object_add(request, v->operand,
				       json_object_new_string(o->argv[1]));
	else if (!strcmp(v->name, "log"))
		json_object_object_add(request, "n", json_object_new_uint64(log_length(o)));
	return request;
}

static int exit_code(int r)
{
	switch (r) {
	case -EINVAL:
		return CLI_USAGE;
	case -ENOENT:
		return CLI_NO_SUCH;
	case -EPERM:
		return CLI_UNAVAILABLE;
	default:
		return CLI_FAILED;
	}
}

/* The answer with a schema in place of what only the socket needs. */
static int policy_print_json(struct json_object *answer)
{
	struct json_object *o = json_object_new_object();

	if (!o)
		return cli_print_json(NULL);
	json_object_object_add(o, "schema", json_object_new_string("pgtop.policy"));
	json_object_object_add(o, "version", json_object_new_int(CONTROL_VERSION));
	json_object_object_foreach(answer, name, value)
	{
		if (strcmp(name, "v") && strcmp(name, "ok"))
			json_object_object_add(o, name, json_object_get(value));
	}
	return cli_print_json(o);
}

static int policy_ask(const struct cli_options *o, const struct verb *v)
{
	struct control_client *c = NULL;
	struct json_object *answer = NULL;
	char why[512];
	int code, r;

	if (control_client_new(o->socket, &c, why, sizeof(why)))
		return cli_error(CLI_UNAVAILABLE, "%s", why);
	r = control_client_ask(c, request_of(o, v), &answer, why, sizeof(why));
	control_client_free(c);
	if (r)
		return cli_error(exit_code(r), "%s", text_clean(why));
	if (cli_given(o, OPT_SINCE))
		leave_out_older(answer, o->since);
	if (o->json) {
		code = policy_print_json(answer);
	} else {
		v->print(o, answer);
		code = cli_flush();
	}
	json_object_put(answer);
	return code;
}

static int policy_run(struct cli_options *o)
{
	const char *name = o->argc ? o->argv[0] : "status";
	const struct verb *v = verb_named(name);
	int code;

	if (!v)
		return cli_error(CLI_USAGE,
				 "unknown policy command '%s'; expected status, log, why, "
				 "hold or release",
				 name);
	code = check_operands(o, v);
	return code ? code : policy_ask(o, v);
}

const struct cli_command command_policy = {
	.name = "policy",
	.bit = CMD_POLICY,
	.operands = "[status|log|why ID|hold LEVER|release LEVER]",
	.max_operands = 3,
	.help = "Show what pgtopd tunes and why, or keep it from tuning a lever",
	.exits = { [CLI_FAILED] = "failure: pgtopd could not do it",
		   [CLI_UNAVAILABLE] = "pgtopd is not running, or the request needs root",
		   [CLI_NO_SUCH] = "no such decision or lever" },
	.run = policy_run,
};
