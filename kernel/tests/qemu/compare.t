#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The comparison of events with instructions: agrees with sums made by hand, and fails when one
# instruction or one event is missing.

. tests/tap.sh
compare=kernel/tests/qemu/compare

# events LINE...: a trace with one window
events()
{
	echo "# entries-in-buffer/entries-written: ${WRITTEN:-9/9}   #P:1"
	echo " mmops-1 [000] ..... 1.0: arm64_tlb_flush: scope=mm start=0x0 end=0xffffffffffffffff stride=0x0 flags= ip=before"
	echo " mmops-1 [000] ..... 1.1: tracing_mark_write: begin op"
	printf ' mmops-1 [000] ..... 1.2: %s\n' "$@"
	echo " mmops-1 [000] ..... 1.3: tracing_mark_write: end op"
}

# counts JSON-MEMBERS: what the plugin would have written, with some counts before
counts()
{
	echo '{"mark": "paging_init", "cpu": 0, "insns": 1, "insns_kernel": 0, "flushes": 0, "tlbi": {}}'
	echo '{"mark": "hint0", "cpu": 0, "insns": 5, "insns_kernel": 4, "flushes": 1, "tlbi": {"vale1is": 100}}'
	printf '{"mark": "hint1", "cpu": 0, "insns": 9, "insns_kernel": 8, "flushes": 2, "tlbi": {%s}}\n' "$1"
}

# agree DESC COUNTS FEATURES EVENT...
agree()
{
	counts "$2" >"$T/counts"
	events "${@:4}" >"$T/trace"
	# shellcheck disable=SC2086 # a list of words
	ok "$1" $compare "$T/trace" "$T/counts" 4096 $3
}

differ()
{
	counts "$2" >"$T/counts"
	events "${@:4}" >"$T/trace"
	# shellcheck disable=SC2086
	ok "$1" eval "! $compare $T/trace $T/counts 4096 $3"
}

user="arm64_tlb_flush: mm=1 asid=7 level=3 ip=f stride=0x1000"
kernel="arm64_tlb_flush_kernel: ip=f"

# 37 pages: 36 = 2 * 18, 18 is one digit in base 32, and one page is left
range="$user scope=range start=0x10000 end=0x35000 flags=last_level"
agree "37 pages, range operations" '"vale1is": 101, "rvale1is": 1' range "$range"
agree "37 pages, none" '"vale1is": 137' "" "$range"
agree "37 pages, KPTI" '"vale1is": 174' kpti "$range"
differ "a TLBI too few" '"vale1is": 136' "" "$range"
differ "a TLBI too many" '"vale1is": 138' "" "$range"
differ "another kind" '"vale1is": 136, "vae1is": 1' "" "$range"
differ "an event too few" '"vale1is": 174' "" "$range"
WRITTEN=9/10 differ "an event the trace has lost" '"vale1is": 137' "" "$range"
agree "two events" '"vale1is": 174' "" "$range" "$range"

# 0x13000: 13 pages by address to the next 64 KiB, 24 left: half of it is one digit
agree "37 pages, not aligned, LPA2" '"vale1is": 113, "rvale1is": 1' "range lpa2" \
	"$user scope=range start=0x13000 end=0x38000 flags=last_level"
# 2050 pages: half of it is 1025 = 1 * 32^2 + 0 * 32 + 1
agree "2050 pages, table entries too" '"vale1is": 100, "rvae1is": 2' range \
	"$user scope=range start=0x200000 end=0xa02000 flags=nosync"
agree "a range that escalated" '"vale1is": 100, "aside1is": 1' "" \
	"$user scope=range start=0x200000 end=0xa02000 flags=last_level|escalated"
agree "a process, a page" '"vale1is": 101, "aside1is": 1' range \
	"$user scope=mm start=0x0 end=0xffffffffffffffff flags=" \
	"$user scope=page start=0x1000 end=0x2000 flags=last_level|nosync"
agree "the kernel: 3 pages, a table, everything twice" \
	'"vale1is": 100, "vaale1is": 3, "vaae1is": 1, "vmalle1is": 2' range \
	"$kernel scope=kernel start=0xffff800080000000 end=0xffff800080003000 flags=last_level" \
	"$kernel scope=pgtable start=0xffff800080000000 end=0xffff800080001000 flags=" \
	"$kernel scope=kernel start=0xffff800080000000 end=0xffff800090001000 flags=escalated" \
	"$kernel scope=all start=0x0 end=0xffffffffffffffff flags="
agree "each wait repeated: a page, a page and its wait, a kernel range" \
	'"vale1is": 105, "vaale1is": 1' repeat \
	"$user scope=page start=0x1000 end=0x2000 flags=last_level" \
	"$user scope=page start=0x1000 end=0x2000 flags=last_level|nosync" "arm64_tlb_sync: ip=f" \
	"$kernel scope=kernel start=0xffff800080000000 end=0xffff800080001000 flags=last_level"
agree "... and twice after a range that escalated, once if the caller waits" \
	'"vale1is": 103, "aside1is": 2' repeat \
	"$user scope=range start=0x200000 end=0xa02000 flags=last_level|escalated" \
	"$user scope=range start=0x200000 end=0xa02000 flags=last_level|nosync|escalated"
agree "a local TLBI is told, and no difference" '"vale1is": 137, "vmalle1": 1' "" "$range"

done_testing
