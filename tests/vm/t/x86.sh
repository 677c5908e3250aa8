#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deadline: 1500
#
# What differs on x86_64: every program loads, and the tests of the host that measure flushes and page
# tables pass on this kernel, too. Each of their checks is a line here.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

[ "$(uname -m)" = x86_64 ] || skip_all "not x86_64"

# rows: "NAME STATUS WHY" of the measurements that are not whole
rows()
{
	pgtop doctor --json | jq -r '.measurements[] | select(.status != "ok") | "\(.name) \(.status) \(.why)"'
}
rows >"$T/rows"
cp "$T/rows" "$RESULTS/rows"
is "$(grep -v '^contpte\.\|^pmu\.' "$T/rows" | cut -d' ' -f1,2 | paste -sd ,)" \
	"linear_map.collapses unavailable,tlb.flushes.kernel unavailable" "all else is measured"
is "$(grep '^contpte\.' "$T/rows" | grep -vc 'exist only on arm64')" 0 "contiguous PTEs: only on arm64"
is "$(grep '^pmu\.' "$T/rows" | grep -vc 'shows no hardware PMU')" 0 "counters: QEMU has none"

PGTOP=$(command -v pgtop) TOOLS=/opt/pgtop/bin PROGS=/opt/pgtop/bin
export PGTOP TOOLS PROGS
# relay NAME: the checks of a test, from standard input, as ours
relay()
{
	local line text
	while IFS= read -r line; do
		text="$1: ${line#* - }"
		case $line in
		*" # SKIP "*) skip "${text##*# SKIP }" "${text% # SKIP*}" ;;
		"ok "*) pass "$text" ;;
		"not ok "*) fail "$text" ;;
		"1..0"*) skip "${line#*SKIP }" "$1" ;;
		"#"*) echo "$line" ;;
		esac
	done
}
for file in /opt/pgtop/host/*.t; do
	name=$(basename "$file" .t)
	bash "$file" >"$T/tap" 2>"$T/err"
	status=$?
	relay "$name" <"$T/tap"
	is $status 0 "$name: exit status" || diag "$(tail -n 5 "$T/err")"
done
done_testing
