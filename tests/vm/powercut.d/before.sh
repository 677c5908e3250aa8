#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deadline: 360
#
# Brings a trial under way and says "now": then the power fails.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

knob=/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled
state=/var/lib/pgtop

chosen()
{
	[ "$(grep -o '\[.*\]' $knob)" = "[$1]" ]
}

mkdir -p $state /run/pgtop
ok "a disk for the journal" mount "$(disk state)" $state
echo never >$knob
echo 20000 >/proc/sys/vm/min_free_kbytes
cat >$state/pgtopd.conf <<'END'
[daemon]
mode = tune
window = 2s
processes = 0
[policy]
boot_wait = 0
[trial]
baseline_windows = 3
settle_windows = 60
[guards]
# a small machine under emulation is short of time, not of memory
psi_full_max = 50%
[export]
enabled = no
END
work dense >/dev/null &
pgtopd --config $state/pgtopd.conf 2>"$T/log" &
ok "64K is tried" wait_for 300 grep -q '^pgtopd: mthp.64K: apply \[' "$T/log" ||
	diag "$(<"$T/log")"
ok "... the knob is written" wait_for 60 chosen always
diag now
sleep infinity
