#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deadline: 240
#
# The machine has booted again. What the journal tells of was in a kernel that is gone: nothing
# is written, even where a knob holds the very word that pgtopd had written.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

dir=/sys/kernel/mm/transparent_hugepage/hugepages-64kB
knob=$dir/enabled state=/var/lib/pgtop min_free=/proc/sys/vm/min_free_kbytes

chosen()
{
	[ "$(grep -o '\[.*\]' $knob)" = "[$1]" ]
}

mkdir -p $state /run/pgtop
ok "the disk of the journal" mount "$(disk state)" $state
ok "the knob is as the kernel makes it" chosen never
journal=$(<$state/journal)
like "$journal" "\"path\":\"$knob\"" "the journal holds the knob"
like "$journal" '"original":"never"' "... and its original"
like "$journal" '"path":"/proc/sys/vm/min_free_kbytes"' "... and what could move with it"
like "$journal" '"original":"20000"' "... and its original"
isnt "$(grep -c "$(</proc/sys/kernel/random/boot_id)" $state/journal)" 1 "... of another boot"

# an administrator wants the same word, and a number of his own
echo always >$knob
echo 23456 >$min_free
sed -i 's/^mode = tune/mode = observe/' $state/pgtopd.conf
pgtopd --config $state/pgtopd.conf 2>"$T/log" &
daemon=$!
ok "pgtopd starts" wait_for 120 grep -q '^pgtopd: started' "$T/log" || diag "$(<"$T/log")"
like "$(<"$T/log")" "the machine was booted while 2 knobs were changed" "... says what was"
ok "... the knob is left alone" chosen always
is "$(<$min_free)" 23456 "... and min_free_kbytes"
pgtop policy status --json >"$T/status"
is "$(json "$T/status" .status.journal.knobs)" 0 "... the journal is clean"
pgtop policy log --json >"$T/decisions"
is "$(json "$T/decisions" '[.decisions[] | select(.lever == "mthp.64K").action][-1]')" \
	apply "... and knows the decision the power cut ended"
kill $daemon
wait $daemon
is $? 0 "it ends"
ok "... the knob is left alone" chosen always
is "$(<$min_free)" 23456 "... and min_free_kbytes"
ok "--restore has nothing to do" pgtopd --restore --config $state/pgtopd.conf
ok "... the knob is left alone" chosen always
is "$(<$min_free)" 23456 "... and min_free_kbytes"
umount $state
done_testing
