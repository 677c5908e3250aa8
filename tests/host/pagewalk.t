#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The page walk of processes against smaps and pagemap: every kind of mapping, changes between
# two calls of one walk, processes that end.
# alone: what others do to memory splits and collapses its pages meanwhile
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

# shellcheck source=tests/pagewalk.sh
. "$(dirname "$0")/../pagewalk.sh"

need_walk process

# dumped KEY...: the last word of that line of tests/progs/dump
dumped()
{
	awk -v k="$*" 'index($0, k " ") == 1 { print $NF }' "$T/dump"
}

### every kind, each with its own second opinion: how it was made

! add_swap || swap=1
[ ! -w /proc/sys/vm/nr_hugepages ] || set_knob /proc/sys/vm/nr_hugepages 8

# rss INDEX: of mapping INDEX, which zero pages do not count in. There are kernels that give a page
# of its own to each read.
rss()
{
	awk -v index_="$1" '
		FNR == NR { if ($1 == "map" && $2 == index_) { s = $4; e = $5 } next }
		$1 ~ /^[0-9a-f]+-[0-9a-f]+$/ {
			split($1, a, "-")
			here = (a[1] "") >= (s "") && (a[2] "") <= (e "") && length(a[1]) == length(s)
		}
		here && $1 == "Rss:" { n += $2 }
		END { printf "%.0f", n * 1024 }' "$T/maps" "/proc/$pid/smaps"
}

start small=8M anon=8M readonly=4M exec=4M protnone=4M swapped=4M zero=4M hugezero=4M \
	file=4M shmem=4M hugeshmem=4M hugetlb=8M guard=4M checker=4M many=1M
grep '^fail' "$T/maps" | while read -r line; do diag "$line"; done

walk -r
compare "all kinds"
is "$(of 0 pte)" $((8 * M)) "small: 8 MiB of PTEs"
is "$(of 0 writable) $(of 0 executable)" "$((8 * M)) 0" "small: writable, not executable"
is $(($(of 1 pte) + $(of 1 pmd) + $(of 1 cont_pte))) $((8 * M)) "anon: 8 MiB"
is "$(of 2 pte) $(of 2 writable)" "$((4 * M)) 0" "readonly: no byte of it writable"
is "$(of 3 executable)" $((4 * M)) "exec: all of it executable"
is "$(of 4 prot_none) $(of 4 pte)" "$((4 * M)) 0" "protnone: there, but not mapped"
is "$(of 6 zero) $(of 6 pte)" "$((4 * M - $(rss 6))) $(rss 6)" "zero: all zero pages, no memory"
is $(($(of 8 pte) + $(of 8 pmd))) $((4 * M)) "file: mapped"
is "$(of 8 writable)" 0 "file: read-only"
is $(($(of 9 pte) + $(of 9 pmd))) $((4 * M)) "shmem: mapped"
is $(($(of 10 pte) + $(of 10 pmd))) $((4 * M)) "shmem with huge pages: mapped"
is "$(of 13 pte)" $((2 * M)) "checker: every other page"
is "$(of 14 pte) $(of 14 writable)" "$M $((M / 2))" "many: all mapped, half of it writable"

if [ "${swap-}" ]; then
	cmp_ok "$(of 5 swap)" -ge $((3 * M)) "swapped: most of it is swap entries"
	is $(($(of 5 swap) + $(of 5 pte))) $((4 * M)) "swapped: the rest is still there"
else
	skip "no swap can be added here: $(cat "$T/why")" "swapped"
fi
if grep -q '^fail 11' "$T/maps"; then
	skip "$(grep '^fail 11' "$T/maps")" "hugetlb"
else
	is "$(of 11 pmd)" $((8 * M)) "hugetlb: PMD leaves"
fi
if grep -q '^fail 12' "$T/maps"; then
	skip "$(grep '^fail 12' "$T/maps")" "guard"
else
	is "$(of 12 other) $(of 12 pte)" "$((2 * M)) $((2 * M))" "guard: markers are no memory"
fi
is "$(of 7 zero) $(($(of 7 pmd) + $(of 7 pte)))" "$((4 * M - $(rss 7))) $(rss 7)" \
	"hugezero: huge zero pages, no memory"

### mprotect inside a huge page, PROT_NONE of a huge page

tell protect 1 0 2M none
tell protect 1 4096K 4K r
walk -r
pmdnone=$(of 1 prot_none)
compare "part of the huge pages protected"
is "$(of 1 prot_none)" $((2 * M)) "a huge page made PROT_NONE is memory that is not mapped"
is $(($(of 1 pte) + $(of 1 pmd))) $((6 * M)) "the rest is mapped"
finish
pmdnone=0

### page tables: those kept to split huge pages lead nowhere; pages of files and shmem have none

start anon=32M hugeshmem=8M
walk -r
compare_tables "huge pages" "$(of 0 pmd)"
finish

### neighbours that differ

start cow=4M halfzero=4M
walk -r
is "$(of 0 pte) $(of 0 writable)" "$((4 * M)) $((2 * M))" "cow: half of it writable again"
is "$(of 1 pte) $(of 1 zero) $(of 1 writable)" "$(rss 1) $((4 * M - $(rss 1))) $(rss 1)" \
	"halfzero: half of it zero pages, the other half writable"
finish

### 200 GiB of address space with little in it

start sparse=200G
walk -p
cmp_ok "$(key "$T/walk" total_ns)" -lt 1000000000 "200 GiB of sparse mappings are walked in a second"
walk -r
is "$(of 0 pte)" $((200 * $(getconf PAGESIZE))) "a page in each GiB is found"
finish

### more than one call: what changes between two of them

start small=1536M
walk -d
is "$(grep ^result "$T/walk")" "result Timer expired" "no more calls than allowed: the walk says so"
is "$(key "$T/walk" calls)" 1 "and ends after one call"
walk
cmp_ok "$(key "$T/walk" calls)" -ge 2 "1.5 GiB needs several calls"
cmp_ok "$(key "$T/walk" bytes.pte)" -ge $((1536 * M)) "and all of it is seen"
compare_tables "no huge pages" 0
base=$(($(key "$T/walk" present) - 1536 * M))
cat >"$T/change" <<'EOF'
#!/bin/bash
echo "$*" >&9
read -r answer <&8
[ "$answer" = "done" ] || echo "# $*: $answer" >&2
EOF
# The first cell comes after the first call, which ends in the middle of the VMA.
walk -c -e "bash $T/change unmap 0 1280M 16M"
is "$(key "$T/walk" present)" $((base + 1520 * M)) "a VMA is cut in two above the cursor"
walk -c -e "bash $T/change unmap 0 1024M 512M"
cmp_ok "$(key "$T/walk" present)" -le $((base + 1024 * M)) "the rest of a VMA is unmapped"
is "$(tail -n 1 "$T/walk")" "result ok" "which is no error"
walk -c -e "bash $T/change unmap 0 0 1536M"
cmp_ok "$(key "$T/walk" present)" -lt $((base + 1024 * M)) "all of a VMA is unmapped"
is "$(tail -n 1 "$T/walk")" "result ok" "which is no error either"
finish

start many=64M
compare "16384 VMAs"
cmp_ok "$(key "$T/walk" calls)" -ge 8 "many VMAs need several calls"
size=$(awk '$1 == "VmSize:" { printf "%.0f", $2 * 1024 }' "/proc/$pid/status")
walk -r -p -e "sleep 0.2"
like "$(grep '^progress' "$T/walk")" "^progress [1-9][0-9]* $size" "a slow walk tells how far it is"
is "$(awk '$1 == "progress" && $2 + 0 > $3 + 0' "$T/walk")" "" "which is never more than all"
walk -r -e "bash $T/change unmap 0 8M 16M"
is "$(tail -n 1 "$T/walk")" "result ok" "thousands of VMAs vanish under a walk"
is "$(of 0 pte)" $((48 * M)) "and those that are left are seen once each"

### ends of processes

cat >"$T/end" <<'EOF'
kill -9 "$1"
while grep -q '^State:[^Z]*$' "/proc/$1/status"; do :; done
EOF
walk -r -e "bash $T/end $pid 2>/dev/null"
is "$(tail -n 1 "$T/walk")" "result No such process" "a process that is killed during the walk"
cmp_ok "$(key "$T/walk" present)" -gt 0 "its walk tells what was seen"
cmp_ok "$(key "$T/walk" present)" -lt $((64 * M)) "and that is not all"
exec 8<&- 9>&-
{ wait "$pid"; } 2>/dev/null
walk
is "$(tail -n 1 "$T/walk")" "result No such process" "a process that does not exist"
"$pagewalk" 2 >"$T/walk"
is "$(key "$T/walk" present) $(tail -n 1 "$T/walk")" "0 result ok" "a kernel thread has no user memory"

start small=4M
tell leave
ok "the first thread has gone" wait_for 10 grep -q '^State:.Z' "/proc/$pid/status"
walk -r
is "$(tail -n 1 "$T/walk")" "result ok" "a process whose first thread has gone is walked"
is "$(of 0 pte)" $((4 * M)) "all of its memory, and once only"
like "$(grep '^range' "$T/walk")" "name /.*/tools/memory" "and its files have names"
"$PROGS/dump" "" "usermap:$pid" >"$T/dump"
is "$(dumped field user.walked_bytes)" "$(key "$T/walk" present)" "the source walks it"
is "$(dumped label process "$pid" comm)" memory "and names it"
finish
start small=256M
tell leave
wait_for 10 grep -q '^State:.Z' "/proc/$pid/status"
"$PROGS/dump" "" usermap >"$T/dump"
cmp_ok "$(dumped cell process "$pid" present_bytes)" -ge $((256 * M)) "it is among the largest"
finish
start many=64M small=4M
walk -r -e "bash $T/change leave"
is "$(tail -n 1 "$T/walk")" "result ok" "the first thread goes during the walk"
is "$(of 0 pte) $(of 1 pte)" "$((64 * M)) $((4 * M))" "and another one shows the rest"
finish

### migration: entries are there for moments only; the sum must not notice

start spread=512M
if [ -w /proc/sys/vm/compact_memory ]; then
	compact()
	{
		echo 1 >/proc/sys/vm/compact_memory
	}
	walk_while compact
	# A page is in no entry at all for the moment in which its entry is replaced.
	cmp_ok $(($(key "$T/walk" most.resident) - $(key "$T/walk" least.resident))) -le $((M / 2)) \
		"present and migration entries add up while memory is compacted"
	diag "$moved pages moved during $(key "$T/walk" walks) walks," \
		"at most $(key "$T/walk" most.migration) bytes at once"
else
	skip "memory cannot be compacted here" "migration"
fi
compare "migrated"
finish

### the source

start small=8M anon=8M hugezero=64M
walk
cmp_ok "$(key "$T/walk" zero)" -ge $((64 * M)) "64 MiB are only read"
"$PROGS/dump" "" "usermap:$pid" >"$T/dump"
is "$(dumped field user.walked_bytes)" "$(key "$T/walk" present)" "the source: bytes walked"
is "$(($(dumped field user.walked_bytes) - $(key "$T/walk" special)))" "$(smaps Rss)" "which is its Rss"
is "$(dumped field user.zero_bytes)" "$(key "$T/walk" zero)" "the zero page apart"
is "$(dumped cell process "$pid" zero_bytes)" "$(key "$T/walk" zero)" "in its row, too"
is "$(dumped field user.walked_processes)" 1 "the source: one process"
is "$(dumped cell process "$pid" present_bytes)" "$(key "$T/walk" present)" "its row in the table"
is "$(dumped label process "$pid" comm)" memory "and its name"
is "$(dumped cell user_map 4096 bytes)" "$(key "$T/walk" bytes.pte)" "bytes in 4K leaves"
is "$(dumped cell user_map 2097152 bytes)" "$(key "$T/walk" bytes.pmd)" "bytes in 2M leaves"
finish
"$PROGS/dump" "" "usermap:$pid" >"$T/dump"
like "$(<"$T/dump")" "lacks user.walked_bytes process $pid has ended" "a process that has ended"
is "$(grep -c '^field' "$T/dump")" 0 "has no numbers"
"$PROGS/dump" "" usermap >"$T/dump"
cmp_ok "$(dumped field user.walked_processes)" -gt 1 "without a process: the largest ones"
is "$(awk '$1 == "cell" && $2 == "process" && $4 == "present_bytes" { n += $5 } END { printf "%.0f", n }' "$T/dump")" \
	"$(dumped field user.walked_bytes)" "whose rows add up to the total"

### what cannot be had is told

ok "without privilege: runs" setpriv --reuid 65534 --clear-groups --bounding-set=-all \
	--inh-caps=-all "$pagewalk" probe
like "$(<"$T/.ok")" 'pagewalk.process unavailable\|\|loading BPF programs needs CAP_BPF and CAP_PERFMON\|run as root' \
	"without privilege: says so"
caps=-all,+bpf,+perfmon
start small=8M
walk
ok "with CAP_BPF and CAP_PERFMON alone: walks" setpriv --reuid 65534 --clear-groups \
	--inh-caps=$caps --ambient-caps=$caps --bounding-set=$caps "$pagewalk" "$pid"
is "$(key "$T/.ok" present)" "$(key "$T/walk" present)" "and sees the same"
"$pagewalk" kernel >"$T/walk"
setpriv --reuid 65534 --clear-groups --inh-caps=$caps --ambient-caps=$caps \
	--bounding-set=$caps "$pagewalk" kernel >"$T/kernel"
is "$(key "$T/kernel" present)" "$(key "$T/walk" present)" "of the linear map too"
finish
mkdir -p "$T/root/proc/self" "$T/root/sys/kernel" && cp /proc/self/status "$T/root/proc/self"
PGTOP_ROOT=$T/root "$pagewalk" probe >"$T/probe"
like "$(<"$T/probe")" 'pagewalk.process unavailable\|\|the kernel has no BTF' "no BTF: says so"
like "$(<"$T/probe")" 'pagewalk.kernel unavailable\|\|the kernel has no BTF.*CONFIG_DEBUG_INFO_BTF' \
	"no BTF: and what to do"

done_testing
