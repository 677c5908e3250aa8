#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kunit/results fails when it must: made-up results of KUnit, one defect each.
. tests/tap.sh

unset MUST_RUN
mkdir -p "$T/vm/m/results"
kunit=$T/vm/m/results/kunit

# healthy MODE: of three tests one is skipped, with a reason
healthy()
{
	echo "$1" >"$kunit-mode"
	cat >"$kunit" <<-'END'
	KTAP version 1
	1..1
	    KTAP version 1
	    # Subtest: arm64_linear_map
	    1..3
	    ok 1 split_a_page
	    ok 2 split_all # SKIP leaves cannot be split
	        KTAP version 1
	        # Subtest: sizes
	        ok 1 page
	        ok 2 section
	    # sizes: pass:2 fail:0 skip:0 total:2
	    ok 3 sizes
	# Totals: pass:3 fail:0 skip:1 total:4
	ok 1 arm64_linear_map
	END
}

# result: of the script
result()
{
	O=$T kernel/tests/kunit/results >"$T/out" 2>&1
}

# refused REGEX DESC EDIT
refused()
{
	healthy "${mode-pte}"
	sed -i "$3" "$kunit"
	result
	is $? 1 "$2: fails" || diag "$(<"$T/out")"
	like "$(<"$T/out")" "$1" "$2: named"
}

healthy pte
ok "all tests pass or give a reason" result
refused 'not ok 1 - m: the kernel' "a failed test" 's/^    ok 1/    not ok 1/; s/^ok/not ok/'
refused 'not ok 1 - m: the kernel' "a failed test of a group" 's/^        ok 2/        not ok 2/; s/ok 3/not ok 3/; s/^ok/not ok/'
refused 'not ok [0-9] - m: ... and every planned' "a planned test without a result" 's/1\.\.3/1..4/'
refused 'not ok [0-9] - m: ... and every planned' "results that end early" '6,99d'
refused 'not ok [0-9] - m: tests ran' "no KTAP" d
refused 'not ok [0-9] - m: each skip' "a skip without a reason" 's/# SKIP.*/# SKIP/'
mode=block_split refused 'not ok [0-9] - m: none is skipped' "a skip where leaves can be split" ''
rm "$kunit"
result
is "$? $(<"$T/out")" "0 1..0 # SKIP no machine ran KUnit tests" "no machine with KUnit: nothing to read"
done_testing
