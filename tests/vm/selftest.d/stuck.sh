#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Never ends, and says it may take long.
# deadline: 1000
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

sleep 1000
