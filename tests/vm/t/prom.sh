#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What is exported on arm64: unfolds as a histogram whose sum was measured, BPF programs by name.
# The files go to the host, where tests/vm/promtool reads them.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

need_config CONFIG_ARM64_CONTPTE
block=65536
[ "$(getconf PAGESIZE)" = 4096 ] || block=$((2 << 20))
thp=/sys/kernel/mm/transparent_hugepage
set_knob $thp/hugepages-$((block / 1024))kB/enabled madvise
set_knob /proc/sys/kernel/bpf_stats_enabled 1

file=$T/pgtop.prom
n=23

# value SERIES: as it is written in the file
value()
{
	awk -v series="$1" 'index($0, series " ") == 1 { print $NF }' "$file"
}
total()
{
	awk -v name="$1" 'index($0, name "{") == 1 { n += $NF } END { printf "%.0f", n }' "$file"
}
timed()
{
	[ "$(value pgtop_contpte_unfold_seconds_count)" -ge "$1" ]
}
end()
{
	kill -KILL "$1" 2>/dev/null || true
}

printf '%s\n' '[daemon]' 'window = 2s' 'processes = 0' '[export]' "textfile = $file" >"$T/conf"
pgtopd --config "$T/conf" --state-dir "$T/state" --socket "$T/control" >"$T/log" 2>&1 &
at_exit end $!
ok "the file appears" wait_for 180 test -s "$file" || diag "$(<"$T/log")"
before=$(value pgtop_contpte_unfold_seconds_count)
before_runs=$(total pgtop_bpf_runs_total)
ok "a page amid $n blocks made read-only" \
	eval "printf 'touch\nprotect $n\n' | contpte $((64 * block)) $block"
ok "$n unfolds are timed" wait_for 120 timed $((before + n))
cmp_ok "$(total pgtop_bpf_runs_total)" -ge $((before_runs + 3 * n)) \
	"... which counting and timing programs ran for"
cmp_ok "$(grep -c '^pgtop_bpf_runs_total{program="' "$file")" -ge 6 "programs by name"
cp "$file" "$RESULTS/pgtopd.prom"
ok "pgtop prom" eval "pgtop prom --own >'$RESULTS/pgtop.prom'"
done_testing
