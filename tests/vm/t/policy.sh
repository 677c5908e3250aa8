#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deadline: 600
#
# pgtopd tunes a real kernel, as a service of systemd: what helps is kept, what wastes memory or
# does nothing is taken back, an administrator is given way to, and however it ends every knob
# is as it was. No PMU here counts TLB misses, so the objective is the proxy: minor faults per
# second of CPU time.
# shellcheck source=tests/vm/guest.sh
. "${VM_LIB:-/opt/pgtop/guest.sh}"

[ -x /opt/pgtop/bin/pgtopd ] || skip_all "no pgtopd in the payload"
dir=/sys/kernel/mm/transparent_hugepage/hugepages-64kB
[ -d $dir ] || skip_all "no 64 KiB pages here"
knob=$dir/enabled lever=mthp.64K

chosen()
{
	[ "$(grep -o '\[.*\]' $knob)" = "[$1]" ]
}

# --- the service, as make install would install it

mkdir -p /run/systemd/system/pgtopd.service.d /etc/pgtop
sed 's,@sbindir@,/opt/pgtop/bin,' /opt/pgtop/systemd/pgtopd.service.in \
	>/run/systemd/system/pgtopd.service
# the tests below end it themselves
printf '[Service]\nRestart=no\n' >/run/systemd/system/pgtopd.service.d/test.conf
systemd-sysusers /opt/pgtop/systemd/sysusers.conf
systemd-tmpfiles --create /opt/pgtop/systemd/tmpfiles.conf 2>/dev/null
cat >/etc/pgtop/pgtopd.conf <<'END'
[daemon]
mode = tune
window = 2s
processes = 0
[policy]
boot_wait = 0
cooldown = 1h
changes_per_hour = 1000
breaker_reverts = 1000
[trial]
baseline_windows = 6
settle_windows = 2
measure_windows = 6
[guards]
# a small machine under emulation is short of time, not of memory
psi_full_max = 50%
[export]
enabled = no
END
systemctl daemon-reload
set_knob $knob never
# else pages of 2 MiB come first
set_knob /sys/kernel/mm/transparent_hugepage/enabled madvise
at_exit systemctl stop pgtopd

# forget everything, so that a lever is tried again
anew()
{
	systemctl stop pgtopd
	rm -rf /var/lib/pgtop/journal*
	systemctl reset-failed pgtopd 2>/dev/null
	echo never >$knob
	systemctl start pgtopd
}

load=
load()
{
	[ -z "$load" ] || { kill "$load"; wait "$load" 2>/dev/null; }
	load=
	[ "$1" = stop ] || { work "$1" >"$T/work" & load=$!; }
}
at_exit load stop

# Waiting without a process: faults and CPU time of one would be part of what is measured.
mkfifo "$T/never"
exec {never}<>"$T/never"
nap()
{
	read -r -t "$1" -u $never || true
}

# decided ACTION: such a decision about the lever is in the journal
decided()
{
	local text=
	IFS= read -r -d '' text 2>/dev/null </var/lib/pgtop/journal
	[[ $text == *"\"lever\":\"$lever\",\"action\":\"$1\""* ]]
}

# within SECONDS ACTION: it is decided; else what pgtopd says is shown
within()
{
	local end=$((SECONDS + $1))
	until decided "$2"; do
		if [ $SECONDS -ge $end ]; then
			pgtop policy status
			return 1
		fi
		nap 0.5
	done
	return 0
}

# what pgtopd said of the lever since it was started last
told()
{
	diag "$(journalctl -q --no-pager -u pgtopd -o cat | tac | sed '/^Starting/q' | tac |
		grep "^$lever: \|left out")"
}

# log FILTER: what jq's FILTER makes of the decisions about the lever, one after the other; the first
log()
{
	pgtop policy log -n 100 --json >"$T/log" 2>/dev/null || return 1
	json "$T/log" "first(.decisions[] | select(.lever == \"$lever\") | $1)"
}
in_state()
{
	nap 2
	pgtop policy status --json >"$T/status" 2>/dev/null || return 1
	is_state "$1"
}
is_state()
{
	[ "$(json "$T/status" ".status.levers[] | select(.name == \"$lever\").state")" = "$1" ]
}

# rate: minor faults of the load per second of its CPU time, as the kernel counts them
rate()
{
	local -a a b
	read -ra a <"/proc/$load/stat"
	nap 5
	read -ra b <"/proc/$load/stat"
	echo $(((b[9] - a[9]) * $(getconf CLK_TCK) / (b[13] + b[14] - a[13] - a[14])))
}

# --- a: dense: kept, and the log says why

load dense
before=$(rate)
ok "the service starts" anew
is "$(systemctl is-active pgtopd)" active "systemd was told that it is ready"
pid=$(systemctl show -P MainPID pgtopd)
# refused FILE TEXT: the service may not write it
refused()
{
	like "$(nsenter -t "$pid" -m -- sh -c "echo $2 >$1" 2>&1)" "Read-only" "the unit: $1 is closed"
}
refused /proc/sys/vm/swappiness 60
refused /sys/kernel/mm/ksm/run 0
refused /etc/fstab x
ok "the unit: its knobs are open" nsenter -t "$pid" -m -- sh -c "echo never >$knob"
ok "a program that touches all it gets: 64K is tried" within 180 apply
like "$(systemctl show -P StatusText pgtopd)" "^tune: [0-9]+ windows of 2 s" "status for systemd"
fed()
{
	[ "$(systemctl show -P WatchdogTimestampMonotonic pgtopd)" -gt 0 ]
}
ok "... and kept" within 180 keep
ok "the watchdog is fed" fed
pgtop policy status --json >"$T/status"
is "$(json "$T/status" '[.status.lacks[] | select(tostring | contains("permitted"))]')" "[]" \
	"the unit forbids nothing that is needed"
ok "... the knob says so" chosen always
after=$(rate)
diag "$before faults per second of CPU time before, $after after"
cmp_ok $((before)) -gt $((10 * after)) "the kernel's own counters: more than ten times fewer"
id=$(log 'select(.action == "keep").id')
pgtop policy why "$id" | tee "$T/why" | while read -r line; do diag "$line"; done
like "$(<"$T/why")" "fell by 9[0-9]" "why: the effect in numbers"
like "$(<"$T/why")" "proxy" "why: that it is a proxy"
is "$(log 'select(.action == "keep").objective')" minor_faults \
	"the objective: minor faults"
systemctl stop pgtopd
told
ok "stopped: the original is back" chosen never

# --- b: sparse: memory grows, the bloat guard takes it back

load sparse
anew
ok "a program that touches a byte in 64K: tried" within 180 apply
ok "... and taken back" within 180 revert
ok "... the knob says so" chosen never
told
like "$(log 'select(.action == "revert").guard')" "bloat" \
	"... by the bloat guard"
ok "... and not tried again for a while" in_state cooldown

# --- c: none: no effect

load none
anew
ok "a program for which nothing changes: tried" within 180 apply
ok "... and taken back" within 400 revert
ok "... the knob says so" chosen never
told
is "$(log 'select(.action == "revert") | [.guard]')" "[null]" "... not by a guard"

# --- d: the administrator writes the knob in mid-trial

load dense
anew
ok "a trial is under way" within 180 apply
echo madvise >$knob
ok "the administrator writes: yielded" within 10 yield
ok "status says so" in_state yielded
ok "the knob is left alone" chosen madvise
systemctl stop pgtopd
ok "... at the end, too" chosen madvise
echo never >$knob

# --- e: killed in every phase; ExecStopPost undoes

is_dead()
{
	case $(systemctl show -P ActiveState pgtopd) in
	failed | inactive) return 0 ;;
	esac
	return 1
}
# phase NAME: it is reached
phase()
{
	case $1 in
	baseline) within 120 try ;;
	settle) within 120 apply ;;
	kept) within 180 keep ;;
	*) wait_for 180 in_state "$1" ;;
	esac
}
for phase in baseline settle measure confirm kept; do
	anew
	ok "phase $phase" phase $phase || continue
	was=$(grep -o '\[.*\]' $knob)
	systemctl kill --signal=KILL pgtopd
	wait_for 30 is_dead
	ok "killed in phase $phase ($was): the original is back" chosen never
done

# --- and without systemd: the next start undoes

systemctl stop pgtopd
load dense
rm -rf /var/lib/pgtop/journal*
pgtopd 2>"$T/pgtopd.log" &
daemon=$!
ok "without systemd: a trial" within 180 apply
kill -KILL $daemon
wait $daemon 2>/dev/null
ok "killed: the knob is as it was written" chosen always
sed -i 's/^mode = tune/mode = observe/' /etc/pgtop/pgtopd.conf
systemctl start pgtopd
ok "the next start undoes, in any mode" chosen never
done_testing
