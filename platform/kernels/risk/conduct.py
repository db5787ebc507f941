"""May the account act like this now: states, breaches, rates, repetitions, trades with itself?"""

import math
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.risk.codes import RiskCode, TradingState
from lockstep.kernels.risk.exposure import is_price
from lockstep.kernels.risk.form import SECOND_NS, passed
from lockstep.kernels.risk.limits import Reach, slack, too_much
from lockstep.kernels.risk.order import NO_ID, OrderClass, Proposal, Verdict
from lockstep.kernels.risk.tables import NO_TIME, RATE_RING, Restriction


@kernel
def stopped(account: Any, symbol: Any, order: Proposal) -> Verdict:
    """Refuse every order, reducing ones too, while nothing may leave."""
    units = abs(symbol.position) + symbol.buying + symbol.selling + symbol.reducing_buys + symbol.reducing_sells
    if not units + account.gross_worst + symbol.worst_exposure < math.inf:
        return Verdict(RiskCode.RECORDS_DAMAGED, 0.0, symbol.position, order.quantity)
    if account.kill_switch != 0:
        return Verdict(RiskCode.KILL_SWITCH, 0.0, 0.0, order.quantity)
    if account.state >= TradingState.HALTED:
        return Verdict(RiskCode.TRADING_HALTED, 0.0, 0.0, order.quantity)
    if account.reconciling != 0:
        return Verdict(RiskCode.RECONCILING, 0.0, 0.0, order.quantity)
    if account.no_room != 0:
        return Verdict(RiskCode.NO_ROOM, 0.0, 0.0, order.quantity)
    return passed()


@kernel
def repeated(limits: Any, account: Any, symbol: Any, order: Proposal) -> Verdict:
    """Refuse what was sent before, and what is sent too often."""
    new = order.replaces == 0.0
    if new and order.client_id != NO_ID and order.client_id <= account.last_client_id:
        last = float(account.last_client_id)
        return Verdict(RiskCode.DUPLICATE_CLIENT_ID, last + 1.0, last, float(order.client_id))
    if new and limits.duplicate_window_ns >= 0 and symbol.last_time_ns != NO_TIME:
        age = order.time_ns - symbol.last_time_ns
        both_none = math.isnan(order.price) and math.isnan(symbol.last_price)
        same = order.quantity == symbol.last_quantity and (order.price == symbol.last_price or both_none)
        if same and age < limits.duplicate_window_ns:
            return Verdict(
                RiskCode.DUPLICATE_ORDER, limits.duplicate_window_ns / SECOND_NS, age / SECOND_NS, order.quantity
            )
    rate = limits.max_order_rate
    if rate >= 0:
        # Whether the one sent `rate` orders ago still lies in the window; a clock set back counts as inside.
        full = rate == 0 or (
            account.sent >= rate
            and order.time_ns - account.sent_ns[(account.sent - rate) % RATE_RING] < limits.rate_window_ns
        )
        if full:
            return Verdict(RiskCode.ORDER_RATE, float(rate), float(rate), float(rate + 1))
    if limits.max_session_orders >= 0 and account.session_orders >= limits.max_session_orders:
        sent = float(account.session_orders)
        return Verdict(RiskCode.MAX_SESSION_ORDERS, float(limits.max_session_orders), sent, sent + 1.0)
    return passed()


@kernel
def misdirected(symbol: Any, order: Proposal) -> Verdict:
    """Refuse a reduce-only order that would not reduce."""
    if order.reduce_only:
        if order.quantity * symbol.position >= 0.0:
            return Verdict(RiskCode.REDUCE_ONLY_WOULD_INCREASE, 0.0, symbol.position, order.quantity)
        held = abs(symbol.position)
        if abs(order.quantity) > held + slack(symbol, held):
            return Verdict(RiskCode.REDUCE_ONLY_WOULD_FLIP, held, symbol.position, order.quantity)
    return passed()


@kernel
def mispriced(limits: Any, symbol: Any, order: Proposal, reduces: bool) -> Verdict:
    """Refuse an order whose price can't be judged, or is far too aggressive."""
    mark = symbol.mark
    if math.isnan(mark):
        if order.kind == OrderClass.MARKET:
            return Verdict(RiskCode.REFERENCE_PRICE_MISSING, 0.0, 0.0, mark)
    elif not is_price(mark):
        return Verdict(RiskCode.REFERENCE_PRICE_INVALID, 0.0, 0.0, mark)
    if not reduces:
        if not is_price(symbol.rate):
            return Verdict(RiskCode.CURRENCY_RATE_MISSING, 0.0, 0.0, symbol.rate)
        if limits.max_mark_age_ns >= 0 and not math.isnan(mark):
            allowed = limits.max_mark_age_ns / SECOND_NS
            if symbol.mark_time_ns == NO_TIME:
                return Verdict(RiskCode.MARKET_DATA_STALE, allowed, 0.0, math.inf)
            age = order.time_ns - symbol.mark_time_ns
            if age > limits.max_mark_age_ns:
                return Verdict(RiskCode.MARKET_DATA_STALE, allowed, 0.0, age / SECOND_NS)
            if age < 0:
                return Verdict(RiskCode.MARKET_DATA_AHEAD, 0.0, 0.0, -age / SECOND_NS)
    if math.isnan(order.price):
        return passed()
    # A stop-limit's own trigger is where the market stands when it acts.
    reference = order.trigger if order.kind == OrderClass.STOP_LIMIT else mark
    if limits.price_collar >= 0.0 and not math.isnan(reference):
        side = 1.0 if order.quantity > 0.0 else -1.0
        bound = reference * (1.0 + side * limits.price_collar)
        if side * (order.price - bound) > 1e-12 * reference:
            return Verdict(RiskCode.PRICE_COLLAR, bound, reference, order.price)
    return passed()


@kernel
def meets_itself(limits: Any, symbol: Any, order: Proposal) -> Verdict:
    """Refuse an order that could trade now with an own one that rests; stops wait, and are not judged."""
    if limits.prevent_self_trade != 0 and order.kind <= OrderClass.LIMIT:
        price = symbol.mark if order.kind == OrderClass.MARKET else order.price
        if order.quantity > 0.0:
            if price >= symbol.own_ask:
                return Verdict(RiskCode.SELF_TRADE, 0.0, symbol.own_ask, price)
        elif price <= symbol.own_bid:
            return Verdict(RiskCode.SELF_TRADE, 0.0, symbol.own_bid, price)
    return passed()


@kernel
def reduces(symbol: Any, order: Proposal, ahead: Reach) -> bool:
    """Return whether an order, with all that works on its side, can only bring the position nearer to zero."""
    return order.quantity * symbol.position < 0.0 and ahead.after <= slack(symbol, 0.0)


@kernel
def daily_loss(account: Any) -> float:
    """Return the loss since the session began, in the account's currency; nan before the first session."""
    return account.day_start_equity - account.equity


@kernel
def held_back(limits: Any, account: Any, symbol: Any, order: Proposal) -> Verdict:
    """Refuse an order that may open or turn a position while only reducing is allowed."""
    if symbol.restriction == Restriction.CLOSE_ONLY:
        return Verdict(RiskCode.SYMBOL_CLOSE_ONLY, 0.0, symbol.position, order.quantity)
    if account.state == TradingState.REDUCING and account.reason != RiskCode.MAX_DAILY_LOSS:
        return Verdict(RiskCode.TRADING_REDUCING, 0.0, symbol.position, order.quantity)
    equity, loss = account.equity, daily_loss(account)
    breached = account.state == TradingState.REDUCING
    if limits.max_daily_loss >= 0.0 and math.isnan(account.day_start_equity):
        return Verdict(RiskCode.SESSION_UNKNOWN, limits.max_daily_loss, 0.0, order.quantity)
    shares = limits.max_drawdown >= 0.0 or limits.max_concentration >= 0.0 or limits.max_leverage >= 0.0
    if math.isnan(equity):
        if shares or limits.max_daily_loss >= 0.0:
            return Verdict(RiskCode.EQUITY_UNKNOWN, 0.0, 0.0, equity)
    elif equity <= 0.0:
        return Verdict(RiskCode.EQUITY_NOT_POSITIVE, 0.0, 0.0, equity)
    if breached or too_much(loss, limits.max_daily_loss):
        worst = max(loss, account.day_start_equity - account.day_low_equity)
        return Verdict(RiskCode.MAX_DAILY_LOSS, limits.max_daily_loss, worst, loss)
    drawdown = 1.0 - equity / account.peak_equity
    if too_much(drawdown, limits.max_drawdown):
        return Verdict(RiskCode.MAX_DRAWDOWN, limits.max_drawdown, drawdown, drawdown)
    return passed()


@kernel
def crowded(limits: Any, account: Any, symbol: Any) -> Verdict:
    """Refuse one more working order where there are as many as allowed."""
    if limits.max_open_orders >= 0 and account.working_orders >= limits.max_open_orders:
        working = float(account.working_orders)
        return Verdict(RiskCode.MAX_OPEN_ORDERS, float(limits.max_open_orders), working, working + 1.0)
    here = symbol.buy_orders + symbol.sell_orders
    if limits.max_symbol_open_orders >= 0 and here >= limits.max_symbol_open_orders:
        return Verdict(
            RiskCode.MAX_SYMBOL_OPEN_ORDERS, float(limits.max_symbol_open_orders), float(here), float(here + 1)
        )
    return passed()
