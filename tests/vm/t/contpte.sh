#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Folds, unfolds and maps of contiguous PTEs without tracepoints, to the event: each
# expected number follows from what tests/tools/contpte does to its 64 MiB (4K pages) or
# 256 MiB (16K pages), not from pgtop.
# deadline: 480
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

need_config CONFIG_ARM64_CONTPTE

page=$(getconf PAGESIZE)
case $page in
4096) block=65536 bytes=$((64 << 20)) ;;
16384) block=$((2 << 20)) bytes=$((256 << 20)) ;;
*) skip_all "no plan for pages of $page bytes" ;;
esac
blocks=$((bytes / block))

thp=/sys/kernel/mm/transparent_hugepage
set_knob $thp/enabled never
for knob in "$thp"/hugepages-*kB/enabled; do
	set_knob "$knob" never
done
set_knob $thp/hugepages-$((block / 1024))kB/enabled madvise

declare -A counts=()

# got I NAME: change NAME made by command I
got()
{
	echo "${counts[$1.$2]-}"
}

# count_of WAY COMMAND...
count_of()
{
	local line
	# shellcheck disable=SC2016 # the inner shell expands
	ok "contpte_count $1" sh -c 'out=$1; shift; exec contpte_count "$@" >"$out"' sh \
		"$T/counts" "$1" /opt/pgtop/bin/contpte $bytes $block "${@:2}"
	cp "$T/counts" "$RESULTS/contpte.$1"
	counts=()
	while IFS= read -r line; do
		counts[${line%%=*}]=${line#*=}
	done <"$T/counts"
}

count()
{
	count_of "$1" touch "protect 23" "restore 23" "last 5" "drop 7" fork unmap
}

# expect I UNFOLDS FOLDS MAPS WHAT
expect()
{
	is "$(got "$1" process.unfolds)" "$2" "$means: $5: $2 unfolds by the process"
	is "$(got "$1" process.folds)" "$3" "$means: $5: $3 folds by the process"
	is "$(got "$1" process.maps)" "$4" "$means: $5: $4 maps by the process"
}

check()
{
	means=$1
	expect 1 0 0 "$blocks" "first touch of $blocks blocks"
	expect 2 23 0 0 "a page amid 23 blocks made read-only"
	expect 3 0 0 0 "made writable again"
	expect 4 5 5 0 "the last page of 5 blocks both ways"
	expect 5 7 0 0 "a page amid 7 blocks dropped"
	# A child shares what is whole in one folio; the dropped pages leave 7 blocks with a hole.
	expect 6 0 0 $((blocks - 7)) "fork unfolds nothing and maps whole blocks"
	expect 7 0 0 0 "unmapping whole blocks unfolds nothing"
	cmp_ok "$(got 4 contpte.fold_attempts)" -ge 5 "$means: at least 5 attempts for 5 folds"

	is "$(got 2 reason.api)" "$(got 2 contpte.unfolds)" "$means: mprotect: reason api"
	cmp_ok "$(got 2 caller.change_protection)$(got 2 caller.change_pte_range)" -eq 23 \
		"$means: mprotect: the caller is change_protection, or change_pte_range inside it"
	for i in 1 2 3 4 5 6 7; do
		is "$(got $i reason)" "$(got $i contpte.unfolds)" "$means: command $i: reasons add up"
		is "$(got $i caller)" "$(got $i contpte.unfolds)" "$means: command $i: callers add up"
		is "$(got $i latency)" "$(got $i contpte.unfolds)" "$means: command $i: the histogram adds up"
		cmp_ok "$(got $i contpte.unfold_time)" -le "$(got $i longest)" \
			"$means: command $i: the time of all is no more than the histogram allows"
		cmp_ok "$(got $i contpte.unfold_time)" -ge $(($(got $i longest) / 2)) \
			"$means: command $i: ... and no less"
		is "$(got $i self.events_dropped)" 0 "$means: command $i: nothing dropped"
		is "$(got $i self.events_unattributed)" 0 "$means: command $i: nothing unattributed"
		cmp_ok "$(got $i contpte.unfolds)" -ge "$(got $i process.unfolds)" \
			"$means: command $i: the machine unfolds no less than the process"
	done
	is "$(got 1 process.comm)" contpte "$means: the name of the process"
}

for way in fentry kprobe; do
	count $way || continue
	is "$(grep -c "^probe\.contpte.*=ok" "$T/counts")" 6 "$way: six rows are ok"
	is "$(grep "^probe\.contpte\.\(unfolds\|folds\|maps\)=" "$T/counts" | grep -vc "=ok $way ")" 0 \
		"$way: is the means"
	check $way
done

# --- a fork copies whole blocks of what nobody may touch, and maps none of them contiguous

for way in fentry kprobe; do
	count_of $way touch hide fork
	means=$way
	expect 1 0 0 "$blocks" "first touch of $blocks blocks"
	is "$(got 3 process.maps)" 0 "$way: fork of PROT_NONE: no maps"
done

# --- folios of two blocks, and of half a block: maps are blocks, not calls

# folios BYTES MAPS UNFOLDS WAY...
folios()
{
	set_knob $thp/hugepages-$((block / 1024))kB/enabled never
	set_knob $thp/hugepages-$(($1 / 1024))kB/enabled madvise
	for way in "${@:4}"; do
		count "$way"
		is "$(got 1 process.maps)" "$2" "$way: folios of $1 bytes: $2 maps"
		is "$(got 1 process.folds)" 0 "$way: folios of $1 bytes: no folds"
		is "$(got 2 process.unfolds)" "$3" "$way: folios of $1 bytes: $3 unfolds"
	done
	set_knob $thp/hugepages-$(($1 / 1024))kB/enabled never
	set_knob $thp/hugepages-$((block / 1024))kB/enabled madvise
}

folios $((2 * block)) $blocks 23 fentry kprobe
folios $((block / 2)) 0 0 fentry

done_testing
