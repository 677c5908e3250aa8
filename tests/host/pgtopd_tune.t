#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# pgtopd tunes a machine made of files: kept, taken back, yielded, killed, without a disk.
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
x86_64,*) kb=2048 lever=mthp.2M ;;
aarch64,4096) kb=64 lever=mthp.64K ;;
*) skip_all "no size of lever is known for this machine" ;;
esac
knob=$root/sys/kernel/mm/transparent_hugepage/hugepages-${kb}kB/enabled

# machine LOAD: a new one
machine()
{
	if [ -n "${machine_pid-}" ]; then
		end "$machine_pid"
	fi
	rm -rf "$root" "$T/state"
	mkdir "$root"
	load "$1"
	# emptied here: the last machine's "ready" must not be taken for this one's
	: >"$T/machine"
	"$top/tests/fakemachine.py" "$root" "$kb" >>"$T/machine" 2>&1 &
	machine_pid=$!
	at_exit end "$machine_pid"
	wait_for 90 grep -q ready "$T/machine"
}

load()
{
	echo "$1" >"$root/load.new"
	mv "$root/load.new" "$root/load"
}

# tune LINE...: a configuration for short trials
tune()
{
	configure "mode = tune" "$@" "[trial]" "baseline_windows = 4" "settle_windows = 3" \
		"measure_windows = 4" "confirm = no"
}

# within SECONDS ACTION: such a decision is made; else the log is shown
within()
{
	wait_for "$1" decided "$2" || { cat "$log"; return 1; }
}

# --- a load that gains: kept, explained, undone at the end

machine dense
tune
# a kernel that can collapse its linear map, and nothing that counts what that is good for
mkdir "$root/sys/kernel/mm/linear_map"
echo 0 >"$root/sys/kernel/mm/linear_map/collapse_auto"
ok "pgtopd starts" begin
ok "the lever is tried" within 40 try
ok "... the knob written" wait_for 90 chosen always
ok "... and kept" within 40 keep
diag "$(grep -E ' (try|apply|keep) \[' "$log")"
id=$(sed -n "s/^pgtopd: $lever: keep \[\([0-9]*\)\].*/\1/p" "$log" | head -1)
ask "{\"v\":1,\"cmd\":\"why\",\"id\":$id}" >/dev/null
# 20,000 faults a second became 200
is "$(json "$T/answer" '.decision.effect | numbers | 0.97 < . and . < 0.995')" true "why: the effect as it was made"
is "$(json "$T/answer" '.decision | (.p | numbers) < 0.005 and .proxy == true')" true \
	"... its probability, and that it is a proxy"
is "$(json "$T/answer" '[.trial[].action]')" '["try","apply","keep"]' \
	"... and the trial"
ok "status: kept" in_state kept
is "$(status ".levers[] | select(.name == \"$lever\") | [.value, .original]")" \
	'["always","never"]' "... with its value and the original"
is "$(status '.journal.knobs | numbers > 0')" true "the journal knows the knob"
is "$(status '.levers[] | select(.name == "linear_map.collapse") | [.state, .value, .why]')" \
	'["blocked","0","nothing that it could improve is measured on this machine"]' \
	"the collapse of the linear map is a lever, which nothing measures here"
stop
is "$status" 0 "SIGTERM: exit status 0"
ok "the original is back" wait_for 60 chosen never
ok "decisions survive the restart" begin
is "$(ask "{\"v\":1,\"cmd\":\"why\",\"id\":$id}" | grep -c '"action":"keep"')" 1 "why: after a restart"
stop

# --- exit = keep, and --restore by hand and by systemd

machine dense
tune "exit = keep"
begin
ok "exit = keep: kept" within 60 keep
stop
ok "... after the end too" chosen always
SERVICE_RESULT=success "$PGTOPD" --config "$conf" --root "$root" --state-dir "$state" --restore 2>"$T/err"
is "$?" 0 "--restore as systemd calls it: exit status 0"
ok "... leaves what is to be kept" chosen always
ok "the next run starts" begin
ok "... and takes it over" in_state kept
stop KILL
"$PGTOPD" --config "$conf" --root "$root" --state-dir "$state" --restore 2>"$T/err"
is "$?" 0 "--restore by hand: exit status 0"
ok "... takes back what was kept" wait_for 60 chosen never

# --- exit = keep, stopped in mid-trial

machine none
tune "exit = keep"
begin
ok "a trial is under way" wait_for 180 chosen always
stop
ok "exit = keep: what is on trial goes" chosen never
ok "... by a decision" decided revert
begin
ok "... which is no failure: the lever is tried again at once" within 30 try
stop

# --- a load that touches one page of each folio: the bloat guard

machine sparse
tune
begin
ok "memory that nobody touches: taken back" within 60 revert
ok "... the original is back" wait_for 60 chosen never
ask '{"v":1,"cmd":"log"}' >/dev/null
is "$(json "$T/answer" '[.decisions[] | select(.action == "revert").guard.name]')" \
	'["bloat"]' "... by the bloat guard"
ok "... and left alone for a while" in_state cooldown

# --- killed in mid-trial

load none
stop KILL
machine none
tune
begin
ok "a trial is under way" wait_for 180 chosen always
stop KILL
ok "killed: the knob is as it was left" chosen always
ok "the next start" begin
ok "... undoes it before anything else" chosen never
ok "... and says so" logged "$lever: .*/enabled holds 'never' again"
stop

# --- pgtopd 2>&1 | tee, interrupted: the reader of the log goes first

machine dense
tune
mkfifo "$T/pipe"
cat "$T/pipe" >"$log" &
reader=$!
"$PGTOPD" --config "$conf" --root "$root" --state-dir "$state" --socket "$socket" 2>"$T/pipe" &
pid=$!
at_exit end "$pid"
ok "a trial is under way" wait_for 180 chosen always
end "$reader"
stop INT
is "$status" 0 "stopped when nobody reads the log: exit status 0"
ok "... the original is back" chosen never

# --- no gain: taken back

machine none
tune
begin
ok "no effect: taken back" within 60 revert
ok "... the original is back" wait_for 60 chosen never
stop

# --- somebody else writes the knob

machine none
tune
begin
ok "a trial is under way" wait_for 180 chosen always
echo madvise >"$knob"
ok "written by somebody else: yielded" within 10 yield
ok "... left alone" chosen madvise
ok "... status says so" in_state yielded
like "$(ask "{\"v\":1,\"cmd\":\"release\",\"lever\":\"$lever\"}")" '"action":"release"' "released"
like "$(ask "{\"v\":1,\"cmd\":\"hold\",\"lever\":\"$lever\"}")" '"action":"hold"' "held"
ok "... status says so" in_state held
stop
ok "not restored over somebody else's value" chosen madvise
is "$status" 0 "... which is no failure"

# --- reload out of tune mode

machine dense
tune
begin
ok "a trial is under way" wait_for 180 chosen always
configure "mode = observe"
kill -HUP "$pid"
ok "SIGHUP to observe: the trial is undone" wait_for 60 chosen never
stop

# --- a full disk

# fill_disk LEVER: the last page of the journal, too, which has room for some decisions
fill_disk()
{
	local i
	dd if=/dev/zero of="$T/small/fill" bs=4k 2>/dev/null
	for ((i = 0; i < 20; i++)); do
		ask "{\"v\":1,\"cmd\":\"hold\",\"lever\":\"$1\"}" >/dev/null
		ask "{\"v\":1,\"cmd\":\"release\",\"lever\":\"$1\"}" >/dev/null
	done
}

if [ "$(id -u)" = 0 ] && mkdir "$T/small" && mount -t tmpfs -o size=64k,mode=700 tmpfs "$T/small" 2>/dev/null; then
	at_exit umount -l "$T/small"
	machine dense
	state=$T/small
	tune
	begin
	fill_disk "$lever"
	ok "a full disk: tuning is paused" wait_for 180 logged 'tuning is paused, observation continues: .*No space'
	is "$(status .tuning)" paused "... status says so"
	ok "... nothing was written" chosen never
	n=$(status .windows)
	more()
	{
		[ "$(status .windows)" -gt $((n + 2)) ]
	}
	ok "... windows go on" wait_for 60 more
	is "$(grep -c 'tuning is paused' "$log")" 1 "... said once"
	rm "$T/small/fill"
	is "$(grep -c 'mode = advise' "$log")" 0 "... and nothing is said of another mode"
	ok "room again: tuning goes on" wait_for 60 logged 'tuning resumes'
	is "$(status .tuning)" on "... status says so"
	stop
	rm -rf "$T/small/"*
	machine dense
	state=$T/small
	begin
	ok "a trial is under way" wait_for 180 chosen always
	dd if=/dev/zero of="$T/small/fill" bs=4k 2>/dev/null
	stop
	is "$status" 0 "a full disk at the end: exit status 0"
	ok "... the original is back all the same" chosen never
	rm -rf "$T/small/"*
	machine dense
	mkdir "$root/sys/kernel/mm/linear_map"
	echo 0 >"$root/sys/kernel/mm/linear_map/collapse_auto"
	begin
	ok "a lever is kept" within 60 keep
	fill_disk linear_map.collapse
	ok "a full disk later" wait_for 180 logged 'tuning is paused, observation continues: .*No space'
	n=$(status .windows)
	wait_for 60 more
	ok "... what was kept stays" in_state kept
	ok "... in place" chosen always
	stop
	ok "... until pgtopd stops" chosen never
	state=$T/state
else
	skip "needs root and tmpfs" "a full disk"
fi

# --- the kernel's own knob: what moves with it is written back too

real=/sys/kernel/mm/transparent_hugepage/hugepages-${kb}kB/enabled
if [ "$(id -u)" = 0 ] && [ -w "$real" ]; then
	set_knob "$real" never
	min_free=/proc/sys/vm/min_free_kbytes
	before=$(<"$min_free")
	at_exit _restore "$min_free" "$before"
	knob=$real
	tune "[policy]" "boot_wait = 0"
	# whatever else this machine is busy with
	printf '%s\n' "[guards]" "psi_full_max = 1" "compact_stalls_max = 1000000" \
		"swap_out_max = 1000000000" "available_min = 0" >>"$conf"
	"${TOOLS:?}/demo_load" >/dev/null 2>&1 &
	at_exit end $!
	start
	ok "the kernel's knob is written" wait_for 180 chosen always
	stop KILL
	"$PGTOPD" --config "$conf" --state-dir "$state" --restore 2>"$T/err"
	is "$?" 0 "--restore after a kill: exit status 0"
	ok "... the original is back" chosen never
	is "$(<"$min_free")" "$before" "... and min_free_kbytes is as it was"
	knob=$root$real
else
	skip "the kernel has no such knob, or it cannot be written" "the kernel's own knob"
fi

# --- --dry-run

machine dense
tune
: >"$log"
"$PGTOPD" --config "$conf" --root "$root" --state-dir "$T/none" --socket "$T/none.s" --dry-run 2>>"$log" &
pid=$!
ok "--dry-run: what would be tried" within 60 advise
stop
is "$(find "$T" -maxdepth 1 -name 'none*')" "" "... no journal, no socket"
ok "... nothing written" chosen never

done_testing
