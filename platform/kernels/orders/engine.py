"""The bar engine of the full order model: one row of bars moves the account by one step.

A row goes through these moments, in this order:

1. corporate actions that take effect up to its close;
2. opens, in order of time: orders arrive, expire, and fill where the open meets them;
3. inside: symbol by symbol the price walks from the open over its extremes to the close (see path.py), and orders fill
   where it meets them;
4. close: orders for the close fill, positions are marked;
5. decisions: instructions and intents of the row are taken; under the same-close policy market orders fill;
6. settlement: financing, valuation.

``market`` is 1 to 4, ``settle`` 5 and 6: a decider that is not compiled stands between them.
"""

import math

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.account import End, FillAt
from lockstep.kernels.bar import NEVER
from lockstep.kernels.orders.activity import observe_activity, observe_range
from lockstep.kernels.orders.at_close import close_bars, end_at_once, fill_at_close
from lockstep.kernels.orders.breach import answer_breach
from lockstep.kernels.orders.closing import close_at, finish_closing, in_danger, liquidate
from lockstep.kernels.orders.corporate import apply_actions, write_flow
from lockstep.kernels.orders.ending import end_all
from lockstep.kernels.orders.financing import borrow_fee, funding, interest, interest_base
from lockstep.kernels.orders.marks import mark, value_all
from lockstep.kernels.orders.opening import end_immediate, open_bar
from lockstep.kernels.orders.path import leaning, low_first
from lockstep.kernels.orders.quiet_rows import quiet_rows
from lockstep.kernels.orders.reach import INSIDE, OPEN, passes_by
from lockstep.kernels.orders.submit import take_intents, take_target
from lockstep.kernels.orders.tables import NO_SLOT
from lockstep.kernels.orders.tally import tally_price
from lockstep.kernels.orders.terms import Ended, TimeInForce
from lockstep.kernels.orders.turnover import turnover_session
from lockstep.kernels.orders.turns import take_turns
from lockstep.kernels.orders.walk import follow_all, walk_segment
from lockstep.kernels.orders.world import (
    Sequence,
    World,
    actions_of,
    broker_of,
    contracts_of,
    equity_of,
    exposures_of,
    funding_of,
    gross_of,
    guard_of,
    instructions_of,
    intents_of,
    net_of,
    ohlcv_of,
    opening_ns_of,
    opening_of,
    policy_of,
    present_of,
    rates_of,
    scores_of,
    sessions_of,
    stands_of,
    times_of,
    trading_of,
    turn_of,
    turnover_of,
    working_of,
)
from lockstep.kernels.reasons import Reason
from lockstep.kernels.records import Flow
from lockstep.kernels.risk.book import begin_session, rated

OPEN_PRICE, HIGH, LOW, CLOSE, VOLUME = 0, 1, 2, 3, 4  # rows of a block's ohlcv
LONG_AGO = np.iinfo(np.int64).min
PER_ORDER = 6
"""Records of a kind that one working order or symbol can leave in a row, at most: itself, its exits, its closing."""


@kernel(inline=False)
def _next_opening(w: World, t: int, after: int) -> int:
    earliest = NEVER
    for s in range(w.symbols):
        moment = opening_ns_of(w)[s, t]
        if moment > after and moment < earliest:
            earliest = moment
    return earliest


@kernel(inline=False)
def _opens(w: World, t: int, moment: int) -> None:
    """Fill what the opens at one moment meet."""
    called = False
    for s in range(w.symbols):
        if opening_ns_of(w)[s, t] == moment:
            open_bar(w, s, t)
            called = called or stands_of(w)[s].called
    if not called:
        return
    take_turns(w)
    sells_first = policy_of(w).sequence == Sequence.SELLS_FIRST
    for turn in range(2 if sells_first else 1):
        side = (-1.0 if turn == 0 else 1.0) if sells_first else 0.0
        for i in range(w.symbols):
            s = turn_of(w)[i]
            if opening_ns_of(w)[s, t] == moment and stands_of(w)[s].called:
                price = opening_of(w)[s, t]
                walk_segment(w, s, t, price, price, OPEN, side, moment)
    for s in range(w.symbols):
        if opening_ns_of(w)[s, t] == moment and stands_of(w)[s].called:
            end_immediate(w, s)


@kernel(inline=False)
def _inside(w: World, s: int, t: int) -> None:
    """Walk a symbol's price from the open of the bar that closes in this row to its close."""
    stand = stands_of(w)[s]
    opened, high, low, close = (
        ohlcv_of(w)[s, OPEN_PRICE, t], ohlcv_of(w)[s, HIGH, t], ohlcv_of(w)[s, LOW, t], ohlcv_of(w)[s, CLOSE, t],
    )  # fmt: skip
    endangered = policy_of(w).margin and stand.quantity != 0.0 and in_danger(w, s, high, low)
    if not endangered and passes_by(w, s, high, low, t):
        return
    down = low_first(policy_of(w).path, leaning(stand, working_of(w)), opened, high, low)
    first, second = (low, high) if down else (high, low)
    time_ns = times_of(w)[t]
    here = opened
    for point in (first, second, close):
        walk_segment(w, s, t, here, point, INSIDE, 0.0, time_ns)
        mark(broker_of(w), stand, contracts_of(w)[s], point)
        if policy_of(w).guarded:
            tally_price(w, s, time_ns)
        follow_all(w, s, point)
        if policy_of(w).margin and stand.quantity != 0.0:
            _liquidate_one(w, s, t)
        here = point


@kernel(inline=False)
def _liquidate_one(w: World, s: int, t: int) -> None:
    """Inside a bar only its own symbol has a price: that position goes, the others follow where they trade."""
    alone = trading_of(w)
    for other in range(alone.size):
        alone[other] = other == s
    liquidate(w, alone, times_of(w)[t], t)


@kernel(inline=False)
def _observe(w: World, t: int) -> None:
    if not policy_of(w).watches:
        return
    for s in range(w.symbols):
        if present_of(w)[s, t]:
            activity = stands_of(w)[s].activity
            observe_activity(activity, ohlcv_of(w)[s, CLOSE, t], ohlcv_of(w)[s, VOLUME, t])
            observe_range(activity, ohlcv_of(w)[s, HIGH, t], ohlcv_of(w)[s, LOW, t], ohlcv_of(w)[s, CLOSE, t])


@kernel(inline=False)
def _new_session(w: World, t: int) -> None:
    broker_of(w).sessions += 1
    broker_of(w).session = sessions_of(w)[t]
    turnover_session(turnover_of(w), sessions_of(w)[t])
    if policy_of(w).guarded:
        begin_session(guard_of(w), exposures_of(w), sessions_of(w)[t])


@kernel(inline=False)
def _take_rates(w: World, t: int) -> None:
    if not w.converted:
        return
    first = broker_of(w).row == 0  # nothing is known before, not even that there is none
    for s in range(w.symbols):
        if first or (not math.isnan(rates_of(w)[s, t]) and rates_of(w)[s, t] != stands_of(w)[s].rate):
            stands_of(w)[s].rate = rates_of(w)[s, t]
            mark(broker_of(w), stands_of(w)[s], contracts_of(w)[s], stands_of(w)[s].price)
            if policy_of(w).guarded:
                rated(guard_of(w), exposures_of(w)[s], stands_of(w)[s].rate)


@kernel(inline=False)
def market(w: World, t: int) -> None:
    """Moments 1 to 4 of row ``t``: what the market does to orders and positions."""
    broker = broker_of(w)
    if sessions_of(w)[t] != broker.session:
        _new_session(w, t)
    apply_actions(w, times_of(w)[t], t, False)
    last = times_of(w)[t] == policy_of(w).close_at_ns and policy_of(w).fill_at == FillAt.NEXT_OPEN
    liquidations = broker.liquidations
    moment = _next_opening(w, t, LONG_AGO)
    while moment != NEVER:
        if last:
            _close_at_open(w, t, moment)
        else:
            _opens(w, t, moment)
            _check_margin(w, t, moment, OPEN)
        moment = _next_opening(w, t, moment)
    if not last:
        for s in range(w.symbols):
            margined = policy_of(w).margin and stands_of(w)[s].quantity != 0.0
            if present_of(w)[s, t] and (stands_of(w)[s].first != NO_SLOT or margined):
                _inside(w, s, t)
    if broker.liquidations > liquidations:
        for s in range(w.symbols):
            if present_of(w)[s, t]:
                finish_closing(w, s, ohlcv_of(w)[s, CLOSE, t], times_of(w)[t], t)
    _take_rates(w, t)  # as known at the close: what fills before converts at the rate known before
    close_bars(w, t)
    apply_actions(w, times_of(w)[t], t, True)
    _check_margin(w, t, times_of(w)[t], INSIDE)
    _observe(w, t)
    if policy_of(w).guarded:
        answer_breach(w)  # at the close, before anything is decided


@kernel(inline=False)
def _close_at_open(w: World, t: int, moment: int) -> None:
    """The run ends with this row: every position that opens here is closed at its open, whatever else was decided."""
    for s in range(w.symbols):
        if opening_ns_of(w)[s, t] == moment:
            end_all(w, s, Ended.BY_TIME)
            open_bar(w, s, t)
    for side in (1.0, -1.0):
        for s in range(w.symbols):
            if opening_ns_of(w)[s, t] == moment and stands_of(w)[s].quantity * side > 0.0:
                close_at(w, s, opening_of(w)[s, t], Reason.NEXT_OPEN, moment, t)


@kernel(inline=False)
def _close_at_close(w: World, t: int) -> None:
    """The run ends with this row: every position whose bar closes here is closed at its close."""
    for s in range(w.symbols):
        if present_of(w)[s, t]:
            end_all(w, s, Ended.BY_TIME)
    for side in (1.0, -1.0):
        for s in range(w.symbols):
            if present_of(w)[s, t] and stands_of(w)[s].quantity * side > 0.0:
                close_at(w, s, ohlcv_of(w)[s, CLOSE, t], Reason.SAME_CLOSE, times_of(w)[t], t)


@kernel(inline=False)
def _check_margin(w: World, t: int, time_ns: int, moment: int) -> None:
    if not policy_of(w).margin:
        return
    for s in range(w.symbols):
        trading_of(w)[s] = opening_ns_of(w)[s, t] == time_ns if moment == OPEN else present_of(w)[s, t]
    liquidate(w, trading_of(w), time_ns, t)


@kernel(inline=False)
def _decide(w: World, t: int) -> None:
    if w.scored:
        for s in range(w.symbols):
            stands_of(w)[s].score = scores_of(w)[s, t]
    time_ns = times_of(w)[t]
    last = time_ns == policy_of(w).close_at_ns
    if not last:
        if w.instructed:
            for s in range(w.symbols):
                value = instructions_of(w)[s, t]
                if not math.isnan(value):
                    take_target(w, s, policy_of(w).kind, value, time_ns)
        take_intents(w, time_ns)
    if policy_of(w).fill_at != FillAt.SAME_CLOSE:
        return
    if last:
        _close_at_close(w, t)
    elif broker_of(w).working > 0:
        fill_at_close(w, t, TimeInForce.GTC, Reason.SAME_CLOSE)
        for s in range(w.symbols):
            if present_of(w)[s, t]:
                end_at_once(w, s)


@kernel(inline=False)
def _finance(w: World, t: int) -> None:
    broker, policy = broker_of(w), policy_of(w)
    elapsed = times_of(w)[t] - broker.time_ns if broker.row > 0 else 0
    time_ns = times_of(w)[t]
    tied = 0.0
    for s in range(w.symbols):
        stand, contract = stands_of(w)[s], contracts_of(w)[s]
        if stand.quantity == 0.0:
            continue
        value = stand.quantity * stand.mark
        if contract.unfunded:
            # Booked as paid, or as received and so held against a short one; but no cash moved.
            tied += stand.quantity * stand.average_cost + max(-value, 0.0)
        elif contract.borrow > 0.0:
            write_flow(w, s, Flow.BORROW, borrow_fee(value, contract.borrow, elapsed), time_ns)
        if w.funded and not math.isnan(funding_of(w)[s, t]):
            write_flow(w, s, Flow.FUNDING, funding(value, funding_of(w)[s, t]), time_ns)
    if policy.credit != 0.0 or policy.debit != 0.0:
        base = interest_base(broker.cash + tied, broker.shorts)
        write_flow(w, -1, Flow.INTEREST, interest(base, policy.credit, policy.debit, elapsed), time_ns)
    broker.time_ns = time_ns


@kernel(inline=False)
def settle(w: World, t: int) -> None:
    """Moments 5 and 6 of row ``t``: decisions, financing, valuation."""
    broker = broker_of(w)
    _decide(w, t)
    _finance(w, t)
    net = value_all(broker, stands_of(w))
    equity_of(w)[t] = broker.equity
    net_of(w)[t] = net
    gross_of(w)[t] = net + 2.0 * broker.shorts
    if policy_of(w).guarded:
        answer_breach(w)
    if broker.equity <= 0.0:
        broker.end = End.RUINED
    broker.row += 1


@kernel(inline=False)
def has_room(w: World, t: int) -> bool:
    """Do the buffers and the table hold whatever the next row may leave?"""
    broker = broker_of(w)
    row, arriving = broker.row, 0
    at = broker.intents
    while at < w.intent_count and intents_of(w)[at].row <= row:
        arriving += 1
        at += 1
    due, time_ns = broker.actions, times_of(w)[t]
    while due < w.action_count and actions_of(w)[due].time_ns <= time_ns:
        due += 1
    most = PER_ORDER * (broker.working + arriving + 2 * w.symbols) + 2 * (due - broker.actions)
    room = min(w.order_room, w.fill_room, w.trade_room, w.flow_room)
    used = max(w.order_count, w.fill_count, w.trade_count, w.flow_count)
    return used + most <= room and broker.working + 4 * (arriving + w.symbols) + 4 * broker.working <= w.slots


@kernel(inline=False)
def run_rows(w: World, start: int, stop: int) -> int:
    """Advance rows; return the first row not done (no room for its records, or the end of the run)."""
    t = start
    while t < stop:
        if policy_of(w).plain and broker_of(w).working == 0:
            quiet = quiet_rows(w, t, stop)
            if broker_of(w).end != End.RUNNING:
                return quiet
            if quiet > t:
                t = quiet
                continue
        if not has_room(w, t):
            return t
        market(w, t)
        settle(w, t)
        t += 1
        if broker_of(w).end != End.RUNNING:
            return t
    return stop
