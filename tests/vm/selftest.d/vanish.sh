#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The machine is gone before the agent can say anything.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

pass good
poweroff -ff
sleep 60
