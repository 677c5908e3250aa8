// SPDX-License-Identifier: GPL-2.0-only
#include "screen/screen.h"

void screen_print(const struct screen *s)
{
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
}
