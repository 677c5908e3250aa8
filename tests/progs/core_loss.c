// SPDX-License-Identifier: GPL-2.0-only
/*
 * core_loss - what pgtop loses on kernels that differ from this one in one thing
 *
 * It makes this kernel's BTF anew with one change, opens all sources that load programs on it,
 * and prints which rows of doctor are worse than on the true one.  Prints
 *
 *   row NAME STATE                       on the true one
 *   gone NAME: ROW STATE, ROW STATE...   the member, value, function or tracepoint has another
 *                                        name; nothing behind the colon: nothing is lost
 *   nested members: ...                  all members are in anonymous structs, where they were
 *   moved values: ...                    all values of enums are other numbers
 *   end N parts
 *
 * The members and values are those of the types in the objects' own BTF that this kernel has,
 * too, so that none is forgotten; functions and tracepoints are those of
 * lib/host/kernel_names.h.
 *
 * libbpf and the library read the kernel's BTF by btf__load_vmlinux_btf(), which is defined
 * here and so taken instead.  What is added to it comes last: types keep the numbers by which
 * the kernel knows what a program attaches to.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "host/kernel_names.h"
#include "pagewalk/pagewalk.h"
#include "sources.h"
#include "tool.h"

#include "contpte.skel.h"
#include "folio.skel.h"
#include "linmap.skel.h"
#include "pagewalk.skel.h"
#include "tlbflush.skel.h"

static struct btf *kernel, *changed;
static struct probe *rows; /* on the true BTF */

/* A member of a struct or a value of an enum of the kernel: the @i-th of type @id. */
static struct part {
	__u32 id;
	int i;
	char name[96];
} parts[128];
static size_t nparts;

static struct btf *copy_of(const struct btf *btf)
{
	uint32_t size;
	const void *data = btf__raw_data(btf, &size);
	struct btf *copy = data ? btf__new(data, size) : NULL;

	if (!copy)
		die("btf__new");
	return copy;
}

struct btf *btf__load_vmlinux_btf(void)
{
	return copy_of(changed ? changed : kernel);
}

/* Modules have not been built for the changed one. */
int bpf_btf_get_next_id(__u32 start, __u32 *next)
{
	(void)start;
	(void)next;
	errno = ENOENT;
	return -ENOENT;
}

/* --- what there is ----------------------------------------------------------- */

static void walk(struct host *h, unsigned int what, struct probe *p)
{
	struct pagewalk *w;

	if (pagewalk_new(h, what, p, &w))
		die("pagewalk_new");
	pagewalk_free(w);
}

static struct probe *look(void)
{
	static const char *const names[] = { "linmap", "tlbflush", "contpte" };
	struct source_options o = { 0 };
	struct probe *p = probe_new();
	struct sources *sources;
	uint64_t wanted = 0;
	struct host *h;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		wanted |= sources_bit(names[i]);
	if (!p || host_new("", &h) || sources_new(h, &o, wanted, p, &sources))
		die("sources_new");
	walk(h, PAGEWALK_KERNEL, p);
	walk(h, PAGEWALK_PROCESS | PAGEWALK_FOLIOS, p);
	sources_free(sources);
	host_free(h);
	return p;
}

static void print_losses(const char *change, const char *name)
{
	struct probe *p = look();
	const char *separator = " ";

	printf("%s %s:", change, name);
	for (size_t i = 0; i < rows->n; i++) {
		const struct probe_row *now = probe_find(p, rows->rows[i].name);

		if (now && now->state <= rows->rows[i].state)
			continue;
		printf("%s%s %s", separator, rows->rows[i].name,
		       now ? probe_state_name(now->state) : "absent");
		separator = ", ";
	}
	for (size_t i = 0; i < p->n; i++) {
		const struct probe_row *r = &p->rows[i];

		if (r->state == PROBE_OK || probe_find(rows, r->name))
			continue;
		printf("%s%s %s", separator, r->name, probe_state_name(r->state));
		separator = ", ";
	}
	putchar('\n');
	probe_free(p);
}

/* --- changes ----------------------------------------------------------------- */

/* A BTF that can be written to.  Returns where in it the name is that nobody looks for. */
static __u32 change(void)
{
	int at;

	changed = copy_of(kernel);
	at = btf__add_str(changed, "pgtop_gone");
	if (at < 0)
		die("btf__add_str");
	return (__u32)at;
}

/* Print what is lost on @changed, which ends here. */
static void try_changed(const char *what, const char *name)
{
	print_losses(what, name);
	btf__free(changed);
	changed = NULL;
}

static struct btf_type *type_of(__u32 id)
{
	return (struct btf_type *)btf__type_by_id(changed, id);
}

static void try_part_gone(const struct part *p)
{
	__u32 gone = change();
	struct btf_type *t = type_of(p->id);

	if (btf_is_enum(t))
		btf_enum(t)[p->i].name_off = gone;
	else
		btf_members(t)[p->i].name_off = gone;
	try_changed("gone", p->name);
}

static void try_type_gone(__u32 id, const char *name)
{
	__u32 gone = change();

	type_of(id)->name_off = gone;
	try_changed("gone", name);
}

static void nest_member(__u32 id, int i)
{
	const struct btf_type *t = btf__type_by_id(kernel, id);
	struct btf_member m = btf_members(t)[i];
	__u32 bits = btf_member_bitfield_size(t, i), at = btf_member_bit_offset(t, i);
	int outer =
		btf__add_struct(changed, NULL, bits ? 4 : btf__resolve_size(kernel, m.type));

	if (outer < 0 || btf__add_field(changed, btf__name_by_offset(kernel, m.name_off),
					m.type, bits ? at % 32 : 0, bits))
		die("btf__add_field");
	m.name_off = 0;
	m.type = outer;
	m.offset = bits ? at - at % 32 : at;
	btf_members(type_of(id))[i] = m;
}

static void try_nested(void)
{
	change();
	for (size_t i = 0; i < nparts; i++) {
		if (!btf_is_enum(type_of(parts[i].id)))
			nest_member(parts[i].id, parts[i].i);
	}
	try_changed("nested", "members");
}

static void try_moved(void)
{
	change();
	for (size_t i = 0; i < nparts; i++) {
		if (btf_is_enum(type_of(parts[i].id)))
			btf_enum(type_of(parts[i].id))[parts[i].i].val++;
	}
	try_changed("moved", "values");
}

/* --- what to change ---------------------------------------------------------- */

static __u32 part_name(const struct btf_type *t, int i)
{
	return btf_is_enum(t) ? btf_enum(t)[i].name_off : btf_members(t)[i].name_off;
}

/* Whether part @i of @t is a struct or union without a name; @id: which. */
static bool is_anonymous(const struct btf_type *t, int i, __u32 *id)
{
	if (btf_is_enum(t) || *btf__name_by_offset(kernel, btf_members(t)[i].name_off))
		return false;
	*id = btf_members(t)[i].type;
	return btf_is_composite(btf__type_by_id(kernel, *id));
}

/* Find the part called @name of type @id, also in structs of it that have no name. */
static bool find_part(__u32 id, const char *name, struct part *ret)
{
	const struct btf_type *t = btf__type_by_id(kernel, id);
	__u32 inner;

	for (int i = 0; i < btf_vlen(t); i++) {
		if (!strcmp(btf__name_by_offset(kernel, part_name(t, i)), name)) {
			ret->id = id;
			ret->i = i;
			return true;
		}
		if (is_anonymous(t, i, &inner) && find_part(inner, name, ret))
			return true;
	}
	return false;
}

static void add_part(__u32 id, const char *type, const char *name)
{
	bool is_value = btf_is_enum(btf__type_by_id(kernel, id));
	struct part *p = &parts[nparts];

	if (!find_part(id, name, p))
		return;
	snprintf(p->name, sizeof(p->name), "%s%s%s", is_value ? "" : type, is_value ? "" : ".",
		 name);
	for (size_t k = 0; k < nparts; k++) {
		if (!strcmp(parts[k].name, p->name))
			return;
	}
	if (++nparts == sizeof(parts) / sizeof(*parts))
		die("more parts than there is room for");
}

/* The parts of @t, one of ours, that the kernel's type of that name has, too. */
static void add_type(const struct btf *ours, const struct btf_type *t)
{
	const char *name = btf__name_by_offset(ours, t->name_off), *end = strstr(name, "___");
	char type[64];
	int id;

	/* as libbpf does */
	snprintf(type, sizeof(type), "%.*s", (int)(end ? end - name : (long)strlen(name)),
		 name);
	id = btf__find_by_name_kind(kernel, type, btf_kind(t));
	/* Registers are user ABI and not looked for. */
	if (id <= 0 || !strcmp(type, "pt_regs"))
		return;
	for (int i = 0; i < btf_vlen(t); i++)
		add_part(id, type, btf__name_by_offset(ours, part_name(t, i)));
}

static void add_object(const void *(*elf)(size_t *size))
{
	size_t size;
	const void *data = elf(&size);
	struct bpf_object *obj = bpf_object__open_mem(data, size, NULL);
	const struct btf *ours = obj ? bpf_object__btf(obj) : NULL;

	if (!ours)
		die("bpf_object__btf");
	for (__u32 id = 1; id < btf__type_cnt(ours); id++) {
		const struct btf_type *t = btf__type_by_id(ours, id);

		if (t->name_off && (btf_is_struct(t) || btf_is_enum(t)))
			add_type(ours, t);
	}
	bpf_object__close(obj);
}

static void try_name(const char *name)
{
	char event[128];
	int id = btf__find_by_name_kind(kernel, name, BTF_KIND_FUNC);

	if (id > 0)
		try_type_gone(id, name);
	snprintf(event, sizeof(event), "btf_trace_%s", name);
	id = btf__find_by_name_kind(kernel, event, BTF_KIND_TYPEDEF);
	if (id > 0)
		try_type_gone(id, event);
}

static void try_all(const struct host *h)
{
	const char *name;

	for (size_t i = 0; i < nparts; i++)
		try_part_gone(&parts[i]);
	for (int n = KERNEL_NONE + 1; n < KERNEL_NAMES; n++) {
		for (size_t i = 0; (name = kernel_candidate(h, n, i)); i++)
			try_name(name);
	}
	try_nested();
	try_moved();
}

#define ADD_OBJECT(name) add_object(name##_bpf__elf_bytes)

int main(void)
{
	struct host *h;

	setvbuf(stdout, NULL, _IOLBF, 0);
	kernel = btf__parse_raw("/sys/kernel/btf/vmlinux");
	if (!kernel || host_new("", &h))
		die("/sys/kernel/btf/vmlinux");
	rows = look();
	for (size_t i = 0; i < rows->n; i++)
		printf("row %s %s\n", rows->rows[i].name,
		       probe_state_name(rows->rows[i].state));
	ADD_OBJECT(contpte);
	ADD_OBJECT(folio);
	ADD_OBJECT(linmap);
	ADD_OBJECT(pagewalk);
	ADD_OBJECT(tlbflush);
	try_all(h);
	printf("end %zu parts\n", nparts);
	probe_free(rows);
	host_free(h);
	btf__free(kernel);
	return 0;
}
