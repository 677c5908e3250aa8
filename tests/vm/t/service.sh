#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deadline: 1500
#
# pgtopd as installed, under systemd, with kernel.perf_event_paranoid as Debian sets it: it
# measures what pgtop measures for root; killed parts come back and leave nothing behind.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"
# shellcheck source=tests/service.sh
. "${VM_SERVICE:-/opt/pgtop/service.sh}"

text=/var/lib/prometheus/node-exporter/pgtop.prom
paranoid=/proc/sys/kernel/perf_event_paranoid
online=/sys/devices/system/cpu/cpu1/online

# --- as `make install` and a package set it up

cp -a /opt/pgtop/installed/usr /opt/pgtop/installed/etc /
systemd-sysusers /usr/lib/sysusers.d/pgtop.conf
systemd-tmpfiles --create /usr/lib/tmpfiles.d/pgtop.conf 2>/dev/null
mkdir -p ${text%/*} /etc/pgtop/pgtopd.conf.d
# What QEMU has no counter for a software event stands for: it takes the same way through the opener.
stand_ins=(walk_cycles=minor-faults)
hardware=(pmu.cycles)
if [ "$(uname -m)" = x86_64 ] && [ ! -e /sys/bus/event_source/devices/cpu ]; then
	MUST_RUN='' skip "QEMU emulates no PMU of x86_64" "cycles"
	stand_ins+=(instructions=task-clock)
	hardware=()
fi
a_row=${hardware[0]-pmu.walk_cycles}
{
	printf '[daemon]\nwindow = 2s\n[pmu]\n'
	printf '%s\n' "${stand_ins[@]/=/ = }"
} >/etc/pgtop/pgtopd.conf.d/test.conf
events=()
for event in "${stand_ins[@]}"; do
	events+=(--event "$event")
done
systemctl daemon-reload
at_exit systemctl stop pgtopd pgtop-opener.socket

diag "perf_event_paranoid is $(<$paranoid) by default"
if [ "$VM_FLAVOUR" != patched ]; then
	cmp_ok "$(<$paranoid)" -ge 3 "Debian's kernel: perf_event_paranoid is 3 by default"
fi
set_knob $paranoid 3
counters_before=$(counters)
ids_before=$(bpftool -j prog show | jq 'length')

ok "the service starts" systemctl start pgtopd
is "$(systemctl is-active pgtopd pgtop-opener.socket | xargs)" "active active" \
	"it is active, and so is the socket of the opener"
is "$(stat -c '%a %U' /run/pgtop-opener.socket)" "600 root" "which is root's alone"
pid=$(systemctl show -P MainPID pgtopd)
is "$(awk '/^CapPrm/ { print $2 }' "/proc/$pid/status")" 000000c000080000 \
	"pgtopd holds CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE"

# --- what root's pgtop can, the service can

to "$T/root.json" pgtop doctor --json "${events[@]}"
ok "doctor --as pgtopd" to "$RESULTS/as.json" pgtop doctor --as pgtopd --json "${events[@]}"
is "$(rows_lost "$T/root.json" "$RESULTS/as.json")" "" \
	"each row that is ok for root is ok for the service"
is "$(json "$RESULTS/as.json" '[.differences[] | select(.here.state != "unavailable") | .name]')" "[]" \
	"doctor --as pgtopd names no difference to root's loss" ||
	diag "$(json "$RESULTS/as.json" .differences)"
for name in "${hardware[@]}" pmu.walk_cycles pagewalk.process pagewalk.kernel linear_map.geometry; do
	is "$(doctor_row "$RESULTS/as.json" "$name" state)" ok "the service: $name" ||
		diag "$(doctor_row "$RESULTS/as.json" "$name" why)"
done
like "$(doctor_row "$RESULTS/as.json" tlb.flushes via)" '.' "the service: tlb.flushes has a way"
openers()
{
	pgrep -c pgtop-opener
}
no_opener()
{
	[ "$(openers)" = 0 ]
}
ok "no opener runs once the counters are open" wait_for $((60 * VM_SLOW)) no_opener

# --- the text file has it all

# sample METRIC [LABEL]: the sum over all samples of it that have the label; nothing without one
sample()
{
	awk -v metric="$1" -v label="${2-}" '
		{ name = $0; sub(/[{ ].*/, "", name) }
		name == metric && index($0, label) { sum += $NF; n++ }
		END { if (n) printf "%.0f\n", sum }' $text
}
# grown METRIC LABEL MORE-THAN
grown()
{
	local now
	now=$(sample "$1" "$2")
	[ -n "$now" ] && [ "$now" -gt "$3" ]
}
# The walk of page tables comes once a minute.
metrics=(
	${hardware:+'pgtop_cpu_cycles_total mode="user"' 'pgtop_cpu_cycles_total mode="kernel"'}
	'pgtop_tlb_flushes_total '
	'pgtop_user_mapped_bytes '
	'pgtop_linear_map_bytes '
)
[ "$(kconfig CONFIG_ARM64_CONTPTE)" != y ] || metrics+=('pgtop_contpte_mapped_bytes ')
[ "$(doctor_row "$T/root.json" contpte.folds state)" != ok ] || metrics+=('pgtop_contpte_folds_total ')
# folios of 64 KiB only: larger ones are mapped by blocks
size=/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled
set_knob /sys/kernel/mm/transparent_hugepage/enabled never
[ ! -w $size ] || set_knob $size always
mkfifo "$T/hold"
# touched while it was page by page, so that blocks are folded, and held
contpte $((64 << 20)) $((64 << 10)) <>"$T/hold" >"$T/contpte" &
holder=$!
at_exit kill $holder
echo touch >"$T/hold"
echo "refold 101" >"$T/hold"
(echo; sleep 5) | flush munmap 997 >/dev/null
for metric in "${metrics[@]}"; do
	ok "the service counts ${metric% }" wait_for $((150 * VM_SLOW)) grown "${metric% *}" "${metric#* }" 0
done
cp $text "$RESULTS/service.prom"

# --- counts are right on each CPU, also on one that was away

is_fresh()
{
	grown pgtop_windows_total '' $(("$1" + 1))
}
fresh()
{
	wait_for $((240 * VM_SLOW)) is_fresh "$(sample pgtop_windows_total)" || diag "no window for minutes"
}
# faults_seen CPU WHEN: those that a program takes there are counted
faults_seen()
{
	local before
	fresh
	before=$(sample pgtop_tlb_walk_cycles_total)
	is "$(faults "$1" 9973 0)" 9973 "$2: 9973 faults on CPU $1"
	fresh
	cmp_ok $(($(sample pgtop_tlb_walk_cycles_total) - before)) -ge 9973 "... the service counts them"
}
own_counters()
{
	find "/proc/$(systemctl show -P MainPID pgtopd)/fd" -lname 'anon_inode:\[perf_event\]' 2>/dev/null | wc -l
}
held()
{
	[ "$(own_counters)" = "$1" ]
}
fewer()
{
	[ "$(own_counters)" -lt "$all" ]
}
# An opener that takes longer than 10 s to start is asked again after a minute (opener.h).
patience=$((240 * VM_SLOW))
all=$(own_counters)
cmp_ok "$all" -ge 8 "it holds $all counters"
faults_seen 1 "both CPUs online"
at_exit _restore $online 1
echo 0 >$online
ok "CPU 1 offline: its counters are closed" wait_for $((60 * VM_SLOW)) fewer
faults_seen 0 "CPU 1 offline"
echo 1 >$online
ok "CPU 1 is back: as many counters as before" wait_for $patience held "$all"
faults_seen 1 "CPU 1 is back"

# --- an opener that is killed is replaced by the next

mkdir -p /run/systemd/system/pgtop-opener@.service.d
cat >/run/systemd/system/pgtop-opener@.service.d/die.conf <<'END'
[Service]
TasksMax=20
ExecStartPre=+/bin/sh -c 'if [ -e /run/die ]; then rm /run/die; kill -KILL $$$$; fi'
END
systemctl daemon-reload
touch /run/die
echo 0 >$online
wait_for $((60 * VM_SLOW)) fewer
echo 1 >$online
ok "the opener is killed as CPU 1 comes: the counters are there" wait_for $patience held "$all"
ok "... it was" test ! -e /run/die
faults_seen 1 "after that"
rm -r /run/systemd/system/pgtop-opener@.service.d
systemctl daemon-reload

# --- so is pgtopd; nothing of it is left

mapfile -t ids < <(programs_of "$pid")
cmp_ok ${#ids[@]} -ge 1 "pgtopd holds ${#ids[@]} BPF programs"
systemctl kill --kill-whom=main --signal=KILL pgtopd
is_back()
{
	[ "$(systemctl is-active pgtopd)" = active ] && [ "$(systemctl show -P MainPID pgtopd)" != "$pid" ]
}
ok "pgtopd is killed: systemd starts it again" wait_for $((120 * VM_SLOW)) is_back
is "$(programs_left "${ids[@]}")" "" "no BPF program of the old one is left"
ok "the new one counts" wait_for $patience held "$all"
cmp_ok "$(counters)" -eq $((counters_before + all)) "no counter of the old one is left"
pid=$(systemctl show -P MainPID pgtopd)
faults_seen 1 "after that"

# --- without the opener: the true reason, and counts as soon as it is back

systemctl mask --runtime --now pgtop-opener.socket 2>/dev/null
systemctl restart pgtopd
pgtop doctor --as pgtopd --json "${events[@]}" >"$RESULTS/masked.json"
is "$(doctor_row "$RESULTS/masked.json" "$a_row" state)" unavailable "no opener: $a_row is not counted"
like "$(doctor_row "$RESULTS/masked.json" "$a_row" why)" \
	'perf_event_paranoid is 3, and above 2 this kernel asks for CAP_SYS_ADMIN; pgtop-opener, which has it, does not run' \
	"... for the true reason"
like "$(doctor_row "$RESULTS/masked.json" "$a_row" remedy)" 'start pgtop-opener.socket' "... and a remedy"
like "$(json "$RESULTS/masked.json" '[.differences[].name] | join(" ")')" "$a_row" \
	"doctor --as pgtopd names the difference"
systemctl unmask --runtime pgtop-opener.socket 2>/dev/null
systemctl start pgtop-opener.socket
counts_again()
{
	pgtop doctor --as pgtopd --json "${events[@]}" >"$T/started.json"
	[ "$(doctor_row "$T/started.json" "$a_row" state)" = ok ]
}
ok "the remedy works" wait_for $patience counts_again
if [[ $(doctor_row "$T/root.json" tlb.flushes.tlb_finish_mmu via) == kprobe* ]]; then
	like "$(doctor_row "$T/started.json" tlb.flushes.tlb_finish_mmu why)" \
		'trace tlb_finish_mmu by a kprobe: .*asks for CAP_SYS_ADMIN' "a kprobe was refused for the same reason"
	like "$(doctor_row "$T/started.json" tlb.flushes.tlb_finish_mmu remedy)" 'then pgtopd again' \
		"... and is opened at the start only"
fi
systemctl restart pgtopd
ok "all is there after a restart" wait_for $patience held "$all"

# --- Ubuntu's level, and one at which nothing is asked of the opener

echo 4 >$paranoid
systemctl restart pgtopd
ok "level 4: it counts" wait_for $patience held "$all"
accepted=$(systemctl show -P NAccepted pgtop-opener.socket)
echo 2 >$paranoid
systemctl restart pgtopd
ok "level 2: it counts" wait_for $patience held "$all"
is "$(systemctl show -P NAccepted pgtop-opener.socket)" "$accepted" "... and has asked nobody"
echo 3 >$paranoid

# --- stopped

pid=$(systemctl show -P MainPID pgtopd)
mapfile -t ids < <(programs_of "$pid")
ok "the service stops" systemctl stop pgtopd
is "$(systemctl is-active pgtop-opener.socket)" inactive "... and the socket of the opener with it"
is "$(find /run/pgtop* ! -name tuning.lock)" /run/pgtop "nothing of it is left in /run but the place of its lock"
is "$(programs_left "${ids[@]}")" "" "no BPF program is left"
is "$(counters)" "$counters_before" "no counter is left"
is "$(bpftool -j prog show | jq 'length')" "$ids_before" "as many BPF programs as before"
is "$(systemctl --failed --no-legend --plain | awk '{ print $1 }' | grep pgtop)" "" "no unit has failed"
done_testing
