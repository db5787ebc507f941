"""Round trips: how many, how good, how long, and in what streaks."""

import math
from typing import Any, NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import maximum, minimum, where


class Side(NamedTuple):
    """Closed trades of one outcome: those that gained, or those that lost."""

    n: int
    """Number of trades."""
    pnl: float
    """Sums, in the account's currency; ``returns`` as fractions of what was paid in."""
    returns: float
    bars: int
    time_ns: int
    run: int
    """Length of the streak that lasts."""
    longest_run: int


class TradeStatistics(NamedTuple):
    """Streaming statistics of trades: closed ones, and apart from them those still open at the end."""

    closed: int
    wins: Side
    """Trades with a profit after fees."""
    losses: Side
    """Trades with a loss after fees; a trade that breaks even is neither."""
    pnl_mean: float
    pnl_m2: float
    """Sum of (pnl - mean)^2."""
    best_pnl: float
    """-inf before the first closed trade."""
    worst_pnl: float
    """inf before the first closed trade."""
    return_sum: float
    gain_returns: float
    """Sum of the returns above zero, and of those below."""
    loss_returns: float
    log_returns: float
    """Sum of log(1 + return); -inf or nan once a trade has lost everything."""
    best_return: float
    worst_return: float
    bars: int
    longest_bars: int
    time_ns: int
    longest_ns: int
    fees: float
    longs: int
    long_wins: int
    covered_rows: int
    """Rows from entry to exit of closed trades, both included, each row once (trades in order of exit)."""
    covered_to: int
    """Last row counted; -1 before."""
    open: int
    open_pnl: float
    open_fees: float


def trade_statistics_init() -> TradeStatistics:
    """Return the statistics of no trades."""
    side = Side(0, 0.0, 0.0, 0, 0, 0, 0)
    return TradeStatistics(
        0, side, side, 0.0, 0.0, -math.inf, math.inf, 0.0, 0.0, 0.0, 0.0, -math.inf, math.inf,
        0, 0, 0, 0, 0.0, 0, 0, 0, -1, 0, 0.0, 0.0,
    )  # fmt: skip


@kernel
def observe_side(state: Side, belongs: bool, pnl: float, r: float, bars: int, time_ns: int) -> Side:
    """Take one closed trade; one that does not belong to this side ends its streak."""
    run = where(belongs, state.run + 1, 0)
    return Side(
        state.n + where(belongs, 1, 0),
        state.pnl + where(belongs, pnl, 0.0),
        state.returns + where(belongs, r, 0.0),
        state.bars + where(belongs, bars, 0),
        state.time_ns + where(belongs, time_ns, 0),
        run,
        maximum(run, state.longest_run),
    )


@kernel
def observe_open_trade(state: TradeStatistics, pnl: float, fees: float) -> TradeStatistics:
    """Take a trade that is still open."""
    return TradeStatistics(
        state.closed,
        state.wins,
        state.losses,
        state.pnl_mean,
        state.pnl_m2,
        state.best_pnl,
        state.worst_pnl,
        state.return_sum,
        state.gain_returns,
        state.loss_returns,
        state.log_returns,
        state.best_return,
        state.worst_return,
        state.bars,
        state.longest_bars,
        state.time_ns,
        state.longest_ns,
        state.fees,
        state.longs,
        state.long_wins,
        state.covered_rows,
        state.covered_to,
        state.open + 1,
        state.open_pnl + pnl,
        state.open_fees + fees,
    )


@kernel
def observe_closed_trade(
    state: TradeStatistics,
    direction: int,
    entry_row: int,
    exit_row: int,
    time_ns: int,
    pnl: float,
    r: float,
    fees: float,
) -> TradeStatistics:
    """Take a closed trade that lasted ``time_ns``; ``r`` is its P&L after fees over what was paid in."""
    closed = state.closed + 1
    delta = pnl - state.pnl_mean
    mean = state.pnl_mean + delta / closed
    bars = exit_row - entry_row
    won = pnl > 0.0
    lost = pnl < 0.0
    first_new = maximum(entry_row, state.covered_to + 1)
    log_return = where(r > -1.0, math.log1p(where(r > -1.0, r, 0.0)), -math.inf)
    return TradeStatistics(
        closed,
        observe_side(state.wins, won, pnl, r, bars, time_ns),
        observe_side(state.losses, lost, pnl, r, bars, time_ns),
        mean,
        state.pnl_m2 + delta * (pnl - mean),
        maximum(pnl, state.best_pnl),
        minimum(pnl, state.worst_pnl),
        state.return_sum + r,
        state.gain_returns + maximum(r, 0.0),
        state.loss_returns + minimum(r, 0.0),
        state.log_returns + log_return,
        maximum(r, state.best_return),
        minimum(r, state.worst_return),
        state.bars + bars,
        maximum(bars, state.longest_bars),
        state.time_ns + time_ns,
        maximum(time_ns, state.longest_ns),
        state.fees + fees,
        state.longs + where(direction > 0, 1, 0),
        state.long_wins + where((direction > 0) & won, 1, 0),
        state.covered_rows + maximum(exit_row - first_new + 1, 0),
        maximum(exit_row, state.covered_to),
        state.open,
        state.open_pnl,
        state.open_fees,
    )


@kernel
def observe_trade(state: TradeStatistics, trade: Any) -> TradeStatistics:
    """Take one row of a ``TRADE`` array, closed or still open."""
    if trade["open"] != 0:
        return observe_open_trade(state, trade["pnl"], trade["fees"])
    return observe_closed_trade(
        state,
        trade["direction"],
        trade["entry_row"],
        trade["exit_row"],
        trade["exit_time_ns"] - trade["entry_time_ns"],
        trade["pnl"],
        trade["return"],
        trade["fees"],
    )
