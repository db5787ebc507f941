"""What an event strategy is told of the market over ticks: trades one by one, and the book where it has changed."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.ticks.frame import Frame
from lockstep.kernels.ticks.outside import listen, look
from lockstep.strategies.event import BookUpdate, Quote, Trade
from lockstep.strategies.over_ticks.units import Units

_AT_ONCE = 256
_TAKERS = {BID: "sell", ASK: "buy"}


class Ear:
    """Hears what a frame has heard, each thing once.

    ``levels`` is how many of each side a ``book`` has. Trades are told as the feed printed them, in a tolerant run also
    those that can't be.
    """

    def __init__(self, frame: Frame, units: Units, levels: int) -> None:
        self._frame, self._units = frame, units
        self._shown = np.zeros((2, levels, 2), np.int64)
        self._out = np.zeros((_AT_ONCE, 4), np.int64)
        self._next = "next" if frame.seen is None else "seen_next"
        self._from = 0
        self._kept: list[Trade] = []

    def keep(self) -> None:
        """Take out of the block what was heard of it: another one may take its place."""
        self._kept.extend(self._listen())

    def turn(self) -> None:
        """Go on where the frame is, which may be the start of another block."""
        self._from = int(self._frame.run[self._next][0])

    def values(self) -> dict[str, Any]:
        """Return what it has heard and not told, and the picture of the book that was told, as plain values."""
        return {"shown": self._shown.tolist(), "from": self._from, "kept": [tuple(trade) for trade in self._kept]}

    def resume(self, values: dict[str, Any]) -> None:
        """Go on where the ear stood whose ``values`` these are."""
        self._shown[:] = values["shown"]
        self._from, self._kept = values["from"], [Trade(*trade) for trade in values["kept"]]

    def follow(self, other: "Ear") -> None:
        """Hear what happens behind what another ear has heard; of the book nothing is known yet."""
        self._from = other._from

    def trades(self) -> list[Trade]:
        """Return the trades of others since the last call."""
        heard, self._kept = [*self._kept, *self._listen()], []
        return heard

    def _listen(self) -> Iterator[Trade]:
        found = _AT_ONCE
        while found == _AT_ONCE:
            self._from, found = listen(self._frame.run, self._from, self._out)
            for time_ns, side, tick, lots in self._out[:found].tolist():
                price, size = self._units.price.value(tick), self._units.size.value(lots)
                yield Trade(self._units.symbol, time_ns, price, size, _TAKERS.get(side, ""))

    def look(self) -> int:
        """Bring the picture of the book up to date; return the Change."""
        return look(self._frame.run, self._shown)

    def quote(self, time_ns: int) -> Quote:
        """Return the best prices of the picture."""
        (bid, bid_size), (ask, ask_size) = (self._level(*level) for level in self._shown[:, 0].tolist())
        return Quote(self._units.symbol, time_ns, bid, bid_size, ask, ask_size)

    def book(self, time_ns: int) -> BookUpdate:
        """Return the levels of the picture."""
        bids, asks = (tuple(self._level(*level) for level in side if level[1] > 0) for side in self._shown.tolist())
        return BookUpdate(self._units.symbol, time_ns, bids, asks)

    def _level(self, tick: int, lots: int) -> tuple[float, float]:
        return (self._units.price.value(tick) if lots > 0 else math.nan), self._units.size.value(lots)
