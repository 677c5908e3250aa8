#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# pgtop doctor on arm64 kernels: the traps by name, and what would change them. The
# machines differ in CPU and command line: what is expected follows from both, not from pgtop.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

ok "pgtop doctor --json" sh -c "pgtop doctor --json >'$T/doctor.json'"
cp "$T/doctor.json" "$RESULTS"

# row NAME KEY: a value of a row; "null" where it has none
row()
{
	doctor_row "$T/doctor.json" "$1" "$2"
}

fact()
{
	json "$T/doctor.json" ".facts.$1"
}

state()
{
	is "$(row "$1" state)" "$2" "$1 is $2" || diag "$(row "$1" why)"
}

# --- every row is in order

is "$(json "$T/doctor.json" \
	'[.rows[] | select(.state != "ok" and (.why // "") == "").name]')" "[]" \
	"each row that is not ok says why"
is "$(json "$T/doctor.json" \
	'[.rows[] | select(.state != "unavailable" and (.via // "") == "").name]')" "[]" \
	"each row that works says through what"
is "$(json "$T/doctor.json" \
	'[.rows[] | select(tostring | test("errno|Errno|-E[A-Z]")).name]')" "[]" \
	"no bare errno"

# --- the tracepoint that never fires

if [ "$(kconfig CONFIG_ARM64_MM_TRACE)" = y ]; then
	state tlb.flushes ok
	like "$(fact patch_abi)" 'TLB events' "the series is told"
else
	state tlb.flushes degraded
	is "$(fact patch_abi)" stock "a stock kernel"
fi
if bpftool btf dump file /sys/kernel/btf/vmlinux | grep -q "'btf_trace_tlb_flush'"; then
	like "$(row tlb.flushes.tlb_flush why)" 'exists on arm64 and never fires' \
		"the silent tracepoint tlb:tlb_flush is named"
else
	like "$(row tlb.flushes.tlb_flush why)" 'exists only on x86' \
		"a kernel without the tracepoint tlb:tlb_flush: so it says"
fi

# --- the KFENCE trap

# KiB of page tables a GiB costs: 8 bytes a page
gib_tables=$((8 * 1024 * 1024 / $(getconf PAGESIZE)))
mem=$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)
case $(linmap_want) in
block*)
	state lever.kfence ok
	state lever.rodata ok
	like "$(fact linear_map)" '^[{]?.*blocks' "the linear map has blocks"
	;;
*)
	# arch/arm64/include/asm/setup.h: what "on" was is called "noalias" from 6.18 on
	on=on
	! kernel_at_least 6 18 || on=noalias
	state lever.kfence degraded
	like "$(row lever.kfence why)" \
		"sample interval 0.*kfence_early_init.*even with rodata=$on" \
		"the KFENCE trap is named"
	like "$(row lever.kfence remedy)" 'kfence.sample_interval=100' "and what ends it"
	like "$(row lever.rodata remedy)" "rodata=$on kfence.sample_interval=100: blocks return" \
		"the boot options that bring blocks back"
	like "$(row lever.rodata remedy)" 'weaker' "what they cost"
	gain=$(row lever.rodata remedy | sed -n 's/.* about \([0-9]*\) KiB.*/\1/p')
	gib=$((mem / 1048576))
	cmp_ok "${gain:-0}" -ge $((gib * gib_tables)) "gain: $gain KiB, at least that of $gib GiB"
	cmp_ok "${gain:-0}" -le $(((gib + 1) * gib_tables)) "at most that of one GiB more"
	like "$(fact linear_map)" 'pages:' "the linear map is said to have pages"
	;;
esac

# --- cores that are on no list are promised nothing

if [[ $(linmap_want) == block_split ]]; then
	state fact.bbml2 ok
else
	state fact.bbml2 degraded
	if [ -d /sys/kernel/mm/linear_map ]; then
		unknown="of $VM_SMP CPUs .* the kernel does not know CPUs 0-$((VM_SMP - 1)) to split"
	else
		unknown="$VM_SMP of $VM_SMP CPUs .* not on the kernel's list"
	fi
	like "$(row fact.bbml2 why)" "$unknown" "no CPU of this machine is on the list"
fi
# contpte_convert(): 6.17 leaves out the TLBI where all CPUs cope without
if kernel_splits && kernel_at_least 6 17; then
	like "$(row fact.unfold_cost via)" 'neither an unfold nor a fold invalidates a TLB' "an unfold is cheap here, and that is said"
else
	like "$(row fact.unfold_cost via)" 'invalidates its block in all TLBs' "what an unfold costs is said"
fi
midr=$(</sys/devices/system/cpu/cpu0/regs/identification/midr_el1)
like "$(fact cpu_model)" "${midr#0x00000000}" "the CPU model has the MIDR of sysfs"
isnt "$(row lever.rodata remedy | grep -c 6.18)" 1 "no newer kernel is promised to help"

# --- the PMU and the silent tracepoint

state pmu.cycles ok
state pmu.dtlb_walk unavailable
like "$(row pmu.dtlb_walk why)" 'does not list dtlb_walk: .*raw event 0x34 would open and stay 0' \
	"the silent event is named"
pgtop doctor --json --event dtlb_walk=r34 --event stall_tlb=r8167 >"$T/doctor.json"
like "$(row pmu.dtlb_walk why)" 'does not list event 0x34: it would open and count 0 for ever' \
	"raw 0x34 opens, and is not believed"
like "$(row pmu.stall_tlb why)" 'opens but counts nothing' "a silent event is found out"

# --- levers that exist are offered

for file in /sys/kernel/mm/transparent_hugepage/hugepages-*kB/enabled; do
	size=${file%kB/enabled}
	size=$(numfmt --to=iec $((${size##*-} * 1024)))
	state "lever.mthp.${size/.0/}" ok
done
like "$(row lever.thp via)" "now $(sed 's/.*\[\(.*\)\].*/\1/' /sys/kernel/mm/transparent_hugepage/enabled)" \
	"lever.thp tells the policy"
state fact.btf ok
state fact.capabilities ok
state fact.container ok

# --- without privilege every row still says what it lacks

setpriv --reuid=65534 --clear-groups --inh-caps=-all --bounding-set=-all pgtop doctor --json \
	>"$T/doctor.json" 2>"$T/err"
is "$(wc -c <"$T/err")" 0 "unprivileged: nothing on standard error"
state fact.capabilities degraded
like "$(row fact.capabilities why)" 'CAP_BPF' "it names what is missing"
state pmu.cycles unavailable
like "$(row pmu.cycles why)" 'perf_event_paranoid is' "the PMU names the setting that refuses"
state lever.thp degraded
is "$(json "$T/doctor.json" \
	'[.rows[] | select(.state != "ok" and (.why // "") == "").name]')" "[]" \
	"each row that is not ok says why"

done_testing
