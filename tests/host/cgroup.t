#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What users call a cgroup, on this machine's v2 hierarchy wherever it is mounted, and what is said
# of a path that is none; names that begin with a dot.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/command.sh
. "$(dirname "$0")/../command.sh"

: "${PGTOP:?}"

# --- made-up machines: the path is checked before anything is measured

# machine NAME MOUNT...: a made-up machine whose cgroup2 is at the first MOUNT, v1 at the others
machine()
{
	local root=$T/$1 mount type=cgroup2
	mkdir -p "$root/proc/self"
	shift
	for mount; do
		mkdir -p "$root$mount/job"
		echo "none $mount $type rw 0 0" >>"$root/proc/self/mounts"
		type=cgroup
	done
}

machine v2 /sys/fs/cgroup
machine hybrid /sys/fs/cgroup/unified /sys/fs/cgroup/memory
refused 2 "there is no cgroup 'nobody'; give a path below /sys/fs/cgroup$" \
	--cgroup nobody --root "$T/v2"
refused 2 "there is no cgroup 'nobody'; give a path below /sys/fs/cgroup/unified$" \
	--root "$T/hybrid" --cgroup nobody
refused 2 "is a cgroup v1 directory; give a path below /sys/fs/cgroup/unified, where v2 is" \
	--cgroup memory/job --root "$T/hybrid"
refused 2 "'job/../..' leads out of the hierarchy" --cgroup job/../.. --root "$T/v2"
mkdir -p "$T/v1/proc/self" "$T/v1/sys/fs/cgroup/memory/job"
echo 'none /sys/fs/cgroup/memory cgroup rw,memory 0 0' >"$T/v1/proc/self/mounts"
refused 3 "cgroup v2 is not mounted here" --cgroup memory/job --root "$T/v1"

# --- this machine's

v2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
group=.pgtop-test.$$
if [ -z "$v2" ] || ! mkdir "$v2/$group" 2>/dev/null; then
	skip "no cgroup can be made in '$v2'" "cgroups of this machine"
	done_testing
	exit
fi
at_exit rmdir "$v2/$group"
# shellcheck disable=SC2016 # the inner shell expands
sh -c 'echo $$ >"$1" && exec sleep 600' sh "$v2/$group/cgroup.procs" &
sleeper=$!
at_exit wait $sleeper
at_exit end $sleeper
wait_for 10 grep -q "0::/$group" /proc/$sleeper/cgroup
for path in "$group" "/$group" "/$group/" "$v2/$group" "${v2#/sys/fs/cgroup/}/$group" "$group/../$group"; do
	run "$PGTOP" -i 0 --json --cgroup "$path"
	is "$status" 0 "--cgroup $path"
	[ "$status" = 0 ] || diag "$(<"$T/err")"
	is "$(json "$T/out" "[.tables.process[] | select(.pid == $sleeper) | .cgroup]")" \
		"[\"/$group\"]" "... shows its process"
	is "$(json "$T/out" '[.tables.process[] | select(.cgroup | startswith("/'"$group"'") | not)]')" \
		"[]" "... and no other"
done
"$PGTOP" doctor --json >"$T/doctor"
if [ "$(doctor_row "$T/doctor" tlb.flushes.by_process state)" = unavailable ] ||
	[ "$(doctor_row "$T/doctor" tlb.flushes state)" = unavailable ]; then
	skip "TLB flushes are not counted here" "a cgroup whose name begins with a dot"
else
	# shellcheck disable=SC2016 # the inner shell expands
	sh -c 'echo $$ >"$1" && while :; do (:); done' sh "$v2/$group/cgroup.procs" &
	busy=$!
	at_exit wait $busy
	at_exit end $busy
	"$PGTOP" --json -i 0.5 >"$T/all"
	is "$(json "$T/all" '[.tables.cgroup[] | select(.path == "/'"$group"'")] | length')" 1 \
		"a cgroup whose name begins with a dot has its name"
fi

done_testing
