#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Walks of all processes and of the linear map, one after the other, beside mmap, mprotect,
# munmap, fork, exec and exit: no impossible frame, no read error, no word from the kernel.
# CHURN_SECONDS: how long (20).
# alone: it keeps the CPUs busy and reads the kernel log
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/pagewalk.sh
. "$(dirname "$0")/../pagewalk.sh"

need_walk process
need_walk kernel
seconds=${CHURN_SECONDS:-20}
dmesg >"$T/dmesg.before" 2>/dev/null
"$TOOLS/churn" "$seconds" >"$T/churn" &
churn=$!
"$pagewalk" -t "$seconds" all >"$T/walk"
is "$(tail -n 1 "$T/walk")" "result ok" "walks of all processes for $seconds s"
wait $churn
# how many is a matter of the machine
cmp_ok "$(key "$T/churn" maps)" -gt "$seconds" "there was something to disturb them"
cmp_ok "$(key "$T/churn" forks)" -gt "$seconds" "and processes that end"
cmp_ok "$(key "$T/walk" walks)" -gt $((10 * seconds)) "and they were many"
is "$(key "$T/walk" ever.bad_frames)" 0 "no entry named an impossible frame"
is "$(key "$T/walk" ever.read_errors)" 0 "no table could not be read"
is "$(key "$T/walk" ever.not_identity)" 0 "no leaf of the linear map was out of place"
diag "$(key "$T/walk" walks) walks, $(key "$T/walk" ever.ended) of processes that ended," \
	"beside $(key "$T/churn" maps) maps and $(key "$T/churn" forks) forks"
if dmesg >"$T/dmesg" 2>/dev/null; then
	is "$(diff "$T/dmesg.before" "$T/dmesg" | grep '^>' | grep -E 'WARN|BUG|KASAN|RCU|rcu:|lockdep|soft lockup|Oops|Bad page')" \
		"" "the kernel did not complain"
else
	skip "the kernel log cannot be read" "the kernel did not complain"
fi
done_testing
