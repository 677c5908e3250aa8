#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What was built tells nothing of the place where it was, and holds no debug data that nobody uses.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

: "${PGTOP:?}"
b=$(dirname "$PGTOP")
top=$(cd "$(dirname "$0")/../.." && pwd)

objects=("$b"/*.bpf.o)
cmp_ok ${#objects[@]} -ge 4 "there are BPF objects to look at"
for file in "${objects[@]}" "$PGTOP" "$b/pgtopd" "$b/pgtop-opener"; do
	name=${file##*/}
	ok "$name: is there" grep -aq ELF "$file"
	is "$(strings -a -n 3 "$file" | grep -F -e "$top/" -e "$b/")" "" "$name: no path of the checkout or the build"
done
for file in "${objects[@]}"; do
	sections=$(readelf -SW "$file" | grep -oE ' \.(BTF|BTF\.ext|debug[a-z_.]*|rel\.debug[a-z_.]*) ' | xargs)
	is "$sections" ".BTF .BTF.ext" "${file##*/}: BTF, and no other debug data"
done

# CO-RE works with what is left: the kernel takes what reads its structures.
if [ "$(id -u)" = 0 ] && [ -r /sys/kernel/btf/vmlinux ]; then
	"$PGTOP" doctor --json >"$T/doctor"
	for row in pagewalk.kernel pagewalk.process; do
		is "$(doctor_row "$T/doctor" $row state)" ok "$row loads"
	done
else
	skip "not root, or no BTF" "CO-RE"
fi
done_testing
