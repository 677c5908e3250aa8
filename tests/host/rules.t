#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Recording rules and alerts are correct, and right about series worked out by hand.
# not sanitized: it runs none of our programs
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

command -v promtool >/dev/null || skip_all "promtool is missing (Debian: prometheus)"
cd "$(dirname "$0")/../../dashboards" || exit 1

ok "promtool check rules" promtool check rules rules.yml
ok "promtool test rules" promtool test rules rules.test.yml

while read -r alert; do
	ok "$alert is tested" grep -q "alertname.*$alert" rules.test.yml
done < <(sed -n 's/^ *- alert: //p' rules.yml)
is "$(grep -c '^ *- alert:' rules.yml)" "$(grep -c '^ *runbook: "' rules.yml)" \
	"each alert has a first step"
while read -r name; do
	case $name in
	# made by the rules themselves
	pgtop_tlb_mpki | pgtop_contpte_unfold | pgtop_contpte_coverage | \
		pgtop_linear_map_block_share | pgtop_tlb_flushes) continue ;;
	esac
	ok "$name is exported" grep -q "\"${name#pgtop_}\"" ../lib/snapshot/metrics.c
done < <(grep -o '\bpgtop_[a-z0-9_]*' rules.yml | sort -u)

# what they select by exists, too: a label nothing has selects nothing
while read -r action; do
	ok "decisions can be to $action" grep -q "= \"$action\"" ../daemon/policy/decision.c
done < <(grep -oh 'action=\\*"[a-z]*' rules.yml pgtop.json | sed 's/.*"//' | sort -u)
while IFS= read -r scope; do
	ok "flushes have the scope $scope" grep -q "\"$scope\"" ../lib/tlbflush/tlbflush.c
done < <(sed -n 's/.*scope!~"\(.*\)"}.*/\1/p' rules.yml | tr '|' '\n')

# Each label that rules and panels select, add up or show by is one of the metric's; a value that
# is written in the table of metrics must be one of those.
python3 - rules.yml pgtop.json ../docs/metrics.md ../lib/snapshot/metrics.c >"$T/labels" <<'END'
import json, re, sys

rules, panels, table, source = (open(f).read() for f in sys.argv[1:])
labels = {m[1]: set(re.findall(r"[a-z_]+", m[2]))
          for m in re.finditer(r"^\| `(pgtop_\w+)` \| \w+ \| ([^|]*)\|", table, re.M)}
assert len(labels) > 40, "docs/metrics.md has changed its form"
fixed = set(re.findall(r'(\w+)=\\"([^"\\]+)\\"', source))
names = {name for name, value in fixed}
everywhere = {"instance", "job", "cluster", "le", "__name__", "alertname", "severity"}
text = rules + panels.replace('\\"', '"')
for name, selector in re.findall(r"(?<![\w:])(pgtop_\w+)\{([^}]*)\}", text):
    name = re.sub("_(bucket|sum|count)$", "", name)
    for label, op, values in re.findall(r'(\w+)(=~|!~|!=|=)"([^"]*)"', selector):
        if label not in everywhere | labels.get(name, set()):
            print(f"{name} has no label {label}")
        elif label in names and "$" not in values:
            for value in values.split("|"):
                if (label, value) not in fixed:
                    print(f"{name}: {label} is never {value}")
known = everywhere.union(*labels.values()) | {"stage"}
for group in re.findall(r"\b(?:by|without|on|ignoring|group_left) \(([^)]+)\)", text):
    for label in re.findall(r"\w+", group):
        if label not in known:
            print(f"nothing has a label {label}")
for label in re.findall(r"\{\{ ?(?:with )?\$?(?:labels\.)?([a-z_]+) ?\}\}", text):
    if label not in known and label not in ("value", "end"):
        print(f"nothing has a label {label}")
END
is "$?:$(<"$T/labels")" "0:" "every label and fixed value that is named exists"

# --- what is no flush is left out of the rule, and the metric's help says so

none=$(sed -n 's/.*= { "\(.*\)", false },$/\1/p' ../lib/tlbflush/tlbflush.c)
cmp_ok "$(wc -l <<<"$none")" -ge 5 "some scopes are no flushes"
while IFS= read -r scope; do
	ok "instance:pgtop_tlb_flushes:rate5m leaves out: $scope" \
		grep -qE "scope!~\"([^\"]*\|)?$scope(\|[^\"]*)?\"" rules.yml
	ok "metrics.md says that it is none: $scope" \
		grep -q "^| .pgtop_tlb_flushes_total. .*$scope" ../docs/metrics.md
done <<<"$none"

sed 's/> 120/> 1200/' rules.yml >"$T/rules.yml"
cp rules.test.yml "$T"
promtool test rules "$T/rules.test.yml" >/dev/null 2>&1
is $? 1 "a threshold that moved is found"

# --- the dashboard: every query is one Prometheus understands, of names that exist

python3 - pgtop.json >"$T/queries.yml" <<'END' || fail "pgtop.json is no JSON"
import json, sys

def queries(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "expr":
                yield value
            yield from queries(value)
    elif isinstance(node, list):
        for value in node:
            yield from queries(value)

print("groups:\n- name: dashboard\n  rules:")
for i, query in enumerate(sorted(set(queries(json.load(open(sys.argv[1])))))):
    print(f"  - record: query_{i}\n    expr: {json.dumps(query.replace('$', ''))}")
END
cmp_ok "$(grep -c record "$T/queries.yml")" -gt 20 "the dashboard has queries"
ok "promtool understands them" promtool check rules "$T/queries.yml"
while read -r name; do
	ok "dashboard: $name is exported" grep -q "\"${name#pgtop_}\"" ../lib/snapshot/metrics.c
done < <(grep -o '\bpgtop_[a-z0-9_]*' pgtop.json | grep -v ':\|_$' | sed 's/_\(bucket\|sum\|count\)$//' |
	grep -vxF "$(sed -n 's/.*record: [a-z_]*:\(pgtop_[a-z_]*\).*/\1/p' rules.yml)" | sort -u)
while read -r name; do
	ok "dashboard: the rules record $name" grep -qF "record: $name" rules.yml
done < <(grep -oE '[a-z_]+:pgtop_[a-z0-9_]*:[a-z0-9_]*' pgtop.json | sort -u)

done_testing
