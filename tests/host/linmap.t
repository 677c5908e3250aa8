#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The linear map of this machine: its page tables against System RAM, its splits against vmstat.
# alone: it reads the linear map twice, and loading programs splits it
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/pagewalk.sh
. "$(dirname "$0")/../pagewalk.sh"

need_walk kernel
dump=$PROGS/dump

# field NAME, of the last dump
field()
{
	awk -v k="$1" '$1 == "field" && $2 == k { print $3 }' "$T/dump"
}

vmstat()
{
	awk -v k="$1" '$1 == k { print $2 }' /proc/vmstat
}

# moved: how often the kernel split or collapsed a leaf
moved()
{
	awk '/^direct_map_level/ { n += $2 } END { print n + 0 }' /proc/vmstat
}

ram=$(system_ram)

# Two readings of the same linear map: loading a program may split a leaf of it. Code that the
# kernel frees is out of the linear map until the worker that frees it runs again
# (vm_reset_perms()), which takes a while on a busy machine.
for try in {1..30}; do
	was=$(moved) before=$(vmstat direct_map_level2_splits)
	"$pagewalk" -r kernel >"$T/walk"
	"$dump" "" linmap linmap_walk >"$T/dump"
	total=$(key "$T/walk" present) same=$(field linear_map.mapped_bytes)
	if [ "$(moved)" != "$was" ]; then
		diag "try $try: leaves were split or collapsed"
	elif [ "${total:-0}" -lt "$ram" ] || [ "${same:-$total}" != "$total" ]; then
		diag "try $try: of $ram bytes the linear map has ${total:-none}, then ${same:-none}"
		sleep 0.5
	else
		break
	fi
done
is "$(tail -n 1 "$T/walk")" "result ok" "the linear map is walked"
is "$(key "$T/walk" not_identity)" 0 "every leaf maps the frame that belongs there"
is "$(key "$T/walk" read_errors) $(key "$T/walk" bad_frames)" "0 0" "nothing that made no sense"
is "$(awk '$1 == "range" { for (i = 6; i < NF; i += 2) if ($i ~ /^(cont_)?(pte|pmd|pud)$|p4d/) n += $(i + 1) }
	END { printf "%.0f", n }' "$T/walk")" "$total" "the ranges add up to the total"

# x86 maps the first MiB as a whole, with its holes for firmware and video memory
# (init_mem_mapping(), arch/x86/mm/init.c), and memory in whole pages.
slack=0
[ "$(uname -m)" != x86_64 ] || slack=$M
cmp_ok "$total" -ge "$ram" "the linear map has all of System RAM ($((ram >> 20)) MiB)"
cmp_ok $((total - ram)) -le $slack "and nothing else but the holes of the first MiB"

if [ "$(uname -m)" = x86_64 ]; then
	is "$(field linear_map.mapped_bytes)" "$total" "the source reports the total"
	is "$(field linear_map.system_ram_bytes)" "$ram" "and System RAM"
	is "$(field linear_map.table_bytes)" "$(key "$T/walk" tables)" "and the page tables"
	if [ "$before" ]; then
		cmp_ok "$(field linear_map.splits_pmd)" -ge "$before" "splits are at least those before"
		cmp_ok "$(field linear_map.splits_pmd)" -le "$(vmstat direct_map_level2_splits)" \
			"and at most those after"
		is "$(field linear_map.splits_pud)" "$(vmstat direct_map_level3_splits)" "splits of PUDs"
		cmp_ok "$(field linear_map.self_splits)" -le \
			$(($(vmstat direct_map_level2_splits) - before)) "splits of our own"
	else
		skip "this kernel does not count splits" "splits"
	fi
	said=$(awk '/^DirectMap/ { n += $2 } END { printf "%.0f", n }' /proc/meminfo)
	like "$(grep '^probe linear_map.direct_map' "$T/dump")" \
		"$([ "$((said * 1024))" = "$total" ] && echo ok || echo degraded)" \
		"whether DirectMap of meminfo adds up to the same is told"
fi
done_testing
