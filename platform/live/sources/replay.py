"""A stored history played again: at its own pace, some times as fast, or as fast as can be."""

import asyncio
import math
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import SessionError
from lockstep.live.sources.merge import merged
from lockstep.live.sources.pace import MOST, Pace, left
from lockstep.live.sources.rows import received
from lockstep.live.sources.source import News

Records = npt.NDArray[np.void]


class Replay:
    """Plays histories of several symbols together, in order of receipt; of one moment the symbol named first.

    ``speed`` is how many times as fast as it happened; inf waits for nothing. The session's clock is the history's.
    """

    own_clock = True

    def __init__(
        self, histories: Sequence[Ticks], speed: float = math.inf, *, name: str = "replay",
        monotonic: Callable[[], float] | None = None, sleep: Callable[[float], Any] = asyncio.sleep,
    ) -> None:  # fmt: skip
        symbols = [history.symbol for history in histories]
        if not symbols or len(set(symbols)) < len(symbols):
            raise SessionError(f"a replay expects at least one history and one of each symbol, found {symbols}")
        self.name = name
        self.synthetic = any(history.synthetic for history in histories)
        self._histories, self._pace = tuple(histories), Pace(speed, monotonic=monotonic, sleep=sleep)
        self._taken = 0

    @property
    def instruments(self) -> dict[str, Instrument]:
        """What is traded, by symbol."""
        return {history.symbol: history.instrument for history in self._histories}

    @property
    def span(self) -> tuple[int, int]:
        """First and last moment of all histories, ns UTC."""
        spans = [history.span for history in self._histories]
        return min(first for first, _ in spans), max(last for _, last in spans)

    @property
    def slots(self) -> dict[str, int]:
        """Room for orders that each symbol's book needs."""
        return {history.symbol: history.slots for history in self._histories}

    def go_on(self, taken: int) -> None:
        """Leave out so many events."""
        self._taken = taken

    def batches(self) -> AsyncGenerator[Records, None]:
        """Give the events when they are due."""
        streams = [_records_of(history, number) for number, history in enumerate(self._histories)]
        return self._pace.given(left(merged(streams), self._taken))

    def news(self) -> list[News]:
        """Nothing happens to a history."""
        return []


def _records_of(history: Ticks, number: int) -> Iterator[Records]:
    latest_ns = 0
    for block in history.blocks(MOST):
        records = received(block, number, latest_ns)
        latest_ns = int(records["received_ns"][-1])
        yield records
