// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <json-c/json.h>

#include "util/array.h"
#include "util/clock.h"
#include "control/control_client.h"
#include "util/json_text.h"
#include "pgtop/control.h"
#include "snapshot/snapshot_json.h"
#include "snapshot/snapshot_line.h"
#include "util/util.h"

/* A machine under load takes its time for a snapshot. */
#define ANSWER_TIMEOUT_S 30

struct control_client {
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int fd;
	bool used;  /* a request has been answered on this connection */
	char *line; /* what has come of an answer */
	size_t len, room;
};

static int connect_to(const char *path, int *ret)
{
	const struct timeval timeout = { .tv_sec = CONTROL_TIMEOUT_S };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd, r = 0;

	if (strlen(path) >= sizeof(a.sun_path))
		return -ENAMETOOLONG;
	strcpy(a.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) ||
	    connect(fd, (struct sockaddr *)&a, sizeof(a)))
		r = -errno;
	if (r)
		close(fd);
	else
		*ret = fd;
	return r;
}

static void say_why_not(int err, const char *path, char *why, size_t len)
{
	switch (err) {
	case -ENOENT:
	case -ECONNREFUSED:
	case -ENOTDIR:
		snprintf(why, len,
			 "pgtopd does not run here: nobody listens at %s "
			 "(systemctl start pgtopd)",
			 path);
		break;
	case -EACCES:
		snprintf(why, len, "pgtopd may be asked by root and the group pgtop only (%s)",
			 path);
		break;
	case -EAGAIN:
		snprintf(why, len, "pgtopd does not take the connection (%s)", path);
		break;
	default:
		snprintf(why, len, "cannot connect to pgtopd at %s: %s", path, strerror(-err));
	}
}

int control_client_new(const char *path, struct control_client **ret, char *why,
		       size_t why_len)
{
	struct control_client *c = calloc(1, sizeof(*c));
	int r;

	if (!c) {
		snprintf(why, why_len, "out of memory");
		return -ENOMEM;
	}
	path = path ? path : CONTROL_SOCKET;
	r = connect_to(path, &c->fd);
	if (r) {
		say_why_not(r, path, why, why_len);
		free(c);
		return r;
	}
	strcpy(c->path, path); /* it is no longer than an address can be */
	*ret = c;
	return 0;
}

void control_client_free(struct control_client *c)
{
	if (!c)
		return;
	close(c->fd);
	free(c->line);
	free(c);
}

struct json_object *control_request(const char *cmd)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "v", json_object_new_int(CONTROL_VERSION));
	json_object_object_add(o, "cmd", json_object_new_string(cmd));
	return o;
}

static int send_all(int fd, const char *p, size_t len)
{
	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		p += n;
		len -= n;
	}
	return 0;
}

static int send_request(struct control_client *c, struct json_object *request)
{
	const char *text = json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN);
	char line[CONTROL_LINE + 1];
	int n;

	if (!text)
		return -ENOMEM;
	n = snprintf(line, sizeof(line), "%s\n", text);
	return n > (int)CONTROL_LINE ? -E2BIG : send_all(c->fd, line, n);
}

static int control_client_reserve(struct control_client *c)
{
	if (c->len >= CONTROL_ANSWER)
		return -EBADMSG;
	return array_reserve(&c->line, &c->room, c->len + 1, 1);
}

static int wait_for_input(int fd, uint64_t deadline_ns)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	int n;

	if (now >= deadline_ns)
		return -ETIMEDOUT;
	n = poll(&p, 1, (int)((deadline_ns - now) / 1000000 + 1));
	return n < 0 && errno != EINTR ? -errno : 0;
}

/* Returns 1 if there is more, 0 if there may be later. */
static int control_client_receive(struct control_client *c)
{
	ssize_t n = recv(c->fd, c->line + c->len, c->room - c->len, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (!n)
		return -EPIPE;
	c->len += n;
	return 1;
}

/* The answer is the first *@ret_len bytes of c->line. */
static int receive_line(struct control_client *c, size_t *ret_len)
{
	uint64_t deadline = clock_ns(CLOCK_MONOTONIC) + ANSWER_TIMEOUT_S * 1000000000ull;
	char *newline = NULL;

	for (c->len = 0; !newline;) {
		size_t before = c->len;
		int r = control_client_reserve(c);

		if (!r)
			r = control_client_receive(c);
		if (!r)
			r = wait_for_input(c->fd, deadline);
		if (r < 0)
			return r;
		newline = memchr(c->line + before, '\n', c->len - before);
	}
	*ret_len = newline - c->line;
	return 0;
}

static int control_client_exchange(struct control_client *c, struct json_object *request,
				   size_t *len)
{
	int r = send_request(c, request), r2;

	c->len = 0;
	/* Whoever was turned away finds the reason where the answer would be. */
	if (!r || r == -EPIPE || r == -ECONNRESET) {
		r2 = receive_line(c, len);
		r = r2 && r ? r : r2;
	}
	return r;
}

/* pgtopd closes a connection on which nothing came for CONTROL_TIMEOUT_S. */
static int exchange_anew(struct control_client *c, struct json_object *request, size_t *len)
{
	int fd, r = connect_to(c->path, &fd);

	if (r)
		return r;
	close(c->fd);
	c->fd = fd;
	return control_client_exchange(c, request, len);
}

static int control_client_refusal(const char *code)
{
	static const struct {
		const char *code;
		int err;
	} all[] = { { "usage", -EINVAL },
		    { "denied", -EPERM },
		    { "unknown", -ENOENT },
		    { "busy", -EBUSY } };

	for (size_t i = 0; code && i < ARRAY_SIZE(all); i++) {
		if (!strcmp(all[i].code, code))
			return all[i].err;
	}
	return -EREMOTEIO;
}

static int answer_check(struct json_object *o, char *why, size_t why_len)
{
	const char *error = json_text_member(o, "error");
	struct json_object *v = json_member(o, "v"), *ok = json_member(o, "ok");

	if (!json_object_is_type(v, json_type_int) ||
	    !json_object_is_type(ok, json_type_boolean) ||
	    (!json_object_get_boolean(ok) && !error)) {
		snprintf(why, why_len, "what listens there is not pgtopd: it gave no answer");
		return -EBADMSG;
	}
	if (json_object_get_int64(v) != CONTROL_VERSION) {
		snprintf(why, why_len,
			 "pgtopd speaks version %lld, this pgtop version %d: use those that "
			 "belong together",
			 (long long)json_object_get_int64(v), CONTROL_VERSION);
		return -EPROTONOSUPPORT;
	}
	if (json_object_get_boolean(ok))
		return 0;
	snprintf(why, why_len, "%s", error);
	return control_client_refusal(json_text_member(o, "code"));
}

int control_answer_read(const char *line, size_t len, struct json_object **ret, char *why,
			size_t why_len)
{
	struct json_object *o = NULL;
	int r = json_text_read(line, len, SNAPSHOT_NODES_MAX, &o);

	if (r == -ENOMEM)
		snprintf(why, why_len, "out of memory");
	if (r == -ENOMEM)
		return r;
	r = answer_check(o, why, why_len);
	if (r)
		json_object_put(o);
	else
		*ret = o;
	return r;
}

static void say_what_happened(int err, char *why, size_t len)
{
	switch (err) {
	case -ETIMEDOUT:
		snprintf(why, len, "pgtopd does not answer (journalctl -u pgtopd)");
		break;
	case -EPIPE:
	case -ECONNRESET:
		snprintf(why, len, "pgtopd closed the connection (journalctl -u pgtopd)");
		break;
	case -E2BIG:
		snprintf(why, len, "the request is longer than pgtopd reads");
		break;
	case -EBADMSG:
		snprintf(why, len, "the answer of pgtopd is longer than pgtop reads");
		break;
	default:
		snprintf(why, len, "cannot ask pgtopd: %s", strerror(-err));
	}
}

int control_client_ask(struct control_client *c, struct json_object *request,
		       struct json_object **ret, char *why, size_t why_len)
{
	size_t len = 0;
	int r = request ? control_client_exchange(c, request, &len) : -ENOMEM;

	if (c->used && !c->len && (r == -EPIPE || r == -ECONNRESET))
		r = exchange_anew(c, request, &len);
	json_object_put(request);
	c->used = !r;
	if (r) {
		say_what_happened(r, why, why_len);
		return r;
	}
	return control_answer_read(c->line, len, ret, why, why_len);
}

static int snapshot_of(struct json_object *answer, struct snapshot **ret,
		       struct probe **ret_probe, char *why, size_t why_len)
{
	struct probe *p = NULL;
	char clause[256];
	int r;

	r = probe_from_json(json_member(answer, "probe"), &p);
	if (r)
		snprintf(clause, sizeof(clause), "its probe cannot be read");
	else
		r = snapshot_line_read_object(json_member(answer, "snapshot"), ret, NULL,
					      clause, sizeof(clause));
	if (r)
		snprintf(why, why_len, "the snapshot of pgtopd is not understood: %s", clause);
	if (!r && ret_probe)
		*ret_probe = p;
	else
		probe_free(p);
	return r;
}

int control_client_snapshot(struct control_client *c, bool walk, struct snapshot **ret,
			    struct probe **ret_probe, char *why, size_t why_len)
{
	struct json_object *answer = NULL, *request = control_request("snapshot");
	int r;

	if (!walk)
		json_object_object_add(request, "walk", json_object_new_boolean(false));
	r = control_client_ask(c, request, &answer, why, why_len);
	if (r)
		return r;
	r = snapshot_of(answer, ret, ret_probe, why, why_len);
	json_object_put(answer);
	return r;
}
