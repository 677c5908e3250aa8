#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What an older release wrote or said, against what a newer one makes of it.

  compare.py values FORMAT OLD NEW      JSON, a line or a file: each number and word of OLD is in NEW
  compare.py shape FORMAT OLD NEW       ... each member of OLD is in NEW, and of the same type
  compare.py keys FILE                  the members of a file of JSON: what "has" compares
  compare.py rows FORMAT OLD NEW        pgtop doctor --json: each row, of the same kind
  compare.py has FORMAT KEYS NEW [TAG]  each of the KEYS (behind TAG) is in NEW
  compare.py talk FORMAT OLD NEW        transcripts: the same requests, and each answer by shape
  compare.py metrics FORMAT OLD NEW     texts for Prometheus: each family, of the same type
  compare.py names FORMAT OLD NEW       docs/metrics.md: each name, of the same kind
  compare.py config FORMAT OLD NEW      --print-config: each key, of the same value

NEW may have more. What was changed on purpose is a line of the file "changed" beside this one.
Prints what is missing or different, a line each; exit status 1 if there is any.
"""
import json
import os
import re
import sys

ANY = "anything"        # unavailable: what it would be is not known


class Changes:
    """FORMAT OLD NEW WHY: NEW is another name, "-" for none, "=VALUE" for another value, or
    "#FACTOR": what was text is a number, times FACTOR."""

    def __init__(self, path, form):
        self.all = {}
        for line in open(path):
            words = line.split(None, 3)
            if words and not words[0].startswith("#") and words[0] == form:
                self.all[words[1]] = words[2]

    def of(self, name):
        """The entry for a name or for what it is a part of: (old, new), or None"""
        bare = re.sub(r"\[[^]]*\]", "[]", name)
        found = [o for o in self.all if bare == o or bare.startswith((o + ".", o + "["))]
        if not found:
            return None
        old = max(found, key=len)
        return old, self.all[old]

    def renamed(self, name, old, new):
        """What is called NAME now; the indices of NAME stay, in their order"""
        bare = re.sub(r"\[[^]]*\]", "[]", name)
        indices = re.findall(r"\[[^]]*\]", name)
        parts = (new + bare[len(old):]).split("[]")
        return parts[0] + "".join(i + p for i, p in zip(indices, parts[1:]))


def wrong_in(old, new, changes, same):
    """What is missing or different, of two dicts of names"""
    wrong = []
    for name, value in old.items():
        entry, now = changes.of(name), name
        if entry:
            if entry[1].startswith("="):
                # of a shape, the kind stays
                value = value if same is alike else json.loads(entry[1][1:])
            elif entry[1].startswith("#"):
                if name == entry[0]:    # and not {"unavailable": "why"} in its place
                    value = number_of(value, int(entry[1][1:]))
                    if isinstance(value, dict):
                        now, value = f"{name}.unavailable", value["unavailable"]
            elif same(value, new.get(name, wrong)):
                wrong.append(f"{name} is as it was, but listed as changed")
                continue
            elif entry[1] == "-":
                continue
            else:
                now = changes.renamed(name, *entry)
        if now not in new:
            if not covered(now, new):
                wrong.append(f"{now} is missing")
        elif not same(value, new[now]):
            wrong.append(f"{now} was {value!r}, is {new[now]!r}")
    return wrong


def number_of(old, factor):
    """The number that OLD, text or the kind of a member, is now"""
    kinds = {"text": "number", ANY: ANY}
    if old in kinds:
        return kinds[old]
    return int(old) * factor if old.isdecimal() else {"unavailable": "it is not a number"}


def covered(name, new):
    """Whether NAME is a part of something that is unavailable"""
    return any(v == ANY and name.startswith((n + ".", n + "[")) for n, v in new.items())


def equal(a, b):
    return type(a) is type(b) and a == b


def alike(a, b):
    return a == b or ANY in (a, b)


def walk(o, name, named, ret):
    """The leaves of O, by name; rows that have names go by them, if NAMED.  A counter's cell
    without a change is its number: so version 1 of pgtop.snapshot wrote it."""
    if isinstance(o, dict):
        if o.keys() == {"value"}:
            return walk(o["value"], name, named, ret)
        if not o:
            ret[name] = {}
        for key, value in o.items():
            walk(value, f"{name}.{key}" if name else key, named, ret)
    elif isinstance(o, list):
        names = [e.get("name") for e in o if isinstance(e, dict)]
        by_name = named and len(names) == len(o) and None not in names
        if not o:
            ret[name + "[]"] = []
        for i, value in enumerate(o):
            walk(value, f"{name}[{names[i] if by_name else i}]", named, ret)
    else:
        ret[name] = o
    return ret


def measured(o):
    """A number, or why it is not known: both stand for a number"""
    return isinstance(o, dict) and ("unavailable" in o or ("value" in o and "unit" in o) or
                                    o.keys() | {"change"} == {"value", "change"})


def shape(o, name, ret):
    if measured(o):
        kind = ANY if "unavailable" in o else "number"
        if ret.get(name) != "number":
            ret[name] = kind
    elif isinstance(o, dict):
        for key, value in o.items():
            shape(value, f"{name}.{key}" if name else key, ret)
    elif isinstance(o, list):
        for value in o:
            shape(value, name + "[]", ret)
    else:
        ret[name] = {bool: "flag", str: "text", type(None): "nothing"}.get(type(o), "number")
    return ret


def documents(path):
    """A file of JSON, or of lines of it"""
    text = open(path).read()
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(line) for line in text.splitlines()]


def values(changes, old, new):
    old, new = documents(old), documents(new)
    wrong = [] if len(old) == len(new) else [f"{len(old)} lines were expected, not {len(new)}"]
    for a, b in zip(old, new):
        wrong += wrong_in(walk(a, "", True, {}), walk(b, "", True, {}), changes, equal)
    return wrong


def shape_of(path):
    ret = {}
    for o in documents(path):
        shape(o, "", ret)
    return ret


def shapes(changes, old, new):
    return wrong_in(shape_of(old), shape_of(new), changes, alike)


def keys(path):
    return [f"{n} {t}" for n, t in sorted(shape_of(path).items())]


def has(changes, old, new, tag=None):
    want = [line.split() for line in open(old)]
    want = {w[-2]: w[-1] for w in want if tag in (None, w[0])}
    return wrong_in(want, shape_of(new), changes, alike) or ([] if want else ["no keys"])


def rows_of(path):
    return {f"rows.{r['name']}": r["kind"] for r in documents(path)[0]["rows"]}


def rows(changes, old, new):
    return wrong_in(rows_of(old), rows_of(new), changes, equal)


def conversation(path):
    lines = open(path).read().splitlines()
    return [(r[2:], json.loads(a[2:])) for r, a in zip(lines[::2], lines[1::2])]


def talk(changes, old, new):
    old, new = conversation(old), conversation(new)
    wrong = [] if len(old) == len(new) else ["another number of answers"]
    for (request, a), (asked, b) in zip(old, new):
        # the ids of decisions are those of its own
        if re.sub("[0-9]+", "0", request) != re.sub("[0-9]+", "0", asked):
            wrong.append(f"{asked} was asked, not {request}")
        # a snapshot is for pgtop itself: it is read back, not looked at
        for o in a, b:
            o.pop("snapshot", None)
        found = wrong_in(shape(a, "", {}), shape(b, "", {}), changes, alike)
        if a["ok"] != b["ok"]:
            found.append(f"ok was {a['ok']}, is {b['ok']}")
        if a.get("code") != b.get("code"):
            found.append(f"code was {a.get('code')}, is {b.get('code')}")
        wrong += [f"{request}: {w}" for w in found]
    return wrong


def families(path):
    return {w[2]: w[3] for w in map(str.split, open(path)) if w[:2] == ["#", "TYPE"]}


def metrics(changes, old, new):
    return wrong_in(families(old), families(new), changes, equal)


def names_of(path):
    """| `NAME` | ... | of each section, or "NAME ..." where that was taken from it"""
    ret, section = {}, ""
    for line in open(path):
        cells = [c.strip().replace("`", "") for c in line.strip().strip("|").split("|")]
        if line.startswith("## "):
            section = line[3:].strip()
        elif line.startswith("| `"):
            kept = {"Fields": 3, "Tables": 3, "Facts": 1, "Prometheus": 3}.get(section, 0)
            ret[f"{section}.{cells[0]}"] = " ".join(cells[1:kept]).strip()
    return ret


def names(changes, old, new):
    return wrong_in(names_of(old), names_of(new), changes, equal) or \
        ([] if names_of(old) else ["no names"])


def settings(path):
    ret, section = {}, ""
    for line in map(str.strip, open(path)):
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, value = line.split("=", 1)
            ret[f"{section}.{key.strip()}"] = value.strip()
    return ret


def config(changes, old, new):
    return wrong_in(settings(old), settings(new), changes, equal)


def main(mode, *args):
    if mode == "keys":
        print("\n".join(keys(args[0])))
        return 0
    check = {"values": values, "shape": shapes, "rows": rows, "has": has, "talk": talk, "metrics": metrics,
             "names": names, "config": config}[mode]
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "changed")
    changes = Changes(os.environ.get("CHANGED", beside), args[0])
    wrong = check(changes, *args[1:])
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
