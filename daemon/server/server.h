/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * server.h - answers the control socket, whoever asks however badly
 *
 * Limits are those of pgtop/control.h.  A connection holds one line of request and at most one
 * answer; nothing more is read before that has been taken.
 */
#ifndef PGTOPD_SERVER_H
#define PGTOPD_SERVER_H

#include <systemd/sd-event.h>

#include "server/reply.h"
#include "server/request.h"

/**
 * server_answer - the answer to @r, whose sender may have it
 *
 * Returns a reference the server drops; NULL without memory.
 */
typedef struct reply *(*server_answer)(void *arg, const struct request *r);

struct server;

/**
 * server_new - answer on the listening socket @fd
 *
 * @fd stays the caller's and must be non-blocking.  Returns 0 or a negative errno.
 */
int server_new(sd_event *event, int fd, server_answer answer, void *arg, struct server **ret);
/** server_free - close all connections; NULL is accepted */
void server_free(struct server *s);

#endif
