/* SPDX-License-Identifier: GPL-2.0-only */
/* listener.h - the socket pgtopd is asked through */
#ifndef PGTOPD_LISTENER_H
#define PGTOPD_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

#define LISTENER_GROUP "pgtop"

struct listener {
	int fd;	   /* non-blocking; -1: none */
	bool made; /* by us, not by systemd: remove it at the end */
	char path[108];
};

/**
 * listener_open - the socket systemd passed, or a new one at @path
 *
 * A new one can be connected to by root and LISTENER_GROUP; one that was left behind is
 * replaced, one that somebody listens on is -EADDRINUSE, anything else -ENOTSOCK.  Returns 0
 * or a negative errno.
 */
int listener_open(const char *path, struct listener *ret);
/** listener_close - and remove it if we made it */
void listener_close(struct listener *l);

#endif
