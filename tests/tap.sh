# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What shell tests on the host and in the VM use; sourced in their first line.
#
#   ok DESC CMD...              CMD succeeds (its output is shown when it does not)
#   is GOT WANT DESC            equal strings
#   isnt GOT UNWANTED DESC
#   like GOT REGEX DESC         bash (POSIX extended) expression
#   cmp_ok A OP B DESC          integers; OP is one of -eq -ne -lt -le -gt -ge
#   pass DESC; fail DESC
#   skip REASON [DESC]          one check that cannot run here; fails with MUST_RUN=1
#   skip_all REASON             the whole test cannot run here
#   diag TEXT...
#   done_testing                last line of each test
#
#   wait_for SECONDS CMD...     polls until CMD succeeds; false at the deadline
#   set_knob FILE VALUE         writes; the old value returns when the test ends
#   at_exit CMD...              runs when the test ends, last one first
#   end PID...                  kills those that are still children of this shell, and waits for them
#   json FILE FILTER            what jq's FILTER makes of FILE; strings as they are
#   doctor_row FILE NAME KEY    a value of the row NAME in FILE, made by pgtop doctor --json
#
# Variables: T (temporary directory on disk, removed at the end).

set -u

_tap_run=0
_tap_failed=0
_tap_done=0
_tap_loud=
_at_exit=()

T=$(mktemp -d /var/tmp/test.XXXXXX)
export T

_cleanup()
{
	local status=$? i
	for ((i = ${#_at_exit[@]} - 1; i >= 0; i--)); do
		eval "${_at_exit[i]}"
	done
	rm -rf "$T"
	if [ $status -eq 0 ]; then
		[ $_tap_done -eq 1 ] || status=3
		[ $_tap_failed -eq 0 ] || status=1
	fi
	exit $status
}
trap _cleanup EXIT
trap 'exit 143' TERM INT HUP

at_exit()
{
	_at_exit+=("$(printf '%q ' "$@")")
}

# A PID that has ended is soon another's: of another test that runs beside this one.
end()
{
	local pid parent
	for pid; do
		parent=$(sed -n 's/^PPid:\t//p' "/proc/$pid/status" 2>/dev/null)
		[ "$parent" = $$ ] || [ "$parent" = "$BASHPID" ] || continue
		kill -KILL "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	return 0
}

diag()
{
	local text=$*
	_tell "# ${text//$'\n'/$'\n'# }"
}

# a "#" would start a TAP directive
_desc()
{
	echo "${*//#/}"
}

pass()
{
	_tap_run=$((_tap_run + 1))
	_tap_loud=
	echo "ok $_tap_run - $(_desc "$@")"
}

# prove drops comments: those on a failure are on stderr, too
_tell()
{
	echo "$1"
	[ -z "$_tap_loud" ] || echo "$1" >&2
}

fail()
{
	_tap_run=$((_tap_run + 1))
	_tap_failed=$((_tap_failed + 1))
	_tap_loud=${HARNESS_ACTIVE-}
	_tell "not ok $_tap_run - $(_desc "$@")"
	return 1
}

skip()
{
	if [ "${MUST_RUN-}" = 1 ]; then
		fail "${2-} (skipped, but MUST_RUN=1: $1)"
		return
	fi
	_tap_run=$((_tap_run + 1))
	echo "ok $_tap_run - $(_desc "${2-}") # SKIP $1"
}

skip_all()
{
	if [ $_tap_run -gt 0 ] || [ "${MUST_RUN-}" = 1 ]; then
		skip "$1" "the rest"
		done_testing
	else
		echo "1..0 # SKIP $1"
	fi
	_tap_done=1
	exit 0
}

done_testing()
{
	echo "1..$_tap_run"
	_tap_done=1
}

ok()
{
	local desc=$1
	shift
	# not in a subshell: CMD may be one of ours and call at_exit
	if "$@" >"$T/.ok" 2>&1; then
		pass "$desc"
	else
		fail "$desc"
		diag "failed: $*"
		[ ! -s "$T/.ok" ] || diag "$(<"$T/.ok")"
		return 1
	fi
}

is()
{
	[ "$1" = "$2" ] && { pass "$3"; return; }
	fail "$3"
	diag "got:  '$1'"
	diag "want: '$2'"
	return 1
}

isnt()
{
	[ "$1" != "$2" ] && { pass "$3"; return; }
	fail "$3"
	diag "got '$1', which it must not be"
	return 1
}

like()
{
	[[ $1 =~ $2 ]] && { pass "$3"; return; }
	fail "$3"
	diag "got:  '$1'"
	diag "want: /$2/"
	return 1
}

cmp_ok()
{
	test "$1" "$2" "$3" && { pass "$4"; return; }
	fail "$4"
	diag "'$1' $2 '$3' does not hold"
	return 1
}

wait_for()
{
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

_restore()
{
	printf '%s\n' "$2" >"$1"
}

set_knob()
{
	local file=$1 old
	old=$(<"$file") || return 1
	# "always [madvise] never" means madvise
	[[ $old =~ \[([^]]+)\] ]] && old=${BASH_REMATCH[1]}
	at_exit _restore "$file" "$old"
	printf '%s\n' "$2" >"$file"
}

json()
{
	jq -rc "$2" "$1"
}

doctor_row()
{
	json "$1" "[.rows[] | select(.name == \"$2\")][0] | if . then .$3 else \"no row\" end"
}
