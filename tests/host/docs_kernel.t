#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The commands of kernel/README.md run; those that build a kernel are known to make, or exist.
# not sanitized: it runs none of our programs
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

cd "$(dirname "$0")/../.." || exit 1
doc=kernel/README.md

# a row of the first table for each, and of the second, where several may share one
patches=(kernel/patches/*.patch)
affect='### Whom they affect'
is "$(sed "/^$affect/q" $doc | grep -c '^| [0-9]')" ${#patches[@]} "$doc tells of each patch"
is "$(sed "1,/^$affect/d" $doc | sed -n 's/^| \([0-9]*\) to \([0-9]*\) .*/\1 \2/p;
	s/^| \([0-9]\{1,\}\) |.*/\1 \1/p' | while read -r first last; do seq "$first" "$last"; done | paste -sd ' ')" \
	"$(seq -s ' ' ${#patches[@]})" "... and whom each affects"
while read -r option; do
	ok "$doc names $option" grep -q "$option" $doc
done < <(cat kernel/patches/*.patch | sed -n 's/^+config \([A-Z0-9_]*\)$/CONFIG_\1/p')

# shellcheck disable=SC2016 # backquotes of Markdown
commands=$(sed -n '/^```sh$/,/^```$/{/^```/d;/^#/d;/^$/d;p}' $doc)

rm -rf build/linux
at_exit rm -rf build/linux
while IFS= read -r command; do
	case $command in
	"make kernel"* | *kernel-check | *kernel-quick)
		# shellcheck disable=SC2086 # words
		ok "$doc: $command is a target" bash -c "${command/make /make -n }" ;;
	tests/vm/*)
		ok "$doc: ${command%% *} is there" test -x "${command%% *}" ;;
	*bindeb-pkg)
		# as far as the build itself, which takes long: what it needs is there by then
		like "$(bash -c "${command%bindeb-pkg} DPKG_FLAGS=--hook-build=false bindeb-pkg" 2>&1)" \
			"info: running hook build" "$doc: bindeb-pkg finds what it needs" ;;
	*)
		ok "$doc: $command" timeout 2400 bash -c "$command" </dev/null ;;
	esac
done <<<"$commands"

done_testing
