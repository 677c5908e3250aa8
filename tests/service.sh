# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What tests of pgtopd's rights share, on the host and in the VM; sourced after tap.sh.
#
#   unit_bounds UNIT         setpriv's argument for the capabilities that the unit keeps
#   rows_lost FILE FILE      rows of two outputs of `doctor --json` that are ok in the first, not
#                            in the second, each with its reason; but for pagewalk.folios, which
#                            `pgtop why` reads itself
#   programs_of PID          ids of the BPF programs that the process holds
#   programs_left ID...      which of them the kernel still has
#   counters                 how many perf events all processes hold

unit_bounds()
{
	sed -n 's/^CapabilityBoundingSet=//p' "$1" | tr ' ' '\n' | tr '[:upper:]' '[:lower:]' |
		sed 's/^cap_/,+/' | tr -d '\n' | sed 's/^/-all/'
}

rows_lost()
{
	jq -rn --slurpfile a "$1" --slurpfile b "$2" '
		($b[0].rows | map({ (.name): . }) | add) as $there |
		$a[0].rows[] | select(.state == "ok" and .name != "pagewalk.folios") | .name as $name |
		$there[$name] // { state: "missing" } | select(.state != "ok") |
		"\($name) \(.state): \(.why) -> \(.remedy)"'
}

programs_of()
{
	sed -n 's/^prog_id:[[:space:]]*//p' "/proc/$1"/fdinfo/* 2>/dev/null | sort -un
}

programs_left()
{
	local id
	for id; do
		bpftool prog show id "$id" >/dev/null 2>&1 && echo "$id"
	done
	return 0
}

counters()
{
	find /proc/[0-9]*/fd -lname 'anon_inode:\[perf_event\]' 2>/dev/null | wc -l
}
