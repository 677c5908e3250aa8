#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# TLB flushes on a stock arm64 kernel: partial, said to be so, and what is counted is true.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

pgtop doctor --json >"$T/doctor"

row()
{
	doctor_row "$T/doctor" "$1" "$2"
}

is "$(row tlb.flushes state)" degraded "tlb.flushes is degraded"
like "$(row tlb.flushes why)" 'inlines its TLB flushes' "it says why"
like "$(row tlb.flushes remedy)" 'pgtop series' "and what would give all"
for function in tlb_finish_mmu ptep_clear_flush try_to_unmap_flush __purge_vmap_area_lazy __ptep_set_access_flags; do
	is "$(row tlb.flushes.$function state)" ok "$function is traced"
	pgtop doctor --json --symbol $function=no_such_symbol >"$T/renamed"
	is "$(json "$T/renamed" \
		'[.rows[] | select(tostring | contains("no_such_symbol")).name]')" \
		"[\"tlb.flushes.$function\"]" "$function missing: its row only"
done
is "$(row tlb.flushes.tlb_flush state)" unavailable "tlb:tlb_flush is no support"
if [ -d /sys/kernel/tracing/events/tlb/tlb_flush ]; then
	like "$(row tlb.flushes.tlb_flush why)" 'exists on arm64 and never fires' "and is said to be silent"
else # 6.18
	like "$(row tlb.flushes.tlb_flush why)" 'exists only on x86' "and is said to be missing"
fi

# Access flags: pages that a child has shared are read-only when it has ended. The first write to
# each makes it writable again, and flushes it: from 7.x on on the CPU that writes, only.
# shellcheck disable=SC2016 # the inner shell expands
ok "flush_share" sh -c 'flush_share reuse mmops reuse reuse reuse >"$1"' sh "$T/share"
access=$(sed -n 's/.* access_flags=\([0-9]*\).*/\1/p' "$T/share")
cmp_ok "$access" -ge 111 "3 times 37 pages written to again: as many flushes"
cmp_ok "$access" -le 141 "and hardly more"
pgtop -i 1 --json >"$T/json"
bpftool btf dump file /sys/kernel/btf/vmlinux >"$T/btf"
if grep -q "TYPEDEF 'tlbf_t'" "$T/btf"; then
	like "$(<"$T/share")" " local=$access " "of one CPU alone: these"
	is "$(json "$T/json" '[.tables.tlb_flush[] | select(.scope == "copy on write, migration").local.change]')" \
		"[0]" "a copy on write is flushed on all CPUs"
else
	like "$(<"$T/share")" " local=\? " "of one CPU alone: this kernel does not say"
	like "$(json "$T/json" .fields.tlb.flushes_local.unavailable)" 'TLBF_NOBROADCAST' "and the reason is told"
fi

# Copy on write: each page a child writes first is flushed once, by ptep_clear_flush. The
# workload: a process forks; parent and child share 1009 pages; the parent writes each.
for way in fentry kprobe; do
	args=()
	[ $way = kprobe ] && args=(kprobe)
	# shellcheck disable=SC2016 # the inner shell expands
	ok "contpte_count ${args[*]-}" sh -c 'out=$1; shift; exec contpte_count "$@" >"$out"' sh \
		"$T/counts" "${args[@]}" /opt/pgtop/bin/contpte $((64 << 20)) $((2 << 20)) \
		"cow 1009" touch unmap
	cp "$T/counts" "$RESULTS/tlbflush.$way"
	cmp_ok "$(sed -n 's/^1\.process.tlb_flushes=//p' "$T/counts")" -ge 1009 \
		"$way: 1009 pages copied on write: as many flushes, and those of the fork"
	cmp_ok "$(sed -n 's/^1\.process.tlb_flushes=//p' "$T/counts")" -le 1029 \
		"$way: and no more than that"
	cmp_ok "$(sed -n 's/^1\.flush.copy on write, migration=//p' "$T/counts")" -ge 1009 \
		"$way: in the row of copy on write"
	cmp_ok "$(sed -n 's/^3\.process.tlb_flushes=//p' "$T/counts")" -ge 1 \
		"$way: unmapping freed page tables: a flush at least"
	like "$(sed -n 's/^1\.process.tlb_sent=//p' "$T/counts")" 'unknown: arm64 broadcasts' \
		"$way: no CPU sends requests"
	is "$(sed -n 's/^1\.self.events_unattributed=//p' "$T/counts")" 0 "$way: nothing unattributed"
done

done_testing
