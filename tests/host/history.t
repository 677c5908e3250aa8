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
stop
is "$status" 0 "pgtopd ends"
is "$(find "$history" -name '*-*-*-*' | wc -l)" 2 "... and has finished its segment"
ok "... as gzip files end" zcat -t "$(find "$history" -name '0000000002-*')"

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
