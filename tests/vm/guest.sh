# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What a guest test (tests/vm/t/*.sh) uses; first line of each test:
#
#   . "${VM_LIB:-/opt/pgtop/guest.sh}"
#
# All of tests/tap.sh, and:
#
#   kconfig CONFIG_X            prints y, m, a value, or nothing
#   need_config CONFIG_X...     skip_all unless each is y or m
#   swap_on [KIB]               swap on the scratch disk (1 GiB), off at the end
#   disk SERIAL                 device of the disk root, payload, results or scratch
#   to FILE COMMAND...          its output to FILE; ok() alone would show it
#   width FILE                  of its longest line
#   kernel_at_least MAJOR MINOR
#   kernel_splits               this kernel splits live blocks of the linear map on these CPUs
#   linmap_want                 mode the linear map is to have, by CPU and command line:
#                               pte, block, block_split or repainted
#
# Variables: VM_FLAVOUR (4k, 16k), VM_CPU, VM_MEMORY, VM_SMP, VM_APPEND (the words
# the matrix adds to the command line), RESULTS (files here reach the host).

# shellcheck source=tests/tap.sh
. "${VM_TAP:-/opt/pgtop/tap.sh}"

kconfig()
{
	sed -n "s/^$1=//p" /opt/pgtop/kernel-config 2>/dev/null | tr -d '"'
}

need_config()
{
	local name
	for name; do
		[[ $(kconfig "$name") == [ym] ]] || skip_all "kernel without $name"
	done
}

disk()
{
	local serial
	for serial in /sys/block/*/serial; do
		[ "$(<"$serial")" = "$1" ] || continue
		serial=${serial%/serial}
		echo "/dev/${serial##*/}"
		return 0
	done
	return 1
}

swap_on()
{
	local device
	device=$(disk scratch) || return 1
	mkswap "$device" ${1:+"$1"} >/dev/null && swapon "$device" || return 1
	at_exit swapoff "$device"
	udevadm settle -t 60 # the device was written: udev looks what it is now
}

to()
{
	local file=$1
	shift
	"$@" >"$file"
}

width()
{
	awk '{ if (length > n) n = length } END { print n }' "$1"
}

# kernel_at_least MAJOR MINOR: the running kernel is that or newer
kernel_at_least()
{
	local release major minor
	release=$(uname -r)
	major=${release%%.*} minor=${release#*.}
	minor=${minor%%.*}
	((major > $1 || (major == $1 && minor >= $2)))
}

# This kernel splits live blocks on these CPUs: cores are on its list (0xc00fac40 is AMPERE1A,
# 0x410fd8e0 Neoverse N3: supports_bbml2_noabort_list in arch/arm64/kernel/cpufeature.c).
kernel_splits()
{
	case $VM_CPU in
	*midr=0xc00fac40*) [ -d /sys/kernel/mm/linear_map ] || kernel_at_least 6 18 ;;
	*midr=0x410fd8e0*) kernel_at_least 7 3 ;;
	*) false ;;
	esac
}

# A kernel that splits on demand has blocks, unless it is told not to; any other has pages if
# single ones may change.
linmap_want()
{
	local words=" $VM_APPEND "
	if [[ $words == *" rodata="@(on|noalias)" "* && $words == *" kfence.sample_interval=100 "* ]]; then
		echo block
	elif ! kernel_splits || [[ $words == *" linear_map.bbml2=off "* ]]; then
		echo pte
	elif [[ $words == *" linear_map.bbml2=boot-only "* && $words != *" maxcpus=1 "* ]]; then
		echo repainted
	else
		echo block_split
	fi
}
