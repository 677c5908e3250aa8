#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The tarball of make dist builds and passes its unit tests outside git, and another version of it
# says so.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

unset MAKEFLAGS MFLAGS MAKELEVEL O VM_O SAN
top=$(cd "$(dirname "$0")/../.." && pwd)
git -C "$top" ls-files --error-unmatch Makefile >/dev/null 2>&1 || skip_all "not a git checkout"

# the commit that is checked out, from a clone, so that changes of this tree do not matter
git clone -q --shared "$top" "$T/clone"
ok "make dist" make -C "$T/clone" dist
version=$(sed -n 's/^VERSION := //p' "$T/clone/Makefile")
tar xf "$T/clone/pgtop-$version.tar.xz" -C "$T"
cd "$T/pgtop-$version" || { fail "the tarball holds pgtop-$version"; done_testing; exit; }

cc=gcc clang=clang
if command -v ccache >/dev/null; then
	export CCACHE_DIR=${CCACHE_DIR:-${PGTOP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pgtop}/ccache}
	export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
	cc="ccache gcc" clang="ccache clang"
fi
mk()
{
	make -j2 CC="$cc" CLANG="$clang" "$@"
}
ok "make" mk all
is "$(build/pgtop --version)" "pgtop $version" "its version is that of the Makefile"
is "$(build/pgtopd --version)" "pgtopd $version" "... pgtopd's too"
ok "make unit" mk unit
ok "make VERSION=9.8.7 on the built tree" mk VERSION=9.8.7 all
is "$(build/pgtop --version)" "pgtop 9.8.7" "pgtop says so"
is "$(build/pgtopd --version)" "pgtopd 9.8.7" "pgtopd too"
done_testing
