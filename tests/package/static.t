#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The static pgtop of the tarball, built twice in different directories: the same to the byte, for both
# architectures. (That it runs with nothing beside it is tested by tests/host/static.t.)
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

unset MAKEFLAGS MFLAGS MAKELEVEL O VM_O SAN
: "${TARBALL:?}"
for arch in x86_64 arm64; do
	for place in one another/place; do
		mkdir -p "$T/$place"
		tar -xf "$TARBALL" -C "$T/$place" --strip-components=1
		ok "$arch: make static in $place" make -C "$T/$place" -j2 ARCH=$arch O=out/$arch static
	done
	ok "$arch: the same to the byte" cmp "$T/one/out/$arch/static/pgtop" "$T/another/place/out/$arch/static/pgtop"
	is "$(strings -a "$T/one/out/$arch/static/pgtop" | grep -F "$T")" "" "$arch: it says nothing of the place"
done
done_testing
