"""What a session asks of a source of market data."""

from collections.abc import AsyncGenerator
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument

Records = npt.NDArray[np.void]


class News(NamedTuple):
    """Something about a source that a journal keeps: it was connected again, a symbol is stale, another one serves."""

    kind: str
    """Kind of the row: a word of news.py."""
    content: dict[str, Any]
    symbol: str = ""
    """Empty where it is about all symbols."""


class MarketDataSource(Protocol):
    """Gives events of the market, a few at a time, for ever or until it has no more."""

    name: str
    """As journals name it."""
    own_clock: bool
    """Do its moments come from a clock of its own, as a history's do? Then no time passes between its events."""
    synthetic: bool
    """Were its events generated? Then no price in them was ever paid."""

    @property
    def instruments(self) -> dict[str, Instrument]:
        """What is traded, by symbol."""

    @property
    def slots(self) -> dict[str, int]:
        """Room for orders that each symbol's book needs, 0 where the feed names no orders."""

    def go_on(self, taken: int) -> None:
        """Be told that so many of its events were taken before: a history goes on behind them."""

    def batches(self) -> AsyncGenerator[Records, None]:
        """Give TAPE[n] in order; ``symbol`` is the place in ``instruments``.

        ``received_ns`` is the moment by the source's own clock, 0 where the machine's is meant. ``input`` is GAP for a
        record that says that events are missing, else 0.
        """

    def news(self) -> list[News]:
        """Return what has happened to the source since it was asked last; each is told once."""
