// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "server/answers.h"
#include "util/clock.h"
#include "server/listener.h"
#include "log.h"
#include "manager.h"
#include "privilege.h"
#include "own_cost.h"
#include "server/server.h"
#include "service.h"

#define LOOK_US		 UINT64_C(5000000)
#define NS_PER_US	 UINT64_C(1000)
#define PRIORITY_WINDOWS SD_EVENT_PRIORITY_IMPORTANT
#define PRIORITY_SIGNALS (SD_EVENT_PRIORITY_IMPORTANT - 1)

struct manager {
	struct service service;
	struct answers answers;
	struct listener listener;
	struct server *server;
	sd_event *event;
	sd_event_source *timer, *heartbeat, *alarm, *look;
	uint64_t watchdog_us;
};

/* --- systemd ---------------------------------------------------------------- */

static void tell_systemd(const struct manager *m)
{
	const struct service *s = &m->service;
	bool tune = s->config.policy.mode == POLICY_TUNE;
	const char *paused = tune ? tuner_paused(s->tuner) : NULL;

	sd_notifyf(0, "STATUS=%s: %llu windows of %llu s, %llu overruns%s%s",
		   config_mode_name(s->config.policy.mode), (unsigned long long)s->window.good,
		   (unsigned long long)(s->window.length_ns / NS_PER_S),
		   (unsigned long long)s->window.overruns,
		   paused ? "; tuning is paused: " : "", paused ? paused : "");
}

/* It is fed only while windows are read, and in time. */
static void feed_watchdog(const struct manager *m)
{
	const struct service *s = &m->service;

	if (!s->error && !window_overdue(&s->window, clock_ns(CLOCK_MONOTONIC)))
		sd_notify(0, "WATCHDOG=1");
}

/* A window can be longer than the watchdog waits. */
static int on_heartbeat(sd_event_source *source, uint64_t usec, void *arg)
{
	struct manager *m = arg;

	feed_watchdog(m);
	sd_event_source_set_time_relative(source, m->watchdog_us / 2);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* --- windows ---------------------------------------------------------------- */

static int manager_arm(struct manager *m)
{
	uint64_t due_ns = window_due(&m->service.window, clock_ns(CLOCK_MONOTONIC));
	int r = sd_event_source_set_time(m->timer, due_ns / NS_PER_US);

	return r < 0 ? r : sd_event_source_set_enabled(m->timer, SD_EVENT_ONESHOT);
}

static int on_window(sd_event_source *source, uint64_t usec, void *arg)
{
	struct manager *m = arg;

	service_window(&m->service);
	feed_watchdog(m);
	tell_systemd(m);
	return manager_arm(m);
}

/* Whoever switches tuning off does not wait for a window. */
static int on_look(sd_event_source *source, uint64_t usec, void *arg)
{
	struct manager *m = arg;

	tuner_heed(m->service.tuner);
	sd_event_source_set_time_relative(source, LOOK_US);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int on_alarm(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	struct manager *m = arg;

	tuner_alarm(m->service.tuner);
	return 0;
}

/* --- signals ---------------------------------------------------------------- */

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *arg)
{
	struct manager *m = arg;

	sd_notify(0, "STOPPING=1");
	return sd_event_exit(m->event, 0);
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *arg)
{
	struct manager *m = arg;

	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
		   (unsigned long long)(clock_ns(CLOCK_MONOTONIC) / NS_PER_US));
	service_reload(&m->service);
	sd_notify(0, "READY=1");
	tell_systemd(m);
	return manager_arm(m);
}

/* Before windows: what is changed is undone however long they take. */
static int add_signal(struct manager *m, int number, sd_event_signal_handler_t handler)
{
	sd_event_source *source = NULL;
	int r = sd_event_add_signal(m->event, &source, number, handler, m);

	if (r >= 0)
		r = sd_event_source_set_priority(source, PRIORITY_SIGNALS);
	if (r >= 0)
		r = sd_event_source_set_floating(source, true);
	sd_event_source_unref(source);
	return r;
}

static int add_signals(struct manager *m)
{
	sigset_t set;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	r = add_signal(m, SIGTERM, on_stop);
	if (r >= 0)
		r = add_signal(m, SIGINT, on_stop);
	if (r >= 0)
		r = add_signal(m, SIGHUP, on_reload);
	return r;
}

/* --- start and stop --------------------------------------------------------- */

static int add_timers(struct manager *m)
{
	int fd = tuner_alarm_fd(m->service.tuner);
	int r = sd_event_add_time(m->event, &m->timer, CLOCK_MONOTONIC,
				  m->service.window.next_ns / NS_PER_US, 1, on_window, m);

	if (r >= 0)
		r = sd_event_source_set_priority(m->timer, PRIORITY_WINDOWS);
	if (r >= 0)
		r = sd_event_add_time_relative(m->event, &m->look, CLOCK_MONOTONIC, LOOK_US,
					       LOOK_US / 5, on_look, m);
	if (r >= 0 && fd >= 0)
		r = sd_event_add_io(m->event, &m->alarm, fd, EPOLLIN, on_alarm, m);
	if (r >= 0 && fd >= 0)
		r = sd_event_source_set_priority(m->alarm, PRIORITY_SIGNALS);
	if (r >= 0 && sd_watchdog_enabled(0, &m->watchdog_us) > 0)
		r = sd_event_add_time_relative(m->event, &m->heartbeat, CLOCK_MONOTONIC,
					       m->watchdog_us / 2, 1, on_heartbeat, m);
	return r;
}

/* The socket is how pgtop asks; without it pgtopd is still of use. */
static int add_server(struct manager *m)
{
	const char *path = m->service.config.socket;
	int r;

	if (m->service.options->action == ACTION_DRY_RUN)
		return 0;
	r = listener_open(path, &m->listener);
	if (r) {
		log_warning("cannot listen on %s: %s", path,
			    r == -ENOTSOCK ? "there is a file that is not a socket"
					   : strerror(-r));
		return 0;
	}
	return server_new(m->event, m->listener.fd, answers_give, &m->answers, &m->server);
}

static int manager_start(struct manager *m)
{
	int r = sd_event_new(&m->event);

	own_cost_limit_heap();
	/* From here on a signal waits until its effects can be undone. */
	if (r >= 0)
		r = add_signals(m);
	if (r >= 0)
		r = service_start(&m->service);
	if (r >= 0)
		r = add_server(m);
	if (r >= 0)
		r = add_timers(m);
	if (r >= 0)
		r = privilege_drop();
	if (r >= 0)
		service_started(&m->service);
	own_cost_trim();
	return r < 0 ? r : 0;
}

static void manager_stop(struct manager *m)
{
	server_free(m->server);
	listener_close(&m->listener);
	answers_done(&m->answers);
	sd_event_source_disable_unref(m->timer);
	sd_event_source_disable_unref(m->heartbeat);
	sd_event_source_disable_unref(m->alarm);
	sd_event_source_disable_unref(m->look);
	sd_event_unref(m->event);
	service_done(&m->service);
}

static int manager_loop(struct manager *m)
{
	const struct service *s = &m->service;
	int r, code;

	log_info("started: mode %s, windows of %" PRIu64 " s%s%s",
		 config_mode_name(s->config.policy.mode),
		 s->config.policy.window_ns / NS_PER_S, m->server ? ", socket " : "",
		 m->server ? s->config.socket : "");
	sd_notify(0, "READY=1");
	tell_systemd(m);
	r = sd_event_loop(m->event);
	if (r < 0)
		log_error("the event loop failed: %s", strerror(-r));
	code = service_undo(&m->service);
	log_info("stopped after %" PRIu64 " windows", s->window.good);
	return r < 0 ? PGTOPD_FAILED : code;
}

int manager_run(const struct options *o, const struct config *c)
{
	struct manager *m = calloc(1, sizeof(*m));
	int r, code = PGTOPD_FAILED;

	if (!m) {
		log_error("out of memory");
		return code;
	}
	m->service.options = o;
	m->service.config = *c;
	m->answers.service = &m->service;
	m->listener.fd = -1;
	r = manager_start(m);
	if (!r)
		code = manager_loop(m);
	else if (r != -EBUSY)
		log_error("could not start: %s", strerror(-r));
	manager_stop(m);
	free(m);
	return code;
}
