"""The risk check of tick runs: every order and every replacement passes here before it becomes a request.

It knows what the strategy knows: the book as heard, the position and cash after the fills that were heard, own orders
as reported. Each question brings marks, the day and the account's value up to date; what passes is booked in the same
breath, and what reports tell of orders is booked when they are heard. Cancels never come here.
"""

import math
from typing import Any

import numpy as np
from numba import carray

from lockstep.kernels._jit import kernel
from lockstep.kernels.address import pointer
from lockstep.kernels.book.events import Phase
from lockstep.kernels.book.tables import BID, int64
from lockstep.kernels.order_terms import NO_TICK, Force, OrderFlag, OrderType, has_limit, is_stop
from lockstep.kernels.risk.book import (
    accepted,
    add_working,
    begin_session,
    ended,
    filled,
    marked,
    own_best,
    positioned,
    replaced,
    rests,
    sent,
    valued,
)
from lockstep.kernels.risk.check import check
from lockstep.kernels.risk.codes import RiskCode, TradingState
from lockstep.kernels.risk.exposure import revalue
from lockstep.kernels.risk.limits import too_much
from lockstep.kernels.risk.order import NEVER, NO_ID, OrderClass, Proposal, Verdict
from lockstep.kernels.risk.tables import RISK_ACCOUNT, RISK_LIMITS, RISK_SYMBOL
from lockstep.kernels.ticks.clock import local_ns
from lockstep.kernels.ticks.fills import middle_of
from lockstep.kernels.ticks.guarded import GUARD, TIER, Question, Sweep
from lockstep.kernels.ticks.own_order import is_open, known
from lockstep.kernels.ticks.stops import asked_of, trailing
from lockstep.kernels.ticks.sweep import NOBODY, mark, sweep, sweep_all, wake
from lockstep.kernels.ticks.tables import (
    FILL_REPORT,
    TICK_RUN,
    TRIGGERED_REPORT,
    Action,
    OrderState,
    Run,
    column_of,
    declines_of,
    fills_of,
    flows_of,
    own_of,
    reports_of,
    seen_of,
)

DAY_NS = 86_400_000_000_000


@kernel(cache=True)
def guard(address: int) -> int:
    """Answer the question that the GUARD of the TICK_RUN at ``address`` holds: a RiskCode, 0 for passed."""
    r = carray(pointer(address), 1, TICK_RUN)[0]
    g = carray(pointer(r.guard_address), 1, GUARD)[0]
    if g.question == Question.REPORT:
        _hear(r, g)
        return 0
    if g.question == Question.FLOW:
        _flow(r, g)
        return 0
    _look(r, g)
    if g.question == Question.SUBMIT:
        return _submit(r, g)
    if g.question == Question.REPLACE:
        return _replace(r, g)
    if g.question == Question.ADOPT:
        _book(r, g, _proposal(r, own_of(r)[g.row], g.tick, g.trigger, g.lots, 0), g.trigger)
    return 0


@kernel
def _tiers_of(g: Any) -> Any:
    return carray(pointer(g.tiers_address), g.tier_count, TIER)


@kernel
def _account_of(tier: Any) -> Any:
    return carray(pointer(tier.account_address), 1, RISK_ACCOUNT)[0]


@kernel
def _symbols_of(tier: Any) -> Any:
    return carray(pointer(tier.symbols_address), tier.symbol_count, RISK_SYMBOL)


@kernel
def _limits_of(tier: Any) -> Any:
    return carray(pointer(tier.limits_address), 1, RISK_LIMITS)[0]


@kernel(inline=False)
def _look(r: Run, g: Any) -> None:
    """Bring marks, the day and values up to what the strategy knows now."""
    b = seen_of(r)
    price = middle_of(b) * r.tick_size
    if not math.isnan(price):
        g.middle = price
    now_ns, heard_ns = local_ns(r), _heard_ns(r)
    if now_ns >= g.next_day_ns:
        _find_day(r, g, now_ns)
    _value(r, g)
    trades = b.phase != Phase.CLOSED and _in_hours(g, now_ns)
    for tier in _tiers_of(g):
        account, symbol = _account_of(tier), _symbols_of(tier)[tier.symbol]
        if g.session > account.session:
            begin_session(account, _symbols_of(tier), int64(g.session))
        symbol.halted = 1 if b.phase == Phase.HALT else 0
        symbol.open = 1 if trades else 0
        marked(account, symbol, price, heard_ns)
        if valued(_limits_of(tier), account, _worth(tier)):
            sweep_all(r, tier)
        elif too_much(1.0 - account.equity / account.peak_equity, _limits_of(tier).max_drawdown):
            mark(g, tier)
    if g.sweep != Sweep.NOTHING:
        sweep(r, g, int64(g.row) if g.question == Question.SUBMIT else NOBODY)


@kernel
def _in_hours(g: Any, now_ns: int) -> bool:
    """Return whether the symbol's hours run."""
    if g.hours_count == 0:
        return True
    hours = carray(pointer(g.hours_address), 2 * g.hours_count, np.int64)
    while g.hours_next < g.hours_count and hours[2 * g.hours_next + 1] <= now_ns:
        g.hours_next += 1
    return bool(g.hours_next < g.hours_count and hours[2 * g.hours_next] <= now_ns)


@kernel
def _value(r: Run, g: Any) -> None:
    held = int64(r.position)
    g.value = g.cash + held * r.lot_size * g.middle * r.multiplier if held != 0 else g.cash


@kernel
def _heard_ns(r: Run) -> int:
    """Return when the strategy has heard the market's latest event, by its own clock."""
    if r.seen_apart == 1:
        e, late = r.seen_next, int64(r.feed_ns)
        column = r.seen_received_ns_column
    else:
        e, late = r.next, int64(r.lead_ns)
        column = r.time_ns_column
    if e == 0:
        return int64(r.passed_ns) + late
    return int64(column_of(column, e, np.int64)[e - 1]) + late


@kernel(inline=False)
def _find_day(r: Run, g: Any, now_ns: int) -> None:
    """Find when the session ends that runs now; where no days are known, it is the UTC day."""
    g.next_day_ns = (now_ns // DAY_NS + 1) * DAY_NS
    ends = carray(pointer(r.day_ends_address), r.day_count, np.int64)
    for k in range(r.day_count):
        if ends[k] > now_ns:
            g.next_day_ns = ends[k]
            break
    g.session = (g.next_day_ns - 1) // DAY_NS


@kernel
def _worth(tier: Any) -> float:
    """Return what the lanes of an account are worth, each as it was valued last."""
    guards = carray(pointer(tier.guards_address), tier.guard_count, GUARD)
    total = 0.0
    for k in range(tier.guard_count):
        total += guards[k].value
    return total


@kernel
def _price(r: Run, tick: int) -> float:
    return math.nan if tick == NO_TICK else tick * r.tick_size


@kernel
def _class_of(o: Any) -> int:
    if o.type == OrderType.LIMIT or (o.type == OrderType.STOP_LIMIT and o.local_triggered == 1):
        return int64(OrderClass.LIMIT)
    if o.type == OrderType.MARKET or (o.type != OrderType.STOP_LIMIT and o.local_triggered == 1):
        return int64(OrderClass.MARKET)
    return int64(OrderClass.STOP_LIMIT) if o.type == OrderType.STOP_LIMIT else int64(OrderClass.STOP)


@kernel
def _trigger(r: Run, g: Any, o: Any, asked: int) -> int:
    """Return at which price an order triggers, whose owner says ``asked``; NO_TICK where nobody knows."""
    return asked if o.type != OrderType.TRAILING_STOP else _behind(r, g, o, asked)


@kernel(inline=False)
def _behind(r: Run, g: Any, o: Any, trail: int) -> int:
    """Return where a trailing stop would stand behind the latest trade heard, without one behind the middle."""
    if r.trades_heard > 0:
        return trailing(o.side, r.last_tick, trail)
    if math.isnan(g.middle):
        return NO_TICK
    return trailing(o.side, int64(round(g.middle / r.tick_size)), trail)


@kernel
def _own_tick(o: Any, tick: int, trigger: int) -> int:
    """Return the price an order names itself: its limit, else its trigger, else NO_TICK."""
    if has_limit(o.type):
        return tick
    return trigger if is_stop(o.type) else NO_TICK


@kernel
def _proposal(r: Run, o: Any, tick: int, trigger: int, lots: int, replaces: int) -> Proposal:
    kind, unit = _class_of(o), r.lot_size if o.side == BID else -r.lot_size
    waits = kind == OrderClass.STOP or kind == OrderClass.STOP_LIMIT
    if waits and trigger == NO_TICK:  # of a trailing stop without a market: judged as what it becomes
        kind, waits = int64(OrderClass.MARKET), False
    return Proposal(
        lots * unit,
        kind,
        tick * r.tick_size if has_limit(o.type) else math.nan,
        trigger * r.tick_size if waits else math.nan,
        bool(o.flags & OrderFlag.REDUCE_ONLY != 0),
        NO_ID,
        local_ns(r),
        int64(o.expiry_ns) if o.force == Force.GTD else NEVER,
        replaces * unit,
    )


@kernel
def _reduces(o: Any, tier: Any) -> bool:
    """Return whether an order can only reduce the position of an account."""
    return bool(o.flags & OrderFlag.REDUCE_ONLY != 0 and tier.crowded == 0)


@kernel
def _in_tier(tier: Any, order: Proposal) -> Proposal:
    """Return an order as an account sees it: where a position is of several lanes, reducing one's may open the sum."""
    return Proposal(
        order.quantity, order.kind, order.price, order.trigger, order.reduce_only and tier.crowded == 0,
        order.client_id, order.time_ns, order.expires_ns, order.replaces,
    )  # fmt: skip


@kernel(inline=False)
def _passes(r: Run, g: Any, order: Proposal, action: int) -> int:
    """Ask all tiers; write down the first refusal, but for a lane that is disabled: it may ask at every event."""
    if g.disabled != 0:
        return int64(RiskCode.TRADING_HALTED)
    for t in range(g.tier_count):
        tier = _tiers_of(g)[t]
        asked = _in_tier(tier, order)
        verdict = check(_limits_of(tier), _account_of(tier), _symbols_of(tier)[tier.symbol], asked)
        if verdict.code != RiskCode.PASSED:
            _decline(r, g, verdict, action, t)
            return int64(verdict.code)
    return 0


@kernel(inline=False)
def _decline(r: Run, g: Any, verdict: Verdict, action: int, tier: int) -> None:
    o, record = own_of(r)[g.row], declines_of(r)[r.decline_count]
    r.decline_count += 1
    record.order, record.action, record.side, record.type = o.id, action, o.side, o.type
    record.tick, record.trigger, record.lots, record.time_ns = g.tick, g.trigger, g.lots, local_ns(r)
    record.tier, record.code = tier, verdict.code
    record.limit, record.current, record.attempted = verdict.limit, verdict.current, verdict.attempted


@kernel(inline=False)
def _submit(r: Run, g: Any) -> int:
    """Ask about a new order, and book it if it passes."""
    o = own_of(r)[g.row]
    trigger = _trigger(r, g, o, g.trigger)
    order = _proposal(r, o, g.tick, trigger, g.lots, 0)
    code = _passes(r, g, order, Action.SUBMIT)
    if code == 0:
        _book(r, g, order, trigger)
    return code


@kernel(inline=False)
def _book(r: Run, g: Any, order: Proposal, trigger: int) -> None:
    """Count a new order as one that works."""
    o = own_of(r)[g.row]
    for tier in _tiers_of(g):
        accepted(_account_of(tier), _symbols_of(tier)[tier.symbol], _in_tier(tier, order))
    o.booked, o.booked_tick, o.wanted_tick = g.lots, _own_tick(o, g.tick, trigger), NO_TICK


@kernel(inline=False)
def _replace(r: Run, g: Any) -> int:
    """Ask about a replacement. Larger than what it replaces it is booked at once, else on the answer."""
    o = own_of(r)[g.row]
    left = g.lots - o.local_filled
    trigger = _trigger(r, g, o, asked_of(o) if g.trigger == NO_TICK else g.trigger)
    order = _proposal(r, o, g.tick, trigger, left, o.booked)
    code = _passes(r, g, order, Action.REPLACE)
    if code != 0:
        return code
    was, larger = _price(r, o.booked_tick), left > o.booked
    for tier in _tiers_of(g):
        account, symbol = _account_of(tier), _symbols_of(tier)[tier.symbol]
        if larger:
            replaced(account, symbol, _in_tier(tier, order), was)
        else:
            sent(account, symbol, order)
            if order.kind == OrderClass.LIMIT:
                rests(symbol, order.quantity, order.price)
    if larger:
        o.booked, o.booked_tick = left, _own_tick(o, g.tick, trigger)
    o.wanted_tick = g.tick
    return 0


@kernel(inline=False)
def _hear(r: Run, g: Any) -> None:
    """Book what the report that has just been heard tells."""
    message = reports_of(r)[r.report_count]
    o, kind = own_of(r)[message.order], int64(message.kind)
    if kind == FILL_REPORT:
        _fill(r, g, o, message)
        if message.remaining == 0:
            _over(r, g, o)
        _value(r, g)
    elif kind == TRIGGERED_REPORT:
        if o.type == OrderType.STOP_LIMIT:
            for tier in _tiers_of(g):
                rests(_symbols_of(tier)[tier.symbol], _side(o), _price(r, o.local_tick))
    elif kind == OrderState.RESTING or kind == OrderState.WAITING:
        # While more is asked of it, what is booked covers both what it is and what it may become.
        if o.asked == 0:
            _settle(r, g, o)
    elif kind != OrderState.FILLED:
        _over(r, g, o)


@kernel(inline=False)
def _flow(r: Run, g: Any) -> None:
    """Book what came without a trade; marks were restated before."""
    g.cash += flows_of(r)[r.flow_count - 1].amount
    for tier in _tiers_of(g):
        account, symbol = _account_of(tier), _symbols_of(tier)[tier.symbol]
        positioned(account, symbol, symbol.position + g.lots * r.lot_size)
    _value(r, g)


@kernel
def _side(o: Any) -> float:
    return 1.0 if o.side == BID else -1.0


@kernel(inline=False)
def _fill(r: Run, g: Any, o: Any, message: Any) -> None:
    units, price = _side(o) * message.lots * r.lot_size, message.tick * r.tick_size
    g.cash -= units * price * r.multiplier + fills_of(r)[message.trigger].fee
    if math.isnan(g.middle):
        g.middle = price
    for tier in _tiers_of(g):
        account, symbol = _account_of(tier), _symbols_of(tier)[tier.symbol]
        filled(account, symbol, units, price, _price(r, o.booked_tick), _reduces(o, tier), False, local_ns(r))
        if account.state == TradingState.REDUCING and account.reason == RiskCode.MAX_DAILY_LOSS:
            # What was to bring a position to zero may be more than is left of it.
            mark(g, tier)
            wake(r, 0)
    o.booked = max(o.booked - message.lots, 0)


@kernel(inline=False)
def _over(r: Run, g: Any, o: Any) -> None:
    """Book an order's end with all that still counts of it."""
    price, moved = _price(r, o.booked_tick), o.wanted_tick != NO_TICK or o.local_tick != o.booked_tick
    for tier in _tiers_of(g):
        account, symbol = _account_of(tier), _symbols_of(tier)[tier.symbol]
        if ended(account, symbol, _side(o), o.booked * r.lot_size, price, _reduces(o, tier)) or moved:
            _find_best(tier, symbol)
    o.booked, o.wanted_tick = 0, NO_TICK


@kernel(inline=False)
def _settle(r: Run, g: Any, o: Any) -> None:
    """Book an order as it stands now."""
    tick = int64(o.booked_tick)  # where it triggers moves: it stays booked at what it was when it was judged
    if o.type != OrderType.TRAILING_STOP:
        tick = _own_tick(o, o.local_tick, o.trigger)
    elif o.wanted_tick != NO_TICK:
        tick = _trigger(r, g, o, asked_of(o))
    if o.booked == o.local_remaining and o.booked_tick == tick and o.wanted_tick == NO_TICK:
        return
    moved = o.wanted_tick != NO_TICK or o.booked_tick != tick
    o.wanted_tick = NO_TICK
    side, unit = _side(o), r.lot_size
    for tier in _tiers_of(g):
        account, symbol = _account_of(tier), _symbols_of(tier)[tier.symbol]
        add_working(symbol, side, -o.booked * unit, _price(r, o.booked_tick), _reduces(o, tier))
        add_working(symbol, side, o.local_remaining * unit, _price(r, tick), _reduces(o, tier))
        revalue(account, symbol)
        if moved:
            _find_best(tier, symbol)
    o.booked, o.booked_tick = o.local_remaining, tick


@kernel(inline=False)
def _find_best(tier: Any, symbol: Any) -> None:
    """Find the best own resting prices of a symbol, over all lanes of the account."""
    guards = carray(pointer(tier.guards_address), tier.guard_count, GUARD)
    bid = ask = math.nan
    for k in range(tier.guard_count):
        g = guards[k]
        if g.run_address != 0 and _tiers_of(g)[tier.own_tier].symbol == tier.symbol:
            r = carray(pointer(g.run_address), 1, TICK_RUN)[0]
            bid, ask = _best_of(r, bid, ask)
    own_best(symbol, bid, ask)


@kernel(inline=False)
def _best_of(r: Run, bid: float, ask: float) -> tuple[float, float]:
    for row in range(r.own_used):
        o = own_of(r)[row]
        if is_open(known(o)) and _class_of(o) == OrderClass.LIMIT:
            for tick in (int64(o.local_tick), int64(o.wanted_tick)):
                price = _price(r, tick)
                if o.side == BID:
                    bid = price if math.isnan(bid) or price > bid else bid
                else:
                    ask = price if math.isnan(ask) or price < ask else ask
    return bid, ask
