// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>

#include <json-c/json.h>

#include "durable/decision_json.h"
#include "util/json_text.h"
#include "text.h"

static bool read_decision(const char *text, struct decision *ret)
{
	struct json_object *json = NULL;
	int r = json_text_read(text, strlen(text), 1000, &json);

	if (!r)
		r = decision_from_json(json, ret);
	json_object_put(json);
	CHECK(r == 0 || r == -EBADMSG || r == -E2BIG);
	return !r;
}

/* What is accepted is written so that it is accepted again, as the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct decision d, again;

	if (read_decision(text, &d)) {
		struct json_object *json = decision_to_json(&d);
		const char *written =
			json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN);

		CHECK(d.id && d.id <= DECISION_ID_MAX && d.action < DECISION_ACTIONS);
		CHECK(!strchr(written, '\n'));
		CHECK(read_decision(written, &again));
		CHECK(again.id == d.id && again.real_ns == d.real_ns && again.p == d.p);
		CHECK(!strcmp(again.reason, d.reason) && !strcmp(again.lever, d.lever));
		json_object_put(json);
	}
	free(text);
	return 0;
}
