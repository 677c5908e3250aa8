// SPDX-License-Identifier: GPL-2.0-only
/* Events as users and sysfs write them: mappings, formats, terms. */
#include <errno.h>

#include "pmu/pmu_event.h"
#include "pmu/pmu_mapping.h"
#include "pmu/pmu_roles.h"
#include "text.h"

/* Every term has a format made of its own name, so that many kinds are met. */
static int some_format(void *arg, const char *term, size_t len, struct pmu_format *ret)
{
	(void)arg;
	CHECK(pmu_name_ok(term, len));
	if (term[0] == 'x')
		return -ENOENT;
	ret->word = len % 3;
	ret->bits = 0xf0ull << (term[0] % 56);
	return 0;
}

/* An event called e... has the rest of its name for terms: also itself. */
static int some_event(void *arg, const char *name, size_t len, char **ret)
{
	(void)arg;
	CHECK(pmu_name_ok(name, len));
	if (name[0] != 'e')
		return -ENOENT;
	*ret = strndup(name + 1, len - 1);
	return *ret ? 0 : -ENOMEM;
}

static void check_terms(const char *text)
{
	const struct pmu_terms_lookup lookup = { some_format, some_event, NULL };
	const size_t len = strlen(text);
	uint64_t config[3] = { 1, 2, 3 };
	const char *bad = NULL;
	size_t bad_len = 0;
	int r = pmu_terms_parse(text, len, &lookup, config, &bad, &bad_len);

	CHECK(r == 0 || r == -EINVAL || r == -ERANGE || r == -ENOENT);
	if (r) {
		CHECK(config[0] == 1 && config[1] == 2 && config[2] == 3);
		CHECK(bad >= text && bad + bad_len <= text + len);
	}
}

static void check_event(const char *text)
{
	/* no such directory: no PMU, and no file that is read */
	const struct host h = { .root = "/nonexistent", .arch = ARCH_ARM64 };
	const struct pmu_device none = { .name = "" };
	struct pmu_event e;
	char why[256] = "";
	int r = pmu_event_parse(&h, &none, text, strlen(text), &e, why, sizeof(why));

	CHECK(r == 0 || r == -EINVAL || r == -ENOENT);
	CHECK(r ? why[0] != '\0' : !strcmp(e.name, text));
}

/* On a machine without PMUs no event is for other cores. */
static void check_mappings(const char *text)
{
	const struct host h = { .root = "/nonexistent", .arch = ARCH_ARM64 };
	const struct pmu_device none = { .name = "" };
	struct pmu_mappings m = { 0 };
	char *own = NULL;

	CHECK(pmu_event_len(text) <= strlen(text));
	CHECK(!pmu_mappings_add(&m, ROLE_CYCLES, text));
	CHECK(!pmu_mappings_find(&h, &m, ROLE_CYCLES, &none, &own));
	CHECK(own && !strcmp(own, text));
	free(own);
	CHECK(!pmu_mappings_find(&h, &m, ROLE_STALL_TLB, &none, &own) && !own);
	pmu_mappings_done(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), why[256] = "";
	struct pmu_format f = { .word = 77 };
	enum pmu_role role = ROLE_MAX;
	const char *event = NULL;

	if (pmu_mapping_parse(text, &role, &event, why, sizeof(why)))
		CHECK(why[0] && !event && role == ROLE_MAX);
	else
		CHECK(event > text && event < text + strlen(text) && role < ROLE_MAX);
	if (pmu_format_parse(text, &f))
		CHECK(f.word == 77);
	else
		CHECK(f.word < 3 && f.bits);
	check_terms(text);
	check_event(text);
	check_mappings(text);
	free(text);
	return 0;
}
