"""A book that goes along with a feed: ids become slots, and a picture of what rests can be taken at any event."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.parts import TYPES
from lockstep.data.ticks.reader import Level
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventFlag, EventKind, Phase, TickBlock
from lockstep.kernels.book.frame import Book
from lockstep.kernels.book.resolve import resolve
from lockstep.kernels.book.tables import ASK, BID

_WINDOW: dict[Level, int] = {"L1": 1 << 6, "L2": 1 << 12, "L3": 1 << 8}
_WIDEST = 1 << 16
"""Ticks found without a search at first and at most."""
_FAR = 512
"""Levels of a side that are searched for before the window widens: thousands of symbols are followed at once, and a
window costs 200 bytes a tick."""

EMPTY = 2
"""Events of a picture of an empty book: CLEAR and the phase."""


class Followed(NamedTuple):
    """What became of some events: int32[n] `slots` and int64[n] `codes`, see `kernels.book.resolve`.

    Code.CROSSED marks an event that was applied and left the book crossed in continuous trading.
    """

    slots: npt.NDArray[np.int32]
    codes: npt.NDArray[np.int64]


class Tracker:
    """The book of one symbol. Orders are known by id; with `slots`, by the slots that events bring."""

    def __init__(self, level: Level, slots: int | None = None) -> None:
        self.level = level
        self._orders = 0 if level != "L3" else 256 if slots is None else max(slots, 1)
        self._entries = 2 * self._orders if slots is None else 0
        self._book: Book | None = None

    @property
    def book(self) -> Book | None:
        """The book; None before the first event."""
        return self._book

    @property
    def slots(self) -> int:
        """Slots given so far."""
        return int(self._book.row["next_slot"][0]) if self._book and self.level == "L3" else 0

    def resolve(self, block: TickBlock) -> Followed:
        """Apply events, those of orders by id. What can't be applied has a Code and leaves the book as it was."""
        block = read_only(block)
        book = self._book_for(block)
        found = Followed(np.empty(len(block.kind), np.int32), np.empty(len(block.kind), np.int64))
        event = 0
        while (event := resolve(book.row, block, event, True, *found)) < len(block.kind):
            self._grow(book, Code(int(found.codes[event])), int(block.tick[event]))
        return found

    def follow(self, block: TickBlock) -> dict[Code, int]:
        """Apply events of levels, or of orders by slot; return how many could not be, by Code."""
        return self._book_for(block).replay(read_only(block), strict=False).refused

    @property
    def phase(self) -> int:
        """The trading phase, as the feed told."""
        return int(self._book.row["phase"][0]) if self._book else Phase.CONTINUOUS

    def picture(self, time_ns: int, received_ns: int) -> TickBlock:
        """Return what rests as events with flag SNAPSHOT: CLEAR, the phase, then orders by age, or levels.

        Replayed into any book they give this one, with the same queues.
        """
        rows = np.zeros((5, 0), np.int64) if self._book is None else _resting(self._book, self.level)
        head = np.array([[EventKind.CLEAR, EventKind.PHASE], [-1, -1], [0, 0], [0, self.phase], [-1, -1]])
        kind, side, tick, lots, slot = np.hstack([head, rows])
        order_id = np.zeros(len(kind), np.int64)
        if self._book is not None and self.level == "L3":
            order_id[2:] = _nodes(self._book)["id"][slot[2:]]
        flags = np.full(len(kind), EventFlag.SNAPSHOT)
        flags[-1] |= EventFlag.LAST
        times = np.full(len(kind), time_ns), np.full(len(kind), received_ns)
        columns = (*times, kind, side, flags, tick, lots, order_id, slot)
        return TickBlock._make(column.astype(dtype) for column, dtype in zip(columns, TYPES, strict=True))

    def _book_for(self, block: TickBlock) -> Book:
        if self._book is None:
            priced = np.flatnonzero((block.tick != 0) & (block.kind != EventKind.NONE))
            window = _WINDOW[self.level]
            base = int(block.tick[priced[0]]) - window // 2 if len(priced) else 0
            self._book = Book(base, window=window, slots=self._orders, far_room=16, entries=self._entries)
        return self._book

    def _grow(self, book: Book, code: Code, tick: int) -> None:
        """Make room for orders, for levels outside the window, and widen it about a price once those are many."""
        window = 4 * int(book.row["window"][0])
        if code == Code.NO_LEVEL_ROOM and int(book.row["far_room"][0]) >= _FAR and window <= _WIDEST:
            book.grow(base=tick - window // 2, window=window)
        else:
            book.grow(code)


def read_only(block: TickBlock) -> TickBlock:
    """Return views as stored ticks have them: kernels are compiled once for all, not for each make of array (30 s)."""
    views = [np.ascontiguousarray(column).view() for column in block]
    for view in views:
        view.flags.writeable = False
    return TickBlock._make(views)


def with_slots(block: TickBlock, found: Followed) -> TickBlock:
    """Return events with their slots; executions that can't be are TRADE, other such events NONE."""
    bad = (found.codes != Code.OK) & (found.codes != Code.CROSSED)
    if not bad.any():
        return block._replace(slot=found.slots)
    traded = bad & (block.kind == EventKind.EXECUTE)
    kind = np.where(traded, EventKind.TRADE, np.where(bad, EventKind.NONE, block.kind))
    return block._replace(kind=kind.astype(np.uint8), slot=found.slots)


def _nodes(book: Book) -> npt.NDArray[np.void]:
    """Return NODE[slots]."""
    return book.nodes[len(book.levels) :]


def _resting(book: Book, level: Level) -> npt.NDArray[np.int64]:
    """Return int64[5, n]: kind, side, tick, lots and slot of what rests."""
    if level == "L3":
        nodes = _nodes(book)
        slots = np.flatnonzero(nodes["lots"])
        slots = slots[np.argsort(nodes["rank"][slots])]
        chosen, row = nodes[slots], book.row[0]
        side, place = chosen["side"].astype(np.int64), chosen["place"]
        tick = np.where(side == BID, row["base"] + place, row["base"] + row["window"] - 1 - place)
        return np.array([np.full(len(slots), EventKind.ADD), side, tick, chosen["lots"], slots])
    kind = EventKind.SET if level == "L2" else EventKind.QUOTE
    sides = []
    for code in (BID, ASK):
        tick, lots, _ = book.depth(code).T
        sides.append(np.array([np.full(len(tick), kind), np.full(len(tick), code), tick, lots, np.full(len(tick), -1)]))
    return np.hstack(sides)
