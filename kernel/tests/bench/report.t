#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What tlb-report and compare say of made-up results: figures worked by hand, rows that must
# be refused, requirements that are missed.
. tests/tap.sh
report=kernel/tests/bench/tlb-report
compare=tests/bench/compare

# counts INSNS L1 WALKS [X [UNMAPPED]]: of a region, all of data
counts()
{
	local misses="{\"l1d\": $2, \"l1i\": 0, \"walks_d\": $3, \"walks_i\": 0, \"reads\": $(($3 * 4))}"
	local access="{\"l1d\": $2, \"walks_d\": $3}"
	cat <<-END
	{"insns": {"kernel": $1, "user": 1000}, "odd": {"unmapped": ${5-0}, "zva": 3, "tlbi": 0, "late": 0},
	 "tlbi": {"vaae1is": 7},
	 "presets": {"pessimist": {"kernel": $misses, "user": $misses, "linear": $access,
	  "image": $access, "other": $access, "uaccess": $access}, "neoverse-n1":
	  {"kernel": $misses, "user": $misses, "linear": $access, "image": $access,
	  "other": $access, "uaccess": $access}}}
	END
}

# result FILE INSNS L1 WALKS KB [UNMAPPED]: blocks; pages have 1,000,000 instructions, 4000 and 2000 misses
result()
{
	cat >"$T/$1" <<-END
	{"format": 1, "kernel": {"release": "r", "patches": 1, "image_sha256": "0123456789abcdef0"},
	 "cpu": "c", "presets": {"pessimist": "s", "neoverse-n1": "t"}, "machines": {
	 "random-page": {"regions": {"random": $(counts 1000000 4000 2000)}},
	 "random-block": {"regions": {"random": $(counts "$2" "$3" "$4" x "${6-0}")}},
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
like "$text" "4\.0000 1\.0000 -75\.0 % 2\.0000 0\.1992 -90\.0 %" "misses per 1000 instructions"
like "$text" "published: kernel TLB misses -28\.5 %" "the published figure is beside"
like "$text" "16 GiB 16000000 16032768 32768 32768" "memory saved"
like "$text" "random 1000000 1004000 \+0\.40 % 7 7 3 3" "instructions, TLBI, what was not followed"
like "$text" "without a translation: none \(0\)" "nothing unmapped"
like "$text" "^Blocks instead of pages: 90\.0 to 90\.0 % fewer walks .*all TLBs\), 75\.0 to 75\.0 %" \
	"the least and the most of all"
result odd 1004000 1004 200 16032768 5
ok "accesses without a translation fail" not $report "$T/odd"
result insns 1006000 1000 200 16032768
like "$(report insns)" "refused: instructions differ by \+0\.60 %" "unequal instructions are refused"
# 1437 of 2000 is 28.2 % fewer
result few 1000000 1000 1437 16032768
ok "fewer misses, but not as few as published, fail" not $report "$T/few"
like "$(report few)" "L2 misses at least 28\.5 % [^)]*-28\.[12] %\) FAILED" "and it says so"
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

# load(path): a script as a module, so that what it works on can be made up
cat >"$T/script.py" <<'PYTHON'
import importlib.machinery, importlib.util

def load(path):
    name = path.split("/")[-1]
    loader = importlib.machinery.SourceFileLoader(name, path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module
PYTHON
export PYTHONPATH=$T PYTHONDONTWRITEBYTECODE=1

# tool LIMIT: a made-up part whose only figure, 5, has to be below LIMIT
tool()
{
	cat >"$T/part" <<-END
	. tests/cost.sh
	echo "a part: 5 ms \$(figure part.time 5 ms below $1)"
	END
	printf '<!-- part: begin -->\nold\n<!-- part: end -->\n' >"$T/tool.md"
	python3 - "$T" <<-'PYTHON'
	import pathlib, sys
	from script import load
	tool = load("tests/bench/tool")
	out = pathlib.Path(sys.argv[1])
	tool.PARTS, tool.DOCUMENT = {"part": out / "part"}, out / "tool.md"
	sys.argv = ["tool", "-o", str(out), "--docs"]
	sys.exit(tool.main())
	PYTHON
}

text=$(tool 6 2>&1)
is $? 0 "tool: a figure that meets its requirement"
like "$text" "a part: 5 ms \(required: below 6\)" "... says what is required"
# shellcheck disable=SC2016 # three of them as they are
like "$(cat "$T/tool.md")" 'begin -->.```.a part: 5 ms .required: below 6..```.<!-- part: end' "... in the document"
cp "$T/tool.json" "$T/tool.old"
text=$(tool 5 2>&1)
is $? 1 "tool: a figure that misses its requirement fails"
like "$text" "\(required: below 5, FAILED\).*FAILED: part\.time$" "... named"
sed -i 's/5.0/10.0/' "$T/tool.json"
like "$($compare "$T/tool.old" "$T/tool.json")" "part\.time +2\.0000  5 -> 10 ms" "ratios of two"
ok "not with one of modelled TLBs" not $compare "$T/tool.old" "$T/good"

# compared WORD...: what --quick finds against a baseline, "base" with the words replaced in it
compared()
{
	sed "$1" "$T/base" >"$T/now"
	python3 - "$T/base" "$T/now" <<-'PYTHON'
	import json, pathlib, sys
	from script import load
	tlb = load("kernel/tests/bench/tlb")
	tlb.BASELINE = pathlib.Path(sys.argv[1])
	sys.exit(tlb.quick(json.loads(pathlib.Path(sys.argv[2]).read_text()), False))
	PYTHON
}

result base 1000000 1000 200 16032768
python3 - "$T/base" <<'PYTHON'
import json, sys
text = open(sys.argv[1]).read().replace("random", "sequential").replace('"r"', '"6.12.1-pgtop"')
base = json.loads(text)
base["machines"] = {k: v for k, v in base["machines"].items() if not k.startswith("total")}
open(sys.argv[1], "w").write(json.dumps(base, indent=1))
PYTHON
text=$(compared "")
is $? 0 "quick: the same figures"
like "$text" "sequential-block +L1 misses +1000 -> +1000 +\+0\.000 %" "... each of them shown"
text=$(compared 's/: 1000000,/: 1004900,/')
is $? 0 "quick: 0.49 % more instructions"
text=$(compared 's/: 1000000,/: 1005100,/')
is $? 1 "quick: 0.51 % more instructions"
like "$text" "instructions +1000000 -> +1005100 +\+0\.510 %  FAILED: required within 0\.5 %" "... shown"
text=$(compared 's/"l1d": 1000,/"l1d": 1101,/')
is $? 1 "quick: 101 more misses of 1000"
text=$(compared 's/sequential-block/gone/')
is $? 1 "quick: a machine that is not there"
text=$(compared 's/6.12.1-pgtop/6.12.2-pgtop/; s/: 1000000,/: 2000000,/')
is $? 0 "quick: nothing is compared with the baseline of another release"
like "$text" "nothing compared: the baseline is of 6\.12\.1-pgtop, this is 6\.12\.2-pgtop; .*BENCH_ACCEPT=1" \
	"... and it says so"

done_testing
