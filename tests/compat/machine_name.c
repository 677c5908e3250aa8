// SPDX-License-Identifier: GPL-2.0-only
/* To be preloaded by tests/compat/make: no fixture tells of the machine that made it. */
#include <stdio.h>
#include <sys/utsname.h>

int uname(struct utsname *u)
{
	*u = (struct utsname){ 0 };
	snprintf(u->sysname, sizeof(u->sysname), "Linux");
	snprintf(u->nodename, sizeof(u->nodename), "localhost");
	snprintf(u->release, sizeof(u->release), "6.12.0");
	snprintf(u->version, sizeof(u->version), "#1");
	snprintf(u->machine, sizeof(u->machine), "x86_64");
	return 0;
}
