#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The decoder of TLBI instructions against two disassemblers that share nothing with it, over
# all of the encoding space; and against what the assembler makes of names.

. tests/tap.sh
: "${WORDS:?tlbi_words}"
as=${CROSS_COMPILE:-aarch64-linux-gnu-}as
objdump=${as%as}objdump

command -v "$as" >/dev/null || skip_all "no $as (binutils-aarch64-linux-gnu)"

# every SYS with Cn of 8 and 9, and their neighbours, with register x1
words()
{
	local crn op1 rest
	for crn in 7 8 9 10; do
		for op1 in 0 1 2 3 4 5 6 7; do
			for ((rest = 0; rest < 128; rest++)); do
				printf '%08x\n' $((0xd5080001 | op1 << 16 | crn << 12 | rest << 5))
			done
		done
	done
}

# little endian bytes, as "0x01 0x02 0x03 0x04"
bytes()
{
	sed 's/\(..\)\(..\)\(..\)\(..\)/0x\4 0x\3 0x\2 0x\1/'
}

# the second word of a line that is a TLBI, "-" for other lines
names()
{
	awk '{ sub(/,$/, "", $2); print $1 == "tlbi" ? $2 : "-" }'
}

words >"$T/words"
"$WORDS" <"$T/words" >"$T/ours"

if command -v llvm-mc >/dev/null; then
	bytes <"$T/words" |
		llvm-mc --disassemble -triple=aarch64 -mattr=+v8.7a,+xs,+rme 2>/dev/null |
		grep -v '\.text' | names >"$T/llvm"
	is "$(wc -l <"$T/llvm")" 4096 "LLVM knows each of the words"
	cmp_ok "$(grep -c nxs "$T/llvm")" -gt 50 "among them those of FEAT_XS"
	ok "the same names as LLVM's" diff "$T/llvm" "$T/ours"
else
	skip "no llvm-mc" "the same names as LLVM's"
fi

# binutils 2.40 does not know nXS
sed 's/^/.inst 0x/' "$T/words" >"$T/words.s"
ok "the words assemble" "$as" -o "$T/words.o" "$T/words.s"
"$objdump" -d "$T/words.o" | sed -n 's/^ *[0-9a-f]*:\t[0-9a-f]* \t//p' | names >"$T/binutils"
ok "the same names as binutils', nXS apart" \
	diff "$T/binutils" <(sed 's/.*nxs/-/' "$T/ours")

cat >"$T/other.s" <<'EOF'
	dsb sy; dsb ish; dsb nsh; dsb osh
	dsb st; dsb ishst; dsb nshst; dsb ishld; ssbb; pssbb; dmb ish; isb
	ic ialluis; dc zva, x1; at s1e1r, x1; msr ttbr0_el1, x1; mrs x1, ttbr0_el1; nop
EOF
"$as" -o "$T/other.o" "$T/other.s"
"$objdump" -d "$T/other.o" | sed -n 's/^ *[0-9a-f]*:\t\([0-9a-f]*\) .*/\1/p' | "$WORDS" |
	tr '\n' ' ' >"$T/other"
is "$(cat "$T/other")" "dsb dsb dsb dsb - - - - - - - - - - - - - - " \
	"a DSB that waits for all is told from others, and TLBI from IC, DC, AT and MSR"

done_testing
