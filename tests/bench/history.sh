#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The history of pgtopd: three days of windows of 10 s on a made-up machine with 256 processes that
# all count: what they take on disk, the time to make, compress and write one, and to show one.
set -eu
# shellcheck source=tests/cost.sh
. "$(dirname "$0")/../cost.sh"

: "${PGTOP:?}" "${PROGS:?}"
start=1796000000
windows=$((3 * 86400 / 10))
tmp=$(mktemp -d /dev/shm/history.XXXXXX)
trap 'rm -rf "$tmp"' EXIT

"$PROGS/history_make" "$tmp/history" 209715200 10 $start $windows 0 256 >"$tmp/made"
kept=$(awk '$1 == "windows" { print $2 }' "$tmp/made")
mib=$(awk '$1 == "bytes" { printf "%.0f", $2 / 1048576 }' "$tmp/made")
cost=$(awk '$1 == "cpu_us_per_window" { print $2 }' "$tmp/made")

# at SECONDS: milliseconds of five runs, the middle one
at()
{
	local before
	for _ in 1 2 3 4 5; do
		before=$(date +%s%N)
		"$PGTOP" --at "$1" --history "$tmp/history" --json >"$tmp/out"
		echo $((($(date +%s%N) - before) / 1000000))
	done | sort -n | sed -n 3p
}

echo "history, $kept of $windows windows: $mib MiB $(figure history.size "$mib" MiB most 200)," \
	"$cost us of CPU time for each, with making it up"
for hours in 1 36 71; do
	ms=$(at $((start + hours * 3600)))
	echo "--at after $hours h: $ms ms $(figure "history.at_${hours}h" "$ms" ms below 100)"
done
