// SPDX-License-Identifier: GPL-2.0-only
/*
 * pgtop-opener - open perf events for pgtopd, which may not; pgtop/opener.h says what
 *
 * systemd starts it for one connection (Accept=yes) with CAP_SYS_ADMIN and nothing else
 * (pgtop-opener@.service).  It reads which PMUs there are, gives up all system calls but four,
 * and only then looks at what the peer, user 0, has sent.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "confine.h"
#include "open.h"
#include "pmus.h"

#define CONNECTION 3 /* SD_LISTEN_FDS_START, sd_listen_fds(3) */

static int opener_fail(const char *why)
{
	fprintf(stderr, "pgtop-opener: %s\n", why);
	return 1;
}

static int is_number(const char *name, long n)
{
	const char *text = getenv(name);

	return text && strtol(text, NULL, 10) == n;
}

/* NULL, or what is wrong with the connection. */
static const char *refuse_peer(void)
{
	struct ucred peer;
	socklen_t len = sizeof(peer), type_len = sizeof(int);
	int type;

	if (!is_number("LISTEN_FDS", 1) || !is_number("LISTEN_PID", getpid()))
		return "started by systemd only (pgtop-opener.socket)";
	if (getsockopt(CONNECTION, SOL_SOCKET, SO_TYPE, &type, &type_len) ||
	    type != SOCK_SEQPACKET ||
	    getsockopt(CONNECTION, SOL_SOCKET, SO_PEERCRED, &peer, &len))
		return "descriptor 3 is not a connection of pgtop-opener.socket";
	return peer.uid ? "the peer is not user 0" : NULL;
}

/* The answer and the descriptors that come with it.  Returns whether it went out. */
static int opener_answer(const struct opener_answer *a, const int *fds)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int) * OPENER_EVENTS)];
	} control = { .room = { 0 } };
	struct iovec data = { (void *)a, sizeof(*a) };
	struct msghdr m = { .msg_iov = &data, .msg_iovlen = 1 };

	if (a->n) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int) * a->n);
		memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * a->n);
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * a->n);
	}
	return sendmsg(CONNECTION, &m, MSG_NOSIGNAL) == sizeof(*a);
}

/* Whatever descriptors a peer might send have no room to arrive in. */
static ssize_t opener_receive(struct opener_request *q)
{
	struct iovec data = { q, sizeof(*q) };
	struct msghdr m = { .msg_iov = &data, .msg_iovlen = 1 };
	ssize_t n;

	do
		n = recvmsg(CONNECTION, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	/* longer than a request: not one */
	return n > 0 && m.msg_flags & MSG_TRUNC ? 1 : n;
}

static void opener_serve(const struct pmus *machine)
{
	struct opener_request q;
	ssize_t n;
	int sent = 1;

	while (sent && (n = opener_receive(&q)) > 0) {
		struct opener_answer a = { .version = OPENER_VERSION, .error = -EBADMSG };
		int fds[OPENER_EVENTS];

		if (check_request(&q, n, machine))
			open_request(&q, machine, &a, fds);
		sent = opener_answer(&a, fds);
		while (a.n)
			close(fds[--a.n]);
	}
}

int main(int argc, char **argv)
{
	const char *why = argc > 1 ? "takes no argument" : refuse_peer();
	struct pmus machine;
	int r;

	if (why)
		return opener_fail(why);
	pmus_read("/sys/bus/event_source/devices", &machine);
	r = confine();
	if (r)
		return opener_fail(strerror(-r));
	opener_serve(&machine);
	return 0;
}
