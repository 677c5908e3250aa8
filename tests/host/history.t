#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The history that pgtopd keeps on disk: what was measured is there, whatever became of pgtopd.
# Values come from the files of a made-up machine, and segments are read with zcat.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/command.sh
. "$(dirname "$0")/../command.sh"
# shellcheck source=tests/pgtopd.sh
. "$(dirname "$0")/../pgtopd.sh"

: "${PGTOP:?}"
history=$state/history
keeps=('[history]' 'enabled = yes' 'size = 1M')

# machine FAULTS: faults, of which 3 are major
machine()
{
	mkdir -p "$T/root/proc/sys/kernel/random" "$T/root/sys"
	printf 'MemTotal: 1000 kB\nMemAvailable: 500 kB\n' >"$T/meminfo"
	printf 'pgfault %s\npgmajfault 3\n' "$1" >"$T/vmstat"
	mv "$T/meminfo" "$T/vmstat" "$T/root/proc" # whole, for whoever reads meanwhile
}

# windows FILE...: a line for each: its time, and the minor faults it has
windows()
{
	local file
	for file; do
		zcat <"$file" 2>/dev/null | tail -n +2 | cut -c 10- |
			jq -r '"\(.real_ns) \(.fields["vm.minor_faults"][0])"' 2>/dev/null
	done
}

holds()
{
	[ "$(windows "$history"/* | grep -c " $2$")" -ge "$1" ]
}

machine 10
echo 0c5e1bd8-6a02-4ffd-9f2c-1f4d5b7a9e11 >"$T/root/proc/sys/kernel/random/boot_id"

# --- kept, over a kill and a restart

configure "${keeps[@]}"
start --root "$T/root"
ok "windows are kept" wait_for 60 holds 2 7
machine 30
ok "... as they are read" wait_for 60 holds 2 27
stop KILL
name=$(ls "$history")
like "$name" '^0000000001-[0-9]{10}$' "a segment that was not finished"
killed=$(windows "$history/$name")
is "$(sort -n <<<"$killed")" "$killed" "its windows are in order"
is "$(awk '{ print $2 }' <<<"$killed" | uniq | xargs)" "7 27" "... with the faults of the machine"
is "$(zcat <"$history/$name" 2>/dev/null | sed -n '1s/^.........//p' | jq -r '.history | "\(.boot) \(.window_ns)"')" \
	"0c5e1bd8-6a02-4ffd-9f2c-1f4d5b7a9e11 1000000000" "... of this boot"
is "$(stat -c %a "$history")" 750 "others may not look into it"

# a power cut tears off the end of what was written last
truncate -s -20 "$history/$name"
torn=$(head -n -1 <<<"$killed")
machine 50
start --root "$T/root"
ok "the next pgtopd goes on" wait_for 60 holds 2 47
first=$(find "$history" -name '0000000001-*')
like "$first" "-$(wc -l <<<"$torn")$" "its name now says how many windows the torn segment has"
is "$(windows "$first")" "$torn" "... all but the last are there"

# --- by way of the socket

"$PGTOP" prom --socket "$socket" >"$T/prom"
n=$(sed -n 's/^pgtop_history_windows //p' "$T/prom")
cmp_ok "$n" -gt "$(wc -l <<<"$torn")" "pgtop_history_windows"
cmp_ok "$(sed -n 's/^pgtop_history_bytes //p' "$T/prom")" -ge 4096 "pgtop_history_bytes"
is "$(sed -n 's/^pgtop_update_errors_total{stage="history"} //p' "$T/prom")" 0 "no window was lost"
ask '{"v": 1, "cmd": "history"}' >/dev/null
is "$(json "$T/answer" '.segments[].name' | sort | sed -n 1p)" "${first##*/}" "the segments are listed"
ask '{"v": 1, "cmd": "history", "segment": "'"${first##*/}"'", "offset": 100}' >/dev/null
json "$T/answer" .data | base64 -d >"$T/piece"
ok "a piece of one is what the file has" cmp "$T/piece" <(tail -c +101 "$first")
for name in ../journal 0000000001-1796100464/../../journal; do
	ask '{"v": 1, "cmd": "history", "segment": "'"$name"'", "offset": 0}' >/dev/null
	is "$(json "$T/answer" .code)" usage "... $name is none"
done
ask '{"v": 1, "cmd": "history", "segment": "0000000099-1796100464", "offset": 0}' >/dev/null
is "$(json "$T/answer" .code)" unknown "... one that is not there"

# at TIME OPTION...: the screen of then as JSON, in $T/out
at()
{
	run "$PGTOP" --at "$1" --json "${@:2}"
}

# The time of the last window with 27 faults of this pgtopd's predecessor; the second is enough.
then=$(awk '$2 == 27 { t = substr($1, 1, 10) } END { print t }' <<<"$torn")
at "$then" --socket "$socket"
is "$status" 0 "--at asks pgtopd"
is "$(json "$T/out" .fields.vm.minor_faults.value)" "$(awk -v t="$then" 'substr($1, 1, 10) <= t { n = $2 } END { print n }' <<<"$torn")" \
	"... for the faults of then"
like "$(json "$T/out" .source)" "^kept by pgtopd, $(date -d "@$then" '+%F %T')" "... and says of when they are"
stop
is "$status" 0 "pgtopd ends"
is "$(find "$history" -name '*-*-*-*' | wc -l)" 2 "... and has finished its segment"
ok "... as gzip files end" zcat -t "$(find "$history" -name '0000000002-*')"

# --- as files

at "$then" --history "$history"
is "$(json "$T/out" .fields.vm.minor_faults.value)" 27 "--at reads the directory"
changed=$(awk '$2 == 27 { print substr($1, 1, 10); exit }' <<<"$torn")
at "$changed" --history "$history"
is "$(json "$T/out" '.fields.vm.minor_faults | "\(.value) \(.change)"')" "27 20" "... with what changed in that window"
run "$PGTOP" --at "$then" --history "$history"
like "$(<"$T/out")" "kept by pgtopd, $(date -d "@$then" '+%F %T')" "a screen"
cmp_ok "$(wc -l <"$T/out")" -le 24 "... of 24 lines"
first_s=$(head -1 <<<"$torn" | cut -c 1-10)
at $((first_s - 100)) --history "$history"
is "$status" 3 "a time before the history"
like "$(<"$T/err")" "^pgtop: the history has nothing of .*: its first window is of $(date -d "@$first_s" '+%F %T')" "... is told"
at $((then + 1000000)) --history "$history"
like "$status $(<"$T/err")" "^3 pgtop: the history has nothing of .*: its last window is of" "... and one after it"
at 14:5x --history "$history"
like "$status $(<"$T/err")" "^2 pgtop: --at: '14:5x' is not a time as 14:05," "what is no time is told"
at "$then" --history "$T/nowhere"
like "$status $(<"$T/err")" "^3 pgtop: there is no history in $T/nowhere$" "... and a directory without one"
run "$PGTOP" --at "$then" --pid 1
is "$status" 2 "what was measured then cannot be measured otherwise"

# damaged, foreign, hostile: one sentence, and what is good is shown
cp -a "$history" "$T/copy"
printf 'garbage' >"$T/copy/0000000000-$((first_s - 50))-$((first_s - 10))-2"
ln -s /etc/passwd "$T/copy/0000000009-$((then + 50))"
at $((first_s - 20)) --history "$T/copy"
is "$status" 1 "a segment that is garbage"
is "$(wc -l <"$T/err")" 1 "... is one sentence"
at "$then" --history "$T/copy"
is "$(json "$T/out" .fields.vm.minor_faults.value)" 27 "... and others are good"
chmod o+w "$T/copy"
at "$then" --history "$T/copy"
like "$status $(<"$T/err")" "^3 pgtop: the history .* is not trusted" "a directory that others may write to"

# --- the clock is set back by an hour, and comes to the same time again

if [ -n "${PROGS-}" ]; then
	"$PROGS/history_make" "$T/made" 200000000 10 1796100000 30 0 >/dev/null
	"$PROGS/history_make" "$T/made" 200000000 10 1796100100 30 1000 >/dev/null
	at 1796100150 --history "$T/made"
	is "$(json "$T/out" .fields.vm.minor_faults.value)" 15 "a time that came twice: the first"
	like "$(<"$T/err")" "^pgtop: the clock was set back, so that .* came 2 times: this is the first$" "... and it is told"
	at 1796100350 --history "$T/made"
	is "$(json "$T/out" .fields.vm.minor_faults.value)" 1025 "... a time that only came later"
	is "$(<"$T/err")" "" "... and nothing is told"
else
	skip "PROGS is not set" "the clock is set back"
fi

# --- a full disk

full()
{
	logged "^pgtopd: the history .* cannot be written: No space left on device; no windows are kept meanwhile, and what is there stays$"
}

good_windows()
{
	[ "$(status .windows)" -ge "$1" ]
}

unmount()
{
	! mountpoint -q "$history" || umount "$history"
}

# Room for one file: the segment of the first pgtopd takes it.
rm -r "$history"
mkdir -m 750 "$history"
if mount -t tmpfs -o nr_inodes=2,mode=750 tmpfs "$history" 2>"$T/mount"; then
	at_exit unmount
	start --root "$T/root"
	ok "windows are kept as long as there is room" wait_for 60 holds 1 47
	stop KILL
	kept=$(windows "$history"/*)
	start --root "$T/root"
	ok "a full disk is told" wait_for 60 full
	n=$(status .windows)
	ok "... and counting goes on" wait_for 60 good_windows $((n + 2))
	is "$(grep -c 'cannot be written' "$log")" 1 "... once"
	is "$(windows "$history"/*)" "$kept" "... what was there stays"
	mount -o remount,nr_inodes=9 "$history"
	ok "room is used when there is some" wait_for 60 logged '^pgtopd: the history .* can be written again$'
	is "$(windows "$history"/* | head -n "$(wc -l <<<"$kept")")" "$kept" "... behind what was there"
	stop
	umount "$history"
else
	skip "a tmpfs cannot be mounted: $(<"$T/mount")" "a full disk"
fi

# --- directories that are not to be trusted

rm -r "$history"
mkdir "$T/elsewhere"
ln -s "$T/elsewhere" "$history"
start --root "$T/root"
ok "a link is not followed" wait_for 60 logged '^pgtopd: the history .* is not a directory; no windows are kept'
is "$(ls -A "$T/elsewhere")" "" "... nothing is written there"
rm "$history"
configure
kill -HUP "$pid"
wait_for 60 logged 'configuration reloaded'
stop
ok "without [history] enabled there is none" test ! -e "$history"
done_testing
