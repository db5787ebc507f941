"""The bar engine: one row of bars moves the account by one step.

``advance`` is the transition function. A row goes through three moments, in this order:

1. open: orders decided before the row fill as their symbols' next bars open (policy next open), in order of time;
2. close: new instructions are read; under the same-close policy they fill here;
3. valuation: positions are marked at the close, equity and exposure are written.

An instruction waits until its symbol's next bar opens or closes; a stale price values a position but never fills
an order. With several calendars a bar may open rows before the one that it closes in: its open is an event of the row
in whose time it lies, so that no order fills before it was decided or after what was decided later. ``run_block``
loops over ``advance`` and values stretches of rows on which nothing happens at once (see quiet.py); calling it with one
row at a time is the same computation.
"""

import math
from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.account import End, FillAt, Rebalance
from lockstep.kernels.bar import NEVER
from lockstep.kernels.booking import book, write_trade
from lockstep.kernels.borrow import borrow
from lockstep.kernels.costs import Costs, fee, fill_price
from lockstep.kernels.quiet import quiet_until, value_rows
from lockstep.kernels.reasons import Reason
from lockstep.kernels.records import Cut, OrderStatus
from lockstep.kernels.sizing import (
    DUST,
    Instruction,
    Limits,
    Means,
    to_lots,
    wanted_units,
    within_cash,
    within_direction,
)

CLOSE = 3  # row of a block's ohlcv
LONG_AGO = np.iinfo(np.int64).min


@kernel
def _price(ohlcv: Any, opening_ns: Any, opening: Any, s: int, t: int, fill_at: int, time_ns: int) -> float:
    """Return what a symbol traded at in a row's open (by ``time_ns``) or close moment; nan where it did not."""
    if fill_at == FillAt.NEXT_OPEN:
        return opening[s, t] if opening_ns[s, t] <= time_ns else math.nan
    return ohlcv[s, CLOSE, t]


@kernel
def _mark_at(
    account: Any, holdings: Any, ohlcv: Any, opening_ns: Any, opening: Any, t: int, fill_at: int, time_ns: int
) -> float:
    """Mark the symbols at one moment of a row; write equity; return the value of all shorts."""
    equity = account.cash
    shorts = 0.0
    for s in range(holdings.size):
        holding = holdings[s]
        price = _price(ohlcv, opening_ns, opening, s, t, fill_at, time_ns)
        if not math.isnan(price):
            holding.mark = price
        if holding.quantity != 0.0:
            value = holding.quantity * holding.mark
            equity += value
            shorts += max(-value, 0.0)
    account.equity = equity
    return shorts


@kernel
def _wait(account: Any, holding: Any, kind: int, value: float, row: int, time_ns: int) -> None:
    """Leave an instruction with a symbol; a newer one takes the place of one still waiting."""
    if math.isnan(holding.pending):
        account.pending += 1
    holding.pending = value
    holding.pending_kind = kind
    holding.pending_row = row
    holding.pending_time_ns = time_ns


@kernel
def _in_band(account: Any, holding: Any, kind: int, value: float, band: float) -> bool:
    """Is the holding near its target? Opening, closing and turning a position is never a matter of nearness."""
    if not holding.quantity * value > 0.0:
        return False
    wanted = value
    if kind == Instruction.TARGET_WEIGHT:
        wanted *= account.equity
    elif kind == Instruction.TARGET_UNITS:
        wanted *= holding.mark
    return abs(holding.quantity * holding.mark - wanted) <= band * account.equity


@kernel
def decide(account: Any, holding: Any, rules: Any, value: float, time_ns: int) -> None:
    """Turn an instruction read at a close into a waiting order, if the rules ask for one."""
    kind = rules.kind
    if kind <= Instruction.TARGET_VALUE:
        if rules.rebalance == Rebalance.ON_CHANGE and value == holding.target:
            return
        holding.target = value
        if rules.rebalance == Rebalance.BAND and _in_band(account, holding, kind, value, rules.band):
            if not math.isnan(holding.pending):  # an older target still waits: it is no longer wanted
                holding.pending = math.nan
                account.pending -= 1
            return
    _wait(account, holding, kind, value, account.row, time_ns)


@kernel
def _book(
    account: Any, holding: Any, costs: Costs, quantity: float, market: float, row: int, time_ns: int,
    symbol: int, fill: Any, trades: Any, counts: Any,
) -> None:  # fmt: skip
    """Book a fill at the costs of the run and write its record."""
    price = fill_price(costs, quantity, market)
    paid = fee(costs, quantity, price)
    fill.fee = paid
    fill.realised, ended = book(account, holding, quantity, price, paid, row, time_ns, symbol, trades[counts[2]])
    counts[2] += 1 if ended else 0
    fill.symbol = symbol
    fill.row = row
    fill.time_ns = time_ns
    fill.quantity = quantity
    fill.price = price
    fill.slippage = abs(quantity) * abs(price - market)
    fill.position = holding.quantity
    fill.average_cost = holding.average_cost
    fill.cash = account.cash


@kernel
def _size(
    account: Any, holding: Any, rules: Any, costs: Costs, shorts: float, market: float
) -> tuple[float, float, int]:
    """Return (units wanted, units after the cuts, why they were cut) for a waiting instruction."""
    limits = Limits(holding.lot, rules.long != 0, rules.short != 0)
    held = holding.quantity
    others = shorts - max(-held, 0.0) * market
    # Which side it trades on decides the price, and the price decides the size: the side comes from the
    # market price; should costs turn the side around, the order is not worth making.
    means = Means(account.cash, account.equity, others)
    side = wanted_units(holding.pending_kind, holding.pending, held, means, costs, market, limits)
    price = fill_price(costs, side, market)
    means = Means(account.cash, account.equity + held * (price - market), others)
    wanted = wanted_units(holding.pending_kind, holding.pending, held, means, costs, price, limits)
    if wanted == 0.0 or math.isnan(wanted) or (wanted > 0.0) != (side > 0.0):
        return 0.0, 0.0, Cut.NONE
    if holding.pending_kind <= Instruction.TARGET_VALUE and abs(wanted) * price <= DUST * account.equity:
        return 0.0, 0.0, Cut.NONE
    allowed = within_direction(wanted, held, limits)
    cut = Cut.NONE if allowed == wanted else Cut.DIRECTION
    paid_for = within_cash(allowed, held, means, costs, price)
    if abs(paid_for) * price <= DUST * account.equity:
        paid_for = 0.0
    if paid_for != allowed and not math.isinf(allowed):
        cut = Cut.CASH
    if holding.lot > 0.0:
        # Rounded once more as a position, which the sum of two multiples of a lot is only nearly.
        whole = to_lots(held + to_lots(paid_for, holding.lot), holding.lot) - held
        if abs(whole - paid_for) > DUST * abs(paid_for) and cut == Cut.NONE:
            cut = Cut.LOT
        paid_for = whole
    return wanted, paid_for, cut


@kernel
def _fill_side(
    side: float, account: Any, holdings: Any, rules: Any, costs: Costs, shorts: float, ohlcv: Any, opening_ns: Any,
    opening: Any, t: int, fill_at: int, time_ns: int, orders: Any, fills: Any, trades: Any, counts: Any,
) -> float:  # fmt: skip
    """Fill the waiting orders of one side, below zero sells, zero both; return the value of all shorts afterwards."""
    for s in range(holdings.size):
        holding = holdings[s]
        if math.isnan(holding.pending) or (fill_at == FillAt.NEXT_OPEN and opening_ns[s, t] != time_ns):
            continue
        market = _price(ohlcv, opening_ns, opening, s, t, fill_at, time_ns)
        if math.isnan(market):
            continue
        wanted, quantity, cut = _size(account, holding, rules, costs, shorts, market)
        # A share of the cash is none before the sells of the row have brought some in.
        buys_a_share = holding.pending_kind == Instruction.PERCENT and holding.pending > 0.0
        if wanted * side < 0.0 or (side < 0.0 and buys_a_share):
            continue
        instruction = holding.pending
        holding.pending = math.nan
        account.pending -= 1
        if wanted == 0.0:
            continue
        order = orders[counts[0]]
        counts[0] += 1
        order.id = account.orders
        order.symbol = s
        order.row = holding.pending_row
        order.time_ns = holding.pending_time_ns
        order.instruction = instruction
        order.wanted = wanted
        order.quantity = quantity
        order.cut = cut
        order.status = OrderStatus.FILLED if quantity != 0.0 else OrderStatus.REFUSED
        order.fill_row = account.row
        account.orders += 1
        if quantity == 0.0:
            continue
        shorts -= max(-holding.quantity, 0.0) * market
        fill = fills[counts[1]]
        counts[1] += 1
        fill.order = order.id
        fill.reason = Reason.NEXT_OPEN if fill_at == FillAt.NEXT_OPEN else Reason.SAME_CLOSE
        _book(account, holding, costs, quantity, market, account.row, time_ns, s, fill, trades, counts)
        shorts += max(-holding.quantity, 0.0) * market
        account.equity -= fill.fee + fill.slippage
    return shorts


@kernel
def _fill(
    account: Any, holdings: Any, rules: Any, costs: Costs, ohlcv: Any, opening_ns: Any, opening: Any, t: int,
    fill_at: int, time_ns: int, orders: Any, fills: Any, trades: Any, counts: Any,
) -> None:  # fmt: skip
    """Fill what is waiting at one moment of a row: sells first, so that their proceeds pay for the buys."""
    shorts = _mark_at(account, holdings, ohlcv, opening_ns, opening, t, fill_at, time_ns)
    turns = 1 if holdings.size == 1 else 2
    for turn in range(turns):
        side = 0.0 if turns == 1 else 2.0 * turn - 1.0  # one symbol waits for nobody
        shorts = _fill_side(
            side, account, holdings, rules, costs, shorts, ohlcv, opening_ns, opening, t, fill_at, time_ns, orders,
            fills, trades, counts,
        )  # fmt: skip


@kernel
def _next_opening(holdings: Any, opening_ns: Any, t: int, after: int) -> int:
    """Return when, after a time, the next symbol with a waiting order opens in a row; NEVER if none does."""
    earliest = NEVER
    for s in range(holdings.size):
        moment = opening_ns[s, t]
        if moment > after and moment < earliest and not math.isnan(holdings[s].pending):
            earliest = moment
    return earliest


@kernel
def _close_all(account: Any, holdings: Any, present: Any, opening_ns: Any, t: int, fill_at: int, time_ns: int) -> None:
    """Ask for every position that trades at this moment of a row to be closed, whatever else was decided."""
    for s in range(holdings.size):
        moment = opening_ns[s, t] if fill_at == FillAt.NEXT_OPEN else (time_ns if present[s, t] else NEVER)
        if moment != NEVER and (holdings[s].quantity != 0.0 or not math.isnan(holdings[s].pending)):
            _wait(account, holdings[s], Instruction.TARGET_UNITS, 0.0, account.row, moment)


@kernel
def advance(
    account: Any, holdings: Any, rules: Any, time_ns: int, present: Any, ohlcv: Any, opening_ns: Any, opening: Any,
    instructions: Any, t: int, orders: Any, fills: Any, trades: Any, counts: Any, equity: Any, gross: Any, net: Any,
) -> None:  # fmt: skip
    """Move the account by row ``t`` of a block; everything is modified in place, nothing is allocated.

    ``account`` and ``rules`` are single records; ``counts`` int64[3] tells how many orders, fills and trades the
    buffers hold. ``instructions`` float64[symbols, n] in the run's kind, nan for none.
    """
    costs = Costs(rules.percent, rules.per_share, rules.per_order, rules.slippage)
    last, fill_at = time_ns == rules.close_at_ns, rules.fill_at
    if last and fill_at == FillAt.NEXT_OPEN:
        _close_all(account, holdings, present, opening_ns, t, fill_at, time_ns)
    if account.pending > 0 and fill_at == FillAt.NEXT_OPEN:
        moment = _next_opening(holdings, opening_ns, t, LONG_AGO)
        while moment != NEVER:
            _fill(
                account, holdings, rules, costs, ohlcv, opening_ns, opening, t, fill_at, moment, orders, fills, trades,
                counts,
            )  # fmt: skip
            moment = _next_opening(holdings, opening_ns, t, moment)
    shorts = _mark_at(account, holdings, ohlcv, opening_ns, opening, t, FillAt.SAME_CLOSE, time_ns)
    for s in range(holdings.size):
        value = instructions[s, t]
        if not math.isnan(value) and not last:
            decide(account, holdings[s], rules, value, time_ns)
    if last and fill_at == FillAt.SAME_CLOSE:
        _close_all(account, holdings, present, opening_ns, t, fill_at, time_ns)
    if account.pending > 0 and fill_at == FillAt.SAME_CLOSE:
        _fill(
            account, holdings, rules, costs, ohlcv, opening_ns, opening, t, fill_at, time_ns, orders, fills, trades,
            counts,
        )  # fmt: skip
        shorts = _mark_at(account, holdings, ohlcv, opening_ns, opening, t, fill_at, time_ns)
    net_value = account.equity - account.cash
    equity[t] = account.equity
    net[t] = net_value
    gross[t] = net_value + 2.0 * shorts
    if account.equity <= 0.0:
        account.end = End.RUINED
    account.row += 1


@kernel(cache=True)
def run_block(
    account: Any, holdings: Any, rules: Any, time_ns: Any, present: Any, ohlcv: Any, opening_ns: Any, opening: Any,
    instructions: Any, start: int, stop: int, orders: Any, fills: Any, trades: Any, counts: Any, equity: Any,
    gross: Any, net: Any,
) -> int:  # fmt: skip
    """Advance rows ``start`` to ``stop`` of a block; return the first row not done.

    ``opening_ns`` int64[symbols, n] and ``opening`` float64[symbols, n] say when and at what price a bar opens in a
    row's time, NEVER and nan where none does; ``present`` and ``ohlcv`` are about the bars that close at the rows.
    Stops early when a record buffer may not hold the next row's records (empty it and call again) or when
    ``account.end`` is set.
    """
    # Nothing below counts references: see borrow.py.
    account, holdings, rules, present, ohlcv = (
        borrow(account), borrow(holdings), borrow(rules), borrow(present), borrow(ohlcv),
    )  # fmt: skip
    instructions, orders, fills, trades, counts = (
        borrow(instructions), borrow(orders), borrow(fills), borrow(trades), borrow(counts),
    )  # fmt: skip
    equity, gross, net = borrow(equity), borrow(gross), borrow(net)
    opening_ns, opening = borrow(opening_ns), borrow(opening)
    symbols = holdings.size
    room = min(orders.size, fills.size, trades.size)
    t = start
    while t < stop:
        quiet = quiet_until(account[0], holdings, rules[0], time_ns, instructions, t, stop)
        if quiet > t:
            t = value_rows(account[0], holdings, ohlcv, t, quiet, equity, gross, net)
            if account[0].end != End.RUNNING:
                return t
            continue
        if max(counts[0], counts[1], counts[2]) + symbols > room:
            return t
        advance(
            account[0], holdings, rules[0], time_ns[t], present, ohlcv, opening_ns, opening, instructions, t, orders,
            fills, trades, counts, equity, gross, net,
        )  # fmt: skip
        t += 1
        if account[0].end != End.RUNNING:
            return t
    return stop


@kernel(cache=True)
def open_trades(holdings: Any, trades: Any, row: int, time_ns: int) -> int:
    """Write the trades still under way, valued at their marks; return how many."""
    count = 0
    for s in range(holdings.size):
        if holdings[s].quantity != 0.0:
            write_trade(trades[count], holdings[s], s, row, time_ns, holdings[s].mark)
            count += 1
    return count
