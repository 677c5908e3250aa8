// SPDX-License-Identifier: GPL-2.0-only
/*
 * A key-value server and its clients on loopback: each request is 64 bytes with a key, each
 * answer the 1000 bytes stored there.  Either one process serves all connections, or each
 * connection has one of its own, with a store of its own.
 */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest.h"

#define REQUEST	     64
#define ANSWER	     1000
#define SLOT	     1024
#define REQUESTS     8000
#define BATCH	     8 /* requests on their way at a time */
#define PORT	     11211
#define SHARED_STORE (64L << 20)
#define OWN_STORE    (256L << 10)

static void loopback_up(void)
{
	int fd = guest_check(socket(AF_INET, SOCK_DGRAM, 0), "socket");
	struct ifreq req = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

	guest_check(ioctl(fd, SIOCSIFFLAGS, &req), "lo");
	close(fd);
}

static struct sockaddr_in address(void)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(PORT),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static void no_delay(int fd)
{
	const int one = 1;

	guest_check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)),
		    "TCP_NODELAY");
}

static int listen_all(void)
{
	struct sockaddr_in a = address();
	int fd = guest_check(socket(AF_INET, SOCK_STREAM, 0), "socket");

	guest_check(bind(fd, (struct sockaddr *)&a, sizeof(a)), "bind");
	guest_check(listen(fd, 4096), "listen");
	return fd;
}

static char *make_store(long bytes)
{
	char *store =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (store == MAP_FAILED)
		guest_die("mmap");
	memset(store, 1, bytes);
	return store;
}

static int accept_one(int listener)
{
	int fd = guest_check(accept(listener, NULL, NULL), "accept");

	no_delay(fd);
	return fd;
}

/* Returns 0 when the other side has closed. */
static int answer(int fd, char *store, long bytes)
{
	char request[REQUEST], *slot;
	uint64_t key;

	if (read(fd, request, sizeof(request)) <= 0)
		return 0;
	memcpy(&key, request, sizeof(key));
	slot = store + key % (bytes / SLOT) * SLOT;
	slot[0]++;
	return write(fd, slot, ANSWER) == ANSWER;
}

_Noreturn static void serve_all(int listener, long connections)
{
	char *store = make_store(SHARED_STORE);
	int poll = guest_check(epoll_create1(0), "epoll");
	struct epoll_event events[64];

	for (long i = 0; i < connections; i++) {
		int fd = accept_one(listener);
		struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

		guest_check(epoll_ctl(poll, EPOLL_CTL_ADD, fd, &e), "epoll");
	}
	for (;;) {
		int n = epoll_wait(poll, events, 64, -1);

		for (int i = 0; i < n; i++)
			if (!answer(events[i].data.fd, store, SHARED_STORE))
				_exit(0);
	}
}

_Noreturn static void serve_one(int listener)
{
	char *store = make_store(OWN_STORE);
	int fd = accept_one(listener);

	while (answer(fd, store, OWN_STORE))
		;
	_exit(0);
}

static void start(void (*serve)(int, long), int listener, long arg)
{
	pid_t pid = guest_check(fork(), "fork");

	if (!pid)
		serve(listener, arg);
}

static int *connect_all(long n)
{
	struct sockaddr_in a = address();
	int *fds = calloc(n, sizeof(*fds));

	for (long i = 0; fds && i < n; i++) {
		fds[i] = guest_check(socket(AF_INET, SOCK_STREAM, 0), "socket");
		guest_check(connect(fds[i], (struct sockaddr *)&a, sizeof(a)), "connect");
		no_delay(fds[i]);
	}
	if (!fds)
		guest_die("connections");
	return fds;
}

static void read_answer(int fd)
{
	char text[ANSWER];
	size_t have = 0;

	while (have < sizeof(text))
		have += guest_check(read(fd, text, sizeof(text) - have) ?: -1, "answer");
}

/* Different connections in a batch: the i-th is one of those with number i modulo BATCH. */
static void ask(const int *fds, long connections, long requests)
{
	char request[REQUEST] = { 0 };
	int fd[BATCH];

	for (long done = 0; done < requests; done += BATCH) {
		for (int i = 0; i < BATCH; i++) {
			uint64_t key = guest_random();

			fd[i] = fds[guest_random() % (connections / BATCH) * BATCH + i];
			memcpy(request, &key, sizeof(key));
			if (write(fd[i], request, sizeof(request)) != sizeof(request))
				guest_die("request");
		}
		for (int i = 0; i < BATCH; i++)
			read_answer(fd[i]);
	}
}

static void run(const char *name, long connections)
{
	int *fds = connect_all(connections);

	guest_look();
	ask(fds, connections, REQUESTS / 10);
	guest_begin();
	ask(fds, connections, REQUESTS);
	guest_end(name, "");
	free(fds);
}

void server_connections(long n)
{
	loopback_up();
	start(serve_all, listen_all(), n);
	run("connections", n);
}

static void serve_one_of(int listener, long unused)
{
	serve_one(listener);
}

void server_prefork(long n)
{
	int listener;

	loopback_up();
	listener = listen_all();
	for (long i = 0; i < n; i++)
		start(serve_one_of, listener, 0);
	run("prefork", n);
}
