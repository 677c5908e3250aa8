/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control.h - what pgtop and pgtopd say to each other
 *
 * A stream socket.  A request is one line of JSON, an answer is one line of JSON; a
 * connection may carry several, one after the other.
 *
 *   request  {"v": 1, "cmd": "status"}
 *            {"v": 1, "cmd": "log", "n": 20}             n: the newest so many
 *            {"v": 1, "cmd": "why", "id": 17}
 *            {"v": 1, "cmd": "hold" | "release", "lever": "mthp.64K"}
 *            {"v": 1, "cmd": "snapshot"}                 a cumulative snapshot of now
 *            {"v": 1, "cmd": "snapshot", "walk": false}  the same without walks of page tables
 *            {"v": 1, "cmd": "metrics"}                  those of the last window
 *            {"v": 1, "cmd": "history"}                  which segments there are
 *            {"v": 1, "cmd": "history", "segment": NAME, "offset": n}   a piece of one
 *   answer   {"v": 1, "ok": true, MEMBER: ...}
 *            {"v": 1, "ok": false, "error": "one sentence", "code": CODE}
 *            CODE: "usage" (what was asked is wrong), "denied", "unknown" (no such decision or
 *            lever), "busy" (too many connections), "failed" (pgtopd could not do it)
 *
 * What an answer carries; times are seconds since 1970, sizes bytes; a number that is not
 * known is {"unavailable": "why"}:
 *
 *   status   "status": {"version", "pid", "mode", "since", "window_seconds", "exit",
 *              "tuning": "off" | "on" | "paused", "tuning_why" (absent if on),
 *              "windows", "overruns", "discarded", "failed",       counts since the start
 *              "work_seconds",                                     CPU time of the last window
 *              "self": {"cpu_seconds", "resident_bytes", "bpf_run_seconds"},
 *              "journal": {"knobs": n, "error": "..." (absent if none)},
 *              "levers": [{"name", "state", "explain", "why", "value", "original", "windows",
 *                "of", "until", "decision", "changed"}]            absent: not applicable
 *              "objectives": {NAME: n, ...}, "guards": {NAME: n, ...}   of the last window
 *              "unguarded": {GUARD: {"unavailable": "why"}, ...}   guards without a reading
 *              "lacks": [rows of "pgtop.doctor" that are not ok]}
 *   log      "decisions": [as decision_to_json(), oldest first]
 *   why      "decision": {...}, "trial": [all decisions of its trial, oldest first]
 *   hold, release
 *            "decisions": [those that followed], "durable": false if the next start will not
 *              know of it, then with "why"; lever "all": each
 *   snapshot "snapshot": {as written to record files}, "probe": [rows of "pgtop.doctor"]
 *   metrics  "metrics": "the text pgtopd writes for Prometheus"
 *   history  "segments": [{"name", "bytes"}]             in no order; see history/segment.h
 *            "data": "the bytes from offset on in base64 (RFC 4648), at most HISTORY_PIECE;
 * none at the end"
 *
 * Who may connect is decided by the socket's mode (root and group pgtop read), what may be
 * changed by the peer's credentials (hold and release: root).  A line longer than
 * CONTROL_LINE, or that is no JSON object, is answered once and the connection closed; so is
 * one that sends nothing, or takes nothing, for CONTROL_TIMEOUT_S.  A version this side does
 * not speak is answered with the one it speaks.
 */
#ifndef PGTOP_CONTROL_H
#define PGTOP_CONTROL_H

#define CONTROL_VERSION	    1
#define CONTROL_SOCKET	    "/run/pgtop/control"
#define CONTROL_LINE	    4096u	/* longest request, with its newline */
#define CONTROL_ANSWER	    (16u << 20) /* longest answer: SNAPSHOT_LINE_MAX fits in it */
#define CONTROL_CONNECTIONS 32		/* more are answered "busy" */
#define CONTROL_ROOT	    8		/* of them only for root */
#define CONTROL_USER	    8		/* and so many for any other user */
#define CONTROL_TIMEOUT_S   5

#endif
