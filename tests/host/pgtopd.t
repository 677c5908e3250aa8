#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# pgtopd with all sources of this machine: windows, socket, reload, watchdog, cost.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/pgtopd.sh
. "$(dirname "$0")/../pgtopd.sh"
# shellcheck source=tests/cost.sh
. "$(dirname "$0")/../cost.sh"

# --- it runs and answers

configure
ok "pgtopd starts" start
ok "... and says so in one line" test "$(grep -c . "$log")" = 1
is "$(stat -c %a "$socket")" 660 "the socket is closed to others"
is "$(status .mode)" observe "it observes by default"
is "$(status .pid)" "$pid" "status names the process"
windows_reach()
{
	[ "$(status .windows)" -ge "$1" ]
}
ok "a window a second" wait_for 15 windows_reach 4
# A machine that stood still for a second has left one out, and says so.
for try in 1 2 3; do
	if [ "$(status .discarded)" = 0 ] || ! logged 'a window is skipped'; then
		break
	fi
	diag "try $try: $(grep 'is skipped' "$log")"
	stop
	ok "pgtopd starts again" start
	wait_for 15 windows_reach 4
done
is "$(status '[.failed, .discarded]')" "[0,0]" "none failed, none was left out"
is "$(status '[.lacks[] | select((.why // "") == "").name]')" "[]" \
	"what is unavailable has a reason"
is "$(ask '{"v":1,"cmd":"log"}')" '{"v":1,"ok":true,"decisions":[]}' \
	"observing, it decides nothing"

ask '{"v":1,"cmd":"snapshot"}' >/dev/null
is "$(json "$T/answer" .snapshot.facts.kernel)" "$(uname -r)" \
	"snapshot: the kernel as uname says"
is "$(json "$T/answer" '.snapshot.fields["memory.total"][0] / 1024')" \
	"$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)" "snapshot: MemTotal as the kernel says"
# What counts needs what was given up, if anything does.
is "$(json "$T/answer" \
	'[.snapshot.fields | .["linear_map.mapped_bytes"], .["tlb.flushes"] | strings]')" "[]" \
	"BPF and page walks go on without the capabilities that were dropped"
# what was read a moment ago, with walks, is also an answer
without_walks()
{
	ask '{"v":1,"cmd":"snapshot","walk":false}' >/dev/null
	[ "$(json "$T/answer" '.snapshot.fields | has("memory.total"), has("linear_map.mapped_bytes"),
		has("user.walked_bytes")' | xargs)" = "true false false" ]
}
ok "a snapshot without walks: the rest is there" wait_for 30 without_walks
kept=$(printf '%016x' $((1 << 39 | 1 << 38 | 1 << 19)))
is "$(awk '/^CapPrm/ { print $2 }' "/proc/$pid/status")" "$kept" \
	"only CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE are left"

# --- bad requests

like "$(ask '{"v":2,"cmd":"status"}')" '"error":"this pgtopd speaks version 1","code":"usage"' \
	"another version is answered with ours"
like "$(ask 'hello')" '"ok":false.*not a line of JSON' "garbage is answered"
like "$(ask '{"v":1,"cmd":"why","id":99}')" '"code":"unknown"' "an unknown decision"
like "$(ask '{"v":1,"cmd":"hold","lever":"nosuch"}')" '"code":"unknown"' "an unknown lever"
like "$(ask "{\"v\":1,\"cmd\":\"$(printf '%5000s' x)\"}")" 'longer than 4096 bytes' \
	"a long request is answered"
setpriv=(setpriv --reuid 65534 --clear-groups)
if [ "$(id -u)" = 0 ]; then
	chmod 755 "$T"
	chmod 666 "$socket"
	cat >"$T/ask.py" <<-'END'
		import socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		for q in sys.argv[2:]:
		    s.sendall(q.encode() + b"\n")
		    print(s.makefile().readline(), end="")
	END
	"${setpriv[@]}" /usr/bin/python3 "$T/ask.py" "$socket" '{"v":1,"cmd":"hold","lever":"x"}' \
		'{"v":1,"cmd":"log"}' >"$T/out" 2>&1
	like "$(sed -n 1p "$T/out")" '"code":"denied"' "who is not root may not hold"
	like "$(sed -n 2p "$T/out")" '"ok":true' "... but may read, where the socket lets them"
	chmod 660 "$socket"
	"${setpriv[@]}" --regid 65534 /usr/bin/python3 "$T/ask.py" "$socket" '{"v":1,"cmd":"log"}' \
		>"$T/out" 2>&1
	like "$(<"$T/out")" PermissionError "others cannot connect"
else
	skip "needs root" "privilege"
fi

# --- clients that do harm

cat >"$T/flood.py" <<'END'
import os, socket, sys
answered = busy = 0
clients = []
for i in range(1000):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(20)
    try:
        s.connect(sys.argv[1])
        # every third one asks, every third sends garbage, the others say nothing
        s.sendall([b'{"v":1,"cmd":"snapshot"}\n' * 5, os.urandom(9000), b""][i % 3])
    except OSError:
        pass
    clients.append(s)
for s in clients:
    try:
        line = s.makefile("rb").readline()
    except OSError:
        continue
    answered += b'"ok":true' in line
    busy += b'"busy"' in line
print(answered, busy)
END
python3 "$T/flood.py" "$socket" >"$T/out"
diag "of 1000 clients at once, answered and refused: $(<"$T/out")"
cmp_ok "$(cut -d' ' -f2 "$T/out")" -gt 0 "a flood of 1,000 clients: some are refused"
served()
{
	[ "$(status .pid)" = "$pid" ]
}
ok "... the next one is served" wait_for 20 served

cat >"$T/slow.py" <<'END'
import select, socket, sys, time
def connect():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(20)
    s.connect(sys.argv[1])
    return s
poll = select.poll()
clients = []
for i in range(32):
    s = connect()
    s.sendall(b'{"v":1,"cmd":"snapshot"}\n' * 100)
    clients.append(s)
    poll.register(s, 0)         # reports only that the other end is closed
print(connect().makefile().readline())
end = time.time() + 20
while clients and time.time() < end:
    for fd, _ in poll.poll(1000):
        poll.unregister(fd)
        clients = [s for s in clients if s.fileno() != fd]
print(len(clients), "still open")
END
rss()
{
	awk '/^Rss/ { print $2 }' "/proc/$pid/smaps_rollup"
}
python3 "$T/slow.py" "$socket" >"$T/out" 2>&1
like "$(<"$T/out")" '"code":"busy"' "beside 32 clients that read nothing another one is told so"
like "$(sed -n '$p' "$T/out")" '^0 still open' "... and they are closed"
cmp_ok "$(rss)" -lt $((${SAN:-0} ? 262144 : 16384)) "resident after all that: less than 16 MiB"
ok "others are served again" wait_for 20 served

# --- what one user's clients do is not root's concern, nor another user's

cat >"$T/half.py" <<'END'
import select, socket, sys, time
poll = select.poll()
clients = {}
def connect():
    s = socket.socket(socket.AF_UNIX)
    s.setblocking(False)
    try:
        s.connect(sys.argv[1])
        s.sendall(b'{"v":1,"cmd":')
    except OSError:
        s.close()
        return
    clients[s.fileno()] = s
    poll.register(s, select.POLLIN)
end = time.time() + 20
while time.time() < end:
    while len(clients) < 1000 and time.time() < end:
        before = len(clients)
        connect()
        if len(clients) == before:
            break
    print(len(clients), flush=True)
    for fd, _ in poll.poll(50):
        poll.unregister(fd)
        clients.pop(fd).close()
END
if [ "$(id -u)" = 0 ]; then
	chmod 666 "$socket"
	setpriv --reuid 65534 --clear-groups /usr/bin/python3 "$T/half.py" "$socket" >"$T/half" 2>&1 &
	half=$!
	at_exit end "$half"
	many()
	{
		[ "$(sort -n "$T/half" | tail -1)" -ge 32 ]
	}
	wait_for 10 many
	cat >"$T/root.py" <<-'END'
		import socket, sys, time
		slowest = refused = 0
		for i in range(10):
		    began = time.monotonic()
		    s = socket.socket(socket.AF_UNIX)
		    s.connect(sys.argv[1])
		    s.sendall(b'{"v":1,"cmd":"hold","lever":"nosuch"}\n')
		    refused += '"code":"unknown"' not in s.makefile().readline()
		    slowest = max(slowest, time.monotonic() - began)
		    time.sleep(0.3)
		print(refused, int(slowest * 1000))
	END
	read -r refused slowest < <(python3 "$T/root.py" "$socket")
	is "$refused" 0 "beside 1,000 clients of a user that hold half requests, root's hold is answered"
	cmp_ok "$slowest" -lt 1000 "... each time within a second (ms)"
	setpriv --reuid 65533 --clear-groups /usr/bin/python3 "$T/ask.py" "$socket" \
		'{"v":1,"cmd":"log"}' >"$T/out" 2>&1
	like "$(<"$T/out")" '"ok":true' "... and so is another user"
	end "$half"
	chmod 660 "$socket"
else
	skip "needs root" "clients of a user"
fi

before=$(status .windows)
ok "windows went on" wait_for 10 windows_reach $((before + 2))

# --- reload

configure "mode = advise" "window = 2s"
kill -HUP "$pid"
ok "SIGHUP: the configuration is read anew" \
	wait_for 10 logged 'configuration reloaded: mode advise, windows of 2 s'
is "$(status '[.mode, .window_seconds]')" '["advise",2]' "... and in effect"
configure "mode = fast"
kill -HUP "$pid"
ok "a bad one is told" \
	wait_for 10 logged "$conf:$(grep -n fast "$conf" | cut -d: -f1): \\[daemon\\] mode = fast: not observe, advise or tune"
ok "... and changes nothing" wait_for 10 logged 'stays as it was'
is "$(status '[.mode, .window_seconds]')" '["advise",2]' "... it goes on as before"

# --- a second one, and the end

"$PGTOPD" --config /dev/null --state-dir "$state" --socket "$T/other" 2>"$T/err" >&2
is "$?" 1 "a second pgtopd does not start"
like "$(<"$T/err")" '^pgtopd: another pgtopd is running' "... and says why"
"$PGTOPD" --config /dev/null --state-dir "$state" --restore 2>"$T/err" >&2
is "$?" 1 "--restore beside a running pgtopd: exit status 1"
like "$(<"$T/err")" "a running pgtopd holds the journal" "... says why"
stop
is "$status" 0 "SIGTERM: exit status 0"
ok "the socket is gone" test ! -e "$socket"

# --- SIGKILL and a socket that stays behind, SIGINT

configure
ok "pgtopd starts" start
stop KILL
ok "SIGKILL leaves the socket" test -e "$socket"
ok "the next one starts all the same" start
like "$(ask '{"v":1,"cmd":"log"}')" '"ok":true' "... and answers"
stop INT
is "$status" 0 "SIGINT: exit status 0"

# --- a machine that takes longer to read than a window is long

# slow_machine SIZES: a machine of files with so many sizes of folios
slow_machine()
{
	rm -rf "$T/slow"
	python3 - "$T/slow" "$1" <<-'END'
		import os, sys
		top = sys.argv[1] + "/sys/kernel/mm/transparent_hugepage"
		os.makedirs(top + "/size/stats")
		os.makedirs(sys.argv[1] + "/proc")
		with open(top + "/size/enabled", "w") as f:
		    f.write("always inherit madvise [never]\n")
		for name in "anon_fault_alloc", "anon_fault_fallback", "split", "swpout":
		    with open(f"{top}/size/stats/{name}", "w") as f:
		        f.write("7\n")
		for i in range(int(sys.argv[2])):
		    os.symlink("size", f"{top}/hugepages-{4 * i + 4}kB")
	END
}
slow_machine "$([ -n "${SAN-}" ] && echo 10000 || echo 20000)" # sanitizers take twice the time
configure
ok "pgtopd starts where a window takes longer than it is to be" start --root "$T/slow"
# those that took too long to be evidence are among them
tried()
{
	[ "$(status '.windows + .discarded')" -ge "$1" ]
}
ok "... clients are served" wait_for 120 tried 2
diag "CPU time of a window of 1 s: $(status .work_seconds)"
kill -HUP "$pid"
ok "... SIGHUP is followed" wait_for 60 logged 'configuration reloaded'
kill "$pid"
ok "... SIGTERM too" wait_for 60 logged '^pgtopd: stopped'
end "$pid"
wait "$pid"
rm -rf "$T/slow"

# --- systemd: ready, watchdog, reload, stop

cat >"$T/notify.py" <<'END'
import os, socket, subprocess, sys, time
path = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(path)
s.settimeout(30)
env = dict(os.environ, NOTIFY_SOCKET=path, WATCHDOG_USEC="4000000")
p = subprocess.Popen(sys.argv[2:], env=env, stderr=subprocess.DEVNULL)
seen, fed = set(), 0
end = time.time() + 40
try:
    while time.time() < end and "STOPPING" not in seen:
        message = s.recv(4096).decode()
        seen |= {line.split("=")[0] for line in message.split("\n")}
        if "WATCHDOG=1" in message:
            fed += 1
            if fed == 2:
                p.send_signal(1)
            elif fed == 4:
                p.terminate()
except TimeoutError:
    pass
finally:
    p.terminate()
words = ("READY", "STATUS", "RELOADING", "MONOTONIC_USEC", "STOPPING")
print(p.wait(60), fed >= 4, *[w for w in words if w in seen])
END
for window in 1s 1h; do
	configure
	sed -i "s/^window.*/window = $window/" "$conf"
	is "$(python3 "$T/notify.py" "$T/notify.$window" "$PGTOPD" --config "$conf" \
		--state-dir "$state" --socket "$socket")" \
		"0 True READY STATUS RELOADING MONOTONIC_USEC STOPPING" \
		"systemd is told of all, and the watchdog fed, with windows of $window"
done

# --- a socket from systemd

cat >"$T/activate.py" <<'END'
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(5)
s.setblocking(False)
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
END
configure
python3 "$T/activate.py" "$socket" "$PGTOPD" --config "$conf" --state-dir "$state" \
	--socket /nonexistent/x 2>"$log" &
pid=$!
at_exit end "$pid"
ok "a socket that was passed is used" wait_for 30 served
stop
ok "... and left to whoever made it" test -e "$socket"
rm -f "$socket"

# --- cost, as an outside reading has it, and as pgtopd has it

# ended AFTER: a later window has ended: "WINDOWS us" in $T/ended, its CPU time
ended()
{
	status '"\(.windows) \(.work_seconds * 1e6 | round)"' >"$T/ended"
	[ "$(cut -d' ' -f1 "$T/ended")" -gt "$1" ]
}
# oneshot_us: CPU time of one pgtop that measures by itself
oneshot_us()
{
	local TIMEFORMAT='%U %S'
	{ time "$PGTOP" -i 0 --own >/dev/null 2>&1; } 2>&1 |
		awk '{ printf "%.0f\n", ($1 + $2) * 1000000 }'
}
configure
ok "pgtopd starts" start
wait_for 20 windows_reach 2
n=$(status .windows)
used=$(cpu_ms "$pid")
for ((i = 0; i < 20; i++)); do
	wait_for 10 ended "$n"
	read -r n us <"$T/ended"
	echo "$us"
done | sort -n >"$T/windows"
median=$(sed -n 10p "$T/windows")
oneshot=$(for i in 1 2 3 4 5; do oneshot_us; done | sort -n | head -n 1)
diag "20 windows took $(($(cpu_ms "$pid") - used)) ms of CPU, asking included, half of them up" \
	"to $median us; one pgtop takes $oneshot us; resident $(rss) kB"
if [ -z "${SAN-}" ]; then
	# 10 ms are 0.1 % of one CPU at 10 s. How fast this machine is just now, pgtop tells.
	cmp_ok "$median" -le $((oneshot / 4 > 10000 ? oneshot / 4 : 10000)) \
		"a window takes at most 10 ms of CPU, or a fourth of what one pgtop takes"
	cmp_ok "$(rss)" -lt 16384 "resident: less than 16 MiB"
else
	diag "no bounds on cost: sanitizers cost time and memory"
fi
before=$(cpu_ms "$pid")
own=$(status '.self.cpu_seconds * 1000 | floor')
after=$(cpu_ms "$pid")
ok "its own CPU time is what is seen from outside ($before, $own, $after ms)" \
	test $((before - 20)) -le "$own" -a "$own" -le $((after + 20))
own=$(status '.self.resident_bytes / 1024 | floor')
outside=$(rss)
ok "its own resident size agrees ($own kB; from outside $outside kB)" \
	awk -v a="$own" -v b="$outside" 'BEGIN { exit !(a - b < b / 10 && b - a < b / 10) }'
late=$(status .discarded)
stop
is "$(grep -v -E 'started|stopped|a window is skipped' "$log")" "" "nothing else was logged"
is "$(grep -c 'a window is skipped' "$log")" "$late" "... but each window that was left out"

done_testing
