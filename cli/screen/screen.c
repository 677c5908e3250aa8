// SPDX-License-Identifier: GPL-2.0-only
#include "screen/screen.h"

int screen_print(const struct screen *screen)
{
	int error = 0;
	struct screen with_error = *screen, *s = &with_error;

	s->error = &error;
	if (s->lines) {
		screen_brief(s);
		return error;
	}
	screen_machine(s);
	screen_source(s);
	screen_linear_map(s);
	screen_user_map(s);
	screen_tlb(s);
	screen_contpte(s);
	screen_mthp(s);
	screen_pressure(s);
	screen_processes(s);
	screen_cgroups(s);
	screen_policy(s);
	screen_lacks(s);
	return error;
}
