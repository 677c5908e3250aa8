#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# TLB flushes on x86_64, to the event: what the workload causes, what pgtop counts and
# what perf's own counters on the tracepoint say are the same numbers.
# alone: it counts the flushes of the whole machine
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

: "${PGTOP:?}" "${TOOLS:?}" "${PROGS:?}"

[ "$(id -u)" = 0 ] || skip_all "not root"
[ "$(uname -m)" = x86_64 ] || skip_all "not x86_64"
# shellcheck source=tests/flushes.sh
. "$(dirname "$0")/../flushes.sh"

# agree_all MODE: and what holds while nothing is dropped
agree_all()
{
	agree "$1"
	cmp_ok "$(got interrupts)" -ge "$(got 'perf\.1')" \
		"$1: each remote shootdown was an interrupt (/proc/interrupts)"
}

for mode in local munmap; do
	count $mode 10007 || continue
	agree_all $mode
	is "$(got process.tlb_flushes)" 10007 "$mode: 10007 flushes"
	is "$(got process.tlb_flush_pages)" 10007 "$mode: of one page each"
	is "$(got process.tlb_sent)" 0 "$mode: nothing sent to other CPUs"
done

# The kernel flushes a huge page by one invalidation and traces that as one.
huge_faults()
{
	awk -v k="thp_fault_$1" '$1 == k { print $2 }' /proc/vmstat
}

# The whole machine's faults of huge pages are counted: if one, whoever's, got small pages
# instead, it is done again.
count_huge()
{
	local try small
	for try in 1 2 3 4 5; do
		huge=$(huge_faults alloc) small=$(huge_faults fallback)
		count huge 101 || return
		huge=$(($(huge_faults alloc) - huge)) small=$(($(huge_faults fallback) - small))
		[ $small != 0 ] || return 0
		diag "huge: try $try: $small faults got small pages"
	done
	huge=0
}
if count_huge; then
	is "$(got process.tlb_flushes)" 101 "huge: 101 flushes"
	if [ "$huge" -ge 101 ]; then
		is "$(got process.tlb_flush_pages)" 101 "huge: of one leaf each"
	else
		skip "no huge pages here" "huge: of one leaf each"
	fi
	like "$(got pages_via)" "a page is a leaf of 4K to 1G" "huge: that is told"
fi

# Even a real-time thread is put aside now and then, and a CPU where somebody else runs is not
# told.  perf and the interrupts show that; then it is done again, at last with so few that they
# fit into the 950 ms a second that such a thread has. How many, in $remote.
count_remote()
{
	for remote in 10007 10007 10007 2003 2003 2003 499 499; do
		count remote $remote || return
		[ "$(got 'task\.1')" != $remote ] && [ "$(got interrupts)" != 0 ] || return 0
		diag "remote: of $remote perf counts $(got 'task\.1') carried out there"
	done
}

# The helper may wake for a moment, for a signal of nobody's: then it is done again.
count_lazy()
{
	local n
	for n in 10007 10007 2003 2003 499 499 101 101; do
		count lazy $n || return
		[ "$(got 'task\.1')" != 0 ] || return 0
		diag "lazy: of $n perf counts $(got 'task\.1') carried out there"
	done
}

if [ "$(nproc)" -lt 2 ]; then
	skip "one CPU" "remote flushes"
elif count_remote; then
	agree_all remote
	is "$(got process.tlb_flushes)" "$remote" "remote: $remote flushes on the own CPU"
	is "$(got process.tlb_flush_pages)" "$remote" "remote: of one page each"
	is "$(got process.tlb_sent)" "$remote" "remote: $remote requests to the other CPU"
	if [ "$(got 'task\.1')$(got interrupts)" = 00 ]; then
		# Neither perf nor the interrupts show that any was: a hypervisor has done it.
		like "$(got process.tlb_received)" "unknown: .*hypervisor" \
			"remote: what was carried out elsewhere is not known, and that is said"
	else
		is "$(got process.tlb_received)" "$remote" "remote: $remote carried out there"
	fi
	count cross 10007 && agree_all cross

	# Requests that nobody carries out, as the other CPU idles: no sign of a hypervisor, unless
	# no CPU has ever been interrupted.
	if count_lazy; then
		agree_all lazy
		cmp_ok "$(got 'task\.4')" -ge 10 "lazy: requests are made"
		is "$(got 'task\.1')" 0 "lazy: perf sees none carried out"
		if grep -q '^ *TLB:.* [1-9][0-9]* .*TLB' /proc/interrupts; then
			is "$(got process.tlb_received)" 0 "lazy: that is known to be none"
		else
			like "$(got process.tlb_received)" "unknown: .*hypervisor" \
				"lazy: what was carried out elsewhere is not known"
		fi
	fi
fi
if count local 1009 raw; then
	agree_all raw_tp
	is "$(got via)" "raw_tp tlb_flush" "raw_tp: is the means"
	is "$(got process.tlb_flushes)" 1009 "raw_tp: 1009 flushes"
fi

# --- two priorities on one CPU: one is let in amid whatever the other does, the programs too

if count priorities 10007; then
	agree_all priorities
	cmp_ok "$(got process.tlb_flushes)" -ge 20014 "priorities: each page and each table"
fi
if count priorities 10007 rows=1; then
	adds_up "priorities: without rows, what is unattributed is all of it"
	cmp_ok "$(got 'ours\.unattributed')" -ge 20014 "priorities: which is not little"
fi

# --- where there is no row, what is counted in none is told; requests are not among it

if [ "$(nproc)" -lt 2 ]; then
	skip "one CPU" "processes without a row"
elif count remote 1009 rows=1; then
	cmp_ok "$(got 'ours\.4')" -ge 1009 "no row: requests are sent, and are no flushes"
	cmp_ok "$(got 'ours\.unattributed')" -ge 1009 "no row: the workload has none"
	adds_up "no row: all processes and what is unattributed add up to the total"
	is "$(got 'ours\.flushes')" "$(($(got 'ours\.1') + $(got 'ours\.2') + $(got 'ours\.3')))" \
		"no row: the total is as ever"
fi

# --- more processes than there are rows: those that have ended give theirs back

if count processes 12500; then
	is "$(got 'ours\.unattributed')" 0 "25000 processes, 16384 rows: nothing unattributed"
	cmp_ok "$(got 'ours\.3')" -ge 25000 "each flush is in the total"
	cmp_ok "$(got cgroup.tlb_flushes)" -ge 25000 "... and in the sum of the cgroup"
	# The rows are read after the totals, while others flush: near, where twice would be far.
	cmp_ok "$(got cgroup.tlb_flushes)" -le "$((($(got 'ours\.2') + $(got 'ours\.3')) * 5 / 4))" \
		"... which holds none twice"
fi

# --- in a cgroup of its own

v2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
group=pgtop-test.$$
if [ -z "$v2" ] || ! mkdir "$v2/$group" 2>/dev/null; then
	skip "no cgroup can be made in '$v2'" "flushes by cgroup"
else
	at_exit rmdir "$v2/$group"
	# shellcheck disable=SC2016 # the inner shell expands
	ok "flush runs in a cgroup" sh -c 'echo $$ >"$1" && shift && exec "$@"' sh \
		"$v2/$group/cgroup.procs" "$PROGS/flush_count" "$TOOLS/flush" local 1009
	cp "$T/.ok" "$T/counts"
	is "$(got cgroup.path)" "/$group" "the cgroup has its path"
	is "$(got process.tlb_flushes)" 1009 "1009 flushes by the process"
	is "$(got 'ours\.unattributed')" 0 "nothing unattributed"
	own=$(got self.tlb_flushes)
	is "$(got cgroup.tlb_flushes)" $((1009 + ${own:-0})) \
		"its cgroup has those, what counts them has made ${own:-0}, and no other any"
fi

# --- a tracepoint that is missing

"$PGTOP" doctor --json --symbol tlb_flush=no_such_tracepoint >"$T/renamed"
"$PGTOP" doctor --json >"$T/normal"
like "$(json "$T/normal" '[.rows[] | select(.name == "tlb.flushes") | .state, .why]')" \
	'"ok",null|"degraded",".*(INVLPGB|Hyper-V|Xen|KVM)' "doctor: tlb.flushes is ok, or what passes by is named"
like "$(json "$T/renamed" '[.rows[] | select(.name == "tlb.flushes").why]')" \
	"no tracepoint no_such_tracepoint that can be traced" "a tracepoint that is missing is named"
is "$(json "$T/renamed" '[.rows[] | select(.name != "tlb.flushes") | [.name, .state]]')" \
	"$(json "$T/normal" '[.rows[] | select(.name != "tlb.flushes") | [.name, .state]]')" \
	"... and no other row is harmed"

# --- what passes no tracepoint is told

like "$(json "$T/normal" '.rows[] | select(.name == "tlb.flushes.kernel") | [.state, .why]')" \
	"unavailable.*kernel addresses" "doctor: flushes of kernel addresses are not counted"
mkdir -p "$T/root/proc/self" "$T/root/sys/class/dmi/id" "$T/root/sys/kernel/btf"
: >"$T/root/sys/kernel/btf/vmlinux"
cp /proc/self/status "$T/root/proc/self/"
# its cgroups have no names: all that this machine has are one row
echo 'none /none cgroup2 rw 0 0' >"$T/root/proc/self/mounts"
printf 'vendor_id\t: GenuineIntel\nflags\t\t: fpu hypervisor\n' >"$T/root/proc/cpuinfo"
# guest VENDOR PRODUCT: the state of tlb.flushes in such a guest
guest()
{
	echo "$1" >"$T/root/sys/class/dmi/id/sys_vendor"
	echo "$2" >"$T/root/sys/class/dmi/id/product_name"
	"$PGTOP" doctor --json --root "$T/root" >"$T/guest"
	json "$T/guest" '[.rows[] | select(.name == "tlb.flushes") | .state, .why]'
}
# cpuid LEAF EAX EBX ECX EDX: what that machine's CPU answers
cpuid()
{
	printf '   0x%s 0x00: eax=0x%s ebx=0x%s ecx=0x%s edx=0x%s\n' "$@" >>"$T/root/cpuid"
}
like "$(guest "Microsoft Corporation" "Virtual Machine")" "degraded.*Hyper-V" \
	"on Hyper-V, remote flushes are not counted"
is "$(guest "Microsoft Corporation" "Surface Book 2")" '["ok",null]' \
	"a product of the same firm is no Hyper-V"
is "$(guest QEMU pc)" '["ok",null]' "on another hypervisor they are"
rm -r "$T/root/sys/class"
mkdir -p "$T/root/sys/class/dmi/id"
cpuid 00000000 00000016 756e6547 6c65746e 49656e69
cpuid 00000001 00050657 00100800 fffa3203 1f8bfbff
cp "$T/root/cpuid" "$T/cpuid"
cpuid 40000000 4000000b 7263694d 666f736f 76482074
cpuid 40000004 00064e24 ffffffff 00000000 00000000
like "$(guest "" "")" "degraded.*Hyper-V" "WSL2 has no DMI: CPUID tells"
cp "$T/cpuid" "$T/root/cpuid"
cpuid 40000000 40000001 4b4d564b 564b4d56 0000004d
cpuid 40000001 01007efb 00000000 00000000 00000000
like "$(guest QEMU pc)" "degraded.*flushed by KVM" "KVM flushes CPUs that do not run"
echo 'TLB:          0          0   TLB shootdowns' >"$T/root/proc/interrupts"
# hidden: requests are made and what becomes of them is not known. One that is seen to be
# carried out, whoever's it is, says otherwise: it is done again then, with so few that it takes
# a moment. How many, in $lazy.
hidden()
{
	local end=$((SECONDS + 120)) try=0 fewer=(10007 10007 2003 499)
	while [ $SECONDS -lt $end ]; do
		lazy=${fewer[try++]-101}
		count lazy "$lazy" "root=$T/root" || return
		[[ $(got cgroup.tlb_received) != unknown:*hypervisor* ]] || return 0
		diag "carried out for others meanwhile: $(got cgroup.tlb_received)"
	done
	false
}
if [ "$(nproc)" -lt 2 ]; then
	skip "one CPU" "a hypervisor that flushes"
else
	hidden
	like "$(got cgroup.tlb_received)" "unknown: .*hypervisor" \
		"requests, and no interrupt since boot: a hypervisor does it"
	like "$(got 'ours\.flushes')" "unknown: .*hypervisor" "... and the total is not known"
	like "$(got 'ours\.pages')" "unknown: .*hypervisor" "... nor the pages"
	cmp_ok "$(got 'ours\.3')" -ge "$lazy" "... but those of the own CPU are"
fi

# --- names: a process is called what it was called last. A shell's child flushes before it executes
# a program (copy on write) and has ended by the time it is read.

cp /bin/true "$T/short-lived"
cat >"$T/spawn" <<'EOF'
for i in $(seq 23); do "$1/short-lived" & echo $!; wait $!; done >"$1/pids"
EOF
DUMP_RUN="bash '$T/spawn' '$T'" "$PROGS/dump" "" tlbflush >"$T/names"
while read -r pid; do
	sed -n "s/^label process $pid comm //p" "$T/names"
done <"$T/pids" | sort | uniq -c >"$T/called"
is "$(awk '{ print $1, $2 }' "$T/called")" "23 short-lived" "23 processes that have ended have their last name"

done_testing
