#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Records: what was measured comes back, whatever became of the writer.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/command.sh
. "$(dirname "$0")/../command.sh"

: "${PGTOP:?}"
top=$(dirname "$0")/../..

# lines FILE: how many snapshots it compares
lines()
{
	"$PGTOP" replay "$1" --json 2>/dev/null | wc -l
}

has_lines()
{
	[ "$(lines "$1")" -ge "$2" ]
}

# --- a machine whose numbers are known: 10 faults, later 30

machine()
{
	mkdir -p "$T/root/proc" "$T/root/sys"
	printf 'MemTotal: 1000 kB\nMemAvailable: 500 kB\n' >"$T/meminfo"
	printf 'pgfault %s\npgmajfault 3\n' "$1" >"$T/vmstat"
	mv "$T/meminfo" "$T/vmstat" "$T/root/proc" # whole, for whoever reads meanwhile
}

machine 10
env --default-signal=INT "$PGTOP" record "$T/known" --root "$T/root" -i 0.1 >"$T/said" 2>&1 &
recorder=$!
ok "the file is there with the first snapshot" wait_for 30 test -s "$T/known"
machine 30
recorded=$(lines "$T/known")
wait_for 30 has_lines "$T/known" $((recorded + 3))
kill -INT $recorder
status=0
wait $recorder || status=$?
is "$status" 0 "record succeeds"
like "$(<"$T/said")" "known: [0-9]+ snapshots, [0-9.]+[KM]?$" "record says what it wrote"
n=$(sed -n 's/.*: \([0-9]*\) snapshots.*/\1/p' "$T/said")
run "$PGTOP" replay "$T/known" --json
is "$status" 0 "replay succeeds"
is "$(wc -l <"$T/out")" $((n - 1)) "a line for each snapshot but the first"
is "$(json "$T/out" '"\(.schema) \(.fields.vm.minor_faults.value) \(.fields.memory.total.value)"' | tail -1)" \
	"pgtop.snapshot 27 1024000" "the numbers of the machine"
is "$(jq -s 'map(.fields.vm.minor_faults.change) | add' "$T/out")" 20 "the changes add up"
# On a machine under load one may be short because the one before was late.
is "$(jq -s 'all(.[].interval_seconds; 0 < . and . < 60)' "$T/out")" true "the intervals are told"
like "$(head -1 "$T/out")" '"tlb.flushes","state":"unavailable"' "the probe was recorded"
like "$(zcat <"$T/known" | sed -n 1p)" '"schema":"pgtop.record","version":1' "the header"
is "$(zcat <"$T/known" | wc -l)" $((n + 1)) "gzip reads it"

# --- this machine

run "$PGTOP" record "$T/here" -i 0.2 --count 3
is "$status" 0 "record of this machine succeeds"
run "$PGTOP" replay "$T/here"
is "$status" 0 "replay of this machine succeeds"
cp "$T/out" "$T/once"
is "$(grep -c "^pgtop  Linux $(uname -r)" "$T/out")" 2 "a screen for each pair"
is "$(grep -c '^snapshot [23], 20.*Z, [0-9.]* s after the one before' "$T/out")" 2 \
	"... with its place and time"
cmp_ok "$(width)" -le 80 "80 columns"
run env TZ=Asia/Tokyo "$PGTOP" replay "$T/here"
ok "the same text again, anywhere" cmp "$T/once" "$T/out"
run "$PGTOP" replay "$T/here" --count 2 --json
is "$(wc -l <"$T/out")" 1 "replay --count 2: one pair"
run "$PGTOP" replay "$T/here" --count 1 --json
is "$(json "$T/out" '.interval_seconds == 0')" true "replay --count 1: one without an interval"
is "$(json "$T/out" '.fields.memory.total.value / 1024')" \
	"$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)" "... of this machine's memory"
cmp_ok "$(stat -c %s "$T/here")" -lt 100000 "three snapshots in less than 100 kB"

# --- what becomes of the writer

for signal in INT TERM; do
	# an interactive shell's children take SIGINT, those of a script ignore it
	env --default-signal=INT "$PGTOP" record "$T/$signal" -i 0.1 >"$T/said" 2>&1 &
	recorder=$!
	ok "record until SIG$signal" wait_for 30 has_lines "$T/$signal" 2
	kill -$signal $recorder
	status=0
	wait $recorder || status=$?
	is "$status" 0 "SIG$signal ends it in order"
	run "$PGTOP" replay "$T/$signal" --json
	is "$status" 0 "... with a whole file"
	is "$(($(wc -l <"$T/out") + 1))" "$(sed -n 's/.*: \([0-9]*\) snapshots.*/\1/p' "$T/said")" \
		"... of as many snapshots as it said"
done

"$PGTOP" record "$T/KILL" -i 0.1 >/dev/null 2>&1 &
recorder=$!
ok "record until SIGKILL" wait_for 30 has_lines "$T/KILL" 2
run "$PGTOP" replay "$T/KILL" --json
is "$status" 1 "a record that is being written can be read: exit status 1"
like "$(<"$T/err")" "ends early .*is being written.* good up to snapshot [0-9]+$" "... and told"
kill -KILL $recorder
wait $recorder 2>/dev/null
run "$PGTOP" replay "$T/KILL" --json
is "$status" 1 "killed: exit status 1"
good=$(($(wc -l <"$T/out") + 1))
cmp_ok "$good" -ge 3 "... what was there before is there after"
like "$(<"$T/err")" "ends early .*; it is good up to snapshot $good$" "... up to where"

run bash -c 'ulimit -f 24; exec "$@"' bash timeout 60 "$PGTOP" record "$T/limited" -i 0.05
is "$status" 1 "a file that may not grow: exit status 1, no signal"
like "$(<"$T/err")" "limited: File too large; it is good up to snapshot [0-9]+$" "... says so"

if [ "$(id -u)" = 0 ] && mkdir "$T/small" && mount -t tmpfs -o size=96k none "$T/small"; then
	at_exit umount "$T/small"
	run timeout 60 "$PGTOP" record "$T/small/full" -i 0.05
	is "$status" 1 "full disk: exit status 1"
	like "$(<"$T/err")" "small/full: No space left on device; it is good up to snapshot [0-9]+$" \
		"full disk: says so"
	good=$(grep -o '[0-9]*$' "$T/err")
	is "$(($(lines "$T/small/full") + 1))" "$good" "full disk: ... and so it is" || diag "$(<"$T/err")"
	head -c 1M /dev/zero >"$T/small/rest" 2>/dev/null
	run "$PGTOP" record "$T/small/none" --count 1 -i 0.05
	is "$status" 1 "no room at all: exit status 1" || diag "$(<"$T/err")"
	ok "no room at all: no file" test ! -e "$T/small/none"
else
	skip "cannot mount a tmpfs" "full disk"
fi

# --- a record says what whoever made it likes

python3 - "$T/here" "$T/evil" <<'PYTHON'
import gzip, json, sys, zlib
lines = [l[9:] for l in gzip.open(sys.argv[1], "rb").read().splitlines(True)]
head = json.loads(lines[0])
head["probe"] = [{"kind": "measurement", "name": "contpte", "state": "unavailable", "why": "\x1b[31mred\x07"}]
lines[0] = json.dumps(head).encode() + b"\n"
s = 0
with gzip.open(sys.argv[2], "wb") as f:
    for l in lines:
        s = zlib.crc32(l.rstrip(b"\n"), s)
        f.write(b"%08x " % s + l)
PYTHON
run "$PGTOP" replay "$T/evil"
is "$status" 0 "a made record is shown"
ok "... its reasons, too" grep -q '\[31mred' "$T/out"
is "$(LC_ALL=C tr -d '\n[:print:]\200-\377' <"$T/out" | wc -c)" 0 "... but no control character of it"

# --- bad input

refused 2 "give the name of a new file" record
refused 2 "must be more than 0" record -i 0 "$T/x"
refused 2 "'x' is not a whole number" record --count x "$T/x"
refused 2 "unexpected operand" record "$T/x" "$T/y"
refused 1 "here exists; remove it or give the name of a new file" record "$T/here"
refused 1 "cannot write $T/no/x: No such file or directory" record "$T/no/x" --count 1
ok "nothing was left behind" test ! -e "$T/x"
refused 2 "give a file that pgtop record wrote" replay
refused 1 "no/x cannot be opened: No such file" replay "$T/no/x"
refused 1 "README.md is not a pgtop record" replay "$top/README.md"
: >"$T/empty"
refused 1 "empty is not a pgtop record" replay "$T/empty"
head -c 300 "$T/here" >"$T/cut"
refused 1 "cut is not a pgtop record: it ends inside its header" replay "$T/cut"
head -c -40 "$T/here" >"$T/cut"
run "$PGTOP" replay "$T/cut" --json
is "$status" 1 "cut off near its end: exit status 1"
is "$(wc -l <"$T/out")" 1 "... the first pair is shown"
like "$(<"$T/err")" "cut ends early .*; it is good up to snapshot 2$" "... and what is good told"
python3 - "$T/here" "$T/changed" <<'PYTHON'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[-8] ^= 0x10  # in the checksum, the last but the length (RFC 1952): any other could end the data
open(sys.argv[2], "wb").write(data)
PYTHON
run "$PGTOP" replay "$T/changed" --json
is "$status" 1 "one bit changed: exit status 1"
like "$(<"$T/err")" "changed is damaged; it is good up to snapshot [0-9]+$" "... and told"

done_testing
