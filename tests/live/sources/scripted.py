"""A source that says what a test tells it to."""

import asyncio

import numpy as np

from lockstep.data.instrument import Instrument
from lockstep.data.recordings.tape_layout import TAPE, Input
from lockstep.kernels.book.events import EventFlag, EventKind
from lockstep.live.sources.source import News

A, B, C = Instrument("A"), Instrument("B"), Instrument("C")


def record(symbol, kind, tick=0, lots=1, *, side=0, number=0, flags=EventFlag.LAST, input=0):
    made = np.zeros(1, TAPE)
    made["symbol"], made["kind"], made["tick"], made["lots"], made["side"] = symbol, kind, tick, lots, side
    made["id"], made["flags"], made["input"] = number, flags, input
    return made


def trade(symbol, number):
    return record(symbol, EventKind.TRADE, 100, number=number)


def level(symbol, tick, lots=1, side=0):
    return record(symbol, EventKind.SET, tick, lots, side=side)


def lost(symbol):
    return record(symbol, EventKind.CLEAR, side=-1)


def gap(symbol):
    return record(symbol, 0, lots=-1, input=Input.GAP)


class Scripted:
    """``script`` has (seconds, what) each: records, News, an error to raise, or None for the end; else it goes on."""

    def __init__(self, name, instruments, script=(), *, own_clock=False, synthetic=False, slots=0):
        self.name, self.own_clock, self.synthetic = name, own_clock, synthetic
        self.instruments = {facts.symbol: facts for facts in instruments}
        self.slots = dict.fromkeys(self.instruments, slots)
        self._script, self._news = script, []
        self.taken = self.closed = None

    def go_on(self, taken):
        self.taken = taken

    async def batches(self):
        clock = asyncio.get_running_loop().time
        try:
            for at, what in self._script:
                await asyncio.sleep(at - clock())
                if isinstance(what, News):
                    self._news.append(what)
                elif isinstance(what, Exception):
                    raise what
                elif what is None:
                    return
                else:
                    yield what
            await asyncio.Event().wait()
        finally:
            self.closed = clock()

    def news(self):
        told, self._news = self._news, []
        return told
