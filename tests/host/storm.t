#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A storm of TLB flushes loses none: STORM_EVENTS of them (1000000; `make soak`: 10000000),
# local ones, and from two CPUs against each other.
# alone: it counts the flushes of the whole machine
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

: "${TOOLS:?}" "${PROGS:?}"

[ "$(id -u)" = 0 ] || skip_all "not root"
[ "$(uname -m)" = x86_64 ] || skip_all "not x86_64"

events=${STORM_EVENTS:-$([ -n "${SOAK-}" ] && echo 10000000 || echo 1000000)}

# shellcheck source=tests/flushes.sh
. "$(dirname "$0")/../flushes.sh"

storm()
{
	count "$1" "$2" || return
	diag "$(grep '^ours\|^process.tlb\|^interrupts' "$T/counts" | tr '\n' ' ')"
	agree "$1"
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
