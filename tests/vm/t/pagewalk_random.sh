#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deadline: 1500
#
# Page walks of memory that is laid out at random, with large folios of every size: 0 bytes differ
# from smaps, pagemap and kpageflags, in no mapping.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"
PROGS=/opt/pgtop/bin TOOLS=/opt/pgtop/bin PGTOP=/opt/pgtop/bin/pgtop
# shellcheck source=tests/pagewalk.sh
. "${VM_WALK:-/opt/pgtop/pagewalk.sh}"
# shellcheck source=tests/layouts.sh
. "${VM_LAYOUTS:-/opt/pgtop/layouts.sh}"

need_walk process
thp=/sys/kernel/mm/transparent_hugepage
for f in "$thp"/hugepages-*kB/enabled; do
	set_knob "$f" madvise
done
set_knob "$thp/shmem_enabled" advise
set_knob /proc/sys/vm/nr_hugepages 4
swap_on 262144 || diag "no swap"
for seed in 101 102 103; do
	compare_layout $seed 48 300
done
need_layouts anon none shmem file secret uffd-wp write read drop pageout protect-none \
	protect-read protect-exec protect-write move unmap fork
# with larger pages no area is as large as a block
[ "$(getconf PAGE_SIZE)" != 4096 ] || need_layouts collapse
done_testing
