// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/cmdline.h"
#include "host/kconfig.h"
#include "host/kernel_names.h"
#include "util/file.h"
#include "linmap/linmap_mode.h"
#include "util/number.h"
#include "util/util.h"

#define KFENCE_INTERVAL "/sys/module/kfence/parameters/sample_interval"
/* arch/arm64/kernel/rsi.c, arm64_create_dummy_rsi_dev() */
#define REALM_DEVICE "/sys/devices/platform/arm-cca-dev"

/*
 * arch/arm64/include/asm/setup.h, arch_parse_debug_rodata(): full, on, off.  From 6.18 on "on"
 * is what was "full", "noalias" what was "on", and full is not configurable any more.
 */
static void read_rodata(const char *cmdline, const char *config, struct linmap_inputs *in)
{
	const struct {
		const char *word;
		enum rodata means;
	} known[] = {
		{ in->noalias_word ? "on" : "full", RODATA_FULL },
		{ in->noalias_word ? "noalias" : "on", RODATA_ON },
		{ "off", RODATA_OFF },
	};
	struct cmdline_word w;

	in->rodata = RODATA_FULL;
	if (config && !in->noalias_word &&
	    !kconfig_has(config, "CONFIG_RODATA_FULL_DEFAULT_ENABLED=y"))
		in->rodata = RODATA_ON;
	while (cmdline_find(&cmdline, "rodata", &w)) {
		for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
			if (!cmdline_says(&w, known[i].word))
				continue;
			in->rodata = known[i].means;
			in->rodata_given = true;
		}
	}
	/* Full is the default of Kconfig, but which it was built with is not known. */
	in->rodata_assumed = !in->rodata_given && !config && !in->noalias_word;
}

/* get_option() (lib/cmdline.c): the number a value begins with, kept in an int */
static bool leading_int(const struct cmdline_word *w, bool *is_zero)
{
	char text[32];
	const char *p = text;
	uint64_t n;

	snprintf(text, sizeof(text), "%.*s", (int)w->value_len, w->value ?: "");
	p += *p == '-';
	if (*p < '0' || *p > '9' || scan_u64(&p, !strncasecmp(p, "0x", 2) ? 16 : 10, &n))
		return false;
	*is_zero = !(uint32_t)n;
	return true;
}

/*
 * arch/arm64/mm/mmu.c, parse_kfence_early_init(): early if the interval given at boot, or the
 * one built in, is not 0.  The one in sysfs is what it was built with unless somebody wrote
 * it.  Linux before 6.4 has nothing early: can_set_direct_map() asks for CONFIG_KFENCE only.
 */
static void linmap_mode_read_kfence(const struct host *h, const char *cmdline,
				    const char *config, struct linmap_inputs *in)
{
	const char *root = h->root;
	struct cmdline_word w;
	uint64_t interval;
	bool given = false;

	in->kfence = file_exists(root, KFENCE_INTERVAL);
	if (!in->kfence && !file_exists(root, "/sys/module")) {
		in->kfence = config && kconfig_has(config, "CONFIG_KFENCE=y");
		in->kfence_unknown = !config;
	}
	if (!in->kfence)
		return;
	in->kfence_any = !host_at_least(h, 6, 4);
	if (in->kfence_any)
		return;
	while (cmdline_find(&cmdline, "kfence.sample_interval", &w))
		given |= leading_int(&w, &in->kfence_late);
	if (given)
		return;
	if (config)
		in->kfence_late = kconfig_has(config, "CONFIG_KFENCE_SAMPLE_INTERVAL=0");
	else
		in->kfence_late = file_read_u64(root, KFENCE_INTERVAL, &interval) || !interval;
}

/* kstrtobool() (lib/kstrtox.c) */
static bool word_bool(const struct cmdline_word *w, bool *ret)
{
	const char *v = w->value;
	bool on = w->value_len && (strchr("yYtT1", *v) || !strncasecmp(v, "on", 2));
	bool off = w->value_len && (strchr("nNfF0", *v) || !strncasecmp(v, "of", 2));

	if (on || off)
		*ret = on;
	return on || off;
}

/* mm/debug_page_alloc.c: only where it is built in, and then off unless asked for. */
static void read_debug_pagealloc(const char *cmdline, const char *config,
				 struct linmap_inputs *in)
{
	struct cmdline_word w;

	if (config && !kconfig_has(config, "CONFIG_DEBUG_PAGEALLOC=y"))
		return;
	in->debug_pagealloc =
		config && kconfig_has(config, "CONFIG_DEBUG_PAGEALLOC_ENABLE_DEFAULT=y");
	while (cmdline_find(&cmdline, "debug_pagealloc", &w))
		word_bool(&w, &in->debug_pagealloc);
	in->debug_pagealloc_assumed = in->debug_pagealloc && !config;
}

/*
 * map_mem() of Linux 5.11 to 6.3: crashkernel= forces pages if the memory is chosen late,
 * which is where there is a DMA zone (defer_reserve_crashkernel(); the default of Kconfig).
 */
static void read_crashkernel(const struct host *h, const char *cmdline, const char *config,
			     struct linmap_inputs *in)
{
	struct cmdline_word w;

	if (!host_at_least(h, 5, 11) || host_at_least(h, 6, 4) ||
	    !cmdline_find(&cmdline, "crashkernel", &w))
		return;
	in->crashkernel_assumed = !config;
	in->crashkernel = !config || (kconfig_has(config, "CONFIG_KEXEC_CORE=y") &&
				      (kconfig_has(config, "CONFIG_ZONE_DMA=y") ||
				       kconfig_has(config, "CONFIG_ZONE_DMA32=y")));
}

int linmap_read(const struct host *h, struct linmap_inputs *ret)
{
	_cleanup_free_ char *cmdline = NULL, *config = NULL;
	int r = file_read(h->root, "/proc/cmdline", &cmdline, NULL);

	if (r)
		return r;
	*ret = (struct linmap_inputs){ .noalias_word = host_at_least(h, 6, 18) };
	ret->config_error = kconfig_read(h->root, h->release, &config);
	if (ret->config_error == -ENOMEM)
		return -ENOMEM;
	read_rodata(cmdline, config, ret);
	linmap_mode_read_kfence(h, cmdline, config, ret);
	read_crashkernel(h, cmdline, config, ret);
	ret->realm = file_exists(h->root, REALM_DEVICE);
	if (cmdline_value(cmdline, "linear_map.bbml2", ret->bbml2_word,
			  sizeof(ret->bbml2_word)))
		*ret->bbml2_word = '\0';
	read_debug_pagealloc(cmdline, config, ret);
	return 0;
}

bool linmap_splits(struct host *h)
{
	const struct ksyms *k;
	const struct btf *btf;

	if (kernel_has_event(h, EVENT_LINMAP_SPLIT) ||
	    kernel_has_function(h, FUNC_SPLIT_KERNEL_LEAF_MAPPING) ||
	    kernel_function(h, FUNC_SPLIT_KERNEL_LEAF_MAPPING))
		return true;
	return host_btf(h, &btf) && host_ksyms(h, &k) && host_at_least(h, 6, 18);
}

const char *linmap_rodata_word(const struct linmap_inputs *in)
{
	static const char *const word[] = { "full", "on", "off" };
	static const char *const newer[] = { "on", "noalias", "off" };

	return (in->noalias_word ? newer : word)[in->rodata];
}

void linmap_hear(struct linmap_inputs *in, const struct linmap_files *said,
		 const struct cpulist *online)
{
	struct cpulist unable = { 0 };

	if (said->mode == LINMAP_UNKNOWN)
		return;
	in->told = said->mode;
	in->split_on_demand = true;
	in->bbml2 = said->mode == LINMAP_BLOCK_SPLIT || said->reasons & LINMAP_BBML2;
	in->debug_pagealloc = said->reasons & LINMAP_DEBUG_PAGEALLOC;
	/* It does not say which of the other values it was given. */
	if (said->reasons & LINMAP_RODATA_FULL)
		in->rodata = RODATA_FULL;
	else if (in->rodata == RODATA_FULL && said->reasons && !in->debug_pagealloc)
		in->rodata = RODATA_ON;
	if (said->reasons && !in->debug_pagealloc)
		in->rodata_assumed = false;
	if (!in->debug_pagealloc)
		in->kfence_late = said->reasons & LINMAP_KFENCE_LATE;
	if (!online || !said->have_bbml2)
		return;
	cpulist_for_each(cpu, online)
	{
		if (!cpulist_has(&said->bbml2, cpu))
			cpulist_add(&unable, cpu);
	}
	cpulist_format(&unable, in->unable, sizeof(in->unable));
}
