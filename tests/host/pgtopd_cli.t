#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# pgtopd's command line, configuration, unit and installation.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

: "${PGTOPD:?}"
cd "$(dirname "$0")/../.." || exit 1

run()
{
	status=0
	"$@" >"$T/out" 2>"$T/err" </dev/null || status=$?
}

# --- help, man pages, example and table agree

run "$PGTOPD" --help
is "$status" 0 "--help succeeds"
grep -o -- '--[a-z-]*' "$T/out" | sort -u >"$T/help"
sed -n 's/^\.It Fl -\([a-z-]*\).*/--\1/p' docs/pgtopd.8 | sort -u >"$T/man"
is "$(<"$T/man")" "$(<"$T/help")" "pgtopd(8) describes the options of --help"
cmp_ok "$(awk '{ if (length > n) n = length } END { print n }' "$T/out")" -le 80 \
	"--help fits 80 columns"
run "$PGTOPD" --version
is "$(<"$T/out")" "pgtopd $(sed -n 's/^VERSION := //p' Makefile)" "--version"

run "$PGTOPD" --config /dev/null --print-config
is "$status" 0 "--print-config succeeds"
cmp_ok "$(awk '{ if (length > n) n = length } END { print n }' "$T/out")" -le 79 \
	"--print-config fits 79 columns"
# section key = default
awk '/^\[/ { section = $1 } /^[a-z]/ { print section, $0 }' "$T/out" | sort >"$T/keys"
cmp_ok "$(wc -l <"$T/keys")" -ge 35 "the table has keys"
awk '/^\.Ss / { section = $2; sub(/\\&$/, "", section) } sub(/^\.It Sy /, "") { print section, $0 }' docs/pgtopd.conf.5 |
	sort >"$T/man"
is "$(<"$T/man")" "$(<"$T/keys")" "pgtopd.conf(5) describes every key with its default"
sed -n '/^\[daemon\]/,$p' systemd/pgtopd.conf >"$T/example"
is "$(<"$T/example")" "$(sed -E 's/^([a-z0-9_]+ =)/#\1/' "$T/out")" \
	"the example configuration is --print-config, commented out"
ok "the example changes nothing" "$PGTOPD" --check-config --config systemd/pgtopd.conf
if command -v mandoc >/dev/null; then
	ok "the man pages are well-formed" mandoc -T lint -W warning docs/pgtopd.8 \
		docs/pgtopd.conf.5
fi
# the example of the man page
sed -n '/^\.Sh EXAMPLES/,/^\.Ed/{/^\./d;p}' docs/pgtopd.conf.5 | sed 1d >"$T/example.conf"
run "$PGTOPD" --config "$T/example.conf" --print-config
like "$(<"$T/out")" $'\nmode = tune\n' "the example of pgtopd.conf(5) is understood"

# --- bad input: one sentence each, and the documented status

run "$PGTOPD" --nosuch
is "$status" 2 "an unknown option: exit status 2"
run "$PGTOPD" operand
is "$status" 2 "an operand: exit status 2"
like "$(<"$T/err")" "^pgtopd: unexpected operand 'operand'" "... named"
run "$PGTOPD" --restore --check-config
is "$status" 2 "two actions: exit status 2"
run "$PGTOPD" --config /nonexistent/x.conf
is "$status" 3 "a configuration that is missing: exit status 3"
is "$(<"$T/err")" \
	"pgtopd: /nonexistent/x.conf: cannot be read: No such file or directory" "... named"
printf '[daemon]\nmode = tuen\n\n[guards]\nbloat = 1\n' >"$T/bad.conf"
for action in "" --check-config --print-config; do
	# shellcheck disable=SC2086 # nothing or one word
	run "$PGTOPD" --config "$T/bad.conf" $action
	is "$status" 3 "a wrong configuration, ${action:-to run}: exit status 3"
done
is "$(<"$T/err")" "pgtopd: $T/bad.conf:2: [daemon] mode = tuen: not observe, advise or tune
pgtopd: $T/bad.conf:5: [guards] bloat = 1: there is no such key; there is psi_full_max,$(
	) fallback_max, compact_stalls_max, bloat_max, unfolds_max, swap_out_max,$(
	) pmu_running_min or available_min" "... file, line, key, value, what is allowed; all of it"
printf '[daemon]\nwindow = 2s\nnewer = 1\n' >"$T/newer.conf"
run "$PGTOPD" --config "$T/newer.conf" --check-config
is "$status" 3 "a key that another pgtopd may have: --check-config fails"
run "$PGTOPD" --config "$T/newer.conf" --check-config --lenient
is "$status" 0 "... but not with --lenient"
like "$(<"$T/err")" "newer.conf:3: .daemon. newer = 1: there is no such key; .*are left out" "... which says so"
run "$PGTOPD" --config "$T/newer.conf" --print-config
is "$status" 0 "... nor does it keep pgtopd from starting"
run "$PGTOPD" --config "$T/bad.conf" --check-config --lenient
is "$status" 3 "... what is wrong stays wrong"
# a reload asks that first, and what fails again and again is not started for ever
unit=systemd/pgtopd.service.in
is "$(sed -n 's/^ExecReload=//p' $unit | head -1)" "@sbindir@/pgtopd --check-config --lenient" \
	"the unit: a reload with a configuration that is wrong fails"
value()
{
	sed -n "s/^$1=\([0-9]*\).*/\1/p" $unit
}
cmp_ok "$((60 * $(value StartLimitIntervalSec)))" -gt "$(($(value StartLimitBurst) * (5 + $(value RestartSec))))" \
	"... and the limit of starts can be reached"
mkdir "$T/ok.conf.d"
echo '[daemon]' >"$T/ok.conf"
printf '[daemon]\nwindow = 2s\n' >"$T/ok.conf.d/20-b.conf"
printf '[daemon]\nwindow = 3s\n' >"$T/ok.conf.d/10-a.conf"
run "$PGTOPD" --config "$T/ok.conf" --print-config
like "$(<"$T/out")" $'\nwindow = 2s\n' "drop-ins in byte order, the last one counts"
# damaged FROM TO: a journal of one knob, in which FROM became TO
damaged()
{
	rm -rf "$T/damaged"
	mkdir -m 700 "$T/damaged"
	python3 - "$T/damaged/journal" "$1" "$2" <<-'END'
		import sys, zlib
		lines = ['{"journal":1}', '{"decision":{"id":1,"time":1,"lever":"x","action":"try","reason":"a test"}}',
		         '{"knob":{"path":"/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled",'
		         '"lever":"mthp.64K","original":"never","ours":"always","boot":"b"}}']
		text = "".join(f"{zlib.crc32(l.encode()):08x} {l}\n" for l in lines)
		open(sys.argv[1], "w").write(text.replace(sys.argv[2], sys.argv[3]))
	END
	run "$PGTOPD" --restore --state-dir "$T/damaged" --root "$T/noroot" --config /dev/null
}
mkdir -p "$T/noroot/proc/sys/kernel/random"
echo b2 >"$T/noroot/proc/sys/kernel/random/boot_id"
damaged same same
is "$status" 0 "--restore with a whole journal of another boot: nothing to do"
damaged '"always"' '"alwais"'
is "$status" 5 "--restore with a damaged line of a knob: an exit status of its own"
like "$(<"$T/err")" "what the lost lines knew of changed knobs cannot be restored" "... which says so"
damaged 'a test' 'a text'
is "$status" 5 "--restore with a damaged line that may have been one: the same"
run "$PGTOPD" --restore --state-dir "$T/nosuch"
is "$status" 0 "--restore without a journal: nothing to do"
run "$PGTOPD" --restore --state-dir "$T/nosuch" --config "$T/bad.conf"
is "$status" 0 "--restore works on a wrong configuration too"
like "$(<"$T/err")" "bad.conf:2:" "... and says what is wrong with it"
mkdir "$T/held"
printf '[daemon]\nstate_dir = %s\nmode = tuen\n' "$T/held" >"$T/held.conf"
run flock "$T/held" "$PGTOPD" --restore --config "$T/held.conf"
is "$status" 1 "... in the directory that configuration names"
like "$(<"$T/err")" "holds the journal in $T/held" "... which is another pgtopd's here"

# --- a file where the socket should be

echo mine >"$T/notes"
run timeout 3 "$PGTOPD" --config /dev/null --state-dir "$T/held" --socket "$T/notes"
is "$(cat "$T/notes" 2>&1)" mine "a file at the path of the socket stays"
like "$(<"$T/err")" "$T/notes: there is a file that is not a socket" "... and that is said"
status=0
"$PGTOPD" --print-config --config /dev/null >/dev/full 2>"$T/err" || status=$?
is "$status" 1 "full disk: exit status 1"
# a file of 2 KiB, which is less than it prints
run bash -c 'ulimit -f 2; exec "$@"' bash "$PGTOPD" --print-config --config /dev/null
is "$status" 1 "a file that may not grow: exit status 1, no signal"
like "$(<"$T/err")" "cannot write the output: File too large" "... says so"

# --- installation

O=$(dirname "$PGTOPD")
run make --no-print-directory O="$O" SAN="${SAN-}" DESTDIR="$T/dest" PREFIX=/usr install
is "$status" 0 "make install"
is "$(cd "$T/dest" && find . -type f | sort)" "./etc/pgtop/pgtopd.conf
./usr/lib/systemd/system/pgtop-opener.socket
./usr/lib/systemd/system/pgtop-opener@.service
./usr/lib/systemd/system/pgtopd.service
./usr/lib/sysusers.d/pgtop.conf
./usr/lib/tmpfiles.d/pgtop.conf
./usr/libexec/pgtop-opener
./usr/sbin/pgtop
./usr/sbin/pgtopd
./usr/share/bash-completion/completions/pgtop
$(for m in docs/*.[578]; do echo "./usr/share/man/man${m##*.}/${m##*/}"; done | sort)
./usr/share/pgtop/pgtop.json
./usr/share/pgtop/rules.yml" "... these files"
units=$T/dest/usr/lib/systemd/system
for unit in pgtopd.service pgtop-opener@.service; do
	ok "$unit starts what was installed" \
		test -x "$T/dest$(sed -n 's/^ExecStart=//p' "$units/$unit")"
	is "$(grep -o '@[a-z]*@' "$units/$unit")" "" "no placeholder is left in it"
done
echo '# mine' >>"$T/dest/etc/pgtop/pgtopd.conf"
run make --no-print-directory O="$O" SAN="${SAN-}" DESTDIR="$T/dest" PREFIX=/usr install
like "$(<"$T/dest/etc/pgtop/pgtopd.conf")" "# mine" \
	"a configuration that was changed survives another install"
run make --no-print-directory O="$O" SAN="${SAN-}" DESTDIR="$T/dest" PREFIX=/usr uninstall
is "$(cd "$T/dest" && find . -type f)" "./etc/pgtop/pgtopd.conf" "... and make uninstall"
cp systemd/pgtopd.conf "$T/dest/etc/pgtop/pgtopd.conf"
run make --no-print-directory O="$O" SAN="${SAN-}" DESTDIR="$T/dest" PREFIX=/usr uninstall
is "$(cd "$T/dest" && find . -type f)" "" "make uninstall removes the rest"

# --- the unit

restarts="not after $(sed -n 's/^RestartPreventExitStatus=//p' systemd/pgtopd.service.in) "
for wrong in --nosuch "--config $T/bad.conf"; do
	# shellcheck disable=SC2086 # words
	run "$PGTOPD" $wrong
	like "$restarts" " $status " "it is not started for ever with ${wrong%% *} (status $status)"
done
if command -v systemd-analyze >/dev/null; then
	# exposed UNIT MOST: what systemd-analyze says of it
	exposed()
	{
		# man pages that are not installed are no fault of the unit
		systemd-analyze verify "$units/$1" 2>&1 | grep -v "Command 'man " >"$T/err"
		is "$(<"$T/err")" "" "$1: systemd-analyze verify finds nothing"
		systemd-analyze security --offline=true --no-pager "$units/$1" >"$T/out"
		score=$(sed -n 's/.*Overall exposure level[^:]*: \([0-9.]*\).*/\1/p' "$T/out")
		diag "exposure level $score"
		ok "$1: systemd-analyze security: exposure at most $2" \
			awk -v n="${score:-99}" -v most="$2" 'BEGIN { exit !(n <= most) }'
	}
	units=$T/unit
	mkdir "$units"
	cp systemd/pgtop-opener.socket "$units"
	for unit in pgtopd.service pgtop-opener@.service; do
		sed "s,@sbindir@,$O,; s,@libexecdir@,$O," "systemd/$unit.in" >"$units/$unit"
	done
	exposed pgtopd.service 2.5
	exposed pgtop-opener@.service 1.0
else
	skip "systemd is not installed" "the unit"
fi
if command -v systemd-sysusers >/dev/null; then
	mkdir -p "$T/root/etc"
	: >"$T/root/etc/passwd"
	: >"$T/root/etc/group"
	run systemd-sysusers --root="$T/root" "$PWD/systemd/sysusers.conf"
	like "$(<"$T/root/etc/group")" '^pgtop:' "sysusers makes the group"
	ok "tmpfiles makes the directories" systemd-tmpfiles --root="$T/root" --create \
		"$PWD/systemd/tmpfiles.conf"
	is "$(stat -c %a "$T/root/var/lib/pgtop")" 750 "... closed to others"
else
	skip "systemd is not installed" "sysusers and tmpfiles"
fi

done_testing
