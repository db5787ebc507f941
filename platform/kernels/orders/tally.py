"""The risk records of a run, kept true by what happens to its orders, positions, prices and sessions.

A working order remembers in ``booked`` the signed units that the records hold for it: nan while they hold none,
because it waits for its parent, or because its units are found when it fills. Every kernel here is called only in a
guarded run.
"""

import math
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.orders.tables import NO_SLOT
from lockstep.kernels.orders.terms import EXIT, Flag, OrderType
from lockstep.kernels.orders.world import World, broker_of, exposures_of, guard_of, limits_of, stands_of, working_of
from lockstep.kernels.risk.book import add_working, closed, filled, marked, own_best, positioned, rated, rests, valued
from lockstep.kernels.risk.exposure import revalue
from lockstep.kernels.risk.limits import too_much


@kernel
def level_of(kind: int, limit: float, stop: float) -> float:
    """Return the price an order names itself: its limit, else its stop; nan for none and for one that moves."""
    if kind == OrderType.LIMIT or kind == OrderType.STOP_LIMIT:
        return limit
    return stop if kind == OrderType.STOP or kind == OrderType.MARKET_IF_TOUCHED else math.nan


@kernel
def own_level(order: Any) -> float:
    """Return the price that a working order names itself."""
    return level_of(order.type, order.limit, order.stop)


@kernel
def only_reduces(order: Any) -> bool:
    """Is an order cut to the position when it fills?"""
    return order.flags & EXIT != 0


@kernel
def stands_in_book(order: Any) -> bool:
    """Does an order lie at its limit, for others to trade with?"""
    return order.type == OrderType.LIMIT or (order.type == OrderType.STOP_LIMIT and order.triggered != 0)


@kernel
def units_left(stand: Any, order: Any) -> float:
    """Return the signed units an order has left; one that closes a whole position has what is held."""
    if order.flags & Flag.WHOLE_POSITION and stand.quantity * order.quantity < 0.0:
        return -stand.quantity
    return order.quantity - order.filled


@kernel(inline=False)
def look_up(w: World, s: int) -> None:
    """Tell the records the best prices of a symbol's own resting orders."""
    bid = ask = math.nan
    at = stands_of(w)[s].first
    while at != NO_SLOT:
        order = working_of(w)[at]
        if not math.isnan(order.booked) and stands_in_book(order):
            if order.booked > 0.0:
                bid = order.limit if not bid >= order.limit else bid
            else:
                ask = order.limit if not ask <= order.limit else ask
        at = order.next
    own_best(exposures_of(w)[s], bid, ask)


@kernel(inline=False)
def tally_end(w: World, slot: int) -> None:
    """Book that an order leaves the table with what is left of it."""
    order = working_of(w)[slot]
    if math.isnan(order.booked):
        return
    left, s = order.booked, order.symbol
    order.booked = math.nan
    closed(guard_of(w), exposures_of(w)[s], left, own_level(order), only_reduces(order))
    if stands_in_book(order):
        look_up(w, s)


@kernel(inline=False)
def tally_fill(w: World, s: int, slot: int, quantity: float, price: float, done: bool, time_ns: int) -> None:
    """Book a fill of signed units; of an order that is ``done`` what was cut is given up."""
    account, symbol, order = guard_of(w), exposures_of(w)[s], working_of(w)[slot]
    side = 1.0 if quantity > 0.0 else -1.0
    left = order.booked - quantity
    if done:
        add_working(symbol, side, -max(left * side, 0.0), own_level(order), only_reduces(order))
    order.booked = math.nan if done else left
    filled(account, symbol, quantity, price, own_level(order), only_reduces(order), done, time_ns)
    if symbol.position != stands_of(w)[s].quantity:  # the ledger's own rounding decides
        positioned(account, symbol, stands_of(w)[s].quantity)
    if done and stands_in_book(order):
        look_up(w, s)


@kernel(inline=False)
def tally_size(w: World, slot: int) -> None:
    """Book that the engine has fitted an order: to what a sibling traded, or to the position that it closes."""
    order = working_of(w)[slot]
    if math.isnan(order.booked):
        return
    symbol = exposures_of(w)[order.symbol]
    left = units_left(stands_of(w)[order.symbol], order)
    side = 1.0 if order.booked > 0.0 else -1.0
    add_working(symbol, side, abs(left) - abs(order.booked), own_level(order), only_reduces(order))
    order.booked = left
    revalue(guard_of(w), symbol)


@kernel(inline=False)
def tally_trigger(w: World, slot: int) -> None:
    """Book that a stop-limit was triggered: from here on it rests at its limit."""
    order = working_of(w)[slot]
    if not math.isnan(order.booked):
        rests(exposures_of(w)[order.symbol], order.booked, order.limit)


@kernel(inline=False)
def tally_split(w: World, s: int, ratio: float) -> None:
    """Restate a symbol's records after its position, orders and prices were: they are counted anew."""
    symbol, stand = exposures_of(w)[s], stands_of(w)[s]
    symbol.buying = symbol.selling = symbol.reducing_buys = symbol.reducing_sells = 0.0
    symbol.buy_value = symbol.sell_value = 0.0
    symbol.mark /= ratio
    symbol.last_quantity *= ratio
    symbol.last_price /= ratio
    at = stand.first
    while at != NO_SLOT:
        order = working_of(w)[at]
        if not math.isnan(order.booked):
            order.booked = units_left(stand, order)
            side = 1.0 if order.booked > 0.0 else -1.0
            add_working(symbol, side, abs(order.booked), own_level(order), only_reduces(order))
        at = order.next
    look_up(w, s)
    positioned(guard_of(w), symbol, stand.quantity)


@kernel(inline=False)
def tally_price(w: World, s: int, time_ns: int) -> None:
    """Take over the price and the rate that a symbol has come to."""
    account, symbol, stand = guard_of(w), exposures_of(w)[s], stands_of(w)[s]
    if stand.rate != symbol.rate:
        rated(account, symbol, stand.rate)
    if not math.isnan(stand.price):
        marked(account, symbol, stand.price, time_ns)


@kernel(inline=False)
def tally_equity(w: World) -> bool:
    """Book the account's equity; return whether what may still open is to be cancelled: a loss or drawdown too large.

    A loss says so once, when it is found, and a drawdown as long as it lasts: nothing new gets through meanwhile.
    """
    account, limits = guard_of(w), limits_of(w)
    breached = valued(limits, account, broker_of(w).equity)
    drawdown = 1.0 - account.equity / account.peak_equity
    return breached or (limits.max_drawdown >= 0.0 and too_much(drawdown, limits.max_drawdown))
