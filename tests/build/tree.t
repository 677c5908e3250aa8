#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Targets that look at the tree say so where they cannot; clean removes what O names.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

unset MAKEFLAGS MFLAGS MAKELEVEL O VM_O
cd "$(dirname "$0")/../.." || exit
git ls-files --error-unmatch Makefile >/dev/null 2>&1 || skip_all "not a git checkout"

# what git has of this tree, without git
mkdir "$T/tree"
git ls-files -z | xargs -0 tar cf - | tar xf - -C "$T/tree"
mk()
{
	status=0
	said=$(make --no-print-directory -C "$T/tree" "$@" 2>&1) || status=$?
}
for target in lint format-check dist; do
	for where in "outside git" "in somebody else's git"; do
		[ "$where" = "outside git" ] || git init -q "$T"
		mk $target
		like "$said" "^$target: this is not a git checkout, there is nothing to look at" "$target $where: says so"
		isnt "$status" 0 "$target $where: fails"
	done
	rm -rf "$T/.git"
done

# --- where git knows the tree they look at it

# one FILE TEXT TARGET DESC: TARGET finds TEXT in a new file
git init -q "$T/tree"
git -C "$T/tree" config user.name test
git -C "$T/tree" config user.email test@localhost
git -C "$T/tree" add -A
git -C "$T/tree" commit -qm test
mk format-check
is "$status" 0 "format-check: the tree is as it should be"
printf 'int  x;\n' >"$T/tree/lib/bad.c"
git -C "$T/tree" add lib/bad.c
mk format-check
like "$said" 'lib/bad.c' "format-check: a bad file is found"
isnt "$status" 0 "format-check: ... and it fails"

# --- lint, in a small tree with one fault at a time

small=$T/small
mkdir -p "$small/tests" "$small/lib/util" "$small/docs"
cp -r .codespellrc .gitattributes .reuse LICENSES "$small"
cp -r tests/lint "$small/tests"
git init -q "$small"
lint()
{
	git -C "$small" add -A
	status=0
	said=$(cd "$small" && tests/lint/run 2>&1) || status=$?
}
lint
is "$status" 0 "lint: a tree without faults" || diag "$said"

# finds REGEX FILE TEXT: the fault in FILE is found and named
finds()
{
	printf '%b' "$3" >"$small/$2"
	lint
	isnt "$status" 0 "lint: fails for $2"
	like "$said" "$1" "lint: ... and says why"
	rm "$small/$2"
}
id='SPDX-License-Ident''ifier:'
gpl="// $id GPL-2.0-only\n"
script="#!/bin/sh\n# $id GPL-2.0-only\n"
finds 'a.c:2: trailing whitespace' docs/a.c "${gpl}int x; \n"
finds 'b.c:3: new blank line at EOF' docs/b.c "${gpl}int x;\n\n"
finds 'c.c: no newline at the end' docs/c.c "${gpl}int x;"
finds 'licence_lines.docs/d.c' docs/d.c "int x;\n"
finds "'MIT' found in:.\* docs/e.c" docs/e.c "// $id MIT\n"
printf -v typo 't%sh' e
finds "f.c:2: $typo ==> the" docs/f.c "$gpl/* $typo */\n"
# shellcheck disable=SC2016 # nobody expands it
for name in g.sh h; do
	finds "docs/$name line 3.*SC2086" docs/$name "${script}"'echo $1\n'
done
finds 'i.c: its room .lib. is not in the table' lib/i.c "$gpl"
finds 'says where it was written' docs/j.c "$gpl/* $small/j.c */\n"
printf '%b' "${gpl}static int twice;\n" >"$small/lib/util/k.c"
finds 'static twice is defined in lib/util/k.c, lib/util/l.c' lib/util/l.c "${gpl}static int twice;\n"

# --- dist packs commits only

mk dist
like "$said" "the tree differs from the commit" "dist: a changed tree is refused"
isnt "$status" 0 "dist: ... by its exit status"
git -C "$T/tree" rm -qf lib/bad.c
mk dist VERSION=9.9
like "$said" "the tree differs from the commit" "dist: a version that the tree does not have is refused"
git -C "$T/tree" commit -qm same --allow-empty
mk dist
is "$status" 0 "dist: packs the commit"
version=$(sed -n 's/^VERSION := //p' Makefile)
ball=$T/tree/pgtop-$version.tar.xz
like "$said" "^pgtop-$version.tar.xz: commit $(git -C "$T/tree" rev-parse --short HEAD)" "dist: says which"
is "$(tar tf "$ball" | grep -v '/$' | sed "s,^pgtop-$version/,," | sort)" \
	"$(git ls-files | sort)" "dist: all that git knows is in it, below pgtop-$version"
mv "$ball" "$T/first"
# another day, another user's umask
touch -d "last year" "$T/tree/Makefile"
(umask 077 && mk dist)
ok "dist: again, the same to the byte" cmp "$T/first" "$ball"

# --- clean

mkdir -p "$T/tree/build" "$T/other/lib"
touch "$T/tree/build/a" "$T/other/lib/b"
mk clean O="$T/other"
is "$status" 0 "clean O=DIR"
ok "... removes DIR" test ! -e "$T/other"
ok "... and nothing else" test -e "$T/tree/build/a"
mk clean
ok "clean removes build" test ! -e "$T/tree/build"
mk clean O=.
isnt "$status" 0 "clean O=. is refused"
ok "... and sources stay" test -e "$T/tree/Makefile"
done_testing
