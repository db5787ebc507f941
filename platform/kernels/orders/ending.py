"""How a working order ends, and what its end means for the orders that belong to it."""

import math
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.orders.guard import admit
from lockstep.kernels.orders.tables import NO_GROUP, NO_SLOT
from lockstep.kernels.orders.tally import tally_end, tally_size
from lockstep.kernels.orders.terms import Ended, Flag, Life, OrderType, Refusal
from lockstep.kernels.orders.worklist import following, remove
from lockstep.kernels.orders.world import World, broker_of, orders_of, policy_of, stands_of, working_of
from lockstep.kernels.records import OrderStatus
from lockstep.kernels.risk.codes import RiskCode
from lockstep.kernels.risk.order import Verdict


@kernel(inline=False)
def write_order(record: Any, order: Any, status: int, refusal: int, ended: int, row: int) -> None:
    """Write an order's record."""
    record.id, record.tag, record.symbol = order.id, order.tag, order.symbol
    record.row, record.time_ns = order.row, order.time_ns
    record.type, record.tif, record.flags = order.type, order.tif, order.flags
    record.instruction, record.limit, record.stop = order.value, order.limit, order.stop
    record.wanted, record.quantity, record.filled = order.wanted, order.quantity, order.filled
    record.average_price = order.filled_value / order.filled if order.filled != 0.0 else math.nan
    record.cut, record.status, record.refusal, record.ended = order.cut, status, refusal, ended
    record.risk_limit = record.risk_current = record.risk_attempted = math.nan
    record.parent, record.group = order.parent, order.group
    record.fill_row, record.end_row = order.fill_row, row


@kernel(inline=False)
def end_order(w: World, slot: int, status: int, refusal: int, ended: int) -> None:
    """Take an order off the table and write its record; children that never lived end with it."""
    order = working_of(w)[slot]
    row = broker_of(w).row
    if policy_of(w).guarded:
        tally_end(w, slot)
    write_order(orders_of(w)[w.order_count], order, status, refusal, ended, row)
    w.order_count += 1
    parent = order.id
    remove(broker_of(w), stands_of(w)[order.symbol], working_of(w), slot)
    if order.filled == 0.0:
        _end_children(w, parent)


@kernel(inline=False)
def end_unadmitted(w: World, slot: int, verdict: Verdict) -> None:
    """End an order that the pre-trade check refuses, and write what the check found."""
    record = orders_of(w)[w.order_count]
    end_order(w, slot, OrderStatus.REFUSED, verdict.code, Ended.NOT)
    record.risk_limit, record.risk_current, record.risk_attempted = verdict.limit, verdict.current, verdict.attempted


@kernel(inline=False)
def _end_children(w: World, parent: int) -> None:
    for s in range(w.symbols):
        before, at = NO_SLOT, stands_of(w)[s].first
        while at != NO_SLOT:
            order = working_of(w)[at]
            if order.parent == parent and order.life == Life.HELD:
                # Written out instead of ended: a child has no children of its own (submit refuses that).
                record = orders_of(w)[w.order_count]
                write_order(record, order, OrderStatus.CANCELED, Refusal.NONE, Ended.BY_PARENT, broker_of(w).row)
                w.order_count += 1
                remove(broker_of(w), stands_of(w)[s], working_of(w), at)
                at = following(stands_of(w)[s], working_of(w), before)
                continue
            before, at = at, order.next


@kernel(inline=False)
def end_siblings(w: World, slot: int, traded: float) -> None:
    """One cancels the other: after a fill of ``traded`` units the group's others shrink by as much, or end.

    An order on the same side has done part of the others' work: they are left with the rest, so that no more than
    one order's units are ever filled. One on the other side ends at once. Exits of a whole position follow that.
    """
    group = working_of(w)[slot].group
    if group == NO_GROUP:
        return
    for s in range(w.symbols):
        before, at = NO_SLOT, stands_of(w)[s].first
        while at != NO_SLOT:
            order = working_of(w)[at]
            if at != slot and order.group == group and not order.flags & Flag.WHOLE_POSITION:
                ends = True
                if order.quantity * traded > 0.0 and order.symbol == working_of(w)[slot].symbol:
                    order.quantity -= traded
                    ends = (order.quantity - order.filled) * traded <= 0.0
                    if policy_of(w).guarded and not ends:
                        tally_size(w, at)
                if ends:
                    end_order(w, at, OrderStatus.CANCELED, Refusal.NONE, Ended.BY_SIBLING)
                    at = following(stands_of(w)[s], working_of(w), before)
                    continue
            before, at = at, order.next


@kernel
def rests_at(order: Any, price: float) -> int:
    """Would a limit that reaches the market at this price rest there? Without a price, it takes."""
    waits = order.limit < price if order.quantity > 0.0 else order.limit > price
    return 1 if waits else 0


@kernel
def rests(order: Any, price: float) -> int:
    """Does an order that reaches the market at this price rest there?"""
    limit = order.type == OrderType.LIMIT or (order.type == OrderType.STOP_LIMIT and order.triggered != 0)
    return rests_at(order, price) if limit else 0


@kernel(inline=False)
def release_children(w: World, parent: int, traded: int, price: float, time_ns: int) -> None:
    """A parent of the symbol ``traded`` was filled: its children become live, trailing stops from the price reached.

    A child on another symbol waits for that symbol's next open: its bar may be past this moment.
    """
    for s in range(w.symbols):
        before, at = NO_SLOT, stands_of(w)[s].first
        while at != NO_SLOT:
            order = working_of(w)[at]
            if order.parent == parent and order.life == Life.HELD:
                order.life = Life.LIVE if s == traded else Life.ARRIVING
                order.latency = 0
                order.live_session = stands_of(w)[s].session
                if order.type == OrderType.TRAILING_STOP and s == traded:
                    order.extreme = price
                if s == traded and would_take(order, stands_of(w)[s].price):
                    end_order(w, at, OrderStatus.REFUSED, Refusal.WOULD_TAKE, Ended.NOT)
                    at = following(stands_of(w)[s], working_of(w), before)
                    continue
                if policy_of(w).guarded:
                    verdict = admit(w, s, at, time_ns)
                    if verdict.code != RiskCode.PASSED:
                        end_unadmitted(w, at, verdict)
                        at = following(stands_of(w)[s], working_of(w), before)
                        continue
            before, at = at, order.next


@kernel
def would_take(order: Any, price: float) -> bool:
    """Note how an order reaches the market at a price; return whether it is refused for that."""
    order.rests = rests(order, price)
    return order.flags & Flag.POST_ONLY != 0 and order.rests == 0


@kernel(inline=False)
def end_exits(w: World, s: int, trading: int) -> None:
    """End the orders that were to close a position that is closed now, and fit the others to what is held.

    The slot that is ``trading`` looks after itself.
    """
    stand = stands_of(w)[s]
    before, at = NO_SLOT, stand.first
    while at != NO_SLOT:
        order = working_of(w)[at]
        if at != trading and order.flags & Flag.WHOLE_POSITION and order.life != Life.HELD:
            if stand.quantity * order.quantity >= 0.0:  # flat, or turned
                end_order(w, at, OrderStatus.CANCELED, Refusal.NONE, Ended.BY_POSITION)
                at = following(stand, working_of(w), before)
                continue
            order.quantity = order.filled - stand.quantity
            if policy_of(w).guarded:
                tally_size(w, at)
        before, at = at, order.next


@kernel(inline=False)
def end_all(w: World, s: int, ended: int) -> None:
    """End every order of a symbol."""
    while stands_of(w)[s].first != NO_SLOT:
        end_order(w, stands_of(w)[s].first, OrderStatus.CANCELED, Refusal.NONE, ended)
