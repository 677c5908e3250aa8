#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In a PID namespace the kernel's process numbers are not those of /proc: counts go to the
# machine and the cgroups, and no process is given those of another.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

: "${PGTOP:?}"

[ "$(id -u)" = 0 ] || skip_all "not root"
[ "$(uname -m)" = x86_64 ] || skip_all "not x86_64"
unshare --pid --fork --mount-proc true 2>"$T/err" || skip_all "no PID namespace: $(<"$T/err")"
"$PGTOP" doctor --json >"$T/host"
[ "$(json "$T/host" '.rows[] | select(.name == "tlb.flushes").state')" != unavailable ] ||
	skip_all "TLB flushes are not counted here"

by_process='[.rows[] | select(.name == "tlb.flushes.by_process") | .state, .why]'
is "$(json "$T/host" "$by_process")" "[]" "on the host: no restriction is told"
unshare --pid --fork --mount-proc "$PGTOP" doctor --json >"$T/doctor"
like "$(json "$T/doctor" "$by_process")" "unavailable.*PID namespace" "within: doctor says why"

unshare --pid --fork --mount-proc "$PGTOP" --json -i 0.5 >"$T/all"
columns='[.tables.process[] | keys[] | select(startswith("tlb_"))] | unique'
is "$(json "$T/all" "$columns")" "[]" "within: no counts by process"
like "$(json "$T/all" .tables.cgroup)" tlb_flushes "within: but by cgroup"
cmp_ok "$(json "$T/all" .fields.tlb.flushes.value)" -gt 0 "... and by machine"

# A shell whose forks flush, and within the namespace an idle process of the same number
bash -c 'while :; do (:); done' &
stranger=$!
at_exit end $stranger
"$PGTOP" --json -i 0.5 -p $stranger >"$T/host"
is "$(json "$T/host" "$columns | any(. == \"tlb_flushes\")")" true "on the host: the shell flushes"
# shellcheck disable=SC2016 # the inner shell expands
ok "a process of the same number" unshare --pid --fork --mount-proc bash -c '
	echo $(($1 - 1)) >/proc/sys/kernel/ns_last_pid || exit
	sleep 60 &
	[ $! = "$1" ] || exit
	exec "$2" --json -i 0.5 -p $1 >"$3"' sh $stranger "$PGTOP" "$T/one"
is "$(json "$T/one" "$columns")" "[]" "within: -p does not show the other process"
is "$(json "$T/one" '.tables.cgroup // []')" "[]" "... nor its cgroup"

done_testing
