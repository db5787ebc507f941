"""Sessions over a few events by hand: a feed with a clock of its own, and a strategy that asks what it is told to."""

import asyncio
from datetime import UTC, datetime

import numpy as np

from lockstep.data.instrument import Instrument
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_layout import TAPE, Input
from lockstep.data.recordings.terms import LaneTerms
from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.kernels.book.events import EventFlag, EventKind
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.strategies.event import BaseStrategy
from lockstep.strategies.orders import Order
from lockstep.strategies.parameters import param

SHARE = Instrument.us_equity("ACME")
MS = 1_000_000
LATE = TickExecution(Latency(submit=2 * MS, report=MS))


def ns(*when):
    return int(datetime(*when, tzinfo=UTC).timestamp()) * 1_000_000_000  # type: ignore[misc]


def best(at_ns, side, tick, lots, *, last=True, symbol=0):
    """The best of a side, of TAPE[1]."""
    record = np.zeros(1, TAPE)
    record["received_ns"], record["kind"], record["side"] = at_ns, EventKind.QUOTE, side
    record["tick"], record["lots"] = tick, lots
    record["flags"], record["symbol"], record["slot"] = EventFlag.LAST if last else 0, symbol, -1
    return record


def quotes(at_ns, bid, ask, lots=1000, ask_lots=None, symbol=0):
    """Both sides of a quote."""
    return [best(at_ns, 0, bid, lots, last=False, symbol=symbol), best(at_ns, 1, ask, ask_lots or lots, symbol=symbol)]


class Played:
    """Gives records one by one, and calls what is callable among them with the host."""

    own_clock, synthetic, name = True, True, "played"

    def __init__(self, script, *instruments):
        self.instruments = {each.symbol: each for each in instruments or (SHARE,)}
        self.slots = dict.fromkeys(self.instruments, 0)
        self.script, self.host, self._taken = script, None, 0

    def go_on(self, taken):
        self._taken = taken

    async def batches(self):
        left = self._taken
        for item in self.script:
            if callable(item):
                if left == 0:
                    item(self.host)
            elif item["input"][0] == Input.GAP or left == 0:
                yield item
            else:
                left -= 1

    def news(self):
        return []


class Asker(BaseStrategy):
    """Sends the orders of ``PLAN`` one by one, each at the next quote that has both sides; keeps what it hears."""

    first: int = param(0, low=-100, high=100)

    async def on_start(self):
        self.plan = [*([Order(symbol="ACME", quantity=self.first)] if self.first else []), *type(self).PLAN]
        self.heard = []

    PLAN: tuple[Order, ...] = ()

    async def on_quote(self, quote):
        if self.plan and quote.bid == quote.bid and quote.ask == quote.ask:
            await self.submit_order(self.plan.pop(0))

    async def on_fill(self, fill):
        self.heard.append(fill)

    async def on_corporate_action(self, action):
        self.heard.append(action)


def lane(strategy, name="one", instrument=SHARE, cash=1e6, execution=LATE, **parameters):
    return LaneTerms(name, strategy, parameters, instrument.to_dict(), execution.to_dict(), cash)


def opened(folder, script, *lanes, limits=None, instruments=(), snapshots=100_000):
    source = Played(script, *instruments)
    terms = session_terms("paper", source, lanes, now_ns=1, id="one", limits=limits)
    source.host = Host(folder, terms, source, snapshots=snapshots)
    return source.host


def ran(folder, script, *lanes, limits=None, instruments=()):
    host = opened(folder, script, *lanes, limits=limits, instruments=instruments)
    asyncio.run(host.run())
    return host


def rows_of(folder, *kinds):
    with Recording(folder) as recording:
        return list(recording.rows(kinds=kinds))


def contents(folder, *kinds):
    return [row.content() for row in rows_of(folder, *kinds)]
