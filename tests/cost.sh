# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The cost of something, as the kernel reports it; for tests and benches, here and in the VM.
#
#   cpu_ms PID              CPU time of a process
#   cpu_us PID              the same, of the threads it has now, to the microsecond
#   rss_kib PID             its resident memory
#   programs_run REGEX      "NS RUNS": sum of time and runs of all loaded BPF programs whose whole
#                           name matches (0 while kernel.bpf_stats_enabled is 0)
#   programs_loaded REGEX   whether one is loaded
#   value_of KEY            of words KEY=VALUE on standard input
#   figure NAME VALUE UNIT [below|most|least LIMIT]
#                           appends a line to the file $FIGURES and prints the requirement, as
#                           "(required: at most 150)", with FAILED if the value misses it

cpu_ms()
{
	awk -v hz="$(getconf CLK_TCK)" '{ print int(($14 + $15) * 1000 / hz) }' "/proc/$1/stat"
}

cpu_us()
{
	awk '{ ns += $1 } END { printf "%.0f", ns / 1000 }' "/proc/$1"/task/*/schedstat
}

rss_kib()
{
	awk '/^VmRSS:/ { print $2 }' "/proc/$1/status"
}

programs_run()
{
	bpftool -j prog show | jq -r --arg name "^($1)\$" '[.[] | select(.name // "" | test($name))] |
		"\([.[].run_time_ns // 0] | add // 0) \([.[].run_cnt // 0] | add // 0)"'
}

programs_loaded()
{
	bpftool -j prog show | grep -qE "\"name\":\"($1)\""
}

value_of()
{
	tr ' ' '\n' | sed -n "s/^$1=//p"
}

figure()
{
	local name=$1 value=$2 unit=$3 op=${4-} limit=${5-} words='' so=''
	if [ -n "$op" ]; then
		case $op in
		below) words="below $limit" ;;
		*) words="at $op $limit" ;;
		esac
		awk -v v="$value" -v l="$limit" -v op="$op" 'BEGIN {
			exit !(op == "below" ? v < l : op == "most" ? v <= l : v >= l) }' || so=', FAILED'
		printf '(required: %s%s)' "$words" "$so"
	fi
	printf '%s %s %s %s\n' "$name" "$value" "$unit" "$words$so" >>"${FIGURES:-/dev/null}"
}
