// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tracing/bpf.h"
#include "tracing/hook.h"
#include "host/ksyms.h"
#include "util/util.h"

const char *hook_means_name(enum hook_means means)
{
	static const char *const name[] = { "tp_btf", "fentry", "fexit", "kprobe",
					    "kretprobe" };

	return name[means];
}

bool btf_has_tracepoint(const struct btf *btf, const char *name)
{
	char type[128];

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	return btf__find_by_name_kind(btf, type, BTF_KIND_TYPEDEF) > 0;
}

/*
 * Whether the kernel lets us trace a function at its entry: a program that does nothing.  It
 * loads and cannot be attached where ftrace has no direct calls: arm64 before 6.4 ("arm64:
 * ftrace: Add direct call support"), or without CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS.
 */
static int try_fentry(int btf_id)
{
	const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY,
		    .attach_btf_id = btf_id);
	int fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "pgtop_try", "GPL", nothing,
			       ARRAY_SIZE(nothing), &opts);
	int link;

	if (fd < 0)
		return fd;
	link = bpf_raw_tracepoint_open(NULL, fd);
	close(fd);
	if (link < 0)
		return link;
	close(link);
	return 0;
}

/* No function of that name has BTF: is there none, or only one the compiler changed? */
static void why_no_function(struct host *h, const char *name, char *why, size_t len)
{
	const struct ksyms *k;
	const char *real = NULL;

	if (!host_ksyms(h, &k))
		real = ksyms_function(k, name);
	if (real && strcmp(real, name))
		snprintf(why, len,
			 "this kernel has %s only as %s, whose arguments the compiler changed",
			 name, real);
	else
		snprintf(why, len, "this kernel has no function %s that can be traced", name);
}

/* The function tried last, and how that went: several hooks share one. */
struct tried {
	int btf_id, result;
};

/* Returns whether @way can be gone; if not, @why says why. */
static bool is_open(struct host *h, const struct btf *btf, const struct hook_way *way,
		    struct tried *tried, char *why, size_t len)
{
	const char *name = host_symbol(h, way->target);
	int id;

	if (way->means == HOOK_TRACEPOINT) {
		snprintf(why, len, "this kernel has no tracepoint %s", name);
		return btf_has_tracepoint(btf, name);
	}
	id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
	if (id <= 0) {
		why_no_function(h, name, why, len);
		return false;
	}
	if (way->means == HOOK_KPROBE || way->means == HOOK_KRETPROBE)
		return true;
	if (tried->btf_id != id)
		*tried = (struct tried){ id, try_fentry(id) };
	if (tried->result)
		bpf_why(tried->result, name, why, len);
	return !tried->result;
}

static bool hook_is_wanted(const struct source_options *o, enum hook_means means)
{
	if (means == HOOK_TRACEPOINT)
		return !o->prefer_fentry && !o->prefer_kprobe;
	return (means != HOOK_FENTRY && means != HOOK_FEXIT) || !o->prefer_kprobe;
}

static void hook_choose(struct host *h, const struct source_options *o, const struct btf *btf,
			struct tried *tried, struct hook *hook)
{
	for (int i = 0; i < HOOK_WAYS && hook->ways[i].program; i++) {
		const struct hook_way *way = &hook->ways[i];

		if (!hook_is_wanted(o, way->means) ||
		    !is_open(h, btf, way, tried, hook->why, sizeof(hook->why)))
			continue;
		hook->chosen = way;
		hook->why[0] = '\0'; /* of a way that was not open */
		snprintf(hook->via, sizeof(hook->via), "%s %s", hook_means_name(way->means),
			 host_symbol(h, way->target));
		return;
	}
}

static int select_program(const struct host *h, struct bpf_object *obj,
			  const struct hook_way *way)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(obj, way->program);
	int r;

	if (!prog)
		return -ENOENT;
	r = bpf_program__set_autoload(prog, true);
	if (!r && way->means != HOOK_KPROBE && way->means != HOOK_KRETPROBE)
		r = bpf_program__set_attach_target(prog, 0, host_symbol(h, way->target));
	return r;
}

int hooks_choose(struct host *h, const struct source_options *o, struct bpf_object *obj,
		 struct hook *hooks, size_t n)
{
	const struct btf *btf;
	struct bpf_program *prog;
	struct tried tried = { 0 };
	int r = host_btf(h, &btf);

	bpf_object__for_each_program(prog, obj)
		bpf_program__set_autoload(prog, false);
	for (size_t i = 0; !r && i < n; i++) {
		hook_choose(h, o, btf, &tried, &hooks[i]);
		if (hooks[i].chosen)
			r = select_program(h, obj, hooks[i].chosen);
	}
	return r;
}

/* The function's name in this kernel is the second word of via. */
static struct bpf_link *hook_attach(struct bpf_program *prog, const struct hook *hook)
{
	const char *target = strchr(hook->via, ' ') + 1;

	switch (hook->chosen->means) {
	case HOOK_KPROBE:
		return bpf_program__attach_kprobe(prog, false, target);
	case HOOK_KRETPROBE:
		return bpf_program__attach_kprobe(prog, true, target);
	default:
		return bpf_program__attach(prog);
	}
}

size_t hooks_attach(struct bpf_object *obj, struct hook *hooks, size_t n)
{
	size_t attached = 0;

	for (size_t i = n; i-- > 0;) {
		struct hook *hook = &hooks[i];
		struct bpf_program *prog;

		if (!hook->chosen)
			continue;
		prog = bpf_object__find_program_by_name(obj, hook->chosen->program);
		hook->link = hook_attach(prog, hook);
		if (hook->link)
			attached++;
		else
			bpf_why(-errno, strchr(hook->via, ' ') + 1, hook->why,
				sizeof(hook->why));
	}
	return attached;
}

void hooks_detach(struct hook *hooks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bpf_link__destroy(hooks[i].link);
		hooks[i].link = NULL;
	}
}
