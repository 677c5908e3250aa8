#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# pgtop why: mappings that were made to have one cause each for small leaves, and what it says of
# each byte of them. Second sources are how they were made, smaps, and /proc/kpageflags.
# alone: it changes the policy, and what others do to memory splits and collapses its pages
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

thp=/sys/kernel/mm/transparent_hugepage
M=$((1 << 20))
page=$(getconf PAGESIZE)

[ -d $thp ] || skip_all "this kernel has no transparent huge pages"
[ "$page" = 4096 ] || skip_all "the leaf of 2M is another one with pages of $page bytes"
"$PGTOP" why $$ --json >"$T/out" 2>"$T/err" || skip_all "$(cat "$T/err")"
[ "$(json "$T/out" .folios)" = null ] || skip_all "$(json "$T/out" .folios.unavailable)"

# end_of PID: and wait for it, so that the files it maps can go
end_of()
{
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

# causes KIND...: such a process; its pid in $pid
causes()
{
	rm -f "$T/to" "$T/maps"
	mkfifo "$T/to"
	"$TOOLS/causes" "$@" <"$T/to" >"$T/maps" 2>&1 &
	at_exit end_of $!
	# shellcheck disable=SC2034 # held open: where it ends, the process does
	exec {to}>"$T/to"
	wait_for 30 grep -qs ^ready "$T/maps" || fail "the mappings are there"
	pid=$(awk '$1 == "ready" { print $2 }' "$T/maps")
	grep ^fail "$T/maps" | while read -r line; do diag "$line"; done
}

why()
{
	"$PGTOP" why "$pid" --json >"$T/why" 2>"$T/err" || diag "$(cat "$T/err")"
}

# found KIND: REASON SMALL_BYTES REASON_BYTES of that mapping, "none" if it has no small leaf
found()
{
	local start
	start=0x$(awk -v k="$1" '$1 == "map" && $2 == k { print $3 }' "$T/maps")
	json "$T/why" "[.mappings[] | select(.start == \"$start\") |
		\"\\(.reason) \\(.small_bytes) \\(.reason_bytes)\"] + [\"none\"] | .[0]"
}

# reason NAME MEMBER
reason()
{
	json "$T/why" "[.reasons[] | select(.reason == \"$1\") | .$2] | add // 0"
}

# rss: of all mappings that are not special
rss()
{
	awk '$1 == "Rss:" { n = $2 } $1 == "VmFlags:" && !/ (io|pf|mm|de)( |$)/ { sum += n }
		END { printf "%.0f", sum * 1024 }' "/proc/$pid/smaps"
}

policy=$thp/hugepages-2048kB/enabled
[ -f $policy ] || policy=$thp/enabled
set_knob $policy madvise
[ ! -f $thp/hugepages-2048kB/shmem_enabled ] || set_knob $thp/hugepages-2048kB/shmem_enabled inherit
set_knob $thp/shmem_enabled never

mkdir "$T/ram" "$T/tmpfs"
mount -t ramfs none "$T/ram" && at_exit umount -l "$T/ram"
mount -t tmpfs -o huge=never none "$T/tmpfs" && at_exit umount -l "$T/tmpfs"

causes plain advised forbidden locked short late split part memfd file:"$T/ram" copied:"$T/ram" \
	sparse advised-sparse
why

### each has its cause, for exactly its bytes

all=$((4 * M))
is "$(found plain)" "policy-madvise $all $all" "not asked for"
is "$(found locked)" "policy-madvise $all $all" "locked memory has the same reason as other memory"
is "$(found forbidden)" "nohugepage $all $all" "forbidden by MADV_NOHUGEPAGE"
is "$(found short)" "short-mapping $M $M" "no whole block"
is "$(found late)" "small-folios $all $all" "small folios, though the policy allows large ones"
is "$(found memfd)" "shmem-never $all $all" "policy of shared memory"
is "$(found file)" "file-system $all $all" "ramfs has no large folios"
is "$(found copied)" "private-copy $all $all" "private copies of pages of a file"
if [ "$(found advised)" = none ]; then
	is "$(found split)" "unfolded $all $all" "whole folios, split by mprotect"
	is "$(found part)" "partly-mapped $((3 * M)) $((3 * M))" "folios that are mapped in part"
	is "$(reason unfolded bytes) $(reason unfolded entries) $(reason unfolded blocks)" "$all 1024 2" \
		"unfolded: 1024 entries could be 2"
	start=$(awk '$2 == "part" { print $3 }' "$T/maps")
	is "$(echo "$start" | "$TOOLS/folios" "$pid")" "$start 9 anon" "... kpageflags: of order 9"
else
	skip "no huge page could be had" "split, mapped in part"
fi
vdso=$(awk '/^[0-9a-f]+-/ { name = $6 } $1 == "VmFlags:" && / (io|pf|mm|de)( |$)/ { print name }' \
	"/proc/$pid/smaps" | tr '\n' ' ')
like "$(json "$T/why" '[.mappings[] | select(.reason == "special") | .name] | join(" ")')" '^\[v' \
	"special: what smaps flags so ($vdso)"

### the reasons add up

is "$(json "$T/why" '([.reasons[].bytes] | add) == .small_bytes')" true "reasons add up to all small bytes"
is "$(json "$T/why" '.reached_bytes + .small_bytes == .present_bytes')" true "... and with large leaves to all"
is "$(json "$T/why" '([.mappings[].small_bytes] | add) == .small_bytes')" true "mappings add up, too"
is $(($(json "$T/why" .present_bytes) - $(reason special bytes))) "$(rss)" "all but special pages are Rss"

### what each size would make of it: sparse has 128 pages, one in eight

# what_if MEMBER: of 2M
what_if()
{
	json "$T/why" ".what_if[] | select(.folio_bytes == 2097152) | .$1"
}

rss_of()
{
	awk -v s="$(awk -v k="$1" '$2 == k { print $3 }' "$T/maps")-" '
		/^[0-9a-f]+-/ { here = index($1, s) == 1 } here && $1 == "Rss:" { print $2 * 1024 }' \
		"/proc/$pid/smaps"
}

before=$(what_if added_bytes) gain=$(what_if bytes)
causes sparse
why
is "$(what_if bytes) $(what_if entries_before) $(what_if entries_after)" "$((M / 2)) 128 2" \
	"2M: what it would win, and entries"
is "$(what_if added_bytes)" $((all - M / 2)) "2M: memory that it would add"
cmp_ok "$before" -ge $((all - M / 2)) "... and with other mappings no less"
cmp_ok "$gain" -ge $((3 * all + M / 2)) "what is plain, locked and late would win, too"
is "$(json "$T/why" '[.what_if[] | select(.leaf_bytes == 4096) | .bytes] | add // 0')" 0 \
	"folios without a larger leaf win nothing"
added=$(what_if added_bytes)
causes advised-sparse
if [ "$(rss_of advised-sparse)" = "$all" ]; then
	is $((M / 2 + added)) "$(rss_of advised-sparse)" "with the policy it is as predicted"
else
	skip "no huge page could be had" "with the policy it is as predicted"
fi

### policies and the process

set_knob $policy never
causes plain late
why
is "$(found plain) $(found late)" "policy-never $all $all policy-never $all $all" "policy never, asked for or not"
set_knob $policy always
causes forbidden late file:"$T/tmpfs"
why
is "$(found late)" "small-folios $all $all" "policy always"
is "$(found file)" "tmpfs-mount $all $all" "a tmpfs that was mounted with huge=never"
like "$(json "$T/why" '.reasons[] | select(.reason == "tmpfs-mount") | .remedy')" 'huge=within_size' "... and the remedy"
causes disabled plain
why
is "$(found plain)" "thp-disabled $all $all" "forbidden to the process"

### several processes, names, cgroups, errors

"$PGTOP" why causes --json >"$T/why" 2>"$T/err"
cmp_ok "$(json "$T/why" '.processes | length')" -ge 6 "a name: all processes of it"
is "$(json "$T/why" '([.processes[] | .small_bytes + .reached_bytes] | add) == .present_bytes')" true \
	"... which add up"
"$PGTOP" why "$pid" $$ >"$T/out" 2>"$T/err"
like "$(cat "$T/out")" '^2 processes, ' "two processes"
like "$(cat "$T/out")" 'thp-disabled: forbidden to the process' "text: reasons are explained"

refused()
{
	local status=0
	"$PGTOP" why "${@:3}" >"$T/out" 2>"$T/err" || status=$?
	is "$status" "$1" "status $1: why ${*:3}"
	like "$(cat "$T/err")" "$2" "... and says so"
}
refused 2 'give a PID, a name or --cgroup PATH'
refused 4 "no process named 'there-is-none'" there-is-none
refused 4 'there is no process 4194305' 4194305
refused 3 'process 2 is a kernel thread' 2
refused 2 'no such leaf; expected 2M' $$ --leaf 64K
refused 2 "'x' is not a size" $$ --leaf x
done_testing
