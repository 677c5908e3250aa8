# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2034 # variables shared with tests/pgtopd.sh
#
# A life of pgtopd on a machine made of files; sourced after tap.sh and pgtopd.sh.
#
#   life DIR             what $PGTOPD leaves behind, in DIR: see below
#   still_machine KNOBS  a machine that nothing keeps, with these knobs ("SIZE WORD" lines), is $root
#   knob SIZE            the file of that size's policy below $root
#   chosen SIZE WORD     it holds WORD
#   take_up JOURNAL      $state holds a copy of that journal, and nothing else
#   restore [NAME=VALUE] pgtopd --restore; its exit status in $status, what it says in $T/err
#   resume               after a stop, as systemd does it: restore, then start with exit = keep
#   talk FILE REQUEST... ask these, write "> REQUEST" and "< ANSWER" lines
#   play TRANSCRIPT      a pgtopd that gives those answers listens at $socket; $played
#
# One life meets most that a journal can tell of: mthp.2M is tried and kept, somebody else writes
# the knob of mthp.32K in mid-trial, mthp.256K is held, and a kill ends the trial of mthp.128K.
# The sizes are such that x86_64 and arm64 try them in the same order.
#
# DIR/journal, DIR/knobs   as the kill left them
# DIR/transcript           a conversation, in mid-trial
# DIR/pgtop.prom           the text file

compat_dir=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
root=$T/root
thp=$root/sys/kernel/mm/transparent_hugepage
words="always inherit madvise never"

knob()
{
	echo "$thp/hugepages-${1}kB/enabled"
}

# just written, it has no brackets
chosen()
{
	[ "$(sed 's/.*\[\(.*\)\].*/\1/' "$(knob "$1")")" = "$2" ]
}

# shows SIZE WORD: in brackets; nobody is about to write them
shows()
{
	grep -qF "[$2]" "$(knob "$1")"
}

# put FILE TEXT: in one step, for whoever reads meanwhile
put()
{
	echo "$2" >"$root/put.$BASHPID"
	mv "$root/put.$BASHPID" "$1"
}

load()
{
	put "$root/load" "$1"
}

# show_words SIZE...: their files show what was written to them as the kernel's do
show_words()
{
	local size word
	for size; do
		word=$(<"$thp/hugepages-${size}kB/enabled")
		[[ " $words " != *" $word "* ]] || put "$(knob "$size")" "${words/$word/[$word]}"
	done
}

# keep_words SIZE...: all the time
keep_words()
{
	while sleep 0.1; do
		show_words "$@"
	done
}

# still_machine KNOBS
still_machine()
{
	local size word name
	rm -rf "$root"
	mkdir -p "$root/sys/devices/system/cpu" "$root/proc/sys/vm" "$root/proc/sys/kernel/random"
	echo 0-3 >"$root/sys/devices/system/cpu/online"
	printf 'processor\t: 0\nmodel name\t: made up\n' >"$root/proc/cpuinfo"
	echo 00000000-1111-2222-3333-444444444444 >"$root/proc/sys/kernel/random/boot_id"
	echo 67584 >"$root/proc/sys/vm/min_free_kbytes"
	while read -r size word; do
		mkdir -p "$thp/hugepages-${size}kB/stats"
		echo "${words/$word/[$word]}" >"$(knob "$size")"
		for name in anon_fault_alloc anon_fault_fallback anon_fault_fallback_charge split swpout; do
			echo 0 >"$thp/hugepages-${size}kB/stats/$name"
		done
	done <"$1"
	echo "always [madvise] never" >"$thp/enabled"
}

# 2M follows what is written to it; nothing uses the other sizes
begin_machine()
{
	printf '%s never\n' 32 128 256 >"$T/knobs"
	still_machine "$T/knobs"
	load dense
	"$compat_dir/../fakemachine.py" "$root" 2048 >"$T/machine" 2>&1 &
	machine_pids=($!)
	keep_words 32 128 256 2>/dev/null &
	machine_pids+=($!)
	at_exit end "${machine_pids[@]}"
	wait_for 30 grep -q ready "$T/machine"
}

end_machine()
{
	end "${machine_pids[@]}"
}

keep_knobs()
{
	local size
	for size in 2048 128 32 256; do
		echo "$size $(sed 's/.*\[\(.*\)\].*/\1/' "$(knob $size)")"
	done >"$1"
}

# decided LEVER ACTION
decided()
{
	logged "^pgtopd: mthp\\.$1: $2 \["
}

# say_requests: those of a conversation, a line each
say_requests()
{
	local kept
	kept=$(sed -n 's/^pgtopd: mthp\.2M: keep \[\([0-9]*\)\].*/\1/p' "$log" | head -n 1)
	printf '%s\n' '{"v":1,"cmd":"status"}' '{"v":1,"cmd":"log"}' '{"v":1,"cmd":"log","n":3}' \
		"{\"v\":1,\"cmd\":\"why\",\"id\":$kept}" '{"v":1,"cmd":"why","id":99999}' \
		'{"v":1,"cmd":"why"}' '{"v":1,"cmd":"release","lever":"mthp.256K"}' \
		'{"v":1,"cmd":"release","lever":"mthp.256K"}' \
		'{"v":1,"cmd":"hold","lever":"mthp.256K"}' \
		'{"v":1,"cmd":"hold","lever":"mthp.256K"}' '{"v":1,"cmd":"hold","lever":"nosuch"}' \
		'{"v":1,"cmd":"snapshot"}' '{"v":1,"cmd":"snapshot"}' '{"v":1,"cmd":"metrics"}' \
		'{"v":1,"cmd":"nosuch"}' '{"v":99,"cmd":"status"}' 'no JSON'
}

# two snapshots in a row are not of one reading
talk()
{
	python3 - "$socket" "${@:2}" >"$1" <<-'END'
		import socket, sys, time
		for request in sys.argv[2:]:
		    s = socket.socket(socket.AF_UNIX)
		    s.settimeout(30)
		    s.connect(sys.argv[1])
		    s.sendall(request.encode() + b"\n")
		    print("> " + request)
		    print("< " + s.makefile().readline(), end="")
		    time.sleep(0.5 if "snapshot" in request else 0)
	END
}

take_up()
{
	rm -rf "$state"
	mkdir "$state"
	cp "$1" "$state/journal"
}

# restore [NAME=VALUE]: as by hand; or as systemd does, which says so
restore()
{
	status=0
	env "$@" "$PGTOPD" --config "$conf" --root "$root" --state-dir "$state" --restore \
		>"$T/out" 2>"$T/err" || status=$?
}

resume()
{
	configure "mode = tune" "exit = keep" "[policy]" "all_sizes = yes"
	restore SERVICE_RESULT=success
	show_words 2048 128 32 256
	start --root "$root" && wait_for 60 seen_windows
}

seen_windows()
{
	[ "$(status .windows)" -ge 1 ]
}

play()
{
	rm -f "$socket"
	"$compat_dir/play.py" "$socket" "$1" "$T/asked" >"$T/played" 2>&1 &
	played=$!
	at_exit end "$played"
	wait_for 30 test -S "$socket"
}

# tune WINDOWS: the configuration of a life; so many windows measure what a change brings
tune()
{
	configure "mode = tune" "exit = keep" "[policy]" "all_sizes = yes" \
		"changes_per_hour = 3600" "[trial]" "baseline_windows = 3" "settle_windows = 2" \
		"measure_windows = $1" "confirm = no" "[export]" "enabled = yes" \
		"textfile = $T/pgtop.prom"
}

# it says its mode when it starts, and again
has_reloaded()
{
	[ "$(grep -c 'mode tune' "$log")" -ge 2 ]
}

life()
{
	local requests
	mkdir -p "$1"
	rm -rf "$state"
	begin_machine
	tune 3
	wait_for 30 grep -q '\[' "$(knob 2048)"
	start --root "$root" || return
	ask '{"v":1,"cmd":"hold","lever":"mthp.256K"}' >/dev/null
	wait_for 240 decided 2M keep || return
	# now a level of faults that leaves something to gain
	load none
	wait_for 120 shows 32 always || return
	# the next trial is to last until it is killed
	tune 60
	kill -HUP "$pid"
	wait_for 60 has_reloaded || return
	put "$(knob 32)" madvise
	wait_for 60 decided 32K yield || return
	wait_for 120 shows 128 always || return
	# the file is of the next window
	rm -f "$T/pgtop.prom"
	wait_for 60 test -s "$T/pgtop.prom" || return
	cp "$T/pgtop.prom" "$1/pgtop.prom"
	mapfile -t requests < <(say_requests)
	talk "$1/transcript" "${requests[@]}"
	stop KILL
	end_machine
	cp "$state/journal" "$1/journal"
	keep_knobs "$1/knobs"
	chosen 2048 always && chosen 128 always && chosen 32 madvise && chosen 256 never
}
