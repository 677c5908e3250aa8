#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In the machine of tests/bench/vm.sh: start, daemon and page walk as on any machine, and what
# counting an unfold costs pgtop and bpftrace, by the kernel's own run_time_ns / run_cnt.
# deadline: 1500
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"
# shellcheck source=tests/cost.sh
. "${VM_COST:-/opt/pgtop/cost.sh}"

export PGTOP=/opt/pgtop/bin/pgtop TOOLS=/opt/pgtop/bin PROGS=/opt/pgtop/bin RUNS=5 WINDOWS=7
export PGTOP_CACHE=/opt/pgtop/cache
# maintainer scripts, which would choose among the libraries for numpy, are not run here
export LD_LIBRARY_PATH=/usr/lib/aarch64-linux-gnu/blas:/usr/lib/aarch64-linux-gnu/lapack
BLOCK=65536
BYTES=$((64 << 20))

export FIGURES=$T/figures
# the requirements are for machines that are not emulated
figures()
{
	sed 's/^/# arm64, /; s/ (required: [^)]*)//g'
}

bench()
{
	bash "/opt/pgtop/bench/$1.sh" >"$T/$1"
}

# cost REGEX: ns these programs take for a change, in 20 times 1024 unfolds and as many folds:
# the last page of each block is changed and changed back
cost()
{
	local before after i
	before=$(programs_run "$1")
	{
		echo touch
		for ((i = 0; i < 20; i++)); do
			echo "last $((BYTES / BLOCK))"
		done
	} | contpte $BYTES $BLOCK >/dev/null
	after=$(programs_run "$1")
	echo "$before $after" | awk -v n=$((40 * BYTES / BLOCK)) \
		'$4 - $2 >= n { printf "%.0f", ($3 - $1) / n }'
}

# traced REGEX COMMAND...: cost of such programs while COMMAND runs
traced()
{
	local name=$1 pid
	shift
	"$@" >"$T/out" 2>&1 &
	pid=$!
	at_exit kill "$pid"
	wait_for 120 programs_loaded "$name" && cost "$name" # not before all of it is attached
	kill "$pid" && wait "$pid"
}

thp=/sys/kernel/mm/transparent_hugepage
set_knob $thp/enabled never
set_knob $thp/hugepages-64kB/enabled madvise
set_knob /proc/sys/kernel/bpf_stats_enabled 1
ours=$(traced '(unfold|fold|begin|end)_.*' pgtop -i 3600)
# shellcheck disable=SC2016 # its own variables
theirs=$(traced contpte_convert bpftrace -e 'kprobe:contpte_convert { @[pid] = count(); }')
ok "both counted" test -n "$ours" -a -n "$theirs"
figure contpte.change "$ours" ns
figure contpte.bpftrace "$theirs" ns
echo "unfold or fold: pgtop $ours ns (by process, reason and caller, with a histogram);" \
	"bpftrace, count by pid: $theirs ns" | figures
for b in startup pagewalk daemon; do
	ok "$b" bench $b
	figures <"$T/$b"
done
while read -r name value unit _; do
	echo "# figure arm64.$name $value $unit"
done <"$FIGURES"
done_testing
