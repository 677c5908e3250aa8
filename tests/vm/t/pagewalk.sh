#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deadline: 1500
#
# Page walks of processes on stock arm64 kernels: exact to the contiguous bit, every kind of
# mapping, whatever the granule and the number of levels.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"
PROGS=/opt/pgtop/bin TOOLS=/opt/pgtop/bin
# shellcheck source=tests/pagewalk.sh
. "${VM_WALK:-/opt/pgtop/pagewalk.sh}"

need_walk process
cp "$T/probe" "$RESULTS/pagewalk-probe"

### the shape of the tables

page=$(getconf PAGESIZE)
# the kernel of kernel/ has 4K pages unless a fragment says otherwise
case $VM_FLAVOUR in
patched+16k*) flavour=16k ;;
patched*) flavour=4k ;;
*) flavour=$VM_FLAVOUR ;;
esac
case $flavour in
4k) block=$((64 << 10)) mthp=64 pmd=$((2 << 20)) ;;
16k) block=$((2 << 20)) mthp=2048 pmd=$((32 << 20)) ;;
*) skip_all "no expectations for flavour $VM_FLAVOUR" ;;
esac
# 52 bits need a CPU with LPA2; without it Debian's kernels fall back (arch/arm64/Kconfig)
case $flavour-$VM_CPU in
4k-*lpa2=off* | 4k-neoverse-n1*) shape="4 48" ;;
4k-*) shape="5 52" ;;
16k-*lpa2=off* | 16k-neoverse-n1*) shape="3 47" ;;
*) shape="4 52" ;;
esac

thp=/sys/kernel/mm/transparent_hugepage
for f in "$thp"/hugepages-*kB/enabled; do
	set_knob "$f" never
done
set_knob "$thp/hugepages-${mthp}kB/enabled" always
set_knob "$thp/khugepaged/defrag" 0
set_knob "$thp/khugepaged/scan_sleep_millisecs" 3600000
start anon=64M
walk -r
is "$(key "$T/walk" levels) $(key "$T/walk" va_bits)" "$shape" "levels and bits of address"
is "$(key "$T/walk" leaf.cont_pte)" $block "a contiguous block is $((block >> 10)) KiB"
is "$(key "$T/walk" leaf.pmd)" $pmd "a PMD leaf is $((pmd >> 20)) MiB"

### contiguous blocks, exactly

is "$(of 0 cont_pte)" $((64 * M)) "64 MiB of ${mthp}K folios: 65536 kB contpte"
is "$(of 0 aligned)" $((64 * M)) "and as much looks so to an alignment estimate"
compare "64 MiB contpte"
is "$("$TOOLS/pagemap" -b $block "$pid" | awk '$1 == "aligned" { print $2 }')" \
	"$(key "$T/walk" aligned)" "which is what pagemap's frames say"
compare_tables "contiguous" "$(of 0 pmd)"

n=23
[ $((64 * M / block)) -gt $n ] || n=7
tell flip 0 $block $((5 * page)) $n
walk -r
is "$(of 0 cont_pte)" $((64 * M - n * block)) "a page in $n blocks read-only and back: $n blocks less"
is "$(of 0 aligned)" $((64 * M)) "which an alignment estimate does not see"
tell flip 0 $block $((5 * page)) $((64 * M / block))
walk -r
is "$(of 0 cont_pte)" 0 "a page in every block: 0 kB contpte"
is "$(of 0 aligned)" $((64 * M)) "and an alignment estimate says 100 %"
is "$(of 0 pte) $(of 0 writable)" "$((64 * M)) $((64 * M))" "all of it mapped and writable"
"$PROGS/dump" "" "usermap:$pid" >"$T/dump"
like "$(<"$T/dump")" "field contpte.mapped_bytes $(key "$T/walk" bytes.cont_pte)"$'\n' \
	"the source reports what is contiguous"
like "$(<"$T/dump")" "field contpte.eligible_bytes $(key "$T/walk" aligned)"$'\n' \
	"and what an alignment estimate would have said"
tell drop 0 0 $block
walk -r
is "$(of 0 aligned)" $((64 * M - block)) "memory that is gone is not eligible"
finish

### a protected page in the middle

start anon=8M
tell protect 0 $((block + 3 * page)) "$page" none
walk -r
is "$(of 0 prot_none)" "$page" "a page made PROT_NONE is memory that is not mapped"
is "$(of 0 cont_pte)" $((8 * M - block)) "its block is contiguous no more"
is "$(of 0 aligned)" $((8 * M - block)) "nor eligible"
finish

### every kind

set_knob "$thp/hugepages-$((pmd >> 10))kB/enabled" madvise
set_knob "$thp/shmem_enabled" advise
[ -d "/sys/kernel/mm/hugepages/hugepages-${mthp}kB" ] &&
	set_knob "/sys/kernel/mm/hugepages/hugepages-${mthp}kB/nr_hugepages" 4
[ "$pmd" -gt $((2 * M)) ] || set_knob /proc/sys/vm/nr_hugepages 4
swap_on 262144 || diag "no swap"
start small=8M anon=$((4 * pmd)) readonly=4M exec=4M protnone=4M swapped=8M zero=4M \
	hugezero=$((2 * pmd)) file=4M shmem=4M hugeshmem=$((2 * pmd)) hugetlb=$((2 * pmd)) \
	hugetlb.${mthp}K=$((2 * block)) guard=4M checker=4M many=1M
grep '^fail' "$T/maps" | while read -r line; do diag "$line"; done
walk -r
cp "$T/walk" "$RESULTS/pagewalk-kinds"
hugepte=$(of 12 cont_pte)
compare "all kinds"
is "$(of 0 pte) $(of 0 writable) $(of 0 executable)" "$((8 * M)) $((8 * M)) 0" "small: PTEs"
is $(($(of 1 pte) + $(of 1 pmd) + $(of 1 cont_pte))) $((4 * pmd)) "anon: all of it"
cmp_ok "$(of 1 pmd)" -ge "$pmd" "anon: PMD leaves among it"
is $(($(of 2 pte) + $(of 2 cont_pte))) $((4 * M)) "readonly: mapped"
is "$(of 2 writable)" 0 "readonly: no byte of it writable"
is "$(of 3 executable)" $((4 * M)) "exec: all of it executable"
is "$(of 4 prot_none) $(of 4 pte)" "$((4 * M)) 0" "protnone: there, but not mapped"
cmp_ok "$(of 5 swap)" -ge $((6 * M)) "swapped: most of it is swap entries"
is $(($(of 5 swap) + $(of 5 pte) + $(of 5 cont_pte))) $((8 * M)) "swapped: the rest is still there"
is "$(of 6 zero) $(of 6 pte)" "$((4 * M)) 0" "zero: all zero pages"
is "$(of 7 zero) $(of 7 pmd)" "$((2 * pmd)) 0" "hugezero: zero pages, huge or not"
is $(($(of 8 pte) + $(of 8 cont_pte) + $(of 8 pmd))) $((4 * M)) "file: mapped"
is "$(of 8 writable)" 0 "file: read-only"
is $(($(of 9 pte) + $(of 9 cont_pte) + $(of 9 pmd))) $((4 * M)) "shmem: mapped"
is $(($(of 10 pte) + $(of 10 cont_pte) + $(of 10 pmd))) $((2 * pmd)) "shmem with huge pages: mapped"
if grep -q '^fail 11' "$T/maps"; then
	diag "$(grep '^fail 11' "$T/maps")"
else
	is "$(of 11 pmd)" $((2 * pmd)) "hugetlb: PMD leaves"
fi
if grep -q '^fail 12' "$T/maps"; then
	skip "$(grep '^fail 12' "$T/maps")" "hugetlb of contiguous PTEs"
else
	is "$(of 12 cont_pte)" $((2 * block)) "hugetlb of contiguous PTEs"
fi
is "$(of 14 pte)" $((2 * M)) "checker: every other page"
is "$(of 15 pte) $(of 15 writable)" "$M $((M / 2))" "many: all mapped, half of it writable"
finish
hugepte=0

### neighbours that differ

start cow=4M halfzero=4M
walk -r
is "$(of 0 pte) $(of 0 writable)" "$((4 * M)) $((2 * M))" "cow: half of it writable again"
is "$(of 1 pte) $(of 1 zero) $(of 1 writable)" "$((2 * M)) $((2 * M)) $((2 * M))" \
	"halfzero: half of it zero pages, the other half writable"
finish

### migration entries, caught while memory is compacted for pages of 32 MiB

pool=/sys/kernel/mm/hugepages/hugepages-32768kB/nr_hugepages
set_knob $pool 0
compact()
{
	echo 16 >$pool
	echo 1 >/proc/sys/vm/compact_memory
	echo 0 >$pool
}
# still_moving: whether pages have moved within two seconds
still_moving()
{
	local n
	n=$(migrated_pages)
	sleep 2
	[ "$(migrated_pages)" -ne "$n" ]
}
worst=0
# What was compacted once moves no more: each round has new memory.
for ((round = 0; round < 8; round++)); do
	[ $round -eq 0 ] || finish
	start spread=384M
	walk_while compact
	echo 0 >$pool
	apart=$(($(key "$T/walk" most.resident) - $(key "$T/walk" least.resident)))
	[ $apart -le $worst ] || worst=$apart
	[ "$(key "$T/walk" most.migration)" -eq 0 ] || break
done
# A page is in no entry at all for the moment in which its entry is replaced.
cmp_ok $worst -le $((M / 2)) "present and migration entries add up while memory is compacted"
diag "$moved pages moved during $(key "$T/walk" walks) walks," \
	"at most $(key "$T/walk" most.migration) bytes at once, after $round rounds without"
cmp_ok "$(key "$T/walk" most.migration)" -gt 0 "migration entries were seen, known as such"
for ((round = 0; round < 30; round++)); do
	still_moving || break
done
compare "compacted"
finish

done_testing
