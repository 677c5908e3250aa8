#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs past its own deadline.
# deadline: 3
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

pass good
sleep 1000
done_testing
