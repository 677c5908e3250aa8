#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The programs of this tree and those of 0.1.0 meet what the other wrote and says: journal,
# record, configuration, socket, text file, JSON. docs/formats.md says what they do with it.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/command.sh
. "$(dirname "$0")/../command.sh"
# shellcheck source=tests/pgtopd.sh
. "$(dirname "$0")/../pgtopd.sh"
# shellcheck source=tests/compat/life.sh
. "$(dirname "$0")/../compat/life.sh"

: "${PGTOP:?}"
export TZ=UTC
top=$(cd "$(dirname "$0")/../.." && pwd)
frozen=$compat_dir/0.1.0
new_pgtop=$PGTOP
new_pgtopd=$PGTOPD

compare()
{
	"$compat_dir/compare.py" "$@"
}

# use new|old: whose programs $PGTOP and $PGTOPD are; what the old ones print did not change
use()
{
	PGTOP=$new_pgtop
	PGTOPD=$new_pgtopd
	silent="export history"
	unset CHANGED
	[ "$1" = old ] || return
	PGTOP=$old/build/pgtop
	PGTOPD=$old/build/pgtopd
	silent="export"
	export CHANGED=/dev/null
}

# answer N FILE: the Nth of a transcript
answer()
{
	sed -n "$((2 * $1))p" "$2" | cut -c 3-
}

# sentence PROGRAM: one line in $T/err, which PROGRAM says
sentence()
{
	[ "$(wc -l <"$T/err")" = 1 ] && grep -q "^$1: ." "$T/err"
}

# --- that is what compare.py is for: it finds what it is to find

echo '{"a": {"b": 1, "c": "x"}, "l": [{"name": "n", "d": true}]}' >"$T/a"
found()
{
	echo "$2" >"$T/b"
	echo "${3-}" >"$T/changed"
	! CHANGED=$T/changed compare "$1" f "$T/a" "$T/b"
}
ok "more than there was is no difference" eval '! found values "{\"a\": {\"b\": 1, \"c\": \"x\", \"e\": 2}, \"l\": [{\"name\": \"n\", \"d\": true}]}"'
ok "a member that is gone is found" found values '{"a": {"c": "x"}, "l": [{"name": "n", "d": true}]}'
ok "... another value" found values '{"a": {"b": 2, "c": "x"}, "l": [{"name": "n", "d": true}]}'
ok "... one in a row" found values '{"a": {"b": 1, "c": "x"}, "l": [{"name": "n"}]}'
ok "... another type" found shape '{"a": {"b": "1", "c": "x"}, "l": [{"name": "n", "d": true}]}'
ok "... a member of a row" found shape '{"a": {"b": 1, "c": "x"}, "l": [{"name": "n"}]}'
renamed='{"a": {"B": 1, "c": "x"}, "l": [{"name": "n", "D": true}]}'
ok "... another name" found values "$renamed"
ok "... but not what is listed as changed" \
	eval "! found values '$renamed' 'f a.b a.B why
f l[].d l[].D why'"
ok "... only what still is as it was" found values "$(<"$T/a")" "f a.b a.B why"
echo '{"c": "7"}' >"$T/a"
ok "text that became a number, times a factor" eval "! found values '{\"c\": 7168}' 'f c #1024 why'"
ok "... another number is found" found values '{"c": 7}' "f c #1024 why"
ok "... text that stayed is found" found values '{"c": "7"}' "f c #1024 why"

# --- record

run "$PGTOP" replay "$frozen/every.pgtop" --json --count 3
is "$status" 0 "a record with every field of 0.1.0 is read"
ok "... each number and word of it" compare values pgtop.snapshot "$frozen/every.json" "$T/out"
is "$(<"$T/err")" "" "... and nothing said of it"
run "$PGTOP" replay "$frozen/every.pgtop"
is "$status" 0 "... shown as text"
run "$PGTOP" replay "$frozen/run.pgtop" --json --count 3
ok "a record by pgtop 0.1.0 is read: each number" \
	compare values pgtop.snapshot "$frozen/run.json" "$T/out"
run "$PGTOPD" --config "$frozen/advise.conf" --replay "$frozen/run.pgtop"
is "$status" 0 "pgtopd replays it"
like "$(<"$T/err")" "^13 windows, " "... all windows"
run "$PGTOPD" --config "$frozen/advise.conf" --replay "$frozen/run.pgtop" --json
ok "... decisions as 0.1.0 printed them" compare shape decision "$frozen/decisions.json" "$T/out"

# --- configuration

run "$PGTOPD" --config "$frozen/pgtopd.conf" --check-config
is "$status: $(<"$T/err")" "0: " "a configuration with every key of 0.1.0 is right"
run "$PGTOPD" --config "$frozen/pgtopd.conf" --print-config
ok "... and means the same" compare config config "$frozen/printed" "$T/out"

# --- journal

# levers TRANSCRIPT: what the answer to "status" says of each; what is free may wait or not
levers()
{
	answer 1 "$1" >"$T/answer"
	json "$T/answer" '.status.levers | map([.name, (.state |
		if IN("cooldown", "blocked", "idle") then "free" else . end), .value, .original]) | sort'
}

# knobs_are WORD...: of 2M, 128K, 32K and 256K
knobs_are()
{
	keep_knobs "$T/now"
	is "$(cut -d' ' -f2 "$T/now" | paste -sd' ')" "$1" "$2"
}

# undone WHOSE JOURNAL KNOBS: all ways to undo what a life left behind
undone()
{
	configure
	still_machine "$3"
	take_up "$2"
	restore
	is "$status" 0 "$1 --restore by hand"
	knobs_are "never never madvise never" "... all originals are back, what is somebody else's is left"
	is "$(<"$root/proc/sys/vm/min_free_kbytes")" 67584 "... what moves with them, too"
	restore
	is "$status: $(<"$T/err")" "0: " "... there is nothing more to do"
	still_machine "$3"
	take_up "$2"
	ok "$1 starts" start --root "$root"
	knobs_are "never never madvise never" "... and undoes that before anything else"
	stop
	is "$status" 0 "... and stops"
	still_machine "$3"
	take_up "$2"
	ok "$1 starts after --restore by systemd, exit = keep" resume
	knobs_are "always never madvise never" "... what was kept is in place"
	talk "$T/said" '{"v":1,"cmd":"status"}' '{"v":1,"cmd":"log","n":512}'
	stop
	knobs_are "always never madvise never" "... and at the end"
	ok "... no line of the journal was lost" test ! -e "$state/journal.damaged"
}

# decisions_are WANT N GOT M: the answers to "log"
decisions_are()
{
	answer "$2" "$1" >"$T/want"
	answer "$4" "$3" >"$T/got"
	compare values control "$T/want" "$T/got"
}

undone "the journal of 0.1.0: pgtopd" "$frozen/journal" "$frozen/knobs"
is "$(levers "$T/said")" "$(levers "$frozen/said")" "... each lever is as 0.1.0 said it is"
like "$(levers "$T/said")" '"mthp.2M","kept","always","never".*"mthp.32K","yielded"' \
	"... kept and yielded"
ok "... each decision" decisions_are "$frozen/said" 2 "$T/said" 2
take_up "$frozen/every.journal"
ok "a journal with every decision of 0.1.0" resume
talk "$T/said" '{"v":1,"cmd":"log","n":512}'
ok "... is read" decisions_are "$frozen/every.said" 1 "$T/said" 1
ok "... no line was lost" test ! -e "$state/journal.damaged"
stop

# --- socket: this pgtop asks 0.1.0

# ask_all: $PGTOP asks who listens; as JSON
ask_all()
{
	local kept what
	kept=$(sed -n 's/.*"cmd":"why","id":\([0-9]\{1,3\}\)}$/\1/p' "$frozen/transcript")
	run "$PGTOP" -i 0.1 --json --socket "$socket"
	cp "$T/out" "$T/top.json"
	run "$PGTOP" prom --json --socket "$socket"
	cp "$T/out" "$T/prom.json"
	for what in status log "why $kept"; do
		# shellcheck disable=SC2086 # WHAT and its ID
		run "$PGTOP" policy $what --json --socket "$socket"
		cp "$T/out" "$T/policy-${what%% *}.json"
	done
}

play "$frozen/transcript"
ask_all
ok "pgtop on the socket of 0.1.0: each number and word" \
	compare values pgtop.snapshot "$frozen/top.json" "$T/top.json"
ok "... prom" compare values pgtop.prom "$frozen/prom.json" "$T/prom.json"
for what in status log why; do
	ok "... policy $what" \
		compare values pgtop.policy "$frozen/policy-$what.json" "$T/policy-$what.json"
done
for what in "-i 0.1" "policy" "policy log" "policy hold mthp.256K" "policy release mthp.256K" prom; do
	# shellcheck disable=SC2086 # words of a command
	run "$PGTOP" $what --socket "$socket"
	is "$status: $(<"$T/err")" "0: " "... pgtop $what"
done
run "$PGTOP" record "$T/played.pgtop" -i 0.1 --count 2 --socket "$socket"
is "$status" 0 "... pgtop record"
end "$played"

# --- JSON and names

is "$(compare names names "$frozen/names.md" "$top/docs/metrics.md")" "" \
	"every field, table, fact and family of 0.1.0 has its name"
begin_machine
run "$PGTOP" doctor --json --root "$root"
cp "$T/out" "$T/doctor.json"
run "$PGTOP" -i 0.3 --json --root "$root"
cp "$T/out" "$T/root.json"
run "$PGTOP" record "$T/new.pgtop" --root "$root" -i 0.3 --count 3
end_machine
ok "doctor --json" compare shape pgtop.doctor "$frozen/doctor.json" "$T/doctor.json"
if [ "$(uname -m)" = x86_64 ]; then
	ok "... has every row" compare rows pgtop.doctor "$frozen/doctor.json" "$T/doctor.json"
	ok "top --json" compare shape pgtop.snapshot "$frozen/root.json" "$T/root.json"
else
	MUST_RUN='' skip "0.1.0 saw another kind of machine" "rows of doctor --json, top --json"
fi

if [ "$(id -u)" = 0 ]; then
	run "$PGTOP" map kernel --json
	ok "map kernel --json" compare has pgtop.map "$frozen/map.keys" "$T/out" kernel
	run "$PGTOP" map $$ --json
	ok "map PID --json" compare has pgtop.map "$frozen/map.keys" "$T/out" process
else
	skip "needs root" "map --json"
fi

# --- a life of this pgtopd: the same requests, the same text file

if [ "$(id -u)" != 0 ]; then
	skip "needs root" "what pgtopd writes"
	done_testing
	exit
fi
ok "pgtopd lives as that of 0.1.0 did" life "$T/new" || cat "$log"
ok "it answers the same requests with all that 0.1.0 answered" \
	compare talk control "$frozen/transcript" "$T/new/transcript"
ok "the text file has all families" \
	compare metrics metrics "$frozen/pgtop.prom" "$T/new/pgtop.prom"
take_up "$T/new/journal"
still_machine "$T/new/knobs"
ok "its next start" resume
talk "$T/new/said" '{"v":1,"cmd":"status"}' '{"v":1,"cmd":"log","n":512}'
stop

# the first line of a journal stands for all of them
take_up "$frozen/journal"
still_machine "$frozen/knobs"
restore
is "$(head -n 1 "$state/journal")" "$(head -n 1 "$T/new/journal")" \
	"a journal of 0.1.0 that was written to says the version of what was written"

# --- 0.1.0 meets what these programs wrote

status=0
old=$("$compat_dir/programs" 0.1.0 2>"$T/err") || status=$?
if [ "$status" != 0 ]; then
	cat "$T/err"
	case $status,$(<"$T/err") in
	# a tree without history cannot do anything about it
	77,*no-git*) MUST_RUN='' skip "this tree has no history" "0.1.0 with what is newer" ;;
	77,*) skip "$(<"$T/err")" "0.1.0 with what is newer" ;;
	*) fail "0.1.0 can be built: $(<"$T/err")" ;;
	esac
	done_testing
	exit
fi
use old
is "$("$PGTOP" --version)" "pgtop 0.1.0" "0.1.0 is built"

# resum VERSION FROM TO: the journal FROM, its first line saying another version
resum()
{
	python3 - "$@" <<-'END'
		import sys, zlib
		version, old, new = sys.argv[1:]
		lines = open(old, "rb").read().split(b"\n", 1)
		text = b'{"journal":%s}' % version.encode()
		with open(new, "wb") as f:
		    f.write(b"%08x %s\n" % (zlib.crc32(text), text) + lines[1])
	END
}

# left_alone WHOSE JOURNAL KNOBS: it is of a newer version: left alone, and told
left_alone()
{
	configure
	still_machine "$3"
	take_up "$2"
	keep_knobs "$T/before"
	restore
	is "$status" 1 "$1 --restore: exit status 1"
	ok "... one sentence" sentence pgtopd
	like "$(<"$T/err")" "newer pgtopd" "... that says why"
	ok "$1 starts" start --root "$root"
	ok "... says that it tunes nothing" logged 'newer pgtopd'
	run "$PGTOP" policy log --socket "$socket"
	is "$status" 1 "... has no decisions to tell"
	stop
	ok "... and leaves the journal as it was" cmp "$2" "$state/journal"
	keep_knobs "$T/after"
	ok "... and the knobs" cmp "$T/before" "$T/after"
}

version_of_journal()
{
	sed -n '1s/.*"journal":\([0-9]*\)}$/\1/p' "$1"
}

if [ "$(version_of_journal "$T/new/journal")" = 1 ]; then
	undone "a journal of today: pgtopd 0.1.0" "$T/new/journal" "$T/new/knobs"
	is "$(levers "$T/said")" "$(levers "$T/new/said")" "... each lever is as its writer says"
	# what 0.1.0 does not know is gone when it writes the journal anew
	sed 's/,"by":"[^"]*"//g' "$T/new/said" >"$T/new/known"
	isnt "$(cmp "$T/new/said" "$T/new/known" 2>&1)" "" "... decisions of today say who asked"
	ok "... each decision, as far as 0.1.0 knows it" decisions_are "$T/new/known" 2 "$T/said" 2
else
	left_alone "a journal of today: pgtopd 0.1.0" "$T/new/journal" "$T/new/knobs"
fi
for who in old new; do
	use $who
	resum 99 "$T/new/journal" "$T/journal.99"
	left_alone "a journal of version 99: pgtopd ($who)" "$T/journal.99" "$T/new/knobs"
done

# a version 1 that says more than 0.1.0 knows
python3 - "$frozen/journal" "$T/more" <<'END'
import json, sys, zlib
with open(sys.argv[2], "wb") as f:
    def put(o):
        text = json.dumps(o, ensure_ascii=False, separators=(",", ":")).encode()
        f.write(b"%08x %s\n" % (zlib.crc32(text), text))
    for line in open(sys.argv[1]):
        o = json.loads(line[9:])
        for member in o.values():
            if isinstance(member, dict):
                member["newer"] = "x"
        if "decision" in o:     # json would print its time in another way
            f.write(line.encode())
        else:
            put(o)
    put({"newer": {"lever": "mthp.2M"}})
    put({"decision": {"id": 99, "time": 1.5, "action": "newer", "reason": "x"}})
END
use old
configure
still_machine "$frozen/knobs"
take_up "$T/more"
restore
is "$status" 0 "lines 0.1.0 does not know: --restore"
knobs_are "never never madvise never" "... puts all originals back"
like "$(<"$T/err")" "2 lines of the journal .* were lost" "... says that they were not understood"
ok "... and keeps them" cmp "$T/more" "$state/journal.damaged"

# version N FILE: a record whose header and snapshots say version N
version()
{
	python3 - "$@" <<-'END'
		import gzip, sys, zlib
		version, old, new = sys.argv[1:]
		lines = [l[9:-1] for l in gzip.open(old, "rb")]
		lines[0] = lines[0].replace(b'"version":1', b'"version":' + version.encode())
		s = 0
		with gzip.open(new, "wb") as f:
		    for l in lines:
		        s = zlib.crc32(l, s)
		        f.write(b"%08x %s\n" % (s, l))
	END
}

# not_read WHAT VERSION: of the last run; it said that this is another version
not_read()
{
	is "$status" 1 "$1: exit status 1"
	ok "... one sentence" sentence "pgtopd\?"
	like "$(<"$T/err")" "version $2" "... that names the version"
}

# replayed WHAT FILE: by $PGTOP
replayed()
{
	local n
	n=$(zcat <"$2" | sed -n '1s/.*"version":\([0-9]*\).*/\1/p')
	run "$PGTOP" replay "$2" --json
	if [ "$n" = 1 ]; then
		is "$status" 0 "$1: read"
		# of what is new it may say that it does not know it
		is "$(grep -v 'a newer pgtop recorded' "$T/err")" "" "... without complaint"
	else
		not_read "$1" "$n"
	fi
}

run "$new_pgtop" record "$T/own.pgtop" --own -i 0.2 --count 2
replayed "a record of this machine: pgtop 0.1.0" "$T/own.pgtop"
replayed "a record of a machine of files: pgtop 0.1.0" "$T/new.pgtop"
run "$new_pgtop" replay "$T/new.pgtop" --json
cp "$T/out" "$T/new.json"
run "$PGTOP" replay "$T/new.pgtop" --json
unset CHANGED
[ "$status" != 0 ] || ok "... has what it knows of it" compare values pgtop.snapshot "$T/out" "$T/new.json"
version 99 "$frozen/run.pgtop" "$T/99.pgtop"
for who in old new; do
	use $who
	run "$PGTOP" replay "$T/99.pgtop"
	not_read "a record of version 99: pgtop ($who)" 99
	run "$PGTOPD" --config "$frozen/advise.conf" --replay "$T/99.pgtop"
	not_read "... pgtopd ($who)" 99
done

# --- both at the socket

# members FILE: of the JSON of 0.1.0, but those that depend on the state of a lever or a row
members()
{
	compare keys "$1" |
		grep -vE 'levers\[\]\.(windows|of|until|changed) |lacks\[\]\.(via|why|remedy) '
}

# asks WHAT: $PGTOP who listens, of whatever version that is
asks()
{
	local n what
	ask '{"v":1,"cmd":"status"}' >/dev/null
	n=$(json "$T/answer" .v)
	if [ "$n" != 1 ]; then
		run "$PGTOP" policy --socket "$socket"
		not_read "$1" "$n"
		return
	fi
	ask_all
	ok "$1" compare has pgtop.snapshot "$T/top.keys" "$T/top.json"
	ok "... prom" compare shape pgtop.prom "$frozen/prom.json" "$T/prom.json"
	for what in status log why; do
		ok "... policy $what" \
			compare has pgtop.policy "$T/policy-$what.keys" "$T/policy-$what.json"
	done
	for what in hold release; do
		run "$PGTOP" policy $what mthp.128K --socket "$socket"
		is "$status: $(<"$T/err")" "0: " "... policy $what"
	done
}

# listen: $PGTOPD, with the journal that 0.1.0 left
listen()
{
	take_up "$frozen/journal"
	still_machine "$frozen/knobs"
	resume
}

members "$frozen/top.json" >"$T/top.keys"
for what in status log why; do
	members "$frozen/policy-$what.json" >"$T/policy-$what.keys"
done
use new
ok "this pgtopd listens" listen
use old
asks "... pgtop 0.1.0 asks it"
stop
ok "pgtopd 0.1.0 listens" listen
use new
asks "... this pgtop asks it"
stop
sed 's/^< {"v":1/< {"v":99/' "$frozen/transcript" >"$T/transcript.99"
for who in old new; do
	use $who
	play "$T/transcript.99"
	run "$PGTOP" policy --socket "$socket"
	not_read "pgtopd speaks version 99: pgtop ($who) policy" 99
	run "$PGTOP" -i 0 --socket "$socket"
	not_read "... pgtop" 99
	end "$played"
done

# --- configuration

# only_newer: all that 0.1.0 finds wrong are keys it does not have
only_newer()
{
	! grep -v 'there is no such \(key\|section\)' "$T/err"
}

use old
run "$PGTOPD" --config "$top/systemd/pgtopd.conf" --check-config
is "$status: $(<"$T/err")" "0: " "0.1.0 accepts the example of the configuration"
run "$new_pgtopd" --config "$frozen/pgtopd.conf" --print-config
cp "$T/out" "$T/conf.new"
run "$PGTOPD" --config "$T/conf.new" --print-config
if [ "$status" = 0 ]; then
	ok "a configuration of today means the same to 0.1.0" \
		compare config config "$frozen/printed" "$T/out"
else
	is "$status" 3 "a configuration of today is newer than 0.1.0"
	ok "... it names each key it does not have" only_newer
fi
printf '[daemon]\nnewer = 1\n[newer]\nkey = 1\n' >"$T/conf.newer"
run "$PGTOPD" --config "$T/conf.newer" --state-dir "$T/none" --root "$root"
is "$status" 3 "a key 0.1.0 does not have: it does not start"
is "$(grep -c 'there is no such' "$T/err")" 2 "... says which"
ok "... and has written nothing" test ! -e "$T/none"
still_machine "$frozen/knobs"
take_up "$frozen/journal"
conf=$T/conf.newer
restore
is "$status" 0 "... but --restore works all the same"
knobs_are "never never madvise never" "... all originals are back"

done_testing
