#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The static pgtop in a root directory that has nothing else in it measures what the other one does.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

mkdir -p "$T/root/proc" "$T/root/sys"
cp "$(command -v pgtop-static)" "$T/root/pgtop"
# what is mounted is seen by this one program only: nothing can reach it by removing $T
# shellcheck disable=SC2016 # the inner shell expands
bare()
{
	unshare --mount sh -ec 'mount -t proc proc "$0/proc"; mount --rbind /sys "$0/sys"
		exec chroot "$0" /pgtop "$@"' "$T/root" "$@"
}
is "$(find "$T/root" -xdev -type f | wc -l)" 1 "there is one file"
is "$(bare --version)" "$(pgtop --version)" "its version"
to "$T/here" pgtop doctor --json
ok "doctor" to "$RESULTS/static.json" bare doctor --json
states()
{
	json "$1" '.rows[] | select(.name != "fact.container") | [.name, .state, .via] | @tsv'
}
cmp_ok "$(states "$T/here" | wc -l)" -gt 20 "there are rows to compare"
is "$(states "$RESULTS/static.json")" "$(states "$T/here")" "what can be measured, and how: the same"
is "$(doctor_row "$RESULTS/static.json" pagewalk.kernel state)" ok "it walks page tables"
ok "a snapshot" to "$T/snapshot" bare -i 0.5 --json
cmp_ok "$(json "$T/snapshot" .fields.linear_map.mapped_bytes.value)" -ge \
	$(($(awk '/^MemTotal:/ { print $2 }' /proc/meminfo) * 1024)) "it saw all memory in the linear map"
done_testing
