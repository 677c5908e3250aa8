# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # used by those who source it
#
# What tests that run pgtopd share; sourced after tap.sh.
#
#   configure LINE...   write $conf, a line each; a window of a second unless one is given
#   start OPTION...     start pgtopd on $conf, wait until it is ready; false if it is not
#   stop [SIGNAL]       end it (TERM); its exit status in $status
#   ask REQUEST [FILE]  the answer to one request of the control socket, also in $T/answer
#   status FILTER       what jq's FILTER makes of the object "status" of an answer
#   logged REGEX        whether the log has such a line
#
#   keep_time           from now on pgtopd is scheduled before all that is not real-time, if that
#                       is allowed: windows have their length, whatever else the machine is busy with
#
# Variables: conf, log, state (directory), socket, pid.

: "${PGTOPD:?}"
conf=$T/pgtopd.conf
log=$T/log
state=$T/state
socket=$T/control
pid=
before_pgtopd=()

keep_time()
{
	! chrt --rr 1 true 2>/dev/null || before_pgtopd=(chrt --rr 1)
}

# Sections that write nothing: not into the directory of a node_exporter of this machine
silent="export history"
configure()
{
	{
		# shellcheck disable=SC2086 # words
		printf '[%s]\nenabled = no\n' $silent
		printf '[daemon]\nwindow = 1s\n'
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} >"$conf"
}

logged()
{
	grep -qE -- "$1" "$log"
}

_ended_or_started()
{
	logged '^pgtopd: started' || ! kill -0 "$pid"
}

start()
{
	# emptied here: the process in the background may do so after we have looked into it
	: >"$log"
	"${before_pgtopd[@]}" "$PGTOPD" --config "$conf" --state-dir "$state" --socket "$socket" "$@" \
		>"$T/out" 2>>"$log" &
	pid=$!
	at_exit end "$pid"
	wait_for 60 _ended_or_started
	logged '^pgtopd: started' || { cat "$log"; return 1; }
}

stop()
{
	status=0
	kill -"${1:-TERM}" "$pid"
	wait "$pid" 2>/dev/null || status=$?
}

ask()
{
	python3 - "$socket" "$1" >"$T/answer" <<-'END'
		import socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.settimeout(30)
		s.connect(sys.argv[1])
		s.sendall(sys.argv[2].encode() + b"\n")
		print(s.makefile().readline(), end="")
	END
	cat "$T/answer"
}

status()
{
	ask '{"v": 1, "cmd": "status"}' >/dev/null
	json "$T/answer" ".status | ($1)"
}
