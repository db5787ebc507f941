"""A history of orders sent to an exchange again: its events as commands, with the history's own book beside them."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import BacktestError
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventKind, TickBlock
from lockstep.kernels.book.frame import Book
from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.matching.codes import CommandKind
from lockstep.kernels.matching.tables import COMMAND
from lockstep.kernels.matching.translate import translate

Records = npt.NDArray[Any]
Queue = Callable[[int], Records]
"""What rests at the exchange on a side: QUEUED[n]."""

WINDOW = 1 << 14
ROOM = 1 << 16


class Resent:
    """The commands of an L3 history, for instrument 0 of an exchange, all of owner 0.

    A CLEAR cancels what is left at the exchange of the history's orders. Raises BacktestError for other levels.
    """

    def __init__(self, ticks: Ticks) -> None:
        if ticks.level != "L3":
            raise BacktestError(
                f"orders are injected into a history of orders (L3), found {ticks.level} of {ticks.symbol}"
            )
        self.base = int(np.median(next(ticks.blocks(10_000)).tick)) - WINDOW // 2
        slots = max(ticks.slots, 1)
        self.book = Book(self.base, window=WINDOW, slots=slots)
        self._executed = np.zeros(slots, np.int64)
        self._uncrossed = np.zeros(slots, np.int64)
        self._room = np.zeros(ROOM, COMMAND)
        self._sent = 0

    def commands(self, block: TickBlock, start: int, stop: int, queue: Queue) -> Iterator[tuple[Records, int]]:
        """Yield stretches of events ``start`` to ``stop`` as COMMAND[n], and the time of the event that comes next.

        They are valid, and to be carried out, until the next are asked for. Behind the last event stands its own time:
        what comes next may be of the same.
        """
        clears = start + np.flatnonzero(block.kind[start:stop] == EventKind.CLEAR)
        for clear in clears.tolist():
            yield from self._translated(block, start, clear)
            time_ns, start = int(block.time_ns[clear]), clear
            yield self._room[:0], time_ns
            yield _canceled(queue, int(block.side[clear]), time_ns), time_ns
        yield from self._translated(block, start, stop)

    def _translated(self, block: TickBlock, start: int, stop: int) -> Iterator[tuple[Records, int]]:
        while start < stop:
            start, code, count, self._sent = translate(
                self.book.row, self._executed, self._uncrossed, block, start, stop, self._sent, self._room
            )  # fmt: skip
            if code != Code.OK:
                self.book.grow(Code(code))
            yield self._room[:count], int(block.time_ns[min(start, stop - 1)])


def _canceled(queue: Queue, side: int, time_ns: int) -> Records:
    """Return cancels of all orders of owner 0 on a side, on both with side -1."""
    resting = np.concatenate([queue(k) for k in ((BID, ASK) if side < 0 else (side,))])
    ids = resting["id"][resting["owner"] == 0]
    cancels = np.zeros(len(ids), COMMAND)
    cancels["kind"], cancels["id"], cancels["time_ns"] = CommandKind.CANCEL, ids, time_ns
    return cancels
