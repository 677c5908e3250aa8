// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/opener.h"
#include "host/perf_access.h"
#include "tracing/bpf.h"
#include "tracing/hook.h"
#include "util/cpulist.h"

/* Who prefers fentry leaves out rank 0, who prefers kprobes rank 1, too. */
static const struct {
	const char *name;
	int rank;
} known_means[] = {
	[HOOK_EVENT] = { "tp_btf", 0 },		 [HOOK_TRACEPOINT] = { "tp_btf", 1 },
	[HOOK_FENTRY] = { "fentry", 1 },	 [HOOK_FEXIT] = { "fexit", 1 },
	[HOOK_RAW_TRACEPOINT] = { "raw_tp", 2 }, [HOOK_KPROBE] = { "kprobe", 2 },
	[HOOK_KRETPROBE] = { "kretprobe", 2 },
};

static bool is_tracepoint(enum hook_means means)
{
	return means == HOOK_EVENT || means == HOOK_TRACEPOINT || means == HOOK_RAW_TRACEPOINT;
}

static bool is_probe(enum hook_means means)
{
	return means == HOOK_KPROBE || means == HOOK_KRETPROBE;
}

/* No function of that name has BTF: is there none, or only one the compiler changed? */
static void why_no_function(struct host *h, enum kernel_name target, char *why, size_t len)
{
	const char *name = kernel_candidate(h, target, 0), *real = kernel_function(h, target);

	if (real && !kernel_is(h, target, real))
		snprintf(why, len,
			 "this kernel has %s only as %s, whose arguments the compiler changed",
			 name, real);
	else
		snprintf(why, len, "this kernel has no function %s that can be traced", name);
}

/* The first name of @target that is a function with BTF; NULL: none is. */
static const char *find_function(struct host *h, enum kernel_name target)
{
	const struct btf *btf;
	const char *name = NULL;

	if (host_btf(h, &btf))
		return NULL;
	for (size_t i = 0; (name = kernel_candidate(h, target, i)); i++) {
		if (btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) > 0)
			break;
	}
	return name;
}

/* Returns whether this kernel has what @way attaches to; if not, the hook says why. */
static bool way_is_open(struct host *h, const struct hook_way *way, struct hook *hook)
{
	if (is_tracepoint(way->means)) {
		hook->target = kernel_candidate(h, way->target, 0);
		if (way->means != HOOK_EVENT || kernel_has_event(h, way->target))
			return true;
		snprintf(hook->why, sizeof(hook->why),
			 "this kernel has no tracepoint %s that can be traced", hook->target);
		return false;
	}
	hook->target = find_function(h, way->target);
	if (!hook->target)
		why_no_function(h, way->target, hook->why, sizeof(hook->why));
	return hook->target;
}

static bool way_is_wanted(const struct source_options *o, const struct hook_way *way)
{
	int rank = o->prefer_kprobe ? 2 : o->prefer_fentry;

	return known_means[way->means].rank >= rank;
}

void hook_choose(struct host *h, const struct source_options *o, struct hook *hook,
		 const char **remedy)
{
	hook->way = NULL;
	for (; hook->refused < HOOK_WAYS && hook->ways[hook->refused].program;
	     hook->refused++) {
		const struct hook_way *way = &hook->ways[hook->refused];

		if (!way_is_wanted(o, way) || !way_is_open(h, way, hook))
			continue;
		hook->way = way;
		snprintf(hook->via, sizeof(hook->via), "%s %s", known_means[way->means].name,
			 hook->target);
		return;
	}
	if (!*hook->why) {
		snprintf(hook->why, sizeof(hook->why),
			 "the options ask for other means than tracepoints");
		*remedy = "leave out --fentry and --kprobe";
	}
}

static struct bpf_program *hook_program(struct bpf_object *obj, const struct hook *hook)
{
	return bpf_object__find_program_by_name(obj, hook->way->program);
}

int hook_select(struct bpf_object *obj, const struct hook *hook)
{
	struct bpf_program *prog = hook_program(obj, hook);
	int r = prog ? bpf_program__set_autoload(prog, true) : -ENOENT;

	if (!r && !is_probe(hook->way->means) && hook->way->means != HOOK_RAW_TRACEPOINT)
		r = bpf_program__set_attach_target(prog, 0, hook->target);
	return r;
}

static bool is_refusal(int err)
{
	return err == -EACCES || err == -EPERM || err == -ENOSYS;
}

/* Opened by the opener, attached by us, which takes no more than CAP_BPF. */
static struct bpf_link *attach_opened(const struct host *h, struct bpf_program *prog,
				      const char *function, enum opener_place place)
{
	struct cpulist online;
	unsigned int cpu = cpulist_read(h->root, "/sys/devices/system/cpu/online", &online)
				   ? 0
				   : cpulist_next(&online, 0);
	struct bpf_link *link;
	int fd, error = -EACCES;

	if (opener_kprobe(h->opener, function, place, cpu, &fd, &error) || error) {
		errno = -error;
		return NULL;
	}
	link = bpf_program__attach_perf_event(prog, fd);
	error = errno;
	if (!link)
		close(fd);
	errno = error;
	return link;
}

static struct bpf_link *attach_probe(const struct host *h, struct bpf_program *prog,
				     const struct hook *hook)
{
	bool at_return = hook->way->means == HOOK_KRETPROBE;
	struct bpf_link *link = bpf_program__attach_kprobe(prog, at_return, hook->target);

	if (link || !is_refusal(-errno))
		return link;
	return attach_opened(h, prog, hook->target, at_return ? OPENER_RETURN : OPENER_ENTRY);
}

int hook_attach(const struct host *h, struct bpf_object *obj, struct hook *hook)
{
	struct bpf_program *prog = hook_program(obj, hook);

	switch (hook->way->means) {
	case HOOK_RAW_TRACEPOINT:
		hook->link = bpf_program__attach_raw_tracepoint(prog, hook->target);
		break;
	case HOOK_KPROBE:
	case HOOK_KRETPROBE:
		hook->link = attach_probe(h, prog, hook);
		break;
	default:
		hook->link = bpf_program__attach(prog);
	}
	hook->why[0] = '\0';
	hook->loaded = true;
	return hook->link ? 0 : -errno;
}

static void explain_refusal(const struct host *h, struct hook *hook, int r,
			    const char **remedy)
{
	char what[128];

	if (is_probe(hook->way->means) && hook->loaded && is_refusal(r)) {
		snprintf(what, sizeof(what), "trace %s by a kprobe", hook->target);
		perf_access_why(h, PERF_USE_KPROBE, r, what, hook->why, sizeof(hook->why),
				remedy);
		return;
	}
	snprintf(what, sizeof(what), "%s%s",
		 is_tracepoint(hook->way->means) ? "tracepoint " : "", hook->target);
	bpf_load_why(h, r, what, hook->why, sizeof(hook->why), remedy);
}

bool hook_refuse(const struct host *h, struct hook *hook, int r, const char **remedy)
{
	explain_refusal(h, hook, r, remedy);
	hook->loaded = false;
	hook->way = NULL;
	hook->refused++;
	return hook->refused < HOOK_WAYS && hook->ways[hook->refused].program;
}

void hook_detach(struct hook *hook)
{
	bpf_link__destroy(hook->link);
	hook->link = NULL;
}
