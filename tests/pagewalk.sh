# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Page walks of a workload and what they are held against, for tests on the host and in the VM;
# sourced after tap.sh, with PROGS and TOOLS set.
#
#   need_walk process|kernel    skip_all unless that walk is available
#   add_swap                    64 MiB of it, until the test ends
#   walk_of PID FILE            a walk with ranges, in FILE; the programs are loaded once only, by
#                               start_walker or the first walk
#   start KIND=SIZE...          tests/tools/memory; its pid in $pid
#   tell COMMAND...             change its memory
#   walk [OPTION...]            the same of it, in $T/walk; with options, -r aside, by a
#                               pagewalk_dump of its own
#   key FILE KEY                a line "KEY VALUE"
#   of INDEX KEY                KEY summed over the ranges of mapping INDEX, of the last walk
#   smaps KEY                   KEY summed over all VMAs, in bytes
#   compare DESC                walk; smaps and pagemap agree (see pmdnone)
#   walk_while COMMAND          run that over and over, to be killed at last, during walks of
#                               5 s; $moved pages
#   compare_tables DESC HUGE    page tables and VmPTE agree, HUGE bytes being in huge pages
#   finish                      end the workload
#   iomem_bytes NAME            bytes of all that /proc/iomem calls so
#   system_ram                  bytes of System RAM in /proc/iomem

pagewalk=$PROGS/pagewalk_dump
export TMPDIR=$T
export M=$((1 << 20))

# PMD leaves that are invalid ones and that smaps counts as huge pages, hugetlb that is mapped by
# PTEs
pmdnone=0 hugepte=0
walker_in='' walker_out=''

need_walk()
{
	"$pagewalk" probe >"$T/probe" || skip_all "pagewalk_dump does not run"
	grep -q "^probe pagewalk.$1 ok" "$T/probe" ||
		skip_all "$(grep "^probe pagewalk.$1" "$T/probe")"
}

# Returns whether there is swap now; why not, in $T/why
add_swap()
{
	local file=$T/swap
	dd if=/dev/zero of="$file" bs=1M count=64 status=none && chmod 600 "$file" &&
		mkswap "$file" >/dev/null 2>&1 && swapon "$file" 2>"$T/why" && at_exit swapoff "$file"
}

start_walker()
{
	mkfifo "$T/walker.in" "$T/walker.out"
	exec {walker_in}<>"$T/walker.in" {walker_out}<>"$T/walker.out"
	"$pagewalk" -r watch <"$T/walker.in" >"$T/walker.out" 2>"$T/walker.err" &
	at_exit end $!
}

walk_of()
{
	local line=''
	[ -n "$walker_in" ] || start_walker
	echo "$1" >&"$walker_in"
	while read -r -t $((60 * ${VM_SLOW:-1})) line <&"$walker_out"; do
		echo "$line"
		[[ $line != "result "* ]] || break
	done >"$2"
	[ "$line" = "result ok" ]
}

walk()
{
	case $* in
	'' | -r) walk_of "$pid" "$T/walk" ;;
	*) "$pagewalk" "$@" "$pid" >"$T/walk" ;;
	esac
}

# start KIND=SIZE...: the workload, its pid in $pid; 9 goes to it, 8 comes from it
start()
{
	local line
	rm -f "$T/to" "$T/from"
	mkfifo "$T/to" "$T/from"
	"$TOOLS/memory" "$@" <"$T/to" >"$T/from" &
	exec 9>"$T/to" 8<"$T/from"
	: >"$T/maps"
	while read -r line <&8; do
		echo "$line" >>"$T/maps"
		[[ $line == ready* ]] && break
	done
	pid=${line#ready }
	# It waits for a command a second time: what that needs, code and buffers, is in memory now.
	echo nothing >&9
	read -r line <&8
}

tell()
{
	local answer
	echo "$*" >&9
	read -r answer <&8
	[ "$answer" = "done" ] || diag "$*: $answer"
}

iomem_bytes()
{
	local range from to rest n=0
	while read -r range rest; do
		from=${range%-*} to=${range#*-}
		[[ $rest != *"$1"* ]] || n=$((n + 0x$to - 0x$from + 1))
	done </proc/iomem
	echo $n
}

system_ram()
{
	iomem_bytes "System RAM"
}

migrated_pages()
{
	awk '$1 == "pgmigrate_success" { print $2 }' /proc/vmstat
}

# runs COMMAND, which should move pages, again and again while the workload is walked
walk_while()
{
	local walker mover
	moved=$(migrated_pages)
	rm -f "$T/walk"
	walk -t 5 &
	walker=$!
	# much has moved by the time the programs are loaded
	wait_for 60 grep -q ^probe "$T/walk"
	while :; do
		"$@"
	done &
	mover=$!
	wait $walker
	# the last one might go on for minutes; the kernel ends it upon a signal
	kill -KILL $mover
	{ wait $mover; } 2>/dev/null
	moved=$(($(migrated_pages) - moved))
}

finish()
{
	echo exit >&9
	exec 8<&- 9>&-
	wait "$pid" 2>/dev/null
}

# key FILE KEY
key()
{
	local name value
	while read -r name value _; do
		[ "$name" != "$2" ] || { echo "$value"; return; }
	done <"$1"
}

# of INDEX KEY: KEY summed over the ranges inside mapping INDEX
of()
{
	awk -v index_="$1" -v k="$2" '
		FNR == NR { if ($1 == "map" && $2 == index_) { s = $4; e = $5 } next }
		$1 == "range" && ($2 "") >= (s "") && ($3 "") <= (e "") && length($2) == length(s) {
			for (i = 4; i < NF; i += 2) if ($i == k) n += $(i + 1)
		}
		END { printf "%.0f", n }' "$T/maps" "$T/walk"
}

# smaps sums KEY over all VMAs, in bytes
smaps()
{
	awk -v k="$1:" '$1 == k { n += $2 } END { printf "%.0f", n * 1024 }' "/proc/$pid/smaps"
}

# compare DESC: walk, smaps and pagemap agree on $pid as a whole
compare()
{
	local w=$T/walk huge pmd
	ok "$1: walk" walk
	"$TOOLS/pagemap" "$pid" >"$T/pagemap"
	huge=$(($(smaps Private_Hugetlb) + $(smaps Shared_Hugetlb)))
	pmd=$(($(key "$w" bytes.pmd) + $(key "$w" bytes.pud)))
	is $(($(key "$w" present) + $(key "$w" prot_none) + $(key "$w" migration) - \
		$(key "$w" special) - huge)) "$(smaps Rss)" \
		"$1: present, less special and hugetlb, is Rss"
	is $((pmd - huge + hugepte + pmdnone)) \
		$(($(smaps AnonHugePages) + $(smaps ShmemPmdMapped) + $(smaps FilePmdMapped))) \
		"$1: PMD leaves are AnonHugePages, ShmemPmdMapped and FilePmdMapped"
	is "$(key "$w" swap)" "$(smaps Swap)" "$1: swap entries are Swap"
	# pagemap does not look into VM_PFNMAP mappings, such as vvar
	is $(($(key "$w" present) + $(key "$w" zero) + $(key "$w" prot_none) - $(key "$w" special))) \
		"$(key "$T/pagemap" present)" "$1: pagemap sees as much present"
	is $(($(key "$w" swap) + $(key "$w" migration) + $(key "$w" other))) \
		"$(key "$T/pagemap" swap)" "$1: pagemap sees as much that is not present"
	is "$(grep -c '^range' "$w")" "$(grep -vc '\[vsyscall\]' "/proc/$pid/maps")" \
		"$1: a range for each VMA"
	is "$(key "$w" read_errors) $(key "$w" bad_frames)" "0 0" "$1: nothing that made no sense"
}

# VmPTE in bytes
vmpte()
{
	awk '$1 == "VmPTE:" { printf "%.0f", $2 * 1024 }' "/proc/$pid/status"
}

# compare_tables DESC HUGE: the walk's tables and those kept for HUGE bytes of PMD leaves are VmPTE
compare_tables()
{
	local w=$T/walk page
	page=$(getconf PAGESIZE)
	# a huge page has as many base pages as a table has entries of 8 bytes
	is "$(key "$w" tables.deposited)" $(($2 * 8 / page)) \
		"$1: a page table is kept for each huge page"
	# the kernel does not count the table of the fourth level (P4D) of five
	is $(($(key "$w" tables) - $(key "$w" tables.p4d) + $(key "$w" tables.deposited))) "$(vmpte)" \
		"$1: all page tables are VmPTE"
	is "$(key "$w" tables.p4d)" $(($(key "$w" levels) == 5 ? page : 0)) \
		"$1: but for a table of the fourth level of five"
}
