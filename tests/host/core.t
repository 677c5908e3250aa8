#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Kernels that differ from this one in one member, value, function or tracepoint that pgtop's BPF
# programs look for: a program that fails costs its own rows only.
# not sanitized: it loads the same programs fifty times
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/core.sh
. "$(dirname "$0")/../core.sh"

[ "$(id -u)" = 0 ] || skip_all "loading BPF programs needs root"
[ "$(uname -m)" = x86_64 ] || skip_all "what is lost here is what x86_64 loses"
"$PROGS/core_loss" >"$T/loss" || fail "core_loss"

walk="pagewalk.kernel unavailable, pagewalk.process unavailable, pagewalk.folios unavailable"
process="pagewalk.process unavailable, pagewalk.folios unavailable"
expect_losses "$T/loss" <<END
task_struct.pid: tlb.flushes.by_process degraded
task_struct.tgid: tlb.flushes.by_process degraded
btf_trace_task_rename: tlb.flushes.by_process degraded
task_struct.mm: $walk
mm_struct.pgd: $walk
bpf_iter__task_vma.task: $process
bpf_iter__task_vma.vma: $process
vm_area_struct.vm_start: $process
vm_area_struct.vm_end: $process
vm_area_struct.vm_mm: $process
$folio_losses
END
done_testing
