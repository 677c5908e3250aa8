#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# pgtop watch on a real terminal (tmux): keys, sizes, colours, what ends, and how it ends.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/command.sh
. "$(dirname "$0")/../command.sh"
# shellcheck source=tests/pgtopd.sh
. "$(dirname "$0")/../pgtopd.sh"

: "${PGTOP:?}" "${PROGS:?}"
[ "$(id -u)" = 0 ] || skip_all "page walks need root"
readme=$(realpath "$(dirname "$0")/../fixtures/readme.record")
cd "$T" || exit
export TZ=UTC LC_ALL=C.UTF-8
unset NO_COLOR TMUX

# --- without a terminal that it can use

for command in "watch" "watch --own"; do
	# shellcheck disable=SC2086 # words
	refused 2 "^pgtop: watch: standard input and output are not a terminal; pgtop watch -b prints" $command
done
refused 2 "^pgtop: watch: --interval must be more than 0" watch -b -i 0
refused 2 "^pgtop: watch: --count is for --batch" watch --count 3
refused 2 "^pgtop: watch: --rows is for --batch" watch -n 3
refused 2 "^pgtop: give --pid or --replay, not both" watch -b --replay "$T/none" -p $$
refused 1 "^pgtop: .*/none.*No such file" watch -b --replay "$T/none"
# on_terminal TERM: what watch says on one of that kind
on_terminal()
{
	script -qec "TERM=$1 '$PGTOP' watch; echo status \$?" /dev/null </dev/null | tr -d '\r'
}
like "$(on_terminal dumb)" "^pgtop: watch: the terminal 'dumb' \(TERM\) cannot move its cursor; pgtop watch -b"$'.*\nstatus 2$' \
	"a dumb terminal: refused"
like "$(on_terminal no-such)" "^pgtop: watch: the terminal 'no-such' \(TERM\) is not known here; "$'.*\nstatus 2$' \
	"an unknown one: refused"

# --- plain text

ok "a record of 100 windows" "$PROGS/record_make" "$T/record" 100
run "$PGTOP" watch -b --replay "$T/record" --count 3
is "$status $(grep -c '^pgtop  ' "$T/out")" "0 3" "-b --count 3: three screens"
is "$(grep '^pgtop' "$T/out" | sed -n 3p)" "pgtop  2023-11-14 22:13:50 +0000, $T/record, snapshot 4" \
	"... the third is that of snapshot 4 and its time"
ok "... without a sequence for terminals" test -z "$(tr -d -c '\033' <"$T/out")"
run "$PGTOP" watch -b --replay "$T/record"
is "$status $(grep -c '^pgtop  ' "$T/out")" "0 100" "-b of the whole record: all that have rates"
run "$PGTOP" watch -b --own -i 0.1 --count 2
is "$status $(grep -c '^processes by ' "$T/out")" "0 2" "-b of this machine"

# --- a terminal

session=0
mux()
{
	tmux -f /dev/null -S "$T/tmux.$session" "$@"
}
at_exit eval 'mux kill-server 2>/dev/null'

# begin ENV... -- ARG...: a session of 80x24 with pgtop watch ARG... in it
begin()
{
	local setting=()
	while [ "$1" != -- ]; do
		setting+=("$1")
		shift
	done
	shift
	mux kill-server 2>/dev/null
	session=$((session + 1))
	rm -f "$T"/{before,after,status}
	# shellcheck disable=SC2016 # the inner shell expands
	mux new-session -d -x 80 -y 24 env "${setting[@]}" sh -c 'stty -g >before
		"$@"; echo $? >status; stty -g >after; exec cat' sh "$PGTOP" watch "$@"
}

# screen: what is on it
screen()
{
	mux capture-pane -p
}

_is_shown()
{
	screen | grep -qE -- "$1"
}

# shows REGEX DESC: a line of the screen has it, soon
shows()
{
	if wait_for 40 _is_shown "$1"; then
		pass "$2"
	else
		fail "$2"
		diag "no line has /$1/:"
		diag "$(screen)"
	fi
}

keys()
{
	mux send-keys "$@"
}

# sane DESC: it has ended with status 0, and the terminal is as before
sane()
{
	wait_for 40 test -s "$T/after"
	is "$(cat "$T/status")" 0 "$1: exit status 0"
	is "$(<"$T/after")" "$(<"$T/before")" "... the terminal's settings are as before"
	is "$(mux display-message -p '#{alternate_on} #{cursor_flag}')" "0 1" "... its own screen is back, with a cursor"
}

# _fits COLUMNS ROWS: keys in the last line, and no line as wide as the terminal
_fits()
{
	[ "$(screen | grep -n '^q quit' | cut -d: -f1)" = "$2" ] && [ "$(screen | wc -L)" -lt "$1" ]
}

begin -- --own -i 0.2
shows '^processes by ' "this machine"
shows '^> +[0-9]+ ' "... with a mark"
shows '^(linear map|user memory) .*[▁▂▃▄▅▆▇█]' "... and graphs"
for size in "60 15" "200 60" "80 24"; do
	read -r columns rows <<<"$size"
	mux resize-window -x "$columns" -y "$rows"
	ok "resized to ${columns}x$rows: it fits" wait_for 40 _fits "$columns" "$rows"
	shows '^processes by ' "... with processes"
done
keys '?'
shows '^q +quit' "? shows help"
keys Escape c
shows '^cgroups by ' "c shows cgroups"
keys k
shows '^kernel linear map' "k shows the kernel"
keys '!'
shows '^not measured here|^everything is measured' "! shows what is unavailable"
keys '!' / z q z Enter
shows "with 'zqz': none" "/ filters"
keys Escape Space
shows '^paused  ' "Space pauses"
keys Space
shows '^pgtop  ' "... and goes on"
keys c '>'
shows '^ +pid .*(mem|block|recvd/s|flush/s|contpte|aligned)\*' "> sorts by another column"
keys R
shows ', the least first' "R the other way round"
keys t
shows 'steps through a record' "t needs a record"
keys w
shows '^written: pgtop-[0-9]+-[0-9]+\.record' "w writes a record"
run "$PGTOP" replay pgtop-*.record
is "$status" 0 "... that pgtop replays"
keys q
sane "q"

# --- signals

for signal in INT TERM HUP; do
	begin -- --replay "$readme"
	shows '^processes by ' "a record"
	kill -$signal "$(pgrep -P "$(mux list-panes -F '#{pane_pid}')")"
	sane "SIG$signal"
done

# --- colours

begin NO_COLOR=1 -- --replay "$readme"
shows '^processes by ' "with NO_COLOR"
keys k
shows '^kernel linear map' "... the kernel's map"
is "$(mux capture-pane -p -e | grep -c $'\033\\[3[1-7]m')" 0 "... has no colours"
keys q
sane "NO_COLOR"
begin TERM=vt100 -- --replay "$readme"
shows '^processes by ' "a terminal without colours"
keys k
shows '^kernel linear map' "... the kernel's map"
is "$(mux capture-pane -p -e | grep -c $'\033\\[3[1-7]m')" 0 "... has none"
keys q
sane "vt100"
begin -- --replay "$readme"
shows '^processes by ' "a terminal with colours"
keys k
shows '^kernel linear map' "... the kernel's map"
cmp_ok "$(mux capture-pane -p -e | grep -c $'\033\\[3[1-7]m')" -gt 0 "... has them"
keys q
sane "colours"

# --- a process, with a name that would steer the terminal, and its end

cp "$(command -v sleep)" "$T/"$'\033[2Jx'
"$T/"$'\033[2Jx' 1000 &
victim=$!
at_exit end $victim
begin -- -p $victim -p $$ -i 0.2
shows " $victim  \\?\\[2Jx" "a name with an escape sequence"
keys / "$victim" Enter Enter
shows "^process $victim \\(\\?\\[2Jx\\), .* mapped" "Enter: what maps it"
keys w
shows "^written: pgtop-$victim-[0-9-]*\\.svg" "w draws it"
is "$(python3 -c 'import sys, xml.dom.minidom as m
print(m.parse(sys.argv[1]).documentElement.tagName)' pgtop-$victim-*.svg)" svg "... a picture"
keys PageDown PageDown PageDown
shows "^(reasons|mappings|  total|in this interval|since boot)|  -> |worst of" "... and why"
keys Escape Down
shows "^> +$victim " "Escape: back in the list"
end $victim
shows "^process $victim \\(.*\\) has ended" "it ends: that is told"
keys q
sane "after the end of a process"

# --- pgtopd goes and comes

configure "[daemon]"
ok "pgtopd starts" start
begin -- --socket "$socket" -i 0.2
shows 'measured by pgtopd' "its figures"
stop TERM
shows '^what is shown is old: ' "it goes: that is told"
ok "pgtopd starts again" start
shows '^pgtopd is back' "it comes back: that is told, too"
shows '^processes by ' "... and there are figures"
keys q
sane "pgtopd"
stop TERM

# --- a record

begin -- --replay "$T/record"
shows '22:13:30 \+0000, .*snapshot 2' "a record: its second snapshot, with rates"
keys t t
shows '22:13:50 \+0000, .*snapshot 4' "t t: two on"
keys T
shows '22:13:40 \+0000, .*snapshot 3' "T: one back"
keys j 22:15:00 Enter
shows '22:15:00 \+0000, .*snapshot 11' "j: to a time"
shows '^pressure +[▁▂▃▄▅▆▇█]{10} ' "... with the graph of what was before"
keys j 23:59 Enter
shows 'snapshot 101' "j beyond its end: the last"
keys t
shows '^this is the last snapshot' "... behind which there is none"
keys -N 70 T
shows '22:18:20 \+0000, .*snapshot 31' "T 70 times"
keys j noon Enter
shows "^'noon' is not a time" "a time that is none"
keys Enter
shows 'a record has no page tables of single processes' "Enter: what a record has of a process"
rm "$T/record"
keys Escape j 22:30:00 Enter
shows 'No such file' "a record that is gone: that is told"
keys q
sane "a record"
done_testing
