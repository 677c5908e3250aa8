#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Debian packages are built from the tarball with all tests and without a word of lintian's; once more
# in another directory, they are the same to the byte. They go to $DEBS/SUITE.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

: "${DEBS:?}" "${TARBALL:?}"
top=$(cd "$(dirname "$0")/../.." && pwd)
[ "$(id -u)" = 0 ] || skip_all "not root"
native=$(dpkg --print-architecture)
foreign=arm64
[ "$native" != arm64 ] || foreign=amd64

# sums DIR: of the packages in it
sums()
{
	(cd "$1" && sha256sum -- *.deb *.dsc *.debian.tar.xz)
}

# program DEB FILE: what kind it is, and how it is hardened
hardened()
{
	rm -rf "$T/x"
	dpkg-deb -x "$1" "$T/x"
	readelf -hW "$T/x/$2" | awk '/Type:/ { print $2 }'
	readelf -dW "$T/x/$2" | grep -oE 'BIND_NOW' | head -n 1
	readelf -lW "$T/x/$2" | grep -oE 'GNU_RELRO'
}

for suite in bookworm trixie; do
	ok "$suite: built, tested, no complaint of lintian" "$top/scripts/deb" -s $suite -o "$DEBS/$suite" "$TARBALL"
	ok "$suite: again" "$top/scripts/deb" -n -s $suite -o "$T/$suite" "$TARBALL"
	is "$(sums "$T/$suite")" "$(sums "$DEBS/$suite")" "$suite: the same to the byte"
	for file in pgtop-tlb:usr/sbin/pgtop pgtopd:usr/sbin/pgtopd pgtopd:usr/libexec/pgtop-opener; do
		is "$(hardened "$DEBS/$suite/${file%%:*}"_*_"$native.deb" "${file#*:}" | xargs)" "DYN BIND_NOW GNU_RELRO" \
			"$suite: ${file##*/} is hardened"
	done
	ok "$suite: cross build for $foreign" "$top/scripts/deb" -s $suite -a $foreign -o "$DEBS/$suite" "$TARBALL"
	dpkg-deb -x "$DEBS/$suite"/pgtop-tlb_*_$foreign.deb "$T/$suite/foreign"
	isnt "$(readelf -h "$T/$suite/foreign/usr/sbin/pgtop" | grep Machine:)" "$(readelf -h /bin/true | grep Machine:)" \
		"$suite: ... it is for another machine"
done
done_testing
