#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The tool beside its peers on arm64: Debian's stock kernel in QEMU (TCG, 2 CPUs), one run.
# Ratios say something there; milliseconds are those of the emulation.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
: "${PAYLOAD:?}"
cache=${PGTOP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pgtop}/bench
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

cp -r "$PAYLOAD" "$out/payload"
mkdir "$out/payload/bench"
cp "$here"/{startup,daemon,pagewalk}.sh "$out/payload/bench/"
[ ! -f "$cache/thpmaps" ] || install -D "$cache/thpmaps" "$out/payload/cache/bench/thpmaps"
echo "arm64 machine: booting, then about 4 minutes" >&2
VM_PACKAGES="bpftrace python3-numpy" "$here/../vm/boot" -o "$out/vm" -m 4G -d 1800 \
	-T "$here/vm.d" -t cost -p "$out/payload"
sed -n 's/^# \(arm64, \)/\1/p' "$out/vm/tap"
sed -n 's/^# figure //p' "$out/vm/tap" >>"${FIGURES:-/dev/null}"
grep -q '^@end cost 0 ' "$out/vm/tap" || { cat "$out/vm/tap"; exit 1; } >&2
