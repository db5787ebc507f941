"""What does a row of the journal cost the session, and how long until it is durable?

    python -m benchmarks.journal [--rows 2000] [--repeats 3] [--short]

Each row follows 125 records of the tape, as at 50,000 records and 400 rows a second. Measured are `put` on the
session's thread, and the time from handing the row over until it is told to be durable. In turn with each row the same
bytes are written and synced to a bare file, and a bare row of the same size is committed by SQLite: what the disk takes
just then.
The session's thread works in turns of Python between the rows, as long as given in each half millisecond. Afterwards
1,000 rows are put in a row, as in a busy moment.
"""

import os
import sqlite3
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from benchmarks.harness import heading, in_fresh_process, options

RECORDS = 125
PAUSE_S = 1 / 400
TURN_S = 0.0005
CONTENT = {"order": "S1-000001", "side": "buy", "quantity": 100, "price": 101.25, "type": "limit", "limit": 101.25}
BURST = 1000
WARM = 50
"""Rows that are not counted."""
WORK = {"at rest": 0.0, "busy a quarter of its time": 0.25, "busy nine tenths of it": 0.9}
GOAL_MS = 1.0


def records() -> Any:
    """Return TAPE[RECORDS] of the market."""
    from lockstep.data.recordings.tape_layout import TAPE, Input

    made = np.zeros(RECORDS, TAPE)
    made["input"], made["received_ns"], made["tick"] = Input.MARKET, np.arange(RECORDS), 10_000
    return made


class Bare:
    """A file and a table, written and synced without anything else."""

    def __init__(self, folder: Path) -> None:
        self._tape = os.open(folder / "tape", os.O_RDWR | os.O_CREAT)
        self._base = sqlite3.connect(folder / "bare.db", isolation_level=None)
        for setting in ("journal_mode=WAL", "synchronous=FULL"):
            self._base.execute(f"PRAGMA {setting}").fetchone()
        self._base.execute(
            "CREATE TABLE row (seq INTEGER PRIMARY KEY, time_ns INTEGER, kind TEXT, body BLOB, hash BLOB)"
        )

    def write(self, content: bytes, body: bytes) -> None:
        """Make both durable."""
        os.write(self._tape, content)
        os.fdatasync(self._tape)
        self._base.execute("INSERT INTO row VALUES (NULL, ?, ?, ?, ?)", (0, "order", body, bytes(32)))


def work(until: float, share: float) -> None:
    """Let time pass in turns, ``share`` of each in Python's own loop and the rest waiting."""
    while (now := time.perf_counter()) < until:
        end = now + share * TURN_S
        while time.perf_counter() < end:
            pass
        time.sleep(max(0.0, min(until, now + TURN_S) - time.perf_counter()))


def job(rows: int, share: float, folder: str) -> dict[str, Any]:
    """Return the microseconds of put, and the milliseconds until durable, ours and bare, by quantile."""
    from lockstep._undisturbed import SWITCH_SECONDS
    from lockstep.live.storage.storage import Storage

    sys.setswitchinterval(SWITCH_SECONDS)
    durable_at, told_event = 0.0, threading.Event()

    def told(_: int) -> None:
        nonlocal durable_at
        durable_at = time.perf_counter()
        told_event.set()

    put_us, ours_ms, bare_ms = [], [], []
    with tempfile.TemporaryDirectory(dir=folder) as place:
        storage, bare = Storage(Path(place) / "session", told=told), Bare(Path(place))
        market = records()
        content, body = market.tobytes(), bytes(130)

        def ours() -> None:
            storage.tape.extend(market)
            told_event.clear()
            before = time.perf_counter()
            storage.journal.put("order", CONTENT, time_ns=0, strategy="S1", symbol="AAPL")
            after = time.perf_counter()
            storage.journal.hand_over()
            while not told_event.is_set():
                work(time.perf_counter() + TURN_S, share)
            put_us.append((after - before) * 1e6)
            ours_ms.append((durable_at - after) * 1e3)

        def theirs() -> None:
            before = time.perf_counter()
            bare.write(content, body)
            bare_ms.append((time.perf_counter() - before) * 1e3)

        for number in range(rows + WARM):
            for act in (ours, theirs) if number % 2 else (theirs, ours):  # the disk is not the same behind a write
                act()
                work(time.perf_counter() + PAUSE_S / 2, share)
        before = time.perf_counter()
        for number in range(BURST):
            storage.journal.put("order", CONTENT, time_ns=number, strategy="S1", symbol="AAPL")
        burst_us = (time.perf_counter() - before) * 1e6 / BURST
        storage.close()
    return {"burst_us": burst_us, "put_us": _spread(put_us), "ours_ms": _spread(ours_ms), "bare_ms": _spread(bare_ms)}


def _spread(values: list[float]) -> list[float]:
    return [float(np.quantile(values[WARM:], share)) for share in (0.5, 0.99)]


def main() -> None:
    """Measure, each share in processes of its own, and print medians over them."""
    chosen = options(__doc__, repeats=3, rows=2000)
    heading(__doc__)
    rows, repeats = (400, 1) if chosen.short else (chosen.rows, chosen.repeats)
    for name, share in WORK.items():
        with tempfile.TemporaryDirectory() as folder:
            runs = [
                in_fresh_process("benchmarks.journal:job", rows=rows, share=share, folder=folder).values
                for _ in range(repeats)
            ]
        (put, put_99), (ours, ours_99), (bare, bare_99) = (
            [median(run[key][place] for run in runs) for place in (0, 1)] for key in ("put_us", "ours_ms", "bare_ms")
        )
        above = median(run["ours_ms"][1] - run["bare_ms"][1] for run in runs)
        burst = median(run["burst_us"] for run in runs)
        print(f"session's thread {name}: put p50 {put:.1f} us, p99 {put_99:.1f} us; in a row {burst:.1f} us each")
        print(f"  durable p50 {ours:.2f} ms, p99 {ours_99:.2f} ms; bare p50 {bare:.2f} ms, p99 {bare_99:.2f} ms")
        print(f"  p99 above bare: {above:.2f} ms (goal: {GOAL_MS:g})")


if __name__ == "__main__":
    main()
