#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Skips.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

skip "as asked" something
done_testing
