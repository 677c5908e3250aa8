#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# pgtop as its user meets it on a stock arm64 kernel: a whole screen, JSON, doctor, maps.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

ok "the screen succeeds" to "$RESULTS/screen" pgtop --all -i 0.5
cmp_ok "$(width "$RESULTS/screen")" -le 80 "the screen fits 80 columns"
for section in "kernel linear map" "user memory" TLB contpte mTHP pressure processes; do
	ok "the screen has: $section" grep -q "^$section" "$RESULTS/screen"
done
ok "doctor succeeds" to "$RESULTS/doctor" pgtop doctor
cmp_ok "$(width "$RESULTS/doctor")" -le 80 "doctor fits 80 columns"
ok "--json succeeds" to "$RESULTS/snapshot.json" pgtop --json -i 0.5
is "$(json "$RESULTS/snapshot.json" .facts.granule)" "$(getconf PAGESIZE)" "granule"
ok "map kernel --json succeeds" to "$RESULTS/kernel.json" pgtop map kernel --json
is "$(json "$RESULTS/kernel.json" '[.not_identity, .read_errors, .bad_frames]')" \
	"[0,0,0]" "every leaf of the linear map is an identity"
ok "map --svg" pgtop map kernel --svg "$RESULTS/kernel.svg"
done_testing
