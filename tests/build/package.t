#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The packages have all that `make install` installs, once, and are about the version of the Makefile.
# Nothing is built; make package-check does that.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

unset MAKEFLAGS MFLAGS MAKELEVEL O VM_O
cd "$(dirname "$0")/../.." || exit

# names of what make install installs with PREFIX=/usr, man pages as in packages of Debian
# shellcheck disable=SC2016 # make expands it
make -s --eval 'installed:;@printf "%s\n" $(INSTALLED) /etc/pgtop/pgtopd.conf' PREFIX=/usr installed |
	sort >"$T/installed"
cmp_ok "$(wc -l <"$T/installed")" -gt 12 "there are files to look at"

# those of them that the lists of PACKAGE... name
listed()
{
	local package pattern
	for package; do
		grep -v '^#' "debian/$package.install" | while read -r pattern; do
			# shellcheck disable=SC2254 # a pattern
			while read -r file; do
				case $file in /$pattern | /$pattern/*) echo "$file" ;; esac
			done <"$T/installed"
		done
	done
}
listed pgtop-tlb pgtopd pgtop-dashboards | sort >"$T/listed"
is "$(diff "$T/installed" "$T/listed")" "" "Debian: each file is in one package"
is "$(listed pgtop-tlb | grep -c pgtopd)" 0 "... and pgtop-tlb has nothing of pgtopd"

versions=$(scripts/versions 2>&1)
is "$versions" "" "versions agree"
mkdir -p "$T/tree/scripts"
cp -r Makefile NEWS.md debian rpm "$T/tree"
cp scripts/versions "$T/tree/scripts"
for file in Makefile NEWS.md debian/changelog rpm/pgtop-tlb.spec; do
	sed -i.kept 's/0\.2\.0/0.7.0/' "$T/tree/$file"
	isnt "$("$T/tree/scripts/versions" 2>&1)" "" "... another one in $file is named"
	mv "$T/tree/$file.kept" "$T/tree/$file"
done
like "$("$T/tree/scripts/versions" --release 2>&1)" '-dev is not a version to release' \
	"a version between releases is not to be released"

if command -v rpmspec >/dev/null; then
	printf '%%_unitdir /usr/lib/systemd/system\n' >"$T/macros"
	ok "the spec is one" rpmspec --load "$T/macros" -P rpm/pgtop-tlb.spec
	rpmspec --load "$T/macros" -P rpm/pgtop-tlb.spec | sed -n '/^%files/,/^%changelog/p' |
		sed -nE 's/^(%config\(noreplace\) )?(\/[^*]*)\*?$/\2/p' >"$T/files"
	while read -r file; do
		while ! grep -qxF "$file" "$T/files" && [ "$file" != / ]; do
			file=$(dirname "$file")
		done
		echo "$file"
	done <"$T/installed" | sort | uniq -c | awk '{ print $2 }' >"$T/have"
	is "$(grep -x / "$T/have")" "" "RPM: each file is in a package"
else
	skip "no rpmspec" "the spec"
fi
if command -v dpkg-parsechangelog >/dev/null; then
	is "$(dpkg-parsechangelog 2>&1 >/dev/null)" "" "dpkg has no complaint about debian/changelog"
	is "$(sed -n 's/^Package: //p' debian/control | sort | xargs)" "pgtop-dashboards pgtop-tlb pgtopd" \
		"three packages"
else
	skip "no dpkg-parsechangelog" "debian/changelog"
fi
# each gate of a release is a target, or a program of ours
while read -r how what; do
	case $how in
	make) ok "gate: make $what" make -n "$what" MAKE=true ;;
	*) ok "gate: $how" test -x "$how" ;;
	esac
done < <(scripts/release-check -l | grep -oE '(make [a-z-]+|scripts/[a-z-]+)')
status=0
scripts/release-check nosuch 2>"$T/err" || status=$?
is "$status" 2 "a gate that does not exist is refused"
done_testing
