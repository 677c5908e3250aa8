#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Whoever reads the metrics file while pgtopd replaces it sees a whole one.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

: "${PROGS:?}"
promfile=$(cd "$(dirname "$0")/.." && pwd)/promfile.py
n=10000
[ -z "${SAN-}" ] || n=2000

# Not on a disk: what is torn or not is decided above it, and it would take minutes to sync.
dir=$(mktemp -d /dev/shm/test.XXXXXX)
at_exit rm -rf "$dir"
file=$dir/pgtop.prom

# key NAME: a number the reader printed
key()
{
	sed -n "s/^$1 //p" "$T/out"
}

ok "a reader beside $n replacements finds nothing wrong" \
	eval "'$promfile' beside '$file' '$PROGS/export_write' 10 $n '$file' >'$T/out'"
is "$(key torn)" 0 "no file was torn, empty or missing"
cmp_ok "$(key readings)" -gt $((n / 100)) "it was read often"
cmp_ok "$(key generations)" -gt $((n / 100)) "... and while it changed"
is "$(sed -n 's/^pgtop_windows_total //p' "$file")" $n "the last one is there"
cmp_ok "$("$promfile" series "$file")" -gt 200 "... with all its series"
is "$(find "$dir" -type f | wc -l)" 1 "... and nothing beside it"
diag "$(tr '\n' ' ' <"$T/out")"

# The same texts written in place: what the reader is there to find.
cat >"$T/inplace.py" <<'END'
import sys, time
text = open(sys.argv[1]).read()
end = time.monotonic() + 2
while time.monotonic() < end:
    with open(sys.argv[2], "w") as f:
        f.write(text[:len(text) // 2])
        f.flush()
        f.write(text[len(text) // 2:])
END
cp "$file" "$T/text"
"$promfile" beside "$file" python3 "$T/inplace.py" "$T/text" "$file" >"$T/out"
is $? 1 "a file written in place is found torn"
cmp_ok "$(key torn)" -gt 0 "... and said to be"
done_testing
