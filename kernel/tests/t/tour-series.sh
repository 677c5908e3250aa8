#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The tour of "make vm-demo": it runs to its end, and each part shows what it announces.
# deadline: 1500
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

[ "$(getconf PAGESIZE)" = 4096 ] || skip_all "the tour is written for 4K pages"
knobs()
{
	grep . /sys/kernel/mm/transparent_hugepage/hugepages-*kB/enabled
}
before=$(knobs)

tour()
{
	TOUR_PAUSE=0 /opt/pgtop/tour >"$RESULTS/tour" 2>"$T/err"
}

# part N: what the tour printed under its Nth headline
part()
{
	awk -v n="$1" '/^== / { part++ } part == n' "$RESULTS/tour"
}

ok "the tour runs" tour
is "$(<"$T/err")" "" "nothing on standard error"
cmp_ok "$(awk '{ if (length > n) n = length } END { print n }' "$RESULTS/tour")" -le 80 \
	"it fits 80 columns"
is "$(grep -c '^== ' "$RESULTS/tour")" 7 "seven parts"
like "$(part 1)" 'tlb.flushes +ok +tp_btf arm64_tlb_flush' "doctor: the events are there"
like "$(part 2)" 'ContPteMapped: +65536 kB' "64 MiB contiguous"
like "$(part 3)" 'ContPteMapped: +64064 kB' "23 blocks less"
like "$(part 4)" 'ContPteMapped: +65536 kB' "and folded again"
like "$(part 5)" 'by reason +api [1-9]' "unfolds with reason"
like "$(part 6)" 'range +[1-9]' "flushes by scope"
like "$(part 6)" 'range +[^ ]+ +[^ ]+ +[1-9]' "escalated ones"
like "$(part 7)" 'processes by' "ends with the screen of pgtop"
like "$(part 7)" 'contpte +[1-9]|scopes' "with the workloads in it"
is "$(knobs)" "$before" "it leaves the knobs as they were"

done_testing
