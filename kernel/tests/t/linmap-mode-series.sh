#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel of kernel/ says how its linear map is made, and why; a system on which a CPU turns
# out not to be able to split has it repainted, once; a CPU that comes late is refused then.
# What is expected follows from the CPU model and the command line of the machine.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

dir=/sys/kernel/mm/linear_map
[ -d $dir ] || skip_all "the kernel does not say how it maps its linear map ($dir)"

want=$(linmap_want)
last=$((VM_SMP - 1))
case $want in
pte | repainted) reason="no_bbml2 rodata_full kfence_late" ;;
block) reason=no_page_permissions ;;
block_split) reason="bbml2 rodata_full kfence_late" ;;
esac
case " $VM_APPEND " in
*" linear_map.bbml2=off "*) able='' ;;
*" linear_map.bbml2=boot-only "*) able=0 ;;
*) [[ $VM_CPU == *midr=0xc00fac40* ]] && able=0-$last || able='' ;;
esac

is "$(<$dir/abi)" 1 "the version of the files"
is "$(<$dir/mode)" "$want" "mode"
is "$(<$dir/reason)" "$reason" "reason"
is "$(<$dir/bbml2)" "$able" "the CPUs that can split"

# bytes of DirectMap of all sizes but pages
large=$(awk '/^DirectMap/ && !/^DirectMap(4|16)k:/ { n += $2 } END { printf "%.0f", n * 1024 }' \
	/proc/meminfo)
# number KEY of the stats file
number()
{
	awk -v k="$1" '$1 == k { print $2 }' $dir/stats
}

case $want in
block*) cmp_ok "$large" -gt $((1 << 30)) "more than 1 GiB in large leaves" ;;
*)
	# the kernel's own text and read-only data (map_mem(), arch/arm64/mm/mmu.c)
	cmp_ok "$large" -lt $((64 << 20)) "no more in large leaves than the kernel is large"
	is "$(awk '/_splits/ { n += $2 } END { print n + 0 }' $dir/stats)" 0 "nothing was split"
	;;
esac

# two NUMA nodes are two nodes, and no more memory than one (linmap-agree adds it up)
if [[ $VM_MEMORY == *,nodes=* ]]; then
	nodes=${VM_MEMORY#*,nodes=} nodes=${nodes%%,*} nodes=${nodes//[^+]/}
	is "$(</sys/devices/system/node/has_memory)" "0-${#nodes}" "NUMA nodes with memory"
fi

# --- the repaint: told once, by the log, the trace and the stats, and nowhere else

painted=$(dmesg | grep -c 'linear map: made of pages in')
if [ "$want" = repainted ]; then
	is "$painted" 1 "the log tells of one repaint"
	like "$(dmesg)" 'linear map: made of pages in .* as CPU1 cannot split' "and whose fault"
	cmp_ok "$(number repaint_tables)" -gt $(($(awk '/^MemTotal:/ { print $2 }' /proc/meminfo) / 2048)) \
		"a table for each 2 MiB"
	# of page tables of pages, and one of these for each GiB
	cmp_ok "$(number repaint_tables)" -le "$(awk '/^DirectMap/ { n += $2 }
		END { printf "%d", n / 2048 + n / 1048576 + 1 }' /proc/meminfo)" "and no more"
	cp /sys/kernel/tracing/trace "$T/trace"
	is "$(grep -c linmap_repaint: "$T/trace")" 1 "one event"
	is "$(sed -n 's/.*linmap_repaint: .* tables=\([0-9]*\) .*/\1/p' "$T/trace")" \
		"$(number repaint_tables)" "the event has as many tables"
	like "$(grep linmap_repaint: "$T/trace")" 'cpu=1$' "and the CPU"
else
	is "$painted" 0 "no repaint"
	is "$(number repaint_tables)" 0 "no tables for one"
fi

# --- pgtop says the same

pgtop doctor --json >"$T/json"
said=$(json "$T/json" ".facts.linear_map")
case $want in
pte | repainted) like "$said" '^pages: rodata=full' "pgtop: pages, and why" ;;
block) like "$said" '^blocks: nothing asks for single pages' "pgtop: blocks, and why" ;;
block_split) like "$said" '^blocks, split on demand' "pgtop: blocks that are split" ;;
esac
remedy=$(doctor_row "$T/json" lever.rodata remedy)
case " $VM_APPEND " in
*" linear_map.bbml2=off "* | *" linear_map.bbml2=boot-only "*)
	[ "$want" = block_split ] ||
		like "$remedy" 'boot without linear_map.bbml2=' "pgtop: what would change it" ;;
esac

# --- a CPU that comes when the linear map has blocks, and cannot split them

if [[ " $VM_APPEND " == *" maxcpus=1 "* && $want == block_split ]]; then
	is "$(</sys/devices/system/cpu/online)" 0 "one CPU is online"
	echo 1 >/sys/devices/system/cpu/cpu1/online 2>"$T/err"
	is "$(</sys/devices/system/cpu/online)" 0 "one that cannot split is refused"
	like "$(dmesg)" 'CPU1: Detected conflict for capability .*BBM level 2.* System: 1, CPU: 0' \
		"and the log says why"
	is "$(<$dir/mode)" block_split "the linear map keeps its blocks"
	is "$(<$dir/bbml2)" 0 "the list of CPUs that can is as before"
fi

done_testing
