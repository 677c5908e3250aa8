// SPDX-License-Identifier: GPL-2.0-only
/*
 * count.so - QEMU plugin: counts instructions and TLB maintenance of an AArch64 guest
 *
 *   -plugin count.so,out=FILE[,at=ADDRESS:NAME]...
 *
 * Writes one JSON object a line to FILE, each with the counts since power-on:
 *
 *   {"mark": "hint0", "cpu": 0, "insns": N, "insns_kernel": N, "flushes": N,
 *    "tlbi": {"vale1is": N, ...}}
 *
 * at each mark and, as "exit", when QEMU ends.  Marks are hint #0x70 to #0x7f, NOPs that any
 * program in the guest can execute ("hint0" to "hint15"), and the addresses given (each time
 * the instruction there is about to be executed).
 *
 * insns counts instructions begun, insns_kernel those at addresses with bit 55 set: exact with
 * -icount, where one thread runs all CPUs; otherwise several CPUs may lose some.  tlbi counts
 * TLBI instructions by the assembler's name, "unallocated" what has none.  flushes counts how
 * often a CPU that had executed TLBI waited for completion (a DSB).
 *
 * It sees instructions, not what the guest's kernel believes it does: that is its use.
 */
#include "tlbi.h"

#include <qemu-plugin.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARKS_MAX   16
#define HINT_MARK   0x70 /* and the 15 after it: unallocated, hence NOPs */
#define UNALLOCATED TLBI_CODES

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

/* An address to mark at; the callbacks get a pointer to it. */
struct mark {
	uint64_t address;
	const char *name;
};

/* A plugin has one instance and its callbacks no context. */
static struct {
	FILE *out;
	pthread_mutex_t lock;
	struct mark at[MARKS_MAX];
	int n_at;
	struct mark hints[16];
	uint64_t insns_kernel, insns_other;
	atomic_ullong tlbi[TLBI_CODES + 1];
	atomic_ullong flushes;
	atomic_bool *pending; /* by CPU: TLBI executed and not waited for */
} count = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void print_tlbi(FILE *out)
{
	const char *separator = "";
	char name[TLBI_NAME_MAX];

	for (int i = 0; i <= UNALLOCATED; i++) {
		unsigned long long n = atomic_load(&count.tlbi[i]);

		if (!n)
			continue;
		if (i == UNALLOCATED || !tlbi_name(i, name))
			snprintf(name, sizeof(name), "unallocated");
		fprintf(out, "%s\"%s\": %llu", separator, name, n);
		separator = ", ";
	}
}

static void print_counts(const char *mark, unsigned int cpu)
{
	pthread_mutex_lock(&count.lock);
	fprintf(count.out,
		"{\"mark\": \"%s\", \"cpu\": %u, \"insns\": %llu, \"insns_kernel\": %llu, "
		"\"flushes\": %llu, \"tlbi\": {",
		mark, cpu, (unsigned long long)(count.insns_kernel + count.insns_other),
		(unsigned long long)count.insns_kernel, atomic_load(&count.flushes));
	print_tlbi(count.out);
	fputs("}}\n", count.out);
	fflush(count.out);
	pthread_mutex_unlock(&count.lock);
}

static void on_mark(unsigned int cpu, void *data)
{
	const struct mark *mark = data;

	print_counts(mark->name, cpu);
}

static void on_tlbi(unsigned int cpu, void *data)
{
	atomic_fetch_add(&count.tlbi[(uintptr_t)data], 1);
	atomic_store(&count.pending[cpu], true);
}

static void on_dsb(unsigned int cpu, void *data)
{
	if (atomic_exchange(&count.pending[cpu], false))
		atomic_fetch_add(&count.flushes, 1);
}

static void call(struct qemu_plugin_insn *insn, qemu_plugin_vcpu_udata_cb_t function,
		 void *data)
{
	qemu_plugin_register_vcpu_insn_exec_cb(insn, function, QEMU_PLUGIN_CB_NO_REGS, data);
}

static void translate_marks(struct qemu_plugin_insn *insn, uint32_t word)
{
	uint64_t address = qemu_plugin_insn_vaddr(insn);
	unsigned int hint = word >> 5 & 127;

	/* HINT #imm: 1101 0101 0000 0011 0010 CRm:op2 11111 */
	if ((word & 0xfffff01f) == 0xd503201f && hint >= HINT_MARK)
		call(insn, on_mark, &count.hints[hint - HINT_MARK]);
	for (int i = 0; i < count.n_at; i++)
		if (count.at[i].address == address)
			call(insn, on_mark, &count.at[i]);
}

static void translate_insn(struct qemu_plugin_insn *insn)
{
	uint64_t address = qemu_plugin_insn_vaddr(insn);
	char name[TLBI_NAME_MAX];
	uint32_t word;
	int code;

	memcpy(&word, qemu_plugin_insn_data(insn), sizeof(word));
	translate_marks(insn, word);
	qemu_plugin_register_vcpu_insn_exec_inline(
		insn, QEMU_PLUGIN_INLINE_ADD_U64,
		address >> 55 & 1 ? &count.insns_kernel : &count.insns_other, 1);
	code = tlbi_code(word);
	if (code >= 0)
		call(insn, on_tlbi,
		     (void *)(uintptr_t)(tlbi_name(code, name) ? code : UNALLOCATED));
	else if (dsb_completes(word))
		call(insn, on_dsb, NULL);
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);

	for (size_t i = 0; i < n; i++)
		translate_insn(qemu_plugin_tb_get_insn(tb, i));
}

static void at_exit(qemu_plugin_id_t id, void *data)
{
	print_counts("exit", 0);
	fclose(count.out);
	free(count.pending);
}

/* "ADDRESS:NAME" */
static int add_mark(char *text)
{
	struct mark *mark = &count.at[count.n_at];
	char *end;

	if (count.n_at == MARKS_MAX) {
		fprintf(stderr, "count: more than %d addresses\n", MARKS_MAX);
		return -1;
	}
	mark->address = strtoull(text, &end, 16);
	if (end == text || *end != ':' || !end[1]) {
		fprintf(stderr,
			"count: '%s' is not ADDRESS:NAME, the address in hexadecimal\n", text);
		return -1;
	}
	mark->name = end + 1;
	count.n_at++;
	return 0;
}

static int parse_argument(char *argument)
{
	if (!strncmp(argument, "at=", 3))
		return add_mark(argument + 3);
	if (strncmp(argument, "out=", 4) || count.out) {
		fprintf(stderr, "count: '%s' is neither out=FILE (once) nor at=ADDRESS:NAME\n",
			argument);
		return -1;
	}
	count.out = fopen(argument + 4, "w");
	if (!count.out)
		perror(argument + 4);
	return count.out ? 0 : -1;
}

static void name_hints(void)
{
	static char names[16][8];

	for (int i = 0; i < 16; i++) {
		snprintf(names[i], sizeof(names[i]), "hint%d", i);
		count.hints[i].name = names[i];
	}
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info,
					   int argc, char **argv)
{
	if (strcmp(info->target_name, "aarch64") || !info->system_emulation) {
		fputs("count: not a whole aarch64 machine\n", stderr);
		return -1;
	}
	for (int i = 0; i < argc; i++)
		if (parse_argument(argv[i]))
			return -1;
	if (!count.out) {
		fputs("count: out=FILE is missing\n", stderr);
		return -1;
	}
	count.pending = calloc(info->system.max_vcpus, sizeof(*count.pending));
	if (!count.pending)
		return -1;
	name_hints();
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	return 0;
}
