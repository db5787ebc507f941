"""Stretches of rows on which no order works and nothing is decided: positions are only valued."""

import math

from lockstep.kernels._jit import kernel
from lockstep.kernels.account import Rebalance
from lockstep.kernels.bar import NEVER
from lockstep.kernels.orders.opening import room_of
from lockstep.kernels.orders.turnover import turnover_session
from lockstep.kernels.orders.world import (
    World,
    actions_of,
    broker_of,
    equity_of,
    gross_of,
    instructions_of,
    intents_of,
    net_of,
    ohlcv_of,
    opening_ns_of,
    policy_of,
    scores_of,
    sessions_of,
    stands_of,
    times_of,
    turnover_of,
)
from lockstep.kernels.quiet import value_rows
from lockstep.kernels.sizing import Instruction


@kernel(inline=False)
def _is_quiet(w: World, t: int) -> bool:
    """Does row ``t`` leave everything but values alone? The caller knows that no order works."""
    broker, policy = broker_of(w), policy_of(w)
    if times_of(w)[t] == policy.close_at_ns:
        return False
    if broker.intents < w.intent_count and intents_of(w)[broker.intents].row <= broker.row:
        return False
    if broker.actions < w.action_count and actions_of(w)[broker.actions].time_ns <= times_of(w)[t]:
        return False
    if w.instructed:
        on_change = policy.rebalance == Rebalance.ON_CHANGE and policy.kind <= Instruction.TARGET_VALUE
        for s in range(w.symbols):
            value = instructions_of(w)[s, t]
            if not (math.isnan(value) or (on_change and value == stands_of(w)[s].target)):
                return False
    return True


@kernel(inline=False)
def quiet_rows(w: World, start: int, stop: int) -> int:
    """Value the rows from ``start`` on that leave everything else alone; return the first row not done."""
    broker = broker_of(w)
    end = start
    row = broker.row
    while end < stop and _is_quiet(w, end):
        end += 1
        broker.row += 1
    broker.row = row
    if end == start:
        return start
    done = value_rows(broker, stands_of(w), ohlcv_of(w), start, end, equity_of(w), gross_of(w), net_of(w))
    broker.session, broker.time_ns = sessions_of(w)[done - 1], times_of(w)[done - 1]
    turnover_session(turnover_of(w), broker.session)
    for s in range(w.symbols):
        stand = stands_of(w)[s]
        if w.scored:
            stand.score = scores_of(w)[s, done - 1]
        stand.price = stand.mark
        for t in range(done - 1, start - 1, -1):
            if opening_ns_of(w)[s, t] != NEVER:
                stand.bar += 2  # numbers of bars are only ever compared
                stand.opened_ns, stand.room = opening_ns_of(w)[s, t], room_of(w, s, t)
                stand.session, stand.session_bar = sessions_of(w)[t], stand.bar - 1
                break
    broker.shorts = (gross_of(w)[done - 1] - net_of(w)[done - 1]) / 2.0
    return done
