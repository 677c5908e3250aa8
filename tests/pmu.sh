# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the tests of the PMU source share, on the host and in the VM; after tap.sh.
#
#   watch ROLE=EVENT...   starts pmu_watch (by the command in the array watch_by, if any); its
#                         probe rows are in $T/probe
#   reading               one reading into $T/reading
#   field NAME            a number of the last reading
#   lacks NAME            why it has none
#   event ROLE/MODE COL   enabled (2) or running (3) time of an event in ns
#   stop                  ends pmu_watch
#   cpus                  the CPUs that are online
#   vmstat_minor          minor faults since boot, as the kernel counts them

watch_by=()

watch()
{
	coproc WATCH { exec "${watch_by[@]}" "${PROGS:?}/pmu_watch" "$@" 2>"$T/watch.err"; }
	# shellcheck disable=SC2153 # set by coproc; unset again when the program ends
	watch_pid=$WATCH_PID
	: >"$T/probe"
	# the rows are there before the first answer
	reading
}

reading()
{
	local line
	: >"$T/reading"
	echo read >&"${WATCH[1]}" || return 1
	while IFS= read -r -t 60 -u "${WATCH[0]}" line; do
		case $line in
		done) return 0 ;;
		probe\ *) echo "$line" >>"$T/probe" ;;
		*) echo "$line" >>"$T/reading" ;;
		esac
	done
	fail "pmu_watch answers"
	diag "$(<"$T/watch.err")"
	return 1
}

stop()
{
	local to_watch=${WATCH[1]}
	exec {to_watch}>&-
	wait "$watch_pid"
}

field()
{
	sed -n "s/^field $1 //p" "$T/reading"
}

lacks()
{
	sed -n "s/^lacks $1 //p" "$T/reading"
}

event()
{
	awk -v name="$1" -v column="$(($2 + 1))" '$1 == "event" && $2 == name { print $column }' \
		"$T/reading"
}

cpus()
{
	sed -n 's/^processor[[:space:]]*: //p' /proc/cpuinfo
}

vmstat_minor()
{
	awk '$1 == "pgfault" { n += $2 } $1 == "pgmajfault" { n -= $2 } END { printf "%d\n", n }' \
		/proc/vmstat
}
