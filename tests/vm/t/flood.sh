#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A flood of TLB flushes by two priorities on one CPU: where the kernel can be preempted, another
# program is let in amid one that counts (fentry since 5.13, tracepoints since 7.0), and what
# both add to is exact.  Without rows for processes, each flush is in the total of its kind,
# which one program counts, and in what is unattributed, which all do.
# deadline: 600
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"
PROGS=/opt/pgtop/bin TOOLS=/opt/pgtop/bin
# shellcheck source=tests/flushes.sh
. "${VM_FLUSHES:-/opt/pgtop/flushes.sh}"

# Real-time tasks are let in at once; before 7.0 that has to be asked for.
preempt=/sys/kernel/debug/sched/preempt
[ ! -e $preempt ] || [[ $(<$preempt) == *"(lazy)"* ]] || set_knob $preempt full
diag "preemption: $(cat $preempt 2>&1)"

for n in 1009 20011; do
	count priorities $n rows=1 alone || continue
	diag "$(grep '^ours' "$T/counts" | tr '\n' ' ')"
	is "$(($(got 'ours\.rows') + $(got 'ours\.unattributed')))" "$(got 'ours\.flushes')" \
		"$n times: all processes and what is unattributed add up to the total"
	cmp_ok "$(($(got 'ours\.unattributed') + $(got 'ours\.dropped')))" -ge "$n" \
		"$n times: which is not little"
done

done_testing
