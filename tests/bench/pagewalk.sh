#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Page walk of 1 GiB resident in 4K pages (and of one with holes, and of 64 GiB of sparse memory)
# against reading its pagemap in C and the kernel's own tools/mm/thpmaps. The fastest of several
# runs each: what the tool needs, not what else ran.
#
# thpmaps comes out of Debian's linux-source-6.12 (downloaded once, 152 MB) and needs numpy;
# without it that line says so. PGTOP_CACHE: where it is kept.
set -eu
# shellcheck source=tests/cost.sh
. "$(dirname "$0")/../cost.sh"

: "${PROGS:?}" "${TOOLS:?}"
cache=${PGTOP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pgtop}/bench
thpmaps=$cache/thpmaps
source=linux-source-6.12
tmp=$(mktemp -d)
trap 'exec 9>&-; rm -rf "$tmp"' EXIT

fetch_thpmaps()
{
	[ ! -f "$thpmaps" ] || return 0
	mkdir -p "$cache" "$tmp/deb"
	(
		cd "$tmp/deb"
		apt-get -qq -o APT::Sandbox::User=root download $source
		dpkg-deb --fsys-tarfile ./*.deb | tar -xf - ./usr/src/$source.tar.xz
		tar -xf usr/src/$source.tar.xz $source/tools/mm/thpmaps
	) && mv "$tmp/deb/$source/tools/mm/thpmaps" "$thpmaps"
	rm -rf "$tmp/deb"
}

# start KIND=SIZE...: its pid in $pid
start()
{
	local line
	rm -f "$tmp/to" "$tmp/from"
	mkfifo "$tmp/to" "$tmp/from"
	"$TOOLS/memory" "$@" <"$tmp/to" >"$tmp/from" &
	exec 9>"$tmp/to" 8<"$tmp/from"
	while read -r line <&8 && [[ $line != ready* ]]; do :; done
	pid=${line#ready }
}

finish()
{
	exec 9>&- 8<&-
	wait "$pid"
}

# fastest TIMES COMMAND...: ns
fastest()
{
	local times=$1 began took best=0 i
	shift
	for ((i = 0; i < times; i++)); do
		began=$(date +%s%N)
		"$@" >/dev/null
		took=$(($(date +%s%N) - began))
		[ $best -ne 0 ] && [ $took -ge $best ] || best=$took
	done
	echo $best
}

ms()
{
	awk -v n="$1" 'BEGIN { printf "%.3f", n / 1e6 }'
}

ratio()
{
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", a / b }'
}

# walked FIGURE NAME: walks $pid 200 times
walked()
{
	local longest
	"$PROGS/pagewalk_dump" -n 200 "$pid" >"$tmp/walk"
	walk_ns=$(awk '$1 == "fastest_ns" { print $2 }' "$tmp/walk")
	calls=$(awk '$1 == "calls" { print $2 }' "$tmp/walk")
	# a call that was preempted is no long call: take the walk in which the longest was shortest
	longest_ns=$(awk '$1 == "least.longest_call_ns" { print $2 }' "$tmp/walk")
	longest=$(ms "$longest_ns")
	figure "pagewalk.$1" "$(ms "$walk_ns")" ms
	echo "$2: $(ms "$walk_ns") ms in $calls calls, the longest of them $longest ms" \
		"$(figure "pagewalk.$1_call" "$longest" ms below 1)"
}

start small=1G
walked small "page walk, 1 GiB of 4K pages"
pagemap_ns=$("$TOOLS/pagemap" -n 10 "$pid" | awk '$1 == "fastest_ns" { print $2 }')
times=$(ratio "$pagemap_ns" "$walk_ns")
echo "pagemap in C: $(ms "$pagemap_ns") ms, $times times the page walk" \
	"$(figure pagewalk.pagemap_ratio "$times" times least 8)"
if fetch_thpmaps && /usr/bin/python3 -c 'import numpy' 2>/dev/null; then
	thp_ns=$(fastest 5 /usr/bin/python3 "$thpmaps" --pid "$pid" --cont 64K --rollup)
	times=$(ratio "$thp_ns" "$walk_ns")
	echo "thpmaps --pid --cont 64K --rollup: $(ms "$thp_ns") ms, $times times the page walk" \
		"$(figure pagewalk.thpmaps_ratio "$times" times least 150)"
else
	echo "thpmaps: not measured, it needs $source and python3-numpy"
fi
finish

start checker=1G
walked checker "page walk, every other page of 1 GiB"
finish
start sparse=64G
walked sparse "page walk, a page in each of 64 GiB"
finish
pid=kernel
walked linear "page walk, linear map"
