#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# From the kernel to a recording rule: pgtopd with real BPF, node_exporter, Prometheus, all on
# loopback, and a load whose flushes are known to the number.
# alone: it sets bpf_stats_enabled and compares counts of the whole machine
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/pgtopd.sh
. "$(dirname "$0")/../pgtopd.sh"

: "${PGTOP:?}" "${TOOLS:?}"
[ "$(id -u)" = 0 ] || skip_all "not root"
[ "$(uname -m)" = x86_64 ] || skip_all "not x86_64: the load is worked out for tlb:tlb_flush"
for program in promtool prometheus prometheus-node-exporter; do
	command -v $program >/dev/null ||
		skip_all "$program is missing (Debian: prometheus, prometheus-node-exporter)"
done
top=$(cd "$(dirname "$0")/../.." && pwd)
promfile=$top/tests/promfile.py
mkdir "$T/prom"
file=$T/prom/pgtop.prom

# value FILE SERIES: of a series as it is written there
value()
{
	awk -v series="$2" 'index($0, series " ") == 1 { print $NF }' "$1"
}

# --- the file

configure "[export]" "enabled = yes" "textfile = $file"
ok "pgtopd starts" start
ok "the file appears" wait_for 10 test -s "$file"
is "$(stat -c %a "$file")" 644 "others may read it"
ok "promtool check metrics" eval "promtool check metrics <'$file'"
ok "a strict reader finds nothing wrong" "$promfile" check "$file"
is "$(grep -c 'contpte' "$file")" \
	"$(grep -c '^pgtop_probe_attached{probe="contpte[^}]*} 0$' "$file")" \
	"of contpte, which x86_64 has not, only that it has not"
fresh()
{
	[ "$(stat -c %i "$file")" != "$1" ]
}
ok "it is replaced after each window" wait_for 10 fresh "$(stat -c %i "$file")"
is "$(value "$file" 'pgtop_linear_map_page_bytes')" \
	"$("$PGTOP" --json --own -i 0 >"$T/json" &&
		json "$T/json" .fields.linear_map.page_bytes.value)" \
	"what single pages map is what pgtop --json says"
is "$(awk '/^pgtop_linear_map_bytes/ { n += $NF } END { printf "%.0f", n }' "$file")" \
	"$(json "$T/json" .fields.linear_map.mapped_bytes.value)" \
	"leaves by size add up to the linear map"
cp "$file" "$T/copy"
is "$(value "$T/copy" pgtop_build_info"$(sed -n 's/^pgtop_build_info\({[^}]*}\).*/\1/p' "$T/copy")")" 1 \
	"the build is told"
ok "... as pgtop --version does" grep -qF \
	"version=\"$("$PGTOP" --version | sed -n '1s/.* //p')\"" "$T/copy"
for thp in /sys/kernel/mm/transparent_hugepage/hugepages-*kB; do
	[ -e "$thp/enabled" ] || continue
	size=$((${thp//[!0-9]/} * 1024))
	word=$(sed 's/.*\[\(.*\)\].*/\1/' "$thp/enabled")
	is "$(sed -n "s/^pgtop_mthp_policy{size=\"$size\",value=\"\(.*\)\"} 1$/\1/p" "$T/copy")" \
		"$word" "policy of pages of $size bytes"
done
# cgroups may come and go between the two
same_series()
{
	"$PGTOP" prom --socket "$socket" | sed -n 's/^\(pgtop_.*\) .*/\1/p' >"$T/asked"
	sed -n 's/^\(pgtop_.*\) .*/\1/p' "$file" | cmp - "$T/asked"
}
ok "pgtop prom has the same series" wait_for 20 same_series
"$PGTOP" prom --own >"$T/own"
ok "pgtop prom without pgtopd: promtool check metrics" eval "promtool check metrics <'$T/own'"

# --- values: between what the kernel says before and after, give or take its ticks

between()
{
	awk -v a="$1" -v n="$2" -v b="$3" 'BEGIN { exit !(n != "" && a <= n && n <= b) }'
}
# outside SERIES CMD: the series in a file written between two runs of CMD is between them
outside()
{
	local old new
	old=$(eval "$2")
	wait_for 20 fresh "$(stat -c %i "$file")"
	wait_for 20 fresh "$(stat -c %i "$file")"
	cp "$file" "$T/copy"
	new=$(eval "$2")
	ok "$1 is what the kernel says" between \
		"$(awk "BEGIN { printf \"%.6f\", $old - 0.03 }")" "$(value "$T/copy" "$1")" \
		"$(awk "BEGIN { printf \"%.6f\", $new + 0.03 }")"
}
# shellcheck disable=SC2016 # outside() expands
outside pgtop_process_cpu_seconds_total \
	'awk -v hz="$(getconf CLK_TCK)" "{ print (\$14 + \$15) / hz }" "/proc/$pid/stat"'
outside pgtop_last_update_timestamp_seconds 'date +%s.%N'
outside 'pgtop_memory_pressure_stalled_seconds_total{kind="some"}' \
	"sed -n 's/^some.*total=//p' /proc/pressure/memory | awk '{ printf \"%.6f\", \$1 / 1e6 }'"
outside pgtop_compaction_stalls_total "sed -n 's/^compact_stall //p' /proc/vmstat"
resident=$(awk '/^VmRSS:/ { print $2 * 1024 }' "/proc/$pid/status")
ok "resident memory is about what the kernel says" between $((resident * 3 / 4)) \
	"$(value "$file" pgtop_process_resident_memory_bytes)" $((resident * 5 / 4))

# --- what our programs cost: nothing is said until the kernel counts

# of the file of now
runs()
{
	value "$file" 'pgtop_bpf_runs_total{program="tlb_flush_btf"}'
}
# of all loaded programs of that name
kernel_runs()
{
	bpftool -j prog show name tlb_flush_btf | jq '[if type == "array" then .[] else . end | .run_cnt // 0] | add'
}
if [ "$(sysctl -n kernel.bpf_stats_enabled)" = 0 ]; then
	is "$(grep -c '^pgtop_bpf' "$file")" 0 "while the kernel does not count there is none"
else
	diag "kernel.bpf_stats_enabled is on: not tried without"
fi
set_knob /proc/sys/kernel/bpf_stats_enabled 1
counting()
{
	[ "$(runs)" -gt "${1:-0}" ]
}
ok "... with it programs have runs" wait_for 20 counting
first=$(runs)
n=20011
echo | "$TOOLS/flush" local $n >/dev/null
ok "$n flushes are as many runs" wait_for 20 counting $((first + n - 1))
wait_for 20 fresh "$(stat -c %i "$file")"
cmp_ok "$(runs)" -le "$(kernel_runs)" "... and no more than the kernel counts"
ok "... of some time each" between 1e-8 "$(awk -v n="$(runs)" -v s="$(value "$file" \
	'pgtop_bpf_run_time_seconds_total{program="tlb_flush_btf"}')" 'BEGIN { print s / n }')" 1e-3
set_knob /proc/sys/kernel/bpf_stats_enabled 0

# --- through node_exporter and Prometheus

free_port()
{
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

node=127.0.0.1:$(free_port) prometheus=127.0.0.1:$(free_port)
cat >"$T/prometheus.yml" <<END
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [$top/dashboards/rules.yml]
scrape_configs:
  - job_name: node
    static_configs: [{targets: ["$node"]}]
END
prometheus-node-exporter --collector.disable-defaults --collector.textfile \
	--collector.textfile.directory="$T/prom" --web.listen-address="$node" 2>"$T/node.log" &
at_exit end $!
prometheus --config.file="$T/prometheus.yml" --storage.tsdb.path="$T/tsdb" \
	--web.listen-address="$prometheus" 2>"$T/prometheus.log" &
at_exit end $!

# query EXPRESSION: the first value, nothing if there is none
query()
{
	promtool query instant -o json "http://$prometheus" "$1" 2>/dev/null | jq -r '.[0].value[1] // empty'
}
at_least()
{
	[ -n "$(query "$1 >= $2")" ]
}

ok "Prometheus has scraped it" wait_for 60 at_least pgtop_build_info 1
is "$(query 'node_textfile_scrape_error')" 0 "node_exporter finds nothing wrong"

flushes='pgtop_tlb_flushes_total{scope="local mm shootdown"}'
ok "a rate needs two samples" wait_for 30 at_least "count_over_time(${flushes}[5m])" 3
before=$(query "$flushes")
n=50021 # a prime, far above what else goes on
mkfifo "$T/go"
"$TOOLS/flush" local $n <"$T/go" >"$T/flush.out" &
exec 5>"$T/go"
wait_for 10 grep -q ready "$T/flush.out"
echo >&5
ok "the load runs" wait_for 60 grep -q 'done' "$T/flush.out"
exec 5>&-
ok "what it caused arrives" wait_for 30 at_least "$flushes" $((before + n))
diag "$((before)) before, $(query "$flushes") after"

# rate() over 5 minutes: the change between the first and the last sample, stretched at either
# end by half of the distance between samples at most, by 300 s (Prometheus,
# promql/functions.go, extrapolatedRate). Of these samples the sums of all scopes that are
# flushes, and the same from the rule, at one time:
cat >"$T/rate.py" <<'END'
import json, sys, urllib.parse, urllib.request

def query(expression, time=None):
    args = {"query": expression} | ({"time": time} if time else {})
    url = sys.argv[1] + "?" + urllib.parse.urlencode(args)
    return json.load(urllib.request.urlopen(url, timeout=10))["data"]["result"]

rule = query("instance:pgtop_tlb_flushes:rate5m")[0]["value"]
time = query("timestamp(instance:pgtop_tlb_flushes:rate5m)", rule[0])[0]["value"][1]
low = high = 0
skip = ("task switch", "remote send IPI", "remote wrong CPU", "wait for a batch")
for series in query("pgtop_tlb_flushes_total[5m]", time):
    if series["metric"]["scope"] in skip:
        continue
    values = [(float(t), float(n)) for t, n in series["values"]]
    change = values[-1][1] - values[0][1]
    span = values[-1][0] - values[0][0]
    apart = span / (len(values) - 1)
    low += change / 300
    high += change / 300 * (span + 2 * 1.1 * apart) / span
print(float(rule[1]), low, high)
END
# the rule of now, and whether it was evaluated after the load arrived
holds_load()
{
	read -r rate low high < <(python3 "$T/rate.py" "http://$prometheus/api/v1/query")
	between "$n" "$(awk "BEGIN { print $rate * 300 }")" 1e18
}
ok "the rule's rate holds the load" wait_for 20 holds_load
diag "rule: $rate a second; from the samples: $low to $high"
ok "... and is that of the samples" between "$(awk "BEGIN { print $low * 0.999 }")" "$rate" \
	"$(awk "BEGIN { print $high * 1.001 }")"

# --- failures: told once, counted, nothing lost

failures()
{
	grep -c 'cannot be written' "$log"
}
errors()
{
	"$PGTOP" prom --socket "$socket" >"$T/now" 2>/dev/null &&
		value "$T/now" 'pgtop_update_errors_total{stage="textfile"}'
}
# fails_thrice BEFORE: three more than those
fails_thrice()
{
	[ "$(errors)" -ge $(($1 + 3)) ]
}

mv "$T/prom" "$T/away"
ok "a directory that vanishes: counted" wait_for 15 fails_thrice 0
is "$(failures)" 1 "... told once"
ok "... in a sentence with a remedy" logged 'directory does not exist; make it and restart pgtopd, or set textfile'
mv "$T/away" "$T/prom"
ok "... and once when it is back" wait_for 15 logged 'can be written again'

mount -t tmpfs -o size=64k tmpfs "$T/prom"
at_exit umount "$T/prom"
ok "a file system of its own" wait_for 15 test -s "$file"
cp "$file" "$T/old"
before=$(errors)
head -c 65536 /dev/zero >"$T/prom/full" 2>/dev/null
ok "a full disk: counted" wait_for 15 fails_thrice "$before"
is "$(failures)" 2 "... told once"
is "$(find "$T/prom" -name 'pgtop.prom?*' | wc -l)" 0 "... no part of a file stays"
ok "... the old file is whole" eval "promtool check metrics <'$file'"
rm "$T/prom/full"
stamp=$(value "$file" pgtop_last_update_timestamp_seconds)
newer()
{
	[ "$(value "$file" pgtop_last_update_timestamp_seconds)" != "$stamp" ]
}
ok "... and goes on when there is room" wait_for 15 newer

before=$(errors)
mount -o remount,ro "$T/prom"
stamp=$(value "$file" pgtop_last_update_timestamp_seconds)
ok "a read-only directory: counted" wait_for 15 fails_thrice "$before"
is "$(failures)" 3 "... told once"
is "$(value "$file" pgtop_last_update_timestamp_seconds)" "$stamp" "... the old file is as it was"
mount -o remount,rw "$T/prom"
ok "... and goes on" wait_for 15 newer

# pgtopd writes as the owner of files: it has given up overriding who may
before=$(errors)
chown 65534 "$T/prom"
chmod 755 "$T/prom"
ok "a directory of somebody else: counted" wait_for 15 fails_thrice "$before"
is "$(failures)" 4 "... told once"
ok "... with the reason, and whose it is" logged 'cannot be written: Permission denied \(.* belongs to user 65534 and .*; its old content stays'
ok "... the old file is whole" "$promfile" check "$file"
chown 0 "$T/prom"
stamp=$(value "$file" pgtop_last_update_timestamp_seconds)
ok "... and goes on" wait_for 15 newer
is "$(grep -c 'can be written again' "$log")" 4 "each end of a failure was told once"

# --- its end

stop KILL
ok "after a crash the file stays" test -s "$file"
ok "pgtopd starts again" start
stamp=$(value "$file" pgtop_last_update_timestamp_seconds)
ok "... and replaces it" wait_for 15 newer
stop
is "$status" 0 "pgtopd stops"
ok "a clean stop removes it" test ! -e "$file"

configure "[export]" "enabled = yes" "period = 1h" "textfile = $file"
ok "with a period of an hour" start
windows()
{
	"$PGTOP" prom --socket "$socket" >"$T/now" 2>/dev/null &&
		[ "$(value "$T/now" pgtop_windows_total)" -ge "$1" ]
}
whole()
{
	[ "$(value "$file" pgtop_windows_total)" = 1 ]
}
ok "... the first window completes the file" wait_for 15 whole
ok "... windows end" wait_for 30 windows 4
is "$(value "$file" pgtop_windows_total)" 1 "... and the file stays as it is"
configure
kill -HUP "$pid"
gone()
{
	[ ! -e "$file" ]
}
ok "an export that is turned off leaves no file" wait_for 30 gone
stop TERM
is "$status" 0 "pgtopd stops"
done_testing
