#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In the machines of tests/bench/flushshare.sh: known loads, each between two marks that the
# emulator's plugin sees, with the TLB flushes that pgtop counts meanwhile.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

# share NAME COMMAND...
share()
{
	# shellcheck disable=SC2016 # the inner shell expands
	ok "$1" sh -c 'out=$1; shift; exec flush_share "$@" >>"$out"' sh "$T/share" "$@"
}

# Small pages, so that each operation is what its name says.
set_knob /sys/kernel/mm/transparent_hugepage/enabled never

# times N OP: as many operations in one program
times()
{
	local words=() i
	for ((i = 0; i < $1; i++)); do
		words+=("$2")
	done
	share "$1*$2" mmops "${words[@]}"
}

for op in mprotect munmap dontneed; do
	times 211 $op
done
for op in fork cow reuse; do
	times 29 $op
done
share "3*vfree" mmops vfree vfree vfree
# shellcheck disable=SC2016 # the inner shell expands
share "11*module" sh -c 'i=0; while [ $i -lt "$1" ]; do
	modprobe lru_cache && modprobe -r lru_cache || exit; i=$((i + 1)); done' sh 11
# shellcheck disable=SC2016
share "29*exec" sh -c 'i=0; while [ $i -lt "$1" ]; do /bin/true; i=$((i + 1)); done' sh 29
diag "kernel $(uname -r)"
while read -r line; do
	diag "$line"
done < <(grep '^share ' "$T/share")
done_testing
