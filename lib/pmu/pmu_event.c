// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/file.h"
#include "util/number.h"
#include "pmu/pmu_event.h"
#include "util/util.h"

#define PATH_BYTES 320

#define CACHE(cache, op, result)                                                              \
	(PERF_COUNT_HW_CACHE_##cache | PERF_COUNT_HW_CACHE_OP_##op << 8 |                     \
	 PERF_COUNT_HW_CACHE_RESULT_##result << 16)

#define SW PERF_TYPE_SOFTWARE
#define HW PERF_TYPE_HARDWARE
#define HC PERF_TYPE_HW_CACHE

static const struct {
	const char *name;
	uint32_t type;
	uint64_t config;
	bool unsplit;
} generic[] = {
	{ "cpu-clock", SW, PERF_COUNT_SW_CPU_CLOCK, true },
	{ "task-clock", SW, PERF_COUNT_SW_TASK_CLOCK, true },
	{ "page-faults", SW, PERF_COUNT_SW_PAGE_FAULTS, false },
	{ "faults", SW, PERF_COUNT_SW_PAGE_FAULTS, false },
	{ "minor-faults", SW, PERF_COUNT_SW_PAGE_FAULTS_MIN, false },
	{ "major-faults", SW, PERF_COUNT_SW_PAGE_FAULTS_MAJ, false },
	{ "context-switches", SW, PERF_COUNT_SW_CONTEXT_SWITCHES, false },
	{ "cs", SW, PERF_COUNT_SW_CONTEXT_SWITCHES, false },
	{ "cpu-migrations", SW, PERF_COUNT_SW_CPU_MIGRATIONS, false },
	{ "migrations", SW, PERF_COUNT_SW_CPU_MIGRATIONS, false },
	{ "alignment-faults", SW, PERF_COUNT_SW_ALIGNMENT_FAULTS, false },
	{ "emulation-faults", SW, PERF_COUNT_SW_EMULATION_FAULTS, false },
	{ "dummy", SW, PERF_COUNT_SW_DUMMY, false },
	{ "cycles", HW, PERF_COUNT_HW_CPU_CYCLES, false },
	{ "cpu-cycles", HW, PERF_COUNT_HW_CPU_CYCLES, false },
	{ "instructions", HW, PERF_COUNT_HW_INSTRUCTIONS, false },
	{ "cache-references", HW, PERF_COUNT_HW_CACHE_REFERENCES, false },
	{ "cache-misses", HW, PERF_COUNT_HW_CACHE_MISSES, false },
	{ "branches", HW, PERF_COUNT_HW_BRANCH_INSTRUCTIONS, false },
	{ "branch-instructions", HW, PERF_COUNT_HW_BRANCH_INSTRUCTIONS, false },
	{ "branch-misses", HW, PERF_COUNT_HW_BRANCH_MISSES, false },
	{ "bus-cycles", HW, PERF_COUNT_HW_BUS_CYCLES, false },
	{ "ref-cycles", HW, PERF_COUNT_HW_REF_CPU_CYCLES, false },
	{ "stalled-cycles-frontend", HW, PERF_COUNT_HW_STALLED_CYCLES_FRONTEND, false },
	{ "stalled-cycles-backend", HW, PERF_COUNT_HW_STALLED_CYCLES_BACKEND, false },
	{ "dTLB-loads", HC, CACHE(DTLB, READ, ACCESS), false },
	{ "dTLB-load-misses", HC, CACHE(DTLB, READ, MISS), false },
	{ "dTLB-stores", HC, CACHE(DTLB, WRITE, ACCESS), false },
	{ "dTLB-store-misses", HC, CACHE(DTLB, WRITE, MISS), false },
	{ "iTLB-loads", HC, CACHE(ITLB, READ, ACCESS), false },
	{ "iTLB-load-misses", HC, CACHE(ITLB, READ, MISS), false },
};

size_t pmu_event_len(const char *text)
{
	bool inside = false;
	size_t i;

	for (i = 0; text[i] && (inside || text[i] != '+'); i++)
		inside ^= text[i] == '/';
	return i;
}

static bool pmu_event_same(const char *text, size_t len, const char *name)
{
	return strlen(name) == len && !memcmp(text, name, len);
}

static bool is_software_name(const char *text, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(generic); i++) {
		if (generic[i].type == SW && pmu_event_same(text, len, generic[i].name))
			return true;
	}
	return false;
}

bool pmu_via_has_software(const char *via)
{
	const char *name = via;
	bool inside = false;

	for (const char *p = via;; p++) {
		inside ^= *p == '/';
		if (*p && (inside || !strchr("+, ", *p)))
			continue;
		if (is_software_name(name, p - name))
			return true;
		if (!*p)
			return false;
		name = p + 1;
	}
}

static int parse_generic(const char *text, size_t len, struct pmu_event *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(generic); i++) {
		if (!pmu_event_same(text, len, generic[i].name))
			continue;
		e->type = generic[i].type;
		e->config[0] = generic[i].config;
		e->unsplit = generic[i].unsplit;
		return 0;
	}
	return -ENOENT;
}

static int parse_bits(const char **p, uint64_t *bits)
{
	uint64_t first, last;

	if (scan_u64(p, 10, &first))
		return -EINVAL;
	last = first;
	if (**p == '-') {
		(*p)++;
		if (scan_u64(p, 10, &last))
			return -EINVAL;
	}
	if (last > 63 || first > last)
		return -EINVAL;
	*bits |= ~0ull >> (63 - last) & ~0ull << first;
	return 0;
}

int pmu_format_parse(const char *text, struct pmu_format *ret)
{
	static const char *const word[] = { "config:", "config1:", "config2:" };
	struct pmu_format f = { .word = ARRAY_SIZE(word) };
	const char *p = text;

	for (unsigned int i = 0; i < ARRAY_SIZE(word); i++) {
		if (!strncmp(text, word[i], strlen(word[i])))
			f.word = i;
	}
	if (f.word == ARRAY_SIZE(word))
		return -EINVAL;
	p += strlen(word[f.word]) - 1;
	do {
		p++;
		if (parse_bits(&p, &f.bits))
			return -EINVAL;
	} while (*p == ',');
	if (*p && strcmp(p, "\n"))
		return -EINVAL;
	*ret = f;
	return 0;
}

int pmu_format_apply(const struct pmu_format *f, uint64_t value, uint64_t config[3])
{
	uint64_t left = value, set = 0;

	for (unsigned int bit = 0; bit < 64; bit++) {
		if (!(f->bits >> bit & 1))
			continue;
		set |= (left & 1) << bit;
		left >>= 1;
	}
	if (left)
		return -ERANGE;
	config[f->word] = (config[f->word] & ~f->bits) | set;
	return 0;
}

static int find_format(const struct pmu_terms_lookup *l, const char *term, size_t len,
		       struct pmu_format *ret)
{
	static const char *const whole[] = { "config", "config1", "config2" };

	for (unsigned int i = 0; i < ARRAY_SIZE(whole); i++) {
		if (pmu_event_same(term, len, whole[i])) {
			*ret = (struct pmu_format){ .word = i, .bits = ~0ull };
			return 0;
		}
	}
	if (!l->format || !pmu_name_ok(term, len))
		return -ENOENT;
	return l->format(l->arg, term, len, ret);
}

static int parse_value(const char *text, size_t len, uint64_t *ret)
{
	char buf[32];

	if (!len || len >= sizeof(buf))
		return -EINVAL;
	memcpy(buf, text, len);
	buf[len] = '\0';
	return parse_u64(buf, 0, UINT64_MAX, ret);
}

/* One "term", "term=value" or, where @named allows it, the name of an event. */
static int parse_term(const char *term, size_t len, const struct pmu_terms_lookup *l,
		      uint64_t config[3], bool named)
{
	const char *equals = memchr(term, '=', len);
	size_t name_len = equals ? (size_t)(equals - term) : len;
	_cleanup_free_ char *alias = NULL;
	struct pmu_format format;
	uint64_t value = 1;
	const char *bad;
	size_t bad_len;
	int r;

	if (equals) {
		r = parse_value(equals + 1, len - name_len - 1, &value);
		if (r)
			return r;
	} else if (named && l->event && pmu_name_ok(term, len)) {
		r = l->event(l->arg, term, len, &alias);
		if (r != -ENOENT) {
			struct pmu_terms_lookup inner = { .format = l->format, .arg = l->arg };

			return r ? r
				 : pmu_terms_parse(alias, strlen(alias), &inner, config, &bad,
						   &bad_len);
		}
	}
	r = find_format(l, term, name_len, &format);
	return r ? r : pmu_format_apply(&format, value, config);
}

int pmu_terms_parse(const char *text, size_t len, const struct pmu_terms_lookup *l,
		    uint64_t config[3], const char **bad, size_t *bad_len)
{
	const char *end = text + len;
	uint64_t made[3] = { config[0], config[1], config[2] };

	while (text <= end) {
		const char *comma = memchr(text, ',', end - text);
		size_t n = (comma ? comma : end) - text;
		int r = parse_term(text, n, l, made, true);

		if (r) {
			*bad = text;
			*bad_len = n;
			return r;
		}
		text += n + 1;
	}
	memcpy(config, made, sizeof(made));
	return 0;
}

struct files {
	const struct host *host;
	const char *pmu;
};

static int read_format(void *arg, const char *term, size_t len, struct pmu_format *ret)
{
	const struct files *f = arg;
	_cleanup_free_ char *line = NULL;
	char path[PATH_BYTES];
	int r;

	if (snprintf(path, sizeof(path), PMU_DIR "/%s/format/%.*s", f->pmu, (int)len, term) >=
	    (int)sizeof(path))
		return -ENOENT;
	r = file_read_line(f->host->root, path, &line);
	return r ? r : pmu_format_parse(line, ret);
}

static int read_event(void *arg, const char *name, size_t len, char **ret)
{
	const struct files *f = arg;
	char path[PATH_BYTES];

	if (snprintf(path, sizeof(path), PMU_DIR "/%s/events/%.*s", f->pmu, (int)len, name) >=
	    (int)sizeof(path))
		return -ENOENT;
	return file_read_line(f->host->root, path, ret);
}

static int pmu_event_explain(int r, char *why, size_t why_len, const char *text, size_t len,
			     const char *what)
{
	snprintf(why, why_len, "%.*s: %s", (int)len, text, what);
	return r;
}

/* What the parsers of terms and files return, as one of the two errors of pmu_event_parse().
 */
static int explain_terms(int r, char *why, size_t why_len, const char *pmu, const char *term,
			 size_t len)
{
	static const struct {
		int err, as;
		const char *what;
	} text[] = {
		{ -ENOENT, -EINVAL, "has no term or event called" },
		{ -ERANGE, -EINVAL, "takes no value as large as in" },
		{ -EINVAL, -EINVAL, "cannot use the term" },
	};

	if (r == -ENOMEM)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(text); i++) {
		if (r == text[i].err) {
			snprintf(why, why_len, "the PMU %s %s '%.*s'", pmu, text[i].what,
				 (int)len, term);
			return text[i].as;
		}
	}
	snprintf(why, why_len, "the files of the PMU %s that describe '%.*s' cannot be used",
		 pmu, (int)len, term);
	return -ENOENT;
}

static int parse_on_pmu(const struct host *h, const struct pmu_device *core, const char *pmu,
			const char *terms, size_t len, struct pmu_event *e, char *why,
			size_t why_len)
{
	struct files files = { h, pmu };
	struct pmu_terms_lookup lookup = { read_format, read_event, &files };
	struct pmu_device d;
	const char *bad;
	size_t bad_len;
	int r = pmu_device_read(h, pmu, &d);

	if (r == -ENOMEM)
		return r;
	if (r) {
		snprintf(why, why_len, "this machine has no PMU called %s", pmu);
		return -ENOENT;
	}
	/* A PMU of other cores: theirs is the event, these cores do not have it. */
	if (cpulist_count(&d.cpus) && strcmp(d.name, core->name)) {
		snprintf(why, why_len, "the PMU %s is not that of these cores", pmu);
		return -ENOENT;
	}
	e->type = d.type;
	r = pmu_terms_parse(terms, len, &lookup, e->config, &bad, &bad_len);
	return r ? explain_terms(r, why, why_len, pmu, bad, bad_len) : 0;
}

static int parse_raw(const char *text, size_t len, const struct pmu_device *core,
		     struct pmu_event *e)
{
	char buf[24];

	if (len < 2 || text[0] != 'r' || len >= sizeof(buf))
		return -ENOENT;
	memcpy(buf, text + 1, len - 1);
	buf[len - 1] = '\0';
	if (strspn(buf, "0123456789abcdefABCDEF") != len - 1 ||
	    parse_u64(buf, 16, UINT64_MAX, &e->config[0]))
		return -ENOENT;
	e->type = core->name[0] ? core->type : PERF_TYPE_RAW;
	return 0;
}

/* Arm ARM, D13.12: common events by name. Naming the number names the trap. */
static const struct {
	const char *name;
	unsigned int id;
} common[] = {
	{ "inst_retired", 0x08 }, { "cpu_cycles", 0x11 },     { "dtlb_walk", 0x34 },
	{ "itlb_walk", 0x35 },	  { "l1d_tlb_refill", 0x05 },
};

static void why_not_listed(const struct pmu_device *core, const char *text, size_t len,
			   char *why, size_t why_len)
{
	for (size_t i = 0; core->pmuv3 && i < ARRAY_SIZE(common); i++) {
		if (!pmu_event_same(text, len, common[i].name))
			continue;
		snprintf(why, why_len,
			 "%s does not list %s: the core does not count it (raw event 0x%02x "
			 "would open and stay 0 for ever)",
			 core->name, common[i].name, common[i].id);
		return;
	}
	snprintf(
		why, why_len,
		"'%.*s' is not an event: neither a software event, nor a generic one, nor listed "
		"by the PMU %s",
		(int)len, text, core->name);
}

static int parse_listed(const struct host *h, const struct pmu_device *core, const char *text,
			size_t len, struct pmu_event *e, char *why, size_t why_len)
{
	struct files files = { h, core->name };
	_cleanup_free_ char *terms = NULL;
	int r = read_event(&files, text, len, &terms);

	if (r == -ENOMEM)
		return r;
	if (r) {
		why_not_listed(core, text, len, why, why_len);
		return -ENOENT;
	}
	return parse_on_pmu(h, core, core->name, terms, strlen(terms), e, why, why_len);
}

/* A PMUv3 accepts any number; what it does not list it never counts. */
static int check_listed(const struct host *h, const struct pmu_device *core,
			const struct pmu_event *e, char *why, size_t why_len)
{
	if (!core->pmuv3 || e->type != core->type ||
	    !pmu_arm64_common(e->config[0] & 0xffff) ||
	    pmu_device_lists(h, core, e->config[0] & 0xffff))
		return 0;
	snprintf(why, why_len,
		 "%s does not list event 0x%02x: it would open and count 0 for ever",
		 core->name, (unsigned int)(e->config[0] & 0xffff));
	return -ENOENT;
}

static int parse_any(const struct host *h, const struct pmu_device *core, const char *text,
		     size_t len, struct pmu_event *e, char *why, size_t why_len)
{
	const char *slash = memchr(text, '/', len);
	char pmu[PMU_NAME_BYTES];

	if (slash) {
		size_t n = slash - text;

		if (text[len - 1] != '/' || len < n + 3 || !pmu_name_ok(text, n))
			return pmu_event_explain(-EINVAL, why, why_len, text, len,
						 "not of the form PMU/TERM=VALUE,.../");
		memcpy(pmu, text, n);
		pmu[n] = '\0';
		return parse_on_pmu(h, core, pmu, slash + 1, len - n - 2, e, why, why_len);
	}
	if (!parse_generic(text, len, e) || !parse_raw(text, len, core, e))
		return 0;
	if (!pmu_name_ok(text, len))
		return pmu_event_explain(-EINVAL, why, why_len, text, len,
					 "not the name of an event");
	if (!core->name[0])
		return pmu_event_explain(
			-ENOENT, why, why_len, text, len,
			"not a software event, and there is no hardware PMU here that "
			"could list it");
	return parse_listed(h, core, text, len, e, why, why_len);
}

int pmu_event_parse(const struct host *h, const struct pmu_device *core, const char *text,
		    size_t len, struct pmu_event *ret, char *why, size_t why_len)
{
	struct pmu_event e = { 0 };
	int r;

	if (!len) {
		snprintf(why, why_len, "the name of an event is missing");
		return -EINVAL;
	}
	if (len >= sizeof(e.name))
		return pmu_event_explain(-EINVAL, why, why_len, text, 40,
					 "too long for an event");
	memcpy(e.name, text, len);
	r = parse_any(h, core, text, len, &e, why, why_len);
	if (!r)
		r = check_listed(h, core, &e, why, why_len);
	if (!r)
		*ret = e;
	return r;
}
