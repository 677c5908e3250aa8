# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Flushes counted by pgtop and by perf at once (tests/progs/flush_count), on x86_64; sourced
# after tap.sh, with PROGS and TOOLS set.
#
#   count MODE N [OPTION]...  tests/tools/flush, what was counted in $T/counts; of flush_count
#   got NAME              one of the counts
#   agree DESC            what perf counted is in pgtop's counts
#
# enum tlb_flush_reason of the kernel: 1 remote shootdown, 3 local mm shootdown, 4 remote send

count()
{
	ok "flush $* runs" timeout 900 "$PROGS/flush_count" "${@:3}" "$TOOLS/flush" "$1" "$2" ||
		return
	cp "$T/.ok" "$T/counts"
}

got()
{
	sed -n "s/^$1=//p" "$T/counts"
}

# adds_up NAME: rows and what is unattributed, but for what others flush while they are read
adds_up()
{
	local apart
	apart=$(($(got 'ours\.rows') + $(got 'ours\.unattributed') - $(got 'ours\.flushes')))
	cmp_ok ${apart#-} -le "$(got noise)" "$1"
}

# Of the machine's events perf now and then leaves out all of one new process, and one event a
# CPU may be on its way between the two at each reading; of the workload both count every one.
slack=$((2 * $(nproc)))
agree()
{
	local r missed received noise
	# what the machine flushed while the counters were read: nothing, unless it is never quiet
	noise=$(got noise)
	[ "$noise" = 0 ] || diag "$1: $noise flushes by others during the readings"
	for r in 1 2 3 4; do
		# A request that arrives while the program runs is missed, and counted as that.
		[ $r = 1 ] && missed=$(got 'ours\.dropped') || missed=0
		cmp_ok "$(($(got "ours\.$r") + missed + slack))" -ge "$(got "perf\.$r")" \
			"$1: reason $r, whole machine: nothing lost that is not counted as dropped"
	done
	cmp_ok "$(got 'ours\.1')" -le "$(got interrupts)" \
		"$1: no more remote shootdowns than interrupts (/proc/interrupts)"
	is "$(got process.tlb_flushes)" "$(($(got 'task\.2') + $(got 'task\.3')))" \
		"$1: tlb_flushes of the process as perf counts"
	is "$(got process.tlb_sent)" "$(got 'task\.4')" "$1: tlb_sent of the process as perf counts"
	received=$(got process.tlb_received)
	if [[ $received == unknown:* ]]; then
		is "$(got 'perf\.1') $(got 'task\.1') $(got interrupts)" "0 0 0" \
			"$1: neither perf nor the interrupts know of remote shootdowns either"
		received=0
		like "$(got 'ours\.flushes')" "unknown: " "$1: so the total is not known either"
	fi
	cmp_ok "$received" -le "$(got 'task\.1')" \
		"$1: tlb_received of the process is not more than perf counts"
	cmp_ok "$((received + $(got 'ours\.unattributed') + $(got 'ours\.dropped')))" -ge \
		"$(got 'task\.1')" "$1: ... and what it is less is unattributed or dropped"
	if [[ $(got 'ours\.flushes') != unknown:* ]]; then
		is "$(got 'ours\.flushes')" "$(($(got 'ours\.1') + $(got 'ours\.2') + $(got 'ours\.3')))" \
			"$1: flushes are local ones and remote shootdowns"
		adds_up "$1: all processes and what is unattributed add up to the total"
	fi
	is "$(got process.comm)" flush "$1: the name of the process"
}
