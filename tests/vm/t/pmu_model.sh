#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A PMU that counts TLB misses (tests/qemu), fed by a model of the TLBs of a core: what the
# kernel's PMU driver counts is what the model counts, to the last miss, user mode and kernel
# apart; pgtop's figures are those; and the model misses where the core's TLBs are full.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"
# shellcheck source=tests/pmu.sh
. "${VM_TAP_PMU:-/opt/pgtop/pmu.sh}"

PROGS=/opt/pgtop/bin TOOLS=/opt/pgtop/bin
roles=(dtlb_walk:34 itlb_walk:35 l1d_tlb_refill:5)

# Published: entries of the first level for data, sets and ways of the second.
case $VM_PMU in
neoverse-n1) l1=48 sets=256 ways=5 ;;
neoverse-v2) l1=48 sets=256 ways=8 ;;
neoverse-v3) l1=96 sets=256 ways=8 ;;
ampereone) l1=64 sets=256 ways=6 ;;
*) skip_all "no sizes of '$VM_PMU' are written here" ;;
esac

# model FILE EVENT MODE READ: what the model had counted at the READ-th read (1...), or at the last,
# of the counter that counts this; of several the one that was read last
model()
{
	awk -v event="$2" -v mode="$3" -v nth="$4" '$1 == "counter" && $3 == event && $4 == mode {
		if ($NF >= most) { most = $NF; n = nth == "last" ? $NF : $(5 + nth) }
	} END { print n }' "$1"
}

# Accesses of a program that miss, system calls that make the kernel miss, new address spaces.
work()
{
	"$TOOLS/chase" 4000 10 blind
	cat /opt/pgtop/bin/* >/dev/null
	for _ in 1 2 3 4 5 6 7; do /bin/true; done
}

# --- the PMU against the model

ok "a model answers" to "$T/told" "$TOOLS/modelcounts"
# shellcheck disable=SC2119 # pgtop's own choice of events
watch
for role in instructions dtlb_walk itlb_walk l1d_refill stall_tlb; do
	like "$(grep "^probe pmu\.$role " "$T/probe")" ' ok ' "$role is counted, and passes the self-test"
done
reading
"$TOOLS/modelcounts" >"$T/told.1"
mv "$T/reading" "$T/reading.1"
work
reading
"$TOOLS/modelcounts" >"$T/told.2"
stop

# counted FIELD: by the PMU between the readings
counted()
{
	echo $(($(field "$1") - $(sed -n "s/^field $1 //p" "$T/reading.1")))
}

# modelled EVENT MODE: by the model between the reads of that counter which the readings were
modelled()
{
	echo $(($(model "$T/told.2" "$1" "$2" last) - $(model "$T/told.1" "$1" "$2" last)))
}

for mode in user kernel; do
	for role in "${roles[@]}"; do
		n=$(counted "${role%:*}_$mode")
		is "$n" "$(modelled "${role#*:}" $mode)" "${role%:*}_$mode: the PMU counted what the model did, $n"
		cmp_ok "$n" -gt 0 "${role%:*}_$mode: and that is something"
	done
	is "$(counted stall_tlb_$mode)" $(($(modelled 8167 $mode) + $(modelled 815c $mode))) \
		"stall_tlb_$mode: the cycles of the walks for data and code"
	# QEMU counts these; the model counts an instruction that faults twice
	n=$(counted instructions_$mode) want=$(modelled 8 $mode)
	cmp_ok $((1000 * (n > want ? n - want : want - n))) -le $((5 * n)) \
		"instructions_$mode: $n, the model counted $want"
done
cmp_ok "$(counted dtlb_walk_user)" -ge 36000 "at least the walks of the program that thrashes"

# --- what pgtop says

# between EVENT MODE: what the model counted between the first two reads
between()
{
	echo $(($(model "$T/told" "$1" "$2" 2) - $(model "$T/told" "$1" "$2" 1)))
}

# mpki MODE: the walks that the model counted per 1000 of the instructions that pgtop counted
mpki()
{
	awk -v n="$(($(between 34 "$1") + $(between 35 "$1")))" \
		-v i="$(json "$T/json" ".fields.pmu.instructions_$1.change")" \
		'BEGIN { printf "%.3f\n", 1000 * n / i }'
}

while :; do work; sleep 0.3; done &
worker=$!
pgtop record --own -i 2 --count 2 "$T/record" 2>/dev/null
"$TOOLS/modelcounts" >"$T/told"
kill $worker
pgtop replay --json "$T/record" >"$T/json"
pgtop replay --all "$T/record" >"$T/screen"
for role in "${roles[@]}"; do
	name=${role%:*}_user
	is "$(json "$T/json" ".fields.pmu.$name.change")" "$(between "${role#*:}" user)" \
		"pgtop: $name changed by what the model counted"
	# here the kernel was seen to count 1 or 2 less: it stops the PMU to change what that counts
	name=${role%:*}_kernel
	n=$(json "$T/json" ".fields.pmu.$name.change") want=$(between "${role#*:}" kernel)
	cmp_ok $((1000 * (n > want ? n - want : want - n))) -le $((n > 2000 ? n : 2000)) \
		"pgtop: $name changed by $n, the model counted $want"
done
like "$(<"$T/screen")" "misses per 1000 instructions  user $(mpki user), kernel $(mpki kernel)" \
	"the screen shows the model's walks per 1000 instructions"
diag "misses per 1000 instructions: user $(mpki user), kernel $(mpki kernel)"

# --- where the TLBs are full, by a program that knows nothing of the model

# share PAGES COLUMN: of the accesses to so many pages in turn, percent that refill (6) or walk (8)
share()
{
	"$TOOLS/chase" "$1" 50 | tee -a "$T/sweep" |
		awk -v c="$2" '{ printf "%d\n", 100 * $c / $4 + 0.5 }'
}

entries=$((sets * ways))
cmp_ok "$(share $((l1 - 4)) 6)" -le 5 "$((l1 - 4)) pages fit into the $l1 entries for data"
cmp_ok "$(share $((l1 + 4)) 6)" -ge 95 "$((l1 + 4)) pages, in turn, do not"
cmp_ok "$(share $((l1 + 4)) 8)" -le 5 "but into the second level"
cmp_ok "$(share $((entries - sets)) 8)" -le 5 "$((entries - sets)) pages fit into the $entries entries of the second level"
half=$((entries + sets / 2)) # half of the sets have a page too many, and lose all of theirs
want=$((100 * (sets / 2) * (ways + 1) / half))
got=$(share $half 8)
cmp_ok "$got" -ge $((want - 3)) "$half pages: $want % are walks, where a page too many is in half of the sets"
cmp_ok "$got" -le $((want + 3)) "and no more ($got %)"
cmp_ok "$(share $((entries + sets)) 8)" -ge 95 "$((entries + sets)) pages do not fit"
diag "$(<"$T/sweep")"
done_testing
