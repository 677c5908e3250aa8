#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# CPU and memory of pgtopd at its default window, over WINDOWS of them (12: the first, the ones
# without and those with walks of page tables), as /proc and pgtopd itself tell.
set -eu
# shellcheck source=tests/cost.sh
. "$(dirname "$0")/../cost.sh"

: "${PGTOP:?}"
windows=${WINDOWS:-12}
tmp=$(mktemp -d)
pid=''

cleanup()
{
	[ -z "$pid" ] || { kill "$pid" && wait "$pid"; } 2>/dev/null || true
	rm -rf "$tmp"
}
trap cleanup EXIT

# own METRIC: of the text file
own()
{
	sed -n "s/^$1 //p" "$tmp/pgtop.prom" 2>/dev/null
}

# seen N: pgtopd has told of N windows
seen()
{
	local n
	n=$(own pgtop_windows_total)
	[ -n "$n" ] && [ "$n" -ge "$1" ]
}

# until_seen N: waits for it
until_seen()
{
	while ! seen "$1"; do
		kill -0 "$pid" 2>/dev/null || { cat "$tmp/log" >&2; exit 1; }
		sleep 1
	done
}

printf '[export]\ntextfile = %s\n' "$tmp/pgtop.prom" >"$tmp/conf"
"${PGTOPD:-$(dirname "$PGTOP")/pgtopd}" --config "$tmp/conf" --state-dir "$tmp/state" \
	--socket "$tmp/socket" 2>"$tmp/log" &
pid=$!
began=$(date +%s%N)
echo "pgtopd: $windows windows of 10 s, $((windows / 6)) minutes" >&2
until_seen 1
start_us=$(cpu_us "$pid")
first=$(own pgtop_windows_total)
until_seen "$windows"
took=$(($(cpu_us "$pid") - start_us))
n=$(($(own pgtop_windows_total) - first))
kib=$(rss_kib "$pid")

# quotient A B DIGITS
quotient()
{
	awk -v a="$1" -v b="$2" -v digits="$3" 'BEGIN { printf "%.*f", digits, a / b }'
}

share=$(quotient "$took" $((n * 100000)) 3) mib=$(quotient "$kib" 1024 1)
echo "pgtopd, $n windows of 10 s: $(quotient "$took" $((n * 1000)) 1) ms of CPU per window," \
	"$share % of one CPU $(figure daemon.cpu_percent "$share" % below 0.1)"
echo "pgtopd, start: $(quotient "$start_us" 1000 0) ms of CPU"
echo "pgtopd, resident: $mib MiB $(figure daemon.resident "$mib" MiB below 16)"
echo "pgtopd, by its own metrics: $(quotient "$(own pgtop_process_resident_memory_bytes)" 1048576 1) MiB," \
	"$(quotient "$(own pgtop_process_cpu_seconds_total)" 1 2) s of CPU in $(quotient $(($(date +%s%N) - began)) 1000000000 0) s"
