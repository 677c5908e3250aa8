#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""play.py SOCKET TRANSCRIPT ASKED - a pgtopd that says what the one of the transcript said

Equal requests get the answers they got, one after the other, and then again from the first.
One that is not in the transcript gets the first answer that its command got, or that an unknown
command got. What was asked is appended to the file ASKED.
"""
import itertools
import json
import socket
import sys

path, transcript, asked = sys.argv[1:4]
answers, commands, unknown = {}, {}, None
with open(transcript) as f:
    for request, answer in itertools.zip_longest(f, f):
        request, answer = request[2:].strip(), answer[2:].strip()
        try:
            key = json.dumps(json.loads(request), sort_keys=True)
        except ValueError:
            key = request
        answers.setdefault(key, []).append(answer)
        if '"ok":true' in answer:
            commands.setdefault(json.loads(request)["cmd"], answer)
        elif '"cmd":"nosuch"' in request:
            unknown = answer
answers = {key: itertools.cycle(a) for key, a in answers.items()}


def answer(request):
    key = json.dumps(request, sort_keys=True)
    return next(answers[key]) if key in answers else commands.get(request["cmd"], unknown)


s = socket.socket(socket.AF_UNIX)
s.bind(path)
s.listen(8)
while True:
    c, _ = s.accept()
    with c, c.makefile("rw") as f:
        for line in f:
            with open(asked, "a") as log:
                log.write(line)
            f.write(answer(json.loads(line)) + "\n")
            f.flush()
