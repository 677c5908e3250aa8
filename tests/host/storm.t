#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A storm of TLB flushes loses none: STORM_EVENTS of them (1000000; `make soak`: 10000000),
# local ones, and from two CPUs against each other.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

: "${TOOLS:?}" "${PROGS:?}"

[ "$(id -u)" = 0 ] || skip_all "not root"
[ "$(uname -m)" = x86_64 ] || skip_all "not x86_64"

events=${STORM_EVENTS:-$([ -n "${SOAK-}" ] && echo 10000000 || echo 1000000)}

got()
{
	sed -n "s/^$1=//p" "$T/counts"
}

# As in tlbflush.t: to the event for the workload, "nothing lost" for the machine.
slack=$((2 * $(nproc)))
storm()
{
	local r missed
	ok "flush $1 $2 runs" timeout 900 "$PROGS/flush_count" "$TOOLS/flush" "$1" "$2" || return
	cp "$T/.ok" "$T/counts"
	diag "$(grep '^ours\|^process.tlb\|^interrupts' "$T/counts" | tr '\n' ' ')"
	for r in 1 2 3 4; do
		# A request that arrives while the program runs is missed, and counted as that.
		[ $r = 1 ] && missed=$(got 'ours\.dropped') || missed=0
		cmp_ok "$(($(got "ours\.$r") + missed + slack))" -ge "$(got "perf\.$r")" \
			"$1: reason $r: nothing lost that is not counted as dropped"
	done
	cmp_ok "$(got 'ours\.1')" -le "$(got interrupts)" \
		"$1: no more remote shootdowns than interrupts (/proc/interrupts)"
	is "$(got process.tlb_flushes)" "$(($(got 'task\.2') + $(got 'task\.3')))" \
		"$1: tlb_flushes as perf counts"
	is "$(got process.tlb_sent)" "$(got 'task\.4')" "$1: tlb_sent as perf counts"
	cmp_ok "$(got process.tlb_received)" -le "$(got 'task\.1')" \
		"$1: tlb_received is not more than perf counts"
	cmp_ok "$(($(got process.tlb_received) + $(got 'ours\.unattributed') + $(got 'ours\.dropped')))" -ge \
		"$(got 'task\.1')" "$1: ... and what it is less is unattributed or dropped"
	is "$(($(got 'ours\.rows') + $(got 'ours\.unattributed')))" "$(got 'ours\.flushes')" \
		"$1: all processes and what is unattributed add up to the total"
}

if storm local "$events"; then
	# A task switch between the change and its flush flushes in its stead (reason 0).
	missing=$((events - $(got process.tlb_flushes)))
	cmp_ok "$missing" -le "$(got 'task\.0')" "local: all $events, or a task switch did it"
fi
if [ "$(nproc)" -lt 2 ]; then
	skip "one CPU" "two CPUs against each other"
else
	storm cross $((events / 4))
fi

done_testing
