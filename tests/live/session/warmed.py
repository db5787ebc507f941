"""What a session compiles or loads after it has warmed up: told as JSON, in a process that has done nothing else.

A book gets full, orders are looked at and given by hand, a strategy over bars that are built joins in
the first of them, and another lane is shown the book.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
from numba.core.dispatcher import Dispatcher

from lockstep.data.instrument import Instrument
from lockstep.data.recordings.tape_layout import TAPE
from lockstep.data.recordings.terms import BarTerms, LaneTerms, SessionTerms
from lockstep.data.ticks.execution import TickExecution
from lockstep.kernels.book.events import EventFlag, EventKind
from lockstep.kernels.book.tables import ASK, BID
from lockstep.live.session.clock import SessionClock
from lockstep.live.session.core import Core
from lockstep.live.session.preview import previewed
from lockstep.live.session.warm import warm_up, warm_up_joining
from lockstep.strategies.over_ticks.joining import UNHEARD, show

START_NS, MINUTE_NS = 1_700_000_000_000_000_000, 60_000_000_000
LEVELS = 1500
"""Far from the market: more than a book has room for when a session begins."""


class Nowhere:
    """A journal that keeps nothing."""

    def put(self, *_row: Any, **_about: Any) -> int:
        return 0


@contextmanager
def watched() -> Iterator[list[str]]:
    """Give a list to which each kernel's name is added that is compiled, or loaded, inside."""
    found: list[str] = []
    compiled: Callable[..., Any] = Dispatcher.compile

    def told(self: Any, signature: Any) -> Any:
        found.append(self.py_func.__name__)
        return compiled(self, signature)

    with patch.object(Dispatcher, "compile", told):
        yield found


def take(core: Core, kind: int, side: int, tick: int, lots: int, time_ns: int) -> None:
    record = np.zeros(1, TAPE)
    record["kind"], record["side"], record["flags"] = kind, side, EventFlag.LAST
    record["tick"], record["lots"], record["slot"], record["sequence"] = tick, lots, -1, -1
    core.take(record, time_ns)


def trade(core: Core) -> None:
    """Live through what a session may meet."""
    for kind, side, tick, lots in (
        (EventKind.CLEAR, -1, 1000, 0), (EventKind.SET, BID, 999, 10), (EventKind.SET, ASK, 1001, 10),
        *((EventKind.SET, ASK, 900_000 + level, 5) for level in range(LEVELS)),
        (EventKind.TRADE, ASK, 1001, 1),
    ):  # fmt: skip
        take(core, kind, side, tick, lots, START_NS)
    order = {"symbol": "ACME", "side": "buy", "quantity": 1, "type": "limit", "limitPrice": 9.5}
    name = {"clientOrderId": "one"}
    previewed(core, order)
    for command, content in (("submit_order", name | order), ("cancel_order", name)):
        core.obey(core.order(command, content), core.clock.last_ns)
        core.pass_time(core.clock.last_ns + 1_000_000)
    show(core.lanes["manual"].frame, UNHEARD)
    for minute in range(1, 4):
        take(core, EventKind.TRADE, ASK, 1001 + minute, 1, START_NS + minute * MINUTE_NS)


def main() -> None:
    acme = Instrument("ACME")
    facts, rules = acme.to_dict(), TickExecution().to_dict()
    lanes = (
        LaneTerms("maker", "simple_market_maker", {"interval_ms": 20}, facts, rules, 1e6),
        LaneTerms("manual", "manual", {}, facts, rules, 1e6),
        LaneTerms(
            "cross", "sma_cross", {"fast": 1, "slow": 2}, facts, {}, 1e6,
            bars=BarTerms("1m", (facts,), built=True),
        ),
    )  # fmt: skip
    terms = SessionTerms("one", "paper", START_NS, ("ACME",), ("made",), lanes, {})
    warm_up(terms)
    warm_up_joining()
    with watched() as found:
        trade(Core(terms, lambda _: None, Nowhere(), SessionClock()))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
