#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The KUnit tests of the series, which ran while the machine booted. The host reads their results
# with the kernel's own parser (kernel/tests/kunit/results).
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

need_config CONFIG_ARM64_LINEAR_MAP_KUNIT_TEST
ktap=/sys/kernel/debug/kunit/arm64_linear_map/results
ok "the suite has results" grep -q "^KTAP" $ktap
cp $ktap "$RESULTS/kunit"
linmap_want >"$RESULTS/kunit-mode"
done_testing
