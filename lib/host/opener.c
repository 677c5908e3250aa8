// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/opener.h"
#include "util/clock.h"
#include "util/util.h"

struct opener {
	struct sockaddr_un address;
	int fd;		   /* -1: not connected */
	int error;	   /* of the last question */
	uint64_t pause_ns; /* CLOCK_MONOTONIC: not asked before */
};

int opener_new(const char *root, struct opener **ret)
{
	struct opener *o = calloc(1, sizeof(*o));
	int n;

	if (!o)
		return -ENOMEM;
	o->fd = -1;
	o->error = -ENOTCONN;
	o->address.sun_family = AF_UNIX;
	n = snprintf(o->address.sun_path, sizeof(o->address.sun_path), "%s" OPENER_SOCKET,
		     root);
	if (n >= (int)sizeof(o->address.sun_path))
		o->address.sun_path[0] = '\0'; /* below so long a path there is none */
	*ret = o;
	return 0;
}

void opener_rest(struct opener *o)
{
	if (!o || o->fd < 0)
		return;
	close(o->fd);
	o->fd = -1;
}

void opener_free(struct opener *o)
{
	opener_rest(o);
	free(o);
}

static int opener_connect(struct opener *o)
{
	const struct timeval patience = { .tv_sec = OPENER_TIMEOUT_S };
	int fd, r = 0;

	if (!o->address.sun_path[0])
		return -ENOENT;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) ||
	    connect(fd, (const struct sockaddr *)&o->address, sizeof(o->address)))
		r = -errno;
	if (r)
		close(fd);
	else
		o->fd = fd;
	return r;
}

/* Take the descriptors of a message; those there is no room for are closed. */
static unsigned int take_descriptors(struct msghdr *m, int fds[OPENER_EVENTS])
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return 0;
	memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	return (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
}

static void close_all(int *fds, unsigned int n)
{
	while (n)
		close(fds[--n]);
}

static ssize_t receive_answer(int fd, struct opener_answer *a, int fds[OPENER_EVENTS],
			      unsigned int *ret_n, int *flags)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int) * OPENER_EVENTS)];
	} control;
	struct iovec data = { a, sizeof(*a) };
	struct msghdr m = { .msg_iov = &data,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	ssize_t n;

	do
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	*ret_n = n < 0 ? 0 : take_descriptors(&m, fds);
	*flags = m.msg_flags;
	return n;
}

/* Fills @fds with as many descriptors as the answer says, or closes what came. */
static int opener_listen(const struct opener *o, struct opener_answer *a,
			 int fds[OPENER_EVENTS])
{
	unsigned int came;
	int flags, r = 0;
	ssize_t n = receive_answer(o->fd, a, fds, &came, &flags);

	if (n < 0)
		r = errno == EAGAIN ? -ETIMEDOUT : -errno;
	else if (!n)
		r = -EPIPE;
	else if (n != sizeof(*a) || a->version != OPENER_VERSION)
		r = -EPROTO;
	else if (flags & MSG_CTRUNC)
		r = -EMFILE; /* or no memory for them: no more files for now */
	else if (came != a->n)
		r = -EPROTO;
	if (r)
		close_all(fds, came);
	return r;
}

static int exchange_once(struct opener *o, const struct opener_request *q,
			 struct opener_answer *a, int fds[OPENER_EVENTS])
{
	int r = o->fd < 0 ? opener_connect(o) : 0;

	if (r)
		return r;
	if (send(o->fd, q, sizeof(*q), MSG_NOSIGNAL) != sizeof(*q))
		r = errno == EAGAIN ? -ETIMEDOUT : -errno;
	else
		r = opener_listen(o, a, fds);
	if (r)
		opener_rest(o);
	return r == -ECONNRESET ? -EPIPE : r;
}

/* What may have taken long, or has started a process in vain. */
static bool is_costly(int err)
{
	return err && err != -ENOENT && err != -ECONNREFUSED && err != -EACCES &&
	       err != -EMFILE;
}

/* A process that was killed is replaced by the next connection. */
static int opener_exchange(struct opener *o, const struct opener_request *q,
			   struct opener_answer *a, int fds[OPENER_EVENTS])
{
	int r;

	if (!o)
		return -ENOENT;
	if (clock_ns(CLOCK_MONOTONIC) < o->pause_ns)
		return o->error;
	r = exchange_once(o, q, a, fds);
	if (r == -EPIPE)
		r = exchange_once(o, q, a, fds);
	o->error = r;
	if (is_costly(r))
		o->pause_ns = clock_ns(CLOCK_MONOTONIC) + OPENER_PAUSE_S * NS_PER_S;
	return r;
}

int opener_count(struct opener *o, enum opener_mode mode, unsigned int cpu,
		 const struct opener_event *events, size_t n, int *fds, size_t *failed,
		 int *error)
{
	struct opener_request q = { .version = OPENER_VERSION,
				    .operation = OPENER_COUNT,
				    .mode = mode,
				    .cpu = cpu,
				    .n = n };
	struct opener_answer a;
	int opened[OPENER_EVENTS], r;

	if (n > OPENER_EVENTS)
		return -E2BIG;
	memcpy(q.event, events, n * sizeof(*events));
	r = opener_exchange(o, &q, &a, opened);
	if (r)
		return r;
	if (a.error || a.n != n) {
		close_all(opened, a.n);
		*error = a.error ? a.error : -EPROTO;
		if (failed)
			*failed = a.failed < n ? a.failed : 0;
		return 0;
	}
	memcpy(fds, opened, n * sizeof(*fds));
	*error = 0;
	return 0;
}

static const char *const opener_names[] = {
#define F(name) #name,
	OPENER_FUNCTIONS(F)
#undef F
};

int opener_kprobe(struct opener *o, const char *function, enum opener_place place,
		  unsigned int cpu, int *fd, int *error)
{
	struct opener_request q = { .version = OPENER_VERSION,
				    .operation = OPENER_KPROBE,
				    .mode = place,
				    .cpu = cpu };
	struct opener_answer a;
	int opened[OPENER_EVENTS], r;

	while (q.function < ARRAY_SIZE(opener_names) &&
	       strcmp(opener_names[q.function], function) != 0)
		q.function++;
	if (q.function == ARRAY_SIZE(opener_names))
		return -ESRCH;
	r = opener_exchange(o, &q, &a, opened);
	if (r)
		return r;
	*error = a.error ? a.error : a.n == 1 ? 0 : -EPROTO;
	if (*error)
		close_all(opened, a.n);
	else
		*fd = opened[0];
	return 0;
}

int opener_error(const struct opener *o)
{
	return o ? o->error : -ENOENT;
}

int opener_reach(struct opener *o)
{
	const struct opener_request hello = { .version = OPENER_VERSION,
					      .operation = OPENER_HELLO };
	struct opener_answer a;
	int opened[OPENER_EVENTS];

	if (!opener_error(o))
		return 0;
	if (!opener_exchange(o, &hello, &a, opened))
		close_all(opened, a.n);
	opener_rest(o);
	return opener_error(o);
}
