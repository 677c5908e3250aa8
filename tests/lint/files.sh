# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the lint scripts share; sourced, from the top directory.

# tracked PATHSPEC...: those files of the project that are there, NUL-terminated
tracked()
{
	git ls-files -z -- "$@" 2>/dev/null |
		while IFS= read -r -d '' f; do
			[ -f "$f" ] && printf '%s\0' "$f"
		done
}

# complain TITLE: fails and shows standard input, if there is any
complain()
{
	local found
	found=$(cat)
	[ -z "$found" ] && return 0
	echo "$1:"
	# shellcheck disable=SC2001 # each line is indented
	sed 's/^/  /' <<<"$found"
	return 1
}
