#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# pgtopd with the rights of its unit, on a kernel that refuses perf_event_open() to them: it
# measures what root measures, by pgtop-opener.  A seccomp filter plays that kernel; the VM has
# the real ones (tests/vm/t/service.sh).
#
# All of it in a mount namespace, whose /run is ours.
# alone: it compares counts of the whole machine
[ -n "${SERVICE_RUN-}" ] || ! unshare --mount true 2>/dev/null ||
	SERVICE_RUN=1 exec unshare --mount bash "$0"
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/pmu.sh
. "$(dirname "$0")/../pmu.sh"
# shellcheck source=tests/service.sh
. "$(dirname "$0")/../service.sh"

: "${PGTOP:?}" "${PROGS:?}" "${TOOLS:?}"
for program in systemd-socket-activate setpriv bpftool; do
	command -v $program >/dev/null || skip_all "$program is not installed"
done
if [ -z "${SERVICE_RUN-}" ] || ! mount -t tmpfs tmpfs /run; then
	skip_all "no mount namespace of our own (unshare --mount)"
fi
OPENER=$(dirname "$PGTOPD")/pgtop-opener

unit=(setpriv "--bounding-set=$(unit_bounds systemd/pgtopd.service.in)" --inh-caps=-all --no-new-privs)
refused=("${unit[@]}" "$TOOLS/refuse" 13 perf_event_open)
opener_pid=
opener_start()
{
	setpriv "--bounding-set=$(unit_bounds systemd/pgtop-opener@.service.in)" --inh-caps=-all \
		--no-new-privs systemd-socket-activate --accept --seqpacket \
		--listen=/run/pgtop-opener.socket "$OPENER" 2>>"$T/opener.log" &
	opener_pid=$!
	at_exit opener_stop
	wait_for 20 test -S /run/pgtop-opener.socket
}
opener_stop()
{
	kill "$opener_pid" 2>/dev/null
	wait "$opener_pid" 2>/dev/null
	rm -f /run/pgtop-opener.socket
}

# --- without it the reason is told

events=(--event instructions=task-clock --event dtlb_walk=minor-faults)
to_json()
{
	"${@:2}" "$PGTOP" doctor --json "${events[@]}" >"$T/$1.json"
}
to_json root
[ "$(doctor_row "$T/root.json" pmu.dtlb_walk state)" = ok ] ||
	skip_all "perf_event_open is refused here: $(doctor_row "$T/root.json" pmu.dtlb_walk why)"
to_json refused "${refused[@]}"
is "$(doctor_row "$T/refused.json" pmu.dtlb_walk state)" unavailable "no opener: nothing is counted"
like "$(doctor_row "$T/refused.json" pmu.dtlb_walk why)" 'count minor-faults: .*seccomp' "... and why"
to_json unit "${unit[@]}"
is "$(rows_lost "$T/root.json" "$T/unit.json")" "" \
	"on this kernel the unit's rights are enough for all that root measures"

# --- with it all that root measures is measured

watch_by=("${refused[@]}")
watch instructions=task-clock dtlb_walk=minor-faults
like "$(lacks dtlb_walk_user)" 'count minor-faults' "nothing is counted yet"
ok "the opener listens" opener_start
reading
isnt "$(field dtlb_walk_user)" "" "what was refused at the start is counted now"
# shellcheck disable=SC2119 # that of pmu.sh
stop
to_json refused "${refused[@]}"
is "$(rows_lost "$T/root.json" "$T/refused.json")" "" "with the opener what root measures is measured"

watch instructions=task-clock dtlb_walk=minor-faults
first=$(vmstat_minor)
reading
user=$(field dtlb_walk_user) kernel=$(field dtlb_walk_kernel)
for cpu in $(cpus); do
	"$TOOLS/faults" "$cpu" 9973 1009 >/dev/null
done
reading
user=$(($(field dtlb_walk_user) - user)) kernel=$(($(field dtlb_walk_kernel) - kernel))
last=$(vmstat_minor)
n=$(cpus | wc -w)
cmp_ok "$user" -ge $((n * 9973)) "every fault on every CPU is counted, user mode ($user)"
cmp_ok "$kernel" -ge $((n * 1009)) "... and kernel mode ($kernel)"
cmp_ok $((user + kernel)) -le $((last - first)) "... no more than the kernel counted"
opener_stop
reading
isnt "$(field dtlb_walk_user)" "" "counters live on without the opener"
# shellcheck disable=SC2119 # that of pmu.sh
stop

# --- an opener that is killed while it serves a request

real=$OPENER
OPENER=$T/opener
# dies TIMES: the next openers die of the system call that opens a counter
dies()
{
	seq "$1" >"$T/deaths"
	cat >"$T/opener" <<-END
		#!/bin/bash
		[ -s '$T/deaths' ] || exec '$real'
		sed -i 1d '$T/deaths'
		echo >>'$T/died'
		exec '$TOOLS/refuse' kill perf_event_open '$real'
	END
	chmod 755 "$T/opener"
	rm -f "$T/died"
}
before=$(counters)
dies 1
opener_start
watch instructions=task-clock dtlb_walk=minor-faults
isnt "$(field dtlb_walk_user)" "" "an opener was killed in mid-request: the next one counts"
is "$(wc -l <"$T/died")" 1 "... one was"
# shellcheck disable=SC2119 # that of pmu.sh
stop
dies 2
watch instructions=task-clock dtlb_walk=minor-faults
like "$(lacks dtlb_walk_user)" 'count minor-faults: ' "two in a row: nothing is counted, and why"
is "$(wc -l <"$T/died")" 2 "... two were, and no more are asked for now"
counted_again()
{
	reading && [ -n "$(field dtlb_walk_user)" ]
}
# a minute
[ -z "${SOAK-}" ] || ok "... and counting begins later" wait_for 120 counted_again
# shellcheck disable=SC2119 # that of pmu.sh
stop
is "$(counters)" "$before" "no counter of theirs is left"
opener_stop
OPENER=$real

# --- pgtopd

# shellcheck source=tests/pgtopd.sh
. "$(dirname "$0")/../pgtopd.sh"
configure '[pmu]' 'dtlb_walk = minor-faults' 'instructions = task-clock'
real=$PGTOPD
cat >"$T/pgtopd" <<END
#!/bin/bash
exec ${refused[*]@Q} '$real' "\$@"
END
chmod 755 "$T/pgtopd"
PGTOPD=$T/pgtopd
ok "pgtopd starts with the rights of its unit" start
as_pgtopd()
{
	"$PGTOP" doctor --as pgtopd --socket "$socket" --json "${events[@]}" >"$T/as.json"
}
differs()
{
	as_pgtopd && json "$T/as.json" ".differences[] | select(.name == \"pmu.dtlb_walk\") | $1"
}
is "$(differs '.here.state, .pgtopd.state' | xargs)" "ok unavailable" \
	"doctor --as pgtopd: what this user counts and pgtopd does not"
like "$(differs .pgtopd.why)" 'count minor-faults: .*seccomp' "... and why"
"$PGTOP" doctor --as pgtopd --socket "$socket" "${events[@]}" >"$T/as"
like "$(sed -n '/^where pgtopd/,$p' "$T/as" | grep dtlb_walk)" 'unavailable, here ok' \
	"... in text as well"
opener_start
same()
{
	as_pgtopd && [ "$(json "$T/as.json" '.differences | length')" = 0 ]
}
ok "the opener starts: pgtopd can all that this user can" wait_for 20 same ||
	diag "$(json "$T/as.json" .differences)"
no_opener()
{
	! pgrep -P "$opener_pid" >/dev/null
}
ok "no opener waits once the counters are open" wait_for 20 no_opener
counts()
{
	ask '{"v":1,"cmd":"snapshot"}' >/dev/null
	[ "$(json "$T/answer" '.snapshot.fields["pmu.dtlb_walk_user"] | type')" = array ]
}
ok "its snapshots have counts" counts
is "$(status '[.lacks[].name | select(contains("dtlb_walk"))]')" "[]" \
	"nothing is said to lack"
mapfile -t ids < <(programs_of "$pid")
cmp_ok ${#ids[@]} -ge 1 "it holds BPF programs (${#ids[@]})"
before=$(find "/proc/$pid/fd" -lname 'anon_inode:\[perf_event\]' | wc -l)
cmp_ok "$before" -ge $((n * 4)) "it holds counters ($before)"
kill -KILL "$pid"
wait "$pid" 2>/dev/null
gone()
{
	[ -z "$(programs_left "${ids[@]}")" ]
}
ok "killed: no BPF program of it is left" wait_for 20 gone

status=0
"$PGTOP" doctor --as pgtopd --socket "$socket" >"$T/out" 2>"$T/err" || status=$?
is "$status" 3 "doctor --as pgtopd: status 3 when none runs"
like "$(<"$T/err")" '^pgtop: pgtopd does not run' "... and it says so"

# --- who asks for what it does not give

cat >"$T/ask.py" <<-'END'
	"""ask.py WHAT: send to the opener, say how it ends"""
	import os, socket, struct, sys
	def request(operation=0, mode=0, cpu=0, n=0, function=0, events=()):
	    events = list(events) + [(0, 0, 0, 0)] * (8 - len(events))
	    return struct.pack("<6I", 1, operation, mode, cpu, n, function) + \
	        b"".join(struct.pack("<4Q", *e) for e in events)
	what = {
	    "hello": request(),
	    "count": request(1, n=1, events=[(1, 1, 0, 0)]),
	    "tracepoint": request(1, n=1, events=[(2, 1, 0, 0)]),
	    "breakpoint": request(1, n=1, events=[(5, 0, 0xffffffff81000000, 4)]),
	    "short": request()[:-1],
	    "long": request() + b"\0",
	    "empty": b"",
	    "text": b"open /etc/shadow",
	    "nocpu": request(1, cpu=4095, n=1, events=[(1, 1, 0, 0)]),
	    "function": request(2, function=1000),
	}
	s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
	s.settimeout(30)
	s.connect("/run/pgtop-opener.socket")
	if sys.argv[1] == "descriptor":
	    s.sendmsg([what["hello"]], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", 0))])
	elif sys.argv[1] == "state":
	    s.send(what["hello"]); s.recv(16)
	    for pid in os.listdir("/proc"):
	        try:
	            if open(f"/proc/{pid}/comm").read() == "pgtop-opener\n":
	                state = dict(l.split(":\t", 1) for l in open(f"/proc/{pid}/status") if ":\t" in l)
	                print(*(state[k].strip() for k in ("CapPrm", "NoNewPrivs", "Seccomp")))
	        except OSError:
	            pass
	    sys.exit()
	try:
	    if sys.argv[1] != "descriptor":
	        s.send(what[sys.argv[1]])
	    answer, fds, flags, _ = socket.recv_fds(s, 64, 16)
	except ConnectionError:
	    print("closed")
	    sys.exit()
	if len(answer) != 16:
	    print("closed")
	else:
	    version, error, failed, n = struct.unpack("<IiII", answer)
	    print(version, error, n, len(fds))
END
asked()
{
	is "$(python3 "$T/ask.py" "$1" 2>&1)" "$2" "$3"
}
asked hello "1 0 0 0" "a greeting is answered"
asked count "1 0 1 1" "a counter comes with its descriptor"
for what in tracepoint breakpoint short long text function; do
	asked $what "1 -74 0 0" "$what: denied (EBADMSG)"
done
asked nocpu "1 -22 0 0" "a CPU that does not exist: the kernel's own answer (EINVAL)"
asked empty closed "an empty request ends the connection"
asked descriptor "1 0 0 0" "a descriptor that is sent along is not taken"
if [ -z "${SAN-}" ]; then
	is "$(python3 "$T/ask.py" state)" "0000000000200000 1 2" \
		"it has CAP_SYS_ADMIN, no new privileges, and a filter of system calls"
fi
chmod 666 /run/pgtop-opener.socket
chmod 755 "$T"
is "$(setpriv --reuid 65534 --clear-groups /usr/bin/python3 "$T/ask.py" hello 2>&1)" closed \
	"who is not user 0 is not answered, whatever the mode of the socket"
ok "... and that is logged" wait_for 10 grep -q 'the peer is not user 0' "$T/opener.log"
status=0
"$OPENER" --help >"$T/out" 2>&1 || status=$?
is "$status" 1 "it takes no option"
status=0
"$OPENER" >"$T/out" 2>&1 </dev/null || status=$?
like "$status $(<"$T/out")" '^1 .*started by systemd only' "... and is for systemd to start"
done_testing
