#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The machine is the one the matrix asked for, and a real one: systemd, BTF, swap,
# modules, huge pages of every kind the other tests use.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

declare -A page_size=([4k]=4096 [16k]=16384)

case $VM_FLAVOUR in
x86-*) machine=x86_64 contpte= ;;
*) machine=aarch64 contpte=CONFIG_ARM64_CONTPTE ;;
esac
is "$(uname -m)" $machine "the machine is $machine"
is "$(getconf PAGESIZE)" "${page_size[$VM_FLAVOUR]-$(getconf PAGESIZE)}" \
	"page size of flavour $VM_FLAVOUR"
is "$(</proc/1/comm)" systemd "PID 1 is systemd"
is "$(timeout 100 systemctl is-system-running --wait)" running "the system is running" ||
	diag "$(systemctl --failed --no-legend)"
is "$(nproc)" "$VM_SMP" "number of CPUs"
is "$(id -u)" 0 "tests run as root"

for word in $VM_APPEND; do
	like " $(</proc/cmdline) " " $word " "command line has $word"
done

lva='52-bit Virtual Addressing (LPA2)'
case $machine,$VM_CPU in
aarch64,max,*lpa2=off* | aarch64,neoverse-n1*)
	is "$(dmesg | grep -cF "detected: $lva")" 0 "a CPU without LPA2: no 52-bit addresses" ;;
aarch64,max*)
	is "$(dmesg | grep -cF "detected: $lva")" 1 "52-bit addresses" ;;
esac

cmp_ok "$(stat -c %s /sys/kernel/btf/vmlinux)" -gt 1000000 "BTF of the kernel"
ok "tracefs" test -e /sys/kernel/tracing/available_filter_functions
is "$(head -c 4 /proc/pressure/memory)" some "PSI is on"
# Debian's 6.1 lacks these
newer=''
kernel_at_least 6 8 && newer="CONFIG_KALLSYMS_ALL $contpte"
for option in CONFIG_{SWAP,MIGRATION,HUGETLBFS,USERFAULTFD,TRANSPARENT_HUGEPAGE,SHMEM} $newer; do
	is "$(kconfig "$option")" y "$option is built in"
done
[ -z "$newer" ] || ok "64 KiB huge pages have a directory" \
	test -d /sys/kernel/mm/transparent_hugepage/hugepages-64kB

ok "modprobe finds the kernel's modules" modprobe zram
is "$(stat -c %F /dev/zram0)" "block special file" "zram made its device"
udevadm settle -t 60 # udev has opened it
ok "... and is gone again" wait_for 60 modprobe -r zram
ok "swap on the scratch disk" swap_on 65536
cmp_ok "$(awk '/^SwapTotal:/ { print $2 }' /proc/meminfo)" -gt 60000 "swap has a size"

mem=$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)
cmp_ok "$mem" -gt 100000 "MemTotal is known"
diag "MemTotal $mem kB, $(uname -r)"
cp /proc/meminfo /proc/iomem "$RESULTS"

done_testing
