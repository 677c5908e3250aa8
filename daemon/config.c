// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include <ini.h>

#include "util/clock.h"
#include "config.h"
#include "util/file.h"
#include "util/number.h"
#include "pgtop/control.h"
#include "util/util.h"

#define PROM_END ".prom"
#define AUTO	 "auto"

enum type {
	TYPE_CHOICE,
	TYPE_BOOL,
	TYPE_COUNT,
	TYPE_DURATION,
	TYPE_SIZE,
	TYPE_REAL,
	TYPE_LIMIT, /* a real, or the word "auto" */
	TYPE_HOURS,
	TYPE_PATH,
	TYPE_PROM, /* a path that the textfile collector takes */
	TYPE_EVENT
};

struct key {
	const char *section, *name;
	enum type type;
	size_t offset;
	double min,
		max; /* counts, seconds of a duration, bytes, reals; most bytes of a path */
	const char *const *choice; /* NULL-terminated, in the order of the enum */
	const char *help;
};

static const char *const modes[] = { "observe", "advise", "tune", NULL };
static const char *const exits[] = { "restore", "keep", NULL };
static const char *const floors[] = { "full", "on", "off", NULL };

#define AT(member) offsetof(struct config, member)
#define CHOICE(s, k, m, words, help)                                                          \
	{                                                                                     \
		s, k, TYPE_CHOICE, AT(m), 0, 0, words, help                                   \
	}
#define BOOL(s, k, m, help)                                                                   \
	{                                                                                     \
		s, k, TYPE_BOOL, AT(m), 0, 0, NULL, help                                      \
	}
#define COUNT(s, k, m, min, max, help)                                                        \
	{                                                                                     \
		s, k, TYPE_COUNT, AT(m), min, max, NULL, help                                 \
	}
#define DURATION(s, k, m, min, max, help)                                                     \
	{                                                                                     \
		s, k, TYPE_DURATION, AT(m), min, max, NULL, help                              \
	}
#define SIZE(s, k, m, min, max, help)                                                         \
	{                                                                                     \
		s, k, TYPE_SIZE, AT(m), min, max, NULL, help                                  \
	}
#define REAL(s, k, m, min, max, help)                                                         \
	{                                                                                     \
		s, k, TYPE_REAL, AT(m), min, max, NULL, help                                  \
	}
#define LIMIT(s, k, m, min, max, help)                                                        \
	{                                                                                     \
		s, k, TYPE_LIMIT, AT(m), min, max, NULL, help                                 \
	}
#define HOURS(s, k, m, help)                                                                  \
	{                                                                                     \
		s, k, TYPE_HOURS, AT(m), 0, 0, NULL, help                                     \
	}
#define PATH(s, k, m, max, help)                                                              \
	{                                                                                     \
		s, k, TYPE_PATH, AT(m), 0, max, NULL, help                                    \
	}
#define PROM(s, k, m, max, help)                                                              \
	{                                                                                     \
		s, k, TYPE_PROM, AT(m), 0, max, NULL, help                                    \
	}
#define EVENT(role, name, help)                                                               \
	{                                                                                     \
		"pmu", name, TYPE_EVENT, AT(event[role]), 0, 0, NULL, help                    \
	}

/* clang-format off */
static const struct key keys[] = {
	CHOICE("daemon", "mode", policy.mode, modes,
	       "observe: change nothing; advise: also say what would be tried; tune: try it"),
	DURATION("daemon", "window", policy.window_ns, 1, HOUR_S,
		 "length of one measurement"),
	CHOICE("daemon", "exit", exit, exits,
	       "when pgtopd stops, restore the original values, or keep what trials supported"),
	PATH("daemon", "socket", socket, sizeof(((struct sockaddr_un *)0)->sun_path) - 1,
	     "socket for queries by pgtop; a change takes effect at the next start"),
	PATH("daemon", "state_dir", state_dir, CONFIG_TEXT - 1,
	     "directory of the journal; a change takes effect at the next start"),
	COUNT("daemon", "processes", processes, 0, 1000,
	      "walk the page tables of this many processes, largest first; a change takes "
	      "effect at the next start"),

	BOOL("policy", "all_sizes", policy.all_sizes,
	     "try every page size, not only the contiguous block and the PMD"),
	BOOL("policy", "shmem", policy.shmem, "also try shared memory"),
	BOOL("policy", "proxy", policy.proxy,
	     "if TLB misses cannot be counted, tune by minor faults per second of CPU time"),
	DURATION("policy", "cooldown", policy.cooldown_ns, 0, 30 * DAY_S,
		 "minimum time before retrying a lever"),
	DURATION("policy", "backoff_max", policy.backoff_max_ns, 0, 365 * DAY_S,
		 "each revert or advice doubles that time, up to this"),
	DURATION("policy", "recheck", policy.recheck_ns, 0, 365 * DAY_S,
		 "how often a kept change is compared with the original again; 0: never"),
	DURATION("policy", "yield", policy.yield_ns, 0, 365 * DAY_S,
		 "leave a knob alone until nobody else has written it for this long, or until the "
		 "next boot; 0: until the next boot"),
	DURATION("policy", "boot_wait", policy.boot_wait_ns, 0, DAY_S,
		 "change nothing before the machine has been up for this long: what is written "
		 "until then are settings of the boot"),
	DURATION("policy", "start_delay", policy.start_delay_ns, 0, 7 * DAY_S,
		 "change nothing for a time up to this after the start; each machine has its own, "
		 "from its machine-id"),
	REAL("policy", "canary", policy.canary, 0, 1,
	     "with mode = tune, the share of machines that tune; the others advise; which, is "
	     "decided by the machine-id"),
	HOURS("policy", "maintenance", policy.maintenance,
	      "with mode = tune, trials begin only in these hours of the local time; what has "
	      "begun goes on, and guards act at any time"),
	COUNT("policy", "changes_per_hour", policy.changes_per_hour, 1, 3600,
	      "maximum knob changes per hour; a trial that would exceed it is not started"),
	COUNT("policy", "breaker_reverts", policy.breaker_reverts, 1, 1000,
	      "after this many reverts by guards within a day, stop tuning for a day"),

	REAL("trial", "alpha", policy.alpha, 0.000001, 0.2,
	     "accept an improvement only if its probability by chance is below this"),
	REAL("trial", "min_effect", policy.min_effect, 0, 0.9,
	     "accept an improvement only if it is at least this share of the objective"),
	COUNT("trial", "baseline_windows", policy.baseline_windows, 3, POLICY_WINDOWS_MAX,
	      "windows to measure before the change"),
	COUNT("trial", "settle_windows", policy.settle_windows, 1, POLICY_WINDOWS_MAX,
	      "minimum windows to wait for the change to take effect"),
	COUNT("trial", "measure_windows", policy.measure_windows, 3, POLICY_WINDOWS_MAX,
	      "windows to measure after the change"),
	BOOL("trial", "confirm", policy.confirm,
	     "before keeping a change, revert it once: the loss must show again"),

	REAL("guards", "psi_full_max", policy.psi_full_max, 0, 1,
	     "share of time in which all tasks waited for memory"),
	REAL("guards", "fallback_max", policy.fallback_max, 0, 1,
	     "share of faults that asked for the tried size and did not get it"),
	LIMIT("guards", "compact_stalls_max", policy.compact_stalls_max, 0, 1e6,
	     "allocations per second that had to compact memory first; auto: by the number of CPUs"),
	REAL("guards", "bloat_max", policy.bloat_max, 0, 1,
	     "excess of anonymous memory over the prediction, as a share of the baseline"),
	LIMIT("guards", "unfolds_max", policy.unfolds_max, 0, 1e9,
	     "unfolds of contiguous blocks per second; auto: by the number of CPUs"),
	LIMIT("guards", "swap_out_max", policy.swap_out_max, 0, 1e9,
	     "pages swapped out per second, to zswap as well; auto: by the number of CPUs and the page size"),
	REAL("guards", "pmu_running_min", policy.pmu_running_min, 0.2, 1,
	     "share of the window in which the events must have been counted"),
	REAL("guards", "available_min", policy.available_min, 0, 1,
	     "share of memory that must stay available"),

	BOOL("export", "enabled", export.enabled,
	     "write metrics for the textfile collector of node_exporter"),
	PROM("export", "textfile", export.textfile, CONFIG_TEXT - 1,
	     "the file; its directory must exist"),
	DURATION("export", "period", export.period_ns, 0, HOUR_S,
		 "how often to write it (at window end); 0: every window"),

	BOOL("history", "enabled", history.enabled,
	     "keep each window on disk, in the directory history of state_dir"),
	SIZE("history", "size", history.size, 1 << 20, 1ull << 40,
	     "how much of the disk it takes; the oldest windows go"),

	BOOL("boot", "stage", boot.stage,
	     "write the advised boot parameters to grub_dropin, for the next boot"),
	CHOICE("boot", "floor", boot.floor, floors,
	       "weakest rodata= that may be staged"),
	PATH("boot", "grub_dropin", boot.grub_dropin, CONFIG_TEXT - 1,
	     "the file that stage = yes writes"),

	EVENT(ROLE_INSTRUCTIONS, "instructions", "event that counts instructions"),
	EVENT(ROLE_CYCLES, "cycles", "event that counts cycles"),
	EVENT(ROLE_DTLB_WALK, "dtlb_walk", "event that counts page-table walks for data"),
	EVENT(ROLE_ITLB_WALK, "itlb_walk", "event that counts page-table walks for instructions"),
	EVENT(ROLE_L1D_REFILL, "l1d_refill", "event that counts refills of the first-level data TLB"),
	EVENT(ROLE_WALK_CYCLES, "walk_cycles", "event that counts cycles with a page-table walk under way"),
	EVENT(ROLE_STALL_TLB, "stall_tlb", "event that counts cycles stalled on the TLB"),
};
/* clang-format on */

const char *config_mode_name(enum policy_mode mode)
{
	return modes[mode];
}

void config_defaults(struct config *ret)
{
	*ret = (struct config){
		.socket = CONTROL_SOCKET,
		.state_dir = "/var/lib/pgtop",
		.exit = EXIT_RESTORE,
		.processes = 16,
		.export.enabled = true,
		.export.textfile = "/var/lib/prometheus/node-exporter/pgtop.prom",
		.history.enabled = true,
		.history.size = 200 << 20,
		.boot.floor = RODATA_FULL,
		.boot.grub_dropin = "/etc/default/grub.d/pgtop.cfg",
	};
	policy_defaults(&ret->policy);
	ret->policy.mode = POLICY_OBSERVE;
	ret->policy.compact_stalls_max = ret->policy.unfolds_max = ret->policy.swap_out_max =
		POLICY_AUTO;
}

/* --- one value -------------------------------------------------------------- */

static void format_duration(uint64_t ns, char *buf, size_t len)
{
	static const struct {
		uint64_t s;
		const char *unit;
	} units[] = { { DAY_S, "d" }, { HOUR_S, "h" }, { 60, "min" }, { 1, "s" } };
	uint64_t s = ns / NS_PER_S;
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(units) && (!s || s % units[i].s))
		i++;
	snprintf(buf, len, "%" PRIu64 "%s", s / units[i].s, units[i].unit);
}

/* Plain decimals and percentages; what else strtod() knows is not meant. */
static int parse_real(const char *text, double *ret)
{
	char *end;
	double n;

	if (!*text || strspn(text, "0123456789.eE+-% ") != strlen(text))
		return -EINVAL;
	n = strtod(text, &end);
	if (end == text || !isfinite(n))
		return -EINVAL;
	while (*end == ' ')
		end++;
	if (*end == '%') {
		n /= 100;
		end++;
	}
	if (*end)
		return -EINVAL;
	*ret = n;
	return 0;
}

static int parse_choice(const char *text, const char *const *choice, int *ret)
{
	for (int i = 0; choice[i]; i++) {
		if (!strcmp(text, choice[i])) {
			*ret = i;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_bool(const char *text, bool *ret)
{
	static const char *const words[] = { "no", "yes", "false", "true", "off",
					     "on", "0",	  "1",	   NULL };
	int i;

	if (parse_choice(text, words, &i))
		return -EINVAL;
	*ret = i & 1;
	return 0;
}

static int set_number(const struct key *k, const char *text, void *at)
{
	uint64_t n;
	double d;

	switch (k->type) {
	case TYPE_COUNT:
		if (parse_u64(text, 10, UINT_MAX, &n) || n < k->min || n > k->max)
			return -EINVAL;
		*(unsigned int *)at = n;
		return 0;
	case TYPE_DURATION:
		if (parse_duration(text, &n) || n < k->min || n > k->max)
			return -EINVAL;
		*(uint64_t *)at = n * NS_PER_S;
		return 0;
	case TYPE_SIZE:
		if (parse_size(text, &n) || n < k->min || n > k->max)
			return -EINVAL;
		*(uint64_t *)at = n;
		return 0;
	default:
		if (k->type == TYPE_LIMIT && !strcmp(text, AUTO)) {
			*(double *)at = POLICY_AUTO;
			return 0;
		}
		if (parse_real(text, &d) || d < k->min || d > k->max)
			return -EINVAL;
		*(double *)at = d;
		return 0;
	}
}

static bool ends_in(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len > n && !strcmp(text + len - n, end);
}

static int set_path(const struct key *k, const char *text, char *at)
{
	if (*text != '/' || strlen(text) > k->max)
		return -EINVAL;
	if (k->type == TYPE_PROM && !ends_in(text, PROM_END))
		return -EINVAL;
	snprintf(at, CONFIG_TEXT, "%s", text);
	return 0;
}

/* Whether this machine has the event is told when it is opened. */
static int set_event(const struct key *k, const char *text, char *at, char *why, size_t len)
{
	char mapping[CONFIG_TEXT + 32];
	enum pmu_role role;
	const char *event;

	snprintf(mapping, sizeof(mapping), "%s=%s", k->name, text);
	if (*text && pmu_mapping_parse(mapping, &role, &event, why, len))
		return -EINVAL;
	snprintf(at, CONFIG_TEXT, "%s", text);
	return 0;
}

/* Returns 0, or -EINVAL; @why is filled where what is allowed does not follow from @k. */
static int set_value(const struct key *k, struct config *c, const char *text, char *why,
		     size_t len)
{
	void *at = (char *)c + k->offset;

	switch (k->type) {
	case TYPE_CHOICE:
		return parse_choice(text, k->choice, at);
	case TYPE_BOOL:
		return parse_bool(text, at);
	case TYPE_HOURS:
		return hours_parse(text, at);
	case TYPE_PATH:
	case TYPE_PROM:
		return set_path(k, text, at);
	case TYPE_EVENT:
		return set_event(k, text, at, why, len);
	default:
		return set_number(k, text, at);
	}
}

static void format_value(const struct key *k, const struct config *c, char *buf, size_t len)
{
	const void *at = (const char *)c + k->offset;

	switch (k->type) {
	case TYPE_CHOICE:
		snprintf(buf, len, "%s", k->choice[*(const int *)at]);
		break;
	case TYPE_BOOL:
		snprintf(buf, len, "%s", *(const bool *)at ? "yes" : "no");
		break;
	case TYPE_COUNT:
		snprintf(buf, len, "%u", *(const unsigned int *)at);
		break;
	case TYPE_DURATION:
		format_duration(*(const uint64_t *)at, buf, len);
		break;
	case TYPE_HOURS:
		hours_format(at, buf, len);
		break;
	case TYPE_SIZE:
		format_size(*(const uint64_t *)at, buf, len);
		break;
	case TYPE_LIMIT:
	case TYPE_REAL:
		if (*(const double *)at < 0)
			snprintf(buf, len, "%s", AUTO);
		else
			snprintf(buf, len, "%.10g", *(const double *)at);
		break;
	default:
		snprintf(buf, len, "%s", (const char *)at);
	}
}

static void config_join(const char *const *words, char *buf, size_t len)
{
	size_t at = 0;

	for (size_t i = 0; words[i] && at < len; i++)
		at += snprintf(buf + at, len - at, "%s%s",
			       !i	      ? ""
			       : words[i + 1] ? ", "
					      : " or ",
			       words[i]);
}

/* What is allowed: "observe, advise or tune", "a time from 1s to 1h". */
static void config_describe(const struct key *k, char *buf, size_t len)
{
	char lo[32], hi[32];

	switch (k->type) {
	case TYPE_CHOICE:
		config_join(k->choice, buf, len);
		break;
	case TYPE_BOOL:
		snprintf(buf, len, "yes or no");
		break;
	case TYPE_COUNT:
		snprintf(buf, len, "a whole number from %.0f to %.0f", k->min, k->max);
		break;
	case TYPE_DURATION:
		format_duration(k->min * NS_PER_S, lo, sizeof(lo));
		format_duration(k->max * NS_PER_S, hi, sizeof(hi));
		snprintf(buf, len, "a time from %s to %s, with the unit s, min, h or d", lo,
			 hi);
		break;
	case TYPE_SIZE:
		format_size(k->min, lo, sizeof(lo));
		format_size(k->max, hi, sizeof(hi));
		snprintf(buf, len, "a size from %s to %s, with the unit K, M, G or T", lo, hi);
		break;
	case TYPE_REAL:
		snprintf(buf, len, "a number from %.10g to %.10g%s", k->min, k->max,
			 k->max <= 1 ? ", also as a percentage" : "");
		break;
	case TYPE_LIMIT:
		snprintf(buf, len, "a number from %.10g to %.10g, or " AUTO, k->min, k->max);
		break;
	case TYPE_HOURS:
		snprintf(buf, len,
			 "any, or hours with or without days, such as "
			 "02:00-05:00 or Sat,Sun 22:00-04:00");
		break;
	case TYPE_PATH:
	case TYPE_PROM:
		snprintf(buf, len, "an absolute path of at most %.0f bytes%s", k->max,
			 k->type == TYPE_PROM ? " that ends in " PROM_END : "");
		break;
	case TYPE_EVENT:
		snprintf(buf, len, "an event, or several with + between them");
		break;
	}
}

/* --- one file --------------------------------------------------------------- */

struct parser {
	struct config *c;
	const char *name, *next; /* of the file; what is left of its text */
	unsigned int line;
	int result;
	config_tell tell;
	void *arg;
};

static void tell_line(struct parser *p, const char *fmt, va_list ap)
{
	char what[CONFIG_MESSAGE - 80], message[CONFIG_MESSAGE];

	vsnprintf(what, sizeof(what), fmt, ap);
	for (char *q = what; *q; q++) {
		if (iscntrl((unsigned char)*q))
			*q = '?';
	}
	if (p->line)
		snprintf(message, sizeof(message), "%s:%u: %s", p->name, p->line, what);
	else
		snprintf(message, sizeof(message), "%s: %s", p->name, what);
	p->tell(p->arg, message);
}

__attribute__((format(printf, 2, 3))) static void wrong(struct parser *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell_line(p, fmt, ap);
	va_end(ap);
	p->result = -EINVAL;
}

/* A newer pgtopd may have it. */
__attribute__((format(printf, 2, 3))) static void unknown(struct parser *p, const char *fmt,
							  ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell_line(p, fmt, ap);
	va_end(ap);
	if (!p->result)
		p->result = CONFIG_UNKNOWN;
}

/*
 * inih's fgets().  It counts the lines, which inih does not tell, and leaves out the blanks
 * before them: for inih they would make a line the continuation of the one before.
 */
static char *config_next_line(char *buf, int size, void *arg)
{
	struct parser *p = arg;
	const char *start = p->next;
	size_t len;

	if (!*start)
		return NULL;
	p->next = line_after(start);
	p->line++;
	start += strspn(start, " \t");
	len = start < p->next ? p->next - start : 0;
	if (len + 1 > (size_t)size) {
		wrong(p, "the line is longer than %d characters", size - 2);
		len = 0;
	}
	memcpy(buf, start, len);
	buf[len] = '\0';
	return buf;
}

static const struct key *find_key(const char *section, const char *name, bool *has_section)
{
	*has_section = false;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(keys[i].section, section))
			continue;
		*has_section = true;
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	}
	return NULL;
}

/* All sections, or the keys of one. */
static void list_names(const char *section, char *buf, size_t len)
{
	const char *words[ARRAY_SIZE(keys) + 1];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (section && !strcmp(keys[i].section, section))
			words[n++] = keys[i].name;
		if (!section && (!n || strcmp(words[n - 1], keys[i].section)))
			words[n++] = keys[i].section;
	}
	words[n] = NULL;
	config_join(words, buf, len);
}

static int config_take(void *arg, const char *section, const char *name, const char *value)
{
	char why[256] = "", allowed[256];
	struct parser *p = arg;
	bool has_section;
	const struct key *k = find_key(section, name, &has_section);

	if (!k && !*section) {
		wrong(p, "%s = %s: no [section] stands before it", name, value);
	} else if (!k) {
		list_names(has_section ? section : NULL, allowed, sizeof(allowed));
		unknown(p, "[%s] %s = %s: there is no such %s; there is %s", section, name,
			value, has_section ? "key" : "section", allowed);
	} else if (set_value(k, p->c, value, why, sizeof(why))) {
		config_describe(k, allowed, sizeof(allowed));
		wrong(p, "[%s] %s = %s: not %s%s%s", section, name, value, allowed,
		      *why ? ": " : "", why);
	}
	return 1;
}

int config_parse(struct config *c, const char *name, const char *text, config_tell tell,
		 void *arg)
{
	struct parser p = { .c = c, .name = name, .next = text, .tell = tell, .arg = arg };
	int line = ini_parse_stream(config_next_line, &p, config_take, &p);

	if (line) {
		p.line = line > 0 ? line : 0;
		wrong(&p, "neither [section] nor key = value");
	}
	return p.result;
}

/* --- all files -------------------------------------------------------------- */

static int parse_file(struct config *c, const char *path, bool optional, config_tell tell,
		      void *arg)
{
	struct parser p = { .name = path, .tell = tell, .arg = arg };
	_cleanup_free_ char *text = NULL;
	int r = file_read("", path, &text, NULL);

	if (!r)
		return config_parse(c, path, text, tell, arg);
	if (r == -ENOMEM || (r == -ENOENT && optional))
		return r == -ENOMEM ? r : 0;
	wrong(&p, "cannot be read: %s", r == -EBADMSG ? "it is not text" : strerror(-r));
	return -EINVAL;
}

/* What is wrong outweighs what is unknown. */
static int config_worse(int a, int b)
{
	return a == -ENOMEM || b == -ENOMEM ? -ENOMEM : MIN(a, b) < 0 ? MIN(a, b) : MAX(a, b);
}

/* A drop-in: its name, by which drop-ins are sorted, and where it is. */
struct dropin {
	char name[NAME_MAX + 1], path[PATH_MAX + NAME_MAX + 2];
};

struct dropins {
	struct dropin *d;
	size_t n;
};

/* Of two files of one name the first one counts. */
static int add_dropin(struct dropins *all, const char *dir, const char *name)
{
	struct dropin *grown;
	size_t at = 0;

	while (at < all->n && strcmp(all->d[at].name, name) < 0)
		at++;
	if (at < all->n && !strcmp(all->d[at].name, name))
		return 0;
	grown = reallocarray(all->d, all->n + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	all->d = grown;
	memmove(&grown[at + 1], &grown[at], (all->n - at) * sizeof(*grown));
	all->n++;
	snprintf(grown[at].name, sizeof(grown[at].name), "%s", name);
	snprintf(grown[at].path, sizeof(grown[at].path), "%s/%s", dir, name);
	return 0;
}

static int list_dropins(struct dropins *all, const char *file, config_tell tell, void *arg)
{
	_cleanup_(strings_free_p) char **names = NULL;
	char dir[PATH_MAX];
	struct parser p = { .name = dir, .tell = tell, .arg = arg };
	int r;

	snprintf(dir, sizeof(dir), "%s.d", file);
	r = file_list("", dir, &names);
	if (r == -ENOENT || r == -ENOTDIR || r == -ENOMEM)
		return r == -ENOMEM ? r : 0;
	if (r) {
		wrong(&p, "cannot be read: %s", strerror(-r));
		return -EINVAL;
	}
	for (size_t i = 0; !r && names[i]; i++) {
		if (ends_in(names[i], ".conf"))
			r = add_dropin(all, dir, names[i]);
	}
	return r;
}

static int parse_dropins(struct config *c, const char *const *files, config_tell tell,
			 void *arg)
{
	struct dropins all = { 0 };
	int r = 0;

	for (; *files; files++)
		r = config_worse(r, list_dropins(&all, *files, tell, arg));
	for (size_t i = 0; i < all.n && r != -ENOMEM; i++)
		r = config_worse(r, parse_file(c, all.d[i].path, true, tell, arg));
	free(all.d);
	return r;
}

int config_load_layers(const char *const *files, bool optional, config_tell tell, void *arg,
		       struct config *ret)
{
	const char *const *main = files;
	struct config c;
	int r;

	config_defaults(&c);
	while (main[1] && access(*main, F_OK))
		main++;
	r = parse_file(&c, *main, optional, tell, arg);
	r = config_worse(r, parse_dropins(&c, files, tell, arg));
	if (r == -ENOMEM)
		return r;
	*ret = c;
	return r;
}

int config_load(const char *file, config_tell tell, void *arg, struct config *ret)
{
	static const char *const layers[] = { CONFIG_FILE, CONFIG_RUN_FILE, CONFIG_LIB_FILE,
					      NULL };
	const char *const named[] = { file, NULL };

	return config_load_layers(file ? named : layers, !file, tell, arg, ret);
}

void config_roles(const struct config *c, char buf[ROLE_MAX][CONFIG_TEXT + 32],
		  const char *ret[ROLE_MAX + 1])
{
	size_t n = 0;

	for (int role = 0; role < ROLE_MAX; role++) {
		if (!*c->event[role])
			continue;
		snprintf(buf[n], sizeof(buf[n]), "%s=%s", pmu_role_name(role), c->event[role]);
		ret[n] = buf[n];
		n++;
	}
	ret[n] = NULL;
}

/* --- printing --------------------------------------------------------------- */

static void print_comment(const char *text, FILE *out)
{
	int column = 0;

	while (*text) {
		int len = strcspn(text, " ");

		if (!column || column + 1 + len > 78)
			column = fprintf(out, "%s# %.*s", column ? "\n" : "", len, text) -
				 !!column;
		else
			column += fprintf(out, " %.*s", len, text);
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

void config_print(const struct config *c, FILE *out)
{
	char value[CONFIG_TEXT], allowed[256], help[640];
	const char *section = "";

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const struct key *k = &keys[i];

		if (strcmp(section, k->section))
			fprintf(out, "%s[%s]\n", i ? "\n" : "", k->section);
		section = k->section;
		config_describe(k, allowed, sizeof(allowed));
		snprintf(help, sizeof(help), "%s (%s)", k->help, allowed);
		print_comment(help, out);
		format_value(k, c, value, sizeof(value));
		fprintf(out, "%s =%s%s\n", k->name, *value ? " " : "", value);
	}
}
