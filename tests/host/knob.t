#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The journal and the knobs of pgtopd on this kernel: a size's policy is written and restored,
# with the process killed before each of its system calls; the disk is full, or read-only.
# alone: it changes THP policies and min_free_kbytes of this machine
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

durable=${PROGS:?}/durable
killat=${TOOLS:?}/killat
knob=/sys/kernel/mm/transparent_hugepage/hugepages-1024kB/enabled
min_free=/proc/sys/vm/min_free_kbytes

[ -w $knob ] || skip_all "$knob cannot be written here"
# one at a time, whoever runs it
exec 9<$knob
flock -w 300 9 || skip_all "somebody else tests with $knob"

chosen()
{
	[[ $(<$knob) =~ \[([^]]+)\] ]] && echo "${BASH_REMATCH[1]}"
}

state()
{
	echo "$(chosen) $(<$min_free)"
}

# Low, and set by hand: what the kernel raises when a policy is written, and does not lower.
set_knob $knob never
set_knob $min_free 20000
mkdir "$T/state"

is "$("$durable" "$T/state" write mthp.1M $knob never always)" "mthp.1M: ok" "the policy is written"
is "$(chosen)" always "the kernel has it"
raised=$(<$min_free)
diag "min_free_kbytes went from 20000 to $raised"
like "$("$durable" "$T/state" show)" "moved $min_free original 20000 ours $raised" \
	"what moved with it is known"
is "$("$durable" "$T/state" write mthp.1M $knob never madvise)" "mthp.1M: Stale file handle" \
	"another value than expected is left alone"
is "$("$durable" "$T/state" write mthp.1M $knob always sometimes)" "mthp.1M: Invalid argument" \
	"what the kernel refuses is told"
is "$(chosen)" always "and changes nothing"
like "$("$durable" "$T/state" restore)" "all: ok" "it is restored"
is "$(state)" "never 20000" "and all is as it was"

# --- killed before each system call ---

# once N COMMAND...: killed before its Nth system call, and restored; COMMAND starts from what
# $before leaves.  Says what is not as it was; $T/status: how COMMAND ended.
once()
{
	local n=$1
	shift
	echo 20000 >$min_free
	$before
	# leaks cannot be looked for under ptrace
	ASAN_OPTIONS=detect_leaks=0 "$killat" "$n" "$durable" "$T/state" "$@" >/dev/null
	echo $? >"$T/status"
	"$durable" "$T/state" restore >"$T/restore" || echo "$n: $(tail -1 "$T/restore")"
	[ "$(state)" = "never 20000" ] || echo "$n: $(state)"
}

# interrupted COMMAND...: at N = 1, 2, ... until it is through.  A second try, because whoever
# writes another policy on this machine moves min_free_kbytes.
interrupted()
{
	local n=1
	echo 137 >"$T/status"
	while [ "$(<"$T/status")" = 137 ]; do
		[ -z "$(once $n "$@")" ] || once $n "$@"
		n=$((n + 1))
	done
	[ "$(<"$T/status")" = 0 ] || echo "status $(<"$T/status")"
	echo "$((n - 2))" >"$T/calls"
}

written()
{
	"$durable" "$T/state" write mthp.1M $knob never always >/dev/null
}

before=:
is "$(interrupted write mthp.1M $knob never always)" "" \
	"killed before each of its system calls, a write can be undone"
calls=$(<"$T/calls")
cmp_ok "$calls" -ge 25 "there were enough ($calls)"
before=written
is "$(interrupted restore)" "" \
	"killed before each of its system calls, a restore can be done again"
calls=$(<"$T/calls")
cmp_ok "$calls" -ge 20 "there were enough ($calls)"
like "$("$durable" "$T/state" show)" "damage 0" "the journal took no damage"

# --- the disk is full ---

echo 20000 >$min_free

small=$T/small
mkdir "$small"
if mount -t tmpfs -o size=128k,mode=700 none "$small" 2>/dev/null; then
	at_exit umount "$small"
	head -c 16384 /dev/zero >"$small/ballast"
	"$durable" "$small" fill 2000 >"$T/fill"
	is "$(tail -1 "$T/fill")" "error: No space left on device" "a full disk is told"
	failed=$(sed -n 's/^failed //p' "$T/fill")
	cmp_ok "$failed" -ge 1 "decisions found no room ($failed)"
	is "$("$durable" "$small" write mthp.1M $knob never always)" \
		"mthp.1M: No space left on device" "no room for the original: nothing is written"
	is "$(state)" "never 20000" "the knob is as it was"
	like "$("$durable" "$small" show)" "damage 0" "no part of a line is left"
	rm "$small/ballast"
	is "$("$durable" "$small" write mthp.1M $knob never always)" "mthp.1M: ok" \
		"with room again, it is written"

	# --- the disk becomes read-only while the knob is changed ---
	mount -o remount,ro "$small"
	like "$("$durable" "$small" show)" "error: Read-only file system" "so is a read-only one"
	like "$("$durable" "$small" show)" "knob mthp.1M $knob original never ours always" \
		"which can still be read"
	like "$("$durable" "$small" restore)" "all: ok" "and what it tells be restored"
	is "$(state)" "never 20000" "all is as it was"
	is "$("$durable" "$small" write mthp.1M $knob never always)" \
		"mthp.1M: Read-only file system" "but nothing is written"
	is "$(chosen)" never "the knob is as it was"
	mount -o remount,rw "$small"
	like "$("$durable" "$small" restore)" "all: ok" "writable again, it finds all restored"
	like "$("$durable" "$small" show)" "^decisions" "and knows of no knob"
else
	skip "no tmpfs can be mounted here" "a full disk"
fi

# A file that must not grow: the part that was written is cut off.
mkdir "$T/limited"
(
	trap '' XFSZ
	ulimit -f 4
	"$durable" "$T/limited" fill 100
) >"$T/fill"
is "$(tail -1 "$T/fill")" "error: File too large" "a limit on the size of files is told"
like "$("$durable" "$T/limited" show)" "damage 0" "no part of a line is left there either"
done_testing
