#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# build/static/pgtop in a root directory that has nothing else in it: it measures what pgtop measures.
# not sanitized: gcc links no sanitizer statically
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

: "${PGTOP:?}"
static=$(dirname "$PGTOP")/static/pgtop
is "$(readelf -lW "$static" | grep -c ' INTERP ')" 0 "it asks for no dynamic linker"
is "$(readelf -dW "$static" | grep -c NEEDED)" 0 "... and for no library"
unshare --mount true 2>/dev/null || skip_all "no mount namespace of our own (unshare --mount)"

mkdir -p "$T/root/proc" "$T/root/sys"
cp "$static" "$T/root/pgtop"
# what is mounted is seen by this one program only: nothing can reach it by removing $T
# shellcheck disable=SC2016 # the inner shell expands
bare()
{
	unshare --mount sh -ec 'mount -t proc proc "$0/proc"; mount --rbind /sys "$0/sys"
		exec chroot "$0" /pgtop "$@"' "$T/root" "$@"
}
ok "it runs where there is no library" bare --version
is "$(bare --version)" "$("$PGTOP" --version)" "its version"
"$PGTOP" doctor --json >"$T/here" && bare doctor --json >"$T/there"
states()
{
	json "$1" '.rows[] | select(.name != "fact.container") | [.name, .state, .via] | @tsv'
}
cmp_ok "$(states "$T/here" | wc -l)" -gt 20 "there are rows to compare"
is "$(states "$T/there")" "$(states "$T/here")" "what can be measured, and how: the same"
bare -i 0 --json >"$T/snapshot"
cmp_ok "$(json "$T/snapshot" .fields.linear_map.mapped_bytes.value)" -ge \
	$(($(awk '/^MemTotal:/ { print $2 }' /proc/meminfo) * 1024)) "its page walk saw all memory in the linear map"
done_testing
