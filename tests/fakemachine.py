#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""fakemachine.py ROOT SIZE_KB - a machine made of files, whose memory follows its THP policy

Keeps ROOT/proc and ROOT/sys as the kernel would while a program faults memory in.  What the
program does is read from ROOT/load: "dense" touches all it gets, "sparse" one page of each
folio, "none" gains nothing from folios.  While ROOT/stalled exists, all tasks wait for memory half
of the time.  A policy that was written appears with its brackets.
"""
import os
import sys
import time

root, size_kb = sys.argv[1], int(sys.argv[2])
thp = root + "/sys/kernel/mm/transparent_hugepage"
size_dir = f"{thp}/hugepages-{size_kb}kB"
words = ["always", "inherit", "madvise", "never"]
FAULTS, FOLIOS = 20000, 40      # a second
GIB_KB = 1 << 20


def put(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "w") as f:
        f.write(text)
    os.rename(path + ".new", path)


def get(path):
    with open(path) as f:
        return f.read()


def show(path, word):
    put(path, " ".join(f"[{w}]" if w == word else w for w in words) + "\n")


def policy():
    text = get(size_dir + "/enabled").strip()
    if "[" in text:
        return text[text.index("[") + 1 : text.index("]")]
    if text not in words:       # a write under way
        return None
    show(size_dir + "/enabled", text)
    return text


faults = folios = busy = stalled = 0.0
anon = GIB_KB


def show_counts():
    put(root + "/proc/vmstat", f"pgfault {int(faults)}\npgmajfault 0\npswpin 0\npswpout 0\n"
        "compact_stall 0\ncompact_fail 0\ndirect_map_level2_collapses 0\n")
    # the same share of both whatever the moment is: a trial compares them
    tenths = int(busy * 10)
    put(root + "/proc/stat", f"cpu {tenths * 8} 0 {tenths * 2} 9999 0 0 0 0 0 0\n")
    put(root + "/proc/meminfo", f"MemTotal: {16 * GIB_KB} kB\nMemAvailable: {12 * GIB_KB} kB\n"
        f"AnonPages: {int(anon)} kB\nAnonHugePages: 0 kB\nPageTables: 1000 kB\n")
    put(root + "/proc/pressure/memory",
        "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
        f"full avg10=0.00 avg60=0.00 avg300=0.00 total={int(stalled * 1e6)}\n")
    put(size_dir + "/stats/anon_fault_alloc", f"{int(folios)}\n")


for name in ("anon_fault_fallback", "anon_fault_fallback_charge", "split", "swpout"):
    put(f"{size_dir}/stats/{name}", "0\n")
put(root + "/proc/sys/kernel/random/boot_id", "00000000-1111-2222-3333-444444444444\n")
put(root + "/proc/sys/vm/min_free_kbytes", "67584\n")
put(thp + "/enabled", "always [madvise] never\n")
show(size_dir + "/enabled", "never")
show_counts()
try:
    os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
except PermissionError:
    pass
print("ready", flush=True)
last = time.monotonic()
while True:
    time.sleep(0.02)
    now = time.monotonic()
    dt, last = now - last, now
    load, always = get(root + "/load").strip(), policy() == "always"
    faults += dt * (FAULTS / 100 if always and load == "dense" else FAULTS)
    busy += dt * 0.8
    if os.path.exists(root + "/stalled"):
        stalled += dt / 2
    if always:
        folios += dt * FOLIOS
        if load == "sparse":
            anon += dt * FOLIOS * size_kb
    else:
        anon = GIB_KB
    show_counts()
