#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What a hook that fails costs: the rows that need it, and only those.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

need_config CONFIG_ARM64_CONTPTE
[ "$(getconf PAGESIZE)" = 4096 ] || skip_all "written for 4K pages"

thp=/sys/kernel/mm/transparent_hugepage
set_knob $thp/enabled never
set_knob $thp/hugepages-64kB/enabled madvise

# got I NAME: change NAME made by command I
got()
{
	sed -n "s/^$1\.$2=//p" "$T/counts"
}

count()
{
	# shellcheck disable=SC2016 # the inner shell expands
	ok "contpte_count $*" sh -c 'out=$1; shift; exec contpte_count "$@" >"$out"' sh \
		"$T/counts" fentry "$@" /opt/pgtop/bin/contpte $((64 << 20)) 65536 touch "protect 23"
}

states()
{
	sed -n 's/^probe\.\([^=]*\)=\([a-z]*\) .*/\1=\2/p' "$T/counts" | sort
}

count && states >"$T/normal"

# --- a symbol that is missing disables the rows that need it, and only those

count contpte_set_ptes=no_such_symbol __contpte_try_fold=none_either && states >"$T/renamed"
is "$(comm -13 "$T/normal" "$T/renamed" | tr '\n' ' ')" \
	"contpte.fold_attempts=unavailable contpte.maps=unavailable " "two symbols missing: two rows"
like "$(grep '^probe.contpte.maps' "$T/counts")" 'no function no_such_symbol' "... each says so"
like "$(grep '^probe.contpte.fold_attempts' "$T/counts")" 'no function none_either' \
	"... and which"
like "$(got 2 process.maps)" '^unknown: .*no_such_symbol' "... also for the process"
is "$(got 2 process.unfolds)" 23 "... and unfolds are counted as ever"

# --- one program the verifier rejects, for arguments the function has not: that by a kprobe

count contpte_set_ptes=try_to_unmap_flush && states >"$T/rejected"
is "$(<"$T/rejected")" "$(<"$T/normal")" "a program is rejected: all rows are there"
like "$(grep '^probe.contpte.maps' "$T/counts")" '=ok kprobe try_to_unmap_flush' "... its own by a kprobe"
like "$(grep '^probe.contpte.unfolds' "$T/counts")" '=ok fentry ' "... others by what they were"
is "$(got 2 process.unfolds)" 23 "... and unfolds are counted as ever"

# --- addresses hidden: counted, without names

set_knob /proc/sys/kernel/kptr_restrict 2
count
like "$(grep '^probe.contpte.unfold_callers' "$T/counts")" '=unavailable kernel addresses are hidden' \
	"kptr_restrict=2: no callers, and why"
like "$(got 2 reason)" 'unknown: kernel addresses are hidden' "... nor reasons"
is "$(got 2 process.unfolds)" 23 "... and unfolds are counted as ever"

done_testing
