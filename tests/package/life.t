#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the maintainer scripts of the packages in $DEBS/SUITE do, in systems without a running systemd.
# debs.t builds them. SUITES="bookworm trixie" names other suites.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

: "${DEBS:?}"
top=$(cd "$(dirname "$0")/../.." && pwd)
[ "$(id -u)" = 0 ] || skip_all "not root"
version=$(cd "$top" && dpkg-parsechangelog -S Version)

# next_version DIR: of the packages in DIR/debs in DIR/next, the same but for a changed configuration
next_version()
{
	local deb
	for deb in "$1/debs"/*.deb; do
		dpkg-deb -R "$deb" "$T/tree"
		sed -i "s/^Version: .*/&+next/" "$T/tree/DEBIAN/control"
		[ ! -e "$T/tree/etc/pgtop/pgtopd.conf" ] || echo '# of the next version' >>"$T/tree/etc/pgtop/pgtopd.conf"
		dpkg-deb --root-owner-group -b "$T/tree" "$1/next/${deb##*/}" >/dev/null
		rm -r "$T/tree"
	done
}

# live SUITE: in a system of its own; what that says is indented
live()
{
	local work=$T/$1 system
	system=$("$top/scripts/chroot" base "$1") || return
	mkdir -p "$work/debs" "$work/next"
	cp "$DEBS/$1"/*_{all,"$(dpkg --print-architecture)"}.deb "$work/debs" || return
	rm -f "$work/debs"/*dbgsym*
	next_version "$work"
	echo "$version" >"$work/version"
	sed -n 's/^VERSION := //p' "$top/Makefile" >"$work/upstream"
	cp "$top/tests/tap.sh" "$top/tests/package/life.sh" "$work"
	cp -r "$top/tests/compat/0.1.0" "$work/old"
	"$top/scripts/chroot" run "$system" "$work" MUST_RUN="${MUST_RUN-}" bash /mnt/life.sh >"$work/tap" 2>&1
}

chmod 755 "$T"
for suite in ${SUITES:-bookworm trixie}; do
	status=0
	live "$suite" || status=$?
	sed 's/^/    /' "$T/$suite/tap"
	is "$status" 0 "$suite: installed, upgraded, removed, purged" ||
		diag "$(grep -A 6 '^not ok' "$T/$suite/tap" || tail -n 5 "$T/$suite/tap")"
	like "$(<"$T/$suite/tap")" '1\.\.[0-9]+$' "$suite: to the end"
done
done_testing
