#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deadline: 1500
#
# Splits of the linear map on a stock kernel that splits on demand. What pgtop counts is what two
# walks of the kernel's page tables differ by: each leaf that was split, and each new table. For
# pages of memfd_secret(), BPF programs, modules, and a KFENCE pool that is set up late: by size,
# caller and process. fentry and kprobes count the same.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"
PROGS=/opt/pgtop/bin TOOLS=/opt/pgtop/bin

[ ! -d /sys/kernel/mm/linear_map ] || skip_all "linmap-split-series tests the kernel of kernel/"
kernel_splits || skip_all "this kernel does not split its linear map on these CPUs"
ulimit -l unlimited # memfd_secret() has no other limit

# arch/arm64/include/asm/pgtable-hwdef.h: PUD, contiguous PMDs, PMD, contiguous PTEs, page
page=$(getconf PAGESIZE)
case $page in
4096) sizes=(1073741824 33554432 2097152 65536 4096) ;;
16384) sizes=(0 1073741824 33554432 2097152 16384) ;;
*) skip_all "no plan for pages of $page bytes" ;;
esac
seconds=$((300 * ${VM_SLOW:-1}))

# --- programs that are told what to do, by name

declare -A to=() from=()

start()
{
	local name=$1 in out
	shift
	mkfifo "$T/$name.in" "$T/$name.out"
	eval "exec {in}<>'$T/$name.in' {out}<>'$T/$name.out'"
	"$@" <"$T/$name.in" >"$T/$name.out" 2>"$T/$name.err" &
	to[$name]=$in from[$name]=$out
	at_exit kill $!
}

# answer NAME END: lines up to one that begins with END, into $T/NAME
answer()
{
	local line=''
	: >"$T/$1"
	while read -r -t $seconds line <&"${from[$1]}" && [[ $line != "$2"* ]]; do
		echo "$line" >>"$T/$1"
	done
	[[ $line == "$2"* ]] || diag "$1: no answer: $(<"$T/$1.err")"
}

tell()
{
	echo "$2" >&"${to[$1]}"
	answer "$1" "done"
}

# --- readings

# sum REGEX: of the values whose keys match, in all readings since the last rest
sum()
{
	awk -F= -v k="$1" '$1 ~ k && $2 ~ /^[0-9]+$/ { n += $2 } END { printf "%.0f\n", n }' "$T/all"
}

# by_size: splits of each size
by_size()
{
	local i out=()
	for i in 0 1 2 3; do
		out+=("$(sum "^linear_split\\.${sizes[i]}\\.splits\$")")
	done
	echo "${out[*]}"
}

# walked FILE: bytes of each size, then bytes of page tables. What is not mapped of System RAM was
# made invalid page by page.
walked()
{
	awk -F= -v sizes="${sizes[*]}" '
		/^linear_map\.[0-9]+\.bytes=/ { split($1, k, "."); n[k[2]] = $2 }
		$1 == "linear_map.mapped_bytes" { mapped = $2 }
		$1 == "linear_map.system_ram_bytes" { ram = $2 }
		$1 == "linear_map.table_bytes" { tables = $2 }
		END { split(sizes, k, " "); n[k[5]] += ram - mapped
			for (i = 1; i <= 5; i++) printf "%.0f ", n[k[i]]
			printf "%.0f\n", tables }' "$1"
}

# rest: reads until a reading has no splits. The walk of the reading before was then made between
# two equal counts: it is that of the counts so far.
rest()
{
	local i
	: >"$T/all"
	for ((i = 0; i < 50; i++)); do
		cp "$T/watch" "$T/before" 2>/dev/null
		echo "" >&"${to[watch]}"
		answer watch end
		cat "$T/watch" >>"$T/all"
		[ "$(awk -F= '/^linear_split\..*\.splits=/ { n += $2 } END { print n + 0 }' "$T/watch")" \
			!= 0 ] || [ $i = 0 ] || return 0
	done
	diag "the linear map does not come to rest"
}

# minus A B: differences of two lists of numbers
minus()
{
	local -a a b
	local i out=()
	read -ra a <<<"$1"
	read -ra b <<<"$2"
	for i in "${!a[@]}"; do
		out+=("$((a[i] - b[i]))")
	done
	echo "${out[*]}"
}

# did DESC COMMAND...: runs it; what was split meanwhile is in $split, $changed is how the tables
# changed
map='' split='' changed=''
did()
{
	local desc=$1 old=$map n
	shift
	"$@"
	rest
	map=$(walked "$T/before")
	changed=$(minus "$map" "$old")
	split=$(by_size)
	read -ra n <<<"$split"
	diag "$desc: $split"
	is "$(sum '^split_caller\..*\.splits$')" $((n[0] + n[1] + n[2] + n[3])) \
		"$desc: each has a caller"
	is "$(sum '^process\..*\.linear_splits$')" $((n[0] + n[1] + n[2] + n[3])) \
		"$desc: and a process"
	is "$(sum '^linear_map\.splits_')" $((n[0] + n[1] + n[2] + n[3])) "$desc: the totals are theirs"
	is "$(sum '^(linear_map\.self_splits|self\.events_dropped|linear_map\.failed_splits|.*\.unknown.*)$')" 0 \
		"$desc: none pgtop's own, none failed, none dropped"
}

# The tables show the splits that were counted: a PUD becomes contiguous PMDs, a group of them
# PMDs, a PMD contiguous pages, a group of them pages; a new table for each PUD and PMD.
exact()
{
	local n
	read -ra n <<<"$split"
	is "$changed" \
		"$((-n[0] * sizes[0])) $((n[0] * sizes[0] - n[1] * sizes[1])) $((n[1] * sizes[1] - n[2] * sizes[2])) $((n[2] * sizes[2] - n[3] * sizes[3])) $((n[3] * sizes[3])) $(((n[0] + n[2]) * page))" \
		"$1: the tables changed as counted, to the page"
}

# The same for a range that becomes pages at once: a PUD becomes PMDs, a PMD pages.
exact_flat()
{
	local n c
	read -ra n <<<"$split"
	read -ra c <<<"$changed"
	is "${c[0]} $((c[1] + c[2])) ${c[3]} ${c[4]} ${c[5]}" \
		"$((-n[0] * sizes[0])) $((n[0] * sizes[0] - n[2] * sizes[2])) $((-n[3] * sizes[3])) $((n[2] * sizes[2] + n[3] * sizes[3])) $(((n[0] + n[2]) * page))" \
		"$1: the tables changed as counted, to the page"
}

# callers DESC REGEX: all of them match
callers()
{
	is "$(grep -E '^split_caller\..*\.splits=[1-9]' "$T/all" | grep -vE "^split_caller\.($2)\.splits=")" '' \
		"$1: callers are $2"
}

# process DESC REGEX: the processes
processes()
{
	is "$(grep -E '^process\..*\.linear_splits=[1-9]' "$T/all" |
		grep -vE "^process\.[0-9]+\.($2)\.linear_splits=")" '' "$1: processes are $2"
}

start watch "$PROGS/split_watch"
answer watch ready
cp "$T/watch" "$RESULTS/split_watch"
like "$(<"$T/watch")" 'linear_map.splits=ok fentry split_kernel_leaf_mapping_locked' \
	"splits are counted"
like "$(<"$T/watch")" 'linear_map.split_callers=ok kernel stack' "and their callers"
# Its loading is over when the programs of all are in place.
start kprobe "$PROGS/split_watch" kprobe
answer kprobe ready
like "$(<"$T/kprobe")" 'linear_map.splits=(ok|degraded) kprobe split_kernel_leaf_mapping_locked' \
	"by kprobes, too"
start scopes "$TOOLS/scopes"
answer scopes ready
start bpfload "$TOOLS/bpfload"
answer bpfload ready
rest
map=$(walked "$T/before")
diag "PUD, contiguous PMDs, PMD, contiguous PTEs, pages, tables: $map"
cmp_ok "$(awk '{ printf "%.0f", $1 + $2 + $3 }' <<<"$map")" -gt $((2 << 30)) "the linear map is in blocks"
echo "" >&"${to[kprobe]}"
answer kprobe end
: >"$T/kprobes"
: >"$T/fentries"

# add_up: what both count, since
both()
{
	echo "" >&"${to[kprobe]}"
	answer kprobe end
	cat "$T/kprobe" >>"$T/kprobes"
	cat "$T/all" >>"$T/fentries"
}

# --- one page of memfd_secret(), then many

calls()
{
	awk '$1 == "pgtop_test_calls" { print $2 }' /sys/kernel/tracing/kprobe_profile
}

tracing=/sys/kernel/tracing
echo 'p:pgtop_test_calls split_kernel_leaf_mapping_locked' >>$tracing/kprobe_events
at_exit bash -c "echo -:pgtop_test_calls >>$tracing/kprobe_events"
set_knob $tracing/events/kprobes/pgtop_test_calls/enable 1
was=$(calls)
for i in 1 2 3; do
	did "a secret page ($i)" tell scopes "secret 1"
	exact "a secret page ($i)"
	both
	like "$split" '^[01] [01] [01] [01]$' "a secret page: no leaf of a size more than once"
	callers "a secret page" 'set_direct_map.secretmem_fault'
	processes "a secret page" scopes
done
did "1031 secret pages" tell scopes "secret 1031"
exact "1031 secret pages"
both
callers "1031 secret pages" 'set_direct_map.secretmem_fault'
processes "1031 secret pages" scopes
read -ra n <<<"$split"
cmp_ok "${n[3]}" -le 1031 "1031 secret pages: no more groups than pages"
cmp_ok $(($(calls) - was)) -ge 1034 "the kernel was asked for each page"
cmp_ok $((n[0] + n[1] + n[2] + n[3])) -lt $(($(calls) - was)) \
	"a call that splits nothing is not counted"

# --- BPF programs

for round in 1 2; do
	did "1009 BPF programs, round $round" tell bpfload "load 1009"
	exact "1009 BPF programs, round $round"
	both
	callers "1009 BPF programs" '[a-z_]+\.(bpf_|__bpf_|vfree|vm_reset|execmem_)[a-z_]*'
	did "they are unloaded, round $round" tell bpfload unload
	exact "they are unloaded, round $round"
	both
	callers "their end" '[a-z_]+\.(bpf_|__bpf_|vfree|vm_reset|execmem_)[a-z_]*'
done

# Larger ones fill packs of pages that become read-only, and are given back as a whole.
did "401 large BPF programs" tell bpfload "large 401"
exact "401 large BPF programs"
both
callers "401 large BPF programs" 'set_memory\.(bpf_|__bpf_)[a-z_]*'
processes "401 large BPF programs" 'bpfload|kworker.*'
read -ra n <<<"$split"
cmp_ok $((n[0] + n[1] + n[2] + n[3])) -ge 1 "large BPF programs split something"
did "they are unloaded" tell bpfload unload
exact "they are unloaded"
both
callers "their end" '[a-z_]+\.(bpf_|__bpf_|vfree|vm_reset|execmem_)[a-z_]*'

# --- modules: many at a time, and one over and over

modules()
{
	local k names
	names=$(modprobe -c 2>/dev/null | awk '$1 == "alias" && $2 ~ /^nls_/ { print $3 }' | sort -u |
		grep '^nls_' | head -n 40)
	for k in $names; do
		modprobe "$k" || return 1
	done
	for k in $names; do
		rmmod "$k" 2>/dev/null
	done
	for ((k = $(wc -w <<<"$names"); k < 101; k++)); do
		modprobe dummy numdummies=0 && rmmod dummy || return 1
	done
	diag "modules: $(wc -w <<<"$names") together, dummy for the others"
}

if modinfo dummy >/dev/null 2>&1; then
	did "101 modules" modules
	exact "101 modules"
	both
	callers "101 modules" \
		'[a-z_]+\.(module_|load_module|free_module|do_free_init|execmem_|vfree|vm_reset|do_init|complete_form)[a-z_]*'
	processes "101 modules" 'modprobe|rmmod|kworker.*|\(.*\)|kmod'
else
	skip "no module dummy" "101 modules"
fi

# --- a KFENCE pool that is set up late: pages at once, from whatever leaf held them

interval=/sys/module/kfence/parameters/sample_interval
if [ -w $interval ] && [ "$(<$interval)" = 0 ] && [ "$(kconfig CONFIG_KFENCE_SAMPLE_INTERVAL)" = 0 ]; then
	kfence()
	{
		echo 100 >$interval
	}
	did "KFENCE is set up" kfence
	exact_flat "KFENCE is set up"
	echo 0 >$interval
	callers "KFENCE" 'kfence_pool\.(kfence_|param_set_sample_interval)[a-z_]*|.*\.(vfree|bpf_).*'
	cmp_ok "$(sum '^split_caller\.kfence_pool\..*\.splits$')" -ge 1 "KFENCE: its pool is split"
else
	skip "KFENCE is set up already, or not there" "a late KFENCE pool"
fi

# --- fentry and kprobe

for size in "${sizes[@]:0:4}"; do
	is "$(awk -F= -v k="linear_split.$size.splits" '$1 == k { n += $2 } END { print n + 0 }' "$T/kprobes")" \
		"$(awk -F= -v k="linear_split.$size.splits" '$1 == k { n += $2 } END { print n + 0 }' "$T/fentries")" \
		"leaves of $size bytes: kprobes and fentry count the same"
done
is "$(awk -F= '/^split_caller/ && /splits=/ { n[$1] += $2 } END { for (k in n) if (n[k]) print k, n[k] }' \
	"$T/kprobes" | sort)" \
	"$(awk -F= '/^split_caller/ && /splits=/ { n[$1] += $2 } END { for (k in n) if (n[k]) print k, n[k] }' \
		"$T/fentries" | sort)" "and the same callers"
cp "$T/fentries" "$RESULTS/splits"

# --- what pgtop says

began=$(date +%s%N)
pgtop --json -i 0 >"$T/json"
diag "pgtop took $((($(date +%s%N) - began) / 1000000)) ms; its own splits: $(json "$T/json" ".fields.linear_map.self_splits.value")"
like "$(json "$T/json" ".facts.linear_map")" '^blocks, split on demand' "the mode is told"
cmp_ok "$(json "$T/json" ".fields.linear_map.self_splits.value")" -ge 0 "pgtop's own are told"
pgtop doctor --json >"$T/doctor.json"
is "$(doctor_row "$T/doctor.json" linear_map.splits state)" ok "doctor: splits are counted"
is "$(doctor_row "$T/doctor.json" linear_map.split_callers state)" ok "doctor: and their callers"
pgtop doctor --json --symbol split_kernel_leaf_mapping_locked=gone >"$T/doctor.json"
is "$(doctor_row "$T/doctor.json" linear_map.splits state)" unavailable \
	"without the function that splits nothing is counted"
like "$(doctor_row "$T/doctor.json" linear_map.splits why)" 'no function gone' "and that is said"
pgtop doctor --json --symbol split_to_ptes_pmd_entry=gone >"$T/doctor.json"
is "$(doctor_row "$T/doctor.json" linear_map.splits state)" degraded \
	"without the functions for KFENCE part of it is"
like "$(doctor_row "$T/doctor.json" linear_map.splits why)" 'KFENCE pool .*: this kernel has no function gone' "and that is said"

done_testing
