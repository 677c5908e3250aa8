#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# pgtop on the oldest kernel it promises to run on, 6.1: what that has is shown, what it lacks is
# named with its reason. It has no contiguous PTEs for user memory, no statistics of mTHP, and
# no counts of splits.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

row()
{
	doctor_row "$RESULTS/doctor.json" "$1" "$2"
}

like "$(uname -r)" '^6\.1\.' "the kernel is 6.1"
ok "the screen succeeds" to "$RESULTS/screen" pgtop --all -i 0.5
cmp_ok "$(width "$RESULTS/screen")" -le 80 "the screen fits 80 columns"
for section in "kernel linear map" "user memory" TLB pressure processes; do
	ok "the screen has: $section" grep -q "^$section" "$RESULTS/screen"
done
ok "doctor succeeds" to "$RESULTS/doctor" pgtop doctor
cmp_ok "$(width "$RESULTS/doctor")" -le 80 "doctor fits 80 columns"
ok "doctor --json succeeds" to "$RESULTS/doctor.json" pgtop doctor --json
ok "--json succeeds" to "$RESULTS/snapshot.json" pgtop --json -i 0.5
for name in unfolds folds maps; do
	is "$(row contpte.$name state)" unavailable "contpte.$name is not there"
	like "$(row contpte.$name why)" 'has no contiguous PTEs for user memory' "... and why"
	like "$(row contpte.$name remedy)" 'Linux 6\.9 or newer' "... and what would help"
done
is "$(row mthp.stats state)" unavailable "no statistics of mTHP"
is "$(json "$RESULTS/snapshot.json" ".fields.contpte.unfolds | keys")" '["unavailable"]' \
	"unknown is no 0"
is "$(row tlb.flushes.tlb_finish_mmu state)" ok "flushes for freed page tables are traced"
ok "pgtopd takes its configuration" pgtopd --check-config
ok "metrics" to "$RESULTS/prom" pgtop prom
done_testing
