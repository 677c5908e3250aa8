#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The PMU source on software events: every CPU, both modes, against the kernel's own counts.
# alone: it compares counts of the whole machine
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/pmu.sh
. "$(dirname "$0")/../pmu.sh"

: "${PROGS:?}" "${TOOLS:?}"

watch instructions=task-clock dtlb_walk=minor-faults itlb_walk=context-switches \
	cycles=cpu-clock walk_cycles=minor-faults+major-faults l1d_refill=page-faults
grep -q '^probe pmu.dtlb_walk ok' "$T/probe" ||
	skip_all "perf_event_open is refused here: $(grep dtlb_walk "$T/probe")"

is "$(grep -c '^probe pmu\.' "$T/probe")" 7 "a row for each role"
like "$(grep pmu.stall_tlb "$T/probe")" 'unavailable .+' "a role without an event says why"

# Others fault as well, so the counts are at least ours; what the kernel itself counted over a
# longer time is the most they can be.
first=$(vmstat_minor)
reading
user=$(field dtlb_walk_user) kernel=$(field dtlb_walk_kernel)
clock=$(field instructions_user)
all=0
for cpu in $(cpus); do
	all=$((all + $("$TOOLS/faults" "$cpu" 9973 1009)))
done
n=$(cpus | wc -w)
is "$all" $((n * (9973 + 1009))) "the kernel counted $n times 9973 + 1009 faults for the workload"
sleep 0.2
reading
user=$(($(field dtlb_walk_user) - user)) kernel=$(($(field dtlb_walk_kernel) - kernel))
clock=$(($(field instructions_user) - clock))
last=$(vmstat_minor)
cmp_ok "$user" -ge $((n * 9973)) "user mode: every fault of the workload on every CPU ($user)"
cmp_ok "$kernel" -ge $((n * 1009)) "kernel mode: every fault of the workload ($kernel)"
cmp_ok $((user + kernel)) -le $((last - first)) "no more than /proc/vmstat counted"
cmp_ok "$clock" -ge $((n * 200000000)) "the clock ran on all $n CPUs"
is "$(event dtlb_walk/user 3)" "$(event dtlb_walk/user 2)" "software events run all the time"

stop

# --- too few files: a clear reason, and none taken from the rest of the program

ulimit -n 100
# root would raise the limit again
watch_by=(setpriv --bounding-set=-sys_resource)
watch instructions=task-clock dtlb_walk=minor-faults
like "$(grep pmu.dtlb_walk "$T/probe")" 'unavailable .* needs more open files than allowed' \
	"a limit of 100 files: the row says so"
like "$(lacks dtlb_walk_user)" 'needs more open files' "so does the field"
stop
done_testing
