#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# All is well.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

pass good
done_testing
