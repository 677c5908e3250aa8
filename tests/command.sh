# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What tests of the command line $PGTOP share; sourced after tap.sh.

# run CMD...: its output in $T/out, $T/err, its status in $status
run()
{
	status=0
	"$@" >"$T/out" 2>"$T/err" </dev/null || status=$?
}

one_sentence()
{
	[ "$(wc -l <"$T/err")" = 1 ] && grep -q '^pgtop: ' "$T/err"
}

# refused STATUS REGEX ARG...: one clear sentence and that exit status, nothing on stdout
refused()
{
	local want=$1 regex=$2
	shift 2
	run "$PGTOP" "$@"
	is "$status" "$want" "pgtop $*: exit status $want"
	like "$(<"$T/err")" "$regex" "pgtop $*: names what is wrong"
	ok "pgtop $*: one sentence" one_sentence
	is "$(wc -c <"$T/out")" 0 "pgtop $*: no output"
}

# width: of the longest line of the output
width()
{
	awk '{ if (length > n) n = length } END { print n + 0 }' "$T/out"
}
