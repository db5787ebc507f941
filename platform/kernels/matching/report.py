"""Reports, and the positions that fills leave."""

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.tables import BID
from lockstep.kernels.matching.codes import ReportKind
from lockstep.kernels.matching.tables import Command, Market, Venue, positions_of, reports_of
from lockstep.kernels.order_terms import Reason


@kernel(inline=False)
def report(
    v: Venue, m: Market, kind: int, reason: int, order_id: int, owner: int, side: int, tick: int, lots: int,
    remaining: int, other: int,
) -> None:  # fmt: skip
    """Write a report about an order of ``m``. There is room: it was asked for before the command."""
    _write(v, m.instrument, kind, reason, order_id, owner, side, tick, lots, remaining, other, 0)


@kernel
def report_fill(
    v: Venue, m: Market, order_id: int, owner: int, side: int, tick: int, lots: int, remaining: int, other: int,
    maker: int,
) -> None:  # fmt: skip
    """Write a fill, and move the owner's position."""
    _write(
        v, m.instrument, ReportKind.FILL, Reason.NONE, order_id, owner, side, tick, lots, remaining, other, maker
    )  # fmt: skip
    if owner != 0:
        positions = positions_of(v)
        positions[np.uint64(owner * v.markets + m.instrument)] += lots if side == BID else -lots


@kernel(inline=False)
def reject(v: Venue, c: Command, reason: int) -> None:
    """Refuse a command: the report repeats what it was about."""
    _write(v, c.instrument, ReportKind.REJECTED, reason, c.id, c.owner, c.side, c.tick, c.lots, 0, 0, 0)


@kernel
def _write(
    v: Venue, instrument: int, kind: int, reason: int, order_id: int, owner: int, side: int, tick: int, lots: int,
    remaining: int, other: int, maker: int,
) -> None:  # fmt: skip
    r = reports_of(v)[np.uint64(v.reports)]
    v.reports += 1
    v.sequence += 1
    r.kind, r.reason, r.instrument, r.owner = kind, reason, instrument, owner
    r.side, r.maker, r.id, r.other = side, maker, order_id, other
    r.tick, r.lots, r.remaining, r.sequence, r.time_ns = tick, lots, remaining, v.sequence, v.now_ns


@kernel
def reducible(v: Venue, m: Market, owner: int, side: int) -> int:
    """Return how many lots on ``side`` would close the owner's position, without turning it."""
    if owner == 0:
        return 0
    position = positions_of(v)[np.uint64(owner * v.markets + m.instrument)]
    return max(-position if side == BID else position, 0)
