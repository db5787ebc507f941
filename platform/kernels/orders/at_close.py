"""The close of a bar: what is marked there, and what fills or ends there."""

from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.orders.ending import end_order
from lockstep.kernels.orders.fills import fill_order
from lockstep.kernels.orders.marks import mark
from lockstep.kernels.orders.tables import NO_SLOT
from lockstep.kernels.orders.tally import tally_price
from lockstep.kernels.orders.terms import Ended, Life, OrderType, Refusal, TimeInForce
from lockstep.kernels.orders.turns import take_turns
from lockstep.kernels.orders.walk import in_turn
from lockstep.kernels.orders.worklist import following
from lockstep.kernels.orders.world import (
    Sequence,
    World,
    broker_of,
    contracts_of,
    last_of_session_of,
    ohlcv_of,
    policy_of,
    present_of,
    stands_of,
    times_of,
    turn_of,
    working_of,
)
from lockstep.kernels.reasons import Reason
from lockstep.kernels.records import OrderStatus

CLOSE = 3  # row of a block's ohlcv


@kernel(inline=False)
def fill_at_close(w: World, t: int, tif: int, reason: int) -> None:
    """Fill market orders, or orders of a time in force, at this row's close: sells first, if so ruled."""
    take_turns(w)
    sells_first = policy_of(w).sequence == Sequence.SELLS_FIRST
    for turn in range(2 if sells_first else 1):
        side = (-1.0 if turn == 0 else 1.0) if sells_first else 0.0
        for i in range(w.symbols):
            s = turn_of(w)[i]
            if present_of(w)[s, t]:
                _close_symbol(w, s, t, tif, reason, side)


@kernel(inline=False)
def _close_symbol(w: World, s: int, t: int, tif: int, reason: int, side: float) -> None:
    stand, close = stands_of(w)[s], ohlcv_of(w)[s, CLOSE, t]
    if tif == TimeInForce.CLS and not last_of_session_of(w)[s, t]:
        return
    at = stand.first
    while at != NO_SLOT:
        order = working_of(w)[at]
        for_close = order.tif == TimeInForce.CLS and order.life == Life.LIVE
        chosen = for_close if tif == TimeInForce.CLS else _plain_market(order)
        if chosen and order.blocked != stand.bar and _within_limit(order, close) and in_turn(w, s, order, side):
            fill_order(w, s, at, close, reason, times_of(w)[t], t)
            at = stand.first  # a fill may end any other order
            continue
        at = order.next


@kernel(inline=False)
def end_at_once(w: World, s: int) -> None:
    """After a close that fills: what was to be filled at once, and was not, is cancelled."""
    stand = stands_of(w)[s]
    before, at = NO_SLOT, stand.first
    while at != NO_SLOT:
        order = working_of(w)[at]
        if _plain_market(order) and order.tif >= TimeInForce.IOC:
            end_order(w, at, OrderStatus.CANCELED, Refusal.NONE, Ended.AT_ONCE_ONLY)
            at = following(stand, working_of(w), before)
            continue
        before, at = at, order.next


@kernel
def _plain_market(order: Any) -> bool:
    held = order.life == Life.HELD or order.latency > 0
    return order.type == OrderType.MARKET and order.tif <= TimeInForce.FOK and not held


@kernel
def _within_limit(order: Any, price: float) -> bool:
    if order.type != OrderType.LIMIT:
        return True
    return price <= order.limit if order.quantity > 0.0 else price >= order.limit


@kernel(inline=False)
def _end_close_orders(w: World, s: int) -> None:
    stand = stands_of(w)[s]
    before, at = NO_SLOT, stand.first
    while at != NO_SLOT:
        order = working_of(w)[at]
        if order.tif == TimeInForce.CLS and order.life == Life.LIVE:
            end_order(w, at, OrderStatus.EXPIRED, Refusal.NONE, Ended.AT_ONCE_ONLY)
            at = following(stand, working_of(w), before)
            continue
        before, at = at, order.next


@kernel(inline=False)
def close_bars(w: World, t: int) -> None:
    """The close of a row: mark what closes here, fill what waits for a session's close."""
    any_last = False
    for s in range(w.symbols):
        if present_of(w)[s, t]:
            mark(broker_of(w), stands_of(w)[s], contracts_of(w)[s], ohlcv_of(w)[s, CLOSE, t])
            if policy_of(w).guarded:
                tally_price(w, s, times_of(w)[t])
            any_last = any_last or last_of_session_of(w)[s, t]
    if not any_last or broker_of(w).working == 0:
        return
    fill_at_close(w, t, TimeInForce.CLS, Reason.ON_CLOSE)
    for s in range(w.symbols):
        if present_of(w)[s, t] and last_of_session_of(w)[s, t]:
            _end_close_orders(w, s)
