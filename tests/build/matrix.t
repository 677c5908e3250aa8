#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What `make check` boots of the matrix of machines, and what `make vm-all` does: every kernel has its
# smoke test in both, nothing is lost, and each test exists.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

cd "$(dirname "$0")/../.." || exit
tests/vm/run --list >"$T/all"
tests/vm/run --list -q >"$T/quick"

# pairs FILE: MACHINE TEST, one a line
pairs()
{
	awk '{ for (i = 2; i <= NF; i++) print $1, $i }' "$1" | sort
}

is "$(pairs "$T/all" | uniq -d)" "" "no machine runs a test twice"
is "$(comm -13 <(pairs "$T/all") <(pairs "$T/quick"))" "" "make check runs nothing that make vm-all does not"
is "$(cut -d: -f1 "$T/all")" "$(sed -n 's/^\([^#| ][^| ]*\) *|.*/\1/p' tests/vm/matrix)" "make vm-all boots every machine"
while read -r name; do
	ok "the test $name exists" test -e "tests/vm/t/$name.sh" -o -e "kernel/tests/t/$name.sh"
done < <(pairs "$T/all" | awk '{ print $2 }' | sort -u)
for file in tests/vm/t/*.sh kernel/tests/t/*.sh; do
	name=${file##*/}
	ok "a machine runs ${name%.sh}" grep -q " ${name%.sh}\( \|\$\)" "$T/all"
done

# of every kernel but those with another configuration, whatever is newest and x86_64; 6.1 has a test
# of its own
while read -r kernel machines; do
	ok "make check has a smoke test of the kernel $kernel" \
		grep -qE "^($machines):.* (smoke|oldest)( |\$)" "$T/quick"
done < <(awk -F ' *[|] *' '!/^#/ && NF && $2 !~ /[+]|newest|x86/ { m[$2] = m[$2] "|" $1 }
	END { for (k in m) print k, substr(m[k], 2) }' tests/vm/matrix | sort)

# --- a matrix of our own

cat >"$T/matrix" <<-'END'
# name
a | 4k | max | 1G | 1 | | smoke linmap + * -*-series
b | 4k | max | 1G | 1 | | + doctor
c | 4k | max | 1G | 1 | | doctor
END
mkdir "$T/t"
touch "$T/t/"{smoke,linmap,doctor,x-series}.sh
list()
{
	tests/vm/run -M "$T/matrix" -T "$T/t" --list "$@" | paste -sd ' '
}
is "$(list -q)" "a: smoke linmap c: doctor" "quick: what is before +"
is "$(list)" "a: smoke linmap doctor b: doctor c: doctor" "all: each test once"
is "$(list b a)" "a: smoke linmap doctor b: doctor" "by name: all of these machines"
is "$(list -q -t doctor)" "c: doctor" "quick: one test"
is "$(list -t doctor)" "a: doctor b: doctor c: doctor" "all: one test"
done_testing
