"""A book's memory: the record and the arrays it names, made, grown and read from Python."""

from operator import index
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.errors import BookRoomError
from lockstep.kernels._jit import kernel
from lockstep.kernels.book.codes import NEEDS_ROOM, Code
from lockstep.kernels.book.digest import recount
from lockstep.kernels.book.events import Phase, TickBlock
from lockstep.kernels.book.ladder import best_place, next_place, row_at, tick_at
from lockstep.kernels.book.replay import apply_one, replay
from lockstep.kernels.book.tables import (
    BOOK,
    ENTRY,
    FAR,
    LEVEL,
    MOST_ROWS,
    MOST_TICKS,
    NODE,
    NOWHERE,
    levels_of,
    stage_words,
)
from lockstep.kernels.book.transfer import transfer
from lockstep.kernels.borrow import borrow

Array = npt.NDArray[Any]
_CODES = tuple(Code)
_ARRAYS = ("levels", "nodes", "bits", "far", "entries")


class Book:
    """An empty order book of one instrument.

    ``window`` (ticks, a power of two from 64) is how many prices are found without a search, from tick ``base`` up:
    choose it so that trading stays in it. ``slots`` is the room for orders (0 for an L1 or L2 book), ``far_room`` the
    room for levels outside the window on each side, ``entries`` the size of the table of live ids (a power of two,
    twice the orders; 0 where events bring their slots). None of them is a limit: ``grow`` makes room, up to the
    2**31 - 1 rows that neighbours in a queue are numbered with.

    Raises ``ValueError`` for sizes that can't be, ``BookRoomError`` for more rows than that.
    """

    def __init__(
        self, base: int, *, window: int = 1 << 16, slots: int = 1 << 12, far_room: int = 1 << 10, entries: int = 0
    ) -> None:
        _check_sizes(base, window, slots, far_room, entries)
        rows = 2 * (window + far_room)
        self.row = np.zeros(1, BOOK)
        self.levels = np.zeros(rows, LEVEL)
        self.nodes = np.zeros(rows + slots if slots else 0, NODE)
        self.bits = np.zeros(2 * stage_words(window), np.uint64)
        self.far = np.zeros(2 * far_room, FAR)
        self.entries = np.zeros(entries, ENTRY)
        self.entries["slot"] = -1
        self.far["row"] = 2 * window + np.arange(2 * far_room)
        if slots:
            self.nodes["previous"][:rows] = self.nodes["next"][:rows] = np.arange(rows)
        for name, value in {"base": base, "window": window, "far_room": far_room, "slots": slots}.items():
            self.row[name] = value
        self.row["entries"] = entries
        self.row["best_bid"] = self.row["best_ask"] = NOWHERE
        self.row["free_slot"] = -1
        self.row["phase"] = Phase.CONTINUOUS
        self._name_arrays()

    def _name_arrays(self) -> None:
        for name in _ARRAYS:
            self.row[f"{name}_address"] = getattr(self, name).ctypes.data

    def replay(self, block: TickBlock, *, strict: bool = True, watch_crossing: bool = False) -> "Replayed":
        """Apply a stretch of history, growing as needed.

        A strict replay stops at the first event that can't be; a tolerant one counts them by Code and goes on. With
        ``watch_crossing`` also a book that is whole and crossed in continuous trading counts as one that can't be.
        """
        refused = np.zeros(len(Code), np.int64)
        event, code = 0, int(Code.OK)
        while True:
            event, code = replay(self.row, block, event, strict, watch_crossing, refused)
            if code not in NEEDS_ROOM:
                return Replayed(event, Code(code), refused)
            self.grow(Code(code))

    def apply(self, kind: int, side: int, tick: int, lots: int, order_id: int = 0, slot: int = -1) -> Code:
        """Apply one event, growing as needed; return what came of it."""
        # Other types of numbers, enumerations among them, would each have the kernel compiled anew; fractions fail.
        event = index(kind), index(side), index(tick), index(lots), index(order_id), index(slot)
        while True:
            code = _CODES[apply_one(self.row, *event)]
            if code not in NEEDS_ROOM:
                return code
            self.grow(code)

    def grow(self, code: Code | None = None, *, base: int | None = None, window: int | None = None) -> None:
        """Move to twice the room for what ``code`` says is lacking, or to a window of other prices or another size.

        Raises ``BookRoomError``, and leaves the book as it was, where that is more than a book can have.
        """
        row = self.row[0]
        slots, far_room, entries = int(row["slots"]), int(row["far_room"]), int(row["entries"])
        while True:
            if code == Code.NO_ORDER_ROOM:
                slots, entries = _more_orders(slots, entries)
            elif code == Code.NO_LEVEL_ROOM:
                far_room = max(2 * far_room, 1)
            larger = Book(
                int(row["base"]) if base is None else base, window=window or int(row["window"]), slots=slots,
                far_room=far_room, entries=entries,
            )  # fmt: skip
            if transfer(self.row, larger.row):
                break
            code = Code.NO_LEVEL_ROOM  # a narrower window left too many levels outside it
        self.row[0] = larger.row[0]
        for name in _ARRAYS:
            setattr(self, name, getattr(larger, name))

    def copy(self) -> "Book":
        """Return a book of its own in the same state."""
        other = Book.__new__(Book)
        other.row = self.row.copy()
        for name in _ARRAYS:
            setattr(other, name, getattr(self, name).copy())
        other._name_arrays()
        return other

    __copy__ = copy

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over what was pickled; the arrays lie elsewhere now."""
        self.__dict__.update(state)
        self._name_arrays()

    @property
    def digest(self) -> int:
        """The state hash, 0 to 2**64 - 1."""
        return int(self.row["digest"][0]) & 0xFFFF_FFFF_FFFF_FFFF

    def recount(self) -> int:
        """Return the state hash summed afresh."""
        return int(recount(self.row)) & 0xFFFF_FFFF_FFFF_FFFF

    def depth(self, side: int, levels: int = 1 << 62) -> Array:
        """Return int64[n, 3] of the n best levels: tick, lots, orders."""
        found = np.zeros((min(levels, len(self.levels)), 3), np.int64)
        return found[: read_depth(self.row, side, found)]

    def best(self, side: int) -> tuple[int, int] | None:
        """Return (tick, lots) of the best level, None for an empty side."""
        found = self.depth(side, 1)
        return (int(found[0, 0]), int(found[0, 1])) if len(found) else None


def _check_sizes(base: int, window: int, slots: int, far_room: int, entries: int) -> None:
    if abs(base) > MOST_TICKS:
        raise ValueError(f"base must lie within 2**60 ticks of zero, found {base}")
    if window < 64 or window & (window - 1):
        raise ValueError(f"window must be a power of two from 64 up, found {window}")
    if min(slots, far_room, entries) < 0 or entries & (entries - 1):
        raise ValueError(
            f"slots and far_room must be 0 or more, entries 0 or a power of two; found {slots}, {far_room}, {entries}"
        )
    rows = 2 * (window + far_room) + slots
    if rows > MOST_ROWS:
        raise BookRoomError(
            f"a book has at most {MOST_ROWS:,} rows, found {rows:,}: 2 x (window {window:,} + far_room {far_room:,}) + "
            f"slots {slots:,}; take a smaller window, or look for slots in the events that are not dense"
        )


def _more_orders(slots: int, entries: int) -> tuple[int, int]:
    """Return twice the slots, twice the entries, or both: what is scarcer, as a table takes half as many as it has."""
    scarce_slots = entries == 0 or 2 * slots <= entries
    scarce_entries = entries <= 2 * slots
    return (2 * slots if scarce_slots else slots), (2 * entries if scarce_entries else entries)


class Replayed:
    """What a replay did.

    ``code`` is what it ended with, ``events`` how many it went through: at a stop the number of the event that can't
    be. ``refused`` counts, in a tolerant replay, the events that could not be, by Code.
    """

    def __init__(self, events: int, code: Code, refused: Array) -> None:
        self.events = events
        self.code = code
        self.refused = {Code(k): int(n) for k, n in enumerate(refused) if n}


@kernel(cache=True)
def read_depth(book: Any, side: int, out: Any) -> int:
    """Write the best levels of BOOK[1] into ``out`` int64[n, 3]: tick, lots, orders; return how many there are."""
    b, rows = borrow(book)[0], borrow(out)
    place = best_place(b, side)
    count = 0
    while place != NOWHERE and count < rows.shape[0]:
        level = levels_of(b)[np.uint64(row_at(b, side, place))]
        rows[count, 0] = tick_at(b, side, place)
        rows[count, 1] = level.lots
        rows[count, 2] = level.count
        count += 1
        place = next_place(b, side, place)
    return count
