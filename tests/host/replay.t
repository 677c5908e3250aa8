#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# pgtopd --replay: the same decisions each time, of a whole record and of what is left of one;
# and 100,000 windows need no more memory than 10,000.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/command.sh
. "$(dirname "$0")/../command.sh"

: "${PGTOPD:?}" "${PROGS:?}"
conf=$T/pgtopd.conf
# many decisions: nothing waits for long
printf '%s\n' "[daemon]" "mode = advise" "[policy]" "cooldown = 1min" "backoff_max = 1min" \
	"[trial]" "baseline_windows = 4" >"$conf"

# replay RECORD [OPTION...]
replay()
{
	run "$PGTOPD" --config "$conf" --replay "$@"
}

# is_begin FILE: the output is the first lines of FILE, and not all
is_begin()
{
	head -c "$(stat -c %s "$T/out")" "$1" | cmp - "$T/out" &&
		[ "$(stat -c %s "$T/out")" -lt "$(stat -c %s "$1")" ]
}

# --- the same each time

ok "a record of 6,000 windows" "$PROGS/record_make" "$T/record" 6000
replay "$T/record"
is "$status" 0 "it is replayed"
mv "$T/out" "$T/all"
cmp_ok "$(grep -c ' mthp.64K: advise \[' "$T/all")" -gt 20 "advice is given"
cmp_ok "$(grep -c ': abandon \[.*all tasks wait for memory' "$T/all")" -gt 3 "guards end trials"
is "$(<"$T/err")" "6000 windows, $(wc -l <"$T/all") decisions" "each decision is a line"
replay "$T/record"
ok "again: the same, byte for byte" cmp "$T/out" "$T/all"
for n in 1 2; do
	replay "$T/record" --json
	mv "$T/out" "$T/json.$n"
done
ok "as JSON: the same, byte for byte" cmp "$T/json.1" "$T/json.2"
is "$(jq -s "map(.id) == [range(1; $(wc -l <"$T/all") + 1)]" "$T/json.1")" true "... the decisions by their numbers"

# --- what is left of a record

size=$(stat -c %s "$T/record")
head -c $((size * 2 / 3)) "$T/record" >"$T/cut"
replay "$T/cut"
is "$status" 1 "a record that was cut: exit status 1"
like "$(<"$T/err")" "$T/cut ends early .*good up to snapshot [0-9]+" "... says so, and what is good"
ok "... decisions up to there" is_begin "$T/all"
cp "$T/record" "$T/bad"
printf '\377\377\377\377' | dd of="$T/bad" bs=1 seek=$((size / 2)) conv=notrunc status=none
replay "$T/bad"
is "$status" 1 "a damaged record: exit status 1"
like "$(<"$T/err")" "$T/bad is damaged; it is good up to snapshot [0-9]+" "... says so, and what is good"
ok "... decisions up to there" is_begin "$T/all"
replay "$T/all"
is "$status" 1 "no record at all: exit status 1"
like "$(<"$T/err")" "^pgtopd: $T/all is not a pgtop record" "... named"
replay "$T/nosuch"
is "$status" 1 "a record that is missing: exit status 1"
like "$(<"$T/err")" "^pgtopd: $T/nosuch cannot be opened: No such file" "... named"
status=0
"$PGTOPD" --config "$conf" --replay "$T/record" >/dev/full 2>"$T/err" || status=$?
is "$status" 1 "full disk: exit status 1"

# --- memory, as the kernel has it

if [ -n "${SAN-}" ]; then
	diag "with sanitizers memory has no bounds; they look for leaks themselves"
	done_testing
	exit
fi
windows=100000
ok "a record of $windows windows" "$PROGS/record_make" "$T/long" $windows
cat >"$T/watch.py" <<'END'
# watch.py RECORD COMMAND...: its resident memory, beside how far it has read RECORD
import os, subprocess, sys, time
record = os.path.realpath(sys.argv[1])
size = os.path.getsize(record)
p = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL)

def look():
    """(share of the record read, bytes resident, of these anonymous); None before it begins

    What it reads of its own file comes and goes as the kernel likes."""
    proc = "/proc/%d/" % p.pid
    rss = {l.split()[0]: int(l.split()[1]) << 10
           for l in open(proc + "status") if l.startswith(("VmRSS:", "RssAnon:"))}
    for fd in os.listdir(proc + "fd"):
        if os.readlink(proc + "fd/" + fd) == record:
            return int(open(proc + "fdinfo/" + fd).readline().split()[1]) / size, rss["VmRSS:"], rss["RssAnon:"]
    return None

seen = []
while p.poll() is None:
    try:
        at = look()
    except (OSError, KeyError):   # it has just ended
        at = None
    if at and at[0] >= 0.1:
        seen.append(at)
    time.sleep(0.01)
n = len(seen)
x, y = sum(a for a, _, _ in seen) / n, sum(b for _, _, b in seen) / n
slope = sum((a - x) * (b - y) for a, _, b in seen) / sum((a - x) ** 2 for a, _, _ in seen)
last = max(a for a, _, _ in seen)
print(p.returncode, n, round(100 * last), max(b for _, b, _ in seen), round(0.9 * slope))
END
# Without a cache per thread, which keeps up to seven of each size that was ever freed and so
# takes long to fill: that is no leak, and would hide one.
export GLIBC_TUNABLES=glibc.malloc.tcache_count=0
read -r code n last most slope < <(python3 "$T/watch.py" "$T/long" \
	"$PGTOPD" --config "$conf" --replay "$T/long" 2>"$T/err")
is "$code" 0 "$windows windows are replayed"
like "$(<"$T/err")" "^$windows windows, " "... all of them"
diag "$n looks at its memory, the last at $last %; at most $((most >> 10)) KiB resident," \
	"from 10 to 100 % $slope bytes more"
cmp_ok "$n" -ge 20 "its memory was looked at often enough"
cmp_ok "$last" -ge 90 "... and to the end"
cmp_ok "$most" -lt $((16 << 20)) "less than 16 MiB resident"
cmp_ok "${slope#-}" -lt 4096 "not a page more from 10,000 windows to $windows"

done_testing
