#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The page walk of the linear map: exact, all leaves where they belong, page-mapped or
# block-mapped as the kernel was booted.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"
PROGS=/opt/pgtop/bin TOOLS=/opt/pgtop/bin
# shellcheck source=tests/pagewalk.sh
. "${VM_WALK:-/opt/pgtop/pagewalk.sh}"

need_walk kernel
"$pagewalk" -r kernel >"$T/walk"
cp "$T/walk" "$RESULTS/linmap"

page=$(($(getconf PAGESIZE) / 1024))
total=$(key "$T/walk" present)
tables=$(key "$T/walk" tables)
diag "linear map $((total >> 10)) kB, tables $((tables >> 10)) kB"
for kind in pte cont_pte pmd cont_pmd pud; do
	diag "$kind $(($(key "$T/walk" bytes.$kind) >> 10)) kB"
done

is "$(tail -n 1 "$T/walk")" "result ok" "the linear map is walked"
is "$(key "$T/walk" not_identity)" 0 "every leaf maps the frame that belongs there"
is "$(key "$T/walk" read_errors) $(key "$T/walk" bad_frames)" "0 0" "nothing that made no sense"
is "$(awk '$1 == "range" { for (i = 6; i < NF; i += 2) if ($i ~ /^(cont_)?(pte|pmd|pud)$|p4d/) n += $(i + 1) }
	END { printf "%.0f", n }' "$T/walk")" "$total" "the ranges add up to the total"

# System RAM, less what firmware keeps for itself (nomap) and the kernel's own text and
# read-only data, which are mapped in the linear map too, but read-only.
ram=$(system_ram)
# KFENCE keeps pages of its pool invalid, once it has one: they are there, but not mapped.
invalid=$(key "$T/walk" prot_none)
is $((total + invalid)) "$ram" "the linear map is System RAM, to the byte"
pool=0
[ ! -d /sys/kernel/debug/kfence ] || pool=$((512 * page * 1024))
# Linux 7.x maps the kernel's own data and bss nowhere else than in its image.
data=0
! kernel_at_least 7 0 || data=$(iomem_bytes "Kernel data")
cmp_ok "$invalid" -le $((pool + data)) "what is invalid in it is KFENCE's or the kernel's data"

blocks=$(($(key "$T/walk" bytes.pmd) + $(key "$T/walk" bytes.cont_pmd) + \
	$(key "$T/walk" bytes.pud)))
want=$(linmap_want)
if [ -d /sys/kernel/mm/linear_map ]; then
	is "$(</sys/kernel/mm/linear_map/mode)" "$want" "the kernel says so: $want"
fi
if [[ $want == block* ]]; then
	cmp_ok $blocks -gt $((total * 9 / 10)) "$want: more than 90 % in PMD leaves or larger"
	cmp_ok "$tables" -lt $((total / 1024)) "and few page tables"
else
	# The kernel's own text and read-only data keep blocks (map_mem(), arch/arm64/mm/mmu.c).
	cmp_ok $blocks -lt $((64 * M)) "$want: no more blocks than the kernel is large"
	is "$(key "$T/walk" writable.pmd) $(key "$T/walk" writable.cont_pmd) $(key "$T/walk" writable.pud)" \
		"0 0 0" "and none of them writable"
	is "$(key "$T/walk" writable.cont_pte)" 0 "and no contiguous pages either"
	# 8 bytes for each page, in whole tables, and a few above them
	cmp_ok "$tables" -ge $(((total - blocks) / (page * 128))) "a page-table entry for each page"
fi

# What the kernel's own accounting makes of the difference: tests/vm/linmap-compare holds two
# machines against each other. KFENCE takes its pool and metadata before memory is counted
# (kfence_alloc_pool_and_metadata(), mm/kfence/core.c).
metadata=$(bpftool btf dump file /sys/kernel/btf/vmlinux |
	sed -n "s/.*STRUCT 'kfence_metadata' size=\([0-9]*\).*/\1/p" | head -n 1)
size=$((page * 1024))
kfence=0
[[ $VM_APPEND != *kfence.sample_interval=1* ]] ||
	kfence=$((pool + (255 * metadata + size - 1) / size * size))
{
	echo "tables $tables"
	echo "kfence $kfence"
	awk '$1 == "MemTotal:" { printf "memtotal %.0f\n", $2 * 1024 }' /proc/meminfo
} >"$RESULTS/linmap-memory"

"$PROGS/dump" "" linmap linmap_walk >"$T/dump"
got=$(awk '$2 == "linear_map.mapped_bytes" { print $3 }' "$T/dump")
cmp_ok $((got > total ? got - total : total - got)) -le $pool "the source reports the total"
if [ -d /sys/kernel/mm/linear_map ]; then
	like "$(<"$T/dump")" "probe linear_map.splits ok" "splits are counted"
	is "$(awk '$1 == "cell" && $2 == "direct_map" { n += $5 } END { printf "%.0f", n }' "$T/dump")" \
		"$ram" "DirectMap of meminfo adds up to System RAM"
elif ! kernel_at_least 6 18; then
	like "$(<"$T/dump")" "lacks linear_map.splits_pmd the linear map of this kernel is fixed at boot" \
		"splits cannot happen on this kernel, and that is said"
else
	like "$(<"$T/dump")" "probe linear_map.splits ok" "splits are counted"
fi
like "$(<"$T/dump")" "fact levels $(key "$T/walk" levels)" "levels"

"$pagewalk" -s swapper_pg_dir=x kernel >"$T/search"
is $(($(key "$T/search" present) + $(key "$T/search" prot_none))) "$ram" \
	"without the symbol of the top table it is searched for"
"$pagewalk" -s swapper_pg_dir=x -s _sinittext=x probe >"$T/probe"
like "$(<"$T/probe")" 'pagewalk.kernel unavailable\|\|.*swapper_pg_dir' \
	"without a place to search the linear map cannot be walked, and that is said"
like "$(<"$T/probe")" 'pagewalk.process ok' "processes can"
"$pagewalk" -s memstart_addr=memstart_addr_x kernel >"$T/search"
is $(($(key "$T/search" present) + $(key "$T/search" prot_none))) "$ram" "without memstart_addr the offset is searched for"
like "$(<"$T/search")" 'pagewalk.kernel ok.BPF syscall program, self-consistency search' \
	"and that is said"

done_testing
