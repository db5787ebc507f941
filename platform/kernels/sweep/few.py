"""The rows of a group of accounts of which little is asked, with its statistics in registers from row to row.

``accounts`` has the loop for all statistics, and what is told there of accounts holds here too: lanes on which more
happens than that the position is valued go through the transition of a single account.
"""

from collections.abc import Callable
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.account import FillAt, Rebalance
from lockstep.kernels.borrow import borrow
from lockstep.kernels.ops import NAN
from lockstep.kernels.sizing import Instruction
from lockstep.kernels.stats.block import STATISTICS
from lockstep.kernels.stats.curve import close_curve, observe_curve, open_period
from lockstep.kernels.stats.drawdown import observe_drawdown
from lockstep.kernels.stats.moments import observe_return_moments
from lockstep.kernels.sweep.accounts import (
    ALIVE,
    CLOSE,
    FEW_TRADES,
    WAITING,
    bind_trade,
    block_of,
    decide_only,
    end_of,
    finish_lane,
)
from lockstep.kernels.sweep.bits import lowest
from lockstep.kernels.sweep.lanes import LANES
from lockstep.kernels.sweep.observe import (
    CASH,
    CLOCK,
    COUNT,
    EQUITY,
    FEW,
    QUANTITY,
    ROWS,
    TARGET,
    read_clock,
    read_count,
    read_rows,
    write_clock,
    write_count,
    write_rows,
)
from lockstep.kernels.sweep.wide import WIDTH, bits, floats_at, integers_at, put_at
from lockstep.kernels.sweep.wide_layout import WideLayout
from lockstep.kernels.sweep.widen import widened

_PLACES = WideLayout(STATISTICS)
_open_period, _close_curve, _observe_curve = widened(open_period), widened(close_curve), widened(observe_curve)
_observe_moments, _observe_drawdown = widened(observe_return_moments), widened(observe_drawdown)


def _kernels(part: str, common: tuple[str, ...]) -> tuple[Callable[..., Any], ...]:
    """Return how a part of the statistics is loaded, settled and stored."""
    asked = part, FEW, common
    return _PLACES.loader(*asked), _PLACES.settler(*asked), _PLACES.storer(*asked)


_load_curve, _settled_curve, _store_curve = _kernels("curve", CLOCK)
_load_moments, _settled_moments, _store_moments = _kernels("periods.moments", COUNT)
_load_drawdown, _settled_drawdown, _store_drawdown = _kernels("drawdown", ROWS)
_trade = bind_trade(FEW_TRADES)


@kernel
def _store(group: Any, lane: int, curve: Any, moments: Any, drawdown: Any, equity: Any) -> None:
    floats, integers = group.floats, group.integers
    _store_curve(curve, floats, integers, lane)
    _store_moments(moments, floats, integers, lane)
    _store_drawdown(drawdown, floats, integers, lane)
    write_clock(curve, floats, integers)
    write_count(moments, floats, integers)
    write_rows(drawdown, floats, integers)
    put_at(group.hands, EQUITY * LANES + lane, equity)


@kernel(inline=False)
def _act(
    called: int, part: int, group: Any, rules: Any, last: bool, row: int, time_ns: Any, present: Any, ohlcv: Any,
    opening_ns: Any, opening: Any, targets: Any, t: int, orders: Any, fills: Any, trades: Any, counts: Any, values: Any,
) -> None:  # fmt: skip
    """Take the lanes of a part that are called through a row."""
    time_ns, present, ohlcv, values = borrow(time_ns), borrow(present), borrow(ohlcv), borrow(values)
    opening_ns, opening, targets, counts = borrow(opening_ns), borrow(opening), borrow(targets), borrow(counts)
    orders, fills, trades = borrow(orders), borrow(fills), borrow(trades)
    later = rules.fill_at == FillAt.NEXT_OPEN and not last
    while called != 0:
        lane = part + lowest(called)
        called &= called - 1
        if later and group.flags[WAITING * LANES + lane] == 0:
            decide_only(group, rules, lane, row, time_ns[t], ohlcv[0, CLOSE, t], targets[t, lane])
        else:
            _trade(
                group, rules, lane, row, time_ns, present, ohlcv, opening_ns, opening, targets, t, orders, fills,
                trades, counts, values,
            )  # fmt: skip


@kernel(inline=False)
def _end(
    ruined: int, part: int, group: Any, stream: Any, row: int, time_ns: int, close: float, trades: Any, finished: Any
) -> None:
    """Let the accounts at or below zero trade no more."""
    trades, finished = borrow(trades), borrow(finished)
    while ruined != 0:
        lane = part + lowest(ruined)
        ruined &= ruined - 1
        finish_lane(group, lane, stream, row, time_ns, close, trades, finished[lane])


@kernel(inline=False)
def _walk(
    part: int, clock: Any, count: Any, seen: Any, group: Any, rules: Any, stream: Any, first: int, time_ns: Any,
    session: Any, present: Any, ohlcv: Any, opening_ns: Any, opening: Any, targets: Any, orders: Any, fills: Any,
    trades: Any, counts: Any, values: Any, finished: Any,
) -> None:  # fmt: skip
    """Take WIDTH lanes, from lane ``part`` on, through a block."""
    time_ns, session, present, ohlcv = borrow(time_ns), borrow(session), borrow(present), borrow(ohlcv)
    opening_ns, opening, targets, values = borrow(opening_ns), borrow(opening), borrow(targets), borrow(values)
    orders, fills, trades, counts = borrow(orders), borrow(fills), borrow(trades), borrow(counts)
    finished, chosen = borrow(finished), borrow(targets.reshape(-1))
    hands, flags, floats, integers = group.hands, group.flags, group.floats, group.integers
    always = not (rules.rebalance == Rebalance.ON_CHANGE and rules.kind <= Instruction.TARGET_VALUE)
    curve = _load_curve(floats, integers, part, clock)
    moments = _load_moments(floats, integers, part, count)
    drawdown = _load_drawdown(floats, integers, part, seen)
    cash, quantity = floats_at(hands, CASH * LANES + part), floats_at(hands, QUANTITY * LANES + part)
    target = floats_at(hands, TARGET * LANES + part)
    waiting = integers_at(flags, WAITING * LANES + part) != 0
    alive = integers_at(flags, ALIVE * LANES + part) != 0
    block, until = 0, -1  # no block of time: the first period to end looks it up
    total = square = floats_at(group.sums, part)
    for t in range(time_ns.size):
        last, close = time_ns[t] == rules.close_at_ns, ohlcv[0, CLOSE, t]
        asked = floats_at(chosen, t * LANES + part)
        called = bits((((asked == asked) & (always | (asked != target))) | waiting | last) & alive)
        if called != 0:
            _act(
                called, part, group, rules, last, first + t, time_ns, present, ohlcv, opening_ns, opening, targets, t,
                orders, fills, trades, counts, values,
            )  # fmt: skip
            cash, quantity = floats_at(hands, CASH * LANES + part), floats_at(hands, QUANTITY * LANES + part)
            target = floats_at(hands, TARGET * LANES + part)
            waiting = integers_at(flags, WAITING * LANES + part) != 0
        equity = cash + quantity * close
        if curve.rows > 0 and (stream.per_bar or session[t] != curve.session):
            period = _open_period(curve)
            if not stream.drawdown_on_rows:
                drawdown = _settled_drawdown(_observe_drawdown(drawdown, curve.time_ns, curve.equity))
            if curve.periods > 0 or not stream.skip_first:
                if moments.n >= until:
                    if until >= 0:
                        put_at(group.sums, block * LANES + part, total)
                        put_at(group.squares, block * LANES + part, square)
                    block = block_of(moments.n, stream.periods)
                    until = end_of(block, stream.periods)
                    total = floats_at(group.sums, block * LANES + part)
                    square = floats_at(group.squares, block * LANES + part)
                total = total + period.portfolio
                square = square + period.portfolio * period.portfolio
                moments = _settled_moments(_observe_moments(moments, period.portfolio))
            curve = _settled_curve(_close_curve(curve))
        curve = _settled_curve(_observe_curve(curve, time_ns[t], session[t], equity, NAN))
        if stream.drawdown_on_rows:
            drawdown = _settled_drawdown(_observe_drawdown(drawdown, time_ns[t], equity))
        ruined = bits((equity <= 0.0) & alive)
        if ruined != 0:
            if until >= 0:
                put_at(group.sums, block * LANES + part, total)
                put_at(group.squares, block * LANES + part, square)
            _store(group, part, curve, moments, drawdown, equity)
            _end(ruined, part, group, stream, first + t, time_ns[t], close, trades, finished)
            cash, quantity = floats_at(hands, CASH * LANES + part), floats_at(hands, QUANTITY * LANES + part)
            alive = integers_at(flags, ALIVE * LANES + part) != 0
    if until >= 0:
        put_at(group.sums, block * LANES + part, total)
        put_at(group.squares, block * LANES + part, square)
    _store(group, part, curve, moments, drawdown, cash + quantity * ohlcv[0, CLOSE, time_ns.size - 1])


def bind_few_accounts() -> Callable[..., None]:
    """Compile the loop over the rows of a block for a group of accounts.

    Takes and does what ``accounts.bind_accounts`` says, for the statistics ``FEW`` and ``FEW_TRADES`` alone.
    """

    @kernel(cache=True)
    def run(
        group: Any, rules: Any, stream: Any, first: int, time_ns: Any, session: Any, present: Any, ohlcv: Any,
        opening_ns: Any, opening: Any, _benchmark: Any, targets: Any, orders: Any, fills: Any, trades: Any, counts: Any,
        values: Any, _returns: Any, finished: Any,
    ) -> None:  # fmt: skip
        # What all lanes have in common is kept by the first, which each part writes: all begin with what it was.
        floats, integers = group[0].floats, group[0].integers
        clock, count, seen = read_clock(floats, integers), read_count(floats, integers), read_rows(floats, integers)
        for part in range(0, LANES, WIDTH):
            _walk(
                part, clock, count, seen, group[0], rules[0], stream[0], first, time_ns, session, present, ohlcv,
                opening_ns, opening, targets, orders, fills, trades, counts, values, finished,
            )  # fmt: skip

    return run
