#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deadline: 1200
#
# Splits of the linear map on a kernel that splits on demand: what the trace, vmstat, the stats
# file, DirectMap of meminfo, the page walk and pgtop say is the same, to the page; the chain of
# splits that one page of memfd_secret() takes; loading BPF programs and modules.
#
# The numbers are for pages of 4K: a PUD of 1G becomes contiguous PMDs (32M), a group of these
# becomes PMDs (2M), a PMD becomes contiguous pages (64K), a group of these becomes pages. Only
# the first and the third step take a page for the new table.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"
PROGS=/opt/pgtop/bin TOOLS=/opt/pgtop/bin
# shellcheck source=tests/pagewalk.sh
. "${VM_WALK:-/opt/pgtop/pagewalk.sh}"

dir=/sys/kernel/mm/linear_map
tracing=/sys/kernel/tracing
[ -d $dir ] || skip_all "the kernel does not say how it maps its linear map ($dir)"
[ "$(<$dir/mode)" = block_split ] ||
	skip_all "the linear map cannot be split: $(<$dir/mode), $(<$dir/reason)"
[ "$(getconf PAGESIZE)" = 4096 ] || skip_all "no plan for pages of $(getconf PAGESIZE) bytes"
need_walk kernel
ulimit -l unlimited # memfd_secret() has no other limit

sizes=(1073741824 33554432 2097152 65536)
names=(pud_splits cont_pmd_splits pmd_splits cont_pte_splits)
seconds=$((300 * ${VM_SLOW:-1}))

# --- programs that are told what to do, by name

declare -A to=() from=() job=()

start()
{
	local name=$1 in out
	shift
	mkfifo "$T/$name.in" "$T/$name.out"
	eval "exec {in}<>'$T/$name.in' {out}<>'$T/$name.out'"
	"$@" <"$T/$name.in" >"$T/$name.out" &
	to[$name]=$in from[$name]=$out job[$name]=$!
}

# answer NAME END: lines up to one that begins with END, into $T/NAME
answer()
{
	local line=''
	: >"$T/$1"
	while read -r -t $seconds line <&"${from[$1]}" && [[ $line != "$2"* ]]; do
		echo "$line" >>"$T/$1"
	done
	[[ $line == "$2"* ]] || diag "$1: no answer"
}

tell()
{
	echo "$2" >&"${to[$1]}"
	answer "$1" "done"
}

# --- the sources

# number FILE KEY: of a file of lines "KEY NUMBER"
number()
{
	awk -v k="$2" '$1 == k { print $2 }' "$1"
}

# splits of each size by the stats file, then by vmstat: PUD, PMD, groups
state()
{
	local n
	for n in "${names[@]}"; do
		number $dir/stats "$n"
	done
	for n in level3 level2 cont; do
		number /proc/vmstat direct_map_${n}_splits
	done
}

# DirectMap in bytes: 1G 32M 2M 64k 4k
direct()
{
	awk '/^DirectMap/ { n[$1] = $2 * 1024 }
		END { printf "%.0f %.0f %.0f %.0f %.0f\n", n["DirectMap1G:"], n["DirectMap32M:"],
			n["DirectMap2M:"], n["DirectMap64k:"], n["DirectMap4k:"] }' /proc/meminfo
}

# events without error since the trace was cleared, by size
traced()
{
	awk '/linmap_split:/ && / err=0 / { sub(/.*size_from=/, ""); n[$1]++ }
		END { print n[1073741824] + 0, n[33554432] + 0, n[2097152] + 0, n[65536] + 0 }' \
		$tracing/trace
}

# differences of two lists of numbers
minus()
{
	local -a a b
	local i out=()
	read -ra a <<<"$1"
	read -ra b <<<"$2"
	for i in "${!a[@]}"; do
		out+=("$((a[i] - b[i]))")
	done
	echo "${out[*]}"
}

# what was split since the trace was cleared, in $split, with state and direct() of that moment:
# nothing changed while all of them were read
state_now='' direct_now='' split=''
look()
{
	while :; do
		state_now=$(state | tr '\n' ' ')
		direct_now=$(direct)
		split=$(traced)
		[ "$(state | tr '\n' ' ')" != "$state_now" ] || return
	done
}

# did DESC COMMAND...: runs it; all sources agree on what was split meanwhile: in $split
did()
{
	local desc=$1 before map i ours=() n
	shift
	echo "" >&"${to[watch]}"
	answer watch end
	before=$(state | tr '\n' ' ')
	map=$(direct)
	echo >$tracing/trace
	"$@"
	look
	read -ra n <<<"$split"
	is "$(minus "$state_now" "$before")" \
		"$split ${n[0]} ${n[2]} $((n[1] + n[3]))" "$desc: stats and vmstat: as traced"
	is "$(minus "$direct_now" "$map")" \
		"$((-n[0] * sizes[0])) $((n[0] * sizes[0] - n[1] * sizes[1])) $((n[1] * sizes[1] - n[2] * sizes[2])) $((n[2] * sizes[2] - n[3] * sizes[3])) $((n[3] * sizes[3]))" \
		"$desc: DirectMap moved as traced"
	echo "" >&"${to[watch]}"
	answer watch end
	for i in "${sizes[@]}"; do
		ours+=("$(awk -F= -v k="linear_split.$i.splits" '$1 == k { print $2 }' "$T/watch")")
	done
	is "${ours[*]}" "$split" "$desc: pgtop: as traced"
	is "$(awk -F= '/^split_caller/ && $1 ~ /splits$/ { n += $2 } END { print n + 0 }' "$T/watch")" \
		$((n[0] + n[1] + n[2] + n[3])) "$desc: pgtop: each has a caller"
	is "$(awk -F= '$1 == "linear_map.self_splits" || $1 == "self.events_dropped" { n += $2 }
		END { print n + 0 }' "$T/watch")" 0 "$desc: pgtop: none its own, none dropped"
}

# Nothing that was split is split again: each leaf has its one event.
once()
{
	is "$(sed -n 's/.*linmap_split: \(addr=[^ ]* size_from=[0-9]*\) .* err=0 .*/\1/p' \
		$tracing/trace | sort | uniq -d | wc -l)" 0 "$1: no leaf is split twice"
}

# The walk and meminfo agree, the sum is RAM, and a table was made for each PUD and PMD split
# since $tables and $tabled were taken.
exact()
{
	local kind walked=() now
	"$pagewalk" -r kernel >"$T/walk"
	now=$(($(number /proc/vmstat direct_map_level3_splits) +
		$(number /proc/vmstat direct_map_level2_splits)))
	for kind in pud cont_pmd pmd cont_pte pte; do
		walked+=("$(key "$T/walk" bytes.$kind)")
	done
	# invalid on purpose, but there
	walked[4]=$((walked[4] + $(key "$T/walk" prot_none)))
	is "$(direct)" "${walked[*]}" "$1: DirectMap is what the page walk sees, to the page"
	is $((walked[0] + walked[1] + walked[2] + walked[3] + walked[4])) "$ram" \
		"$1: its sum is System RAM"
	[ -z "$tables" ] ||
		is $(($(key "$T/walk" tables) - tables)) $(((now - tabled) * 4096)) \
			"$1: a page for each new table, none lost"
	tables=$(key "$T/walk" tables) tabled=$now
}

ram=$(system_ram)
tables='' tabled=0
set_knob $tracing/events/arm64_mm/linmap_split/enable 1
echo 16384 >$tracing/buffer_size_kb
exact "at the start"

start watch "$PROGS/split_watch"
answer watch ready
like "$(<"$T/watch")" 'linear_map.splits=ok /proc/vmstat' "pgtop counts splits"
like "$(<"$T/watch")" 'linear_map.split_callers=ok tp_btf linmap_split' "and their callers"
start scopes "$TOOLS/scopes"
answer scopes ready
start bpfload "$TOOLS/bpfload"
answer bpfload ready
"$PROGS/pgtop" --json -i 0 >"$T/json"
like "$(json "$T/json" ".facts.linear_map")" '^blocks, split on demand' "the mode is told"
cmp_ok "$(json "$T/json" ".fields.linear_map.self_splits.value")" -ge 0 \
	"splits of pgtop's own are told"

# --- one page of memfd_secret() at a time

# The events of one page are the end of the chain, from the leaf that held the page down to
# pages; each within the one before.
chain()
{
	python3 - $tracing/trace <<-'END'
	import re, sys
	want = [(1 << 30, 32 << 20), (32 << 20, 2 << 20), (2 << 20, 64 << 10), (64 << 10, 4 << 10)]
	got = [[int(x, 0) for x in m.groups()] for m in re.finditer(
	    r'linmap_split: addr=(\w+) size_from=(\d+) size_to=(\d+) level=\w+ '
	    r'reason=set_direct_map err=0', open(sys.argv[1]).read())]
	sizes = [tuple(g[1:]) for g in got]
	nested = all(a[0] <= b[0] < a[0] + a[1] for a, b in zip(got, got[1:]))
	print(len(got) if nested and sizes == want[len(want) - len(sizes):] else sizes)
	END
}

for i in 1 2 3 4 5 6; do
	did "a secret page ($i)" tell scopes "secret 1"
	like "$(chain)" '^[0-4]$' "a secret page: one chain, down to pages, nested"
done

# More pages than are free in what is split already: some have to split a PMD, or a larger leaf.
# Each such page splits down to pages at once, before the next page does anything.
did "20000 secret pages" tell scopes "secret 20000"
once "20000 secret pages"
read -ra n <<<"$split"
cmp_ok "${n[2]}" -ge 1 "20000 secret pages: PMDs are split"
is "$(python3 - $tracing/trace <<-'END'
	import re, sys
	down = {1 << 30: 32 << 20, 32 << 20: 2 << 20, 2 << 20: 64 << 10, 64 << 10: 4 << 10}
	got = [[int(x, 0) for x in m.groups()] for m in re.finditer(
	    r'linmap_split: addr=(\w+) size_from=(\d+) size_to=(\d+) level=\w+ '
	    r'reason=set_direct_map err=0', open(sys.argv[1]).read())]
	got.append([0, 0, 0])
	print(sum(1 for a, b in zip(got, got[1:]) if a[2] != down.get(a[1], 0) or
	    a[2] > 4096 and not (a[0] <= b[0] < a[0] + a[1] and b[1] == a[2])))
END
)" 0 "... and each larger leaf down to pages, where the page is"
exact "secret pages"

did "1031 secret pages" tell scopes "secret 1031"
once "1031 secret pages"
# Each page has one leaf of each size around it.
read -ra n <<<"$split"
cmp_ok "${n[3]}" -le 1031 "1031 secret pages: no more groups than pages"
cmp_ok "${n[2]}" -le "${n[3]}" "... nor more PMDs than groups"
exact "1031 secret pages"

# --- BPF programs: they share packs of 2 MiB of pages, which are read-only one by one

packs=2 # 1009 programs of less than 1 KiB each, and one begun
for round in 1 2; do
	did "1009 BPF programs, round $round" tell bpfload "load 1009"
	once "1009 BPF programs, round $round"
	read -ra n <<<"$split"
	cmp_ok "${n[3]}" -le $((packs * 512)) "no more groups are split than packs have pages"
	cmp_ok "${n[2]}" -le $((packs * 512)) "nor PMDs"
	did "they are unloaded, round $round" tell bpfload unload
	exact "1009 BPF programs, round $round"
done

# --- modules

modules()
{
	local k
	for ((k = 0; k < 101; k++)); do
		modprobe dummy numdummies=0 && rmmod dummy || return 1
	done
}

if modinfo dummy >/dev/null 2>&1; then
	did "101 modules" modules
	once "101 modules"
	exact "101 modules"
else
	skip "no module dummy" "101 module loads"
fi

kill "${job[@]}" 2>/dev/null
wait "${job[@]}" 2>/dev/null
done_testing
