#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# How many of the TLB flushes of stock arm64 kernels pgtop can see: known loads in QEMU, where a
# plugin counts how often the CPU waits for TLBI instructions. One CPU, so that each wait is one
# flush. KERNELS= names the flavours (tests/vm/image), such as "4k 6.18 7.3".
set -eu

here=$(cd "$(dirname "$0")" && pwd)
: "${PAYLOAD:?}" "${PLUGIN:?}"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

echo "TLB flushes that pgtop counts, of the times the CPU waited for TLBI"
for kernel in ${KERNELS:-7.3}; do
	echo "stock $kernel: booting, then about a minute" >&2
	"$here/../vm/boot" -o "$out/$kernel" -f "$kernel" -s 1 -d 1200 -T "$here/vm.d" -t share \
		-p "$PAYLOAD" -- -plugin "$PLUGIN,out=$out/$kernel.counts"
	grep -q '^@end share 0 ' "$out/$kernel/tap" || { cat "$out/$kernel/tap"; exit 1; } >&2
	"$here/flush-table" "$out/$kernel/tap" "$out/$kernel.counts"
done
