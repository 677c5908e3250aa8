#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A directory of metrics that is somebody else's: pgtopd keeps no right to pass over owners, so it
# begins no file there that it could not remove, and says what to do.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/pgtopd.sh
. "$(dirname "$0")/../pgtopd.sh"

[ "$(id -u)" = 0 ] || skip_all "not root"
nobody=$(id -u nobody)
chmod 755 "$T"
mkdir "$T/prom"
chmod 755 "$T/prom"
file=$T/prom/pgtop.prom
configure '[daemon]' 'processes = 0' '[export]' 'enabled = yes' "textfile = $file" 'period = 0s'

chown nobody "$T/prom"
ok "pgtopd starts where it may not write" start
ok "... and says so" wait_for 10 logged "$file cannot be written: Permission denied"
ok "... whose the directory is and what to do" logged \
	"$T/prom belongs to user $nobody .*mode 0755; pgtopd writes as user 0 without CAP_DAC_OVERRIDE: chown or chgrp"
stop TERM
is "$status" 0 "it ends"
is "$(ls -A "$T/prom")" "" "nothing was ever written there"

chown root "$T/prom"
ok "pgtopd starts where it may" start
ok "... and writes" wait_for 10 test -s "$file"
chown nobody "$T/prom"
ok "the directory changes hands: that is said" wait_for 15 logged "cannot be written: Permission denied"
stop TERM
is "$status" 0 "it ends"
ok "a file that is left is told" test -e "$file"
ok "... with the reason" logged "$file cannot be removed: Permission denied .*belongs to user $nobody"

rm "$file"
chown root "$T/prom"
ok "pgtopd starts once more" start
ok "... and writes" wait_for 10 test -s "$file"
stop TERM
is "$(ls -A "$T/prom")" "" "a clean stop leaves nothing"
is "$(grep -c 'cannot be' "$log")" 0 "... and complains of nothing"
done_testing
