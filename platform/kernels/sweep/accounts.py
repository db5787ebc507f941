"""Trade and observe many accounts of one symbol side by side, row by row.

On most rows of most accounts nothing happens but that the position is valued: that is done to all lanes at once.
Lanes on which an order waits or a target changes go through ``advance``, the transition of a single account. So every
number is the one that a backtest of that lane alone arrives at, bit for bit.
"""

from collections.abc import Callable, Container
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.kernels._jit import kernel
from lockstep.kernels.account import ACCOUNT, HOLDING, End, FillAt, Rebalance, new_account, new_holdings
from lockstep.kernels.bar import NEVER
from lockstep.kernels.booking import write_trade
from lockstep.kernels.borrow import borrow
from lockstep.kernels.engine import advance, decide
from lockstep.kernels.ops import maximum, where
from lockstep.kernels.sizing import Instruction
from lockstep.kernels.stats.block import STATISTICS, TRADE_STATISTICS
from lockstep.kernels.stats.statistics import Rules, Statistics, finish
from lockstep.kernels.stats.trades import observe_trade, trade_statistics_init
from lockstep.kernels.sweep.bits import lowest
from lockstep.kernels.sweep.lanes import LANES, LaneLayout
from lockstep.kernels.sweep.observe import (
    CASH,
    COMMON,
    EQUITY,
    GROSS,
    NET,
    PLACES,
    QUANTITY,
    TARGET,
    bind_observers,
)

BLOCKS = 64
"""Blocks of time for which the sums of returns and of their squares are kept."""
RECORDS = 4
"""Room for the records of one row of one account."""
CLOSE = 3

# Rows of ``flags``.
WAITING, ALIVE = 0, 1

TRADE_PLACES = LaneLayout(TRADE_STATISTICS, 1)
"""Statistics of trades lie by account: no two have a trade at the same row."""
FEW_TRADES = frozenset(("closed", "open", "longs", "long_wins", "wins.n", "losses.n"))
"""Leaves of the statistics of trades behind the number of trades and the win rate."""

_load_trades = TRADE_PLACES.loader()
_store_trades = TRADE_PLACES.storer()

_read_common = PLACES.reader(COMMON)
_load_lane = PLACES.loader(common=COMMON)
_store_lane = STATISTICS.storer()
_SESSION = PLACES.place("curve.session") * LANES
_ROWS = PLACES.place("curve.rows") * LANES
_PERIODS = PLACES.place("curve.periods") * LANES
_COUNT = PLACES.place("periods.moments.n") * LANES

GROUP = np.dtype(
    [
        ("account", ACCOUNT, LANES),
        ("holding", HOLDING, LANES),
        ("hands", np.float64, 6 * LANES),
        ("flags", np.int64, 2 * LANES),
        ("floats", np.float64, PLACES.floats * LANES),
        ("integers", np.int64, PLACES.integers * LANES),
        ("sums", np.float64, BLOCKS * LANES),
        ("squares", np.float64, BLOCKS * LANES),
        ("trade_floats", np.float64, (LANES, TRADE_PLACES.floats)),
        ("trade_integers", np.int64, (LANES, TRADE_PLACES.integers)),
    ],
    align=True,
)
"""LANES accounts with their statistics, side by side where the compiler is to see them together."""

FINISHED = np.dtype(
    [
        ("floats", np.float64, PLACES.floats),
        ("integers", np.int64, PLACES.integers),
        ("trade_floats", np.float64, TRADE_PLACES.floats),
        ("trade_integers", np.int64, TRADE_PLACES.integers),
        ("sums", np.float64, BLOCKS),
        ("squares", np.float64, BLOCKS),
        ("fees", np.float64),
        ("end", np.int64),
    ],
    align=True,
)
"""What a run leaves: its packed statistics, and for each block of time the sum of returns and of their squares."""

RULES = np.dtype(
    [
        ("per_bar", np.int64),
        ("skip_first", np.int64),
        ("drawdown_on_rows", np.int64),
        ("log_beta", np.int64),
        ("periods", np.int64),  # of the whole run, so that they can be told into blocks
    ],
    align=True,
)
"""What a convention asks of the stream (see ``statistics.Rules``): one row."""


def new_group(lot: float, cash: float, initial: Statistics) -> npt.NDArray[np.void]:
    """Return GROUP[1]: accounts that have seen nothing."""
    group = np.zeros(1, GROUP)
    group["account"], group["holding"] = new_account(cash)[0], new_holdings(np.array([lot]))[0]
    hands, flags = group["hands"].reshape(-1, LANES), group["flags"].reshape(-1, LANES)
    hands[CASH] = hands[EQUITY] = cash
    hands[TARGET] = np.nan
    flags[ALIVE] = 1
    group["floats"], group["integers"] = PLACES.pack([initial])
    packed = TRADE_STATISTICS.pack(trade_statistics_init())
    group["trade_floats"], group["trade_integers"] = packed.floats, packed.integers
    return group


def with_warm_ups(group: npt.NDArray[np.void], warm_ups: list[int]) -> npt.NDArray[np.void]:
    """Return a copy with each lane's bars before it could first trade; lanes beyond them repeat the last."""
    made = group.copy()
    place = PLACES.place("curve.warm_up") * LANES
    made["integers"][0, place : place + LANES] = warm_ups + warm_ups[-1:] * (LANES - len(warm_ups))
    return made


def stream_of(rules: Rules, periods: int) -> npt.NDArray[np.void]:
    """Return RULES[1] for a convention's rules and a run of so many period returns."""
    stream = np.zeros(1, RULES)
    for name in Rules._fields:
        stream[name] = getattr(rules, name)
    stream["periods"] = periods
    return stream


@kernel(inline=False)
def _called(hands: Any, flags: Any, targets: Any, t: int, always: bool) -> int:
    """Return the lanes on which more happens at a row than that the position is valued, as bits."""
    called = 0
    for lane in range(LANES):
        value = targets[t, lane]
        new = (value == value) & (always | (value != hands[TARGET * LANES + lane]))
        called |= (where(new, 1, flags[WAITING * LANES + lane]) & flags[ALIVE * LANES + lane]) << lane
    return called


@kernel(inline=False)
def _alive(flags: Any) -> int:
    """Return the lanes that still trade, as bits."""
    alive = 0
    for lane in range(LANES):
        alive |= flags[ALIVE * LANES + lane] << lane
    return alive


@kernel(inline=False)
def _value(hands: Any, close: float) -> bool:
    """Value all positions at a row's close; is any account at or below zero?"""
    ruined = 0
    for lane in range(LANES):
        cash = hands[CASH * LANES + lane]
        value = hands[QUANTITY * LANES + lane] * close
        equity = cash + value
        net = equity - cash
        hands[EQUITY * LANES + lane] = equity
        hands[NET * LANES + lane] = net
        hands[GROSS * LANES + lane] = net + 2.0 * maximum(-value, 0.0)
        ruined |= where(equity <= 0.0, 1, 0)
    return ruined != 0


@kernel
def _note(group: Any, lane: int) -> None:
    """Take over what the lane's account has become."""
    account, holding = group.account[lane], group.holding[lane]
    group.hands[CASH * LANES + lane] = account.cash
    group.hands[QUANTITY * LANES + lane] = holding.quantity
    group.hands[TARGET * LANES + lane] = holding.target
    group.flags[WAITING * LANES + lane] = account.pending


@kernel
def decide_only(group: Any, rules: Any, lane: int, row: int, time_ns: int, close: float, value: float) -> None:
    """Read an instruction at a close where none waits, to be filled later: no more of ``advance`` is needed."""
    account, holding = group.account[lane], group.holding[lane]
    holding.mark = close
    account.equity = account.cash + holding.quantity * close
    account.row = row
    decide(account, holding, rules, value, time_ns)
    group.hands[TARGET * LANES + lane] = holding.target
    group.flags[WAITING * LANES + lane] = account.pending


def bind_trade(keep: Container[str] | None) -> Callable[..., None]:
    """Make the kernel that takes one lane through a row, and keeps these leaves of the statistics of its trades."""
    load, store = TRADE_PLACES.loader(keep=keep), TRADE_PLACES.storer(keep=keep)

    @kernel(inline=False)
    def trade(
        group: Any, rules: Any, lane: int, row: int, time_ns: Any, present: Any, ohlcv: Any, opening_ns: Any,
        opening: Any, targets: Any, t: int, orders: Any, fills: Any, trades: Any, counts: Any, values: Any,
    ) -> None:  # fmt: skip
        """Take one lane's account through a row, as a single backtest does."""
        # Borrowed in here once more: what is null in the caller is unknown in a function of its own.
        time_ns, present, ohlcv, values = borrow(time_ns), borrow(present), borrow(ohlcv), borrow(values)
        opening_ns, opening, targets, counts = borrow(opening_ns), borrow(opening), borrow(targets), borrow(counts)
        orders, fills, trades = borrow(orders), borrow(fills), borrow(trades)
        accounts, holdings = borrow(group.account), borrow(group.holding)
        accounts[lane].row = row
        counts[0] = counts[1] = counts[2] = 0
        advance(
            accounts[lane], holdings[lane : lane + 1], rules, time_ns[t], present, ohlcv, opening_ns, opening,
            targets.T[lane : lane + 1], t, orders, fills, trades, counts, values[0], values[1], values[2],
        )  # fmt: skip
        for i in range(counts[2]):
            state = load(group.trade_floats[lane], group.trade_integers[lane], 0)
            store(observe_trade(state, trades[i]), group.trade_floats[lane], group.trade_integers[lane], 0)
        _note(group, lane)

    return trade


@kernel
def block_of(period: int, periods: int) -> int:
    """Return the block of time into which a period falls, of so many in all."""
    return min(period * BLOCKS // periods, BLOCKS - 1)


@kernel
def end_of(block: int, periods: int) -> int:
    """Return the first period that falls into a later block of time."""
    return NEVER if block == BLOCKS - 1 else ((block + 1) * periods + BLOCKS - 1) // BLOCKS


@kernel(inline=False)
def _into_block(sums: Any, squares: Any, block: int, returns: Any) -> None:
    """Add the returns of a period to the sums of its block of time."""
    for lane in range(LANES):
        sums[block * LANES + lane] += returns[lane]
        squares[block * LANES + lane] += returns[lane] * returns[lane]


@kernel(inline=False)
def finish_lane(
    group: Any, lane: int, rules: Any, row: int, time_ns: int, close: float, trades: Any, finished: Any
) -> None:
    """Write what a lane leaves; its account trades no more."""
    state = _load_lane(group.floats, group.integers, lane, _read_common(group.floats, group.integers))
    held = group.holding[lane]
    for block in range(BLOCKS):
        finished.sums[block] = group.sums[block * LANES + lane]
        finished.squares[block] = group.squares[block * LANES + lane]
    before = state.periods.moments.n
    state, closed = finish(state)
    if closed.closed:
        block = block_of(before, rules.periods)
        finished.sums[block] += closed.portfolio
        finished.squares[block] += closed.portfolio * closed.portfolio
    _store_lane(state, finished.floats, finished.integers)
    trade_state = _load_trades(group.trade_floats[lane], group.trade_integers[lane], 0)
    if held.quantity != 0.0:
        write_trade(trades[0], held, 0, row, time_ns, close)
        trade_state = observe_trade(trade_state, trades[0])
    _store_trades(trade_state, finished.trade_floats, finished.trade_integers, 0)
    finished.fees = group.account[lane].fees
    finished.end = End.RUINED if group.hands[EQUITY * LANES + lane] <= 0.0 else End.RUNNING
    group.flags[ALIVE * LANES + lane] = 0
    group.hands[CASH * LANES + lane] = 1.0
    group.hands[QUANTITY * LANES + lane] = 0.0


def bind_accounts(keep: Container[str] | None, keep_trades: Container[str] | None) -> Callable[..., None]:
    """Compile the loop over the rows of a block for a group of accounts.

    Returns ``run(group, rules, stream, time_ns, session, present, ohlcv, opening_ns, opening, benchmark, targets,
    orders, fills, trades, counts, values, returns, finished)``: ``group`` GROUP[1] and ``finished`` FINISHED[LANES] are
    modified in place; ``rules`` and ``stream`` are one row each of the run's and of the convention's rules; the block's
    arrays are those of one symbol that has a bar at every row; ``benchmark`` float64[n]; ``targets`` float64[n, LANES];
    the others are scratch, for the records of one row, ``values`` float64[3, n] and ``returns`` float64[2 * LANES].
    """
    observers = bind_observers(keep)
    close_period, take_period, depth = observers.close, observers.period, observers.depth
    take_row, held, changes = observers.row, observers.held, observers.changes
    trade = bind_trade(keep_trades)

    @kernel(cache=True)
    def run(
        group: Any, rules: Any, stream: Any, first: int, time_ns: Any, session: Any, present: Any, ohlcv: Any,
        opening_ns: Any, opening: Any, benchmark: Any, targets: Any, orders: Any, fills: Any, trades: Any, counts: Any,
        values: Any, returns: Any, finished: Any,
    ) -> None:  # fmt: skip
        group, rules, stream = group[0], rules[0], stream[0]
        time_ns, session, present, ohlcv = borrow(time_ns), borrow(session), borrow(present), borrow(ohlcv)
        opening_ns, opening, targets, returns = borrow(opening_ns), borrow(opening), borrow(targets), borrow(returns)
        orders, fills, trades, counts = borrow(orders), borrow(fills), borrow(trades), borrow(counts)
        values, finished, benchmark = borrow(values), borrow(finished), borrow(benchmark)
        hands, flags, floats, integers = group.hands, group.flags, group.floats, group.integers
        equity, gross, net = (
            hands[EQUITY * LANES : GROSS * LANES], hands[GROSS * LANES : NET * LANES], hands[NET * LANES :],
        )  # fmt: skip
        next_open = rules.fill_at == FillAt.NEXT_OPEN
        on_change = rules.rebalance == Rebalance.ON_CHANGE and rules.kind <= Instruction.TARGET_VALUE
        for t in range(time_ns.size):
            last = time_ns[t] == rules.close_at_ns
            called = _alive(flags) if last else _called(hands, flags, targets, t, not on_change)
            close = ohlcv[0, CLOSE, t]
            while called != 0:
                lane = lowest(called)
                called &= called - 1
                if next_open and not last and flags[WAITING * LANES + lane] == 0:
                    decide_only(group, rules, lane, first + t, time_ns[t], close, targets[t, lane])
                else:
                    trade(
                        group, rules, lane, first + t, time_ns, present, ohlcv, opening_ns, opening, targets, t,
                        orders, fills, trades, counts, values,
                    )  # fmt: skip
            begun = integers[_ROWS] > 0
            ended = begun and (stream.per_bar or session[t] != integers[_SESSION])
            counted = integers[_PERIODS] > 0 or not stream.skip_first
            ruined = _value(hands, close)
            if ended:
                if not stream.drawdown_on_rows:
                    depth(floats, integers)
                close_period(floats, integers, returns)
                if counted:
                    _into_block(group.sums, group.squares, block_of(integers[_COUNT], stream.periods), returns)
                    take_period(floats, integers, returns)
            if begun and stream.log_beta:
                changes(floats, integers, equity, benchmark[t])
            take_row(floats, integers, time_ns[t], session[t], equity, benchmark[t])
            if stream.drawdown_on_rows:
                depth(floats, integers)
            held(floats, integers, equity, gross, net)
            if ruined:
                for lane in range(LANES):
                    if flags[ALIVE * LANES + lane] and equity[lane] <= 0.0:
                        finish_lane(group, lane, stream, first + t, time_ns[t], close, trades, finished[lane])

    return run


def bind_finish() -> Callable[..., None]:
    """Compile ``finish(group, stream, row, time_ns, close, trades, finished)``: end the lanes still alive."""

    @kernel(cache=True)
    def finish_group(group: Any, stream: Any, row: int, time_ns: int, close: float, trades: Any, finished: Any) -> None:
        for lane in range(LANES):
            if group[0].flags[ALIVE * LANES + lane]:
                finish_lane(group[0], lane, stream[0], row, time_ns, close, trades, finished[lane])

    return finish_group
