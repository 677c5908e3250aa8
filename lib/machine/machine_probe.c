// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/kernel_names.h"
#include "host/cpus.h"
#include "util/file.h"
#include "machine/fact_probe.h"
#include "machine/machine_probe.h"
#include "linmap/linmap_files.h"
#include "machine/machine.h"
#include "host/meminfo.h"
#include "memory/mthp.h"
#include "snapshot/thp_policy.h"
#include "util/number.h"
#include "util/util.h"

/* Why this user could not change @path, and what would help. */
struct write_lack {
	const char *why, *remedy; /* both NULL: nothing is in the way */
};

static struct write_lack machine_probe_write(const struct host *h, const char *path)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", h->root, path);
	if (!access(full, W_OK))
		return (struct write_lack){ NULL, NULL };
	if (errno == EROFS)
		return (struct write_lack){ "sysfs is mounted read-only here",
					    "run pgtop on the host to change it" };
	return (struct write_lack){ "this user may not change it",
				    "run as root to change it" };
}

static void add_writable(const struct host *h, struct probe *p, const char *name,
			 const char *path, const char *via)
{
	struct write_lack lack = machine_probe_write(h, path);

	probe_add(p, PROBE_LEVER, name, lack.why ? PROBE_DEGRADED : PROBE_OK, via, lack.why,
		  lack.remedy);
}

static void lack_choice(const struct host *h, struct probe *p, const char *name,
			const char *path, int err)
{
	char why[256];

	probe_add(p, PROBE_LEVER, name, PROBE_UNAVAILABLE, NULL,
		  file_why(err, path, why, sizeof(why)),
		  err == -ENOENT && file_place_exists(h->root, path)
			  ? "boot a kernel that has it (CONFIG_TRANSPARENT_HUGEPAGE; "
			    "sizes below the PMD from 6.8, for shared memory from 6.11)"
			  : file_remedy(h->root, err, path));
}

/* THP of all sizes: what it is now, and whether this user could change it. */
static void add_thp(const struct host *h, struct probe *p)
{
	static const char path[] = MTHP_DIR "/enabled";
	_cleanup_free_ char *now = NULL;
	char via[sizeof(path) + 64];
	int r = file_read_choice(h->root, path, &now);

	if (r) {
		lack_choice(h, p, "lever.thp", path, r);
		return;
	}
	snprintf(via, sizeof(via), "%s, now %.32s", path, now);
	add_writable(h, p, "lever.thp", path, via);
}

/* One size: what it is now, also where it inherits that. */
static void machine_probe_add_size(const struct host *h, struct probe *p, uint64_t size,
				   enum thp_memory m)
{
	static const char *const file[] = { "enabled", "shmem_enabled" };
	static const char *const lever[] = { "lever.mthp", "lever.shmem_mthp" };
	char name[64], path[128], all_path[128], size_text[32], policy[THP_POLICY_BYTES];
	_cleanup_free_ char *now = NULL, *all = NULL;
	char via[256];
	int r;

	snprintf(path, sizeof(path), MTHP_DIR "/hugepages-%" PRIu64 "kB/%s", size / 1024,
		 file[m]);
	if (!file_exists(h->root, path))
		return;
	snprintf(name, sizeof(name), "%s.%s", lever[m],
		 format_size(size, size_text, sizeof(size_text)));
	r = file_read_choice(h->root, path, &now);
	if (r) {
		lack_choice(h, p, name, path, r);
		return;
	}
	snprintf(all_path, sizeof(all_path), MTHP_DIR "/%s", file[m]);
	if (file_read_choice(h->root, all_path, &all))
		all = NULL;
	snprintf(via, sizeof(via), "%s, now %s", path + strlen(MTHP_DIR "/"),
		 thp_policy_text(now, thp_decides(now, all, m), policy));
	add_writable(h, p, name, path, via);
}

static void add_mthp(const struct host *h, struct probe *p)
{
	_cleanup_free_ uint64_t *sizes = NULL;
	size_t n;

	add_thp(h, p);
	if (mthp_sizes(h->root, &sizes, &n))
		return;
	for (size_t i = 0; i < n; i++) {
		for (int m = 0; m < THP_MEMORIES; m++)
			machine_probe_add_size(h, p, sizes[i], m);
	}
}

/* No kernel is known that has it: there is nothing to be done about it. */
static void add_collapse(const struct host *h, struct probe *p)
{
	static const char name[] = "lever.linear_map_collapse";
	static const char path[] = LINMAP_DIR "/collapse_auto";
	char why[256];

	if (file_exists(h->root, path))
		add_writable(h, p, name, path, path);
	else if (file_place_exists(h->root, path))
		probe_add(p, PROBE_LEVER, name, PROBE_UNAVAILABLE, NULL,
			  "this kernel has no switch for the collapse of its linear map",
			  NULL);
	else
		probe_add(p, PROBE_LEVER, name, PROBE_UNAVAILABLE, NULL,
			  file_why(-ENOENT, path, why, sizeof(why)),
			  file_remedy(h->root, -ENOENT, path));
}

static void gain_text(const struct host *h, char *buf, size_t len)
{
	char why[128];
	uint64_t ram;

	if (meminfo_ram(h->root, &ram, why, sizeof(why))) {
		*buf = '\0';
		return;
	}
	snprintf(buf, len, "; that frees about %" PRIu64 " KiB of page tables here",
		 linmap_table_bytes(ram, h->page_size) / 1024);
}

/* Before 6.4 no option of KFENCE helps. */
static void add_old_kfence(struct probe *p)
{
	probe_add(
		p, PROBE_LEVER, "lever.kfence", PROBE_DEGRADED, "built in",
		"KFENCE is built in, and before Linux 6.4 that alone makes the kernel map all "
		"of its linear map with single pages, whatever the sample interval, even with "
		"rodata=on",
		"boot Linux 6.4 or later with kfence.sample_interval=100");
}

/* The trap: rodata=on alone does nothing where KFENCE was built to be enabled late. */
static void add_kfence(const struct linmap_inputs *in, bool pages, struct probe *p,
		       const char *gain)
{
	const char *on = in->noalias_word ? "noalias" : "on";
	char why[512], remedy[512];

	if (in->kfence_unknown) {
		probe_add(
			p, PROBE_LEVER, "lever.kfence", PROBE_UNAVAILABLE, NULL,
			"whether KFENCE is built in is not known: /sys/module is missing, and "
			"no kernel configuration was read",
			"mount sysfs on /sys");
		return;
	}
	if (in->kfence_any && pages) {
		add_old_kfence(p);
		return;
	}
	if (!in->kfence_late || !pages) {
		probe_add(p, PROBE_LEVER, "lever.kfence", PROBE_OK,
			  in->kfence ? "kfence.sample_interval=, set at boot" : "not built in",
			  NULL, NULL);
		return;
	}
	snprintf(
		why, sizeof(why),
		"KFENCE has sample interval 0, so it may be enabled late (kfence_early_init is "
		"false) and the kernel maps all of its linear map with single pages, even with "
		"rodata=%s",
		on);
	snprintf(
		remedy, sizeof(remedy),
		"boot with kfence.sample_interval=100 (together with rodata=%s, or on a kernel "
		"that splits on demand)%s",
		on, gain);
	probe_add(p, PROBE_LEVER, "lever.kfence", PROBE_DEGRADED,
		  "kfence.sample_interval=", why, remedy);
}

static void add_boot_levers(struct host *h, enum linmap_walked walked, struct probe *p)
{
	struct linmap_verdict verdict;
	struct linmap_inputs in;
	char gain[96], remedy[512], why[256];
	bool lost;
	int r;

	if (h->arch != ARCH_ARM64) {
		probe_add(p, PROBE_LEVER, "lever.rodata", PROBE_UNAVAILABLE, NULL,
			  "on x86_64 rodata= does not decide how the linear map is mapped",
			  NULL);
		return;
	}
	r = machine_linmap(h, walked, &in);
	if (r) {
		probe_add(p, PROBE_LEVER, "lever.rodata", PROBE_UNAVAILABLE, NULL,
			  file_why(r, "/proc/cmdline", why, sizeof(why)), NULL);
		return;
	}
	linmap_judge(&in, &verdict);
	gain_text(h, gain, sizeof(gain));
	snprintf(remedy, sizeof(remedy), "%s%s", verdict.remedy,
		 *verdict.remedy && verdict.pages ? gain : "");
	lost = verdict.pages || verdict.unknown;
	probe_add(p, PROBE_LEVER, "lever.rodata", lost ? PROBE_DEGRADED : PROBE_OK,
		  "rodata= on the kernel command line", lost ? verdict.why : NULL,
		  *verdict.remedy ? remedy : NULL);
	add_kfence(&in, verdict.pages, p, gain);
}

/* What the kernel says itself. */
static void add_linear_map(const struct host *h, struct probe *p)
{
	struct linmap_files said;
	char via[224], why[320];

	if (linmap_files_read(h->root, &said))
		return;
	snprintf(via, sizeof(via), LINMAP_DIR ": %s", said.words);
	if (said.mode != LINMAP_UNKNOWN) {
		probe_add(p, PROBE_FACT, "fact.linear_map", PROBE_OK, via, NULL, NULL);
		return;
	}
	snprintf(why, sizeof(why),
		 "its ABI is %" PRIu64
		 ", this pgtop knows %d%s: how the linear map is made is "
		 "inferred from the command line",
		 said.abi, LINMAP_ABI, said.abi > LINMAP_ABI ? "" : ", but not that mode");
	probe_add(p, PROBE_FACT, "fact.linear_map", PROBE_DEGRADED, via, why,
		  "install a pgtop as new as the kernel");
}

/* By the kernel's own list: which CPUs, and what would change it. */
static void add_told_bbml2(struct host *h, enum linmap_walked walked,
			   const struct machine_bbml2 *b, struct probe *p)
{
	static const char via[] = LINMAP_DIR "/bbml2";
	struct linmap_inputs in;
	char why[640];

	if (machine_linmap(h, walked, &in) || !*in.unable) {
		probe_add(p, PROBE_FACT, "fact.bbml2", PROBE_OK, via, NULL, NULL);
		return;
	}
	snprintf(why, sizeof(why),
		 "of %u CPUs (%s) the kernel does not know CPUs %s to split live blocks "
		 "without TLB conflict abort: the linear map cannot keep blocks under "
		 "rodata=full",
		 cpulist_count(&b->online), *b->models ? b->models : "MIDR unreadable",
		 in.unable);
	probe_add(p, PROBE_FACT, "fact.bbml2", PROBE_DEGRADED, via, why,
		  *in.bbml2_word ? "boot without linear_map.bbml2=, if these cores can"
				 : "no kernel changes that for these cores; only boot options "
				   "help (lever.rodata)");
}

/* The page tables refute the list that pgtop knows: blocks, although pages were expected. */
static bool bbml2_is_shown(struct host *h, enum linmap_walked walked)
{
	struct linmap_verdict verdict;
	struct linmap_inputs in;

	if (machine_linmap(h, walked, &in))
		return false;
	linmap_judge(&in, &verdict);
	return !verdict.pages && verdict.refuted && in.rodata == RODATA_FULL;
}

static void say_unlisted(const struct host *h, const struct machine_bbml2 *b, char *buf,
			 size_t len)
{
	snprintf(
		buf, len,
		"%u of %u CPUs (%s) are not on the kernel's list of cores that split live "
		"blocks without TLB conflict abort%s%s: the linear map cannot keep blocks under "
		"rodata=%s",
		cpulist_count(&b->online) - cpulist_count(&b->listed),
		cpulist_count(&b->online), *b->models ? b->models : "MIDR unreadable",
		b->bbml3 ? " (BBML3; the kernel also takes a core whose "
			   "ID_AA64MMFR2_EL1.BBM is 3, which user space cannot read)"
			 : "",
		host_at_least(h, 7, 4)
			? ", by the list of Linux 7.3, the newest that pgtop knows"
			: "",
		host_at_least(h, 6, 18) ? "on" : "full");
}

static void add_bbml2(struct host *h, enum linmap_walked walked, struct probe *p)
{
	struct machine_bbml2 b;
	char why[640];

	if (h->arch != ARCH_ARM64 ||
	    machine_bbml2(h, cpus_are_virtual(h->root, why, sizeof(why)) > 0, &b)) {
		probe_add(p, PROBE_FACT, "fact.bbml2", PROBE_UNAVAILABLE, NULL,
			  h->arch == ARCH_ARM64 ? "the CPUs' MIDR cannot be read"
						: "a feature of arm64 CPUs",
			  NULL);
		return;
	}
	if (b.told) {
		add_told_bbml2(h, walked, &b, p);
		return;
	}
	if (!b.unreadable && cpulist_count(&b.online) == cpulist_count(&b.listed)) {
		probe_add(p, PROBE_FACT, "fact.bbml2", PROBE_OK, b.models, NULL, NULL);
		return;
	}
	if (bbml2_is_shown(h, walked)) {
		probe_add(p, PROBE_FACT, "fact.bbml2", PROBE_OK,
			  "the page tables: blocks under full protection", NULL, NULL);
		return;
	}
	say_unlisted(h, &b, why, sizeof(why));
	probe_add(
		p, PROBE_FACT, "fact.bbml2", PROBE_DEGRADED, "MIDR of every CPU", why,
		"no kernel changes that for these cores; only boot options help (lever.rodata)");
}

/*
 * contpte_convert() (arch/arm64/mm/contpte.c) clears all entries of a block, invalidates it in
 * all TLBs, and sets them.  The second step is left out since 6.17, where all CPUs cope; the
 * pgtop series brings the capability to 6.12, but not that.
 */
static bool kernel_elides_tlbi(struct host *h)
{
	const struct btf *btf;

	if (host_btf(h, &btf))
		return host_at_least(h, 6, 17);
	return kernel_has_function(h, FUNC_HAS_BBML) &&
	       (host_at_least(h, 6, 17) || !kernel_has_event(h, EVENT_CONTPTE_UNFOLD));
}

/* What an unfold costs here beside the entries it writes. */
static void add_unfold_cost(struct host *h, enum linmap_walked walked, struct probe *p)
{
	static const char name[] = "fact.unfold_cost";
	struct machine_bbml2 b;
	char via[400], why[128];

	if (h->arch != ARCH_ARM64 || !host_at_least(h, 6, 9))
		return;
	if (!kernel_elides_tlbi(h)) {
		probe_add(
			p, PROBE_FACT, name, PROBE_OK,
			"each unfold invalidates its block in all TLBs, as each fold does: this "
			"kernel always does that",
			NULL, NULL);
		return;
	}
	if (machine_bbml2(h, cpus_are_virtual(h->root, why, sizeof(why)) > 0, &b) ||
	    b.unreadable)
		return;
	if (cpulist_count(&b.online) == cpulist_count(&b.listed) ||
	    bbml2_is_shown(h, walked)) {
		snprintf(
			via, sizeof(via),
			"neither an unfold nor a fold invalidates a TLB: every CPU copes without (%s)",
			b.bbml3 ? "BBML3" : "BBML2");
	} else {
		snprintf(
			via, sizeof(via),
			"each unfold invalidates its block in all TLBs, as each fold does: not "
			"every CPU (%s) is known to cope without (%s)",
			b.models, b.bbml3 ? "BBML3" : "BBML2");
	}
	probe_add(p, PROBE_FACT, name, PROBE_OK, via, NULL, NULL);
}

void probe_machine(struct host *h, enum linmap_walked walked, struct probe *p)
{
	add_mthp(h, p);
	add_collapse(h, p);
	add_boot_levers(h, walked, p);
	add_linear_map(h, p);
	add_bbml2(h, walked, p);
	add_unfold_cost(h, walked, p);
	probe_facts(h, p);
}
