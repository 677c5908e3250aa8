#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the memory and mTHP sources report on this machine, against awk and cat.  The second
# source is read before and after: a counter must lie between the two readings.
# alone: it compares counts of the whole machine and changes THP policies
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

dump=${PROGS:?}/dump
thp=/sys/kernel/mm/transparent_hugepage
[ -r /proc/vmstat ] || skip_all "/proc/vmstat cannot be read"

# NAME VALUE of everything with a counterpart in a file, in the words of dump.
second_source()
{
	awk '
	{ v[$1] = $2 }
	END {
		printf "vm.minor_faults %.0f\n", v["pgfault"] - v["pgmajfault"]
		print "vm.major_faults", v["pgmajfault"]
		print "vm.swap_in_pages", v["pswpin"]
		print "vm.swap_out_pages", v["pswpout"]
		print "vm.compact_stalls", v["compact_stall"]
		print "vm.compact_fails", v["compact_fail"]
		print "thp.fault_alloc", v["thp_fault_alloc"]
		print "thp.fault_fallback", v["thp_fault_fallback"]
		print "thp.collapse_alloc", v["thp_collapse_alloc"]
		print "thp.split_page", v["thp_split_page"]
		print "thp.split_pmd", v["thp_split_pmd"]
	}' /proc/vmstat
	awk -v hz="$(getconf CLK_TCK)" '$1 == "cpu" {
		printf "cpu.user %.0f\n", ($2 + $3) * 1e9 / hz
		printf "cpu.kernel %.0f\n", ($4 + $7 + $8) * 1e9 / hz
	}' /proc/stat
	[ -r /proc/pressure/memory ] &&
		awk -F= '{ split($1, w, " "); printf "psi.memory_%s %.0f\n", w[1], $NF * 1000 }' \
			/proc/pressure/memory
	[ -d $thp/khugepaged ] && {
		echo "khugepaged.pages_collapsed $(<$thp/khugepaged/pages_collapsed)"
		echo "khugepaged.full_scans $(<$thp/khugepaged/full_scans)"
	}
	for f in "$thp"/hugepages-*kB/stats/*; do
		[ -f "$f" ] || continue
		[[ $f =~ hugepages-([0-9]+)kB/stats/(.*) ]]
		echo "mthp.$((BASH_REMATCH[1] * 1024)).${BASH_REMATCH[2]} $(<"$f")"
	done
}

values()
{
	awk '$1 == "field" { print $2, $3 } $1 == "cell" { print $2 "." $3 "." $4, $5 }' "$1"
}

# field FILE NAME
field()
{
	values "$1" | awk -v n="$2" '$1 == n { print $2 }'
}

second_source >"$T/before"
if ! "$dump" "" memory mthp >"$T/dump"; then
	fail "dump runs"
	done_testing
	exit
fi
second_source >"$T/after"
values "$T/dump" >"$T/values"

# Levels (nr_*) move both ways: bound them only where both readings agree.
awk -v T="$T" '
	BEGIN {
		while ((getline line <(T "/values")) > 0) { split(line, w, " "); got[w[1]] = w[2] }
		while ((getline line <(T "/after")) > 0) { split(line, w, " "); after[w[1]] = w[2] }
	}
	{
		low = $2; high = after[$1]
		if ($1 ~ /\.nr_/ && low != high) next
		n++
		if (!($1 in got)) print $1, "is missing"
		else if (got[$1] + 0 < low + 0 || got[$1] + 0 > high + 0)
			print $1, "is", got[$1], "not within", low, "and", high
	}
	END { print n >(T "/compared") }' "$T/before" >"$T/wrong"
is "$(<"$T/wrong")" "" "$(<"$T/compared") counters lie between two readings of their files"
cmp_ok "$(<"$T/compared")" -ge 15 "there were counters to compare"

for pair in MemTotal:total SwapTotal:swap_total DirectMap4k:direct_map_4k \
	DirectMap2M:direct_map_2m DirectMap1G:direct_map_1g; do
	kb=$(awk -v k="${pair%:*}:" '$1 == k { print $2 }' /proc/meminfo)
	got=$(field "$T/dump" "memory.${pair#*:}")
	is "$got" "${kb:+$((kb * 1024))}" "memory.${pair#*:} is ${pair%:*}"
done
is "$(field "$T/dump" memory.min_free)" $(($(</proc/sys/vm/min_free_kbytes) * 1024)) \
	"memory.min_free is vm.min_free_kbytes"

# The buddy allocator's lists are what nr_free_pages counts, but for per-CPU drift and what
# happens meanwhile: what others allocate or free must be little.
page=$(getconf PAGESIZE)
total=$(field "$T/dump" memory.total)
free_now()
{
	echo $(($(awk '$1 == "nr_free_pages" { print $2 }' /proc/vmstat) * page))
}
for try in {1..30}; do
	before=$(free_now)
	"$dump" "" memory >"$T/free"
	vm=$(free_now)
	[ $((vm > before ? vm - before : before - vm)) -gt $((total / 500)) ] || break
	diag "try $try: free memory went from $((before >> 20)) to $((vm >> 20)) MiB"
done
free=$(awk '$1 == "cell" && $2 == "free_blocks" { n += $3 * $5 } END { printf "%.0f", n }' "$T/free")
off=$((free > vm ? free - vm : vm - free))
cmp_ok $off -le $((total / 50)) "free blocks add up to nr_free_pages ($((free >> 20)) MiB) within 2 % of memory"
is "$(awk '$2 == "free_blocks" { print $3; exit }' "$T/dump")" "$page" "the smallest block is a page"

if [ -d $thp/hugepages-64kB ]; then
	for f in "$thp"/hugepages-*kB/{,shmem_}enabled; do
		[ -f "$f" ] || continue
		[[ $f =~ hugepages-([0-9]+)kB/(shmem_)?enabled ]]
		[[ $(<"$f") =~ \[(.*)\] ]] && word=${BASH_REMATCH[1]}
		[[ $f =~ hugepages-([0-9]+)kB/(shmem_)?enabled ]]
		label=${BASH_REMATCH[2]:-anon_}policy
		got=$(awk -v k=$((BASH_REMATCH[1] * 1024)) -v l="$label" \
			'$1 == "label" && $2 == "mthp" && $3 == k && $4 == l { print $5 }' "$T/dump")
		[ "$got" = "$word" ] || echo "$f: $word, reported: $got"
	done >"$T/policies"
	is "$(<"$T/policies")" "" "each size reports the policy in its file"
else
	skip "this kernel has no mTHP sizes" "policies"
fi

# faults SIZE COUNT ADVICE: a child touches COUNT blocks of SIZE in a region with that advice
faults()
{
	python3 - "$@" <<-'EOF'
		import ctypes, mmap, sys
		size, count = map(int, sys.argv[1:3])
		m = mmap.mmap(-1, size * (count + 1), mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
		base = ctypes.addressof(ctypes.c_char.from_buffer(m))
		start = -base % size
		m.madvise(getattr(mmap, "MADV_" + sys.argv[3]))
		for i in range(count):
		    m[start + i * size] = 1
	EOF
}

if [ -w $thp/hugepages-64kB/enabled ] && [ "$(uname -m)" = x86_64 ]; then
	set_knob $thp/hugepages-2048kB/enabled never
	set_knob $thp/hugepages-64kB/enabled madvise
	"$dump" "" mthp >"$T/one"
	ok "61 blocks of 64 KiB are touched" faults 65536 61 HUGEPAGE
	"$dump" "" mthp >"$T/two"
	is "$(awk '$2 == "mthp" && $3 == 65536 && $4 == "anon_policy" { print $5 }' "$T/two")" madvise \
		"a policy that was changed is reported"
	cmp_ok $(($(field "$T/two" mthp.65536.anon_fault_alloc) - \
		$(field "$T/one" mthp.65536.anon_fault_alloc))) -ge 61 \
		"anon_fault_alloc of 64K counted them"
else
	skip "no mTHP policy can be written here" "61 blocks of 64 KiB"
fi

# Two dumps around a known number of minor faults.
"$dump" "" memory >"$T/one"
ok "4099 pages are touched" faults "$page" 4099 NOHUGEPAGE
"$dump" "" memory >"$T/two"
cmp_ok $(($(field "$T/two" vm.minor_faults) - $(field "$T/one" vm.minor_faults))) -ge 4099 \
	"minor_faults counted them"

# A machine with nothing to read: every value says why, none is 0.
mkdir "$T/empty"
"$dump" "$T/empty" memory mthp >"$T/dump"
is "$(grep -c '^\(field\|cell\|fact\|label\)' "$T/dump")" 0 "without /proc and /sys nothing is known"
is "$(awk '$1 == "probe" && $3 != "unavailable"' "$T/dump")" "" "and every row is unavailable"
cmp_ok "$(grep -c '^lacks .* is missing' "$T/dump")" -ge 25 "and says what is missing"

done_testing
