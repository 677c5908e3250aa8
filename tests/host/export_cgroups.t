#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Twice ten thousand cgroups come and go: the series stay few, nothing they did is lost, and pgtopd
# does not grow. CGROUPS: how many.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/pgtopd.sh
. "$(dirname "$0")/../pgtopd.sh"

: "${TOOLS:?}"
[ "$(id -u)" = 0 ] || skip_all "not root"
[ "$(uname -m)" = x86_64 ] || skip_all "not x86_64: the load is worked out for tlb:tlb_flush"
mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
[ -n "$mount" ] || skip_all "there is no cgroup v2 hierarchy"
mkdir "$mount/pgtop-test.$$" 2>/dev/null || skip_all "$mount cannot be written"
at_exit rmdir "$mount/pgtop-test.$$"
promfile=$(cd "$(dirname "$0")/.." && pwd)/promfile.py

n=${CGROUPS:-$([ -n "${SAN-}" ] && echo 2000 || echo 10000)}
flushes=23 # each
family=pgtop_cgroup_tlb_flushes_total
file=$T/pgtop.prom

# take FILE: a copy of the file of now, for sums of one moment
take()
{
	cp "$file" "$1"
}
sum()
{
	"$promfile" sum "$1" "$2"
}
resident()
{
	awk '/^VmRSS:/ { print $2 }' "/proc/$pid/status"
}
windows()
{
	take "$T/now" && [ "$(sum "$T/now" pgtop_windows_total)" -ge "$1" ]
}
# Six windows from now: what is gone is kept for two.
settle()
{
	take "$T/now"
	wait_for 60 windows $(($(sum "$T/now" pgtop_windows_total) + 6))
}

# look: most series in $most, most memory in $peak
look()
{
	local now
	take "$T/copy"
	"$promfile" check "$T/copy" >>"$T/wrong"
	now=$(grep -c "^$family" "$T/copy")
	[ "$now" -le "$most" ] || most=$now
	now=$(resident)
	[ "$now" -le "$peak" ] || peak=$now
}
look_until()
{
	look
	windows "$1"
}

# come_and_go N: the file is looked at meanwhile, and while the last of them stay for two windows
come_and_go()
{
	local tool in
	rm -f "$T/in"
	mkfifo "$T/in"
	"$TOOLS/cgroups" "$mount/pgtop-test.$$" "$1" $flushes <"$T/in" >"$T/tool" 2>&1 &
	tool=$!
	exec {in}>"$T/in"
	until grep -q made "$T/tool" || ! kill -0 $tool 2>/dev/null; do
		look
		sleep 0.3
	done
	take "$T/now"
	wait_for 60 look_until $(($(sum "$T/now" pgtop_windows_total) + 2))
	exec {in}>&-
	wait $tool
}

configure "processes = 0" "[export]" "enabled = yes" "textfile = $file"
ok "pgtopd starts" start
ok "the file appears" wait_for 20 test -s "$file"
settle
is "$(grep -c '^pgtop_user_mapped_bytes' "$file")" 0 "nothing is said of memory that is not walked"
quiet=$(resident)
take "$T/before"

# The heap has grown to what such a load takes after half of them.
most=0 peak=0
: >"$T/wrong"
rounds=4 half=0
for ((round = 1; round <= rounds; round++)); do
	ok "round $round: $((n / 2)) cgroups come and go" come_and_go $((n / 2))
	settle
	diag "resident $(resident) kB ($quiet kB at first, at most $peak kB)"
	[ $round != 2 ] || half=$(resident)
	# What is in use varies by several hundred kB. More rounds tell that from a leak, which
	# goes on; 100 bytes for each cgroup are one.
	if [ $round = $rounds ] && [ $rounds -lt 10 ] &&
		[ $(($(resident) - half)) -ge $((n * 100 / 1000)) ]; then
		rounds=10
	fi
done
take "$T/after"
did=$(($(sum "$T/after" $family) - $(sum "$T/before" $family)))
all=$(($(sum "$T/after" pgtop_tlb_flushes_total) - $(sum "$T/before" pgtop_tlb_flushes_total)))
diag "$did flushes in cgroups, $all in all"
is "$(<"$T/wrong")" "" "each file is correct"
is "$most" 21 "20 cgroups and the others, never more"
cmp_ok "$did" -ge $((rounds * n * flushes / 2)) "what they did is in the sum"
cmp_ok "$did" -le "$all" "... which is no more than there was"
if [ -n "${SAN-}" ]; then
	diag "with sanitizers memory that was freed stays: no bound"
else
	cmp_ok $(($(resident) - half)) -lt $(((rounds - 2) * n * 100 / 2000)) "memory does not grow"
	cmp_ok $(($(resident) - quiet)) -lt 4096 "... nor does it stay what such a load takes"
fi
stop TERM
is "$status" 0 "pgtopd stops"
done_testing
