#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What tlb-report and tlb-compare say of made-up results: figures worked by hand, rows that must
# be refused, wishes that are not fulfilled.
. tests/tap.sh
report=tests/bench/tlb-report
compare=tests/bench/tlb-compare

# counts INSNS L1 WALKS: of a region, all of data
counts()
{
	local misses="{\"l1d\": $2, \"l1i\": 0, \"walks_d\": $3, \"walks_i\": 0, \"reads\": $(($3 * 4))}"
	local access="{\"l1d\": $2, \"walks_d\": $3}"
	cat <<-END
	{"insns": {"kernel": $1, "user": 1000}, "odd": {"zva": 3}, "tlbi": {},
	 "presets": {"pessimist": {"kernel": $misses, "user": $misses, "linear": $access,
	  "image": $access, "other": $access, "uaccess": $access}, "neoverse-n1":
	  {"kernel": $misses, "user": $misses, "linear": $access, "image": $access,
	  "other": $access, "uaccess": $access}}}
	END
}

# result FILE INSNS L1 WALKS KB: blocks; pages have 1,000,000 instructions, 4000 and 2000 misses
result()
{
	cat >"$T/$1" <<-END
	{"format": 1, "kernel": {"release": "r", "patches": 1, "image_sha256": "0123456789abcdef0"},
	 "cpu": "c", "presets": {"pessimist": "s", "neoverse-n1": "t"}, "machines": {
	 "random-page": {"regions": {"random": $(counts 1000000 4000 2000)}},
	 "random-block": {"regions": {"random": $(counts "$2" "$3" "$4")}},
	 "total-16-page": {"regions": {"total": {"kb": 16000000}}},
	 "total-16-block": {"regions": {"total": {"kb": $5}}}}}
	END
}

# report FILE: with runs of spaces as one
report()
{
	$report "$T/$1" | tr -s ' '
}

not()
{
	! "$@"
}

# 32768 kB of 16 GiB; a quarter of the first-level misses, a tenth of the others
result good 1004000 1004 200 16032768
ok "a good result is one" $report "$T/good" -t "$T/table"
text=$(report good)
like "$text" "4\.0000 1\.0000 -75\.0 % 2\.0000 0\.1992 -90\.0 % 8\.000 0\.797" "misses per 1000 instructions"
like "$text" "published: kernel TLB misses -28\.5 %" "the published figure is beside"
like "$text" "16 GiB 16000000 16032768 32768 32768" "memory saved"
like "$text" "zva 6" "what was not followed"
result insns 1006000 1000 200 16032768
like "$(report insns)" "refused: instructions differ by \+0\.60 %" "unequal instructions are refused"
# 1437 of 2000 is 28.2 % fewer
result few 1000000 1000 1437 16032768
ok "fewer misses, but not as few as published, fail" not $report "$T/few"
like "$(report few)" "L2 misses at least 28\.5 % [^)]*-28\.[12] %\) NOT SO" "and it says so"
result memory 1000000 1000 200 16032000
ok "memory saved 2.3 % short fails" not $report "$T/memory"
like "$($compare "$T/good" "$T/few" | tr -s ' ')" "random-block/random insns 0\.9960 pessimist 0\.9960 7\.1850 " \
	"ratios of two"
sed 's/"cpu": "c"/"cpu": "d"/' "$T/good" >"$T/other"
ok "not of another machine" not $compare "$T/good" "$T/other"
printf 'before\n<!-- tlb: begin -->\nold\n<!-- tlb: end -->\nafter\n' >"$T/doc.md"
ok "a document is written" $report "$T/good" -d "$T/doc.md"
text=$(cat "$T/doc.md")
like "$text" "^before.*What the method cannot show.*after$" "and keeps what is around"
ok "without what was there" not grep -qx old "$T/doc.md"
echo nothing >"$T/doc.md"
ok "a document without marks is refused" not $report "$T/good" -d "$T/doc.md"

done_testing
