#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# One check fails; a skip after it changes nothing.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

fail bad
skip "no reason" later
done_testing
