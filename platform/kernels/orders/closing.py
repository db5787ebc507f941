"""Positions that are closed for the account's sake: liquidation, and the end of the run."""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.orders.amounts import margin_rates
from lockstep.kernels.orders.ending import end_all
from lockstep.kernels.orders.fills import fill_order
from lockstep.kernels.orders.guard import take_unasked
from lockstep.kernels.orders.margin import maintenance_requirement, must_liquidate
from lockstep.kernels.orders.slots import new_slot
from lockstep.kernels.orders.tables import NO_SLOT
from lockstep.kernels.orders.terms import EXIT, Ended, Life, OrderType
from lockstep.kernels.orders.world import World, broker_of, contracts_of, policy_of, stands_of, working_of
from lockstep.kernels.reasons import Reason


@kernel(inline=False)
def maintenance(w: World) -> float:
    """Return the maintenance requirements of all positions."""
    total = 0.0
    for s in range(w.symbols):
        if stands_of(w)[s].quantity != 0.0:
            value = stands_of(w)[s].quantity * stands_of(w)[s].mark
            total += maintenance_requirement(value, margin_rates(policy_of(w), contracts_of(w)[s]))
    return total


@kernel(inline=False)
def in_danger(w: World, s: int, high: float, low: float) -> bool:
    """May equity fall short of the maintenance margin while a symbol's price goes from extreme to extreme?

    Both are straight lines of the price, so one of the two ends is the worst.
    """
    stand, contract, broker = stands_of(w)[s], contracts_of(w)[s], broker_of(w)
    rates, per = margin_rates(policy_of(w), contract), contract.multiplier * stand.rate
    now = stand.quantity * stand.mark
    others = maintenance(w) - maintenance_requirement(now, rates)
    for price in (high, low):
        value = stand.quantity * price * per
        if must_liquidate(broker.equity + value - now, others + maintenance_requirement(value, rates)):
            return True
    return False


@kernel(inline=False)
def order_to_close(w: World, s: int, time_ns: int) -> int:
    """Make a live market order that closes a symbol's position, and return its slot."""
    slot = new_slot(w, s, time_ns)
    order = working_of(w)[slot]
    order.life, order.latency = Life.LIVE, 0
    order.flags = EXIT
    order.quantity = order.wanted = order.value = -stands_of(w)[s].quantity
    order.live_session = stands_of(w)[s].session
    if policy_of(w).guarded:
        take_unasked(w, s, slot, time_ns)
    return slot


@kernel(inline=False)
def close_at(w: World, s: int, level: float, reason: int, time_ns: int, t: int) -> None:
    """Close a symbol's position at a level, whatever the bar's volume."""
    slot = order_to_close(w, s, time_ns)
    if reason == Reason.DELISTED:
        working_of(w)[slot].rests = 1  # it is paid out, not sold: there is no spread
    room = stands_of(w)[s].room
    stands_of(w)[s].room = np.inf
    fill_order(w, s, slot, level, reason, time_ns, t)
    stands_of(w)[s].room = room


@kernel(inline=False)
def finish_closing(w: World, s: int, level: float, time_ns: int, t: int) -> None:
    """Fill what a liquidation inside this row's bars left to be closed, now that the symbol has reached its close."""
    at = stands_of(w)[s].first
    while at != NO_SLOT:
        order = working_of(w)[at]
        if order.flags == EXIT and order.type == OrderType.MARKET and order.tag < 0 and order.row == broker_of(w).row:
            room = stands_of(w)[s].room
            stands_of(w)[s].room = np.inf
            fill_order(w, s, at, level, Reason.LIQUIDATION, time_ns, t)
            stands_of(w)[s].room = room
            return
        at = order.next


@kernel(inline=False)
def liquidate(w: World, trading: Any, time_ns: int, t: int) -> bool:
    """Close everything when equity no longer covers the maintenance margin; return whether it came to that.

    ``trading`` bool[symbols] says which trade at this moment: they are closed at the prices reached. The others follow
    at their next price: the close of this row, or their next open. Nobody buys what does not trade.
    """
    broker = broker_of(w)
    if not policy_of(w).margin or not must_liquidate(broker.equity, maintenance(w)):
        return False
    broker.liquidations += 1
    for s in range(w.symbols):
        end_all(w, s, Ended.BY_LIQUIDATION)
        if stands_of(w)[s].quantity == 0.0:
            continue
        if trading[s]:
            close_at(w, s, stands_of(w)[s].price, Reason.LIQUIDATION, time_ns, t)
        else:
            slot = order_to_close(w, s, time_ns)
            working_of(w)[slot].blocked = stands_of(w)[s].bar  # not at prices that are past
    return True
