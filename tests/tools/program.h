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

/* Its descriptor, or -1 with errno. r0 = PROGRAM_ANSWER; exit */
static inline int program_load(void)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
		  .dst_reg = BPF_REG_0,
		  .imm = PROGRAM_ANSWER },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insn_cnt = 2,
		.insns = (uintptr_t)insns,
		.license = (uintptr_t) "GPL",
	};

	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
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
