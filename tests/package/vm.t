#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The arm64 packages of Debian 12 in a machine with systemd: see vm.d/package.sh. Its user land has no
# record of its own packages, so that dpkg is told to take their presence for granted.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

: "${DEBS:?}"
top=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$T/payload/debs" "$T/payload/next" "$T/out"
cp "$DEBS"/bookworm/{pgtop-tlb,pgtopd}_*_arm64.deb "$T/payload/debs" || skip_all "no packages for arm64 in $DEBS"
cp -r "$top/debian/tests" "$T/payload/autopkgtests"
dpkg-deb -R "$T"/payload/debs/pgtopd_*.deb "$T/tree"
sed -i "s/^Version: .*/&+next/" "$T/tree/DEBIAN/control"
dpkg-deb --root-owner-group -b "$T/tree" "$T/payload/next/pgtopd.deb" >/dev/null

status=0
VM_PACKAGES="dpkg init-system-helpers perl-base curl prometheus-node-exporter" "$top/tests/vm/boot" -o "$T/out" \
	-d 3600 -T "$top/tests/package/vm.d" -t package -p "$T/payload" >"$T/log" 2>&1 || status=$?
[ $status != 77 ] || skip_all "$(sed -n 's/^[a-z]*: missing: //p' "$T/log" | tail -n 1)"
is "$status" 0 "the machine boots" || diag "$(tail -n 5 "$T/log")"
"$top/tests/vm/judge" package "$T/out" package >"$T/verdict" || status=$?
sed 's/^/    /' "$T/verdict"
is "$status" 0 "the packages in it" || diag "$(grep -A 4 '^not ok' "$T/verdict")"
done_testing
