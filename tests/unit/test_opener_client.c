// SPDX-License-Identifier: GPL-2.0-only
/* Asking pgtop-opener, which a child process plays: as it should be, and all that goes wrong.
 */
#include "tree.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "host/host.h"
#include "host/kernel_names.h"
#include "host/opener.h"
#include "util/util.h"

#define COUNTED 3

/* What the child does with a connection. */
enum act { SERVE, HANG_UP, REFUSE, OTHER_VERSION, TOO_FEW, TOO_MANY, SHORT };

struct stage {
	char *root;
	struct opener *opener;
	pid_t child;
	int listener;
};

static void answer(int fd, const struct opener_answer *a, size_t len, unsigned int n)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int) * OPENER_EVENTS)];
	} control = { .room = { 0 } };
	struct iovec data = { (void *)a, len };
	struct msghdr m = { .msg_iov = &data, .msg_iovlen = 1 };
	int *fds = (int *)CMSG_DATA(&control.header);

	if (n) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int) * n);
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * n);
	}
	for (unsigned int i = 0; i < n; i++)
		fds[i] = open("/dev/null", O_RDONLY);
	sendmsg(fd, &m, MSG_NOSIGNAL);
	while (n)
		close(fds[--n]);
}

static void act_once(int fd, enum act act, const struct opener_request *q)
{
	struct opener_answer a = { .version = OPENER_VERSION, .n = q->n };

	switch (act) {
	case REFUSE:
		a.error = -ENOENT;
		a.failed = 1;
		a.n = 0;
		answer(fd, &a, sizeof(a), 0);
		break;
	case OTHER_VERSION:
		a.version++;
		answer(fd, &a, sizeof(a), q->n);
		break;
	case TOO_FEW:
		answer(fd, &a, sizeof(a), q->n - 1);
		break;
	case TOO_MANY:
		answer(fd, &a, sizeof(a), q->n + 1);
		break;
	case SHORT:
		answer(fd, &a, sizeof(a) - 1, q->n);
		break;
	default:
		answer(fd, &a, sizeof(a), q->n);
	}
}

static void play(int listener, const enum act *acts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		struct opener_request q;

		while (recv(fd, &q, sizeof(q), 0) == sizeof(q) && acts[i] != HANG_UP)
			act_once(fd, acts[i], &q);
		close(fd);
	}
	_exit(0);
}

/* A machine whose opener takes one connection after the other as @acts say. */
static struct stage stage_new(const enum act *acts, size_t n)
{
	struct stage s = { .root = tree_new() };
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	tree_dir(s.root, "/run");
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s" OPENER_SOCKET, s.root);
	s.listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s.listener, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(s.listener, 8), 0);
	assert_int_equal(opener_new(s.root, &s.opener), 0);
	s.child = fork();
	assert_true(s.child >= 0);
	if (!s.child)
		play(s.listener, acts, n);
	close(s.listener);
	return s;
}

static void stage_free(struct stage *s)
{
	opener_free(s->opener);
	kill(s->child, SIGKILL);
	assert_int_equal(waitpid(s->child, NULL, 0), s->child);
	tree_free(s->root);
}

static unsigned int open_files(void)
{
	unsigned int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static int count(struct stage *s, int *error, size_t *failed)
{
	static const struct opener_event events[COUNTED];
	unsigned int before = open_files(), opened;
	int fds[COUNTED], r;

	opener_rest(s->opener);
	before = open_files();
	*error = 77;
	r = opener_count(s->opener, OPENER_USER, 0, events, COUNTED, fds, failed, error);
	opener_rest(s->opener);
	opened = open_files() - before;
	assert_int_equal(opened, !r && !*error ? COUNTED : 0);
	for (unsigned int i = 0; i < opened; i++) {
		assert_int_equal(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
		close(fds[i]);
	}
	return r;
}

static void test_served(void **state)
{
	static const enum act acts[] = { SERVE, SERVE };
	struct stage s = stage_new(acts, ARRAY_SIZE(acts));
	int error;

	assert_int_equal(opener_error(s.opener), -ENOTCONN);
	assert_int_equal(count(&s, &error, NULL), 0);
	assert_int_equal(error, 0);
	/* another connection after the rest */
	assert_int_equal(count(&s, &error, NULL), 0);
	assert_int_equal(error, 0);
	assert_int_equal(opener_error(s.opener), 0);
	assert_int_equal(opener_reach(s.opener), 0);
	stage_free(&s);
}

/* What the kernel said to it is the answer. */
static void test_refused(void **state)
{
	static const enum act acts[] = { REFUSE };
	struct stage s = stage_new(acts, ARRAY_SIZE(acts));
	size_t failed = 9;
	int error;

	assert_int_equal(count(&s, &error, &failed), 0);
	assert_int_equal(error, -ENOENT);
	assert_int_equal(failed, 1);
	assert_int_equal(opener_error(s.opener), 0);
	stage_free(&s);
}

/* It was killed: another one is there at once. */
static void test_killed(void **state)
{
	static const enum act acts[] = { HANG_UP, SERVE, HANG_UP, HANG_UP, SERVE };
	struct stage s = stage_new(acts, ARRAY_SIZE(acts));
	int error;

	assert_int_equal(count(&s, &error, NULL), 0);
	assert_int_equal(error, 0);
	/* twice: it is left alone, though now it would serve */
	assert_int_equal(count(&s, &error, NULL), -EPIPE);
	assert_int_equal(count(&s, &error, NULL), -EPIPE);
	assert_int_equal(opener_reach(s.opener), -EPIPE);
	stage_free(&s);
}

static void test_wrong_answers(void **state)
{
	static const enum act wrong[] = { OTHER_VERSION, TOO_FEW, TOO_MANY, SHORT };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct stage s = stage_new(&wrong[i], 1);
		int error;

		assert_int_equal(count(&s, &error, NULL), -EPROTO);
		stage_free(&s);
	}
}

static void test_none(void **state)
{
	char *root = tree_new();
	const struct opener_event event = { 0 };
	struct opener *o;
	int fd, error;

	assert_int_equal(opener_count(NULL, OPENER_USER, 0, &event, 1, &fd, NULL, &error),
			 -ENOENT);
	assert_int_equal(opener_new(root, &o), 0);
	assert_int_equal(opener_reach(o), -ENOENT);
	assert_int_equal(opener_error(o), -ENOENT);
	opener_free(o);
	tree_free(root);
}

static void test_functions(void **state)
{
	static const enum act acts[] = { REFUSE };
	struct stage s = stage_new(acts, ARRAY_SIZE(acts));
	int fd, error = 0;

	assert_int_equal(opener_kprobe(s.opener, "commit_creds", OPENER_ENTRY, 0, &fd, &error),
			 -ESRCH);
	assert_int_equal(opener_error(s.opener), -ENOTCONN); /* not even asked */
	assert_int_equal(
		opener_kprobe(s.opener, "tlb_finish_mmu", OPENER_RETURN, 0, &fd, &error), 0);
	assert_int_equal(error, -ENOENT);
	stage_free(&s);
}

/* Whatever a kernel calls a function that pgtop traces, the opener opens a kprobe on it. */
static void test_traced_functions(void **state)
{
	char *root = tree_new();
	struct host *h;
	int fd, error;

	assert_int_equal(host_new(root, &h), 0);
	for (int n = FUNC_CONTPTE_CONVERT; n <= FUNC_PTEP_CLEAR_FLUSH; n++) {
		const char *name;

		for (size_t i = 0; (name = kernel_candidate(h, n, i)); i++) {
			/* known, and nobody is there to be asked */
			if (opener_kprobe(h->opener, name, OPENER_ENTRY, 0, &fd, &error) !=
			    -ENOENT)
				fail_msg("%s is not in OPENER_FUNCTIONS", name);
		}
	}
	host_free(h);
	tree_free(root);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_served),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_wrong_answers),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_functions),
		cmocka_unit_test(test_traced_functions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
