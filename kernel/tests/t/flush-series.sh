#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# TLB flushes on the kernel of kernel/: by scope, process, cgroup and caller, as many as
# tests/tools/scopes.c says by its own count what it asks for (see there), as the kernel's own
# trace of the events prints, and none twice.
# deadline: 1500
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"
PROGS=/opt/pgtop/bin TOOLS=/opt/pgtop/bin
# shellcheck source=tests/watch.sh
. "${VM_WATCH:-/opt/pgtop/watch.sh}"

need_config CONFIG_ARM64_MM_TRACE CONFIG_SECRETMEM
page=$(getconf PAGESIZE)
tracing=/sys/kernel/tracing
events=$tracing/events/arm64_mm

# --- doctor

pgtop doctor --json >"$T/doctor"
row()
{
	doctor_row "$T/doctor" "$1" "$2"
}
is "$(row tlb.flushes state) $(row tlb.flushes via)" "ok tp_btf arm64_tlb_flush" \
	"tlb.flushes is ok, by the tracepoint"
for name in arm64_tlb_flush arm64_tlb_flush_kernel arm64_tlb_sync; do
	is "$(row tlb.flushes.$name state)" ok "tlb.flushes.$name is ok"
done
is "$(row tlb.flush_callers state)" ok "tlb.flush_callers is ok"
pgtop doctor --json --fentry >"$T/doctor"
is "$(row tlb.flushes state) $(row tlb.flushes via)" "degraded functions beside the flush" \
	"--fentry: functions beside the flush"
like "$(row tlb.flushes remedy)" 'leave out --fentry' "... and how to have all"
pgtop doctor --json --symbol arm64_tlb_flush_kernel=no_such_event >"$T/doctor"
is "$(row tlb.flushes state)" degraded "without one event: degraded"
like "$(row tlb.flushes why)" 'no tracepoint no_such_event' "... it says which"
is "$(json "$T/doctor" \
	'[.rows[] | select((.name | startswith("tlb.flushes.arm64")) and .state != "ok").name]')" \
	'["tlb.flushes.arm64_tlb_flush_kernel"]' "... and has its row only"

# --- the workload, in a cgroup of its own

# its own cgroup, below that of this test
cgroup=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)/scopes
mkdir "$cgroup"
at_exit rmdir "$cgroup"

ok "an observer starts" start_watch events
start_tool scopes
echo "$pid" >"$cgroup/cgroup.procs"
set_knob $events/arm64_tlb_flush/enable 1
set_knob $events/arm64_tlb_flush_kernel/enable 1
set_knob $events/arm64_tlb_sync/enable 1
set_knob $tracing/options/event-fork 1
at_exit sh -c "echo >$tracing/set_event_pid"
echo "$pid" >$tracing/set_event_pid
step "dontneed 0"

scopes="mm range page kernel all pgtable other"

# obey COMMAND: a step; what the kernel printed of the process meanwhile (not of its children)
# in $T/trace
obey()
{
	echo >$tracing/trace
	step "$1"
	grep -E -- "^[^#].*-$pid +\[" $tracing/trace >"$T/trace"
}

# traced REGEX: how many events of these
traced()
{
	grep -cE -- "$1" "$T/trace"
}

# Do the scopes of rows NAME add up, do the kernel's events say the same?
consistent()
{
	local desc=$1 scope sum=0
	for scope in $scopes; do
		sum=$((sum + $(got events "$pid.tlb_$scope")))
	done
	is $sum "$(got events "$pid.tlb_flushes")" "$desc: the scopes add up to the flushes"
	# They are read after the totals, while others flush.
	sum=$(($(got events flusher) - $(got events tlb.flushes)))
	cmp_ok ${sum#-} -le 100 "$desc: so do the callers, for the machine"
	for scope in mm range page; do
		is "$(traced "arm64_tlb_flush:.*scope=$scope ")" "$(got events "$pid.tlb_$scope")" \
			"$desc: the trace has as many of scope $scope"
	done
	is "$(traced "arm64_tlb_flush_kernel:.*scope=kernel ")" "$(got events "$pid.tlb_kernel")" \
		"$desc: the trace has as many of kernel ranges"
	is "$(traced 'arm64_tlb_flush.*escalated')" "$(got events "$pid.tlb_escalated")" \
		"$desc: the trace has as many escalated"
	is "$(got events self.events_dropped) $(got events self.events_unattributed)" "0 0" \
		"$desc: nothing dropped or unattributed"
}

# flushes COMMAND "SCOPE=N..." PAGES ESCALATED CALLERS: exactly these, by process and by cgroup
flushes()
{
	local scope want of
	obey "$1"
	for of in $pid cgroup; do
		want=" $2 "
		for scope in $scopes; do
			[[ $want =~ \ $scope=([0-9]+)\  ]] && want=${BASH_REMATCH[1]} || want=0
			is "$(got events "$of.tlb_$scope")" "$want" "$1: $of: $want of scope $scope"
			want=" $2 "
		done
		is "$(got events "$of.tlb_flush_pages")" "$3" "$1: $of: $3 pages"
		is "$(got events "$of.tlb_escalated")" "$4" "$1: $of: $4 escalated"
	done
	[ -z "$5" ] || cmp_ok "$(awk -F= -v re="^flusher[.]($5)\$" '$1 ~ re { n += $2 }
		END { print n + 0 }' "$T/events")" -ge "$(traced 'arm64_tlb_flush.*scope=')" \
		"$1: asked for by $5"
	consistent "$1"
}

flushes "dontneed 1009" "range=1009" 1009 0 'tlb_finish_mmu|tlb_flush_mmu|.*tlb.*|unmap_.*|zap_.*'
flushes "munmap 211" "range=211" 211 0 ''
flushes "protect 211" "range=211" 211 0 ''
flushes "range 23" "range=23" $((23 * 400)) 0 ''
# 8 GiB and a page: more than a CPU with range instructions is asked to name
# (MAX_TLBI_RANGE_PAGES), and more than 512 single ones. One request, one event.
flushes "huge 7" "range=7" 0 7 ''
is "$(got events 'escalated.range')" 7 "huge 7: in the row of the scope that was asked for"
flushes "zero 101" "page=101" 101 0 'ptep_clear_flush|wp_page_copy'
flushes "secret 13" "kernel=13" 13 0 'secretmem_fault'

# --- fork: the parent's entries become read-only, and then pages are written to

# forks MM DESC: 11 children that exit at once; MM flushes of whole address spaces by them
forks()
{
	obey "fork 11"
	is "$(got events "$pid.tlb_mm")" 11 "$2: the parent's address space is flushed once a fork"
	is "$(($(got events cgroup.tlb_mm) - 11))" "$1" "$2: and each child's when it exits"
	is "$(got events "$pid.tlb_range") $(got events "$pid.tlb_kernel") $(got events "$pid.tlb_escalated")" \
		"0 0 0" "$2: no range"
	cmp_ok "$(got events "$pid.tlb_page")" -ge 11 \
		"$2: what the parent writes then is a page each time"
	consistent "$2"
}
forks 11 "fork 11"

# --- reclaim: a page each, then one wait; nothing but smaps knows how many were taken

if swap_on 65536; then
	obey "pageout 307"
	swap=$(($(awk '$1 == "Swap:" { n += $2 } END { print n * 1024 }' "/proc/$pid/smaps") / page))
	cmp_ok $swap -ge 200 "pageout: most of 307 pages are in swap"
	is "$(got events "$pid.tlb_page")" $swap "pageout: a flush for each page that is"
	cmp_ok "$(got events 'flush.wait for a batch')" -ge 1 "pageout: it was waited for them"
	is "$(got events tlb.flushes)" \
		"$(($(got events flush) - $(got events 'flush.wait for a batch')))" \
		"pageout: a wait is no flush"
	consistent "pageout 307"
	# A child's mm_struct begins as a copy of the parent's (dup_mm()), with the mark that
	# reclaim leaves there (tlb_flush_batched): its exit looks after pages that were never
	# its own (flush_tlb_batched_pending()), with a flush more.
	forks 22 "fork 11 after reclaim"
	is "$(got events flusher.flush_tlb_batched_pending)" 11 \
		"fork 11 after reclaim: the second one is for reclaim"
else
	skip "no swap" "pageout"
fi

stop_all

# --- flushes of kernel addresses: a module comes and goes

step_kernel()
{
	# a device that appears is opened by udev: not in use any more when that is done
	modprobe zram && udevadm settle -t 60 && wait_for 60 modprobe -r zram
}
start_watch events
reading events $$
ok "a module comes and goes" step_kernel
reading events $$
cmp_ok "$(got events 'flush.kernel range')" -ge 1 "kernel ranges are flushed for a module"
like "$(grep '^flusher\.' "$T/events" | tr '\n' ' ')" \
	'flusher.([a-z_]*(set_memory|change_memory|vmap|vunmap|purge)[a-z_]*)=[1-9]' \
	"by functions of vmalloc or pageattr"

done_testing
