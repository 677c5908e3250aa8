#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A PMU that counts TLB misses, on a core with fewer counters than there are events to count: the
# self-test passes, an event that counts nothing is found, and the kernel takes turns.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"
# shellcheck source=tests/pmu.sh
. "${VM_TAP_PMU:-/opt/pgtop/pmu.sh}"

PROGS=/opt/pgtop/bin TOOLS=/opt/pgtop/bin
ok "a model answers" to "$T/told" "$TOOLS/modelcounts"

# The only L2 of these TLBs counts as one for data: an event that is listed, opens, and stays 0.
watch walk_cycles=r2e
for role in instructions dtlb_walk itlb_walk l1d_refill cycles; do
	like "$(grep "^probe pmu\.$role " "$T/probe")" ' ok ' "$role passes the self-test on few counters"
done
like "$(grep "^probe pmu.walk_cycles " "$T/probe")" 'unavailable r2e opens but counts nothing' \
	"a silent event is found, and does not silence the others"

"$TOOLS/chase" 4000 2000 blind
reading
diag "$(grep '^event' "$T/reading")"
cmp_ok "$(event dtlb_walk/user 3)" -lt "$(event dtlb_walk/user 2)" "its counter was lent to others part of the time"
stop
done_testing
