#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The text format of Prometheus, read strictly, by none of pgtop's code.

promfile.py check FILE...           says what is wrong; exit status 1 if anything is
promfile.py series FILE             number of series
promfile.py sum FILE FAMILY         sum of the samples of a family, 0 if it is not there
promfile.py beside FILE COMMAND...  reads FILE over and over while COMMAND runs

beside: COMMAND replaces FILE. Each reading must be a correct file with the series of the first
one, in which all of GENERATION have one value, never less than in the reading before. Prints
"readings N", "generations N" (different ones seen) and "torn N", each torn one with the
reason; exit status 1 if any was, or COMMAND failed.

Strict: what "Exposition formats" (0.0.4) of the Prometheus documentation demands, and that a
family has HELP and TYPE, that no sample has a time, and that histograms add up.
"""
import math
import re
import subprocess
import sys

GENERATION = ("pgtop_last_update_timestamp_seconds", "pgtop_contpte_folds_total",
              "pgtop_windows_total", "pgtop_process_resident_memory_bytes")

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
VALUE = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|Inf)|NaN")


class Wrong(Exception):
    pass


def parse_sample(line):
    """(name, labels as a sorted tuple of pairs, value)"""
    m = NAME.match(line)
    if not m:
        raise Wrong("no name of a metric")
    name, at, labels = m[0], m.end(), {}
    if line[at:at + 1] == "{":
        at += 1
        while line[at:at + 1] != "}":
            m = LABEL.match(line, at)
            if not m:
                raise Wrong("no label")
            if m[1] in labels:
                raise Wrong(f"label {m[1]} twice")
            labels[m[1]] = m[2]
            at = m.end()
            if line[at:at + 1] == ",":
                at += 1
            elif line[at:at + 1] != "}":
                raise Wrong("no end of the labels")
        at += 1
    if line[at:at + 1] != " " or not VALUE.fullmatch(line, at + 1):
        raise Wrong("not one value behind a space")
    return name, tuple(sorted(labels.items())), float(line[at + 1:])


def check_histogram(family, samples):
    series = {}
    for (name, labels), value in samples.items():
        rest = tuple(p for p in labels if p[0] != "le")
        s = series.setdefault(rest, {"buckets": {}})
        if name == family + "_bucket":
            le = dict(labels).get("le")
            if le is None:
                raise Wrong(f"{family}: a bucket without le")
            s["buckets"][float(le.replace("Inf", "inf"))] = value
        else:
            s[name[len(family):]] = value
    for s in series.values():
        counts = [n for _, n in sorted(s["buckets"].items())]
        if counts != sorted(counts):
            raise Wrong(f"{family}: a bucket is less than one below it")
        if math.inf not in s["buckets"] or "_sum" not in s or "_count" not in s:
            raise Wrong(f"{family}: +Inf, _sum or _count is missing")
        if s["buckets"][math.inf] != s["_count"]:
            raise Wrong(f"{family}: +Inf is not _count")
        # the sum lies between what the buckets allow
        low = high = below = bound = 0.0
        for le, n in sorted(s["buckets"].items()):
            if n > below:
                low, high = low + (n - below) * bound, high + (n - below) * le
            below, bound = n, le
        if not low * (1 - 1e-6) <= s["_sum"] <= high * (1 + 1e-6):
            raise Wrong(f"{family}: _sum is not what the buckets allow, {low} to {high}")


def parse(text):
    """{(name, labels): value} of a whole file; Wrong if anything is"""
    if not text:
        raise Wrong("it is empty")
    if not text.endswith("\n"):
        raise Wrong("the last line is cut short")
    samples, kinds, helped, family, own = {}, {}, set(), None, {}

    def close():
        if kinds.get(family) == "histogram":
            check_histogram(family, own)
        if family and not own:
            raise Wrong(f"{family} has no sample")

    for number, line in enumerate(text[:-1].split("\n"), 1):
        try:
            if line.startswith("# HELP "):
                name = line.split(" ", 3)[2]
                if name in helped:
                    raise Wrong("HELP twice")
                close()
                helped.add(name)
                family, own = name, {}
            elif line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                if name != family or name in kinds:
                    raise Wrong("TYPE that does not follow its HELP")
                if kind not in ("counter", "gauge", "histogram"):
                    raise Wrong(f"unknown type {kind}")
                kinds[name] = kind
            else:
                name, labels, value = parse_sample(line)
                base = name
                if kinds.get(family) == "histogram":
                    base = re.sub("_(bucket|sum|count)$", "", name)
                if base != family or family not in kinds:
                    raise Wrong("not in its family")
                if (name, labels) in samples:
                    raise Wrong("the series is there twice")
                if kinds[family] == "counter" and not value >= 0:
                    raise Wrong("a counter below 0")
                samples[name, labels] = own[name, labels] = value
        except Wrong as e:
            raise Wrong(f"line {number}: {e}: {line}") from None
        except ValueError:
            raise Wrong(f"line {number}: {line}") from None
    close()
    return samples


def read(path):
    with open(path, encoding="utf-8", errors="strict", newline="") as f:
        try:
            return parse(f.read())
        except UnicodeDecodeError:
            raise Wrong("it is not UTF-8") from None


def generation(samples, before):
    values = {samples[name, ()] for name in GENERATION}
    if len(values) != 1:
        raise Wrong(f"of several generations: {sorted(values)}")
    now = values.pop()
    if now < before:
        raise Wrong(f"generation {now:.0f} after {before:.0f}")
    return now


def beside(path, command):
    """a file that is not there yet is none of the readings"""
    writer = subprocess.Popen(command)
    readings = torn = 0
    names, seen, last = None, set(), 0
    while writer.poll() is None:
        try:
            samples = read(path)
            if names is None:
                names = samples.keys()
            elif samples.keys() != names:
                raise Wrong("it has other series than before")
            last = generation(samples, last)
            seen.add(last)
        except FileNotFoundError:
            if names is None:
                continue
            torn += 1
            print("torn: it is not there")
        except (Wrong, KeyError) as e:
            torn += 1
            if torn < 10:
                print("torn:", e)
        readings += 1
    print(f"readings {readings}\ngenerations {len(seen)}\ntorn {torn}")
    return 1 if torn or writer.returncode else 0


def check(paths):
    status = 0
    for path in paths:
        try:
            read(path)
        except (Wrong, OSError) as e:
            print(f"{path}: {e}")
            status = 1
    return status


def family_sum(path, family):
    return sum(v for (name, _), v in read(path).items() if name == family)


def main():
    command, args = sys.argv[1], sys.argv[2:]
    if command == "check" and args:
        return check(args)
    if command == "series":
        print(len(read(args[0])))
    elif command == "sum":
        print(f"{family_sum(*args):.0f}")
    elif command == "beside":
        return beside(args[0], args[1:])
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


sys.exit(main())
