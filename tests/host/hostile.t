#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Command lines and surroundings that nobody means well with: each ends with a documented status,
# says one true sentence where it fails, and nothing that is not so where it does not.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/command.sh
. "$(dirname "$0")/../command.sh"

: "${PGTOP:?}" "${TOOLS:?}"
root=$([ "$(id -u)" = 0 ] && echo yes)
cases=0

# nonsense FILE...: words of a program that does not know what it says
nonsense()
{
	grep -anE '\(null\)|[Ee]rrno|Unknown error|: Success|error -[0-9]' "$@"
}

# judge STATUS REGEX WHAT: the last run ended so.  A failure is one sentence that the expression
# matches, and prints nothing; a success says nothing on standard error, and REGEX matches it.
judge()
{
	local want=$1 regex=$2 what=$3
	cases=$((cases + 1))
	is "$status" "$want" "$what: exit status $want" || diag "$(head -n3 "$T/err")"
	if [ "$want" = 0 ]; then
		is "$(<"$T/err")" "" "... without a complaint"
		[ -z "$regex" ] || ok "... /$regex/" grep -qE -- "$regex" "$T/out"
	else
		ok "... one sentence" one_sentence
		like "$(<"$T/err")" "$regex" "... /$regex/"
	fi
	is "$(nonsense "$T/out" "$T/err")" "" "... no nonsense"
}

# expect STATUS REGEX CMD...
expect()
{
	local want=$1 regex=$2
	shift 2
	run "$@"
	judge "$want" "$regex" "${what-${*//$T/T}}"
}

# start ARG...: returns when it shows progress, which only a terminal gets to see
start()
{
	: >"$T/progress"
	env --default-signal=INT,TERM,HUP script -qfec "echo \$\$ >'$T/pid'; exec $PGTOP $*" "$T/progress" \
		>/dev/null </dev/null &
	started=$!
	wait_for 60 grep -qE 'sampling|recording' "$T/progress"
	cases=$((cases + 1))
}

# --- numbers, words and paths

# The status, an expression, the words of the command line as a shell takes them.
while IFS='|' read -r want regex words; do
	eval "set -- $words"
	what="pgtop $words" expect "$want" "$regex" "$PGTOP" "$@"
done <<'END'
2|'-1' is not a number of seconds from 0 to 86400$|-i -1
2|'1e999' is not a number of seconds|-i 1e999
2|'nan' is not a number of seconds|-i nan
2|'inf' is not a number of seconds|-i inf
2|'0x1p3' is not a number of seconds|-i 0x1p3
2|'.' is not a number of seconds|-i .
2|'1.2.3' is not a number of seconds|-i 1.2.3
2|'86400.1' is not a number of seconds|-i 86400.1
2|' ' is not a number of seconds|-i ' '
0|^pgtop  Linux |-i 0.0000000001 -n 0
2|'-1' is not a whole number from 0 to 1000000$|-n -1
2|'1000001' is not a whole number|-n 1000001
2|'18446744073709551616' is not a whole number|-n 18446744073709551616
2|'1.5' is not a whole number|-n 1.5
2|'0' is not a whole number from 1 to 2147483647$|-p 0
2|'-1' is not a whole number|-p -1
2|'2147483648' is not a whole number|-p 2147483648
2|'4294967297' is not a whole number|-p 4294967297
2|'99999999999999999999' is not a whole number|-p 99999999999999999999
4|^pgtop: there is no process 2147483647$|-p 2147483647
4|^pgtop: there is no process 2147483647$|map 2147483647
2|'0' is neither 'kernel' nor a PID$|map 0
2|'4294967297' is neither|map 4294967297
2|'0x1' is neither|map 0x1
2|'' is neither|map ''
2|'Kernel' is neither|map Kernel
2|unknown option '-1'|map -1
2|'-1' is not a whole number|record --count -1 x
2|'4294967296' is not a whole number|replay --count 4294967296 x
2|give a file that pgtop record wrote|replay
1|/nosuch cannot be opened: No such file or directory$|replay /nosuch
1|^pgtop: / cannot be read .Is a directory.|replay /
2|is not the ID of a decision|policy why 9223372036854775808
2|is not the ID of a decision|policy why 1x
2|give the ID of a decision|policy why
2|unexpected operand 'b'|policy hold a b
2|unknown policy command ''|policy ''
2|unknown command ''|''
2|unknown command '%s%n'|%s%n
2|unknown option '--%s'|--%s=%n
2|--svg: the file name is empty|map --svg=
1|cannot write /nosuch/x.svg: No such file or directory$|map kernel --svg /nosuch/x.svg
1|cannot write /: Is a directory$|map kernel --svg /
2|--socket: the path is empty|--socket=
3|nobody listens at /nosuch|--socket /nosuch
2|--root: there is no directory ''|--root ''
2|--root: there is no directory '/nosuch'|--root /nosuch
2|--root: there is no directory '/etc/passwd'|--root /etc/passwd
2|--cgroup: the path is empty|--cgroup ''
2|'..' leads out of the hierarchy|--cgroup ..
2|'=' is not NAME=OTHER|--symbol =
2|--symbol: pgtop looks for nothing named 'tlb_flsh'$|--symbol tlb_flsh=x
2|--symbol: pgtop looks for nothing named 'modify_prot_start_ptes'$|--symbol modify_prot_start_ptes=x
2|'=' is not ROLE=EVENT|--event =
2|more than 64 processes|$(seq -f '-p %.0f' 1 65)
2|--interval needs a value|--interval
2|^pgtop: top does not take --count|--count 1 --json
END
long=$(printf 'x%.0s' {1..5000})
what="a word of 5000 letters" expect 2 "unknown command 'xxx" "$PGTOP" "$long"
what="a path of 5000 letters" expect 2 "^pgtop: --cgroup: the path is too long$" "$PGTOP" --cgroup "/$long"
what="a file name of 5000 letters" expect 1 "File name too long" "$PGTOP" map kernel --svg "/$long"
what="no words at all, not even a name" expect 0 "^pgtop  Linux " bash -c "exec -a '' '$PGTOP'"
what="an empty environment" expect 0 "^pgtop  Linux " env -i "$PGTOP" -i 0
what="a locale and a time zone that do not exist" expect 0 "^pgtop  Linux " \
	env LC_ALL=xx_YY TZ=Nowhere/At_all TERM=nosuch COLUMNS=-1 "$PGTOP" -i 0

# --- processes that are none, or end

sleep 1000 &
one=$!
cat >"$T/odd.py" <<'END'
# prints a zombie, one of its own threads, and a process whose first thread has ended
import ctypes, os, sys, threading, time
zombie = os.fork()
if not zombie:
    os._exit(0)
odd = os.fork()
if not odd:
    threading.Thread(target=time.sleep, args=(1000,)).start()
    ctypes.CDLL(None).syscall(60 if os.uname().machine == "x86_64" else 93, 0)
thread = threading.Thread(target=time.sleep, args=(1000,), daemon=True)
thread.start()
print(zombie, thread.native_id, odd, file=open(sys.argv[1] + ".new", "w"), flush=True)
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(1000)
END
python3 "$T/odd.py" "$T/odd" &
parent=$!
wait_for 60 test -s "$T/odd"
read -r zombie thread headless <"$T/odd"
wait_for 60 grep -q '^State:.Z' "/proc/$zombie/status"
wait_for 60 grep -q '^State:.Z' "/proc/$headless/status"
disown $one $parent
at_exit kill -KILL $one $parent "$headless"
what="map of a zombie" expect 4 "^pgtop: process $zombie has exited .a zombie" "$PGTOP" map "$zombie"
for command in top prom "record $T/zombie"; do
	# shellcheck disable=SC2086 # words
	what="$command -p of a zombie" expect 4 "^pgtop: process $zombie has exited" "$PGTOP" $command -p "$zombie"
done
what="map of a thread" expect 2 "^pgtop: $thread is a thread of process $parent; give $parent instead$" \
	"$PGTOP" map "$thread"
what="-p of a thread" expect 2 "^pgtop: $thread is a thread of process $parent" "$PGTOP" -p "$thread"
what="map of a kernel thread" expect 3 "^pgtop: process 2 is a kernel thread, which has no user memory" \
	"$PGTOP" map 2
what="picture of a kernel thread" expect 3 "kernel thread" "$PGTOP" map 2 --svg "$T/kthread.svg"
ok "... and no file" test ! -e "$T/kthread.svg"
what="-p of one that lives and one that does not" expect 4 "there is no process 2147483646" \
	"$PGTOP" -i 0 -p $one -p 2147483646
sleep 1000 &
brief=$!
start -i 3 -p $brief
kill $brief
status=0
wait $started || status=$?
is "$status" 4 "-p of a process that ends during the sample: exit status 4"
ok "... says so" grep -q "process $brief exited during the sample" "$T/progress"
if [ "$root" ]; then
	what="map of a process whose first thread has ended" expect 0 "^process $headless \(python3\), [1-9]" \
		"$PGTOP" map "$headless"
	# shellcheck disable=SC2016 # the inner shell expands it
	what="map of itself" expect 0 "^process [0-9]+ \(pgtop\), [1-9]" \
		bash -c 'exec "$0" map $$' "$PGTOP"
	what="-p of a kernel thread" expect 0 "^user memory  0 in 1 process:" "$PGTOP" -i 0.1 -p 2
fi

# --- descriptors

for command in "-i 0" "-i 0 --json" doctor "map $$" "map $$ --json" prom --help "top --help" --version; do
	[ "$root" ] || [[ $command != map* ]] || continue
	what="pgtop ${command//$$/PID} >/dev/full" expect 1 "^pgtop: cannot write the output: No space left" \
		bash -c "exec '$PGTOP' $command >/dev/full"
	what="pgtop ${command//$$/PID} >&-" expect 1 "^pgtop: cannot write the output: Bad file descriptor$" \
		bash -c "exec '$PGTOP' $command >&-"
done
run bash -c "exec '$PGTOP' -i 0 2>&-"
judge 0 "^pgtop  Linux " "standard error closed"
run bash -c "exec '$PGTOP' -i 0 <&-"
judge 0 "^pgtop  Linux " "standard input closed"
run bash -c "exec '$PGTOP' --nosuch >&- 2>&- <&-"
is "$status" 2 "all three closed: exit status 2"
cases=$((cases + 1))
run bash -c "exec '$PGTOP' record --count 1 '$T/closed' >&- 2>&- <&-"
is "$status" 1 "a record whose end cannot be told: exit status 1"
run "$PGTOP" replay "$T/closed"
judge 0 "^snapshot 1, " "... is whole, nothing else is written into it"
"$PGTOP" doctor --json >"$T/free"
# blamed FILE: rows and facts that are there without the limit, and for whose want it is not blamed
blamed()
{
	jq -rn --slurpfile all "$T/free" --slurpfile few "$1" '
		($all[0].rows | map({ (.name): . }) | add) as $was |
		def limit: tostring | test("Too many open files|raise the limit of open files");
		($few[0].rows[] | select(.state == "unavailable" and $was[.name].state != "unavailable") |
			select((.why + (.remedy // "")) | limit | not) | "\(.name): \(.why)"),
		($few[0].facts | to_entries[] | select(.value.unavailable? and ($all[0].facts[.key].unavailable? | not)) |
			select(.value | limit | not) | "\(.key): \(.value.unavailable)")'
}
for n in {4..24}; do
	run bash -c "ulimit -n $n; exec '$PGTOP' doctor --json"
	judge 0 '"rows"' "doctor with $n files"
	is "$(blamed "$T/out")" "" "... blames nothing but the limit"
done
for n in 4 5 8 12; do
	run bash -c "ulimit -n $n; exec '$PGTOP' map $one"
	if [ "$status" = 0 ]; then
		judge 0 "^process $one " "map with $n files"
	elif [ "$root" ]; then
		judge "$((status == 1 ? 1 : 3))" "Too many open files" "map with $n files"
	fi
done
[ -z "$root" ] || what="a soft limit is raised" expect 0 "^process $one " \
	bash -c "ulimit -Sn 4; exec '$PGTOP' map $one"
run bash -c "set -o pipefail; '$PGTOP' -i 0 --json | head -c 1 >/dev/null"
ok "a reader that goes away ends it by SIGPIPE or not at all" test "$status" = 141 -o "$status" = 0
what="... and one who ignores that signal gets a sentence" expect 1 "cannot write the output: Broken pipe" \
	bash -c "trap '' PIPE; { '$PGTOP' -i 0; echo \$? >'$T/code'; } | true; exit \"\$(<'$T/code')\""

# --- signals

# signalled SIGNAL ARG...: its status when that comes meanwhile
signalled()
{
	local signal=$1
	shift
	start "$@"
	kill -"$signal" "$(<"$T/pid")"
	status=0
	wait $started || status=$?
}

for signal in INT:130 TERM:143 HUP:129; do
	signalled "${signal%:*}" -i 60
	is "$status" "${signal#*:}" "a sample is ended by SIG${signal%:*}"
	signalled "${signal%:*}" record -i 0.3 "$T/${signal%:*}"
	is "$status" 0 "SIG${signal%:*} ends a record in order"
	run "$PGTOP" replay "$T/${signal%:*}" --json
	is "$status" 0 "... and it is whole"
done
"$PGTOP" -i 3 --json >"$T/stopped" &
stopped=$!
sleep 0.5
kill -STOP $stopped
wait_for 60 grep -q '^State:.T' "/proc/$stopped/status"
sleep 0.5
kill -CONT $stopped
ok "a sample that was stopped for a while goes on" wait $stopped
is "$(json "$T/stopped" '.interval_seconds >= 3')" true "... for as long as it takes"
run bash -c "ulimit -f 1; exec '$PGTOP' doctor --json >'$T/limited'"
judge 1 "cannot write the output: File too large" "a file that may not grow"

# --- two at once

for i in 1 2; do
	("$PGTOP" -i 0.5 --json >"$T/two.$i" 2>"$T/two.err.$i"; echo $? >"$T/two.code.$i") &
	("$PGTOP" record --count 2 -i 0.2 "$T/same" 2>"$T/same.err.$i" >/dev/null; echo $? >"$T/same.code.$i") &
done
wait_for 120 test -s "$T/two.code.1" -a -s "$T/two.code.2" -a -s "$T/same.code.1" -a -s "$T/same.code.2"
is "$(cat "$T"/two.code.?)" $'0\n0' "two samples at once succeed"
is "$(cat "$T"/two.err.?)" "" "... without a complaint"
is "$(json "$T/two.1" .schema)$(json "$T/two.2" .schema)" pgtop.snapshotpgtop.snapshot "... both whole"
is "$(sort "$T"/same.code.? | xargs)" "0 1" "of two records into one file one succeeds"
like "$(cat "$T"/same.err.?)" "^pgtop: .*/same exists; remove it or give the name of a new file$" "... the other says why"
run "$PGTOP" replay "$T/same" --json
is "$status $(wc -l <"$T/out")" "0 1" "... and it is whole"
cases=$((cases + 2))

# --- privilege, namespaces, mounts

if [ "$root" ]; then
	chmod 755 "$T"
	cp "$PGTOP" "$T/pgtop"
	# holding CAPS CMD...: an ordinary user who has these, as "+bpf,+syslog"
	holding()
	{
		local caps=-all${1:+,$1}
		shift
		setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps "$caps" --ambient-caps "$caps" \
			--bounding-set "$caps" "$@"
	}
	# The capabilities and what a map of the kernel says then.
	while IFS='|' read -r caps want regex; do
		what="map kernel with ${caps:-no capability}" expect "$want" "$regex" holding "$caps" "$T/pgtop" map kernel
		what="doctor with ${caps:-no capability}" expect 0 "^measurements" holding "$caps" "$T/pgtop" doctor
		what="a screen with ${caps:-no capability}" expect 0 "^mTHP" holding "$caps" "$T/pgtop" -i 0.1
	done <<'END'
|3|loading BPF programs needs CAP_BPF and CAP_PERFMON;
+bpf|3|loading BPF programs needs CAP_PERFMON;
+perfmon|3|loading BPF programs needs CAP_BPF;
+syslog,+sys_ptrace|3|loading BPF programs needs CAP_BPF and CAP_PERFMON;
+bpf,+perfmon|0|^linear map of Linux
+sys_admin|0|^linear map of Linux
END
	# A container's filter, by the error that it gives (seccomp(2)): 1 EPERM, 13 EACCES, 38 ENOSYS.
	for errno in 1 13 38; do
		what="map kernel where bpf() fails with $errno" expect 3 "a seccomp filter forbids bpf..;" \
			"$TOOLS/refuse" $errno bpf "$PGTOP" map kernel
		what="doctor where bpf() fails with $errno" expect 0 "allow bpf in the seccomp profile" \
			"$TOOLS/refuse" $errno bpf "$PGTOP" doctor
		is "$(grep -aE "lockdown, or|hypervisor's policy|not implemented" "$T/out")" "" "... blames nothing else"
	done
	what="doctor where perf_event_open() fails with 38" expect 0 "a seccomp filter forbids perf_event_open" \
		"$TOOLS/refuse" 38 perf_event_open "$PGTOP" doctor --json --event cycles=task-clock
	is "$(grep -a CONFIG_PERF_EVENTS "$T/out")" "" "... and no kernel"
	# A namespace or a file system that is missing, and what three commands say there.
	# shellcheck disable=SC2016 # the inner shell expands it
	without=(unshare --mount bash -c 'mount -t tmpfs none "$0" && exec "$@"')
	what="map in a user namespace" expect 3 "this is a user namespace, whose capabilities do not count for BPF" \
		unshare --user --map-root-user "$PGTOP" map kernel
	what="doctor in a user namespace" expect 0 "this is a user namespace, whose capabilities count in it only" \
		unshare --user --map-root-user "$PGTOP" doctor
	is "$(grep -aE "lockdown, or|Linux 6.1 or|all that pgtop uses" "$T/out")" "" "... blames nothing else"
	what="map in a user namespace without users" expect 3 "needs CAP_BPF and CAP_PERFMON" \
		unshare --user "$PGTOP" map kernel
	what="map 1 in a PID namespace" expect 0 "^process 1 \(pgtop\)" \
		unshare --pid --fork --mount-proc "$PGTOP" map 1
	what="map 1 in a PID namespace with the /proc of another" expect 3 \
		"the process numbers in /proc are those of another PID namespace" unshare --pid --fork "$PGTOP" map 1
	what="a screen there" expect 0 "the process numbers in /proc are those of another PID namespace" \
		unshare --pid --fork "$PGTOP" -i 0.1 --all
	what="a screen in a cgroup namespace" expect 0 "^pgtop  Linux" unshare --cgroup "$PGTOP" -i 0.1
	# Sanitizers themselves need /proc, also to read their options.
	[ -z "${SAN-}" ] || without_proc=6
	if [ -z "${SAN-}" ]; then
		what="a screen without /proc" expect 0 "meminfo.*proc is not mounted on /proc|/proc/meminfo is missing" \
			"${without[@]}" /proc "$PGTOP" -i 0.1 --all
		what="doctor without /proc" expect 0 "/proc/meminfo is missing: proc is not mounted on /proc" \
			"${without[@]}" /proc "$PGTOP" doctor
		is "$(grep -aE "this kernel does not count" "$T/out")" "" "... blames no kernel for it"
		what="map kernel without /proc" expect 3 "cannot be read ./proc/self/status" "${without[@]}" /proc "$PGTOP" map kernel
		what="map 1 without /proc" expect 3 "^pgtop: cannot look for process 1: /proc is not mounted$" \
			"${without[@]}" /proc "$PGTOP" map 1
		what="-p 1 without /proc" expect 3 "cannot look for process 1: /proc is not mounted" \
			"${without[@]}" /proc "$PGTOP" -p 1
		what="--cgroup without /proc" expect 3 "where cgroup v2 is mounted cannot be read" \
			"${without[@]}" /proc "$PGTOP" --cgroup /x
	fi
	what="a screen without /sys" expect 0 "^pgtop  Linux" "${without[@]}" /sys "$PGTOP" -i 0.1
	what="doctor without /sys" expect 0 "mount sysfs on /sys" "${without[@]}" /sys "$PGTOP" doctor
	what="map kernel without /sys" expect 3 "the kernel's types cannot be read" "${without[@]}" /sys "$PGTOP" map kernel
	what="without /run" expect 3 "nobody listens at /run/pgtop/control" "${without[@]}" /run "$PGTOP" policy
	what="a process that hidepid hides" expect 3 "^pgtop: /proc hides process $one from this user" \
		unshare --mount bash -c "mount -t proc -o hidepid=2 none /proc && exec setpriv --reuid 65534 --regid 65534 \
			--clear-groups '$T/pgtop' map $one"
else
	skip "not root" "privilege, namespaces and mounts"
fi

cmp_ok "$cases" -ge "$([ "$root" ] && echo $((130 - ${without_proc-0})) || echo 60)" "so many cases were tried: $cases"
done_testing
