// SPDX-License-Identifier: GPL-2.0-only
/* Asking a pgtopd that is played by a child: what it says is in the test. */
#include "tree.h"

#include <json-c/json.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "control/control_client.h"
#include "pgtop/control.h"
#include "random_snapshot.h"
#include "record/recorded_host.h"
#include "snapshot/snapshot_json.h"
#include "snapshot/snapshot_line.h"

static char *root, path[100];

static int set_up(void **state)
{
	root = tree_new();
	snprintf(path, sizeof(path), "%.80s/control", root);
	return 0;
}

static int tear_down(void **state)
{
	tree_free(root);
	return 0;
}

static int listen_at(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

/* Bytes in pieces of @piece; then wait until the other side hangs up. */
static void child_answers(int listener, const char *answer, size_t len, size_t piece,
			  const char *expected)
{
	int fd = accept(listener, NULL, NULL);
	char request[CONTROL_LINE + 1];
	ssize_t n = read(fd, request, sizeof(request) - 1);

	if (n <= 0)
		_exit(2);
	request[n] = '\0';
	if (strcmp(request, expected))
		_exit(3);
	for (size_t at = 0; at < len; at += piece) {
		size_t some = len - at < piece ? len - at : piece;

		if (write(fd, answer + at, some) != (ssize_t)some)
			_exit(4);
	}
	shutdown(fd, SHUT_WR);
	while (read(fd, request, sizeof(request)) > 0)
		;
	_exit(0);
}

static pid_t serve(const char *answer, size_t len, size_t piece, const char *expected)
{
	int fd = listen_at();
	pid_t pid = fork();

	if (!pid) {
		signal(SIGPIPE, SIG_IGN);
		alarm(20);
		child_answers(fd, answer, len, piece, expected);
	}
	close(fd);
	return pid;
}

static void served(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	unlink(path);
}

#define STATUS_REQUEST "{\"v\":1,\"cmd\":\"status\"}\n"

static int ask(const char *answer, size_t piece, struct json_object **ret, char *why)
{
	struct control_client *c = NULL;
	pid_t pid = serve(answer, strlen(answer), piece, STATUS_REQUEST);
	int r;

	assert_int_equal(control_client_new(path, &c, why, 256), 0);
	r = control_client_ask(c, control_request("status"), ret, why, 256);
	control_client_free(c);
	served(pid);
	return r;
}

static void test_answer(void **state)
{
	struct json_object *o = NULL, *m;
	char why[256];

	for (size_t piece = 1; piece < 40; piece += 13) {
		assert_int_equal(
			ask("{\"v\":1,\"ok\":true,\"status\":{\"pid\":7}}\n", piece, &o, why),
			0);
		assert_true(json_object_object_get_ex(o, "status", &m));
		json_object_put(o);
	}
}

/* pgtopd hangs up on whoever was silent for long: the next question goes to it anew. */
static void test_asked_again(void **state)
{
	const char answer[] = "{\"v\":1,\"ok\":true}\n";
	struct control_client *c = NULL;
	struct json_object *o = NULL;
	int listener = listen_at();
	char why[256];
	pid_t pid = fork();

	if (!pid) {
		char request[CONTROL_LINE];

		alarm(20);
		for (int i = 0; i < 3; i++) {
			int fd = accept(listener, NULL, NULL);

			if (read(fd, request, sizeof(request)) <= 0 ||
			    write(fd, answer, strlen(answer)) != (ssize_t)strlen(answer))
				_exit(2);
			close(fd);
		}
		_exit(0);
	}
	close(listener);
	assert_int_equal(control_client_new(path, &c, why, sizeof(why)), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
			control_client_ask(c, control_request("status"), &o, why, sizeof(why)),
			0);
		json_object_put(o);
	}
	served(pid);
	/* it is gone for good */
	assert_int_not_equal(
		control_client_ask(c, control_request("status"), &o, why, sizeof(why)), 0);
	control_client_free(c);
}

static void fails(const char *answer, int err, const char *part)
{
	struct json_object *o = NULL;
	char why[256] = "";

	assert_int_equal(ask(answer, 4096, &o, why), err);
	assert_null(o);
	if (!strstr(why, part))
		fail_msg("'%s' does not say '%s'", why, part);
}

static void test_refusals(void **state)
{
	fails("{\"v\":1,\"ok\":false,\"error\":\"no such lever\",\"code\":\"unknown\"}\n",
	      -ENOENT, "no such lever");
	fails("{\"v\":1,\"ok\":false,\"error\":\"root only\",\"code\":\"denied\"}\n", -EPERM,
	      "root only");
	fails("{\"v\":1,\"ok\":false,\"error\":\"e\",\"code\":\"usage\"}\n", -EINVAL, "e");
	fails("{\"v\":1,\"ok\":false,\"error\":\"e\",\"code\":\"busy\"}\n", -EBUSY, "e");
	fails("{\"v\":1,\"ok\":false,\"error\":\"e\",\"code\":\"failed\"}\n", -EREMOTEIO, "e");
	fails("{\"v\":1,\"ok\":false,\"error\":\"e\",\"code\":\"later\"}\n", -EREMOTEIO, "e");
	fails("{\"v\":1,\"ok\":false,\"error\":\"e\"}\n", -EREMOTEIO, "e");
}

static void test_no_answer(void **state)
{
	fails("", -EPIPE, "closed the connection");
	fails("{\"v\":1,\"ok\":true", -EPIPE, "closed the connection");
	fails("\n", -EBADMSG, "not pgtopd");
	fails("SSH-2.0-OpenSSH_9.2\r\n", -EBADMSG, "not pgtopd");
	fails("[]\n", -EBADMSG, "not pgtopd");
	fails("{}\n", -EBADMSG, "not pgtopd");
	fails("{\"v\":1}\n", -EBADMSG, "not pgtopd");
	fails("{\"v\":1,\"ok\":false}\n", -EBADMSG, "not pgtopd");
	fails("{\"v\":1,\"ok\":\"true\"}\n", -EBADMSG, "not pgtopd");
	fails("{\"v\":2,\"ok\":true}\n", -EPROTONOSUPPORT, "speaks version 2");
	fails("{\"v\":2,\"ok\":false,\"error\":\"1?\"}\n", -EPROTONOSUPPORT,
	      "speaks version 2");
}

static void test_endless_answer(void **state)
{
	size_t len = CONTROL_ANSWER + (2 << 20);
	char *answer = malloc(len + 1), why[256] = "";
	struct control_client *c = NULL;
	struct json_object *o = NULL;
	int status;
	pid_t pid;

	memset(answer, ' ', len);
	answer[len] = '\0';
	pid = serve(answer, len, 1 << 16, STATUS_REQUEST);
	assert_int_equal(control_client_new(path, &c, why, sizeof(why)), 0);
	assert_int_equal(
		control_client_ask(c, control_request("status"), &o, why, sizeof(why)),
		-EBADMSG);
	assert_non_null(strstr(why, "longer than pgtop reads"));
	control_client_free(c);
	/* It is hung up on before all is written. */
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 4);
	free(answer);
}

static void not_connected(const char *to, int err, const char *part)
{
	struct control_client *c = NULL;
	char why[256] = "";

	assert_int_equal(control_client_new(to, &c, why, sizeof(why)), err);
	assert_null(c);
	if (!strstr(why, part))
		fail_msg("'%s' does not say '%s'", why, part);
}

static void test_nobody_listens(void **state)
{
	char too_long[200];
	int fd;

	not_connected(path, -ENOENT, "pgtopd does not run here");
	fd = listen_at();
	close(fd);
	not_connected(path, -ECONNREFUSED, "systemctl start pgtopd");
	unlink(path);
	memset(too_long, 'x', sizeof(too_long));
	too_long[sizeof(too_long) - 1] = '\0';
	not_connected(too_long, -ENAMETOOLONG, "File name too long");
	control_client_free(NULL);
}

static void test_snapshot(void **state)
{
	struct json_object *o = json_object_new_object(), *line = NULL;
	struct snapshot *s = random_snapshot(3, 99), *got = NULL;
	struct probe *p = probe_new(), *got_probe = NULL;
	struct control_client *c = NULL;
	char *answer = NULL, why[256] = "";
	pid_t pid;

	probe_add(p, PROBE_MEASUREMENT, "tlb.flushes", PROBE_OK, "tp_btf", NULL, NULL);
	assert_int_equal(snapshot_line_object(s, &line), 0);
	json_object_object_add(o, "v", json_object_new_int(1));
	json_object_object_add(o, "ok", json_object_new_boolean(1));
	json_object_object_add(o, "snapshot", line);
	json_object_object_add(o, "probe", probe_to_json(p));
	assert_true(asprintf(&answer, "%s\n",
			     json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN)) > 0);
	pid = serve(answer, strlen(answer), 1 << 16, "{\"v\":1,\"cmd\":\"snapshot\"}\n");
	assert_int_equal(control_client_new(path, &c, why, sizeof(why)), 0);
	assert_int_equal(control_client_snapshot(c, true, &got, &got_probe, why, sizeof(why)),
			 0);
	control_client_free(c);
	served(pid);
	expect_same_snapshot(s, got);
	assert_string_equal(probe_find(got_probe, "tlb.flushes")->via, "tp_btf");
	snapshot_free(s);
	snapshot_free(got);
	probe_free(p);
	probe_free(got_probe);
	json_object_put(o);
	free(answer);
}

static void test_no_snapshot(void **state)
{
	static const char answer[] = "{\"v\":1,\"ok\":true,\"snapshot\":{}}\n";
	struct control_client *c = NULL;
	struct snapshot *s = NULL;
	char why[256] = "";
	pid_t pid = serve(answer, strlen(answer), 99,
			  "{\"v\":1,\"cmd\":\"snapshot\",\"walk\":false}\n");

	assert_int_equal(control_client_new(path, &c, why, sizeof(why)), 0);
	assert_int_equal(control_client_snapshot(c, false, &s, NULL, why, sizeof(why)),
			 -EBADMSG);
	assert_non_null(strstr(why, "not understood: it is not a snapshot"));
	assert_null(s);
	control_client_free(c);
	served(pid);
}

static void test_recorded_host(void **state)
{
	struct snapshot *s = snapshot_new();
	struct host *h = NULL;

	assert_int_equal(recorded_host(s, &h), -ENODATA);
	snapshot_fact(s, FACT_ARCH, "aarch64");
	snapshot_fact(s, FACT_GRANULE, "16384");
	snapshot_fact(s, FACT_KERNEL, "6.12.1");
	assert_int_equal(recorded_host(s, &h), 0);
	/* 128 pages of 16K; 2048 entries of 16K */
	assert_int_equal(host_contpte_bytes(h), 2 << 20);
	assert_int_equal(host_pmd_bytes(h), 32 << 20);
	assert_string_equal(h->release, "6.12.1");
	host_free(h);
	snapshot_fact(s, FACT_GRANULE, "0");
	assert_int_equal(recorded_host(s, &h), -ENODATA);
	snapshot_fact(s, FACT_GRANULE, "4096");
	snapshot_fact(s, FACT_ARCH, "x86_64");
	assert_int_equal(recorded_host(s, &h), 0);
	assert_int_equal(host_contpte_bytes(h), 0);
	assert_int_equal(host_pmd_bytes(h), 2 << 20);
	host_free(h);
	snapshot_free(s);
}

#define CLIENT_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(test_answer),
		CLIENT_TEST(test_asked_again),
		CLIENT_TEST(test_refusals),
		CLIENT_TEST(test_no_answer),
		CLIENT_TEST(test_endless_answer),
		CLIENT_TEST(test_nobody_listens),
		CLIENT_TEST(test_snapshot),
		CLIENT_TEST(test_no_snapshot),
		cmocka_unit_test(test_recorded_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
