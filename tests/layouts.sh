# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Page walks of memory that is laid out at random, by tests/tools/layout, against smaps, pagemap and
# kpageflags, mapping by mapping; for tests on the host and in the VM, sourced after pagewalk.sh.
#
#   compare_layout SEED [AREAS [CHANGES]]   0 bytes differ
#   tell_layouts                            which kinds and changes there were, in all
#   need_layouts NAME...                    fails unless each of these was there; with a reason, skips

layouts=$T/layouts
: >"$layouts"

# start_layout SEED [AREAS [CHANGES]]: its pid in $pid; 9 goes to it, 8 comes from it
start_layout()
{
	local line
	rm -f "$T/to" "$T/from"
	mkfifo "$T/to" "$T/from"
	"$TOOLS/layout" "$@" <"$T/to" >"$T/from" &
	exec 9>"$T/to" 8<"$T/from"
	while read -r line <&8; do
		[[ $line != ready* ]] || break
		echo "$line" >>"$layouts"
	done
	pid=${line#ready }
}

end_layout()
{
	echo >&9
	exec 8<&- 9>&-
	wait "$pid" 2>/dev/null
}

# Both walks, that of pagewalk_dump and that of pgtop map. The kernel changes memory of itself: what
# it did between the first look and the last is looked at again.
walk_still()
{
	local i
	for i in 1 2 3 4 5 6 7 8; do
		"$TOOLS/vmas" "$pid" >"$T/vmas" || return
		walk -r || return
		grep '^range' "$T/walk" >"$T/ranges"
		"$PGTOP" map "$pid" --json >"$T/json" || return
		walk -r || return
		"$TOOLS/vmas" "$pid" >"$T/vmas.after" || return
		cmp -s "$T/vmas" "$T/vmas.after" && grep '^range' "$T/walk" | cmp -s "$T/ranges" && return
	done
	diag "after $i looks the memory still changes"
	return 1
}

# Before Linux 6.6 smaps leaves a block under PROT_NONE out of Rss (smaps_pmd_entry() went by
# follow_trans_huge_pmd(), which passes it over); pagemap shows it in all kernels.
smaps_skips()
{
	local release
	release=$(uname -r)
	awk -v v="${release%%[!0-9.]*}" -v page="$(getconf PAGE_SIZE)" 'BEGIN {
		split(v, n, ".")
		print n[1] < 6 || n[1] == 6 && n[2] < 6 ? page * page / 8 : 0
	}'
}

# Sources that disagree on a mapping, a line each: "START END WHAT WALK OTHERS".
layout_differences()
{
	awk -v skips="$(smaps_skips)" '
		function differ(what, walk, others) {
			if (walk != others) printf "%s %s %s %.0f %.0f\n", $2, $3, what, walk, others
		}
		$1 == "vma" {
			for (i = 4; i < NF; i += 2) of[$2, $3, $i] = $(i + 1)
			vmas++
			next
		}
		$1 != "range" { next }
		{
			ranges++
			split("", w)
			for (i = 4; i < NF && $i != "name"; i += 2) w[$i] = $(i + 1)
			present = w["pte"] + w["cont_pte"] + w["pmd"] + w["cont_pmd"] + w["pud"] + w["cont_pud"] + w["p4d"]
			huge = present - w["pte"] - w["cont_pte"]
			memory = present + w["prot_none"] - w["special"]
			rss = memory + w["migration"] - of[$2, $3, "hugetlb"]
			skipped = rss - of[$2, $3, "rss"]
			if (!skips || skipped > w["prot_none"] || skipped < 0 || skipped % skips)
				differ("rss", rss, of[$2, $3, "rss"])
			# what of shared memory is swapped out is in Swap, in page tables is nothing of it
			if ($0 !~ / name \/memfd:/ || w["swap"] > of[$2, $3, "swap"])
				differ("swap", w["swap"], of[$2, $3, "swap"])
			differ("zero", w["zero"], of[$2, $3, "zero"])
			differ("present", memory + w["zero"], of[$2, $3, "present"])
			differ("absent", w["swap"] + w["migration"] + w["other"], of[$2, $3, "absent"])
			# huge pages are told from others only where they may be touched
			wanted = of[$2, $3, "huge"] + of[$2, $3, "hugetlb"]
			if (!w["prot_none"] && !w["cont_pte"]) differ("huge", huge, wanted)
			else if (huge > wanted) differ("huge", huge, wanted)
		}
		END { if (ranges != vmas || !vmas) print "- - mappings", ranges, vmas }' "$T/vmas" "$T/walk"
}

# compare_layout SEED [AREAS [CHANGES]]
compare_layout()
{
	start_layout "$@"
	rm -f "$T/vmas" "$T/walk" "$T/json"
	touch "$T/vmas" "$T/walk" "$T/json"
	ok "seed $1: walk" walk_still
	layout_differences >"$T/differ"
	is "$(<"$T/differ")" "" \
		"seed $1: 0 bytes differ in $(grep -c ^vma "$T/vmas") mappings of $(key "$T/walk" present) bytes"
	is "$(key "$T/walk" read_errors) $(key "$T/walk" bad_frames)" "0 0" "seed $1: nothing that made no sense"
	ok "seed $1: map --json" compare_json
	end_layout
}

# pgtop map said the same as pagewalk_dump
compare_json()
{
	jq -r '"present \(.present_bytes) zero \(.zero_bytes) ranges \(.ranges | length)",
		(.ranges[] | "\(.start[2:]) \(.end[2:]) \(.present_bytes) \(.zero_bytes) \(.swap_bytes)")' \
		"$T/json" >"$T/json.lines" || return
	awk '
		$1 == "present" { present = $2 }
		$1 == "zero" { zero = $2 }
		$1 == "range" {
			split("", w)
			for (i = 4; i < NF && $i != "name"; i += 2) w[$i] = $(i + 1)
			n = w["pte"] + w["cont_pte"] + w["pmd"] + w["cont_pmd"] + w["pud"] + w["cont_pud"] + w["p4d"]
			line[++ranges] = sprintf("%s %s %.0f %.0f %.0f", $2, $3, n, w["zero"], w["swap"])
		}
		END {
			printf "present %.0f zero %.0f ranges %d\n", present, zero, ranges
			for (i = 1; i <= ranges; i++) print line[i]
		}' "$T/walk" >"$T/walk.lines"
	diff "$T/walk.lines" "$T/json.lines"
}

# count_layouts NAME: how many areas of that kind there were, or how often that was done
count_layouts()
{
	awk -v name="$1" '$2 == name { n += $3 } END { printf "%.0f", n }' "$layouts"
}

need_layouts()
{
	local name why
	for name; do
		why=$(awk -v name="$name" '$1 == "kind" && $2 == name && NF > 3 { $1 = $2 = $3 = ""; print; exit }' "$layouts")
		if [ "$(count_layouts "$name")" -gt 0 ]; then
			pass "there was $name: $(count_layouts "$name")"
		elif [ "$why" ]; then
			skip "$name:$why" "there was $name"
		else
			fail "there was $name"
		fi
	done
}
