#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# pgtopd on many machines: boots, other writers, settings of a fleet; on a machine made of files.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/pgtopd.sh
. "$(dirname "$0")/../pgtopd.sh"

top=$(dirname "$0")/../..
root=$T/root
case $(uname -m),$(getconf PAGESIZE) in
x86_64,*) kb=2048 lever=mthp.2M ;;
aarch64,4096) kb=64 lever=mthp.64K ;;
*) skip_all "no size of lever is known for this machine" ;;
esac
knob=$root/sys/kernel/mm/transparent_hugepage/hugepages-${kb}kB/enabled

mkdir "$root"
echo dense >"$root/load"
"$top/tests/fakemachine.py" "$root" "$kb" >"$T/machine" 2>&1 &
at_exit end $!
wait_for 30 grep -q ready "$T/machine"

# tune LINE...: a configuration for short trials; LINEs of [policy]
tune()
{
	configure "mode = tune" "[trial]" "baseline_windows = 4" "settle_windows = 3" \
		"measure_windows = 4" "confirm = no" "[policy]" "$@"
}

chosen()
{
	[ "$(sed 's/.*\[\(.*\)\].*/\1/' "$knob")" = "$1" ]
}

begin()
{
	wait_for 30 grep -q '\[' "$knob"
	start --root "$root"
}

decided()
{
	logged "^pgtopd: $lever: $1 \["
}

in_state()
{
	[ "$(status ".levers[] | select(.name == \"$lever\").state")" = "$1" ]
}

# blocked_by TEXT: that is why the lever is not tried
blocked_by()
{
	[[ $(status ".levers[] | select(.name == \"$lever\").why") == *"$1"* ]]
}

# up SECONDS [BOOT]: the machine was booted so long ago, for the BOOT-th time
up()
{
	echo "$1.25 9.00" >"$root/proc/uptime"
	[ -z "${2-}" ] || echo "0000000$2-1111-2222-3333-444444444444" >"$root/proc/sys/kernel/random/boot_id"
}

# --- settings of the boot are waited for

up 585 1
tune
ok "pgtopd starts while the machine boots" begin
echo madvise >"$knob"
wait_for 30 chosen madvise
ok "status: settings of the boot are waited for" wait_for 12 blocked_by "settings of the boot are waited for"
ok "a setting of the boot is no yield: the lever is tried when boot_wait is over" \
	wait_for 40 decided try
ok "... and what the boot has set is not overwritten before" chosen madvise

# --- somebody's word ends with the boot

echo never >"$knob"
ok "written afterwards: yielded" wait_for 20 decided yield
stop
ok "restarted within the boot" begin
ok "... still yielded" in_state yielded
stop
up 1000 2
echo madvise >"$knob"
ok "booted since, and nobody has written that again" begin
ok "... no longer yielded" wait_for 20 decided release
like "$(grep release "$log")" 'the machine was booted since somebody else wrote its knob' "... because of the boot"
stop

done_testing
