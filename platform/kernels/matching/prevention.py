"""Self-trade prevention: an incoming order meets a resting one of the same owner."""

from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.ladder import tick_at
from lockstep.kernels.book.tables import int64
from lockstep.kernels.matching.codes import ReportKind
from lockstep.kernels.matching.ending import end_resting, end_taker, own_tick
from lockstep.kernels.matching.report import report
from lockstep.kernels.matching.resting import node_of, take_off
from lockstep.kernels.matching.tables import Market, Taker, Venue, book_of
from lockstep.kernels.order_terms import Prevention, Reason


@kernel
def meets_itself(t: Taker, node: Any) -> bool:
    """Return whether a resting order must not trade with the incoming one."""
    return bool(node.owner == t.owner and t.prevention != Prevention.NONE and t.owner != 0)


@kernel(inline=False)
def prevent(v: Venue, m: Market, t: Taker, slot: int) -> None:
    """Cancel or shrink one or both of them; at least one is gone then."""
    mode, resting_id = t.prevention, node_of(book_of(m), slot).id
    if mode == Prevention.DECREMENT:
        _decrement(v, m, t, slot)
        return
    if mode != Prevention.NEWEST:
        end_resting(v, m, slot, ReportKind.CANCELED, Reason.SELF_TRADE, t.id)
    if mode != Prevention.OLDEST:
        end_taker(v, m, t, Reason.SELF_TRADE, resting_id)


@kernel(inline=False)
def _decrement(v: Venue, m: Market, t: Taker, slot: int) -> None:
    b = book_of(m)
    node = node_of(b, slot)
    resting_id, all_lots = node.id, node.lots + node.hidden
    lots = min(t.lots, all_lots)
    if lots == all_lots:
        end_resting(v, m, slot, ReportKind.CANCELED, Reason.SELF_TRADE, t.id)
    else:
        take_off(m, b, slot, lots)
        report(
            v, m, ReportKind.REDUCED, Reason.SELF_TRADE, resting_id, int64(node.owner), int64(node.side),
            tick_at(b, node.side, node.place), lots, all_lots - lots, t.id,
        )  # fmt: skip
    if lots == t.lots:
        end_taker(v, m, t, Reason.SELF_TRADE, resting_id)
    else:
        t.lots -= lots
        report(
            v, m, ReportKind.REDUCED, Reason.SELF_TRADE, t.id, t.owner, t.side, own_tick(t), lots, t.lots, resting_id
        )  # fmt: skip
