"""How live orders end other than by trading: canceled or expired."""

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.ladder import tick_at
from lockstep.kernels.book.tables import int64
from lockstep.kernels.matching.codes import ReportKind
from lockstep.kernels.matching.expiry import next_expiry_ns
from lockstep.kernels.matching.report import report
from lockstep.kernels.matching.resting import node_of, remove, remove_stop
from lockstep.kernels.matching.tables import Market, Taker, Venue, book_of, expiries_of, market_of, stops_of
from lockstep.kernels.order_terms import NO_TICK, OrderType, Reason


@kernel(inline=False)
def end_resting(v: Venue, m: Market, slot: int, kind: int, reason: int, other: int) -> None:
    """Take a resting order out and say so: ``kind`` CANCELED or EXPIRED."""
    b = book_of(m)
    node = node_of(b, slot)
    tick = tick_at(b, node.side, node.place)
    report(
        v, m, kind, reason, node.id, int64(node.owner), int64(node.side), tick, node.lots + node.hidden, 0, other
    )  # fmt: skip
    remove(v, m, slot)


@kernel(inline=False)
def end_stop(v: Venue, m: Market, slot: int, kind: int, reason: int) -> None:
    """Take a waiting stop out and say so; its price is its trigger."""
    b = stops_of(m)
    node = node_of(b, slot)
    tick = tick_at(b, node.side, node.place)
    report(v, m, kind, reason, node.id, int64(node.owner), int64(1 - node.side), tick, node.lots, 0, 0)
    remove_stop(v, m, slot)


@kernel
def own_tick(t: Taker) -> int:
    """Return the limit price of the incoming order, NO_TICK for none."""
    return NO_TICK if t.type == OrderType.MARKET else t.tick


@kernel(inline=False)
def end_taker(v: Venue, m: Market, t: Taker, reason: int, other: int) -> None:
    """Cancel what is left of the incoming order and say so."""
    report(v, m, ReportKind.CANCELED, reason, t.id, t.owner, t.side, own_tick(t), t.lots, 0, other)
    t.lots = 0


@kernel(inline=False)
def expire(v: Venue) -> None:
    """End all orders whose time is over, the earliest first."""
    while next_expiry_ns(v) <= v.now_ns:
        entry = expiries_of(v)[0]
        m = market_of(v, entry.instrument)
        if entry.waiting:
            end_stop(v, m, entry.slot, ReportKind.EXPIRED, Reason.NONE)
        else:
            end_resting(v, m, entry.slot, ReportKind.EXPIRED, Reason.NONE, 0)
