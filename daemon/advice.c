// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "advice.h"
#include "util/clock.h"
#include "util/file.h"
#include "log.h"
#include "machine/machine.h"
#include "host/meminfo.h"
#include "durable/staging.h"
#include "util/util.h"

const char *advice_text(const struct linmap_inputs *in, uint64_t ram, uint64_t page_size,
			const char *params, const char *params_why, char *buf, size_t len)
{
	static const char prefix[] = "pages: ";
	struct linmap_verdict verdict;
	const char *why = verdict.why;
	char gain[96] = "";

	linmap_judge(in, &verdict);
	if (!strncmp(why, prefix, strlen(prefix)))
		why += strlen(prefix);
	if (verdict.unknown) {
		snprintf(buf, len,
			 "Whether the linear map is mapped with blocks is not known: %s.",
			 why);
		return buf;
	}
	if (!verdict.pages) {
		snprintf(buf, len,
			 in->walked == LINMAP_WALKED_BLOCKS
				 ? "The linear map is mapped with blocks as booted."
				 : "The linear map can be mapped with blocks as booted.");
		return buf;
	}
	if (ram)
		snprintf(gain, sizeof(gain),
			 ", which frees about %" PRIu64 " MiB of page tables",
			 linmap_table_bytes(ram, page_size) >> 20);
	if (*params)
		snprintf(buf, len,
			 "The linear map is mapped with single pages because %s; booting with "
			 "%s maps it with blocks%s.",
			 why, params, gain);
	else
		snprintf(buf, len,
			 "The linear map is mapped with single pages because %s.  %s%s%s%s",
			 why, params_why, *verdict.remedy ? "  Would help: " : "",
			 verdict.remedy, *verdict.remedy ? "." : "");
	return buf;
}

/* FNV-1a, 64 bits; the end of each text counts too. */
static uint64_t add_text(uint64_t sum, const char *text)
{
	do
		sum = (sum ^ (unsigned char)*text) * 0x100000001b3;
	while (*text++);
	return sum;
}

uint64_t advice_grounds(const struct snapshot *s)
{
	static const enum snapshot_fact_id grounds[] = {
		FACT_KERNEL, FACT_PATCH_ABI, FACT_CPU_MODEL, FACT_CPUS,
		FACT_RODATA, FACT_KFENCE,    FACT_BBML2,
	};
	uint64_t sum = 0xcbf29ce484222325;

	for (size_t i = 0; i < ARRAY_SIZE(grounds); i++) {
		const char *text = s->fact[grounds[i]].text;

		sum = add_text(sum, text ? text : "");
	}
	return sum;
}

static uint64_t advice_memory(const struct host *h)
{
	char why[128];
	uint64_t ram;

	return meminfo_ram(h->root, &ram, why, sizeof(why)) ? 0 : ram;
}

static void advice_stage(const struct config *c, const struct staging *s)
{
	int r;

	if (!c->boot.stage)
		return;
	r = staging_write(c->boot.grub_dropin, s);
	if (r == -EBADMSG)
		log_warning("%s was not written by pgtopd, or was edited: it is left alone",
			    c->boot.grub_dropin);
	else if (r < 0)
		log_warning("%s cannot be written: %s", c->boot.grub_dropin, strerror(-r));
	else if (r && *s->params)
		log_info("%s now says '%s': run update-grub and boot for it to take effect",
			 c->boot.grub_dropin, s->params);
	else if (r)
		log_info("%s was removed: there is nothing to stage", c->boot.grub_dropin);
}

int advice_make(struct host *h, const struct config *c, enum linmap_walked walked,
		const struct decision *last, struct decision *ret)
{
	struct decision d = { .action = DECISION_ADVISE, .lever = ADVICE_LEVER };
	char staged[STAGING_PARAMS] = "";
	struct linmap_inputs in;
	struct staging stage;
	int r;

	if (h->arch != ARCH_ARM64)
		return 0;
	r = machine_linmap(h, walked, &in);
	if (r)
		return r;
	if (c->boot.stage)
		staging_read(c->boot.grub_dropin, staged);
	staging_advise(&in, c->boot.floor, staged, &stage);
	advice_stage(c, &stage);
	advice_text(&in, advice_memory(h), h->page_size, stage.params, stage.why, d.reason,
		    sizeof(d.reason));
	if (last && !strcmp(last->reason, d.reason))
		return 0;
	d.real_ns = clock_ns(CLOCK_REALTIME);
	*ret = d;
	return 1;
}
