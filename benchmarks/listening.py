"""A paper session that listens to benchmarks/gateway.py, and how long each message takes to become intents.

A message's time begins when the event loop has its bytes from the socket and ends when what came of it has been put for
the journal. What a listener keeps of that has one size, however long it listens.
"""

import asyncio
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.gateway import HOST, SYMBOL
from benchmarks.harness import ROOT

_MARK = '"ts_event":'
FINEST_US, STEPS, DECADES = 0.1, 50, 8
"""A spread's steps: 50 to a factor of ten, so 4.7 % each."""
WARM_EVENTS = 20_000
QUANTILES = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999}


class Spread:
    """Durations, counted in steps of 4.7 %; the largest is exact."""

    def __init__(self) -> None:
        self._counts = [0] * (STEPS * DECADES)
        self.count, self.most_us = 0, 0.0

    def add(self, nanoseconds: int) -> None:
        """Take one."""
        us = nanoseconds / 1e3
        step = int(np.log10(us / FINEST_US) * STEPS) if us > FINEST_US else 0
        self._counts[min(step, STEPS * DECADES - 1)] += 1
        self.count += 1
        self.most_us = max(self.most_us, us)

    def told(self) -> dict[str, float]:
        """Return microseconds by quantile, each the upper end of its step."""
        sums = np.cumsum(self._counts)
        found = {
            name: FINEST_US * 10 ** ((int(np.searchsorted(sums, share * self.count)) + 1) / STEPS)
            for name, share in QUANTILES.items()
        }
        return {**found, "most": self.most_us} if self.count else {}


class Times:
    """Of the messages since ``begin``: how late they were sent, and what followed."""

    def __init__(self) -> None:
        self._pending: dict[int, tuple[int, int]] = {}
        self.begin()

    def begin(self) -> None:
        """Start anew."""
        self.late, self.sent, self.read, self.asked = Spread(), Spread(), Spread(), Spread()
        self.rows: Counter[str] = Counter()

    def came(self, text: str | bytes, read_ns: int) -> None:
        """Take that a message was read from the socket, at a moment of ``perf_counter_ns``."""
        if isinstance(text, str) and (at := text.find(_MARK)) >= 0:
            at += len(_MARK)
            end = text.index(",", at)
            sent = end + len(',"ts_send":')
            self._pending[int(text[at:end])] = read_ns, int(text[sent : text.index(",", sent)])

    def done(self, due_ns: int, put: bool) -> None:
        """Take that the session is through with a message; ``put`` says whether anything came of it."""
        read_ns, sent_ns = self._pending.pop(due_ns, (0, 0))
        if not read_ns:
            return
        took = time.perf_counter_ns() - read_ns
        self.late.add(sent_ns - due_ns)
        self.read.add(took)
        if put:
            self.asked.add(took)
            self.sent.add(time.time_ns() - sent_ns)

    def told(self) -> dict[str, Any]:
        """Return all spreads, and the rows of the journal by kind."""
        spreads = {name: getattr(self, name).told() for name in ("late", "sent", "read", "asked")}
        return {**spreads, "events": self.read.count, "rows": dict(self.rows)}


class Gateway:
    """A gateway's process, while this is entered."""

    def __init__(self, rate: float) -> None:
        self._command = [sys.executable, "-m", "benchmarks.gateway", "--rate", str(rate)]

    def __enter__(self) -> str:
        """Return its address."""
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        return f"ws://{HOST}:{int(self._process.stdout.readline())}/"

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._process.communicate()


def warm(folder: Path, strategy: str) -> None:
    """Run a short session, so that all is compiled before a gateway is listened to."""
    from lockstep.live.sources.synthetic import Synthetic

    asyncio.run(_host(folder, Synthetic(speed=float("inf"), events=WARM_EVENTS), strategy).run())


def session(folder: Path, address: str, strategy: str, times: Times) -> Any:
    """Return a host whose session trades what a gateway tells, and tells ``times`` of each message."""
    from lockstep.data.ticks.flow import SYNTHETIC
    from lockstep.live.sources.websocket import WebSocketFeed

    host = _host(folder, WebSocketFeed({SYMBOL: SYNTHETIC}, address, open=_opening(times)), strategy)
    core, take = host.core, host.core.take
    journal = core.journal
    put = journal.put

    def counting(kind: str, *content: Any, **named: Any) -> int:
        times.rows[kind] += 1
        return int(put(kind, *content, **named))

    def taking(record: Any, now_ns: int) -> None:
        due, before = int(record["time_ns"][0]), journal.given
        take(record, now_ns)
        times.done(due, journal.given != before)

    core.take, journal.put = taking, counting
    return host


def _host(folder: Path, source: Any, strategy: str) -> Any:
    from lockstep.data.recordings.terms import LaneTerms
    from lockstep.data.ticks.execution import Latency, TickExecution
    from lockstep.data.ticks.flow import SYNTHETIC
    from lockstep.live.session.host import Host
    from lockstep.live.session.new_terms import session_terms

    execution = TickExecution(Latency(submit=1_000_000, report=1_000_000))
    lane = LaneTerms("one", strategy, {}, SYNTHETIC.to_dict(), execution.to_dict(), 1e9)
    return Host(folder, session_terms("paper", source, (lane,), now_ns=time.time_ns(), id="one"), source)


def _opening(times: Times) -> Callable[[str], Any]:
    """Return how to connect, with the moment at which each message's bytes were there."""
    from websockets.asyncio.client import ClientConnection, connect
    from websockets.frames import Frame, Opcode

    class Noting(ClientConnection):
        """Knows when the bytes of its messages came."""

        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self.read_ns, self.stamps = 0, deque[int]()

        def data_received(self, data: bytes) -> None:
            self.read_ns = time.perf_counter_ns()
            super().data_received(data)

        def process_event(self, event: Any) -> None:
            if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self.stamps.append(self.read_ns)
            super().process_event(event)

        async def recv(self, *given: Any, **named: Any) -> Any:
            text = await super().recv(*given, **named)
            times.came(text, self.stamps.popleft())
            return text

    async def opened(url: str) -> Any:
        return await connect(
            url, compression=None, ping_interval=None, max_size=1 << 20, proxy=None, create_connection=Noting
        )

    return opened
