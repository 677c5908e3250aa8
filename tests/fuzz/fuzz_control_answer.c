// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include <json-c/json.h>

#include "control/control_client.h"
#include "text.h"

/* An answer is one that says it is ok, or there is a sentence about what is wrong. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_object *o = NULL, *ok;
	char *text = fuzz_text(data, size), why[256] = "";
	int r = control_answer_read(text, strlen(text), &o, why, sizeof(why));

	CHECK((r == 0) == (o != NULL));
	if (!r)
		CHECK(json_object_object_get_ex(o, "ok", &ok) && json_object_get_boolean(ok));
	else
		CHECK(r == -EBADMSG || r == -EPROTONOSUPPORT || r == -EINVAL || r == -EPERM ||
		      r == -ENOENT || r == -EBUSY || r == -EREMOTEIO);
	json_object_put(o);
	free(text);
	return 0;
}
