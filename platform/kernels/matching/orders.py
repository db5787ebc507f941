"""Commands about one order: new, cancel, reduce."""

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.ids import find_slot
from lockstep.kernels.book.ladder import tick_at
from lockstep.kernels.book.tables import int64
from lockstep.kernels.matching.codes import ReportKind
from lockstep.kernels.matching.ending import end_resting, end_stop, own_tick
from lockstep.kernels.matching.entry import enter, hindrance
from lockstep.kernels.matching.refusal import expiry_of, refusal
from lockstep.kernels.matching.report import reject, report
from lockstep.kernels.matching.resting import node_of, shorten_stop, take_off, wait
from lockstep.kernels.matching.tables import Command, Market, Taker, Venue, book_of, stops_of, taker_of
from lockstep.kernels.order_terms import Reason, is_stop


@kernel
def submit(v: Venue, m: Market, c: Command) -> None:
    """Take a new order, or refuse it."""
    reason = refusal(v, m, c)
    if reason != Reason.NONE:
        reject(v, c, reason)
        return
    t = taker_of(v)
    _load(v, c, t)
    if is_stop(c.type):
        _submit_stop(v, m, t)
        return
    reason = hindrance(v, m, t)
    if reason != Reason.NONE:
        reject(v, c, reason)
        return
    v.entered += 1
    report(v, m, ReportKind.ACCEPTED, Reason.NONE, t.id, t.owner, t.side, own_tick(t), c.lots, t.lots, 0)
    enter(v, m, t)


@kernel(inline=False)
def _submit_stop(v: Venue, m: Market, t: Taker) -> None:
    v.entered += 1
    report(v, m, ReportKind.ACCEPTED, Reason.NONE, t.id, t.owner, t.side, t.trigger, t.lots, t.lots, 0)
    wait(v, m, t)


@kernel
def _load(v: Venue, c: Command, t: Taker) -> None:
    t.id, t.owner, t.side, t.lots = c.id, c.owner, c.side, c.lots
    t.tick, t.trigger, t.display, t.expiry_ns = c.tick, c.trigger, c.display, expiry_of(v, c)
    t.type, t.force, t.flags, t.prevention = c.type, c.force, c.flags, c.prevention
    t.entered, t.filled = v.entered + 1, 0


@kernel
def owned(m: Market, c: Command) -> int:
    """Return the slot of the owner's resting order of this id, -1 for none."""
    b = book_of(m)
    slot = find_slot(b, c.id)
    return slot if slot >= 0 and node_of(b, slot).owner == c.owner else -1


@kernel
def owned_stop(m: Market, c: Command) -> int:
    """Return the slot of the owner's waiting stop of this id, -1 for none."""
    s = stops_of(m)
    slot = find_slot(s, c.id) if s.orders > 0 else -1
    return slot if slot >= 0 and node_of(s, slot).owner == c.owner else -1


@kernel
def cancel(v: Venue, m: Market, c: Command) -> None:
    """Cancel an order, in every phase."""
    slot = owned(m, c)
    if slot >= 0:
        end_resting(v, m, slot, ReportKind.CANCELED, Reason.REQUESTED, 0)
        return
    slot = owned_stop(m, c)
    if slot >= 0:
        end_stop(v, m, slot, ReportKind.CANCELED, Reason.REQUESTED)
    else:
        reject(v, c, Reason.UNKNOWN_ORDER)


@kernel(inline=False)
def reduce(v: Venue, m: Market, c: Command) -> None:
    """Take lots off an order, in every phase; the last one cancels it."""
    slot, stop = owned(m, c), owned_stop(m, c)
    if slot < 0 and stop < 0:
        reject(v, c, Reason.UNKNOWN_ORDER)
        return
    b = book_of(m) if slot >= 0 else stops_of(m)
    row = slot if slot >= 0 else stop
    node = node_of(b, row)
    left = node.lots + node.hidden - c.lots
    if c.lots <= 0 or left < 0:
        reject(v, c, Reason.BAD_SIZE)
    elif left == 0:
        cancel(v, m, c)
    else:
        if stop >= 0:
            shorten_stop(m, row, c.lots)
        else:
            take_off(m, b, row, c.lots)
        side = int64(1 - node.side if stop >= 0 else node.side)
        report(
            v, m, ReportKind.REDUCED, Reason.REQUESTED, c.id, c.owner, side, tick_at(b, node.side, node.place), c.lots,
            left, 0,
        )  # fmt: skip
