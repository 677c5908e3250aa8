// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "linmap_mode.h"
#include "number.h"
#include "util.h"

#define KFENCE_INTERVAL "/sys/module/kfence/parameters/sample_interval"

int cmdline_word(const char *cmdline, const char *name, char *buf, size_t len)
{
	size_t name_len = strlen(name);
	int r = -ENOENT;

	while (*cmdline) {
		size_t word = strcspn(cmdline, " \n");

		if (word > name_len && !strncmp(cmdline, name, name_len) &&
		    cmdline[name_len] == '=') {
			size_t value = word - name_len - 1;

			r = value < len ? 0 : -ENOSPC;
			if (!r) {
				memcpy(buf, cmdline + name_len + 1, value);
				buf[value] = '\0';
			}
		}
		cmdline += word;
		cmdline += strspn(cmdline, " \n");
	}
	return r;
}

static bool config_has(const char *config, const char *line)
{
	const char *at = config ? strstr(config, line) : NULL;
	size_t len = strlen(line);

	return at && (at == config || at[-1] == '\n') && (at[len] == '\n' || !at[len]);
}

static void read_rodata(const char *cmdline, const char *config, struct linmap_inputs *in)
{
	char value[16];

	in->rodata_given = !cmdline_word(cmdline, "rodata", value, sizeof(value));
	if (!in->rodata_given)
		/* Without a configuration to read: full is the default of Kconfig. */
		in->rodata =
			config && !config_has(config, "CONFIG_RODATA_FULL_DEFAULT_ENABLED=y")
				? RODATA_ON
				: RODATA_FULL;
	else if (!strcmp(value, "full"))
		in->rodata = RODATA_FULL;
	else
		in->rodata = !strcmp(value, "off") ? RODATA_OFF : RODATA_ON;
}

/*
 * arch/arm64/mm/mmu.c, parse_kfence_early_init(): early if the interval given at boot, or the
 * one built in, is not 0.  The one in sysfs is what it was built with unless somebody wrote
 * it.
 */
static void read_kfence(const char *root, const char *cmdline, const char *config,
			struct linmap_inputs *in)
{
	uint64_t interval;
	char value[32];

	in->kfence = file_exists(root, KFENCE_INTERVAL);
	if (!in->kfence)
		return;
	if (!cmdline_word(cmdline, "kfence.sample_interval", value, sizeof(value)) &&
	    !parse_u64(value, 0, UINT64_MAX, &interval))
		in->kfence_late = !interval;
	else if (config)
		in->kfence_late = config_has(config, "CONFIG_KFENCE_SAMPLE_INTERVAL=0");
	else
		in->kfence_late = file_read_u64(root, KFENCE_INTERVAL, &interval) || !interval;
}

int linmap_read(const char *root, const char *release, struct linmap_inputs *ret)
{
	_cleanup_free_ char *cmdline = NULL, *config = NULL;
	char path[128], value[16];
	int r;

	r = file_read(root, "/proc/cmdline", &cmdline, NULL);
	if (r)
		return r;
	snprintf(path, sizeof(path), "/boot/config-%s", release);
	if (file_read(root, path, &config, NULL))
		config = NULL;
	*ret = (struct linmap_inputs){ 0 };
	read_rodata(cmdline, config, ret);
	read_kfence(root, cmdline, config, ret);
	ret->debug_pagealloc =
		!cmdline_word(cmdline, "debug_pagealloc", value, sizeof(value)) &&
		(!strcmp(value, "on") || !strcmp(value, "1"));
	return 0;
}

uint64_t linmap_table_bytes(uint64_t ram, uint64_t page_size)
{
	return ram / (page_size / 8 * page_size) * page_size;
}

static const char *who_changes(const struct linmap_inputs *in)
{
	if (in->debug_pagealloc)
		return "debug_pagealloc changes the protection of single pages";
	if (in->rodata == RODATA_FULL && in->kfence_late)
		return "rodata=full protects the linear alias of read-only memory, and KFENCE may "
		       "be enabled late (sample interval 0 at boot)";
	if (in->rodata == RODATA_FULL)
		return "rodata=full protects the linear alias of read-only memory";
	return "KFENCE may be enabled late (sample interval 0 at boot), which keeps pages even "
	       "with rodata=on";
}

static const char *what_helps(const struct linmap_inputs *in)
{
	if (in->debug_pagealloc)
		return "boot without debug_pagealloc";
	if (in->cpus_off_list == 0 && in->bbml2)
		return "prefer a kernel that splits blocks on demand (6.18 or later, or 6.12 with "
		       "the pgtop series): these CPUs can, and rodata=full stays";
	if (in->kfence_late)
		return "boot with rodata=on kfence.sample_interval=100: blocks return, but the "
		       "linear alias of read-only memory becomes writable, which is weaker, and "
		       "KFENCE runs";
	return "boot with rodata=on: blocks return, but the linear alias of read-only memory "
	       "becomes writable, which is weaker";
}

void linmap_judge(const struct linmap_inputs *in, struct linmap_verdict *ret)
{
	bool wants_pages = in->rodata == RODATA_FULL || in->kfence_late || in->debug_pagealloc;

	*ret = (struct linmap_verdict){ 0 };
	if (wants_pages && !in->debug_pagealloc && in->split_on_demand && in->bbml2) {
		snprintf(ret->why, sizeof(ret->why),
			 "blocks, split on demand: every CPU may split live blocks (BBML2)");
		return;
	}
	ret->pages = wants_pages;
	if (!wants_pages) {
		snprintf(ret->why, sizeof(ret->why),
			 "blocks: nothing asks for single pages (%s)",
			 in->rodata == RODATA_OFF ? "rodata=off" : "rodata=on");
		return;
	}
	snprintf(ret->why, sizeof(ret->why), "pages: %s", who_changes(in));
	snprintf(ret->remedy, sizeof(ret->remedy), "%s", what_helps(in));
}
