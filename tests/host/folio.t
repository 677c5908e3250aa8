#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The folio behind each page, read from the memory map, against /proc/kpageflags: small and large,
# anonymous and of files, whole, in parts, shared with a child, merged.
# alone: what others do to memory splits and collapses its pages meanwhile
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

# shellcheck source=tests/pagewalk.sh
. "$(dirname "$0")/../pagewalk.sh"

"$PGTOP" doctor --json >"$T/doctor.json" 2>"$T/err"
[ "$(doctor_row "$T/doctor.json" pagewalk.folios state)" = ok ] ||
	skip_all "$(doctor_row "$T/doctor.json" pagewalk.folios why) $(cat "$T/err")"

# folios: of the workload, by both, without what has no folio
folios()
{
	"$PROGS/folio_dump" "$pid" 2>"$T/err" | grep -v ' special$' >"$T/walked"
	awk '{ print $1 }' "$T/walked" | "$TOOLS/folios" "$pid" >"$T/flags"
}

# same: both say the same of every page; a page may move between the two
same()
{
	folios
	[ -s "$T/walked" ] && ! grep -q ' unread$' "$T/walked" && diff "$T/walked" "$T/flags"
}

# pages INDEX WORDS: of mapping INDEX, with the order and kind WORDS
pages()
{
	awk -v i="$1" -v words="$2" '
		FNR == NR { if ($1 == "map" && $2 == i) { s = $4; e = $5 } next }
		length($1) == length(s) && $1 "" >= s "" && $1 "" < e "" && $2 " " $3 == words { n++ }
		END { print n + 0 }' "$T/maps" "$T/walked"
}

page=$(getconf PAGESIZE)
start small=4M anon=4M shmem=2M hugeshmem=4M file=2M cow=2M
walk -r
ok "small and large folios, mapped whole" wait_for 30 same
is "$(pages 0 '0 anon')" $((4 * M / page)) "small: single pages"

if [ "$(of 1 pmd)" = "$((4 * M))" ] && [ "$page" = 4096 ]; then
	# a page of another kind in each: the folios stay, their leaves do not
	tell protect 1 0 "$page" r
	tell protect 1 $((3 * M)) "$page" r
	ok "huge pages whose leaves were split" wait_for 30 same
	is "$(pages 1 '9 anon')" 1024 "anon: both folios are still of order 9"
	tell drop 1 0 $((M / 2))
	ok "a folio that is mapped in part" wait_for 30 same
	is "$(pages 1 '9 anon')" 896 "anon: what is left of it is of order 9"
else
	skip "no huge pages of 2 MiB here" "split leaves"
fi
done_testing
