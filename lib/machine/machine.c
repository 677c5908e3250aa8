// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/container.h"
#include "host/cpuinfo.h"
#include "host/cpus.h"
#include "host/kernel_names.h"
#include "host/kconfig.h"
#include "util/file.h"
#include "linmap/linmap_files.h"
#include "machine/machine.h"
#include "host/meminfo.h"
#include "host/midr.h"
#include "tracing/patch_series.h"
#include "snapshot/source.h"
#include "host/virt.h"
#include "util/util.h"

struct machine {
	struct host *host;
	unsigned int parts;	   /* of patch_series_parts(), which is asked for once */
	enum linmap_walked walked; /* by the last snapshot that had a page walk */
	struct linmap_inputs boot; /* of linmap_read(): it does not change */
	int boot_error;
	bool virtual; /* the list of online CPUs is not the kernel's */
	char why_virtual[128];
};

static void add_model(struct machine_bbml2 *b, uint32_t midr)
{
	char name[64];
	size_t at = strlen(b->models);

	midr_format(midr, name, sizeof(name));
	if (!strstr(b->models, name))
		snprintf(b->models + at, sizeof(b->models) - at, "%s%s", at ? ", " : "", name);
}

/* The kernel's own list wins; it may have CPUs that are offline now. */
static void hear_bbml2(const struct host *h, struct machine_bbml2 *b)
{
	struct linmap_files said;

	if (linmap_files_read(h->root, &said) || !said.have_bbml2)
		return;
	b->told = true;
	b->listed = (struct cpulist){ 0 };
	cpulist_for_each(cpu, &b->online)
	{
		if (cpulist_has(&said.bbml2, cpu))
			cpulist_add(&b->listed, cpu);
	}
}

/* Linux 7.x calls BBML3 what 6.18 calls BBML2; its version says so only where its types do
 * not. */
static bool calls_it_bbml3(struct host *h)
{
	const struct btf *btf;

	return host_btf(h, &btf) ? host_at_least(h, 7, 0)
				 : kernel_has_function(h, FUNC_CPU_SUPPORTS_BBML3);
}

int machine_bbml2(struct host *h, bool virtual, struct machine_bbml2 *ret)
{
	struct machine_bbml2 b = { .bbml3 = calls_it_bbml3(h) };
	uint32_t midr;
	int r;

	r = cpus_online(h->root, virtual, &b.online);
	if (r)
		return r;
	cpulist_for_each(cpu, &b.online)
	{
		if (midr_read(h->root, cpu, &midr)) {
			b.unreadable++;
			continue;
		}
		add_model(&b, midr);
		if (midr_bbml2_noabort(midr, b.bbml3))
			cpulist_add(&b.listed, cpu);
	}
	hear_bbml2(h, &b);
	*ret = b;
	return 0;
}

bool machine_is_patched(const struct host *h, unsigned int *abi)
{
	uint64_t n;

	if (file_read_u64(h->root, LINMAP_DIR "/abi", &n) || n > UINT_MAX)
		return false;
	*abi = n;
	return true;
}

/* Add to what was given at boot what can change, and what the page tables show. */
static void linmap_now(struct host *h, bool virtual, enum linmap_walked walked,
		       struct linmap_inputs *ret)
{
	struct linmap_files said;
	struct machine_bbml2 b;
	bool have_cpus = !machine_bbml2(h, virtual, &b);

	ret->split_on_demand = linmap_splits(h);
	if (have_cpus) {
		ret->bbml3 = b.bbml3;
		ret->cpus_off_list = cpulist_count(&b.online) - cpulist_count(&b.listed);
		ret->bbml2 = !ret->cpus_off_list && cpulist_count(&b.online);
	}
	if (!linmap_files_read(h->root, &said))
		linmap_hear(ret, &said, have_cpus ? &b.online : NULL);
	ret->walked = walked;
}

int machine_linmap(struct host *h, enum linmap_walked walked, struct linmap_inputs *ret)
{
	char why[128];
	int r = linmap_read(h, ret),
	    virtual = r ? 0 : cpus_are_virtual(h->root, why, sizeof(why));

	if (!r && virtual < 0)
		r = virtual;
	if (!r)
		linmap_now(h, virtual, walked, ret);
	return r;
}

static void machine_read_cpus(const struct machine *m, struct snapshot *s)
{
	struct cpulist online;
	char why[256];
	int r = cpus_online(m->host->root, m->virtual, &online);

	if (r)
		snapshot_fact_lacks(s, FACT_CPUS, file_why(r, CPUS_ONLINE, why, sizeof(why)));
	else if (m->virtual)
		snapshot_fact_lacks(s, FACT_CPUS, m->why_virtual);
	else
		snapshot_fact(s, FACT_CPUS, snapshot_intern(s, "%u", cpulist_count(&online)));
}

static void read_x86_model(const struct host *h, struct snapshot *s)
{
	_cleanup_free_ char *text = NULL;
	char name[128], why[256];
	int r = file_read(h->root, "/proc/cpuinfo", &text, NULL);

	if (r)
		snapshot_fact_lacks(s, FACT_CPU_MODEL,
				    file_why(r, "/proc/cpuinfo", why, sizeof(why)));
	else if (cpuinfo_field(text, "model name", name, sizeof(name)))
		snapshot_fact_lacks(s, FACT_CPU_MODEL, "/proc/cpuinfo has no line model name");
	else
		snapshot_fact(s, FACT_CPU_MODEL, name);
	snapshot_fact_lacks(s, FACT_BBML2, "arm64 only");
}

static void read_arm64_model(const struct machine *m, struct snapshot *s)
{
	struct machine_bbml2 b;
	char list[256], why[256];
	int r = machine_bbml2(m->host, m->virtual, &b);

	if (r || !*b.models) {
		const char *reason =
			r ? file_why(r, CPUS_ONLINE, why, sizeof(why))
			  : "no CPU's regs/identification/midr_el1 can be read below "
			    "/sys/devices/system/cpu";

		snapshot_fact_lacks(s, FACT_CPU_MODEL, reason);
		snapshot_fact_lacks(s, FACT_BBML2, reason);
		return;
	}
	snapshot_fact(s, FACT_CPU_MODEL, b.models);
	if (b.unreadable && !b.told)
		snapshot_fact_lacks(s, FACT_BBML2, "the MIDR of some CPUs cannot be read");
	else if (cpulist_count(&b.listed))
		snapshot_fact(s, FACT_BBML2,
			      snapshot_intern(s, "%sCPUs %s", b.bbml3 ? "BBML3: " : "",
					      cpulist_format(&b.listed, list, sizeof(list))));
	else
		snapshot_fact(s, FACT_BBML2, "no CPU");
}

static void machine_read_kfence(const struct host *h, struct snapshot *s)
{
	static const char path[] = "/sys/module/kfence/parameters/sample_interval";
	uint64_t interval;
	char why[256];
	int r = file_read_u64(h->root, path, &interval);

	if (!r)
		snapshot_fact(s, FACT_KFENCE, snapshot_intern(s, "%" PRIu64 " ms", interval));
	else if (r == -ENOENT && file_exists(h->root, "/sys/module"))
		snapshot_fact(s, FACT_KFENCE, "not built in");
	else
		snapshot_fact_lacks(s, FACT_KFENCE, file_why(r, path, why, sizeof(why)));
}

/* @why, and what the kernel says of it in words that are not known here. */
static void machine_set_linear_map(const struct host *h, struct snapshot *s, const char *why)
{
	struct linmap_files said;

	if (!linmap_files_read(h->root, &said) && said.mode == LINMAP_UNKNOWN)
		why = snapshot_intern(s,
				      "%s (inferred: the kernel says '%s' by ABI %" PRIu64
				      ", unknown to this pgtop)",
				      why, said.words, said.abi);
	snapshot_fact(s, FACT_LINEAR_MAP, why);
}

static void machine_set_rodata(struct snapshot *s, const struct linmap_inputs *in)
{
	char config[192];

	if (in->rodata_assumed)
		snapshot_fact_lacks(
			s, FACT_RODATA,
			snapshot_intern(
				s, "rodata= is not on the command line, and %s",
				kconfig_why(in->config_error, config, sizeof(config))));
	else
		snapshot_fact(s, FACT_RODATA,
			      snapshot_intern(s, "%s%s", linmap_rodata_word(in),
					      in->rodata_given ? "" : " (default)"));
}

static void read_linear_map(const struct machine *m, struct snapshot *s)
{
	struct linmap_inputs in = m->boot;
	struct linmap_verdict verdict;
	char why[256];

	if (m->host->arch == ARCH_X86_64) {
		snapshot_fact(s, FACT_LINEAR_MAP,
			      m->walked == LINMAP_WALKED_PAGES
				      ? "pages: measured; why is not known to pgtop"
				      : "blocks, split on demand by the kernel");
		snapshot_fact_lacks(s, FACT_RODATA, "arm64 only");
		return;
	}
	if (m->boot_error) {
		file_why(m->boot_error, "/proc/cmdline", why, sizeof(why));
		snapshot_fact_lacks(s, FACT_LINEAR_MAP, why);
		snapshot_fact_lacks(s, FACT_RODATA, why);
		return;
	}
	linmap_now(m->host, m->virtual, m->walked, &in);
	linmap_judge(&in, &verdict);
	if (verdict.unknown)
		snapshot_fact_lacks(s, FACT_LINEAR_MAP, verdict.why);
	else
		machine_set_linear_map(m->host, s, verdict.why);
	machine_set_rodata(s, &in);
}

static void read_collapse(const struct host *h, struct snapshot *s)
{
	static const char path[] = LINMAP_DIR "/collapse_auto";
	_cleanup_free_ char *word = NULL;
	char why[256];
	int r = file_read_line(h->root, path, &word);

	if (!r)
		snapshot_fact(s, FACT_COLLAPSE, word);
	else if (r == -ENOENT && file_place_exists(h->root, path))
		snapshot_fact_lacks(s, FACT_COLLAPSE, "this kernel has no such switch");
	else
		snapshot_fact_lacks(s, FACT_COLLAPSE, file_why(r, path, why, sizeof(why)));
}

static void read_place(const struct host *h, struct snapshot *s)
{
	char text[128], why[256];
	int r = container_detect(h->root, text, sizeof(text));

	if (r)
		snapshot_fact_lacks(s, FACT_CONTAINER,
				    file_why(r, "/proc/self/ns/pid", why, sizeof(why)));
	else
		snapshot_fact(s, FACT_CONTAINER, text);
	r = virt_detect(h->root, text, sizeof(text));
	if (!r)
		snapshot_fact(s, FACT_VIRT, text);
	else if (r == -ENOENT)
		snapshot_fact_lacks(s, FACT_VIRT,
				    "neither the CPU, DMI nor the device tree tells");
	else
		snapshot_fact_lacks(s, FACT_VIRT,
				    file_why(r, "/proc/cpuinfo", why, sizeof(why)));
}

/* The memory source has read it, in most snapshots. */
static void read_memory(const struct host *h, struct snapshot *s)
{
	const struct value *total = &s->field[F_MEM_TOTAL];
	uint64_t bytes = total->n;
	char text[256];
	const char *why = total->why;

	if (!total->known && !why && meminfo_ram(h->root, &bytes, text, sizeof(text)))
		why = text;
	if (why)
		snapshot_fact_lacks(s, FACT_MEMORY, why);
	else
		snapshot_fact(s, FACT_MEMORY, snapshot_intern(s, "%" PRIu64, bytes / 1024));
}

static int machine_open(struct host *h, const struct source_options *o, struct probe *p,
			void **ret)
{
	struct machine *m = calloc(1, sizeof(*m));
	int virtual;

	if (!m)
		return -ENOMEM;
	m->host = h;
	m->parts = patch_series_parts(h);
	if (h->arch != ARCH_X86_64)
		m->boot_error = linmap_read(h, &m->boot);
	virtual = cpus_are_virtual(h->root, m->why_virtual, sizeof(m->why_virtual));
	m->virtual = virtual > 0;
	if (m->boot_error == -ENOMEM || virtual < 0) {
		free(m);
		return -ENOMEM;
	}
	*ret = m;
	return 0;
}

/* ABI 0: parts of the series that need no number, such as its events. */
static void read_series(const struct machine *m, struct snapshot *s)
{
	unsigned int abi = 0;
	char names[128];
	bool patched = machine_is_patched(m->host, &abi);

	if (!patched && !m->parts && !file_place_exists(m->host->root, LINMAP_DIR)) {
		snapshot_fact_lacks(s, FACT_PATCH_ABI,
				    LINMAP_DIR " cannot be looked for: "
					       "sysfs is not mounted on /sys");
		return;
	}
	if (!patched && !m->parts) {
		snapshot_fact(s, FACT_PATCH_ABI, "stock");
		return;
	}
	snapshot_fact(s, FACT_PATCH_ABI,
		      snapshot_intern(s, "%u%s%s%s%s", abi,
				      abi > LINMAP_ABI ? ", unknown to this pgtop" : "",
				      m->parts ? " (" : "",
				      patch_series_names(m->parts, names, sizeof(names)),
				      m->parts ? ")" : ""));
}

static int machine_read(void *source, struct snapshot *s)
{
	struct machine *m = source;
	const struct host *h = m->host;
	enum linmap_walked walked = linmap_walked(s);

	if (walked)
		m->walked = walked;
	snapshot_fact(s, FACT_ARCH, h->arch_name);
	snapshot_fact(s, FACT_KERNEL, h->release);
	snapshot_fact(s, FACT_GRANULE, snapshot_intern(s, "%" PRIu64, h->page_size));
	read_series(m, s);
	if (h->arch == ARCH_ARM64)
		read_arm64_model(m, s);
	else
		read_x86_model(h, s);
	machine_read_cpus(m, s);
	read_memory(h, s);
	machine_read_kfence(h, s);
	read_linear_map(m, s);
	read_collapse(h, s);
	read_place(h, s);
	return snapshot_error(s);
}

static void machine_close(void *source)
{
	free(source);
}

const struct source_class source_machine = {
	.name = "machine",
	.open = machine_open,
	.read = machine_read,
	.close = machine_close,
};
