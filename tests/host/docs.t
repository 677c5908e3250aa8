#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every command in the sh blocks of the documents runs and succeeds, every file that they name
# exists, the README's screen is a real one, and the man pages are free of warnings.
# not sanitized: it runs build/pgtop, which the documents name
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

cd "$(dirname "$0")/../.." || exit 1

shopt -s nullglob
pages=(README.md CONTRIBUTING.md SECURITY.md NEWS.md docs/*.md kernel/README.md tests/vm/README.md)

# commands FILE: the lines of its ```sh blocks, comments left out
commands()
{
	# shellcheck disable=SC2016 # backquotes of Markdown
	sed -n '/^```sh$/,/^```$/{/^```/d;/^#/d;/^$/d;p}' "$1"
}

# named FILE: files of the tree that it names, one a line; {a,b} and * as the shell has them,
# NAME stands for any
named()
{
	grep -oE '(^|[^A-Za-z0-9_./-])(include|lib|daemon|cli|bpf|kernel|systemd|dashboards|scripts|docs|tests)/[][A-Za-z0-9_./*{},-]+' "$1" |
		sed -E 's/^[^a-z]//; s/[].,]+$//; s/\/\[.*//; /NAME/d' | sort -u
}

# linked FILE: targets of its links within the tree, as seen from the top directory
linked()
{
	grep -oE '\]\([^):#]+' "$1" | sed "s|^](|$(dirname "$1")/|" | sort -u
}

# missing FILE: what it names and the tree does not have
missing()
{
	local path found
	while read -r path; do
		eval "found=($path)"
		# shellcheck disable=SC2128 # one is enough
		[ -n "$found" ] && [ -e "$found" ] || echo "$path"
	done < <(named "$1"; linked "$1")
}

# targets FILE: targets in its commands that no makefile has
targets()
{
	local target
	# shellcheck disable=SC2016 # backquotes of Markdown
	while read -r target; do
		grep -qE "^$target:" Makefile ./*/*.mk || echo "$target"
	done < <(grep -v '^make -C' "$1" | grep -oE '(`|^)make [^`&|]*' | sed -E 's/"[^"]*"//g' | tr -d '`' | tr ' ' '\n' |
		grep -E '^[a-z][a-z-]*$' | grep -vx make | sort -u)
}

# unknown FILE: functions(), tables[] and MACROS of ours in backquotes that the tree does not have
unknown()
{
	local name
	# shellcheck disable=SC2016 # backquotes of Markdown
	while read -r name; do
		grep -rqwF "$name" include lib daemon cli bpf tests || echo "$name"
	done < <(grep -oE '`[A-Za-z_]+(\(\)|\[\])`|`[A-Z]+_[A-Z_]+`' "$1" | tr -d '`()[]' | sort -u)
}

for doc in "${pages[@]}"; do
	[ -e "$doc" ] || continue
	is "$(missing "$doc")" "" "$doc: the files it names exist"
	is "$(targets "$doc")" "" "$doc: targets of make exist"
done
# The README's screen is what pgtop makes of the record of that machine (tests/vm/t/screen.sh).
is "$(sed -n '/^pgtop  Linux/,/^```$/p' README.md | sed '$d')" \
	"$("$PGTOP" replay tests/fixtures/readme.record | tail -n +2)" "README.md: the screen is a real one"

is "$(sed -n '/^pgtop  [0-9].*readme.record/,/^```$/p' README.md | sed '$d')" \
	"$(TZ=UTC LC_ALL=C.UTF-8 "$PGTOP" watch -b -n 3 --count 1 --replay tests/fixtures/readme.record)" \
	"README.md: the screen of watch is a real one"

# Records of decisions are numbered, in the order of their dates, and each is in the index once.
decisions=docs/decisions.md
records=$(sed -n 's/^## \([0-9]*\)\. .*(\([0-9-]*\))$/\1 \2/p' $decisions)
is "$(awk '{ print $1 }' <<<"$records" | xargs)" "$(seq -s ' ' "$(grep -c '^## ' $decisions)")" "$decisions: numbered"
is "$(awk '{ print $2 }' <<<"$records")" "$(awk '{ print $2 }' <<<"$records" | sort)" "$decisions: in order"
is "$(sed -n '/^| subject/,/^$/s/^| .* | \([0-9, ]*\) |$/\1/p' $decisions | tr -d ' ' | tr , '\n' | sort -n | xargs)" \
	"$(seq -s ' ' "$(grep -c '^## ' $decisions)")" "$decisions: all in the index"

while read -r room; do
	[ ! -d "$room" ] ||
		ok "docs/design.md: the room $room/" grep -q "\(^\| \)$room/ " docs/design.md
done < <(sed -n '/^FLOORS/,/^"""$/p' tests/lint/rooms | tr ' ' '\n')

# The files that CONTRIBUTING.md gives for an answer hold what was asked for, and only they do.
answer()
{
	like "$(grep -F "| $1" CONTRIBUTING.md)" "$2" "CONTRIBUTING.md: $1"
	like " $(grep -rlE "$3" "${@:4}" | xargs) " "^ $2[^ ]* \$" "... that is where it is"
}
answer "Where are unfolds counted?" bpf/contpte.bpf.c 'unfolds(\+\+|, 1)' bpf
answer 'Where is "keep" decided?' daemon/policy/policy_trial.c 'policy_decide_trial.*DECISION_KEEP' daemon
answer "Where is a row of the screen made?" cli/screen 'spent walking' cli
answer "Where is a PMU core added?" lib/pmu/pmu_roles.c 'struct role_event' lib daemon cli
answer "Where is a renamed kernel symbol handled?" lib/host/kernel_names.h '"(__purge_vmap_area_lazy|contpte_convert)"' lib
is "$(unknown docs/howto.md)" "" "docs/howto.md: functions and tables that it names exist"

if command -v mandoc man >/dev/null; then
	for page in docs/*.[578]; do
		# pages of pgtop are not installed here, and mandoc's index of the others may be old
		is "$(mandoc -T lint "$page" 2>&1 |
			grep -v 'referenced manual not found\|outdated mandoc.db')" "" "$page: mandoc -T lint"
		is "$(man --warnings -l "$page" 2>&1 >/dev/null)" "" "$page: man --warnings"
	done
fi

for doc in "${pages[@]}"; do
	[ -e "$doc" ] || continue
	case $doc in kernel/* | tests/*) continue ;; esac # docs_kernel.t
	while IFS= read -r command; do
		case $command in
		"make check")
			# What runs this very test; CI must call it.
			ok "$doc: $command is what CI runs" grep -q "$command" .ci/run
			;;
		"make demo" | "make "*" && "*)
			ok "$doc: $command" timeout 300 bash -c "$command" </dev/null
			;;
		"make "*)
			# What they do is tested where it is made, or takes too long.
			ok "$doc: $command is a target" bash -c "${command/make /make -n }" </dev/null
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
