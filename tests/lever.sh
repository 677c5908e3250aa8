# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # variables of who sources it, and of pgtopd.sh
#
# What tests of one lever on a machine of files share; sourced after pgtopd.sh, with $root, $knob and
# $lever set.
#
#   chosen WORD         the knob holds it; just written, it has no brackets in the machine of files
#   begin               pgtopd starts when the knob shows what was written to it, as the kernel's
#                       does at once
#   decided ACTION      such a decision about the lever is in the log
#   in_state STATE      status says that of the lever

chosen()
{
	[ "$(sed 's/.*\[\(.*\)\].*/\1/' "$knob")" = "$1" ]
}

begin()
{
	wait_for 90 grep -q '\[' "$knob"
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
