#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What `make vm-newest` reports, from logs written by hand.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

report=$(dirname "$0")/../vm/newest
mkdir "$T/newest"

ok "without a verdict, it fails" sh -c "! '$report' '$T/newest' 2>'$T/why'"
is "$(<"$T/why")" "newest: newest did not run" "... and says so"

# the first line of the console of Debian's 7.3 for arm64
printf '[    0.000000] Linux version 7.3.4+deb13-arm64 (debian-kernel@lists.debian.org) (aarch64-linux-gnu-gcc-14 (Debian 14.2.0-19) 14.2.0, GNU ld (GNU Binutils for Debian) 2.44) #1 SMP Debian 7.3.4-1~bpo13+1 (2026-11-20)\r\n' \
	>"$T/newest/console.log"
cat >"$T/newest/verdict" <<-'END'
	ok - newest/smoke: BTF of the kernel
	ok - newest/pmu: counts # SKIP no PMU
	ok - newest: no kernel complaint on the console
END
ok "all well: exit status 0" sh -c "'$report' '$T/newest' >'$T/report'"
is "$(<"$T/report")" "newest: Linux 7.3.4+deb13-arm64 (Debian 7.3.4-1~bpo13+1)
3 checks, 1 skipped, 0 failed" "... and the report"

cat >>"$T/newest/verdict" <<-'END'
	not ok - newest/linmap: a split: by set_memory
	not ok - newest/cli: the row
	# a line of a test
	not ok - newest/linmap: the sum
	not ok - newest: the kernel complained
END
ok "something broke: exit status 1" sh -c "! '$report' '$T/newest' >'$T/report'"
is "$(<"$T/report")" "newest: Linux 7.3.4+deb13-arm64 (Debian 7.3.4-1~bpo13+1)
7 checks, 1 skipped, 4 failed
  linmap
    a split: by set_memory
    the sum
  cli
    the row
  the machine itself
    the kernel complained" "... and what, by test"

: >"$T/newest/console.log"
like "$("$report" "$T/newest")" "^newest: a kernel that never said its name" "a silent console"
done_testing
