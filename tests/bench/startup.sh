#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Start to exit, and resident memory, of the one-shot commands, RUNS (20) runs each.
set -eu

: "${PGTOP:?}" "${TOOLS:?}"
for args in "-i 0" "map kernel" "map $$" "doctor" "-i 0.1"; do
	# shellcheck disable=SC2086 # words
	echo "pgtop $args: $("$TOOLS/measure" "${RUNS:-20}" "$PGTOP" $args)"
done
