# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What tests of pgtopd's rights share, on the host and in the VM; sourced after tap.sh.
#
#   unit_bounds UNIT         setpriv's argument for the capabilities that the unit keeps
#   rows_lost FILE FILE      rows of two outputs of `doctor --json` that are ok in the first, not
#                            in the second, each with its reason
#   row FILE NAME KEY        a value of a row; "None" where it has none
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
	python3 - "$1" "$2" <<-'END'
		import json, sys
		first, second = (json.load(open(f))["rows"] for f in sys.argv[1:])
		ok = {r["name"] for r in first if r["state"] == "ok"}
		for r in second:
		    if r["name"] in ok and r["state"] != "ok":
		        print(r["name"], r["state"] + ":", r.get("why"), "->", r.get("remedy"))
		for name in sorted(ok - {r["name"] for r in second}):
		    print(name, "is missing")
	END
}

row()
{
	json "$1" "next((str(r.get('$3')) for r in d['rows'] if r['name'] == '$2'), 'no row')"
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
