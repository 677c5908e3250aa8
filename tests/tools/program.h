// SPDX-License-Identifier: GPL-2.0-only
/* The smallest BPF program: its text is a page of the kernel's that becomes read-only. */
#ifndef TESTS_TOOLS_PROGRAM_H
#define TESTS_TOOLS_PROGRAM_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PROGRAM_ANSWER 42

#define PROGRAM_INSNS 4096 /* arm64 makes 4 bytes of each */

/*
 * Its descriptor, or -1 with errno. r0 = PROGRAM_ANSWER, @n - 1 times; exit.  @n: 2 or more,
 * up to PROGRAM_INSNS
 */
static inline int program_load_long(unsigned int n)
{
	static struct bpf_insn insns[PROGRAM_INSNS];
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insn_cnt = n,
		.insns = (uintptr_t)insns,
		.license = (uintptr_t) "GPL",
	};

	for (unsigned int i = 0; i < n - 1; i++)
		insns[i] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K,
					      .dst_reg = BPF_REG_0,
					      .imm = PROGRAM_ANSWER };
	insns[n - 1] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static inline int program_load(void)
{
	return program_load_long(2);
}

/* Runs it; whether it returns what it should. */
static inline bool program_answers(int fd)
{
	char frame[64] = { 0 };
	union bpf_attr attr = {
		.test.prog_fd = fd,
		.test.data_in = (uintptr_t)frame,
		.test.data_size_in = sizeof(frame),
	};

	return !syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr)) &&
	       attr.test.retval == PROGRAM_ANSWER;
}

#endif
