// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "policy/decision.h"

static const char *const action_names[DECISION_ACTIONS] = {
	[DECISION_TRY] = "try",		[DECISION_APPLY] = "apply",
	[DECISION_CONFIRM] = "confirm", [DECISION_KEEP] = "keep",
	[DECISION_REVERT] = "revert",	[DECISION_ABANDON] = "abandon",
	[DECISION_VETO] = "veto",	[DECISION_ADVISE] = "advise",
	[DECISION_YIELD] = "yield",	[DECISION_HOLD] = "hold",
	[DECISION_RELEASE] = "release", [DECISION_PAUSE] = "pause",
	[DECISION_RESUME] = "resume",
};

const char *decision_action_name(enum decision_action a)
{
	return action_names[a];
}

enum decision_action decision_action_named(const char *name)
{
	enum decision_action a = 0;

	while (a < DECISION_ACTIONS && strcmp(name, action_names[a]))
		a++;
	return a;
}
