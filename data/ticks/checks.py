"""What is checked of every feed, symbol by symbol: kinds, sides, sizes and the order of times."""

import numpy as np
import numpy.typing as npt

from lockstep.data.rules import show_time
from lockstep.data.ticks.findings import Findings, Place, Trouble
from lockstep.data.ticks.parts import TYPES
from lockstep.data.ticks.reader import Level
from lockstep.errors import DataError
from lockstep.kernels.book.events import EventKind, TickBlock
from lockstep.kernels.book.tables import MOST_LOTS, MOST_TICKS

BoolArray = npt.NDArray[np.bool_]

_KINDS = np.arange(256)
"""Rules by kind are looked up in tables: most batches are small, and np.isin takes 0.1 ms."""
_OF_ORDERS = np.isin(
    _KINDS,
    (EventKind.ADD, EventKind.REDUCE, EventKind.EXECUTE, EventKind.MODIFY, EventKind.TRADE, EventKind.HIDDEN),
)
_LEAST = np.where(_OF_ORDERS, 1, np.where(np.isin(_KINDS, (EventKind.SET, EventKind.QUOTE)), 0, np.iinfo(np.int64).min))
"""The least lots: above zero for orders and trades, zero for an empty level."""
_LEAST_SIDE = np.where(np.isin(_KINDS, (EventKind.ADD, EventKind.SET, EventKind.QUOTE)), 0, -1)
"""Events that happen to one side of the book; for other events of orders the side is the order's."""
_EVERYWHERE = (EventKind.NONE, EventKind.CLEAR, EventKind.TRADE, EventKind.HIDDEN, EventKind.PHASE)
_OF_LEVEL: dict[Level, BoolArray] = {
    "L1": np.isin(_KINDS, (EventKind.QUOTE, *_EVERYWHERE)),
    "L2": np.isin(_KINDS, (EventKind.SET, *_EVERYWHERE)),
    "L3": (_KINDS <= EventKind.MODIFY) | np.isin(_KINDS, _EVERYWHERE),
}
"""Whether a feed of a level has the kind."""


def checked(block: TickBlock, level: Level, before_ns: int, findings: Findings, place: Place) -> TickBlock:
    """Return the block as it may be stored; what can't be becomes NONE, and a backward time the time before it.

    `before_ns` is the time of the last event before. Raises a TickError when the findings are strict, DataError for
    columns that don't belong together.
    """
    block = TickBlock._make(np.asarray(column, dtype) for column, dtype in zip(block, TYPES, strict=True))
    lengths = {name: len(column) for name, column in block._asdict().items()}
    if len(set(lengths.values())) > 1:
        raise DataError(f"the columns of a batch must be of one length, found {lengths}")
    bad = _unfit(block, level, findings, place)
    if bad.any():
        block = block._replace(kind=np.where(bad, EventKind.NONE, block.kind).astype(np.uint8))
    return _forward(block, before_ns, findings, place)


def _unfit(block: TickBlock, level: Level, findings: Findings, place: Place) -> BoolArray:
    kind, side, lots = block.kind, block.side, block.lots
    unknown = ~_OF_LEVEL[level][kind] | (side > 1) | (side < _LEAST_SIDE[kind])
    unknown |= (block.tick > MOST_TICKS) | (block.tick < -MOST_TICKS) | (lots > MOST_LOTS)
    small = lots < _LEAST[kind]
    bad = unknown | small
    if not bad.any():
        return bad
    findings.add_rows(
        Trouble.UNREADABLE, unknown, place,
        lambda row: f"kind {kind[row]}, side {side[row]}, tick {block.tick[row]}, lots {lots[row]} are no event of an"
        f" {level} feed",
    )  # fmt: skip
    findings.add_rows(
        Trouble.BAD_SIZE, small & ~unknown, place,
        lambda row: f"{EventKind(int(kind[row])).name} of {lots[row]} lots: expected a size above zero",
    )  # fmt: skip
    return bad


def _forward(block: TickBlock, before_ns: int, findings: Findings, place: Place) -> TickBlock:
    time_ns = block.time_ns
    latest = np.maximum.accumulate(np.concatenate([[before_ns], time_ns]))
    backward = time_ns < latest[:-1]
    if not backward.any():
        return block
    findings.add_rows(
        Trouble.BACKWARD, backward, place,
        lambda row: f"time {show_time(int(time_ns[row]))} comes after {show_time(int(latest[row]))}",
    )  # fmt: skip
    return block._replace(time_ns=latest[1:])
