"""A stored history before a feed: a session lives through it first, as fast as can be, by the history's own clock."""

from collections.abc import AsyncGenerator, Sequence

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.data.recordings.tape_layout import TAPE
from lockstep.data.recordings.terms import WarmTerms
from lockstep.data.rules import show_time
from lockstep.data.store import Store
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import SessionError
from lockstep.live.sources.replay import Replay
from lockstep.live.sources.source import MarketDataSource, News

Records = npt.NDArray[np.void]
_SAME = ("tick", "lot", "multiplier")


class Warmed:
    """Gives the events of ``histories``, one for each of the source's symbols, then nothing once, then the source's.

    With the batch of nothing ``over`` is true: now the session can leave its history. Raises ``SessionError`` for
    histories that are of other symbols, instruments or kinds of books than the feed, and for a feed that begins before
    its history ends: a strategy would know what it can't know yet.
    """

    def __init__(self, histories: dict[str, Ticks], source: MarketDataSource) -> None:
        _check(histories, source)
        self._source, self._histories = source, [histories[symbol] for symbol in source.instruments]
        self._replay = Replay(self._histories)
        self.rows = sum(history.rows for history in self._histories)
        self.over = False
        self.name = source.name
        self.own_clock = True
        """The history's until it is left, and then as the feed has it."""
        self.synthetic = source.synthetic or self._replay.synthetic
        self._last_ns = 0

    @property
    def terms(self) -> WarmTerms:
        """What the session says of its history."""
        spans = [history.span for history in self._histories]
        return WarmTerms(
            ", ".join(dict.fromkeys(history.dataset for history in self._histories)),
            {history.symbol: history.data_hash for history in self._histories},
            min(first for first, _ in spans), max(last for _, last in spans), self.rows,
        )  # fmt: skip

    @property
    def instruments(self) -> dict[str, Instrument]:
        """What is traded, by symbol."""
        return self._source.instruments

    @property
    def slots(self) -> dict[str, int]:
        """Room for orders that each symbol's book needs."""
        feed, history = self._source.slots, self._replay.slots
        return {symbol: max(slots, history[symbol]) for symbol, slots in feed.items()}

    def go_on(self, taken: int) -> None:
        """Leave out so many events: the history's first."""
        self._replay.go_on(min(taken, self.rows))
        self._source.go_on(max(taken - self.rows, 0))

    async def batches(self) -> AsyncGenerator[Records, None]:
        """Give the history, a batch of nothing, and the feed."""
        async for batch in self._replay.batches():
            self._last_ns = int(batch["received_ns"][-1])
            yield batch
        self.over = True
        yield np.zeros(0, TAPE)
        self.own_clock = self._source.own_clock
        batches = self._source.batches()
        try:
            async for batch in batches:
                self._check_order(batch)
                yield batch
        finally:
            await batches.aclose()

    def _check_order(self, batch: Records) -> None:
        """A feed's moments, where it brings them, lie behind the history; 0 is now, which always does."""
        given = batch["received_ns"][batch["received_ns"] > 0]
        if self._last_ns and len(given) and int(given[0]) < self._last_ns:
            raise SessionError(
                f"the feed goes on at {show_time(int(given[0]))}, and the history before it ends at"
                f" {show_time(self._last_ns)}: strategies would know what they can't know yet; end the history before"
            )

    def news(self) -> list[News]:
        """Return what has happened to the feed."""
        return self._source.news()


def histories_named(text: str, symbols: Sequence[str], store: Store) -> dict[str, Ticks]:
    """Return the histories that ``DATASET`` or ``DATASET@FROM..TO`` names, either end left out if need be.

    Raises ``SessionError`` for a text that is none, and what ``Store.ticks`` does.
    """
    dataset, at, span = text.partition("@")
    start, dots, end = span.partition("..")
    if not dataset or bool(at) != bool(dots):
        raise SessionError(f"a history is written DATASET or DATASET@2024-01-02..2024-01-05, found {text!r}")
    return {symbol: store.ticks(symbol, start or None, end or None, dataset) for symbol in symbols}


def _check(histories: dict[str, Ticks], source: MarketDataSource) -> None:
    missing = [symbol for symbol in source.instruments if symbol not in histories]
    if missing:
        raise SessionError(f"there is no history of {', '.join(missing)}: every symbol of the session needs one")
    for symbol, feed in source.instruments.items():
        history = histories[symbol]
        for name in _SAME:
            then, now = getattr(history.instrument, name), getattr(feed, name)
            if then != now:
                raise SessionError(
                    f"{symbol} has {name} {then!r} in the history and {now!r} in the feed: they must agree"
                )
        if bool(history.slots) != bool(source.slots[symbol]):
            raise SessionError(
                f"of {symbol} one of history and feed names orders (L3) and the other does not: take a history of the"
                " feed's kind"
            )
