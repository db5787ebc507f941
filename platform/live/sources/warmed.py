"""A stored history before a feed: a session lives through it first, as fast as can be, by the history's own clock."""

import time
from collections.abc import AsyncGenerator, Callable

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.data.recordings.tape_layout import TAPE
from lockstep.data.recordings.terms import WarmTerms
from lockstep.data.rules import show_time
from lockstep.errors import SessionError
from lockstep.live.sources.bar_replay import BarReplay
from lockstep.live.sources.histories import BarHistory, History
from lockstep.live.sources.news import HISTORY_GAP
from lockstep.live.sources.source import MarketDataSource, News

Records = npt.NDArray[np.void]


class Warmed:
    """Gives the events of a history, then nothing once, then the source's.

    With the batch of nothing ``over`` is true: now the session can leave its history. Raises ``SessionError`` for a
    history that is of other symbols, instruments, bars or kinds of books than the feed, and for a feed that begins
    before its history ends: a strategy would know what it can't know yet. Bars that are missing in between are told.
    """

    def __init__(self, history: History, source: MarketDataSource, *, now_ns: Callable[[], int] = time.time_ns) -> None:
        history.check(source)
        self.feed, self.history, self._now_ns = source, history, now_ns
        self.rows = history.rows
        self.over = False
        self.name = source.name
        self.own_clock = True
        """The history's until it is left, and then as the feed has it."""
        self.synthetic = source.synthetic or history.replay.synthetic
        self._last_ns, self._begun = 0, False
        self._news: list[News] = []

    @property
    def terms(self) -> WarmTerms:
        """What the session says of its history."""
        return self.history.terms

    @property
    def instruments(self) -> dict[str, Instrument]:
        """What is traded, by symbol."""
        return self.feed.instruments

    @property
    def slots(self) -> dict[str, int]:
        """Room for orders that each symbol's book needs."""
        history = self.history.replay.slots
        return {symbol: max(slots, history[symbol]) for symbol, slots in self.feed.slots.items()}

    def go_on(self, taken: int) -> None:
        """Leave out so many events: the history's first."""
        self._begun = taken > self.rows
        self.history.replay.go_on(min(taken, self.rows))
        self.feed.go_on(max(taken - self.rows, 0))

    async def batches(self) -> AsyncGenerator[Records, None]:
        """Give the history, a batch of nothing, and the feed."""
        async for batch in self.history.replay.batches():
            self._last_ns = int(batch["received_ns"][-1])
            yield batch
        self.over = True
        yield np.zeros(0, TAPE)
        self.own_clock = self.feed.own_clock
        batches = self.feed.batches()
        try:
            async for batch in batches:
                self._check_order(batch)
                yield batch
        finally:
            await batches.aclose()

    def _check_order(self, batch: Records) -> None:
        """A feed's moments lie behind the history; 0 is now."""
        given = [int(batch["received_ns"][0]) or self._now_ns()] if len(batch) else []
        if self._last_ns and given and given[0] < self._last_ns:
            raise SessionError(
                f"the feed goes on at {show_time(given[0])}, and the history before it ends at"
                f" {show_time(self._last_ns)}: strategies would know what they can't know yet; end the history before"
            )
        if given and not self._begun:
            self._begun = True
            self._tell_gap(given[0])

    def _tell_gap(self, first_ns: int) -> None:
        """Tell how long nothing was seen between the two; the first bar of ticks may have begun before they did."""
        if not isinstance(self.history, BarHistory):
            return
        ends_ns, missing = self.history.terms.last_ns, self.history.missing(first_ns)
        partial = not isinstance(self.feed, BarReplay) and first_ns != ends_ns
        if missing or partial:
            content = {"history_ends_ns": ends_ns, "feed_begins_ns": first_ns, "bars": missing, "partial": partial}
            self._news.append(News(HISTORY_GAP, content))

    def news(self) -> list[News]:
        """Return what has happened to the feed."""
        told, self._news = self._news, []
        return [*told, *self.feed.news()]
