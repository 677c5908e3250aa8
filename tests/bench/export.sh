#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The metrics file of pgtopd: time to render 2,000 series, on one core. The machine is made up:
# with as many sizes of huge pages as it takes.
set -eu
# shellcheck source=tests/cost.sh
. "$(dirname "$0")/../cost.sh"

: "${PROGS:?}"
promfile=$(cd "$(dirname "$0")/.." && pwd)/promfile.py
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# render SIZES: 500 times; the text in $tmp/text, the times in $tmp/times
render()
{
	"$PROGS/export_write" "$1" 500 >"$tmp/text" 2>"$tmp/times"
}

# what grows with sizes, from two of them
render 1
one=$("$promfile" series "$tmp/text")
render 2
each=$(($("$promfile" series "$tmp/text") - one))
render $(((2000 - one + each - 1) / each + 1))
median=$(value_of median_ms <"$tmp/times")
echo "metrics file, $("$promfile" series "$tmp/text") series," \
	"$(stat -c %s "$tmp/text") bytes: $(<"$tmp/times") $(figure export.render "$median" ms below 2)"
