#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The screen of the README: the demo's workload with 64K huge pages allowed. It stands in
# results/readme and readme.all; readme.record, when copied to tests/fixtures, is what docs.t holds the
# README against.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

need_config CONFIG_ARM64_CONTPTE
[ "$(getconf PAGESIZE)" = 4096 ] || skip_all "the README has 4K pages"
sizes=/sys/kernel/mm/transparent_hugepage/hugepages
echo always >$sizes-64kB/enabled
echo never >$sizes-2048kB/enabled
at_exit eval "echo never >$sizes-64kB/enabled; echo inherit >$sizes-2048kB/enabled"
systemd-run -q --scope --unit=pgtop-demo demo_load >"$T/load" 2>&1 &
load=$!
at_exit kill $load
ok "the workload runs" wait_for 60 grep -q ready "$T/load"
COLUMNS=80
ok "the screen succeeds" to "$RESULTS/readme" pgtop -i 2
cmp_ok "$(wc -l <"$RESULTS/readme")" -lt 24 "it fits 24 lines"
cmp_ok "$(width "$RESULTS/readme")" -le 79 "... and 79 columns"
like "$(grep '^user memory' "$RESULTS/readme")" "64K contpte [0-9.]+%" "contiguous PTEs are apart"
like "$(grep '^contpte' "$RESULTS/readme")" "unfolds/s [0-9.]+k?, folds/s 0, mapped/s [1-9]" "what changes them"
like "$(grep '^mTHP' "$RESULTS/readme")" "64K always 1[0-9]{2}M, alloc/s [1-9]" "the size that is used"
like "$(sed -n '/^processes by unfolds/,/^$/p' "$RESULTS/readme" | sed -n 3p)" demo_load "who does it comes first"
ok "--all succeeds" to "$RESULTS/readme.all" pgtop -i 2 -n 4 --all
like "$(<"$RESULTS/readme.all")" "change_protection [1-9]" "who asked for it"
ok "a record of it" pgtop record -i 2 --count 2 "$RESULTS/readme.record"
is "$(pgtop replay "$RESULTS/readme.record" | grep -c '^processes by unfolds')" 1 "... that can be shown"
done_testing
