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

storm()
{
	ok "flush $1 $2 runs" timeout 900 "$PROGS/flush_count" "$TOOLS/flush" "$1" "$2" || return
	cp "$T/.ok" "$T/counts"
	for r in 1 2 3 4; do
		is "$(sed -n "s/^ours\.$r=//p" "$T/counts")" "$(sed -n "s/^perf\.$r=//p" "$T/counts")" \
			"$1: reason $r as perf counts"
	done
	diag "$(grep '^ours\|^process.tlb\|^interrupts' "$T/counts" | tr '\n' ' ')"
}

if storm local "$events"; then
	is "$(sed -n 's/^process.tlb_flushes=//p' "$T/counts")" "$events" "local: all $events"
fi
if [ "$(nproc)" -lt 2 ]; then
	skip "one CPU" "two CPUs against each other"
else
	storm cross $((events / 4))
fi

done_testing
