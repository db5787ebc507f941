"""A generated flow's memory: the records, the arrays they name, and the growing of what is full."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.kernels.book.codes import NEEDS_ROOM, Code
from lockstep.kernels.book.events import TickBlock
from lockstep.kernels.book.frame import Book
from lockstep.kernels.book.tables import BID
from lockstep.kernels.flow.generate import ROWS_PER_ARRIVAL, generate, open_book
from lockstep.kernels.flow.hawkes import simulate
from lockstep.kernels.flow.levels import ROWS_PER_EVENT, view_levels
from lockstep.kernels.flow.tables import FLOW, HAWKES, KINDS, SIDES

Array = npt.NDArray[Any]
NEVER = (1 << 63) - 1
_TYPES = {
    "time_ns": np.int64, "received_ns": np.int64, "kind": np.uint8, "side": np.int8, "flags": np.uint8,
    "tick": np.int64, "lots": np.int64, "id": np.int64, "slot": np.int32,
}  # fmt: skip


class Hawkes:
    """A mutually exciting point process on its way.

    ``base`` float64[kinds] is in arrivals per second; ``branching`` float64[scales, kinds, kinds] says how many
    arrivals of each kind (column) one arrival (row) causes on average at each scale; ``decay`` float64[scales] is per
    second. It starts at its mean rates. Raises ValueError where the flow would grow without bounds.
    """

    def __init__(self, base: Array, branching: Array, decay: Array, *, seed: int, time_ns: int = 0) -> None:
        self.base = np.ascontiguousarray(base, np.float64)
        self.decay = np.ascontiguousarray(decay, np.float64)
        self.jump = np.ascontiguousarray(branching * self.decay[:, None, None], np.float64)
        self.mean = mean_rates(self.base, branching)
        self.excited = np.ascontiguousarray(np.einsum("j,kji->ki", self.mean, branching))
        self.row = np.zeros(1, HAWKES)
        facts = {"seed": seed, "time_ns": time_ns, "kinds": len(self.base), "scales": len(self.decay)}
        for name, value in {**facts, "base_total": self.base.sum()}.items():
            self.row[name] = value
        for name in ("base", "decay", "jump", "excited"):
            self.row[f"{name}_address"] = getattr(self, name).ctypes.data

    def simulate(self, arrivals: int) -> tuple[Array, Array]:
        """Return the next arrivals: times int64[n] in ns, kinds uint8[n]."""
        times, kinds = np.empty(arrivals, np.int64), np.empty(arrivals, np.uint8)
        simulate(self.row, times, kinds)
        return times, kinds


def mean_rates(base: Array, branching: Array) -> Array:
    """Return the mean rate of each kind, per second: (I - B')^-1 base, with B the branching of all scales.

    Raises ValueError for a branching ratio (spectral radius of B) of 1 or more.
    """
    total = np.asarray(branching).sum(axis=0)
    ratio = float(np.abs(np.linalg.eigvals(total)).max())
    if not ratio < 1.0:
        raise ValueError(
            f"branching ratio {ratio:.3f}: each arrival must cause less than one other; lower the branching"
        )
    rates: Array = np.linalg.solve(np.eye(len(total)) - total.T, base)
    return rates


class Marks(NamedTuple):
    """What arrivals bring; FLOW has the meaning of each."""

    furthest: int
    distance: float
    distance_tail: float
    most_lots: int
    lots_tail: float
    limit_lots: float
    market_lots: float
    whole_cancels: float


class Flow:
    """Order flow from a process of ``KINDS`` kinds, as an L3 history that starts with a picture of the book.

    ``middle`` (tick) is where the first book stands, ``orders`` how many rest on each side of it, ``rows`` how many
    events a block has at most.
    """

    def __init__(self, hawkes: Hawkes, marks: Marks, *, middle: int, orders: int, rows: int) -> None:
        if len(hawkes.base) != KINDS:
            raise ValueError(f"a flow has {KINDS} kinds of arrivals, found {len(hawkes.base)}")
        self._start = (middle, orders)
        self.window = 1 << max(13, int(8 * marks.furthest).bit_length())
        self.hawkes = hawkes
        self.book = Book(middle - self.window // 2, window=self.window, slots=8 * orders)
        self.block = empty_block(max(rows, 2 * orders + 1, ROWS_PER_ARRIVAL))
        self.row = np.zeros(1, FLOW)
        self.live = np.zeros((SIDES, 8 * orders), np.int32)
        self.position = np.zeros(8 * orders, np.int32)
        self.free = np.arange(8 * orders, dtype=np.int32)[::-1].copy()
        for name, value in {**marks._asdict(), "free_count": 8 * orders, "rows": len(self.block.kind)}.items():
            self.row[name] = value
        for name, column in self.block._asdict().items():
            self.row[f"{name}_column"] = column.ctypes.data
        self._name_arrays()

    def _name_arrays(self) -> None:
        for name in ("live", "position", "free"):
            self.row[f"{name}_address"] = getattr(self, name).ctypes.data
        self.row["hawkes_address"] = self.hawkes.row.ctypes.data
        self.row["book_address"] = self.book.row.ctypes.data

    def blocks(self, until_ns: int = NEVER) -> Iterator[TickBlock]:
        """Yield the history up to the first arrival at or after a moment.

        A block's arrays are written again: they are valid until the next one is asked for.
        """
        self.row["row"] = 0
        open_book(self.row, *self._start)
        yield self._written()
        while self.hawkes.row["time_ns"][0] < until_ns:
            self.row["row"] = 0
            while (code := Code(generate(self.row, until_ns))) != Code.OK:
                self._grow(code)
            yield self._written()

    def _written(self) -> TickBlock:
        return TickBlock._make(column[: int(self.row["row"][0])] for column in self.block)

    def _grow(self, code: Code) -> None:
        """Make room: a window about today's prices for far levels, twice the slots for orders."""
        if code == Code.NO_LEVEL_ROOM:
            best = self.book.best(BID)
            assert best is not None  # a flow never empties a side
            self.book.grow(base=best[0] - self.window // 2)
        else:
            slots = len(self.position)
            self.book.grow(code)
            self.live = np.pad(self.live, ((0, 0), (0, slots)))
            self.position, self.free = np.pad(self.position, (0, slots)), np.pad(self.free, (0, slots))
            self.free[:slots] = np.arange(2 * slots - 1, slots - 1, -1)
            self.row["free_count"] = slots
        self._name_arrays()


class LevelView:
    """What an L2 feed shows of an L3 history, whose orders ``book`` has room for (it grows)."""

    def __init__(self, book: Book, *, rows: int) -> None:
        self.book = book
        self.block = empty_block(max(rows, ROWS_PER_EVENT))

    def blocks(self, block: TickBlock) -> Iterator[TickBlock]:
        """Yield what a stretch of the history shows; the arrays are valid until the next one is asked for.

        Raises ValueError at an event that can't be.
        """
        event = 0
        while event < len(block.kind):
            event, rows, code = view_levels(self.book.row, block, event, self.block)
            if rows:
                yield TickBlock._make(column[:rows] for column in self.block)
            if code in NEEDS_ROOM:
                self.book.grow(Code(code))
            elif code != Code.OK:
                raise ValueError(f"event {event}: {Code(code).name}; replay the history strictly to find out more")


def empty_block(rows: int) -> TickBlock:
    """Return a block of ``rows`` events in which nothing happens."""
    made = TickBlock(*(np.zeros(rows, dtype) for dtype in _TYPES.values()))
    made.slot[:] = -1
    return made
