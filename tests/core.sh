# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What tests of core_loss (tests/progs) share; sourced after tests/tap.sh.

# What tells the folio behind a page; kernels have compound_head or compound_info.
# shellcheck disable=SC2034 # used by the tests
folio_losses="task_struct.stack: pagewalk.folios unavailable
task_struct.stack_vm_area: pagewalk.folios unavailable
vm_struct.pages: pagewalk.folios unavailable
vm_struct.nr_pages: pagewalk.folios unavailable
page.compound_head: pagewalk.folios unavailable
page.compound_info: pagewalk.folios unavailable
folio.mapping: pagewalk.folios unavailable
PG_head: pagewalk.folios unavailable"

# expect_losses FILE: what is gone in FILE, the output of core_loss, costs what standard input says,
# a line "NAME: ROW STATE, ..." each; what is not there costs nothing. A line for what this kernel
# lacks is ignored.
expect_losses()
{
	local what name lost n=0
	declare -A want=()
	while IFS= read -r what; do
		want[${what%%:*}]=${what#*: }
	done
	while read -r what name lost; do
		case $what in
		gone) is "$lost" "${want[${name%:}]-}" "without ${name%:}" ;;
		nested | moved) is "$lost" "" "$what ${name%:}: nothing is lost" ;;
		end) n=$name ;;
		esac
	done <"$1"
	cmp_ok "$n" -gt 40 "to the end: $n members and values"
}
