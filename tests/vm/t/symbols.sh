#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What pgtop hooks or reads on this kernel is where it expects it. A change here
# means a row of pgtop doctor changes, so it must be seen first.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

tracing=/sys/kernel/tracing
[ -e $tracing/available_filter_functions ] || skip_all "no tracefs"

awk '{ print $1 }' $tracing/available_filter_functions >"$T/traceable"
awk '$1 !~ /^0+$/ { print $3 }' /proc/kallsyms >"$T/kallsyms"
cp /proc/kallsyms "$RESULTS"
bpftool btf dump file /sys/kernel/btf/vmlinux >"$T/btf"
awk '$2 == "FUNC" || $2 == "VAR" { print $3 }' "$T/btf" | tr -d "'" >"$T/btf-names"

for symbol in contpte_set_ptes contpte_clear_full_ptes contpte_get_and_clear_full_ptes \
	contpte_wrprotect_ptes contpte_ptep_set_access_flags __contpte_try_fold \
	__contpte_try_unfold contpte_convert tlb_finish_mmu ptep_clear_flush \
	try_to_unmap_flush __purge_vmap_area_lazy; do
	ok "$symbol is traceable" grep -qx "$symbol" "$T/traceable"
	ok "$symbol has BTF" grep -qx "$symbol" "$T/btf-names"
done
for symbol in swapper_pg_dir memstart_addr init_mm _text _etext; do
	ok "$symbol is in kallsyms" grep -qx "$symbol" "$T/kallsyms"
	grep -qx "$symbol" "$T/btf-names" && diag "$symbol has BTF"
done
is "$(grep -cx vabits_actual "$T/kallsyms")" 0 "vabits_actual is not a symbol (since 6.9)"
diag "variants: $(grep -E '^_*contpte_[a-z_]*\.|^_*(tlb_finish_mmu|ptep_clear_flush|try_to_unmap_flush|__purge_vmap_area_lazy)\.' \
	"$T/kallsyms" | sort -u | tr '\n' ' ')"

done_testing
