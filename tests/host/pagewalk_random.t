#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The page walk of memory that is laid out at random: 0 bytes differ from smaps, pagemap and
# kpageflags, in no mapping. The seeds are fixed; SOAK=1: 200 more, LAYOUT="SEED [AREAS [CHANGES]]":
# that one.
# alone: what others do to memory splits and collapses its pages meanwhile
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/pagewalk.sh
. "$(dirname "$0")/../pagewalk.sh"
# shellcheck source=tests/layouts.sh
. "$(dirname "$0")/../layouts.sh"

need_walk process
add_swap || diag "no swap: only pages of files are paged out"
[ ! -w /proc/sys/vm/nr_hugepages ] || set_knob /proc/sys/vm/nr_hugepages 16

if [ "${LAYOUT-}" ]; then
	read -ra layout <<<"$LAYOUT"
	compare_layout "${layout[@]}"
	done_testing
	exit
fi
for seed in 1 2 3 5 7 11 13; do
	compare_layout $seed
done
compare_layout 17 300 2000
if [ "${SOAK-}" ]; then
	for ((seed = 1000; seed < 1200; seed++)); do
		compare_layout $seed 128 1000
	done
fi
need_layouts anon none shmem file hugetlb secret uffd-wp write read drop pageout free collapse guard \
	unguard protect-none protect-read protect-exec protect-write move unmap fork
done_testing
