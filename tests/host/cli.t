#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The command line as its user meets it: help, exit codes, bad input, privilege, output.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/command.sh
. "$(dirname "$0")/../command.sh"

: "${PGTOP:?}" "${TOOLS:?}"
top=$(dirname "$0")/../..

# --- help, man page and completion agree

# options_of COMMAND: those its --help lists, but --version and --help; "" for pgtop itself
options_of()
{
	# shellcheck disable=SC2086 # nothing or one word
	"$PGTOP" $1 --help | sed -n 's/^  \(-., \|    \)--\([a-z-]*\).*/--\2/p' |
		grep -vx -e --version -e --help
}

# manual_of COMMAND: the options whose entry in pgtop(8) names it
manual_of()
{
	awk -v command="$1" '/^\.It.* Fl -/ { sub(/^.* Fl -/, ""); option = "--" $1 }
		/^\.Pq Cm / && option { gsub(/,/, ""); for (i = 3; i <= NF; i++) if ($i == command) print option
			option = "" }' "$top/docs/pgtop.8"
}

# completed WORD...: what completes the last word
completed()
{
	# shellcheck source=/dev/null
	(. "$top/cli/pgtop.bash"; COMP_WORDS=(pgtop "$@") COMP_CWORD=$#; _pgtop
		printf '%s\n' "${COMPREPLY[@]}")
}

run "$PGTOP" --help
is "$status" 0 "--help succeeds"
cp "$T/out" "$T/general"
sed -n '/^options:/,$s/^ .* *\(--[a-z-]*\).*/\1/p' "$T/out" | sort >"$T/help"
cmp_ok "$(wc -l <"$T/help")" -ge 12 "--help lists the options"
sed -n 's/^\.It.* Fl -\([a-z-]*\).*/--\1/p' "$top/docs/pgtop.8" | sort -u >"$T/man"
is "$(<"$T/man")" "$(<"$T/help")" "pgtop(8) describes the options of --help"
grep -o -- '--[a-z-]*' "$top/cli/pgtop.bash" | grep -v -- '--$' | sort -u >"$T/bash"
is "$(<"$T/bash")" "$(<"$T/help")" "completion knows the options of --help"
sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' "$T/out" >"$T/commands"
is "$(xargs <"$T/commands")" "top watch map why doctor policy record replay prom" "--help lists the commands"
is "$(completed "" | sort)" "$(sort "$T/commands")" "completion completes them"
cmp_ok "$(width)" -le 80 "--help fits 80 columns"
while read -r command; do
	ok "pgtop(8) names $command" grep -q "^\.It Cm $command" "$top/docs/pgtop.8"
	run "$PGTOP" "$command" --help
	is "$status" 0 "$command --help succeeds"
	is "$(grep -c ^usage: "$T/out")" 1 "... with one usage line"
	like "$(sed -n 1p "$T/out")" "^usage: pgtop \\[?$command\\]? " "... its own"
	like "$(sed -n 2p "$T/out")" '^[A-Z].*\.$' "... a sentence"
	ok "... that pgtop --help has, too" grep -qF " $(sed -n '2s/\.$//p' "$T/out")" "$T/general"
	cmp_ok "$(width)" -le 80 "... in 80 columns"
	like "$(sed -n '/^exit status:/,/^$/s/^  \([0-9]\) .*/\1/p' "$T/out" | xargs)" '^0 1 2( 3)?( 4)?$' \
		"... with its exit codes"
	is "$(options_of "$command")" "$(grep -xFf <(options_of "$command") <(options_of ""))" \
		"... with options of pgtop's, in their order"
	is "$(manual_of "$command")" "$(options_of "$command")" "pgtop(8) says what $command takes"
	is "$(completed "$command" -- | sort)" "$( (options_of "$command"; echo --version; echo --help) | sort)" \
		"completion says it, too"
done <"$T/commands"
is "$(completed -i 0 map --s | xargs)" "--svg --symbol" "completion finds the command after options"
run "$PGTOP" -h
ok "-h is --help" cmp "$T/out" "$T/general"
run "$PGTOP" --version
is "$(<"$T/out")" "pgtop $(sed -n 's/^VERSION := //p' "$top/Makefile")" "--version"
if command -v mandoc >/dev/null; then
	ok "pgtop(8) is well-formed" mandoc -T lint -W warning "$top/docs/pgtop.8"
fi
is "$(completed --no)" "--no-color" "completion completes"

# --- what a command does not use is refused

# value_of OPTION: one it would accept
value_of()
{
	case $1 in
	--interval | --rows | --count) echo 1 ;;
	--pid) echo $$ ;;
	--cgroup) echo / ;;
	--sort) echo unfolds ;;
	--event) echo cycles=cycles ;;
	--symbol) echo tlb_flush=b ;;
	--as) echo pgtopd ;;
	--at) echo 14:05 ;;
	--since) echo 1h ;;
	--leaf) echo 2M ;;
	--svg | --root | --socket | --replay | --history) echo "$T/nothing" ;;
	esac
}

while read -r command; do
	options_of "" | grep -vxFf <(options_of "$command") >"$T/others"
	while read -r option; do
		value=$(value_of "$option")
		refused 2 "^pgtop: $command does not take $option; see pgtop $command --help\$" \
			"$command" "$option" ${value:+"$value"}
	done <"$T/others"
done <"$T/commands"
refused 2 "^pgtop: top does not take --count; see pgtop top --help" --count 3
refused 2 "^pgtop: map does not take --sort" --sort unfolds map
refused 2 "^pgtop: policy status does not take --rows; see pgtop policy --help" policy status -n 3
refused 2 "^pgtop: policy status does not take --rows" policy -n 3
refused 2 "^pgtop: policy status does not take --since" policy --since 1h
refused 2 "^pgtop: --since: 'soon' is not a time" policy log --since soon
for option in "--cgroup /" "--root /" "--socket x"; do
	# shellcheck disable=SC2086 # option and value
	refused 2 "^pgtop: ${option% *} may be given only once" $option $option
done
refused 2 "--svg may be given only once" map --svg "$T/a.svg" --svg "$T/b.svg"
for option in --own "-p $$" "--cgroup /" "--event cycles=cycles" "--symbol tlb_flush=b" --fentry --kprobe "--root /"; do
	# shellcheck disable=SC2086 # option and value
	refused 2 "^pgtop: give --[a-z]+ or --socket, not both" $option --socket "$T/none"
done
refused 2 "^pgtop: give --rows or --socket, not both" record -n 3 --socket "$T/none" "$T/x"

# --- options before the command

run "$PGTOP" -i 0 doctor
is "$status" 0 "options before the command"
like "$(sed -n 3p "$T/out")" "^measurements" "... are those of the command"
run "$PGTOP" --json map $$ --rows 3
is "$(json "$T/out" '[.schema, .pid]')" "[\"pgtop.map\",$$]" "options on both sides of it"
run env POSIXLY_CORRECT=1 "$PGTOP" map $$ --json
is "$(json "$T/out" .pid)" $$ "options after it in a POSIX environment"
run "$PGTOP" -i 3600 -i 0 --json
is "$(json "$T/out" '.interval_seconds == 0')" true "of a repeated option the last value counts"

# --- doctor counts, if it is asked to

run "$PGTOP" doctor -i 0.2 --json
is "$(json "$T/out" '.interval_seconds | numbers | 0.15 < . and . < 60')" true "doctor -i: the interval"
is "$(json "$T/out" '[.rows[] | select(has("counted") and .state == "unavailable").name]')" "[]" \
	"... only what is measured is counted"
if [ "$(id -u)" = 0 ] && [ "$(uname -m)" = x86_64 ]; then
	while :; do /bin/true; done &
	forker=$! # each fork and exec flushes
	run "$PGTOP" doctor -i 0.5
	kill $forker
	wait $forker 2>/dev/null
	like "$(grep -A1 '^  tlb.flushes ' "$T/out" | tail -1)" '^      counted [1-9][0-9.]*[kM]? in [0-9.]+ s$' \
		"... TLB flushes are"
fi
run "$PGTOP" doctor
ok "doctor without -i counts nothing" eval "! grep -q ' counted ' '$T/out'"

# --- several processes

sleep 1000 & one=$!
sleep 1000 & two=$!
at_exit end $one $two
if [ "$(id -u)" = 0 ]; then
	run "$PGTOP" -i 0 --json -p $one -p $two -p $one
	is "$(json "$T/out" '[.tables.process[].pid] | sort')" \
		"$(printf '[%s,%s]' $((one < two ? one : two)) $((one < two ? two : one)))" \
		"-p A -p B -p A: both, once"
	is "$(json "$T/out" .fields.user.walked_processes.value)" 2 "... walked"
	is "$(json "$T/out" .fields.user.walked_bytes.value)" \
		"$(json "$T/out" '[.tables.process[].present_bytes] | add')" "... and added up"
fi
refused 2 "map shows one address space; give one PID" map -p $one -p $two
refused 4 "there is no process 2147483646" -i 0 -p $one -p 2147483646

# columns to sort by: the documented ones, the completed ones and those of the message
sed -n '/^\.It Fl -sort/,/^\.It Fl -json/s/^\.Cm //p' "$top/docs/pgtop.8" | tr -d ' .\n' | tr , '\n' |
	sort >"$T/man"
completed --sort "" | sort >"$T/bash"
run "$PGTOP" --sort colour
sed 's/.*expected one of: //; s/, /\n/g' "$T/err" | sort >"$T/told"
cmp_ok "$(wc -l <"$T/told")" -ge 20 "--sort lists the columns"
is "$(<"$T/man")" "$(<"$T/told")" "pgtop(8) lists them too"
is "$(<"$T/bash")" "$(<"$T/told")" "completion completes them"

# --- bad input

refused 2 "unknown command 'nosuch'" nosuch
refused 2 "'x' is not a number of seconds" -i x
refused 2 "'-1' is not a number of seconds" -i -1
refused 2 "'1e9' is not a number of seconds" -i 1e9
refused 2 "'0x10' is not a number of seconds" -i 0x10
refused 2 "'nan' is not a number of seconds" -i nan
refused 2 "'' is not a number of seconds" -i ""
refused 2 "'ten' is not a whole number" -n ten
refused 2 "'12x' is not a whole number" -p 12x
refused 2 "--pid: '0' is not a whole number from 1 to 2147483647" -p 0
for operand in kernel 7 $$; do
	refused 2 "map: give either '$operand' or -p 5, not both" map "$operand" -p 5
done
refused 2 "there is no cgroup '/no/such'; give a path below /sys/fs/cgroup" --cgroup /no/such
refused 2 "'abc' is not NAME=OTHER" --symbol abc
refused 2 "--sort: unknown column 'colour'; expected one of: " -i 0 --sort colour
refused 2 "unknown column 'colour'; expected one of: unfolds, folds, " -i 3600 --sort colour
refused 2 "nosuchrole" -i 0 --event nosuchrole=page-faults
refused 2 "unexpected operand 'b'" map kernel b
refused 2 "neither 'kernel' nor a PID" map nosuch
refused 2 "unknown command 'docter'; did you mean 'doctor'\?" docter
refused 2 "unknown command 'mpa'; did you mean 'map'\?" mpa 1
refused 2 "unknown command '17'; for a process, use 'pgtop -p 17' or 'pgtop map 17'" 17
refused 2 "unknown option '--jsn'; did you mean --json\?" --jsn
refused 2 "unknown option '--nosuchthing'; see pgtop --help" --nosuchthing=3
refused 2 "unknown option '-x'; see pgtop --help" map -x
refused 2 "^pgtop: --interval needs a value: SECONDS" -i
refused 2 "^pgtop: --svg needs a value: FILE" map --svg
refused 2 "^pgtop: --json takes no value" --json=1
refused 2 "unknown policy command 'bogus'; expected status, log, why, hold or release" policy bogus
refused 2 "doctor: unexpected operand '-p'; see pgtop doctor --help" -- doctor -p
sleep 0 &
wait $!
gone=$!
refused 4 "there is no process $gone" -p "$gone"
refused 4 "there is no process $gone" map "$gone"
refused 1 "cannot write /no/such/dir/x.svg: No such file or directory" map $$ --svg /no/such/dir/x.svg
status=0
"$PGTOP" -i 0 >/dev/full 2>"$T/err" || status=$?
is "$status" 1 "full disk: exit status 1"
like "$(<"$T/err")" "cannot write the output: No space left" "full disk: says so"

# --- the names of schemas and units are documented

schemas=$(grep -rhoE '"schema", (json_object_new_string\()?"pgtop\.[a-z]+' "$top/cli" "$top/lib/snapshot/snapshot_json.c" |
	sed 's/.*"//' | sort -u)
cmp_ok "$(wc -w <<<"$schemas")" -ge 5 "there are schemas"
for schema in $schemas; do
	ok "pgtop(8) names $schema" grep -qE "^\.Pq Cm .*$schema( |\$)" "$top/docs/pgtop.8"
done

# --- output

run "$PGTOP" -i 0.2 --all
is "$status" 0 "pgtop succeeds"
cmp_ok "$(width)" -le 80 "80 columns"
ok "no escape sequences when not on a terminal" test -z "$(tr -d -c '\033' <"$T/out")"
for section in "kernel linear map" "user memory" TLB mTHP pressure processes; do
	ok "the screen has: $section" grep -q "^$section" "$T/out"
done
run "$PGTOP" -i 0.2
cmp_ok "$(wc -l <"$T/out")" -lt 24 "without --all: it fits 24 lines, and a prompt"
cmp_ok "$(width)" -le 79 "... and 79 columns"
for line in "linear map   " "user memory  " "mTHP  " "pressure  " "processes by .*, [0-9]* of"; do
	ok "... it has: $line" grep -q "^$line" "$T/out"
done
# terminal LINES COLUMNS: the screen on one
terminal()
{
	script -qec "stty rows $1 cols $2; $PGTOP -i 0.2 --no-color" /dev/null </dev/null |
		tr -d '\r' >"$T/out"
}
terminal 40 120
cmp_ok "$(wc -l <"$T/out")" -lt 40 "on a terminal of 40 lines: it fits"
cmp_ok "$(width)" -le 119 "... 120 columns"
terminal 60 60
cmp_ok "$(wc -l <"$T/out")" -lt 60 "on a terminal of 60 lines: it fits"
cmp_ok "$(width)" -le 60 "... 60 columns"
cmp_ok "$(sed -n '/^processes/,/^$/p' "$T/out" | wc -l)" -gt 15 "... with as many processes as there is room for"

run "$PGTOP" -i 0.2 --json
is "$(json "$T/out" '[.schema, .version]')" '["pgtop.snapshot",2]' "--json: schema"
is "$(json "$T/out" .facts.kernel)" "$(uname -r)" "--json: kernel release as uname says"
is "$(json "$T/out" '.fields.memory.total.value / 1024')" \
	"$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)" "--json: MemTotal as the kernel says"
is "$(json "$T/out" '.interval_seconds | numbers | 0.15 < . and . < 5')" true "--json: interval"
for unit in $(json "$T/out" '[.fields[][].unit | strings] | unique | join(" ")'); do
	ok "docs/metrics.md has the unit $unit" grep -q "^| \`.*| $unit |" "$top/docs/metrics.md"
done
run "$PGTOP" doctor
is "$status" 0 "doctor succeeds"
cmp_ok "$(width)" -le 80 \
	"doctor fits 80 columns"
cp "$T/out" "$T/doctor"
run "$PGTOP" doctor --json
is "$(json "$T/out" .schema)" pgtop.doctor "doctor --json: schema"
is "$(sed -n '/^machine/,$p' "$T/doctor" | awk 'NR > 1 && $1 == "granule" { print $2 }')" \
	"$(getconf PAGESIZE)" "doctor: the granule, in text"
is "$(sed -n '/^machine/,$s/^  \([a-z0-9_]\+\) .*/\1/p' "$T/doctor" | sort | xargs)" \
	"$(json "$T/out" '.facts | keys | join(" ")')" "doctor: the same facts in text and in JSON"
is "$(json "$T/out" '[.rows[] | select(.state != "ok" and (.why // "") == "").name]')" \
	"[]" "doctor: every row that is not ok says why"
is "$(json "$T/out" '[.rows[] | select(tostring | test("rrno|rror -")).name]')" \
	"[]" "doctor: no bare errno"

# --- map

run "$PGTOP" map $$ --json
is "$(json "$T/out" .pid)" $$ "map PID --json"
is "$(json "$T/out" '.present_bytes == ([.leaves[].bytes] | add)')" true \
	"map: leaves add up"
is "$(json "$T/out" '.present_bytes == ([.ranges[].present_bytes] | add)')" true \
	"map: ranges add up"
run "$PGTOP" map -p $$ --json
is "$(json "$T/out" .pid)" $$ "map -p PID"
for target in kernel $$; do
	run "$PGTOP" map "$target"
	is "$status" 0 "map $target succeeds"
	run "$PGTOP" map "$target" --svg "$T/map.svg"
	is "$status" 0 "map $target --svg succeeds"
	is "$(python3 -c 'import sys, xml.dom.minidom as m
print(m.parse(sys.argv[1]).documentElement.tagName)' "$T/map.svg")" svg \
		"map $target --svg: well-formed"
	is "$(stat -c %a "$T/map.svg")" 644 "map $target --svg: mode"
done
ln -s map.svg "$T/link.svg"
run "$PGTOP" map $$ --svg "$T/link.svg"
is "$(readlink "$T/link.svg") $(stat -c %F "$T/map.svg")" "map.svg regular file" "map --svg follows a link"
ln -s /proc/self/fd/1 "$T/stdout"
for path in - "$T/stdout"; do
	run "$PGTOP" map $$ --svg "$path"
	is "$(tail -n1 "$T/out")" "</svg>" "map --svg $path writes to standard output"
	is "$("$PGTOP" map $$ --svg "$path" | tail -n1)" "</svg>" "... also into a pipe"
done
ok "... and a link to it stays" test -L "$T/stdout"
refused 2 "map: --json and '--svg -' both write to standard output" map $$ --json --svg -
ln -s /dev/full "$T/full"
refused 1 "cannot write .*/full: No space left" map $$ --svg "$T/full"
ok "map --svg writes to a device, it does not replace it" test -c "$T/full"
is "$(find "$T" -name 'map.svg.*')" "" "map --svg leaves no temporary file"
(umask 077; "$PGTOP" map $$ --svg "$T/private.svg")
is "$(stat -c %a "$T/private.svg")" 600 "map --svg: a new file has the mode that the umask leaves"
run "$PGTOP" map $$ --svg "$T/private.svg"
is "$status $(stat -c %a "$T/private.svg")" "0 600" "... and keeps it when it is replaced"
for path in "$T/limited.svg" "$T/private.svg"; do
	cp "$T/private.svg" "$T/before.svg"
	run bash -c 'ulimit -f 1; exec "$@"' bash "$PGTOP" map $$ --svg "$path"
	is "$status" 1 "map --svg: a file that may not grow: exit status 1, no signal"
	like "$(<"$T/err")" "cannot write $path: File too large" "... says so"
done
ok "... and the old picture stays" cmp "$T/before.svg" "$T/private.svg"
is "$(cd "$T" && echo ./*limited* ./private.svg.*)" "./*limited* ./private.svg.*" "... with nothing beside it"
run bash -c 'ulimit -f 1; exec "$@" >"$0"' "$T/limited" "$PGTOP" map $$ --json
is "$status" 1 "output into a file that may not grow: exit status 1, no signal"
like "$(<"$T/err")" "cannot write the output: File too large" "... says so"
if [ "$(id -u)" = 0 ]; then
	echo precious >"$T/precious"
	mkdir -m 1777 "$T/shared"
	ln -s "$T/precious" "$T/shared/x.svg"
	chown -h 65534 "$T/shared/x.svg"
	refused 1 "x.svg: permission denied .also to another user's link" map $$ --svg "$T/shared/x.svg"
	is "$(<"$T/precious")" precious "... what a planted link leads to stays as it was"
fi

# --- names are bytes, JSON and XML are text

cat >"$T/named.py" <<'END'
# named.py FILE CMD...: runs it with PID replaced by a process that, as a file it maps, has a
# name that is no UTF-8
import ctypes, mmap, os, subprocess, sys
ctypes.CDLL(None).prctl(15, b"\xffname", 0, 0, 0)
with open(sys.argv[1].encode() + b"\xfe\xef\xbf\xbf<&", "w+b") as f:
    f.write(b"x")
    f.flush()
    m = mmap.mmap(f.fileno(), 1)
m[0]
sys.exit(subprocess.call([str(os.getpid()) if a == "PID" else a for a in sys.argv[2:]]))
END
run python3 "$T/named.py" "$T/file" "$PGTOP" map PID --json
is "$(python3 -c 'import json, sys
print([ascii(r["name"].rpartition("/")[2]) for r in json.loads(open(sys.argv[1], "rb").read().decode())["ranges"]
       if "/file" in r["name"]])' "$T/out")" "[\"'file\\\\ufffd\\\\uffff<&'\"]" "map --json: a name of any bytes"
run python3 "$T/named.py" "$T/file" "$PGTOP" map PID --svg "$T/map.svg"
is "$(python3 -c 'import sys, xml.dom.minidom as m
t = [n.firstChild.data for n in m.parse(sys.argv[1]).getElementsByTagName("text")]
print("(\ufffdname)" in t[0], any(n.endswith("/file\ufffd?<&") for n in t))' "$T/map.svg")" "True True" \
	"map --svg: names of any bytes"
run python3 "$T/named.py" "$T/file" "$PGTOP" -i 0 -p PID --json
is "$(python3 -c 'import json, sys
print([ascii(r["comm"]) for r in json.loads(open(sys.argv[1], "rb").read().decode())["tables"]["process"]])' \
	"$T/out")" "[\"'\\\\ufffdname'\"]" "--json: a process's name of any bytes"

# --- nothing that others named steers the terminal

# steering FILE: what in it is not text, or does more than show itself; Unicode categories
steering()
{
	python3 - "$1" <<'END'
import sys, unicodedata
data = open(sys.argv[1], "rb").read()
text = data.decode("utf-8", "replace")
bad = {f"U+{ord(c):04X}" for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")}
print(" ".join(sorted(bad | ({"no UTF-8"} if text.encode() != data else set()))))
END
}

cat >"$T/evil.py" <<'END'
# evil.py FILE CMD...: as named.py, but with names that steer
import ctypes, mmap, os, subprocess, sys
ctypes.CDLL(None).prctl(15, "\u202e".encode() + b"e\x9b31m" + "\x9b\x1b[".encode(), 0, 0, 0)
name = sys.argv[1] + "\u2028\u2066evil\x85\u200b"
with open(name.encode() + b"\x9b", "w+b") as f:
    f.write(b"x")
    f.flush()
    m = mmap.mmap(f.fileno(), 1)
m[0]
sys.exit(subprocess.call([str(os.getpid()) if a == "PID" else a for a in sys.argv[2:]]))
END
run python3 "$T/evil.py" "$T/file" "$PGTOP" map PID -n 1000
ok "map shows a file with an evil name" grep -q '/file??evil???' "$T/out"
is "$(steering "$T/out")" "" "... harmless"
like "$(sed -n 1p "$T/out")" '^process [0-9]+ \(\?e\?31m\?\?\[\), ' "... as is the process's"
run python3 "$T/evil.py" "$T/file" "$PGTOP" map PID --svg -
is "$(steering "$T/out")" "" "a picture of it is harmless"
run python3 "$T/evil.py" "$T/file" "$PGTOP" map PID --json
is "$(steering "$T/out")" "" "its JSON is harmless"
is "$(python3 -c 'import json, sys
print(ascii([r["name"].rpartition("/file")[2] for r in json.load(open(sys.argv[1]))["ranges"] if "/file" in r["name"]]))' "$T/out")" \
	"['\\u2028\\u2066evil\\x85\\u200b\\ufffd']" "... and has the whole name"
if [ "$(id -u)" = 0 ]; then
	run python3 "$T/evil.py" "$T/file" "$PGTOP" -i 0 -p PID
	ok "the screen shows a process with an evil name" grep -qF ' ?e?31m??[ ' "$T/out"
	is "$(steering "$T/out")" "" "... harmless"
fi
run "$PGTOP" map "$(printf '\033[31m\302\233\342\200\256')"
is "$(steering "$T/err")" "" "messages are harmless"

# --- a column that is known, but not here

if [ "$(uname -m)" = x86_64 ]; then
	refused 3 "cannot sort by 'unfolds': contiguous PTEs exist only on arm64" -i 0.1 --sort unfolds
	refused 3 "cannot sort by 'unfolds': without an interval there are no rates$" -i 0 --sort unfolds
	refused 3 "cannot sort by 'unfolds': without an interval there are no rates$" -i 0 --sort unfolds --json
	[ "$(id -u)" != 0 ] ||
		refused 3 "cannot sort by 'contpte_bytes': the contiguous bit exists only on arm64" -i 0 --sort contpte_bytes
	[ "$(id -u)" != 0 ] ||
		refused 3 "cannot sort by 'tlb_mm': only the pgtop kernel series on arm64 counts it$" -i 0.1 --sort tlb_mm
fi
if [ "$(id -u)" = 0 ]; then
	run "$PGTOP" -i 0 --sort present_bytes
	is "$status" 0 "--sort present_bytes succeeds"
	ok "... and sorts" grep -q "^processes by present_bytes" "$T/out"
	run "$PGTOP" -i 0 --sort present_bytes --json
	is "$(json "$T/out" '[.tables.process[].present_bytes | numbers] | length > 1 and . == (sort | reverse)')" \
		true "--json, too"
fi

# --- one thing missing harms only itself

run "$PGTOP" doctor --json --symbol contpte_convert=no_such_symbol --symbol tlb_finish_mmu=no_such
is "$status" 0 "a renamed symbol is no failure"
mkdir "$T/root"
run "$PGTOP" -i 0 --json --root "$T/root"
is "$status" 0 "a machine without /proc and /sys is no failure"
is "$(json "$T/out" '.fields.memory.total.unavailable | split(" ")[0]')" /proc/meminfo \
	"... and the lack is named"
mkdir -p "$T/root/proc" "$T/root/sys/kernel"
printf 'MemTotal: lots kB\n' >"$T/root/proc/meminfo"
printf 'pgfault 10\npgmajfault 3\n' >"$T/root/proc/vmstat"
run "$PGTOP" -i 0 --json --root "$T/root"
like "$(json "$T/out" .fields.memory.total)" unavailable "garbage in meminfo is named"
is "$(json "$T/out" .fields.vm.minor_faults.value)" 7 "... and vmstat unharmed"
run "$PGTOP" doctor --json --root "$T/root"
like "$(json "$T/out" '.rows[] | select(.name == "tlb.flushes").why')" "no BTF" \
	"a kernel without BTF is named"
run "$PGTOP" map kernel --root "$T/root"
is "$status" 3 "map without BTF: exit status 3"
ok "map without BTF: one sentence" one_sentence

# --- the time for walks is not spent on finding out whom to walk

if [ "$(id -u)" = 0 ]; then
	mkdir -p "$T/many/proc"
	ln -s /sys "$T/many/sys"
	find /proc -mindepth 1 -maxdepth 1 -name '[a-z]*' -exec ln -s -t "$T/many/proc" {} +
	ln -s /proc/$$ "$T/many/proc"
	mkdir "$T/many/proc/one"
	echo 2 1 0 0 0 0 0 >"$T/many/proc/one/statm"
	python3 -c 'import os, sys
for pid in range(5000000, 5040000):
    os.symlink("one", f"{sys.argv[1]}/{pid}")' "$T/many/proc"
	run "$PGTOP" -i 0 --json --root "$T/many"
	is "$(json "$T/out" .fields.user.walked_processes)" '{"value":1,"unit":"count","via":"page walk"}' \
		"one of 40,001 processes is walked, the only one that lives"
else
	skip "not root" "a walk where there are many processes"
fi

# --- without privilege

if [ "$(id -u)" = 0 ]; then
	chmod 755 "$T"
	cp "$PGTOP" "$T/pgtop"
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs)
	run "${nobody[@]}" "$T/pgtop" -i 0.1 --all
	is "$status" 0 "an ordinary user gets a screen"
	ok "... that says what root would add" grep -q "run as root" "$T/out"
	ok "... and shows what everybody may see" grep -q "^mTHP" "$T/out"
	cmp_ok "$(width)" -le 80 \
		"... in 80 columns"
	run "${nobody[@]}" "$T/pgtop" map kernel
	is "$status" 3 "map without privilege: exit status 3"
	like "$(<"$T/err")" "loading BPF programs needs CAP_BPF and CAP_PERFMON;" "map without privilege says so"
else
	skip "not root" "privilege tests"
fi

done_testing
