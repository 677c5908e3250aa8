#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The first line of a splat appears in the kernel log.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

ok "writes the kernel log" tee /dev/kmsg <<<"WARNING: CPU: 0 PID: 1 at selftest"
done_testing
