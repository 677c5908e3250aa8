# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Pieces shared by the host-side scripts of the VM harness; sourced, never run.
#
# Convention: a missing prerequisite (program, architecture, package, network)
# ends a script with status $E_PREREQ and one line on stderr that says what is
# missing and what to do. tests/vm/run turns that into a skip, or, with
# MUST_RUN=1, into a failure.

# shellcheck disable=SC2034 # used by the scripts that source this file
E_PREREQ=77
# What the archive published once and does not any more, and what is built only on demand:
# a skip with MUST_RUN=1, too
# shellcheck disable=SC2034
E_GONE=78

vm_dir=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# what tests the series of kernel/, not pgtop: shared by boot, run, image and kernel/tests
# shellcheck disable=SC2034
series_tests=$vm_dir/../../kernel/tests
cache=${PGTOP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pgtop}/vm

say()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die()
{
	say "$*"
	exit 1
}

missing()
{
	say "missing: $*"
	exit $E_PREREQ
}

# need PROGRAM PACKAGE: ends the script unless PROGRAM can be run
need()
{
	command -v "$1" >/dev/null || missing "the program $1 (Debian package $2)"
}

# Kernel parameters: an emulated CPU hardly runs while another invalidates TLBs without a pause,
# as each TLBI stops all of them; one missed nine of ten timer ticks with interrupts on, for
# longer than the 20 seconds that watchdogs bear. What hangs for two minutes is still told.
# shellcheck disable=SC2034 # used by boot and mini
patient="watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120"

# digest: short hash of stdin, for cache keys
digest()
{
	sha256sum | cut -c1-16
}

# arch_of FLAVOUR: Debian's name of the architecture of that kernel
arch_of()
{
	case $1 in
	x86-*) echo amd64 ;;
	*) echo arm64 ;;
	esac
}

# take_turn: waits until fewer than VM_JOBS (2) machines run, which this script then does as
# long as descriptor 8 is open; deadlines mean little when TCG shares the CPUs with many
take_turn()
{
	local n told=
	while :; do
		for ((n = 1; n <= ${VM_JOBS:-2}; n++)); do
			exec 8>"$cache/qemu.lock.$n"
			! flock -n 8 || return 0
		done
		[ -n "$told" ] || say "waiting for another machine"
		told=1
		sleep 1
	done
}
