#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# pgtop policy, and pgtop that takes its data from pgtopd: a pgtopd is played that says known
# things, so that it can be seen what is asked and what becomes of the answers.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/command.sh
. "$(dirname "$0")/../command.sh"

: "${PGTOP:?}"
export TZ=UTC

# flat: the output as one line, as it was before it was wrapped
flat()
{
	tr -s ' \n' ' ' <"$T/out" >"$T/flat"
}

# --- nobody listens

refused 3 "pgtopd does not run here: nobody listens at $T/none .systemctl start pgtopd" \
	policy --socket "$T/none"
refused 3 "pgtopd does not run here" -i 0 --socket "$T/none"
refused 3 "pgtopd does not run here" record "$T/x" --socket "$T/none"
refused 2 "unknown policy command 'nosuch'; expected status, log, why, hold or release" policy nosuch
refused 2 "policy why: give the ID of a decision" policy why
refused 2 "policy why: 'x' is not the ID" policy why x
refused 2 "policy hold: give a lever" policy hold
refused 2 "policy release: give a lever" policy release
refused 2 "policy log: unexpected operand 'x'" policy log x
refused 2 "policy hold: unexpected operand 'b'" policy hold a b
refused 2 "unexpected operand 'c'" policy hold a b c
run "$PGTOP" -i 0 --all --own
is "$status" 0 "--own needs no pgtopd"
ok "... and says so" grep -q "measured by pgtop itself: --own was given" "$T/out"

# --- a pgtopd that knows four decisions

# what it answers to a request
cat >"$T/answer.jq" <<'JQ'
("64K anonymous mTHP " + "kept because faults fell by far " * 6 + "\u001b[31mred") as $why |
[{id: 3, trial: 3, time: 86400.000000001, lever: "mthp.64K", action: "try", objective: "faults",
  proxy: true, reason: "is to be tried"},
 {id: 4, trial: 3, time: 86500.0, lever: "mthp.64K", action: "apply", from: "never", to: "always",
  reason: "was set"},
 {id: 5, trial: 3, time: 90061.5, lever: "mthp.64K", action: "keep", from: "never", to: "always",
  objective: "faults", proxy: true, before: {n: 12, mean: 41230.5, sd: 812},
  after: {n: 13, mean: 2841.25, sd: 77}, effect: 0.931, p: 1.5e-9,
  guard: {name: "bloat", value: 0.01, limit: 0.1}, reason: $why},
 {id: 6, time: 90062, action: "pause", reason: "too many reverts"}] as $decisions |
{version: "9.8.7", pid: 4711, mode: "tune", exit: "restore", tuning: "paused",
 tuning_why: "the disk is full", since: 86400, window_seconds: 10, windows: 360, overruns: 2,
 discarded: 1, failed: 0, work_seconds: 0.0042,
 self: {cpu_seconds: 1.5, resident_bytes: 9437184,
        bpf_run_seconds: {unavailable: "statistics are off"}},
 journal: {knobs: 1, error: "No space left on device"},
 levers: [{name: "mthp.64K", state: "measure", explain: "e", value: "always", original: "never",
           windows: 3, of: 12, decision: 4, changed: 5},
          {name: "shmem_mthp.2M", state: "cooldown", why: "it was reverted", value: "never",
           until: 93600}],
 objectives: {faults: 1234567.2, user_mpki: {unavailable: ("no PMU " * 20)}},
 guards: {psi_full: 0.25, anon_bytes: 1073741824},
 unguarded: {swap_out: {unavailable: "no /proc/vmstat"}}, lacks: []} as $status |
def refuse(code; why): {ok: false, code: code, error: why};
. as $request | {v: 1, ok: true} +
if .cmd == "status" then {status: $status}
elif .cmd == "log" then {decisions: $decisions[-(.n // 20):]}
elif .cmd == "why" then
	($decisions | map(select(.id == $request.id))[0]) as $found |
	if $found then {decision: $found, trial: (if .id < 6 then $decisions[:3] else [] end)}
	else refuse("unknown"; "there is no decision \(.id)") end
elif .lever == "mthp.64K" then {decisions: [$decisions[3] + {action: .cmd, lever: .lever}]}
elif .lever == "denied" then refuse("denied"; "only root may change\u0007 levers")
else refuse("unknown"; "there is no lever \(.lever)") end
JQ
# A snapshot is passed on as it was recorded: jq would round its large numbers.
cat >"$T/pgtopd" <<'BASH'
#!/bin/bash
# Plays pgtopd on standard input and output, for one connection.
cd "$(dirname "$0")" || exit
exec 2>>wrong
while IFS= read -r request; do
	echo "$request" >>asked
	if [[ $request == *'"snapshot"'* ]]; then
		printf '{"v":1,"ok":true,"snapshot":%s,"probe":%s}\n' "$(sed -n 1p snapshots)" "$(<probe)"
		sed -i 1d snapshots
	else
		jq -c -f answer.jq <<<"$request"
	fi
done
BASH
chmod +x "$T/pgtopd"
machine()
{
	mkdir -p "$T/root/proc" "$T/root/sys/kernel"
	printf 'MemTotal: 4321 kB\n' >"$T/root/proc/meminfo"
	printf 'pgfault %s\npgmajfault 3\n' "$1" >"$T/vmstat"
	mv "$T/vmstat" "$T/root/proc/vmstat"
}
machine 10
run "$PGTOP" record "$T/record" --root "$T/root" -i 0.05 --count 12
is "$status" 0 "snapshots to play with"
zcat <"$T/record" | cut -c 10- >"$T/snapshots"
sed -n 1p "$T/snapshots" | jq -c .probe >"$T/probe"
sed -i 1d "$T/snapshots"
socket=$T/control
: >"$T/asked"
: >"$T/wrong"
systemd-socket-activate --accept --inetd --listen="$socket" "$T/pgtopd" >"$T/played" 2>&1 &
at_exit end $!
ok "pgtopd is played" wait_for 30 test -S "$socket"

# asked: the last request
asked()
{
	tail -1 "$T/asked"
}

policy()
{
	run "$PGTOP" policy "$@" --socket "$socket"
}

policy
is "$status" 0 "status succeeds"
is "$(asked)" '{"v":1,"cmd":"status"}' "... asks for the status"
cp "$T/out" "$T/once"
policy status
ok "policy is policy status" cmp "$T/once" "$T/out"
cmp_ok "$(width)" -le 80 "status fits 80 columns"
flat
for part in "pgtopd 9.8.7, process 4711, mode tune" "tuning is paused: the disk is full" \
	"360 windows of 10 s since 1970-01-02 00:00:00; 2 overran, 1 discarded, 0 failed" \
	"the journal cannot be written: No space left on device; 1 knob changed" \
	"1.5 s of CPU time, 4.2 ms in the last window, 9.00M resident" \
	" mthp.64K measure (window 3 of 12); the knob holds always, was never" \
	"shmem_mthp.2M cooldown until 1970-01-02 02:00:00; the knob holds never it was reverted" \
	"without the guard swap_out: no /proc/vmstat" \
	" faults 1234567 " "anon_bytes 1.00G" "user_mpki - no PMU no PMU" "psi_full 0.25"; do
	ok "status tells: $part" grep -qF -- "$part" "$T/flat"
done
policy --json
is "$(json "$T/out" '[.schema, .version, .status.levers[1].why]')" \
	'["pgtop.policy",1,"it was reverted"]' "status --json"
is "$(json "$T/out" 'has("ok") or has("v")')" false "... without what only the socket needs"

policy log
is "$(asked)" '{"v":1,"cmd":"log","n":10}' "log asks for ten"
cmp_ok "$(width)" -le 80 "log fits 80 columns"
is "$(grep -c '^ *[0-9]  *1970' "$T/out")" 4 "log: four decisions"
ok "log: time, action, lever, change" \
	grep -q "^ *5  1970-01-02 01:01:01  keep     mthp.64K  never -> always$" "$T/out"
ok "log: of no lever" grep -q "^ *6  1970-01-02 01:01:02  pause$" "$T/out"
is "$(tr -d -c '\033' <"$T/out")" "" "log: nobody else steers the terminal"
policy log -n 2 --json
is "$(asked)" '{"v":1,"cmd":"log","n":2}' "log -n 2 asks for two"
is "$(json "$T/out" '[.decisions[].id]')" "[5,6]" "log --json"

policy why 5
is "$(asked)" '{"v":1,"cmd":"why","id":5}' "why asks for one"
cmp_ok "$(width)" -le 80 "why fits 80 columns"
for part in "decision 5: keep mthp.64K" "knob  *never -> always" "objective  *faults (a proxy)" \
	"before  *41230.5, standard deviation 812, in 12 windows" \
	"after  *2841.25, standard deviation 77, in 13 windows" \
	"effect  *93.1 % better; p = 1.5e-09 that there is none" \
	"guard  *bloat: 0.01, allowed 0.1" "began with decision 3" "^the trial" "^ *4 .* apply"; do
	ok "why tells: $part" grep -q -- "$part" "$T/out"
done
policy why 5 --json
is "$(json "$T/out" '[.decision.id, (.trial | length)]')" "[5,3]" "why --json"
policy why 6
is "$(grep -c 'the trial\|effect\|guard\|knob' "$T/out")" 0 "why leaves out what there is not"
refused 4 "there is no decision 7" policy why 7 --socket "$socket"

policy hold mthp.64K
is "$(asked)" '{"v":1,"cmd":"hold","lever":"mthp.64K"}' "hold asks for a lever"
ok "hold tells what followed" grep -q "hold     mthp.64K" "$T/out"
policy release mthp.64K
is "$(asked)" '{"v":1,"cmd":"release","lever":"mthp.64K"}' "release asks for a lever"
refused 4 "there is no lever nosuch" policy hold nosuch --socket "$socket"
refused 3 "only root may change. levers" policy hold denied --socket "$socket"
is "$(tr -d -c '\007' <"$T/err")" "" "a refusal does not steer the terminal"

# --- data from pgtopd

run "$PGTOP" -i 0.05 --all --socket "$socket"
is "$status" 0 "pgtop with the data of pgtopd succeeds"
is "$(tail -4 "$T/asked" | tr -d '\n')" "$(printf '{"v":1,"cmd":"%s"}' snapshot snapshot status log)" \
	"... asks for two snapshots, and what pgtopd does"
cmp_ok "$(width)" -le 80 "... fits 80 columns"
ok "... says who measured" grep -q "^       measured by pgtopd$" "$T/out"
ok "... shows the machine of pgtopd" grep -q "4.22M RAM" "$T/out"
ok "... its levers" grep -q "^  mthp.64K  *measure" "$T/out"
ok "... its last decisions" grep -q "^ *6  1970-01-02 01:01:02  pause" "$T/out"
is "$(grep -c '^ *3  1970' "$T/out")" 0 "... not the older ones"
flat
ok "... why the leaves of processes are unknown" \
	grep -q " user memory unavailable: the kernel has no BTF" "$T/flat"
ok "... what it lacks" grep -q "tlb.flushes, [^:]*: the kernel has no BTF" "$T/flat"
run "$PGTOP" -i 0.05 --json --socket "$socket"
is "$(json "$T/out" '[.source, .policy.status.pid, .fields.memory.total.value]')" \
	'["measured by pgtopd",4711,4424704]' "--json with the data of pgtopd"
is "$(json "$T/out" '.fields.vm.minor_faults | [.value, .change]')" \
	"[7,0]" "... with changes"
run "$PGTOP" -i 0 --json --socket "$socket"
is "$(json "$T/out" '.interval_seconds == 0')" true "-i 0: one snapshot"
is "$(grep -c snapshot "$T/asked")" 5 "... is asked for"
# usual ARG...: pgtop where a pgtopd listens at the usual place
usual()
{
	# shellcheck disable=SC2016 # the inner shell expands it
	run unshare --mount bash -c 'mount -t tmpfs none /run && mkdir /run/pgtop &&
		ln -s "$1" /run/pgtop/control && shift && exec "$@"' bash "$(realpath "$socket")" "$PGTOP" "$@"
}

if [ "$(id -u)" = 0 ]; then
	usual -i 0
	is "$(grep -c snapshot "$T/asked")" 6 "the pgtopd that runs is asked"
	ok "... and named" grep -q "measured by pgtopd" "$T/out"
	for option in "--pid $$" "--root /" "--event instructions=page-faults" "--own"; do
		# shellcheck disable=SC2086 # an option and its value
		usual -i 0 $option
		is "$(grep -c snapshot "$T/asked")" 6 "$option asks nobody"
		ok "... and says so" grep -q "measured by pgtop itself: ${option%% *} was given" "$T/out"
	done
	usual prom -n 20
	is "$(grep -c metrics "$T/asked")" 0 "prom -n asks nobody"
else
	skip "not root" "where a pgtopd listens at the usual place"
fi
run "$PGTOP" record "$T/copy" -i 0.05 --count 3 --socket "$socket"
is "$status" 0 "record takes the data of pgtopd"
for f in record copy; do
	gzip -dc <"$T/$f" | cut -c 10- >"$T/$f.lines"
done
is "$(sed -n 2,4p "$T/copy.lines" | grep -c -F -x -f <(sed 1d "$T/record.lines"))" 3 \
	"... and loses nothing"

if [ "$(id -u)" = 0 ]; then
	chmod 711 "$T"
	chmod 600 "$socket"
	cp "$PGTOP" "$T/pgtop"
	chmod 755 "$T/pgtop"
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs)
	run "${nobody[@]}" "$T/pgtop" policy --socket "$socket"
	is "$status" 3 "who may not ask: exit status 3"
	like "$(<"$T/err")" "root and the group pgtop only" "... and says who may"
else
	skip "not root" "the mode of the socket"
fi

is "$(<"$T/wrong")" "" "no request was one pgtopd cannot read"

done_testing
