#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# pgtop why on arm64: folios against /proc/kpageflags whatever the granule and however the kernel
# keeps the head of a folio; contiguous blocks that are there, were unfolded, or were not asked for.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"
bin=/opt/pgtop/bin

M=$((1 << 20)) all=$((4 << 20))
page=$(getconf PAGESIZE)
case $page in
4096) leaf=64K block=$((64 << 10)) ;;
*) leaf=2M block=$((2 << 20)) ;;
esac
thp=/sys/kernel/mm/transparent_hugepage
[ -d $thp/hugepages-$((block >> 10))kB ] || skip_all "no folios of $leaf on this kernel"
for f in "$thp"/hugepages-*kB/enabled; do
	set_knob "$f" never
done
set_knob $thp/hugepages-$((block >> 10))kB/enabled madvise

mkfifo "$T/to"
$bin/causes plain advised forbidden split <"$T/to" >"$T/maps" &
at_exit kill $!
# shellcheck disable=SC2034 # held open: where it ends, the process does
exec {to}>"$T/to"
ok "the mappings are there" wait_for 120 grep -q ^ready "$T/maps"
pid=$(awk '$1 == "ready" { print $2 }' "$T/maps")

# same: both say the same of the folio of every page
same()
{
	"$bin/folio_dump" "$pid" 2>"$T/err" | grep -v ' special$' >"$T/walked"
	awk '{ print $1 }' "$T/walked" | "$bin/folios" "$pid" >"$T/flags"
	[ -s "$T/walked" ] && ! grep -q ' unread$' "$T/walked" && diff "$T/walked" "$T/flags"
}
ok "folios are those of kpageflags" same || diag "$(cat "$T/err")"
order=0
while [ $((page << order)) -lt $block ]; do
	order=$((order + 1))
done
cmp_ok "$(grep -c " $order anon\$" "$T/walked")" -ge $((all / page)) "... many of them of $leaf"

# found KIND: REASON SMALL_BYTES REASON_BYTES of that mapping, "none" if it has no small leaf
found()
{
	local start
	start=0x$(awk -v k="$1" '$1 == "map" && $2 == k { print $3 }' "$T/maps")
	json "$RESULTS/why.json" "[.mappings[] | select(.start == \"$start\") |
		\"\\(.reason) \\(.small_bytes) \\(.reason_bytes)\"] + [\"none\"] | .[0]"
}

pgtop why "$pid" --json --leaf $leaf >"$RESULTS/why.json" 2>"$T/err" || diag "$(cat "$T/err")"
is "$(json "$RESULTS/why.json" '[.wanted_bytes, .folios]')" "[$block,null]" "leaves of $leaf are asked for"
is "$(found plain)" "policy-madvise $all $all" "not asked for"
is "$(found forbidden)" "nohugepage $all $all" "forbidden"
is "$(found advised)" none "contiguous blocks: as large as wanted"
is "$(found split)" "unfolded $((2 * block)) $((2 * block))" "two blocks were unfolded by mprotect"
is "$(json "$RESULTS/why.json" '.refold | [.bytes, .entries_before, .entries_after]')" \
	"[$((2 * block)),$((2 * block / page)),2]" "... and could be two leaves again"
is "$(json "$RESULTS/why.json" '([.reasons[].bytes] | add) == .small_bytes')" true "reasons add up"

if [ "$page" = 4096 ]; then
	pgtop why "$pid" --json >"$RESULTS/why.json" 2>"$T/err"
	is "$(json "$RESULTS/why.json" .wanted_bytes)" $((2 * M)) "else 2M"
	is "$(found advised)" "policy-never $all $all" "2M: the policy is never, though 64K are there"
	is "$(json "$RESULTS/why.json" '.what_if[] | select(.folio_bytes == 2097152) |
		.bytes - (.entries_before * 4096) > 0')" true "entries: contiguous blocks count once"
fi
done_testing
