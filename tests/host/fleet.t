#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# pgtopd on many machines: boots, other writers, settings of a fleet; on a machine made of files.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/pgtopd.sh
. "$(dirname "$0")/../pgtopd.sh"
# shellcheck source=tests/lever.sh
. "$(dirname "$0")/../lever.sh"
keep_time

top=$(dirname "$0")/../..
root=$T/root
case $(uname -m),$(getconf PAGESIZE) in
x86_64,*) kb=2048 ;;
aarch64,4096) kb=64 ;;
*) skip_all "no size of lever is known for this machine" ;;
esac
usual_kb=$kb

# machine KB: a new one, with folios of that size
machine()
{
	if [ -n "${machine_pid-}" ]; then
		end "$machine_pid"
	fi
	rm -rf "$root"
	mkdir "$root"
	echo dense >"$root/load"
	lever=mthp.$(($1 < 1024 ? $1 : $1 / 1024))$([ "$1" -lt 1024 ] && echo K || echo M)
	knob=$root/sys/kernel/mm/transparent_hugepage/hugepages-${1}kB/enabled
	: >"$T/machine"
	"$top/tests/fakemachine.py" "$root" "$1" >>"$T/machine" 2>&1 &
	machine_pid=$!
	at_exit end "$machine_pid"
	wait_for 90 grep -q ready "$T/machine"
}
machine "$kb"

# tune LINE...: a configuration for short trials; LINEs of [policy]
tune()
{
	configure "mode = tune" "[trial]" "baseline_windows = 4" "settle_windows = 3" \
		"measure_windows = 4" "confirm = no" "[policy]" "$@"
}

# blocked_by TEXT: that is why the lever is not tried
blocked_by()
{
	[[ $(status ".levers[] | select(.name == \"$lever\").why") == *"$1"* ]]
}

# tuning WORD: status says that of it
tuning()
{
	[ "$(status .tuning)" = "$1" ]
}

# up SECONDS [BOOT]: the machine was booted so long ago, for the BOOT-th time
up()
{
	echo "$1.25 9.00" >"$root/proc/uptime"
	[ -z "${2-}" ] || echo "0000000$2-1111-2222-3333-444444444444" >"$root/proc/sys/kernel/random/boot_id"
}

# --- settings of the boot are waited for

up 585 1
tune
ok "pgtopd starts while the machine boots" begin
echo madvise >"$knob"
wait_for 90 chosen madvise
ok "status: settings of the boot are waited for" wait_for 12 blocked_by "boot-time settings are waited for"
ok "a setting of the boot is no yield: the lever is tried when boot_wait is over" \
	wait_for 90 decided try
ok "... and what the boot has set is not overwritten before" chosen madvise

# --- somebody's word ends with the boot

echo never >"$knob"
ok "written afterwards: yielded" wait_for 60 decided yield
stop
ok "restarted within the boot" begin
ok "... still yielded" in_state yielded
stop
up 1000 2
echo madvise >"$knob"
ok "booted since, and nobody has written that again" begin
ok "... no longer yielded" wait_for 60 decided release
like "$(grep release "$log")" 'the machine was booted since somebody else wrote its knob' "... because of the boot"
stop

# --- guards do not wait for windows

sed -i 's/^window = .*/window = 1s/' "$conf"
echo never >"$knob"
rm -rf "$state"
tune
sed -i 's/^\[daemon\]/&\nexit = keep/' "$conf"
ok "a lever" begin
ok "... is kept" wait_for 180 decided keep
stop
# it is kept, and so in place when pgtopd starts
hourly()
{
	sed -i 's/^window = .*/window = 1h/' "$conf"
	ok "a window of an hour" begin
	ok "... with a value of ours in place" chosen always
}
hourly
touch "$root/stalled"
ok "all tasks wait for memory: taken back within 12 s" wait_for 12 chosen never
rm "$root/stalled"
ok "... which is a decision" wait_for 60 decided revert
like "$(grep revert "$log")" 'all tasks wait for memory: for [45]' "... of the guard, with its numbers"
ok "... and the lever waits" in_state cooldown
stop

# keep_again: it is kept once more, and pgtopd is started anew, hourly
keep_again()
{
	rm -rf "$state"
	sed -i 's/^window = .*/window = 1s/' "$conf"
	begin >/dev/null
	wait_for 180 decided keep
	stop
	hourly
}
keep_again
echo "always madvise [never]" >"$root/sys/kernel/mm/transparent_hugepage/enabled"
ok "never for all sizes: taken back within 12 s" wait_for 12 chosen never
ok "... and left alone" wait_for 60 decided yield
stop
echo "always [madvise] never" >"$root/sys/kernel/mm/transparent_hugepage/enabled"

# --- two of them, with two directories, do not tune one machine

mkdir -p "$root/run"
rm -rf "$state"
tune
begin
"$PGTOPD" --config "$conf" --root "$root" --state-dir "$T/second" --socket "$T/second.s" 2>"$T/second.log" &
second=$!
at_exit end "$second"
second_says()
{
	"$PGTOP" --socket "$T/second.s" policy status --json >"$T/second.json" 2>/dev/null &&
		[ "$(json "$T/second.json" '.status | .tuning + ": " + (.tuning_why // "")')" = "$1" ]
}
ok "a second pgtopd does not tune the same machine" \
	wait_for 90 second_says "paused: another pgtopd tunes this machine"
ok "... while the first one does" tuning on
stop
ok "... until that has ended" wait_for 90 second_says "on: "
end "$second"

# --- the off switch of a site

mkdir -p "$root/etc/pgtop"
rm -rf "$state"
tune
begin
ok "a lever is kept" wait_for 180 decided keep
touch "$root/etc/pgtop/off"
ok "/etc/pgtop/off: taken back within 7 s" wait_for 7 chosen never
like "$(grep revert "$log")" '/etc/pgtop/off or /run/pgtop/off exists' "... which is the reason"
is "$(status '[.mode, .tuning]')" '["tune","paused"]' "... and the state"
rm "$root/etc/pgtop/off"
ok "removed: tuning goes on" wait_for 60 tuning on
stop

# --- hold and release: all, by whom, for how long

rm -rf "$state"
tune
begin
"$PGTOP" --socket "$socket" policy hold all --json >"$T/held"
is "$(json "$T/held" '[.decisions[] | select(.action == "hold").lever] | length > 0')" true "hold all"
is "$(json "$T/held" .durable)" true "... which is durable"
like "$(json "$T/held" '.decisions[-1].by')" '^user 0.*process [0-9]+ \(pgtop\)$' "... and says who asked"
like "$(json "$T/held" '.decisions[-1].reason')" 'asked for by user 0' "... also in its sentence"
ok "... in effect" in_state held
stop
ok "after a restart" begin
ok "... still" in_state held
like "$(ask '{"v":1,"cmd":"hold","lever":"all"}')" '"code":"usage"' "... and no more to hold"
like "$("$PGTOP" --socket "$socket" policy release all)" 'may be tried again' "release all"
ok "... in effect" wait_for 90 decided try
log_since()
{
	"$PGTOP" --socket "$socket" policy log --json --since "$1" | json /dev/stdin '.decisions | length'
}
# log_from SECONDS: how many decisions of the last hour were made from then on
log_from()
{
	"$PGTOP" --socket "$socket" policy log --json --since 1h |
		json /dev/stdin "[.decisions[] | select(.time >= $1)] | length"
}
cmp_ok "$(log_since 1h)" -ge 3 "log --since 1h: the decisions of this test"
is "$(log_since "@$(($(date +%s) + 3600))")" 0 "... none from the time to come"
# pgtopd goes on deciding: what it says is between what it said before and what it says afterwards
from=$("$PGTOP" --socket "$socket" policy log --json --since 1h |
	json /dev/stdin '[.decisions[].time | ceil] | sort | .[length / 2 | floor]')
before=$(log_from 0) before_from=$(log_from "$from")
dated=$(log_since "$(date -d '1 hour ago' '+%Y-%m-%d %H:%M')") since=$(log_since "@$from")
ok "... a date and a time" test "$dated" -ge "$before" -a "$dated" -le "$(log_from 0)"
ok "... those from then on" test "$since" -ge "$before_from" -a "$since" -le "$(log_from "$from")"
cmp_ok "$since" -lt "$dated" "... which are fewer"
"$PGTOP" --socket "$socket" policy log --since yesterday >"$T/out" 2>&1
is $? 2 "... what is no time is refused"
stop

# --- a share of the machines tunes

mkdir -p "$root/etc"
echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
rm -rf "$state"
tune "canary = 0"
begin
is "$(status '[.mode, .tuning, .tuning_why]')" \
	'["tune","paused","this machine is not among those that canary lets tune"]' "canary = 0: this machine does not tune"
ok "... but advises" wait_for 90 decided advise
ok "... and changes nothing" chosen never
sed -i 's/^canary = .*/canary = 1/' "$conf"
kill -HUP "$pid"
ok "canary = 1 at a reload: it tunes" wait_for 60 tuning on
stop

# --- exit = keep: nothing of ours is left without a guard

kept_at_stop()
{
	rm -rf "$state"
	tune "$@"
	sed -i 's/^\[daemon\]/&\nexit = keep/' "$conf"
	begin >/dev/null
	wait_for 180 decided keep
	stop
	chosen always
}
restore_as_systemd()
{
	SERVICE_RESULT=$1 "$PGTOPD" --config "$conf" --root "$root" --state-dir "$state" --restore 2>"$T/err"
}
ok "exit = keep: kept" kept_at_stop
sed -i 's/^mode = .*/mode = observe/' "$conf"
ok "started again with mode = observe" begin
ok "... it is taken back" wait_for 60 chosen never
ok "... by a decision that says why" logged "$lever: revert .*mode = observe"
stop

ok "exit = keep: kept once more" kept_at_stop
ok "--restore as systemd calls it after a clean stop" restore_as_systemd success
ok "... leaves it" chosen always
printf '[daemon]\nmode = sometimes\n' >>"$conf"
restore_as_systemd success
ok "--restore with a configuration that is wrong: taken back" wait_for 60 chosen never
ok "exit = keep: kept once more" kept_at_stop
ok "--restore after a crash" restore_as_systemd signal
ok "... takes it back" wait_for 60 chosen never
ok "... and the next start writes it again" begin
ok "... without a trial" wait_for 60 decided keep
ok "... because it is proven" logged 'keep .*it was proven before it was taken back'
stop KILL
ok "killed: it stays for now" chosen always
printf '[daemon]\nmode = sometimes\n' >>"$conf"
timeout 20 "$PGTOPD" --config "$conf" --root "$root" --state-dir "$state" --socket "$socket" 2>"$T/err"
is $? 3 "the next start fails, for its configuration is wrong"
ok "... and takes it back first" wait_for 60 chosen never

# a size that is a lever with all_sizes only
machine 128
ok "exit = keep with all_sizes = yes: kept" kept_at_stop "all_sizes = yes"
sed -i 's/^all_sizes = .*/all_sizes = no/' "$conf"
ok "started again with all_sizes = no" begin
ok "... it is taken back" wait_for 60 chosen never
ok "... which is said" logged 'mthp.128K is not tuned here any more'
stop
machine "$usual_kb"

# --- nor for a disk

if [ "$(id -u)" = 0 ] && truncate -s 16M "$T/disk" && mkfs.ext4 -q "$T/disk" && mkdir "$T/slow" &&
	mount -o loop "$T/disk" "$T/slow" 2>/dev/null; then
	thaw()
	{
		fsfreeze -u "$T/slow" 2>/dev/null
		umount -l "$T/slow"
	}
	at_exit thaw
	state=$T/slow/state
	mkdir "$root/sys/kernel/mm/linear_map"
	echo 0 >"$root/sys/kernel/mm/linear_map/collapse_auto"
	sed -i 's/^window = .*/window = 1s/' "$conf"
	begin
	ok "with the journal on a disk a lever is kept" wait_for 180 decided keep
	fsfreeze -f "$T/slow"
	ask '{"v":1,"cmd":"hold","lever":"linear_map.collapse"}' >/dev/null &
	asked=$!
	waits()
	{
		[ "$(awk '{ print $3 }' "/proc/$pid/stat")" = D ]
	}
	ok "the disk stalls: pgtopd waits for its journal" wait_for 60 waits
	touch "$root/stalled"
	ok "... and takes back in time what a guard objects to" wait_for 6 chosen never
	ok "... while it still waits" waits
	rm "$root/stalled"
	fsfreeze -u "$T/slow"
	wait "$asked"
	ok "the disk goes on: so does pgtopd, which says what was done" wait_for 90 decided revert
	stop
	is "$status" 0 "... and ends well"
	ok "... with nothing left behind" chosen never

	begin
	dd if=/dev/zero of="$T/slow/fill" bs=64k 2>/dev/null
	# the last page of the journal has room for some decisions
	forgetful()
	{
		"$PGTOP" --socket "$socket" policy release linear_map.collapse >/dev/null 2>&1
		"$PGTOP" --socket "$socket" policy hold linear_map.collapse >"$T/held" 2>&1
		grep -q '^until pgtopd is restarted: the journal in .* cannot be written' "$T/held"
	}
	ok "the disk is full: a hold says that a restart forgets it" wait_for 180 forgetful
	rm "$T/slow/fill"
	stop
	state=$T/state
else
	skip "needs root and a loop device" "a disk that stalls"
fi

done_testing
