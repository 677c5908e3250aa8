# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scripts of kernel/ share; sourced, never run. BASE, series and patches are
# taken from $KERNEL_DIR (default: the directory of this file).

lib_dir=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/vm/lib.sh
. "$lib_dir/../tests/vm/lib.sh"

kernel_dir=$(cd -- "${KERNEL_DIR:-$lib_dir}" && pwd)
# shellcheck disable=SC2034 # used by build
ccache_dir=${cache%/vm}/ccache
cache=${cache%/vm}/kernel

# what git format-patch is told, so that a patch is the same wherever it is made
format_options=(-N --zero-commit --no-signature --notes --abbrev=12 --no-renames
	--diff-algorithm=myers --no-color-moved --src-prefix=a/ --dst-prefix=b/)

# git that knows nothing of the configuration of who runs it
plain_git()
{
	GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null git \
		-c user.name=kernel -c user.email=kernel@localhost -c core.abbrev=12 \
		-c advice.defaultBranchName=false -c gc.auto=0 -c init.defaultBranch=base "$@"
}

# series N: the first N patches of the series, or all, one name a line
series()
{
	sed -n 's/[[:space:]]*#.*//; /\.patch$/p' "$kernel_dir/series" | case $1 in
	all) cat ;;
	*) head -n "$1" ;;
	esac
}

# series_files N: the same as paths
series_files()
{
	series "$1" | sed "s|^|$kernel_dir/patches/|"
}

# paths PATCH...: the files the patches touch, without those they create
touched()
{
	[ $# -gt 0 ] || return 0
	sed -n 's|^--- a/\([^[:space:]]*\).*|\1|p' "$@" | sort -u
}

# options: the configuration options that the diff on stdin adds
options()
{
	sed -n 's/^+\(menu\)\?config \([A-Z0-9_]*\)$/\2/p' | sort -u
}

base_package()
{
	awk '!/^#/ { print $1; exit }' "$kernel_dir/BASE"
}

base_version()
{
	awk '!/^#/ { print $2; exit }' "$kernel_dir/BASE"
}

# the tarball of version $1 if that version of the package is installed
installed_tarball()
{
	local pkg file
	pkg=$(base_package)
	[ "$(dpkg-query -W -f '${Version}' "$pkg" 2>/dev/null)" = "$1" ] || return 1
	file=/usr/src/$pkg.tar.xz
	[ -r "$file" ] && echo "$file"
}

archive_versions()
{
	apt-cache madison "$(base_package)" 2>/dev/null | awk -F' *[|] *' '/Packages/ { print $2 }'
}

# resolve_version WANT [or-newest]: WANT, if it can be had; else the archive's newest
resolve_version()
{
	local want=$1 newest
	if [ -d "$cache/source-$want" ] || installed_tarball "$want" >/dev/null; then
		echo "$want"
		return
	fi
	need apt-cache apt
	if archive_versions | grep -qxF "$want"; then
		echo "$want"
		return
	fi
	newest=$(archive_versions | head -n 1)
	[ -n "$newest" ] ||
		missing "$(base_package) $want: no such package in the archive (apt-get update?)"
	[ "${2-}" = or-newest ] ||
		missing "$(base_package) $want: the archive has $(archive_versions | paste -sd ' ')"
	say "the archive no longer has $want, trying $newest"
	echo "$newest"
}

# free_space GIB: ends the script unless as much is free where the cache is
free_space()
{
	local free
	mkdir -p "$cache"
	free=$(df -Pk "$cache" | awk 'NR == 2 { print int($4 / 1048576) }')
	[ "$free" -ge "$1" ] ||
		die "$cache: $free GiB free, $1 needed; make room or set PGTOP_CACHE to another disk"
}

# cache_lock: one build at a time, until the script ends
cache_lock()
{
	mkdir -p "$cache"
	exec 9>"$cache/lock"
	flock -n 9 || { say "waiting for another build"; flock 9; }
}

fetch_tarball()
{
	local version=$1 tmp=$2 deb
	say "downloading $(base_package) $version (150 MB)"
	(cd "$tmp" && apt-get -qq -o APT::Sandbox::User=root -o Acquire::Retries=5 \
		download "$(base_package)=$version") >"$tmp/apt.log" 2>&1 ||
		missing "$(base_package) $version: $(grep -m 1 '^E:' "$tmp/apt.log" ||
			echo 'it could not be downloaded') (is there a network?)"
	deb=("$tmp"/*.deb)
	dpkg-deb --fsys-tarfile "${deb[0]}" | tar -xO -f - \
		"./usr/src/$(base_package).tar.xz" >"$tmp/source.tar.xz" ||
		die "${deb[0]##*/} could not be unpacked below $tmp"
	rm "${deb[0]}"
	echo "$tmp/source.tar.xz"
}

# base_source: the source of the version in BASE, as directory; locks the cache
base_source()
{
	local version
	version=$(resolve_version "$(base_version)" or-newest) || return
	if [ -d "$cache/source-$version" ]; then
		source_tree "$version"
	else
		(cache_lock && source_tree "$version")
	fi
}

# source_tree VERSION: directory with the package's source, unpacked if need be; the
# cache must be locked
source_tree()
{
	local dest=$cache/source-$1 tmp tarball
	if [ ! -d "$dest" ]; then
		free_space 3
		rm -rf "$cache"/tmp.*
		tmp=$(mktemp -d "$cache/tmp.XXXXXX")
		tarball=$(installed_tarball "$1") || tarball=$(fetch_tarball "$1" "$tmp") || exit
		say "unpacking $(base_package) $1"
		mkdir "$tmp/tree"
		tar -C "$tmp/tree" --strip-components=1 -xf "$tarball" ||
			die "$tarball could not be unpacked below $cache"
		mv -T "$tmp/tree" "$dest"
		rm -rf "$tmp"
	fi
	touch "$dest"
	echo "$dest"
}

# apply_patch TREE PATCH: without fuzz; says which hunk of which file does not fit
apply_patch()
{
	local tree=$1 patch=$2 out
	if out=$(patch -d "$tree" -p1 --fuzz=0 --forward --batch --no-backup-if-mismatch \
		-r - <"$patch" 2>&1); then
		return 0
	fi
	# "patching file F", then for each hunk that fails "Hunk #N FAILED at LINE"
	say "${patch##*/} does not apply:" "$(awk '
		/^patching file / { file = $3 }
		/^can.t find file/ { printf "%sa file is missing", sep; sep = ", " }
		/FAILED|previously applied|reversed/ {
			sub(/\.$/, ""); sub(/ -- saving.*/, "")
			printf "%s%s: %s", sep, file, $0; sep = ", " }
		END { print "" }' <<<"$out")"
	return 1
}

# notes PATCH: what its author wrote below the --- line
notes()
{
	awk '/^---$/ { below = 1; next }
		below && /^Notes:$/ { notes = 1; next }
		notes && /^(    |$)/ { sub(/^    /, ""); print; next }
		notes { exit }' "$1" | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}

# series_repo DIR SOURCE PATCH...: a git repository of the files the patches touch, on
# which they are applied with git am
series_repo()
{
	local repo=$1 source=$2 patch text
	shift 2
	mkdir -p "$repo"
	# git shows the function a hunk is in as .gitattributes says
	{ echo .gitattributes; touched "$@"; } | while read -r path; do
		[ ! -f "$source/$path" ] || echo "$path"
	done | tar -C "$source" -cf - -T - | tar -C "$repo" -xf -
	plain_git -C "$repo" init -q
	plain_git -C "$repo" add -f .
	plain_git -C "$repo" commit -q -m base
	plain_git -C "$repo" tag start
	for patch; do
		plain_git -C "$repo" am -q --no-3way "$patch" || return 1
		text=$(notes "$patch")
		[ -z "$text" ] || plain_git -C "$repo" notes add -f -m "$text" HEAD
	done
}

# format_patches TREE FIRST RANGE OUT
format_patches()
{
	plain_git -C "$1" format-patch -q "${format_options[@]}" --start-number "$2" \
		-o "$4" "$3"
}
