"""Kernels are compiled, or loaded, before a session listens: nothing that comes in waits for that."""

from typing import Any

import msgspec
import numpy as np

from lockstep.data.interval import interval_ns
from lockstep.data.recordings.tape_layout import TAPE
from lockstep.data.recordings.terms import LaneTerms, SessionTerms
from lockstep.kernels.book.events import EventFlag, EventKind
from lockstep.kernels.book.frame import Book
from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.ticks.advance import Stop
from lockstep.live.session.by_hand import is_by_hand
from lockstep.live.session.clock import SessionClock
from lockstep.live.session.core import Core
from lockstep.live.session.preview import previewed
from lockstep.strategies.event import BaseStrategy
from lockstep.strategies.over_ticks.by_hand import CANCEL, REPLACE, SUBMIT
from lockstep.strategies.registry import find

_MIDDLE = 1000
_SECOND = 1_000_000_000
_BARS = 3
"""Enough for a decision at a close, and what comes of it at the next open."""


class _Nowhere:
    """A journal that keeps nothing."""

    def put(self, *_row: Any, **_about: Any) -> int:
        return 0


def warm_up(terms: SessionTerms) -> None:
    """Let a session's lanes trade where nobody sees it: over ticks, and over bars that are built of them.

    What trades over bars of the source itself is compiled with the first of them, for which nobody waits.
    """
    _over_ticks(terms)
    _over_built_bars(terms)


def warm_up_joining() -> None:
    """Show a book as to a lane that joins, where nobody sees it."""
    Book(_MIDDLE, window=64, slots=0, far_room=64).apply(EventKind.CLEAR, -1, 0, 0)


def _over_ticks(terms: SessionTerms) -> None:
    """Let lanes trade for a second in a book of two levels.

    For a strategy that is not compiled another one stands in: it may do things that are seen.
    """
    lanes = tuple(_compiled(lane, number) for number, lane in enumerate(terms.lanes) if lane.bars is None)
    if not lanes:
        return
    core = Core(msgspec.structs.replace(terms, lanes=lanes, venue=None), lambda _: None, _Nowhere(), SessionClock())
    start_ns = terms.created_ns
    for number in range(len(terms.symbols)):
        for kind, side, tick, lots in _BOOK:
            record = np.zeros(1, TAPE)
            record["symbol"], record["kind"], record["side"], record["flags"] = number, kind, side, EventFlag.LAST
            record["tick"], record["lots"], record["slot"], record["sequence"] = tick, lots, -1, -1
            core.take(record, start_ns)
    for terms_of_lane in lanes:
        if is_by_hand(terms_of_lane):
            _trade_by_hand(core, terms_of_lane)
    core.pass_time(start_ns + _SECOND)
    for lane in core.lanes.values():
        lane.frame.grow(Stop.BOOK)  # as it has to once the market is far from where it was, in the midst of trading


def _over_built_bars(terms: SessionTerms) -> None:
    """Let lanes over bars that are built trade through some; only those that are compiled."""
    lanes = tuple(lane for lane in terms.lanes if not issubclass(find(lane.strategy), BaseStrategy))
    for lane in lanes:
        if lane.bars is None or not lane.bars.built:
            continue
        core = Core(msgspec.structs.replace(terms, lanes=(lane,)), lambda _: None, _Nowhere(), SessionClock())
        for k in range(_BARS):
            for instrument in lane.bars.instruments:
                record = np.zeros(1, TAPE)
                record["symbol"], record["kind"] = terms.symbols.index(instrument["symbol"]), EventKind.TRADE
                record["tick"], record["lots"], record["slot"], record["sequence"] = _MIDDLE, 1, -1, -1
                core.take(record, terms.created_ns + k * interval_ns(lane.bars.interval))


def _trade_by_hand(core: Core, lane: LaneTerms) -> None:
    """Look what would become of an order, give it, change it and cancel it."""
    one = lane.traded()
    order = {
        "clientOrderId": lane.name, "symbol": one.symbol, "side": "buy", "quantity": one.lot, "type": "limit",
        "limitPrice": one.tick * (_MIDDLE - 2),
    }  # fmt: skip
    named = {"clientOrderId": lane.name}
    previewed(core, order)
    for kind, content in ((SUBMIT, order), (REPLACE, {**named, "quantity": 2 * one.lot}), (CANCEL, named)):
        core.obey(core.order(kind, content), core.clock.last_ns)
        core.pass_time(core.clock.last_ns + _SECOND)


_BOOK = (
    (EventKind.CLEAR, -1, _MIDDLE, 0), (EventKind.SET, BID, _MIDDLE - 1, 10), (EventKind.SET, ASK, _MIDDLE + 1, 10),
    (EventKind.TRADE, ASK, _MIDDLE + 1, 1),
)  # fmt: skip


def _compiled(lane: LaneTerms, number: int) -> LaneTerms:
    if not issubclass(find(lane.strategy), BaseStrategy):
        return lane
    return msgspec.structs.replace(lane, strategy="simple_market_maker", parameters={}, name=f"{number}")
