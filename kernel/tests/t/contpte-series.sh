#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# contpte on the kernel of kernel/: its events, its counters in vmstat, ContPteMapped in smaps
# and the page walk say the same of the same run; fentry programs that run beside the
# tracepoint programs count the same. What each number must be follows from what
# tests/tools/contpte does to its 64 MiB (4K pages) or 256 MiB (16K pages).
# deadline: 480
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"
PROGS=/opt/pgtop/bin TOOLS=/opt/pgtop/bin
# shellcheck source=tests/watch.sh
. "${VM_WATCH:-/opt/pgtop/watch.sh}"
# shellcheck source=tests/pagewalk.sh
. "${VM_WALK:-/opt/pgtop/pagewalk.sh}"

need_config CONFIG_ARM64_CONTPTE CONFIG_ARM64_MM_TRACE CONFIG_ARM64_CONTPTE_STATS

page=$(getconf PAGESIZE)
case $page in
4096) block=65536 bytes=$((64 << 20)) ;;
16384) block=$((2 << 20)) bytes=$((256 << 20)) ;;
*) skip_all "no plan for pages of $page bytes" ;;
esac
blocks=$((bytes / block))
thp=/sys/kernel/mm/transparent_hugepage
set_knob $thp/enabled never
for knob in "$thp"/hugepages-*kB/enabled; do
	set_knob "$knob" never
done
set_knob $thp/hugepages-$((block / 1024))kB/enabled madvise

# --- the sources

tracing=/sys/kernel/tracing

# what the kernel itself prints of its events, for the tool and its children
trace_start()
{
	set_knob $tracing/events/arm64_mm/contpte_unfold/enable 1
	set_knob $tracing/events/arm64_mm/contpte_fold/enable 1
	set_knob $tracing/options/event-fork 1
	at_exit sh -c "echo >$tracing/set_event_pid"
	echo "$pid" >$tracing/set_event_pid
}

# forgets what was printed
trace_clear()
{
	echo >$tracing/trace
}

# traced REGEX: lines of the trace
traced()
{
	grep -v '^#' $tracing/trace | grep -cE -- "$1"
}

vmstat()
{
	awk -v k="$1" '$1 == k { print $2 }' /proc/vmstat
}

# smaps_kb FILE PID KEY: summed over all VMAs
smaps_kb()
{
	awk -v k="$3:" '$1 == k { n += $2; found = 1 }
		END { if (found) print n; else print "absent" }' "/proc/$2/$1"
}

walked()
{
	walk_of "$1" "$T/walk" && echo $(($(key "$T/walk" bytes.cont_pte) / 1024))
}

# mapped PID BLOCKS DESC: smaps, smaps_rollup and the page walk
mapped()
{
	local kb=$(($2 * block / 1024))
	is "$(smaps_kb smaps "$1" ContPteMapped)" $kb "$3: ContPteMapped is $kb kB"
	is "$(smaps_kb smaps_rollup "$1" ContPteMapped)" $kb "$3: ... in smaps_rollup, too"
	is "$(walked "$1")" $kb "$3: the page walk sees as much"
}

# did COMMAND UNFOLDS FOLDS MAPS DESC [PID...]: the tool obeys; events by both ways, vmstat and
# the trace agree on what became of all processes of the tool together
did()
{
	local command=$1 unfolds=$2 folds=$3 maps=$4 desc=$5 before=(0 0) way
	before=("$(vmstat contpte_unfold)" "$(vmstat contpte_fold)")
	trace_clear
	step "$command" "${@:6}"
	for way in events fentry; do
		is "$(got $way contpte.unfolds) $(got $way contpte.folds) $(got $way contpte.maps)" \
			"$unfolds $folds $maps" "$desc: $way: unfolds, folds, maps"
		is "$(got $way reason) $(got $way caller)" "$unfolds $unfolds" \
			"$desc: $way: each unfold has a reason and a caller"
		is "$(got $way self.events_dropped) $(got $way self.events_unattributed)" "0 0" \
			"$desc: $way: nothing dropped or unattributed"
	done
	is "$(($(vmstat contpte_unfold) - before[0])) $(($(vmstat contpte_fold) - before[1]))" \
		"$unfolds $folds" "$desc: vmstat: unfolds, folds"
	is "$(traced contpte_unfold:) $(traced contpte_fold:)" "$unfolds $folds" \
		"$desc: the trace: unfolds, folds"
}

# by PID UNFOLDS FOLDS MAPS DESC: of this, what was one process's memory
by()
{
	local way
	for way in events fentry; do
		is "$(got $way "$1.unfolds") $(got $way "$1.folds") $(got $way "$1.maps")" \
			"$2 $3 $4" "$5: $way: unfolds, folds, maps by the process"
	done
}

# why NAME REGEX N DESC: reason NAME for N unfolds; the caller, by each way, fits REGEX
why()
{
	local way
	for way in events fentry; do
		is "$(got $way "reason.$1")" "$3" "$4: $way: reason $1"
		like "$(sed -n 's/^caller\.\(.*\)=[1-9].*/\1/p' "$T/$way" | sort -u | tr '\n' ' ')" \
			"^($2) \$" "$4: $way: the caller"
	done
	is "$(traced "contpte_unfold:.* reason=$1 .*ip=($2)\\+")" "$3" "$4: so says the trace"
}

# --- the run

start_walker
ok "the tool starts" start_tool contpte $bytes $block
read -r _ _ memory <<<"$answer"
ok "an observer by tracepoints starts" start_watch events
ok "an observer by fentry starts" start_watch fentry fentry
is "$(grep -c '^probe.contpte.\(unfolds\|folds\|maps\)=ok tp_btf contpte_' "$T/events.probe")" 3 \
	"the tracepoints are preferred"
is "$(grep -c '^probe.contpte.\(unfolds\|folds\|maps\)=ok fentry contpte_' "$T/fentry.probe")" 3 \
	"the other observer does without"
like "$(grep '^probe.contpte.unfold_callers' "$T/events.probe")" '=ok tp_btf contpte_unfold' \
	"reasons and callers come with the event"
trace_start

did touch 0 0 $blocks "first touch"
by "$pid" 0 0 $blocks "first touch"
mapped "$pid" $blocks "first touch"

# A page in the middle of a block is made read-only: entries of one block must be alike. The
# entry is cleared, then set anew, by the accessors of one entry alone (reason api).
did "protect 23" 23 0 0 "a page amid 23 blocks made read-only"
by "$pid" 23 0 0 "a page amid 23 blocks made read-only"
why api 'change_protection|change_pte_range|ptep_modify_prot_start|modify_prot_start_ptes' 23 \
	"a page amid 23 blocks made read-only"
mapped "$pid" $((blocks - 23)) "a page amid 23 blocks made read-only"

# What was changed back looks as before, to all but the page tables: nothing folds.
did "restore 23" 0 0 0 "made writable again"
mapped "$pid" $((blocks - 23)) "made writable again"

# Only the write of a block's last entry looks whether all sixteen fit.
did "refold 23" 0 23 0 "the last page of these blocks both ways"
by "$pid" 0 23 0 "the last page of these blocks both ways"
mapped "$pid" $blocks "the last page of these blocks both ways"

# fork write-protects the parent's entries a block at a time (copy_present_ptes(),
# contpte_wrprotect_ptes() of whole blocks) and sets the child's likewise: no block is taken
# apart, and the child's are mapped contiguous. Its memory is booked to the parent, whose
# number the child still carries at that moment.
did child 0 0 $blocks "fork"
by "$pid" 0 0 $blocks "fork"
read -r _ child _ <<<"$answer"
mapped "$pid" $blocks "fork: the parent"
mapped "$child" $blocks "fork: the child"

# private PID: kB of the workload's memory that no other process maps
private()
{
	awk -v start="$(printf %x "$memory")" -v end="$(printf %x $((memory + bytes)))" '
		$1 ~ /^[0-9a-f]+-[0-9a-f]+$/ {
			split($1, a, "-")
			here = (a[2] "") > start && (a[1] "") < end && length(a[1]) == length(start)
		}
		here && /^Private_/ { kb += $2 }
		END { print kb + 0 }' "/proc/$1/smaps"
}

# One write in the child. Its entry is write-protected and its page not exclusive: do_wp_page().
# The folio is large, so it is never reused (wp_can_reuse_anon_folio()): one small page is
# copied, not the folio. wp_page_copy() replaces one entry of the child by ptep_clear_flush()
# and set_pte_at(): the child's block is taken apart, once, when the entry is cleared; the
# parent's tables are not touched. The child keeps 15 (16K pages: 127) entries to the folio.
did "child-write 1" 1 0 0 "the child writes to one page" "$child"
by "$child" 1 0 0 "the child writes to one page"
by "$pid" 0 0 0 "the child writes to one page: nothing of the parent's"
why api 'ptep_clear_flush|(do_wp_page|wp_page_copy)[a-z.0-9]*' 1 "the child writes to one page"
mapped "$child" $((blocks - 1)) "the child writes to one page: the child"
mapped "$pid" $blocks "the child writes to one page: the parent"
is "$(private "$child")" $((page / 1024)) "the child has a copy of one page, not of the folio"
is "$(private "$pid")" $((page / 1024)) "and its original is the parent's alone"

# The next page of a block that is taken apart: a copy, no further unfold.
did "child-next 1" 0 0 0 "the child writes to the page after it" "$child"
is "$(private "$child")" $((2 * page / 1024)) "the child has copies of two pages"

# The parent's page is no longer shared, but it does not know: the folio is large. It copies,
# too, and its block is taken apart in turn; in a second block the same.
did "write 2" 2 0 0 "the parent writes to that page and to another block" "$child"
by "$pid" 2 0 0 "the parent writes to that page and to another block"
by "$child" 0 0 0 "... nothing of the child's"
mapped "$pid" $((blocks - 2)) "the parent writes to that page and to another block: the parent"
mapped "$child" $((blocks - 1)) "... the child"

# An address space goes as a whole: blocks are cleared, not taken apart.
did reap 0 0 0 "the child exits"

# Nobody shares now, and still the copy is made. In the two blocks that are taken apart the
# pages are the parent's own: they are written to without a fault.
did "write 3" 1 0 0 "alone again, the parent writes to a third block"
by "$pid" 1 0 0 "alone again, the parent writes to a third block"
mapped "$pid" $((blocks - 3)) "alone again, the parent writes to a third block"

did unmap 0 0 0 "unmapping"
stop_all

# --- what is missing disables what needs it, and only that

ok "an observer without contpte_unfold" start_watch events contpte_unfold=no_such
like "$(grep '^probe.contpte.unfolds' "$T/events.probe")" '=ok fentry contpte_convert' \
	"without the event, by fentry"
like "$(grep '^probe.contpte.folds' "$T/events.probe")" '=ok tp_btf contpte_fold' \
	"... folds still by the event"
like "$(grep '^probe.contpte.unfold_callers' "$T/events.probe")" '=ok kernel stack' \
	"... callers by the stack"
kill "${watch_pid[@]}" 2>/dev/null
wait "${watch_pid[@]}" 2>/dev/null

# --- without privilege: the kernel's counters

setpriv --reuid=65534 --clear-groups --inh-caps=-all --bounding-set=-all \
	pgtop doctor --json >"$T/doctor"
is "$(json "$T/doctor" '[.rows[] | select(.name == "contpte.unfolds").via]')" \
	'["/proc/vmstat contpte_unfold"]' "without privilege unfolds are known from vmstat"
like "$(json "$T/doctor" ".facts.patch_abi")" 'contpte events, TLB events, contpte counters' \
	"the parts of the series are told"

done_testing
