# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A workload that obeys commands, and observers that count what each command did; sourced after
# tap.sh, with PROGS and TOOLS set.
#
#   start_tool TOOL ARG...     a program of tests/tools that says "ready PID"; its pid in $pid
#   start_watch NAME ARG...    "contpte_count ARG... watch"; rows of its probe in $T/NAME.probe
#   step COMMAND [PID...]      the tool obeys, the observers say what changed; what the tool
#                              answered is in $answer. Of processes: $pid and PID...
#   got NAME KEY               what observer NAME said after the last step; 0 if nothing
#   stop_all                   ends all of them

# how long anything may take
watch_seconds=$((100 * ${VM_SLOW:-1}))

declare -A watch_in=() watch_out=() watch_pid=()
tool_in='' tool_out=''

# fds IN OUT NAME: a pair of pipes; the numbers of our ends in the variables IN and OUT
fds()
{
	rm -f "$T/$3.in" "$T/$3.out"
	mkfifo "$T/$3.in" "$T/$3.out"
	eval "exec {$1}<>'$T/$3.in' {$2}<>'$T/$3.out'"
}

start_tool()
{
	fds tool_in tool_out tool
	"$TOOLS/$1" "${@:2}" <"$T/tool.in" >"$T/tool.out" &
	tool_job=$!
	read -r -t $watch_seconds answer <&"$tool_out"
	[[ $answer == ready* ]] || return 1
	read -r _ pid _ <<<"$answer"
}

start_watch()
{
	local name=$1 in out line=''
	shift
	fds in out "$name"
	watch_in[$name]=$in watch_out[$name]=$out
	"$PROGS/contpte_count" "$@" watch <"$T/$name.in" >"$T/$name.out" &
	watch_pid[$name]=$!
	: >"$T/$name.probe"
	while read -r -t $watch_seconds line <&"$out" && [ "$line" != ready ]; do
		echo "$line" >>"$T/$name.probe"
	done
	[ "$line" = ready ]
}

# reading NAME PID...: into the file $T/NAME, and by key into the array said_NAME
reading()
{
	local name=$1 line='' key
	declare -gA "said_$1=()"
	declare -n said=said_$1
	shift
	echo "$*" >&"${watch_in[$name]}"
	while read -r -t $watch_seconds line <&"${watch_out[$name]}" && [ "$line" != end ]; do
		line=${line#*.}
		echo "$line"
		key=${line%%=*}
		: "${said[$key]=${line#*=}}"
	done >"$T/$name"
	[ "$line" = end ] || diag "$name: no answer"
}

step()
{
	local name
	echo "$1" >&"$tool_in"
	read -r -t $watch_seconds answer <&"$tool_out"
	[[ $answer == "done"* ]] || diag "$1: ${answer:-no answer}"
	for name in "${!watch_in[@]}"; do
		reading "$name" "$pid" "${@:2}"
	done
}

got()
{
	declare -n said=said_$1
	echo "${said[$2]:-0}"
}

stop_all()
{
	local name fd=$tool_in
	kill "$tool_job" "${watch_pid[@]}" 2>/dev/null
	wait "$tool_job" "${watch_pid[@]}" 2>/dev/null
	exec {fd}>&-
	fd=$tool_out
	exec {fd}>&-
	for name in "${!watch_in[@]}"; do
		fd=${watch_in[$name]}
		exec {fd}>&-
		fd=${watch_out[$name]}
		exec {fd}>&-
	done
	watch_in=() watch_out=() watch_pid=()
}
