"""Several sources as one: each symbol and kind of data from the source that a table names, with others standing in."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.live.sources.source import MarketDataSource, News
from lockstep.live.sources.switchboard import Patience, Switchboard
from lockstep.live.sources.synthetic import Synthetic
from lockstep.live.sources.table import RoutingTable, lines_of
from lockstep.live.sources.translate import Now

Records = npt.NDArray[np.void]
LOOK_EVERY_S = 0.1


class RoutedSource:
    """Feeds merged by a table. ``source`` of a record is the place of its feed in ``sources``.

    A feed that ends or fails is down from then on; the session goes on with the others, and ends with the last.
    Raises ``SessionError`` for a table that doesn't fit the feeds.
    """

    own_clock = False

    def __init__(
        self, table: RoutingTable, sources: Mapping[str, MarketDataSource], *, name: str = "routed",
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:  # fmt: skip
        self.name = name
        self.sources = tuple(sources)
        self._feeds = tuple(sources.values())
        self._lines = lines_of(table, sources)
        self._patience = Patience(table.patience_s, table.return_s)
        self._now_ns = now_ns
        first = {line.symbol: self._feeds[line.sources[0]] for line in reversed(self._lines)}
        symbols = dict.fromkeys(line.symbol for line in self._lines)
        self._instruments = {symbol: first[symbol].instruments[symbol] for symbol in symbols}
        self._slots = {symbol: first[symbol].slots[symbol] for symbol in symbols}
        self.synthetic = any(self._feeds[place].synthetic for line in self._lines for place in line.sources)
        self._board: Switchboard | None = None

    @property
    def instruments(self) -> dict[str, Instrument]:
        """What is traded, by symbol."""
        return dict(self._instruments)

    @property
    def slots(self) -> dict[str, int]:
        """Room for orders that each symbol's book needs."""
        return dict(self._slots)

    def go_on(self, taken: int) -> None:
        """Be told that the session had begun: feeds don't wait, so something is missing.

        A generated one begins anew, with a picture: nobody knows how many of its events were taken.
        """
        for feed in self._feeds:
            if not isinstance(feed, Synthetic):
                feed.go_on(taken)

    async def batches(self) -> AsyncGenerator[Records, None]:
        """Give what serving feeds say as it comes."""
        board = self._board = self._opened()
        streams = [feed.batches() for feed in self._feeds]
        coming = {place: _next(stream) for place, stream in enumerate(streams)}
        try:
            while coming:
                done, _ = await asyncio.wait(
                    coming.values(), timeout=LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED
                )  # fmt: skip
                self._hear(board)
                for place in [place for place, task in coming.items() if task in done]:
                    batch = self._result(board, place, coming.pop(place))
                    if batch is not None:
                        passed = board.take(place, batch, self._now())
                        coming[place] = _next(streams[place])
                        if len(passed):
                            yield passed
                switched = board.look(self._now())
                if len(switched):
                    yield switched
        finally:
            for task in coming.values():
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task
            for stream in streams:
                await stream.aclose()

    def news(self) -> list[News]:
        """Return what has happened to the feeds, and who serves since, once."""
        if self._board is None:
            return []
        self._hear(self._board)
        return self._board.news()

    def _opened(self) -> Switchboard:
        offered = [list(feed.instruments) for feed in self._feeds]
        start = self._now().seconds
        return Switchboard(
            self._lines, self.sources, offered, list(self._instruments), self._patience, start_s=start
        )  # fmt: skip

    def _hear(self, board: Switchboard) -> None:
        for place, feed in enumerate(self._feeds):
            for item in feed.news():
                board.told(place, item, self._now())

    def _result(self, board: Switchboard, place: int, task: "asyncio.Task[Records | None]") -> Records | None:
        """Return a feed's batch; None where it has ended, which is told."""
        error = task.exception()
        if error is None and task.result() is not None:
            return task.result()
        board.ended(place, "it has no more" if error is None else f"{type(error).__name__}: {error}", self._now())
        return None

    def _now(self) -> Now:
        return Now(asyncio.get_running_loop().time(), self._now_ns())


def _next(stream: AsyncGenerator[Records, None]) -> "asyncio.Task[Records | None]":
    return asyncio.ensure_future(anext(stream, None))
