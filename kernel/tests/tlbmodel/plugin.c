// SPDX-License-Identifier: GPL-2.0-only
/*
 * tlbmodel.so - QEMU plugin: what each preset's TLBs would miss in an AArch64 guest
 *
 *   -plugin tlbmodel.so,out=FILE,memory=FILE[,base=ADDRESS][,image=FIRST-END]
 *           [,presets=NAME+NAME...][,pmu=NAME[,cost=CYCLES]]
 *
 * memory is the file behind the guest's memory (memory-backend-file,share=on), base the
 * physical address it begins at (0x40000000).  image are the addresses of the kernel image,
 * which are counted apart.  One CPU, 4 KiB granule, 48 bits of address (walk.h).  Of the
 * presets those that are named are modelled, else all.
 *
 * pmu: the guest's PMU counts what the core of that preset would (events.h), with cost cycles
 * for each descriptor of a walk (30).  The model looks from the first time the guest counts
 * one of these events, and tells a program of the guest what it counted (told.h).
 *
 * Marks are instructions hint #0x70 to #0x73 in any program of the guest: 0x70 and 0x71 begin
 * and end what shall be measured, 0x72 and 0x73 make the model not look and look again; it
 * does not look at first.  At 0x70, 0x71 and the end, FILE gets a line of JSON with all counts
 * since power-on:
 *
 *   {"mark": "begin|end|exit", "insns": {"kernel": N, "user": N}, "tlbi": {"vale1is": N, ...},
 *    "odd": {...}, "presets": {NAME: {"kernel": C, "user": C, "linear": A, "image": A,
 *    "other": A, "uaccess": A}}}
 *
 *   C: {"l1d": N, "l1i": N, "walks_d": N, "walks_i": N, "reads": N}
 *   A: {"l1d": N, "walks_d": N}
 *
 * kernel and user are where the code is that does the access; l1d and l1i are misses of the
 * first level, walks those of the second as well, reads the descriptors these walks would
 * fetch from memory without a walk cache.  linear to uaccess (user addresses) are data
 * accesses of the kernel by what they go to.  insns are exact with -icount.
 *
 * odd counts what the model cannot follow: "unmapped" accesses that no table explains, "zva"
 * DC ZVA at an unknown address, "tlbi" of unknown scope (which remove everything), "late"
 * changes of translation that were seen only after more instructions of the same block.
 *
 * QEMU's interface to plugins has no registers before version 9; those TLBI, DC ZVA and writes
 * of TTBRn_EL1 need are read by the function QEMU's gdb stub uses.  TLBI and MSR end a block
 * of translated code, so their operand still stands when the next one begins.
 */
#include "../qemu/tlbi.h"
#include "events.h"
#include "guestpmu.h"
#include "scope.h"

#include <qemu-plugin.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HINT_BEGIN   0x70
#define HINT_END     0x71
#define HINT_OFF     0x72
#define HINT_ON	     0x73
#define INST_RETIRED 0x08
#define NO_PAGE	     UINT64_MAX
#define XZR	     31

/* What a register is needed for, until the next block of code begins. */
enum pending { NOTHING, TLBI, TTBR0, TTBR1, COUNTER_TYPE, TELL };

enum target { LINEAR, IMAGE, OTHER, UACCESS, TARGETS };
static const char *const target_name[TARGETS] = { "linear", "image", "other", "uaccess" };

struct model {
	struct core core;
	struct misses by_mode[2]; /* user, kernel */
	struct misses by_target[TARGETS];
};

/* A block of translated code. */
struct block {
	uint64_t va;
	int zva; /* register with the address of DC ZVA, or -1 */
};

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

/* A plugin has one instance and its callbacks no context. */
static struct {
	FILE *out;
	struct guest_memory memory;
	uint64_t image_first, image_end;
	struct model models[TLB_PRESETS];
	int chosen[TLB_PRESETS]; /* which presets they are of */
	int n_models;
	struct model *pmu; /* what the guest's PMU counts */
	unsigned int cost; /* cycles for each descriptor of a walk */
	bool looking;
	bool kernel; /* where the code that runs is */
	uint64_t ttbr0, ttbr1;
	uint16_t asid;
	uint64_t page[2]; /* the last one accessed, by side: it is in all first levels */
	enum pending pending;
	unsigned int pending_register, pending_code; /* of a TLBI, or the counter */
	uint64_t insns[2];			     /* user, kernel */
	uint64_t tlbi[TLBI_CODES];
	uint64_t unmapped, unknown_zva, unknown_tlbi, late;
	void *(*get_cpu)(int index);
	int (*read_register)(void *cpu, GByteArray *buffer, int n);
	GByteArray *buffer;
} plugin = { .memory.base = 0x40000000, .page = { NO_PAGE, NO_PAGE }, .cost = 30 };

static uint64_t read_x(unsigned int n)
{
	uint64_t value;

	if (n == XZR)
		return 0;
	g_byte_array_set_size(plugin.buffer, 0);
	plugin.read_register(plugin.get_cpu(0), plugin.buffer, n);
	memcpy(&value, plugin.buffer->data, sizeof(value));
	return value;
}

/* Without the tag in its first byte: bit 55 says which half it is in. */
static uint64_t canonical(uint64_t va)
{
	return (uint64_t)((int64_t)(va << 8) >> 8);
}

static bool in_kernel_half(uint64_t va)
{
	return va >> 55 & 1;
}

static enum target target_of(uint64_t va)
{
	if (!in_kernel_half(va))
		return UACCESS;
	if (!(va >> 47 & 1))
		return LINEAR;
	return va >= plugin.image_first && va < plugin.image_end ? IMAGE : OTHER;
}

static bool walk_va(void *context, uint64_t va, struct mapping *ret)
{
	return walk(&plugin.memory, in_kernel_half(va) ? plugin.ttbr1 : plugin.ttbr0, va, ret);
}

static void access_model(struct model *m, enum core_side side, uint64_t va)
{
	unsigned int reads = 0;
	enum core_result result =
		core_access(&m->core, side, va, plugin.asid, walk_va, NULL, &reads);

	if (result == CORE_L1_HIT)
		return;
	if (result == CORE_UNMAPPED)
		plugin.unmapped++;
	misses_add(&m->by_mode[plugin.kernel], side, result, reads);
	if (plugin.kernel && side == CORE_DATA)
		misses_add(&m->by_target[target_of(va)], side, result, reads);
}

static void access_page(enum core_side side, uint64_t raw)
{
	uint64_t va = canonical(raw), page = va >> TLB_PAGE_SHIFT;

	/* a hit on what was used last changes nothing in any model */
	if (page == plugin.page[side])
		return;
	plugin.page[side] = page;
	for (int i = 0; i < plugin.n_models; i++)
		access_model(&plugin.models[i], side, va);
}

static void forget_pages(void)
{
	plugin.page[CORE_DATA] = plugin.page[CORE_CODE] = NO_PAGE;
}

static void apply_tlbi(uint64_t operand)
{
	struct tlb_scope scope = { 0, UINT64_MAX, 0, true, true };

	if (!scope_of_tlbi(plugin.pending_code, operand, &scope))
		plugin.unknown_tlbi++;
	for (int i = 0; i < plugin.n_models; i++)
		core_invalidate(&plugin.models[i].core, &scope);
}

static void look(void)
{
	plugin.looking = true;
	forget_pages();
}

static uint64_t count_pmu(unsigned int event, bool user, bool kernel)
{
	const bool counted[2] = { user, kernel };
	uint64_t sum = 0;

	if (!plugin.looking)
		look();
	for (int mode = 0; mode < 2; mode++)
		if (counted[mode])
			sum += event == INST_RETIRED ? plugin.insns[mode]
						     : event_count(&plugin.pmu->by_mode[mode],
								   plugin.pmu->core.split,
								   plugin.cost, event);
	return sum;
}

/* @va: of a struct told in the program that runs */
static void tell(uint64_t va)
{
	struct told told;
	struct mapping m;
	uint64_t offset;

	if (!plugin.pmu || !walk(&plugin.memory, plugin.ttbr0, va, &m))
		return;
	offset = m.pa - plugin.memory.base;
	if (offset % 4096 + sizeof(told) > 4096 || offset + sizeof(told) > plugin.memory.size)
		return;
	guestpmu_tell(&told);
	told.cost = plugin.cost;
	memcpy(plugin.memory.ram + offset, &told, sizeof(told));
}

static void apply_pending(void)
{
	uint64_t value = read_x(plugin.pending_register);

	switch (plugin.pending) {
	case TLBI:
		apply_tlbi(value);
		break;
	case TTBR0:
		plugin.ttbr0 = value;
		break;
	case TTBR1: /* Linux keeps the ASID here (TCR_EL1.A1) */
		plugin.ttbr1 = value;
		plugin.asid = value >> 48;
		break;
	case COUNTER_TYPE:
		guestpmu_set_type(plugin.pending_code, value);
		break;
	case TELL:
		tell(value);
		break;
	case NOTHING:
		break;
	}
	plugin.pending = NOTHING;
	forget_pages();
}

static void on_block(unsigned int cpu, void *data)
{
	const struct block *block = data;

	if (plugin.pending)
		apply_pending();
	plugin.kernel = in_kernel_half(block->va);
	if (!plugin.looking)
		return;
	access_page(CORE_CODE, block->va);
	if (block->zva >= 0)
		access_page(CORE_DATA, read_x(block->zva));
}

static void on_memory(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t va, void *data)
{
	if (plugin.looking)
		access_page(CORE_DATA, va);
}

/* @data: what, the register, the code of a TLBI or the counter */
static void on_change(unsigned int cpu, void *data)
{
	uintptr_t packed = (uintptr_t)data;

	plugin.pending = packed & 7;
	plugin.pending_register = packed >> 3 & 31;
	plugin.pending_code = packed >> 8;
	if (plugin.pending == TLBI)
		plugin.tlbi[plugin.pending_code]++;
}

static void on_counter_read(unsigned int cpu, void *data)
{
	guestpmu_read((uintptr_t)data);
}

static void on_unknown_zva(unsigned int cpu, void *data)
{
	plugin.unknown_zva += plugin.looking;
}

/* More of the block follows, which on_change() would have to come before. */
static void on_late(unsigned int cpu, void *data)
{
	plugin.late += plugin.looking;
}

static void print_misses(const char *name, const struct misses *m)
{
	fprintf(plugin.out,
		"\"%s\": {\"l1d\": %lu, \"l1i\": %lu, \"walks_d\": %lu, \"walks_i\": %lu, "
		"\"reads\": %lu}",
		name, m->l1[CORE_DATA], m->l1[CORE_CODE], m->walks[CORE_DATA],
		m->walks[CORE_CODE], m->reads[CORE_DATA] + m->reads[CORE_CODE]);
}

static void print_model(const char *name, const struct model *m)
{
	fprintf(plugin.out, "\"%s\": {", name);
	print_misses("user", &m->by_mode[0]);
	fputs(", ", plugin.out);
	print_misses("kernel", &m->by_mode[1]);
	for (int i = 0; i < TARGETS; i++)
		fprintf(plugin.out, ", \"%s\": {\"l1d\": %lu, \"walks_d\": %lu}",
			target_name[i], m->by_target[i].l1[CORE_DATA],
			m->by_target[i].walks[CORE_DATA]);
	fputc('}', plugin.out);
}

static void print_tlbi(void)
{
	const char *separator = "";
	char name[TLBI_NAME_MAX];

	for (unsigned int code = 0; code < TLBI_CODES; code++) {
		if (!plugin.tlbi[code] || !tlbi_name(code, name))
			continue;
		fprintf(plugin.out, "%s\"%s\": %lu", separator, name, plugin.tlbi[code]);
		separator = ", ";
	}
}

static void print_counts(const char *mark)
{
	fprintf(plugin.out,
		"{\"mark\": \"%s\", \"insns\": {\"user\": %lu, \"kernel\": %lu}, "
		"\"odd\": {\"unmapped\": %lu, \"zva\": %lu, \"tlbi\": %lu, \"late\": %lu}, "
		"\"tlbi\": {",
		mark, plugin.insns[0], plugin.insns[1], plugin.unmapped, plugin.unknown_zva,
		plugin.unknown_tlbi, plugin.late);
	print_tlbi();
	fputs("}, \"presets\": {", plugin.out);
	for (int i = 0; i < plugin.n_models; i++) {
		fputs(i ? ", " : "", plugin.out);
		print_model(tlb_presets[plugin.chosen[i]].name, &plugin.models[i]);
	}
	fputs("}}\n", plugin.out);
	fflush(plugin.out);
}

static void on_hint(unsigned int cpu, void *data)
{
	switch ((uintptr_t)data) {
	case HINT_BEGIN:
		print_counts("begin");
		break;
	case HINT_END:
		print_counts("end");
		break;
	case HINT_OFF:
		plugin.looking = false;
		break;
	case HINT_ON:
		look();
		break;
	}
}

static void call(struct qemu_plugin_insn *insn, qemu_plugin_vcpu_udata_cb_t function,
		 uintptr_t data)
{
	qemu_plugin_register_vcpu_insn_exec_cb(insn, function, QEMU_PLUGIN_CB_NO_REGS,
					       (void *)data);
}

static uint32_t word_of(const struct qemu_plugin_tb *tb, size_t i)
{
	uint32_t word;

	memcpy(&word, qemu_plugin_insn_data(qemu_plugin_tb_get_insn(tb, i)), sizeof(word));
	return word;
}

static bool is_hint(uint32_t word, unsigned int *ret)
{
	/* HINT #imm: 1101 0101 0000 0011 0010 CRm:op2 11111 */
	*ret = word >> 5 & 127;
	return (word & 0xfffff01f) == 0xd503201f;
}

/* What of the kind on_change() is about @word is, packed, or 0. */
static uintptr_t change_of(uint32_t word)
{
	uintptr_t reg = (word & 31) << 3;
	int code = tlbi_code(word);

	if (code >= 0)
		return TLBI | reg | (uintptr_t)code << 8;
	code = plugin.pmu ? guestpmu_type_of(word) : -1;
	if (code >= 0)
		return COUNTER_TYPE | reg | (uintptr_t)code << 8;
	/* MSR TTBR0_EL1 and TTBR1_EL1 */
	if ((word & ~31u) == 0xd5182000)
		return TTBR0 | reg;
	if ((word & ~31u) == 0xd5182020)
		return TTBR1 | reg;
	return 0;
}

/* May @word write register @n?  Its destination, or a base that is written back, is in one of
 * two places; says yes too often rather than too rarely. */
static bool may_write(uint32_t word, unsigned int n)
{
	return (word & 31) == n || (word >> 5 & 31) == n;
}

/* The register of DC ZVA in instruction @i if it has that value when the block begins, else -1
 */
static int zva_register(const struct qemu_plugin_tb *tb, size_t i)
{
	unsigned int n = word_of(tb, i) & 31;

	while (i--)
		if (may_write(word_of(tb, i), n))
			return -1;
	return n;
}

static bool is_zva(uint32_t word)
{
	return (word & ~31u) == 0xd50b7420;
}

static void translate_insn(struct qemu_plugin_tb *tb, size_t i, struct block *block)
{
	struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
	uint32_t word = word_of(tb, i);
	uintptr_t change = change_of(word);
	unsigned int hint;
	int reg;

	qemu_plugin_register_vcpu_insn_exec_inline(
		insn, QEMU_PLUGIN_INLINE_ADD_U64, &plugin.insns[in_kernel_half(block->va)], 1);
	qemu_plugin_register_vcpu_mem_cb(insn, on_memory, QEMU_PLUGIN_CB_NO_REGS,
					 QEMU_PLUGIN_MEM_RW, NULL);
	if (is_hint(word, &hint) && hint >= HINT_BEGIN && hint <= HINT_ON)
		call(insn, on_hint, hint);
	else if (hint == TOLD_HINT && is_hint(word, &hint))
		call(insn, on_change, TELL); /* x0; an ISB ends the block */
	if (plugin.pmu && guestpmu_read_of(word) >= 0)
		call(insn, on_counter_read, guestpmu_read_of(word));
	if (change) {
		call(insn, on_change, change);
		if (i + 1 != qemu_plugin_tb_n_insns(tb))
			call(insn, on_late, 0);
	}
	if (!is_zva(word))
		return;
	reg = block->zva < 0 ? zva_register(tb, i) : -1; /* one in a block is followed */
	if (reg >= 0)
		block->zva = reg;
	else
		call(insn, on_unknown_zva, 0);
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	/* belongs to the translated code, which QEMU may throw away without telling */
	struct block *block = g_new(struct block, 1);

	*block = (struct block){ qemu_plugin_tb_vaddr(tb), -1 };
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++)
		translate_insn(tb, i, block);
	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS, block);
}

static void at_exit(qemu_plugin_id_t id, void *data)
{
	print_counts("exit");
	fclose(plugin.out);
	for (int i = 0; i < plugin.n_models; i++)
		core_done(&plugin.models[i].core);
}

static int complain(const char *what, const char *why)
{
	fprintf(stderr, "tlbmodel: %s: %s\n", what, why);
	return -1;
}

static int map_memory(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st) || st.st_size < 4096) {
		if (fd >= 0)
			close(fd);
		return complain(path, "no file with the guest's memory (make it with truncate "
				      "before QEMU starts)");
	}
	p = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return complain(path, "cannot be mapped");
	plugin.memory.ram = p;
	plugin.memory.size = st.st_size;
	return 0;
}

static int choose_presets(const char *names)
{
	for (;;) {
		size_t len = strcspn(names, "+");
		int preset = tlb_preset_find(names, len);

		if (preset < 0 || plugin.n_models == TLB_PRESETS)
			return complain(names, "begins with no name of a preset");
		plugin.chosen[plugin.n_models++] = preset;
		if (!names[len])
			return 0;
		names += len + 1;
	}
}

static int choose_pmu(const char *name)
{
	if (plugin.n_models || choose_presets(name) || plugin.n_models != 1)
		return complain(name, "must be the only preset");
	plugin.pmu = &plugin.models[0];
	if (!guestpmu_attach(count_pmu))
		return complain("pmu",
				"this QEMU's PMU takes no counts (make qemu builds one)");
	return 0;
}

static int parse_argument(const char *argument)
{
	char *end = "";

	if (!strncmp(argument, "memory=", 7))
		return map_memory(argument + 7);
	if (!strncmp(argument, "out=", 4)) {
		plugin.out = fopen(argument + 4, "w");
		return plugin.out ? 0 : complain(argument + 4, "cannot be written");
	}
	if (!strncmp(argument, "presets=", 8))
		return choose_presets(argument + 8);
	if (!strncmp(argument, "pmu=", 4))
		return choose_pmu(argument + 4);
	if (!strncmp(argument, "cost=", 5)) {
		plugin.cost = strtoul(argument + 5, &end, 10);
	} else if (!strncmp(argument, "base=", 5)) {
		plugin.memory.base = strtoull(argument + 5, &end, 16);
	} else if (!strncmp(argument, "image=", 6)) {
		plugin.image_first = strtoull(argument + 6, &end, 16);
		if (*end++ == '-')
			plugin.image_end = strtoull(end, &end, 16);
	} else {
		end = "?";
	}
	return *end ? complain(argument, "is none of out=FILE, memory=FILE, base=ADDRESS, "
					 "image=FIRST-END (hexadecimal), presets=NAME+NAME, "
					 "pmu=NAME, cost=CYCLES")
		    : 0;
}

static int find_registers(void)
{
	void *get_cpu = dlsym(RTLD_DEFAULT, "qemu_get_cpu");
	void *read_register = dlsym(RTLD_DEFAULT, "aarch64_cpu_gdb_read_register");

	if (!get_cpu || !read_register)
		return complain("QEMU",
				"exports no way to read registers (Debian's 7.2 does)");
	memcpy(&plugin.get_cpu, &get_cpu, sizeof(get_cpu));
	memcpy(&plugin.read_register, &read_register, sizeof(read_register));
	plugin.buffer = g_byte_array_new();
	return 0;
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info,
					   int argc, char **argv)
{
	if (strcmp(info->target_name, "aarch64") || !info->system_emulation ||
	    info->system.max_vcpus != 1)
		return complain("the machine", "is not a whole aarch64 machine with one CPU");
	for (int i = 0; i < argc; i++)
		if (parse_argument(argv[i]))
			return -1;
	if (!plugin.out || !plugin.memory.ram)
		return complain("arguments", "out=FILE or memory=FILE is missing");
	if (find_registers())
		return -1;
	if (!plugin.n_models)
		for (int i = 0; i < TLB_PRESETS; i++)
			plugin.chosen[plugin.n_models++] = i;
	for (int i = 0; i < plugin.n_models; i++)
		if (core_init(&plugin.models[i].core, &tlb_presets[plugin.chosen[i]]))
			return complain(tlb_presets[plugin.chosen[i]].name, "no memory");
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	return 0;
}
