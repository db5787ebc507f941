"""A stored history played again: at its own pace, some times as fast, or as fast as can be."""

import asyncio
import heapq
import math
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.data.recordings.tape_layout import TAPE
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import SessionError

Records = npt.NDArray[np.void]
SECOND = 1_000_000_000
MOST = 4096
"""Events in one batch."""
_COPIED = ("time_ns", "received_ns", "tick", "lots", "id", "slot", "kind", "side", "flags")


class Replay:
    """Plays histories of several symbols together, in order of receipt.

    ``speed`` is how many times as fast as it happened; inf waits for nothing. The session's clock is the history's.
    """

    own_clock = True

    def __init__(
        self, histories: Sequence[Ticks], speed: float = math.inf, *, name: str = "replay",
        monotonic: Callable[[], float] | None = None, sleep: Callable[[float], Any] = asyncio.sleep,
    ) -> None:  # fmt: skip
        if not speed > 0.0:
            raise SessionError(f"the speed of a replay must lie above 0, found {speed!r}: 10 is ten times as fast")
        self.name = name
        self._histories, self._speed, self._sleep = tuple(histories), speed, sleep
        self._monotonic = monotonic
        self._taken = 0

    @property
    def instruments(self) -> dict[str, Instrument]:
        """What is traded, by symbol."""
        return {history.symbol: history.instrument for history in self._histories}

    @property
    def slots(self) -> dict[str, int]:
        """Room for orders that each symbol's book needs."""
        return {history.symbol: history.slots for history in self._histories}

    def go_on(self, taken: int) -> None:
        """Leave out so many events."""
        self._taken = taken

    async def batches(self) -> AsyncGenerator[Records, None]:
        """Give the events when they are due."""
        monotonic = self._monotonic or asyncio.get_running_loop().time
        began: float | None = None
        first_ns = 0
        for batch in self._left():
            if math.isinf(self._speed):
                yield batch
                await self._sleep(0)
                continue
            if began is None:
                began, first_ns = monotonic(), int(batch["received_ns"][0])
            at = 0
            while at < len(batch):
                reached = first_ns + (monotonic() - began) * self._speed * SECOND
                due = int(np.searchsorted(batch["received_ns"], reached, side="right"))
                if due > at:
                    yield batch[at:due]
                    at = due
                else:
                    await self._sleep((int(batch["received_ns"][at]) - reached) / self._speed / SECOND)

    def _left(self) -> Iterator[Records]:
        """Give the events that were not taken before."""
        over = self._taken
        for batch in self._merged():
            if over < len(batch):
                yield batch[over:]
            over = max(over - len(batch), 0)

    def _merged(self) -> Iterator[Records]:
        """Give all events by time of receipt, of the symbol named first where two come at once."""
        if len(self._histories) == 1:
            yield from _records_of(self._histories[0], 0)
            return
        streams = (_rows(history, number) for number, history in enumerate(self._histories))
        merged = heapq.merge(*streams, key=lambda row: (row["received_ns"], row["symbol"]))
        while rows := list(islice(merged, MOST)):
            yield np.array(rows, TAPE)


def _rows(history: Ticks, number: int) -> Iterator[Any]:
    for records in _records_of(history, number):
        yield from records


def _records_of(history: Ticks, number: int) -> Iterator[Records]:
    for block in history.blocks(MOST):
        records = np.zeros(len(block.time_ns), TAPE)
        for name in _COPIED:
            records[name] = getattr(block, name)
        # Nothing is received before it happens, nor before what comes before it.
        records["received_ns"] = np.maximum.accumulate(np.maximum(records["received_ns"], records["time_ns"]))
        records["symbol"], records["sequence"] = number, -1
        yield records
