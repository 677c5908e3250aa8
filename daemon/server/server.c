// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/process.h"
#include "pgtop/control.h"
#include "server/server.h"
#include "util/file.h"
#include "util/util.h"

#define US_PER_S 1000000ull
/* Windows and signals are served before clients. */
#define PRIORITY SD_EVENT_PRIORITY_IDLE /* root's: one before others' */

struct connection {
	struct server *server;
	int fd;
	uid_t uid; /* of the peer */
	pid_t pid;
	bool last; /* close it when the answer has been taken */
	sd_event_source *io, *deadline;
	struct reply *out;
	size_t sent;
	size_t len;
	char in[CONTROL_LINE];
};

struct server {
	server_answer answer;
	void *arg;
	sd_event *event;
	sd_event_source *io, *pause;
	struct connection *connection[CONTROL_CONNECTIONS];
	size_t n;
};

/* --- one connection --------------------------------------------------------- */

static void connection_free(struct connection *c)
{
	if (!c)
		return;
	sd_event_source_disable_unref(c->io);
	sd_event_source_disable_unref(c->deadline);
	reply_unref(c->out);
	close(c->fd);
	free(c);
}

static void server_drop(struct connection *c)
{
	struct server *s = c->server;

	for (size_t i = 0; i < s->n; i++) {
		if (s->connection[i] == c) {
			s->connection[i] = s->connection[--s->n];
			break;
		}
	}
	connection_free(c);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *arg)
{
	server_drop(arg);
	return 0;
}

/* What comes next, a request or the taking of an answer, has so much time as a whole. */
static int begin_phase(struct connection *c, uint32_t events)
{
	int r = sd_event_source_set_io_events(c->io, events);

	if (r >= 0)
		r = sd_event_source_set_time_relative(c->deadline,
						      CONTROL_TIMEOUT_S * US_PER_S);
	if (r >= 0)
		r = sd_event_source_set_enabled(c->deadline, SD_EVENT_ONESHOT);
	return r;
}

/* Who cannot be named is nobody. */
static struct ucred peer_of(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		cred = (struct ucred){ .uid = (uid_t)-1 };
	return cred;
}

/* "user 0 (login 1000), process 42 (pgtop)"; who has gone has no name any more */
static void name_peer(const struct connection *c, char *buf, size_t len)
{
	_cleanup_free_ char *login = NULL, *comm = NULL;
	char path[64];
	bool known;

	snprintf(path, sizeof(path), "/proc/%d/loginuid", c->pid);
	known = !file_read_line("", path, &login) && strcmp(login, "4294967295") != 0;
	(void)process_comm("", c->pid, &comm);
	for (char *p = comm; p && *p; p++) {
		if (!isalnum((unsigned char)*p) && !strchr("-_.:+@", *p))
			*p = '?';
	}
	snprintf(buf, len, "user %u%s%s%s, process %d%s%s%s", c->uid, known ? " (login " : "",
		 known ? login : "", known ? ")" : "", c->pid, comm ? " (" : "",
		 comm ? comm : "", comm ? ")" : "");
}

static struct reply *answer_line(struct connection *c, const char *line, size_t len)
{
	struct request request;
	const char *why;
	int r = request_parse(line, len, &request, &why);

	if (r == -EBADMSG)
		c->last = true;
	if (r)
		return reply_error(REPLY_USAGE, "%s", why);
	if (request_changes(request.command) && c->uid)
		return reply_error(REPLY_DENIED, "only root may hold or release a lever");
	if (request_changes(request.command))
		name_peer(c, request.by, sizeof(request.by));
	return c->server->answer(c->server->arg, &request);
}

/* Take the first whole line out of the buffer and answer it.  Returns 0 if there is none. */
static int take_line(struct connection *c)
{
	char *end = memchr(c->in, '\n', c->len);

	if (end) {
		c->out = answer_line(c, c->in, end - c->in);
		c->len -= end + 1 - c->in;
		memmove(c->in, end + 1, c->len);
	} else if (c->len == sizeof(c->in)) {
		c->last = true;
		c->out = reply_error(REPLY_USAGE, "the request is longer than %u bytes",
				     CONTROL_LINE);
	} else {
		return 0;
	}
	c->sent = 0;
	return c->out ? 1 : -ENOMEM;
}

/* Returns 1 when all of it went out, 0 when the peer has to take some first. */
static int send_out(struct connection *c)
{
	while (c->sent < c->out->len) {
		ssize_t n = send(c->fd, c->out->text + c->sent, c->out->len - c->sent,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		c->sent += n;
	}
	reply_unref(c->out);
	c->out = NULL;
	return c->last ? -ECONNRESET : 1;
}

/*
 * Send what is to be sent, or else answer one line.  One a turn: windows and others come in
 * between, also when a client sends many at once.
 */
static int server_serve(struct connection *c)
{
	bool began = !c->out;
	int r = c->out ? send_out(c) : take_line(c);

	if (r < 0)
		return r;
	if (began)
		return r ? begin_phase(c, EPOLLOUT) : 0;
	if (!r)
		return 0;
	/* There is room to send at once: that wakes us for the line that waits already. */
	return begin_phase(c, memchr(c->in, '\n', c->len) ? EPOLLOUT : EPOLLIN);
}

static int server_receive(struct connection *c)
{
	ssize_t n = recv(c->fd, c->in + c->len, sizeof(c->in) - c->len, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (!n)
		return -ECONNRESET;
	c->len += n;
	return 0;
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	struct connection *c = arg;
	int r = c->out || events & EPOLLOUT ? 0 : server_receive(c);

	if (r >= 0)
		r = server_serve(c);
	if (r < 0)
		server_drop(c);
	return 0;
}

static int server_watch(struct connection *c)
{
	sd_event *e = c->server->event;
	int r = sd_event_add_io(e, &c->io, c->fd, EPOLLIN, on_io, c);

	if (r >= 0)
		r = sd_event_source_set_priority(c->io, PRIORITY - !c->uid);
	if (r >= 0)
		r = sd_event_add_time_relative(e, &c->deadline, CLOCK_MONOTONIC,
					       CONTROL_TIMEOUT_S * US_PER_S, 0, on_deadline,
					       c);
	return r;
}

/* --- all of them ------------------------------------------------------------ */

static void server_refuse(int fd, const struct server *s, unsigned int theirs)
{
	struct reply *r = reply_error(
		REPLY_BUSY,
		"%zu connections are open, %u of them of this user: try again later", s->n,
		theirs);

	/* Who does not take it finds the connection closed. */
	if (r && send(fd, r->text, r->len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		errno = 0;
	reply_unref(r);
	close(fd);
}

static unsigned int connections_of(const struct server *s, uid_t uid)
{
	unsigned int n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->connection[i]->uid == uid;
	return n;
}

/* No user takes what others need, and nobody what root needs. */
static bool has_room(const struct server *s, uid_t uid, unsigned int theirs)
{
	if (!uid)
		return s->n < CONTROL_CONNECTIONS;
	return s->n < CONTROL_CONNECTIONS - CONTROL_ROOT && theirs < CONTROL_USER;
}

static void server_add(struct server *s, int fd)
{
	struct ucred peer = peer_of(fd);
	unsigned int theirs = connections_of(s, peer.uid);
	struct connection *c;

	if (!has_room(s, peer.uid, theirs)) {
		server_refuse(fd, s, theirs);
		return;
	}
	c = calloc(1, sizeof(*c));
	if (!c) {
		close(fd);
		return;
	}
	c->server = s;
	c->fd = fd;
	c->uid = peer.uid;
	c->pid = peer.pid;
	if (server_watch(c) < 0)
		connection_free(c);
	else
		s->connection[s->n++] = c;
}

static int on_resume(sd_event_source *source, uint64_t usec, void *arg)
{
	struct server *s = arg;

	sd_event_source_set_enabled(s->io, SD_EVENT_ON);
	return 0;
}

/* Out of descriptors or memory: the waiting client would wake us again and again. */
static void pause_accepting(struct server *s)
{
	sd_event_source_set_enabled(s->io, SD_EVENT_OFF);
	sd_event_source_set_time_relative(s->pause, US_PER_S);
	sd_event_source_set_enabled(s->pause, SD_EVENT_ONESHOT);
}

static int on_connect(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	struct server *s = arg;
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (peer >= 0)
		server_add(s, peer);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
		pause_accepting(s);
	return 0;
}

int server_new(sd_event *event, int fd, server_answer answer, void *arg, struct server **ret)
{
	struct server *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	*s = (struct server){ .answer = answer, .arg = arg, .event = event };
	r = sd_event_add_io(event, &s->io, fd, EPOLLIN, on_connect, s);
	if (r >= 0)
		r = sd_event_source_set_priority(s->io, PRIORITY);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &s->pause, CLOCK_MONOTONIC, 0, 0,
					       on_resume, s);
	if (r >= 0)
		r = sd_event_source_set_enabled(s->pause, SD_EVENT_OFF);
	if (r < 0) {
		server_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

void server_free(struct server *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		connection_free(s->connection[i]);
	sd_event_source_disable_unref(s->io);
	sd_event_source_disable_unref(s->pause);
	free(s);
}
