#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every command in the sh blocks of the documents runs and succeeds.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

cd "$(dirname "$0")/../.." || exit 1

# commands FILE: the lines of its ```sh blocks, comments left out
commands()
{
	# shellcheck disable=SC2016 # backquotes of Markdown
	sed -n '/^```sh$/,/^```$/{/^```/d;/^#/d;/^$/d;p}' "$1"
}

if [ -n "${SAN-}" ]; then
	# build/pgtop is what the documents name; it was tested without SAN.
	ok "the documents name the ordinary build" grep -q '^build/pgtop' README.md
	done_testing
	exit
fi

for doc in README.md docs/*.md; do
	while IFS= read -r command; do
		case $command in
		"make check")
			# What runs this very test; CI must call it.
			ok "$doc: $command is what CI runs" grep -q "$command" .ci/run
			;;
		"make bench"*)
			ok "$doc: $command is a target" make -n bench
			;;
		*)
			ok "$doc: $command" timeout 300 bash -c "$command" </dev/null
			;;
		esac
	done < <(commands "$doc")
done

ok "map.svg was written" test -s map.svg
rm -f map.svg

# The examples of the man page.
rm -f machine.pgtop
while IFS= read -r command; do
	command=${command/#pgtop/build/pgtop}
	ok "pgtop(8): $command" timeout 60 bash -c "$command" </dev/null
done < <(sed -n '/^\.Sh EXAMPLES/,/^\.Sh/{/^pgtop/p}' docs/pgtop.8)
ok "shell.svg was written" test -s shell.svg
rm -f shell.svg machine.pgtop

done_testing
