// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#include "host/container.h"
#include "host/lockdown.h"
#include "host/perf_access.h"
#include "host/psi.h"
#include "machine/fact_probe.h"
#include "util/capability.h"
#include "util/file.h"
#include "util/util.h"

/* A fact that rests on @path, which cannot be read: the reason, and what helps against it. */
static void lack_file(const struct host *h, struct probe *p, const char *name,
		      const char *path, int err)
{
	char why[256];

	probe_add(p, PROBE_FACT, name, PROBE_UNAVAILABLE, NULL,
		  file_why(err, path, why, sizeof(why)), file_remedy(h->root, err, path));
}

static void add_btf(const struct host *h, struct probe *p)
{
	static const char name[] = "fact.btf", path[] = "/sys/kernel/btf/vmlinux";
	int r = file_check(h->root, path);

	if (!r)
		probe_add(p, PROBE_FACT, name, PROBE_OK, path, NULL, NULL);
	else if (r == -ENOENT && file_place_exists(h->root, path))
		probe_add(p, PROBE_FACT, name, PROBE_UNAVAILABLE, NULL,
			  "the kernel has no BTF",
			  "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y");
	else
		lack_file(h, p, name, path, r);
}

/* Nothing is to be done about it: pgtop does without. */
static void add_tracefs(const struct host *h, struct probe *p)
{
	static const char name[] = "fact.tracefs", path[] = "/sys/kernel/tracing/events";
	int r = file_check(h->root, path);

	if (!r)
		probe_add(p, PROBE_FACT, name, PROBE_OK, path, NULL, NULL);
	else
		probe_add(p, PROBE_FACT, name, PROBE_UNAVAILABLE, NULL,
			  r == -ENOENT ? "tracefs is not mounted; pgtop does not need it"
				       : "this user may not see tracefs; pgtop does not need "
					 "it",
			  NULL);
}

static void add_psi(const struct host *h, struct probe *p)
{
	static const char name[] = "fact.psi", path[] = "/proc/pressure/memory";
	static const char remedy[] = "boot with psi=1, or a kernel built with CONFIG_PSI=y";
	_cleanup_free_ char *text = NULL;
	uint64_t ns;
	int r = file_read(h->root, path, &text, NULL);

	if (!r && psi_total_ns(text, "some", &ns))
		r = -EBADMSG;
	if (!r)
		probe_add(p, PROBE_FACT, name, PROBE_OK, path, NULL, NULL);
	else if (r == -EOPNOTSUPP)
		probe_add(p, PROBE_FACT, name, PROBE_UNAVAILABLE, NULL,
			  "pressure stall information is switched off", remedy);
	else if (r == -ENOENT && file_place_exists(h->root, path))
		probe_add(p, PROBE_FACT, name, PROBE_UNAVAILABLE, NULL,
			  "the kernel keeps no pressure stall information", remedy);
	else
		lack_file(h, p, name, path, r);
}

static void add_no_paranoid(const struct host *h, const struct perf_access *a, int err,
			    const char *path, struct probe *p)
{
	static const char name[] = "fact.perf_event_paranoid";

	if (err == -ENOENT && a->have_sysctl)
		probe_add(p, PROBE_FACT, name, PROBE_UNAVAILABLE, NULL,
			  "the kernel was built without perf events (CONFIG_PERF_EVENTS)",
			  "boot a kernel that has them");
	else
		lack_file(h, p, name, path, err);
}

static void add_paranoid(const struct host *h, struct probe *p)
{
	static const char path[] = "/proc/sys/kernel/perf_event_paranoid";
	_cleanup_free_ char *text = NULL;
	struct perf_access a;
	const char *remedy;
	char via[96], why[256];
	int r = file_read_line(h->root, path, &text);

	perf_access_read(h, &a);
	if (r) {
		add_no_paranoid(h, &a, r, path, p);
		return;
	}
	snprintf(via, sizeof(via), "%s, now %.16s%s", path, text,
		 a.opener ? "; pgtop-opener counts" : "");
	if (perf_access_allows(&a)) {
		probe_add(p, PROBE_FACT, "fact.perf_event_paranoid", PROBE_OK, via, NULL,
			  NULL);
		return;
	}
	perf_access_why(h, PERF_USE_COUNT, -EACCES, "count on all CPUs", why, sizeof(why),
			&remedy);
	probe_add(p, PROBE_FACT, "fact.perf_event_paranoid", PROBE_DEGRADED, via, why, remedy);
}

static void add_capabilities(const struct host *h, struct probe *p)
{
	static const struct {
		unsigned int cap, instead;
		const char *name, *lost;
	} need[] = {
		{ CAP_BPF, CAP_SYS_ADMIN, "CAP_BPF", "BPF programs cannot be loaded" },
		{ CAP_PERFMON, CAP_SYS_ADMIN, "CAP_PERFMON",
		  "nothing can be traced or counted" },
		{ CAP_SYS_PTRACE, CAP_SYS_PTRACE, "CAP_SYS_PTRACE",
		  "other users' processes cannot be looked into" },
		{ CAP_SYSLOG, CAP_SYSLOG, "CAP_SYSLOG", "kernel addresses have no names" },
	};
	static const char name[] = "fact.capabilities";
	uint64_t set;
	char why[320] = "";
	int r = capability_read(h->root, &set);

	if (r) {
		lack_file(h, p, name, "/proc/self/status", r);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(need); i++) {
		size_t at = strlen(why);

		if (!capability_has(set, need[i].cap) && !capability_has(set, need[i].instead))
			snprintf(why + at, sizeof(why) - at, "%swithout %s %s", at ? "; " : "",
				 need[i].name, need[i].lost);
	}
	if (*why)
		probe_add(p, PROBE_FACT, name, PROBE_DEGRADED, "/proc/self/status", why,
			  "run as root");
	else if (capability_is_namespaced(h->root))
		probe_add(p, PROBE_FACT, name, PROBE_DEGRADED, "/proc/self/status",
			  "this is a user namespace, whose capabilities count in it only",
			  "run pgtop on the host, outside of the user namespace");
	else
		probe_add(p, PROBE_FACT, name, PROBE_OK, "all that pgtop uses", NULL, NULL);
}

static void add_lockdown(const struct host *h, struct probe *p)
{
	static const char name[] = "fact.lockdown";
	const char *remedy = NULL;
	char unseen[128], why[256];

	switch (lockdown_read(h->root, unseen, sizeof(unseen), &remedy)) {
	case LOCKDOWN_UNSEEN:
		snprintf(why, sizeof(why), "whether lockdown is in force cannot be seen: %s",
			 unseen);
		probe_add(p, PROBE_FACT, name, PROBE_UNAVAILABLE, NULL, why, remedy);
		break;
	case LOCKDOWN_NONE:
		probe_add(p, PROBE_FACT, name, PROBE_OK, "none: not in use", NULL, NULL);
		break;
	case LOCKDOWN_INTEGRITY:
		probe_add(p, PROBE_FACT, name, PROBE_OK, "integrity", NULL, NULL);
		break;
	case LOCKDOWN_CONFIDENTIALITY:
		probe_add(
			p, PROBE_FACT, name, PROBE_DEGRADED, "confidentiality",
			"lockdown forbids BPF programs to read kernel memory: page walks and "
			"tracing are refused",
			"boot with lockdown=integrity, if your policy allows it");
		break;
	}
}

static void fact_probe_add_place(const struct host *h, struct probe *p)
{
	char place[128];
	int r = container_detect(h->root, place, sizeof(place));

	if (r)
		lack_file(h, p, "fact.container", "/proc/self/ns/pid", r);
	else if (!strcmp(place, "host"))
		probe_add(p, PROBE_FACT, "fact.container", PROBE_OK, "not in a container",
			  NULL, NULL);
	else
		probe_add(
			p, PROBE_FACT, "fact.container", PROBE_DEGRADED, place,
			"in a container PIDs differ from the kernel's, and /proc and /sys may be "
			"incomplete: processes may be missing or misnamed",
			"run pgtop on the host");
}

void probe_facts(struct host *h, struct probe *p)
{
	add_btf(h, p);
	add_tracefs(h, p);
	add_psi(h, p);
	add_capabilities(h, p);
	add_paranoid(h, p);
	add_lockdown(h, p);
	fact_probe_add_place(h, p);
}
