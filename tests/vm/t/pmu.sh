#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The PMU source on an arm64 core that lists few events, and with CPUs that really come and go.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"
# shellcheck source=tests/pmu.sh
. "${VM_TAP_PMU:-/opt/pgtop/pmu.sh}"

PROGS=/opt/pgtop/bin TOOLS=/opt/pgtop/bin
online=/sys/devices/system/cpu/cpu1/online

probe()
{
	grep "^probe pmu\.$1 " "$T/probe"
}

# --- what the core lists, and the trap

events=$(echo /sys/bus/event_source/devices/armv8*/events)
diag "$(cd "$events" && echo *)"
ok "the core has a PMU" test -e "$events/cpu_cycles"
ok "the core does not list page-table walks" test ! -e "$events/dtlb_walk"
watch
like "$(probe cycles)" ' ok $' "cpu_cycles is listed and counts"
like "$(probe dtlb_walk)" "unavailable armv8.* does not list dtlb_walk: .*raw event 0x34 would open and stay 0" \
	"dtlb_walk is not listed"
reading
like "$(lacks dtlb_walk_kernel)" "does not list dtlb_walk" "its field says the same"
before=$(field cycles_user)
timeout 0.3 sh -c 'while :; do :; done'
reading
cmp_ok $(($(field cycles_user) - before)) -gt 1000000 "cycles of a busy loop, user mode"
cmp_ok "$(field cycles_kernel)" -gt 0 "cycles in the kernel"
stop

watch dtlb_walk=r34 itlb_walk=r35 l1d_refill=r5 stall_tlb=r8167 walk_cycles=rc1
for role in dtlb_walk itlb_walk l1d_refill; do
	like "$(probe $role)" 'unavailable .* does not list event 0x[0-9a-f]*: it would open and count 0 for ever' \
		"$role by its raw number: the trap is named"
done
for role in stall_tlb walk_cycles; do
	like "$(probe $role)" 'unavailable r[0-9a-f]* opens but counts nothing' \
		"$role by a number the core says nothing about: the self-test finds it silent"
done
like "$(probe cycles)" ' ok $' "cycles are counted all the same"
stop

# --- CPUs come and go

watch instructions=task-clock dtlb_walk=minor-faults cycles=cpu-clock
like "$(probe dtlb_walk)" ' ok $' "software events count"

# counted CPU: faults there are counted, every one, and no more than /proc/vmstat counted
counted()
{
	local first was now
	first=$(vmstat_minor)
	reading
	was=$(field dtlb_walk_user)
	is "$("$TOOLS/faults" "$1" 9973 0)" 9973 "9973 faults on CPU $1"
	reading
	now=$(field dtlb_walk_user)
	cmp_ok $((now - was)) -ge 9973 "$2: they are counted"
	cmp_ok $((now - was)) -le $(($(vmstat_minor) - first)) \
		"$2: nothing is counted twice ($((now - was)))"
}

counted 1 "both CPUs online"
total=$(field dtlb_walk_user) clock=$(field instructions_user)
at_exit _restore $online 1
echo 0 >$online
reading
isnt "$(field dtlb_walk_user)" "" "CPU 1 offline: still known"
cmp_ok "$(field dtlb_walk_user)" -ge "$total" "counters do not go down"
counted 0 "CPU 1 offline"
since=$EPOCHREALTIME
reading
clock=$(field instructions_user)
sleep 2
reading
took=$(((${EPOCHREALTIME/./} - ${since/./}) * 1000))
cmp_ok $(($(field instructions_user) - clock)) -le $took "the clock of one CPU only"
echo 1 >$online
reading
cmp_ok "$(field instructions_user)" -ge "$clock" "CPU 1 is back: counters do not go down"
counted 1 "CPU 1 is back"

# away and back between two readings: the kernel took the counters, and nobody was told
reading
total=$(field dtlb_walk_user)
echo 0 >$online
echo 1 >$online
reading
if [ -z "$(field dtlb_walk_user)" ]; then
	like "$(lacks dtlb_walk_user)" 'CPU 1 lost its counters' "the reading says what it lacks"
else
	pass "the counters lived on"
fi
counted 1 "after it was away unseen"
cmp_ok "$(field dtlb_walk_user)" -ge "$total" "counters never went down"
stop
done_testing
