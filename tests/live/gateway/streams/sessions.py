"""Sessions as streams see them, without an engine: a ring and a journal that tests write themselves."""

import asyncio
import time
from pathlib import Path

import numpy as np

from lockstep.data.recordings.files import RING
from lockstep.data.recordings.tape_layout import TAPE, Input
from lockstep.errors import SessionError
from lockstep.kernels.book.kinds import EventFlag, EventKind
from lockstep.live.ring.layout import RingDescription, SymbolFacts
from lockstep.live.ring.writer import RingWriter
from lockstep.live.storage.storage import Storage

TOLD = RingDescription("one", (SymbolFacts("ACME", 0.01, 1.0, "USD"), SymbolFacts("BETA", 0.5, 0.1, "USD")), "played")
STATUS = {
    "state": "active", "killed": False, "risk": [{"lane": "", "limits": []}], "orders": [],
    "positions": [{"lane": "maker", "symbol": "ACME", "units": 5.0, "averagePrice": 10.0, "marketPrice": 10.5,
                   "value": 52.5, "unrealised": 2.5}],
    "account": {"equity": 1e6, "profit": 2.5},
    "lanes": [{"name": "maker", "symbol": "ACME", "state": "running", "cash": 1e6, "equity": 1e6, "profit": 2.5,
               "realised": 0.0, "disabled": False, "fees": 0.0}],
}  # fmt: skip


class Played:
    """A session whose events tests give."""

    def __init__(self, folder: Path, *, id: str = "one", told: RingDescription = TOLD, capacity: int = 1 << 10) -> None:
        self.id, self.folder, self.live = id, folder, False
        self.storage = Storage(folder)
        self.storage.describe({"lanes": [
            {"name": "maker", "strategy": "simple_market_maker"}, {"name": "desk:ACME", "strategy": "manual"},
        ]})  # fmt: skip
        self.session = dict(STATUS)
        self.books = {"at": 0, "books": {}}
        self.asked = 0
        self._told, self._capacity = told, capacity
        self.begin()

    def begin(self) -> None:
        """Run, or run again in another process: its ring is a new one."""
        self.ring = RingWriter(self.folder / RING, self._told, self._capacity)
        self.ring.durable(self.storage.journal.durable)

    async def ask(self, request):
        self.asked += 1
        if self.books is None:
            raise SessionError("it can't be asked")
        return {"books": self.books}

    async def status(self):
        return {"session": self.session}

    def say(self, *records):
        self.ring.extend(np.concatenate(records), time.time_ns())

    def row(self, kind, content, strategy="maker", symbol="ACME"):
        seq = self.storage.journal.put(
            kind, content, time_ns=1_700_000_000_123_456_789, strategy=strategy, symbol=symbol
        )
        self.storage.journal.hand_over()
        self.storage.journal.wait(seq)
        self.ring.durable(seq)
        return seq

    def close(self):
        self.ring.close()
        self.storage.close()


def event(kind, side=-1, tick=0, lots=0, *, symbol=0, id=0, slot=-1, last=True, time_ns=7, flags=0, received_ns=0):
    """An event of the market, of TAPE[1]."""
    record = np.zeros(1, TAPE)
    values = {
        "input": Input.MARKET, "kind": kind, "side": side, "tick": tick, "lots": lots, "symbol": symbol, "id": id,
        "slot": slot, "flags": flags | (EventFlag.LAST if last else 0), "time_ns": time_ns, "received_ns": received_ns,
    }  # fmt: skip
    for name, value in values.items():
        record[name] = value
    return record


def level(side, tick, lots, **more):
    return event(EventKind.SET, side, tick, lots, **more)


def trade(tick, lots=1, side=1, **more):
    return event(EventKind.TRADE, side, tick, lots, **more)


def gap(lots, **more):
    record = event(EventKind.NONE, lots=lots, **more)
    record["input"] = Input.GAP
    return record


def run(test):
    """Run a test's coroutine, and see that nothing of it is left."""

    async def whole():
        async with asyncio.timeout(30):
            await test()

    asyncio.run(whole())
