#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What doctor says of made-up machines: the reason is the one there is, and the remedy is for it.
# Machines of other architectures and PMUs are in tests/unit/test_machine.c, test_pmu_machines.c.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

: "${PGTOP:?}"

# machine TEXT: begin with one; put PATH TEXT: give it a file
machine()
{
	R=$T/root
	rm -rf "$R"
	mkdir -p "$R/proc/self" "$R/sys/kernel/mm"
	cp /proc/self/status "$R/proc/self/"
	what=$1
}
put()
{
	mkdir -p "$(dirname "$R$1")"
	printf '%b' "$2" >"$R$1"
}

# row NAME STATE WHY REMEDY: the last two are regular expressions, or "-": there is none
row()
{
	local all
	"$PGTOP" doctor --json --root "$R" >"$T/doctor"
	all=$(json "$T/doctor" "[.rows[] | select(.name == \"$1\")][0] | [.state, .why // \"-\", .remedy // \"-\"] | join(\"|\")")
	like "$all" "^$2\|$3\|$4$" "$what: $1"
}

# fact NAME REGEX: its value, or why there is none
fact()
{
	"$PGTOP" doctor --json --root "$R" >"$T/doctor"
	like "$(json "$T/doctor" ".facts.$1 | if type == \"object\" then .unavailable // .value else . end")" "$2" "$what: $1"
}

memory='MemTotal: 1000 kB\nMemAvailable: 900 kB\nPageTables: 1 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\nAnonPages: 100 kB\n'

machine "a kernel without THP"
put /proc/meminfo "$memory"
row meminfo degraded '.*no line AnonHugePages.*CONFIG_TRANSPARENT_HUGEPAGE' '.*CONFIG_TRANSPARENT_HUGEPAGE=y'
row mthp.policy unavailable '.*CONFIG_TRANSPARENT_HUGEPAGE' '.*CONFIG_TRANSPARENT_HUGEPAGE=y'
row lever.thp unavailable '.*enabled is missing' 'boot a kernel that has it.*'

machine "a policy that cannot be parsed"
put /sys/kernel/mm/transparent_hugepage/enabled 'always [madvise] never\n'
put /sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled 'maybe\n'
row mthp.policy unavailable '.*hugepages-64kB/enabled holds text pgtop cannot parse' -

machine "a size that inherits"
put /sys/kernel/mm/transparent_hugepage/enabled 'always madvise [never]\n'
put /sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled 'always [inherit] madvise never\n'
"$PGTOP" doctor --json --root "$R" >"$T/doctor"
like "$(doctor_row "$T/doctor" lever.mthp.64K via)" 'hugepages-64kB/enabled, now inherit -> never$' \
	"$what never: doctor resolves it"
"$PGTOP" -i 0 --json --root "$R" >"$T/json"
is "$(json "$T/json" '.tables.mthp[0] | [.anon_policy, .anon_policy_effective]')" \
	'["inherit","never"]' "... and JSON"
"$PGTOP" prom --root "$R" >"$T/prom" 2>/dev/null
ok "... and metrics" grep -qx 'pgtop_mthp_effective_policy{size="65536",value="never"} 1' "$T/prom"
"$PGTOP" -i 0 --all --root "$R" >"$T/screen"
is "$(grep -c 'size.* never used' "$T/screen")" 1 "... and the screen: nobody gets that size"

machine "a container that lxcfs shows its share"
put /proc/meminfo "$memory"
put /proc/self/mountinfo '23 28 0:22 / /proc rw - proc proc rw\n90 23 0:44 /x /proc/meminfo rw - fuse.lxcfs lxcfs rw\n'
put /sys/devices/system/cpu/online '0\n'
put /sys/devices/system/cpu/present '0-31\n'
put /sys/devices/system/cpu/offline '\n'
row meminfo unavailable '/proc/meminfo is not the kernel.s here: fuse.lxcfs is mounted over it' 'run pgtop on the host'
fact memory 'fuse.lxcfs is mounted over it'
fact cpus 'CPUs 1-31 are neither online nor offline'

machine "PSI that is switched off or says nothing"
put /proc/pressure/memory 'x\n'
row fact.psi unavailable '.*holds text pgtop cannot parse' -
row psi.memory unavailable '/proc/pressure/memory has no line some' -
rm -r "$R/proc/pressure"
row fact.psi unavailable 'the kernel keeps no pressure stall information' '.*psi=1.*'
row psi.memory unavailable '.*is missing: the kernel was built without CONFIG_PSI.*' '.*psi=1.*'

machine "no securityfs"
row fact.lockdown unavailable '.*cannot be seen: securityfs is not mounted here' 'mount securityfs.*'
put /sys/kernel/security/lsm 'capability'
row fact.lockdown ok - -

if [ "$(uname -m)" = x86_64 ]; then
	machine "an emulator that shows the CPU of another architecture"
	put /proc/cpuinfo 'processor\t: 0\nCPU implementer\t: 0x61\n'
	fact cpu_model '^/proc/cpuinfo has no line model name$'
fi

machine "no proc and no sysfs"
rm -r "$R/proc" "$R/sys"
row meminfo unavailable '.*proc is not mounted on /proc' 'mount proc on /proc'
row fact.btf unavailable '/sys/kernel/btf/vmlinux is missing' 'mount sysfs on /sys'
row mthp.stats unavailable '.*is missing' 'mount sysfs on /sys'

# --- this machine, with room for few files: that is one cause, and never told as another

for n in 4 5 6 8 12; do
	(ulimit -n $n && exec "$PGTOP" doctor --json) >"$T/doctor" 2>"$T/err"
	is "$(json "$T/doctor" '[.rows[] | select((.why // "" | test("Too many open files"))
		and (.remedy // "" | test("limit of open files") | not)).name]')" "[]" \
		"$n files: where there are too many, that is what is to be done about"
done

done_testing
