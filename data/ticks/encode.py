"""Messages become rows of events."""

from collections.abc import Sequence

import numpy as np

from lockstep.data.ticks.decimals import Grid
from lockstep.data.ticks.findings import Findings
from lockstep.data.ticks.lines import Lines
from lockstep.data.ticks.message import Levels, Message, Said
from lockstep.data.ticks.rows import Int64Array, Rows, mark_last
from lockstep.kernels.book.events import EventFlag, EventKind
from lockstep.kernels.book.tables import ASK, BID

_NO_LEVEL: Levels = [("0", "0")]
_SET, _SNAP = int(EventKind.SET), int(EventFlag.SNAPSHOT)
_TRADES = {Said.TRADE: int(EventKind.TRADE), Said.UNLIT_TRADE: int(EventKind.HIDDEN)}

Run = tuple[int, int, int, Levels]
"""EventKind, side, flags, levels: so many events alike."""


def encode(messages: Sequence[Message], grid: Grid, lines: Lines, findings: Findings) -> Rows:
    """Turn consecutive messages of one symbol into rows, in their order.

    What is off the instrument's tick or lot, or no number, is left out and found. LAST marks the last event of each
    message that is kept.
    """
    runs = [(at, run) for at, message in enumerate(messages) for run in _runs(message)]
    counts = [len(run[3]) for _, run in runs]
    levels = [level for _, run in runs for level in run[3]]
    ticks, lots = grid.prices.count([price for price, _ in levels]), grid.sizes.count([size for _, size in levels])
    group = np.repeat(_whole([at for at, _ in runs]), counts)
    spot = _whole([message.spot for message in messages])[group]
    bad = grid.check(
        ticks, lots, lines.places(spot), findings, lambda row: levels[row][0], lambda row: levels[row][1]
    )  # fmt: skip
    rows = Rows(
        time_ns=_whole([message.time_ns for message in messages])[group],
        received_ns=_whole([message.received_ns for message in messages])[group],
        kind=np.repeat(np.array([run[0] for _, run in runs], np.uint8), counts),
        side=np.repeat(np.array([run[1] for _, run in runs], np.int8), counts),
        flags=np.repeat(np.array([run[2] for _, run in runs], np.uint8), counts),
        tick=ticks.values,
        lots=lots.values,
        id=_whole([message.id for message in messages])[group],
        sequence=_whole([message.last for message in messages])[group],
        spot=spot,
    )
    return mark_last(rows.pick(~bad), group[~bad])


def _whole(values: list[int]) -> Int64Array:
    return np.array(values, np.int64)


def _runs(message: Message) -> tuple[Run, ...]:
    if message.kind is Said.DIFF:
        return (_SET, BID, 0, message.bids), (_SET, ASK, 0, message.asks)
    if message.kind in _TRADES:
        return ((_TRADES[message.kind], message.side, 0, message.bids),)
    if message.kind is Said.QUOTE:
        return (int(EventKind.QUOTE), BID, 0, message.bids), (int(EventKind.QUOTE), ASK, 0, message.asks)
    if message.kind is Said.LOST:
        return ((int(EventKind.CLEAR), -1, 0, _NO_LEVEL),)
    clear = (int(EventKind.CLEAR), -1, _SNAP, _NO_LEVEL)
    return clear, (_SET, BID, _SNAP, message.bids), (_SET, ASK, _SNAP, message.asks)
