#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What is missing to build is named with its packages, before anything is compiled.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

unset MAKEFLAGS MFLAGS MAKELEVEL CC CLANG CFLAGS CPPFLAGS LDFLAGS WERROR SAN V O VM_O PKG_CONFIG_LIBDIR PKG_CONFIG_PATH
cd "$(dirname "$0")/../.." || exit

# mk ARG...: a build in an empty directory; its exit status in $status, what it says in $said
mk()
{
	rm -rf "$T/b"
	status=0
	said=$(make --no-print-directory O="$T/b" "$@" 2>&1) || status=$?
}

# named REGEX...: each is in one sentence, with the remedy; nothing else is said, nothing compiled
named()
{
	local regex n=0
	for regex; do
		like "$said" "(^|"$'\n'")the (program|library) $regex, or run 'scripts/deps [a-z]+'(\$|"$'\n'")" "named: ${regex%% is*}"
		n=$((n + 1))
	done
	is "$(grep -vc '^make: ' <<<"$said")" $n "a sentence for each"
	isnt "$status" 0 "the build fails"
	is "$(find "$T/b" -name '*.o' 2>/dev/null)" "" "nothing was compiled"
}

for library in 'libbpf libbpf-dev libbpf-devel libbpf' 'libelf libelf-dev elfutils-libelf-devel libelf' \
	'zlib zlib1g-dev zlib-devel zlib' 'json-c libjson-c-dev json-c-devel json-c' \
	'ncursesw libncurses-dev ncurses-devel ncurses' 'libsystemd libsystemd-dev systemd-devel systemd-libs' 'inih libinih-dev inih-devel libinih'; do
	read -r name debian fedora arch <<<"$library"
	# a pkg-config that does not know this one
	printf '#!/bin/sh\ncase "$*" in *%s*) exit 1 ;; esac\nexec pkg-config "$@"\n' "$name" >"$T/config"
	chmod +x "$T/config"
	mk PKG_CONFIG="$T/config" all
	named "$name( >= [0-9.]+)? is missing: install $debian \(Fedora: $fedora, Arch: $arch\)"
done

mk CLANG=no-clang all
named 'no-clang is missing: install clang \(Fedora: clang, Arch: clang\)'
mk BPFTOOL=no-bpftool all
named 'no-bpftool is missing: install bpftool \(Fedora: bpftool, Arch: bpf\)'
mk CC="env no-gcc" all
named 'env no-gcc is missing: install gcc \(Fedora: gcc, Arch: gcc\)'
mk PKG_CONFIG=no-config all
named 'no-config is missing: install pkg-config \(Fedora: pkgconf-pkg-config, Arch: pkgconf\)'
mk CLANG=no-clang BPFTOOL=no-bpftool all
named 'no-clang is missing: .*' 'no-bpftool is missing: .*'

printf '#!/bin/sh\ncase "$*" in *cmocka*) exit 1 ;; esac\nexec pkg-config "$@"\n' >"$T/config"
mk PKG_CONFIG="$T/config" "$T/b/tests/unit/test_number"
named 'cmocka is missing: install libcmocka-dev \(Fedora: libcmocka-devel, Arch: cmocka\)'

ARCH=arm64 CROSS_COMPILE=no-such- mk all
like "$said" "no-such-gcc is missing: install gcc-aarch64-linux-gnu .*'scripts/deps vm'" "a cross compiler is named"
[ "$(uname -m)" = aarch64 ] || {
	PKG_CONFIG_LIBDIR=$T mk ARCH=arm64 all
	like "$said" "json-c is missing: install libjson-c-dev:arm64 .*'scripts/deps vm'" "... and a library for it"
}

# --- what needs no compiler does not ask for one

for goal in help clean; do
	mk CC=no-gcc CLANG=no-clang PKG_CONFIG=no-config $goal
	is "$status" 0 "make $goal needs nothing"
done

# --- what is named as Debian's is

if command -v apt-cache >/dev/null; then
	for package in $(scripts/lacks -p debian build) $(scripts/lacks -p debian unit); do
		ok "Debian has $package" apt-cache show "$package"
	done
else
	skip "no apt-cache" "names of packages"
fi
done_testing
