// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "container.h"
#include "cpuinfo.h"
#include "file.h"
#include "machine.h"
#include "meminfo.h"
#include "midr.h"
#include "sources.h"
#include "util.h"

#define LINEAR_MAP "/sys/kernel/mm/linear_map"
#define ONLINE	   "/sys/devices/system/cpu/online"

static void add_model(struct machine_bbml2 *b, uint32_t midr)
{
	char name[64];
	size_t at = strlen(b->models);

	midr_format(midr, name, sizeof(name));
	if (!strstr(b->models, name))
		snprintf(b->models + at, sizeof(b->models) - at, "%s%s", at ? ", " : "", name);
}

int machine_bbml2(const struct host *h, struct machine_bbml2 *ret)
{
	struct machine_bbml2 b = { 0 };
	uint32_t midr;
	int r;

	r = cpulist_read(h->root, ONLINE, &b.online);
	if (r)
		return r;
	cpulist_for_each(cpu, &b.online)
	{
		if (midr_read(h->root, cpu, &midr)) {
			b.unreadable++;
			continue;
		}
		add_model(&b, midr);
		if (midr_bbml2_noabort(midr))
			cpulist_add(&b.listed, cpu);
	}
	*ret = b;
	return 0;
}

bool machine_is_patched(const struct host *h, unsigned int *abi)
{
	uint64_t n;

	if (file_read_u64(h->root, LINEAR_MAP "/abi", &n) || n > UINT_MAX)
		return false;
	*abi = n;
	return true;
}

int machine_linmap(const struct host *h, struct linmap_inputs *ret)
{
	struct machine_bbml2 b;
	unsigned int abi;
	int r;

	r = linmap_read(h, ret);
	if (r)
		return r;
	ret->split_on_demand = host_at_least(h, 6, 18) || machine_is_patched(h, &abi);
	if (machine_bbml2(h, &b))
		return 0;
	ret->cpus_off_list = cpulist_count(&b.online) - cpulist_count(&b.listed);
	ret->bbml2 = !ret->cpus_off_list && cpulist_count(&b.online);
	return 0;
}

static void read_cpus(const struct host *h, struct snapshot *s)
{
	struct cpulist online;
	char why[256];
	int r = cpulist_read(h->root, ONLINE, &online);

	if (r)
		snapshot_fact_lacks(s, FACT_CPUS, file_why(r, ONLINE, why, sizeof(why)));
	else
		snapshot_fact(s, FACT_CPUS, snapshot_intern(s, "%u", cpulist_count(&online)));
}

static void read_x86_model(const struct host *h, struct snapshot *s)
{
	_cleanup_free_ char *text = NULL;
	char name[128], why[256];
	int r = file_read(h->root, "/proc/cpuinfo", &text, NULL);

	if (!r)
		r = cpuinfo_field(text, "model name", name, sizeof(name));
	if (r)
		snapshot_fact_lacks(s, FACT_CPU_MODEL,
				    file_why(r, "/proc/cpuinfo", why, sizeof(why)));
	else
		snapshot_fact(s, FACT_CPU_MODEL, name);
	snapshot_fact_lacks(s, FACT_BBML2, "arm64 only");
}

static void read_arm64_model(const struct host *h, struct snapshot *s)
{
	struct machine_bbml2 b;
	char list[256], why[256];
	int r = machine_bbml2(h, &b);

	if (r || !*b.models) {
		const char *reason =
			r ? file_why(r, ONLINE, why, sizeof(why))
			  : "no CPU's regs/identification/midr_el1 can be read below "
			    "/sys/devices/system/cpu";

		snapshot_fact_lacks(s, FACT_CPU_MODEL, reason);
		snapshot_fact_lacks(s, FACT_BBML2, reason);
		return;
	}
	snapshot_fact(s, FACT_CPU_MODEL, b.models);
	if (b.unreadable)
		snapshot_fact_lacks(s, FACT_BBML2, "the MIDR of some CPUs cannot be read");
	else if (cpulist_count(&b.listed))
		snapshot_fact(s, FACT_BBML2,
			      snapshot_intern(s, "CPUs %s",
					      cpulist_format(&b.listed, list, sizeof(list))));
	else
		snapshot_fact(s, FACT_BBML2, "no CPU");
}

static void read_kfence(const struct host *h, struct snapshot *s)
{
	uint64_t interval;
	char why[256];
	int r = file_read_u64(h->root, "/sys/module/kfence/parameters/sample_interval",
			      &interval);

	if (r == -ENOENT)
		snapshot_fact(s, FACT_KFENCE, "not built in");
	else if (r)
		snapshot_fact_lacks(s, FACT_KFENCE,
				    file_why(r,
					     "/sys/module/kfence/parameters/sample_interval",
					     why, sizeof(why)));
	else
		snapshot_fact(s, FACT_KFENCE, snapshot_intern(s, "%" PRIu64 " ms", interval));
}

/* A patched kernel says itself what it did. */
static bool read_patched_mode(const struct host *h, struct snapshot *s)
{
	_cleanup_free_ char *mode = NULL, *reason = NULL;

	if (file_read_line(h->root, LINEAR_MAP "/mode", &mode))
		return false;
	if (file_read_line(h->root, LINEAR_MAP "/reason", &reason))
		snapshot_fact(s, FACT_LINEAR_MAP, mode);
	else
		snapshot_fact(s, FACT_LINEAR_MAP, snapshot_intern(s, "%s: %s", mode, reason));
	return true;
}

/*
 * What the walk of the linear map says of an inferred mode that it refutes, else NULL.  Some
 * memory is in pages in any case, and a few blocks may be left among pages.
 */
static const char *refuted_by_walk(const struct host *h, const struct snapshot *s, bool pages)
{
	const struct value *total = &s->field[F_LINEAR_TOTAL];
	const struct table *t = &s->table[TABLE_LINEAR_MAP];
	const struct row *base = table_find(t, h->page_size, NULL);
	uint64_t base_bytes = 0;

	if (!total->known || !total->n)
		return NULL;
	if (base && row_get(t, base, "bytes").known)
		base_bytes = row_get(t, base, "bytes").n;
	if (!pages && base_bytes > total->n / 10 * 9)
		return "pages: measured; why is not known to pgtop";
	if (pages && base_bytes < total->n / 2)
		return "blocks: measured; why is not known to pgtop";
	return NULL;
}

static void read_linear_map(const struct host *h, struct snapshot *s)
{
	struct linmap_verdict verdict;
	struct linmap_inputs in;
	const char *measured;
	char why[256];
	int r;

	if (h->arch == ARCH_X86_64) {
		measured = refuted_by_walk(h, s, false);
		snapshot_fact(s, FACT_LINEAR_MAP,
			      measured ? measured : "blocks, split on demand by the kernel");
		snapshot_fact_lacks(s, FACT_RODATA, "arm64 only");
		return;
	}
	r = machine_linmap(h, &in);
	if (r) {
		file_why(r, "/proc/cmdline", why, sizeof(why));
		snapshot_fact_lacks(s, FACT_LINEAR_MAP, why);
		snapshot_fact_lacks(s, FACT_RODATA, why);
		return;
	}
	linmap_judge(&in, &verdict);
	measured = refuted_by_walk(h, s, verdict.pages);
	if (!read_patched_mode(h, s))
		snapshot_fact(s, FACT_LINEAR_MAP, measured ? measured : verdict.why);
	snapshot_fact(s, FACT_RODATA,
		      snapshot_intern(s, "%s%s", linmap_rodata_word(&in),
				      in.rodata_given ? "" : " (default)"));
}

static void read_place(const struct host *h, struct snapshot *s)
{
	char text[128];

	if (container_detect(h->root, text, sizeof(text)))
		snapshot_fact_lacks(s, FACT_CONTAINER, "/proc/self/ns/pid cannot be read");
	else
		snapshot_fact(s, FACT_CONTAINER, text);
	if (virt_detect(h->root, text, sizeof(text)))
		snapshot_fact_lacks(s, FACT_VIRT,
				    "neither the CPU, DMI nor the device tree tells");
	else
		snapshot_fact(s, FACT_VIRT, text);
}

static void read_memory(const struct host *h, struct snapshot *s)
{
	_cleanup_free_ char *text = NULL;
	uint64_t bytes;
	char why[256];
	int r = file_read(h->root, "/proc/meminfo", &text, NULL);

	if (!r)
		r = meminfo_bytes(text, "MemTotal", &bytes);
	if (r)
		snapshot_fact_lacks(s, FACT_MEMORY,
				    file_why(r, "/proc/meminfo", why, sizeof(why)));
	else
		snapshot_fact(s, FACT_MEMORY, snapshot_intern(s, "%" PRIu64, bytes / 1024));
}

static int machine_open(struct host *h, const struct sources_options *o, struct probe *p,
			void **ret)
{
	*ret = h;
	return 0;
}

static int machine_read(void *source, struct snapshot *s)
{
	const struct host *h = source;
	unsigned int abi;

	snapshot_fact(s, FACT_ARCH, h->arch_name);
	snapshot_fact(s, FACT_KERNEL, h->release);
	snapshot_fact(s, FACT_GRANULE, snapshot_intern(s, "%" PRIu64, h->page_size));
	snapshot_fact(s, FACT_PATCH_ABI,
		      machine_is_patched(h, &abi) ? snapshot_intern(s, "%u", abi) : "stock");
	if (h->arch == ARCH_ARM64)
		read_arm64_model(h, s);
	else
		read_x86_model(h, s);
	read_cpus(h, s);
	read_memory(h, s);
	read_kfence(h, s);
	read_linear_map(h, s);
	read_place(h, s);
	return snapshot_error(s);
}

static void machine_close(void *source)
{
}

const struct source_class source_machine = {
	.name = "machine",
	.open = machine_open,
	.read = machine_read,
	.close = machine_close,
};
