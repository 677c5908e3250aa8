#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deadline: 1500
#
# All that changes the linear map, or reads the kernel's page tables, at once, in rounds: 20
# seconds, with linmap_stress.seconds=N on the kernel command line N. Then nothing is lost: each
# split has its page table and no more, memory is what it was, DirectMap adds up to RAM.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"
PROGS=/opt/pgtop/bin TOOLS=/opt/pgtop/bin
# shellcheck source=tests/pagewalk.sh
. "${VM_WALK:-/opt/pgtop/pagewalk.sh}"

dir=/sys/kernel/mm/linear_map
[ -d $dir ] || skip_all "the kernel does not say how it maps its linear map ($dir)"
[ "$(<$dir/mode)" = block_split ] ||
	skip_all "the linear map cannot be split: $(<$dir/mode), $(<$dir/reason)"
need_walk kernel

seconds=20
[[ $(</proc/cmdline) =~ linmap_stress.seconds=([0-9]+) ]] && seconds=${BASH_REMATCH[1]}
rounds=$((seconds < 100 ? 4 : 10))

kinds=(bpf secret kfence ptdump)
module=$(modinfo -n dummy 2>/dev/null) && kinds+=("module=$module")
port=$(grep -lx pgtop.qmp /sys/class/virtio-ports/*/name 2>/dev/null)
if [ -n "$port" ] && modprobe virtio_mem; then
	port=${port%/name}
	at_exit modprobe -r virtio_mem
	set_knob /sys/devices/system/memory/auto_online_blocks offline
fi
set_knob /sys/module/kfence/parameters/sample_interval 0

number()
{
	awk -v k="$2" '$1 == k { print $2 }' "$1"
}

# missing, when it stands still: what was given back may wait for RCU and workers
settled()
{
	local was now i
	now=$(missing)
	for ((i = 0; i < 20; i++)); do
		sleep 1
		was=$now now=$(missing)
		was=$((now - was))
		[ ${was#-} -ge 256 ] || break
	done
	echo "$now"
}

# kB of memory that nothing accounts for, the kernel's page tables among it. Free pages that CPUs
# keep for themselves, and counts they have not added up yet, are accounted for.
missing()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	echo 1 >/proc/sys/vm/compact_memory
	echo 1 >/proc/sys/vm/stat_refresh
	awk -v page="$(getconf PAGESIZE)" '{ n[$1] += $2 }
		END {
			known = n["MemFree:"] + n["Buffers:"] + n["Cached:"] + n["SwapCached:"]
			known += n["Slab:"] + n["KernelStack:"] + n["AnonPages:"] + n["PageTables:"]
			known += n["Percpu:"] + n["count:"] * page / 1024
			print n["MemTotal:"] - known
		}' /proc/meminfo <(grep -w count: /proc/zoneinfo)
}

splits()
{
	echo $(($(number $dir/stats pud_splits) + $(number $dir/stats pmd_splits)))
}

tables()
{
	"$pagewalk" kernel >"$T/walk"
	key "$T/walk" tables
}

# round NAME KIND...: for its part of the time; what each did is added up
declare -A done_by=()
round()
{
	local name=$1 kind n rc=0
	shift
	linmap_stress $((seconds / rounds)) "$@" >"$T/out" 2>"$T/err" || rc=$?
	[ $rc = 0 ] || diag "$(<"$T/err")"
	while read -r kind n; do
		done_by[$kind]=$((${done_by[$kind]-0} + n))
	done <"$T/out"
	is "$rc" 0 "$name: nothing failed"
}

# The first makes the pool of KFENCE, and what else is made once.
round "the first round" "${kinds[@]}"
started=$(settled) before=$(splits) had=$(tables) lost=()
cmp_ok "$started" -gt 0 "some memory is not accounted for: $started kB"
for ((i = 2; i <= rounds; i++)); do
	round "round $i" "${kinds[@]}"
	lost+=($(($(settled) - started)))
done
for kind in "${kinds[@]%%=*}"; do
	cmp_ok "${done_by[$kind]-0}" -ge "$rounds" "$kind: ${done_by[$kind]-0} rounds"
done
now=$(splits)
is $(($(tables) - had)) $(((now - before) * 4096)) \
	"a page table for each of $((now - before)) leaves that were split since the first round, none lost"
diag "kB of memory not accounted for, since the first round: ${lost[*]}"
# If something leaks each is above the one before; chance moves them by up to a thousand.
half=$((${#lost[@]} / 2))
least()
{
	printf '%s\n' "$@" | sort -n | head -n 1
}
cmp_ok $(($(least "${lost[@]:half}") - $(least "${lost[@]:0:half+1}"))) -le \
	$((2048 + (now - before) * 4)) "no memory is lost from round to round"

# --- the same, while memory comes and goes

if [ -n "$port" ]; then
	ram=$(system_ram)
	round "memory comes and goes" "${kinds[@]}" "hotplug=/dev/${port##*/}"
	cmp_ok "${done_by[hotplug]-0}" -ge 1 "hotplug: ${done_by[hotplug]-0} rounds"
	like "$(dmesg)" "virtio_mem virtio[0-9]+: .*" "the driver was there"
	cmp_ok "$(system_ram)" -ge "$ram" "what was there is there"
else
	diag "no memory can be plugged into this machine"
fi
is "$(number $dir/stats failed_splits)" 0 "no split failed"
done_testing
