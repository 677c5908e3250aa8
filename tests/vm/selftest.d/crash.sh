#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel panics.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

pass good
echo c >/proc/sysrq-trigger
sleep 60
