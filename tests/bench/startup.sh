#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Start to exit, and resident memory, of the one-shot commands, RUNS (20) runs each.
set -eu
# shellcheck source=tests/cost.sh
. "$(dirname "$0")/../cost.sh"

: "${PGTOP:?}" "${TOOLS:?}"

# measured ARGUMENTS...: what they take in $found, and of that $median (ms) and $kib
measured()
{
	found=$("$TOOLS/measure" "${RUNS:-20}" "$PGTOP" "$@")
	median=$(value_of median_ms <<<"$found")
	kib=$(value_of max_rss_kib <<<"$found")
	[ -n "$median" ] && [ -n "$kib" ]
}

measured -i 0
echo "pgtop -i 0: $found"
echo "  median $median ms $(figure startup.once "$median" ms below 300)," \
	"resident $kib KiB $(figure startup.once_resident "$kib" KiB below $((24 * 1024)))"
while read -r name args; do
	# shellcheck disable=SC2086 # words
	measured $args
	echo "pgtop ${args/$$/PID}: $found"
	figure "startup.$name" "$median" ms
done <<END
map_kernel map kernel
map_process map $$
doctor doctor
tenth -i 0.1
END
