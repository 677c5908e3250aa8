#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What a change of the flags builds again. Nothing is compiled: make -t makes a tree of empty files
# that is up to date, and make -n says what it would do.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

unset MAKEFLAGS MFLAGS MAKELEVEL CC CLANG CFLAGS CPPFLAGS LDFLAGS WERROR SAN V O VM_O
cd "$(dirname "$0")/../.." || exit
b=$T/b

mk()
{
	make --no-print-directory O="$b" CC=gcc CLANG=clang "$@"
}
goals=(all static tools "$b/docs/metrics" "$b/tests/sim/sim" "$b/bench/tlbmodel.so" "$b/bench/guest" "$b/qemu/count.so"
	"$b/fuzz/tests/fuzz/fuzz_psi")
for test in tests/unit/test_*.c; do
	goals+=("$b/${test%.c}")
done

# would [VARIABLE=VALUE...]: a line "KIND FILE" for each command that make would run, to $T/would
would()
{
	mk -n "$@" "${goals[@]}" >"$T/commands"
	sed -n "s/^printf '  %-8s%s.n' //p" "$T/commands" | sort >"$T/would"
}

# The directories and the files with flags are real, all others are empty.
would
cp "$T/would" "$T/all"
sed -n 's,^[^ ]* ,,p' "$T/all" | xargs -n 1 dirname | sort -u | (mkdir -p "$b" && cd "$b" && xargs mkdir -p)
mk -s "$b"/flags/{cc,ld,static,ar,bpf,tools,fuzz,plugin} "$b/version.h" >"$T/log" 2>&1 || diag "$(<"$T/log")"
mk -t "${goals[@]}" >"$T/log" 2>&1 || diag "$(tail "$T/log")"
cmp_ok "$(grep -c '^CC ' "$T/all")" -gt 300 "there are more than 300 compilations to look at"
ok "nothing is built twice" mk -q "${goals[@]}"
would
is "$(<"$T/would")" "" "the same flags: nothing"

# again DESC BUT VARIABLE=VALUE...: with these, all is built again but what BUT (an extended regular
# expression on "KIND FILE") names; and none of that is
again()
{
	local desc=$1 but=$2
	shift 2
	would "$@"
	is "$(comm -13 "$T/would" "$T/all" | grep -vE "^($but)")" "" "$desc: all that has to be is built again"
	is "$(grep -E "^($but)" "$T/would")" "" "$desc: ... and nothing else"
}
fuzzed='CC fuzz/|AR fuzz/|LD fuzz/'
again CPPFLAGS nothing CPPFLAGS=-DX
again CFLAGS 'BPF|SKEL' "CFLAGS=-O1 -g"
again WERROR "$fuzzed" WERROR=1 # the fuzzed have it never
again SAN 'CC tests/tools/|CC bench/guest|PLUGIN|BPF|SKEL|CC fuzz/|AR fuzz/' SAN=1
again CC 'CC bench/guest|PLUGIN|BPF|SKEL|CC fuzz/|AR fuzz/' CC="ccache gcc"
again HOSTCC '(CC|AR|LD) [^b]|(BPF|SKEL)' HOSTCC=gcc
again LDFLAGS 'CC [^bft]|CC tests/[^t]|AR [^f]|BPF|SKEL' LDFLAGS=-Wl,-O1
again AR 'CC|PLUGIN|BPF|SKEL|LD pgtop-opener' AR=gcc-ar
would CLANG="ccache clang"
is "$(comm -13 "$T/would" "$T/all" | grep -E '^BPF|^SKEL|^(CC|AR|LD) fuzz/')" "" \
	"CLANG: BPF and what the fuzzer runs are built again"
is "$(grep -c '^CC tests/tools' "$T/would")" 0 "CLANG: ... and no program that gcc makes"

# --- each command has the flags it should have

rm -r "$b"
would V=1 CPPFLAGS=-DMARK_CPP LDFLAGS=-Wl,MARK_LD
sed -e ':a' -e '/\\$/N; s/\\\n//; ta' "$T/commands" | grep -E -- ' -o [^ ]+' | grep -v bpftool >"$T/makes"
cmp_ok "$(wc -l <"$T/makes")" -gt 300 "there are more than 300 commands to look at"
is "$(grep -E -- ' -c |-static|-shared' "$T/makes" | grep -v MARK_CPP)" "" "CPPFLAGS are in each compilation"
is "$(grep -v -e ' -c ' "$T/makes" | grep -v MARK_LD)" "" "LDFLAGS are in each link"
done_testing
