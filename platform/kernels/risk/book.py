"""Keep the records true: what to call when an order is sent, replaced, filled or over, and when marks and days move.

One symbol's own resting prices are kept as the best of each side. When the best one goes away, only who holds the
orders knows the next: kernels that may take it away return True, and the caller looks it up and calls ``own_best``.
Until then the old price stands, which refuses more, never less.
"""

import math
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.risk.codes import RiskCode, TradingState
from lockstep.kernels.risk.conduct import daily_loss
from lockstep.kernels.risk.exposure import is_price, revalue
from lockstep.kernels.risk.form import PRECISION, nearest
from lockstep.kernels.risk.limits import too_much
from lockstep.kernels.risk.order import OrderClass, Proposal, own_price
from lockstep.kernels.risk.tables import RATE_RING


@kernel
def whole(quantity: float, lot: float) -> float:
    """Return a quantity as the whole lots that it is but for rounding, so that sums of many don't drift."""
    if not lot > 0.0:
        return quantity
    lots = nearest(quantity / lot)
    return lots * lot if abs(quantity - lots * lot) <= PRECISION * lot else quantity


@kernel
def add_working(symbol: Any, side: float, units: float, price: float, reduce_only: bool) -> None:
    """Add units (below zero to take them off) to what works on a side, at the order's own price."""
    lot = symbol.lot
    # Own prices count only while there is no mark, and stops never do without one of their own.
    amount = units * price if math.isnan(symbol.mark) and not math.isnan(price) else 0.0
    if side > 0.0:
        if reduce_only:
            symbol.reducing_buys = max(whole(symbol.reducing_buys + units, lot), 0.0)
        else:
            symbol.buying = max(whole(symbol.buying + units, lot), 0.0)
            symbol.buy_value = max(symbol.buy_value + amount, 0.0)
    elif reduce_only:
        symbol.reducing_sells = max(whole(symbol.reducing_sells + units, lot), 0.0)
    else:
        symbol.selling = max(whole(symbol.selling + units, lot), 0.0)
        symbol.sell_value = max(symbol.sell_value + amount, 0.0)


@kernel
def was_best(symbol: Any, side: float, price: float) -> bool:
    """Return whether an order at this price may have been the best own one of its side."""
    return price == symbol.own_bid if side > 0.0 else price == symbol.own_ask


@kernel
def over(account: Any, symbol: Any, side: float) -> None:
    """Count one working order less; a side without orders has nothing left and no best price."""
    account.working_orders -= 1
    if side > 0.0:
        symbol.buy_orders -= 1
        if symbol.buy_orders == 0:
            symbol.buying = symbol.reducing_buys = symbol.buy_value = 0.0
            symbol.own_bid = math.nan
    else:
        symbol.sell_orders -= 1
        if symbol.sell_orders == 0:
            symbol.selling = symbol.reducing_sells = symbol.sell_value = 0.0
            symbol.own_ask = math.nan


@kernel
def rests(symbol: Any, side: float, price: float) -> None:
    """Say that an own limit order rests at a price: on acceptance, or when a stop-limit's trigger was reached."""
    if side > 0.0:
        if not symbol.own_bid >= price:
            symbol.own_bid = price
    elif not symbol.own_ask <= price:
        symbol.own_ask = price


@kernel
def own_best(symbol: Any, bid: float, ask: float) -> None:
    """Say what the best prices of own resting orders are; nan for none."""
    symbol.own_bid = bid
    symbol.own_ask = ask


@kernel
def sent(account: Any, symbol: Any, order: Proposal) -> None:
    """Count an order or replacement toward rates and remember it as the last."""
    account.sent_ns[account.sent % RATE_RING] = order.time_ns
    account.sent += 1
    account.session_orders += 1
    account.last_client_id = max(account.last_client_id, order.client_id)
    symbol.last_quantity = order.quantity
    symbol.last_price = order.price
    symbol.last_time_ns = order.time_ns


@kernel
def works(account: Any, symbol: Any, order: Proposal) -> None:
    """Book an order that works without our having sent it: an exit of the venue's own, or one found there."""
    side = 1.0 if order.quantity > 0.0 else -1.0
    add_working(symbol, side, abs(order.quantity), own_price(order.price, order.trigger), order.reduce_only)
    account.working_orders += 1
    if side > 0.0:
        symbol.buy_orders += 1
    else:
        symbol.sell_orders += 1
    if order.kind == OrderClass.LIMIT:
        rests(symbol, side, order.price)
    revalue(account, symbol)


@kernel
def accepted(account: Any, symbol: Any, order: Proposal) -> None:
    """Book an order that passed the check, in the same breath: the next check must see it."""
    works(account, symbol, order)
    sent(account, symbol, order)


@kernel
def replaced(account: Any, symbol: Any, order: Proposal, old_price: float) -> bool:
    """Book a replacement that passed the check; ``old_price`` is the old order's own. True: see ``own_best``.

    Where the venue answers later, call this at once if the new order is larger, and on its answer if smaller.
    """
    side = 1.0 if order.quantity > 0.0 else -1.0
    add_working(symbol, side, -abs(order.replaces), old_price, order.reduce_only)
    add_working(symbol, side, abs(order.quantity), own_price(order.price, order.trigger), order.reduce_only)
    gone = was_best(symbol, side, old_price) and order.price != old_price
    if order.kind == OrderClass.LIMIT:
        rests(symbol, side, order.price)
    sent(account, symbol, order)
    revalue(account, symbol)
    return gone


@kernel
def filled(
    account: Any, symbol: Any, quantity: float, price: float, order_price: float, reduce_only: bool, done: bool,
    time_ns: int,
) -> bool:  # fmt: skip
    """Book a fill of signed units at ``price``; ``done`` says that nothing of the order is left.

    ``order_price`` is the order's own (see ``own_price``).  A symbol without a mark takes the fill's price as its
    first. True: see ``own_best``.
    """
    side = 1.0 if quantity > 0.0 else -1.0
    add_working(symbol, side, -abs(quantity), order_price, reduce_only)
    symbol.position = whole(symbol.position + quantity, symbol.lot)
    if math.isnan(symbol.mark):
        set_mark(symbol, price, time_ns)
    gone = False
    if done:
        gone = was_best(symbol, side, order_price)
        over(account, symbol, side)
    revalue(account, symbol)
    return gone


@kernel
def closed(account: Any, symbol: Any, quantity: float, order_price: float, reduce_only: bool) -> bool:
    """Book the end of an order with signed units left: cancelled, expired, or refused by the venue.

    True: see ``own_best``.
    """
    return ended(account, symbol, 1.0 if quantity > 0.0 else -1.0, abs(quantity), order_price, reduce_only)


@kernel
def ended(account: Any, symbol: Any, side: float, units: float, order_price: float, reduce_only: bool) -> bool:
    """Book the end of an order of a side (above zero to buy) with units left, which may be none; as ``closed``."""
    add_working(symbol, side, -units, order_price, reduce_only)
    gone = was_best(symbol, side, order_price)
    over(account, symbol, side)
    revalue(account, symbol)
    return gone


@kernel
def set_mark(symbol: Any, price: float, time_ns: int) -> None:
    """Take a price as the mark; what is no price leaves the mark as it was, to grow stale."""
    if is_price(price):
        if math.isnan(symbol.mark):
            symbol.buy_value = symbol.sell_value = 0.0  # from here on the mark values what works
        symbol.mark = price
        symbol.mark_time_ns = time_ns


@kernel
def marked(account: Any, symbol: Any, price: float, time_ns: int) -> None:
    """Book a new reference price."""
    set_mark(symbol, price, time_ns)
    revalue(account, symbol)


@kernel
def rated(account: Any, symbol: Any, rate: float) -> None:
    """Book a new rate from the instrument's currency to the account's; nan where it is missing."""
    symbol.rate = rate
    revalue(account, symbol)


@kernel
def positioned(account: Any, symbol: Any, position: float) -> None:
    """Book a position that changed without an order of ours: a corporate action, a correction by the venue."""
    symbol.position = whole(position, symbol.lot)
    revalue(account, symbol)


@kernel
def valued(limits: Any, account: Any, equity: float) -> bool:
    """Book the account's equity; return whether the loss of the day has just breached its limit.

    A breach leaves only reducing orders through until the next session; cancelling what may still open, and closing
    positions, is for the caller to do if so configured.
    """
    account.equity = equity
    if not account.peak_equity >= equity:
        account.peak_equity = equity
    if not account.day_low_equity <= equity and not math.isnan(account.day_start_equity):
        account.day_low_equity = equity
    loss = daily_loss(account)
    if account.state == TradingState.ACTIVE and not math.isnan(loss) and too_much(loss, limits.max_daily_loss):
        account.state = TradingState.REDUCING
        account.reason = RiskCode.MAX_DAILY_LOSS
        return True
    return False


@kernel
def begin_session(account: Any, symbols: Any, session: int) -> None:
    """Begin a session, unless it is the one that runs: its losses count from here, and a breach of the last is over.

    States set by hand stay. Sums over symbols are added up anew, so that rounding does not pile up over days.
    """
    if session == account.session:
        return
    account.session = session
    account.session_orders = 0
    account.day_start_equity = account.day_low_equity = account.equity
    if account.reason == RiskCode.MAX_DAILY_LOSS:
        account.state = TradingState.ACTIVE
        account.reason = RiskCode.PASSED
    account.gross = account.gross_worst = 0.0
    for s in range(symbols.size):
        account.gross += symbols[s].exposure
        account.gross_worst += symbols[s].worst_exposure


@kernel
def set_state(account: Any, state: int) -> None:
    """Set the trading state by hand: it stays until set again. A loss that still is too large comes back."""
    account.state = state
    if state == TradingState.ACTIVE:
        account.reason = RiskCode.PASSED
    elif state == TradingState.REDUCING:
        account.reason = RiskCode.TRADING_REDUCING
    else:
        account.reason = RiskCode.TRADING_HALTED


@kernel
def set_kill_switch(account: Any, on: bool) -> None:
    """Stop every order, or release the switch; the trading state is left as it is."""
    account.kill_switch = 1 if on else 0
