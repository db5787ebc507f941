"""LOBSTER's sample files as arrays, and a book that is carried through one of them.

LOBSTER shows the best n levels after each message; what happens deeper is in no file. So a level that enters the view
is given, as one order of no known id, and one that leaves it is forgotten. All between follows from messages alone.
"""

import gzip
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventKind, TickBlock
from lockstep.kernels.book.frame import Book

Level = tuple[int, int]
"""Tick (cents) and shares."""
KINDS = {1: EventKind.ADD, 2: EventKind.REDUCE, 3: EventKind.REDUCE, 4: EventKind.EXECUTE}


class Message(NamedTuple):
    """A row of a message file."""

    kind: int
    id: int
    lots: int
    price: int
    side: int


def read(path: Path) -> npt.NDArray[np.float64]:
    with gzip.open(path, "rt") as file:
        return np.loadtxt(file, delimiter=",")


def messages(path: Path) -> list[Message]:
    """Return the messages of a file: buy orders and what happens to them are on side 0."""
    return [
        Message(int(row[1]), int(row[2]), int(row[3]), int(row[4]), 0 if row[5] > 0 else 1) for row in read(path)
    ]  # fmt: skip


def shown(row: npt.NDArray[np.float64], side: int) -> list[Level]:
    """Return the levels that a row of an order book file shows on a side; absent ones have no shares."""
    columns = row.reshape(-1, 4)[:, 2:] if side == 0 else row.reshape(-1, 4)[:, :2]
    return [(int(price) // 100, int(lots)) for price, lots in columns if lots > 0]


def as_events(rows: list[Message]) -> TickBlock:
    """Return messages as L3 events by id; hidden executions and halts are none."""
    kind = np.array([KINDS.get(m.kind, EventKind.NONE) for m in rows], np.uint8)
    time_ns, none = np.arange(len(rows)), np.zeros(len(rows), np.uint8)
    return TickBlock(
        time_ns, time_ns, kind, np.array([m.side for m in rows], np.int8), none,
        np.array([m.price // 100 for m in rows]), np.array([m.lots for m in rows]), np.array([m.id for m in rows]),
        np.full(len(rows), -1, np.int32),
    )  # fmt: skip


class CarriedBook:
    """An L3 book that holds what the last row showed."""

    def __init__(self, row: npt.NDArray[np.float64], levels: int) -> None:
        self.levels = levels
        self.sides = [shown(row, 0), shown(row, 1)]
        self.book = Book(self.sides[0][0][0] - (1 << 15), slots=1 << 12, entries=1 << 13)
        self.ids: dict[tuple[int, int], set[int]] = {}
        for side in (0, 1):
            for tick, lots in self.sides[side]:
                self._enter(side, tick, lots)

    def step(self, m: Message, row: npt.NDArray[np.float64]) -> bool:
        """Apply a message; return whether the book then shows the row, levels from outside apart."""
        if m.kind in KINDS and not self._apply(m):
            return False
        bids, asks = (self._shows(side, shown(row, side)) for side in (0, 1))
        return bids and asks

    def _apply(self, m: Message) -> bool:
        tick, kind = m.price // 100, KINDS[m.kind]
        if kind == EventKind.ADD:
            self.ids.setdefault((m.side, tick), set()).add(m.id)
        code = self.book.apply(kind, m.side, tick, m.lots, m.id)
        if code == Code.UNKNOWN_ORDER:
            code = self.book.apply(kind, m.side, tick, m.lots, unknown(m.side, tick))
        return code == Code.OK

    def _shows(self, side: int, theirs: list[Level]) -> bool:
        ours = [(tick, lots) for tick, lots, _ in self.book.depth(side).tolist()]
        common, outside = theirs[: len(ours)], theirs[len(ours) :]
        if ours[: self.levels] != common:
            return False
        worst = self.sides[side][-1][0] if self.sides[side] else None
        for tick, lots in outside:
            if worst is not None and (tick >= worst if side == 0 else tick <= worst):
                return False  # it was in sight before, so the message must have explained it
            self._enter(side, tick, lots)
        for tick, _ in ours[self.levels :]:
            for order_id in self.ids.pop((side, tick)):
                self.book.apply(EventKind.DELETE, side, tick, 0, order_id)
        self.sides[side] = theirs
        return True

    def _enter(self, side: int, tick: int, lots: int) -> None:
        self.ids.setdefault((side, tick), set()).add(unknown(side, tick))
        self.book.apply(EventKind.ADD, side, tick, lots, unknown(side, tick))


def unknown(side: int, tick: int) -> int:
    """Return the id that stands for a level's orders of no known id: no id of the feed is below 0."""
    return -1 - 2 * tick - side
