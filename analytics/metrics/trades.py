"""Trades: round trips from flat to flat, after fees. Those still open count only where it is said."""

from typing import Any

import numpy as np

from lockstep.analytics.metrics.catalogue import metric
from lockstep.analytics.metrics.drawdowns import days
from lockstep.analytics.metrics.facts import DAY_NS
from lockstep.analytics.metrics.sample import Floats, Sample, column, mean_of, quotient, where_known
from lockstep.kernels.stats.elementwise import exp

GROUP = "Trades"


def mean_days(sample: Sample, number: Any, bars: Any, time_ns: Any) -> Floats:
    """Return the mean length in days of a number of trades that lasted so long together; nan of none."""
    if sample.rules.durations != "rows":
        return where_known(number, days(sample, time_ns, number))
    known = np.logical_and(number, sample.facts.interval_ns)
    return where_known(known, np.divide(bars, number) * sample.facts.interval_ns / DAY_NS)


@metric("Trades", "count", group=GROUP, vectorbt="Total Trades", backtesting="# Trades")
def trades(sample: Sample) -> Floats:
    """Number of trades, open ones included.

    backtesting.py: closed ones.
    """
    return column(sample.trades.closed + (0 if sample.rules.closed_trades_only else sample.trades.open))


@metric("Closed trades", "count", group=GROUP, vectorbt="Total Closed Trades")
def closed_trades(sample: Sample) -> Floats:
    """Number of closed trades."""
    return column(sample.trades.closed)


@metric("Open trades", "count", group=GROUP, vectorbt="Total Open Trades")
def open_trades(sample: Sample) -> Floats:
    """Number of trades still open at the end."""
    return column(sample.trades.open)


@metric("Open trade P&L", "currency", group=GROUP, vectorbt="Open Trade PnL")
def open_trade_pnl(sample: Sample) -> Floats:
    """P&L of open trades at the last price, after fees paid."""
    return column(sample.trades.open_pnl)


@metric("Long trades", "count", group=GROUP)
def long_trades(sample: Sample) -> Floats:
    """Number of closed long trades."""
    return column(sample.trades.longs)


@metric("Short trades", "count", group=GROUP)
def short_trades(sample: Sample) -> Floats:
    """Number of closed short trades."""
    return column(sample.trades.closed - sample.trades.longs)


@metric("Win rate", "fraction", group=GROUP, vectorbt="Win Rate [%]", backtesting="Win Rate [%]")
def win_rate(sample: Sample) -> Floats:
    """Closed trades with a P&L above zero / closed trades."""
    return mean_of(sample.trades.wins.n, sample.trades.closed)


@metric("Win rate, long", "fraction", group=GROUP)
def win_rate_long(sample: Sample) -> Floats:
    """Win rate of closed long trades."""
    return mean_of(sample.trades.long_wins, sample.trades.longs)


@metric("Win rate, short", "fraction", group=GROUP)
def win_rate_short(sample: Sample) -> Floats:
    """Win rate of closed short trades."""
    stats = sample.trades
    return mean_of(stats.wins.n - stats.long_wins, stats.closed - stats.longs)


@metric("Best trade", "fraction", group=GROUP, vectorbt="Best Trade [%]", backtesting="Best Trade [%]")
def best_trade(sample: Sample) -> Floats:
    """Highest return of a closed trade: P&L / (quantity x entry price)."""
    return where_known(sample.trades.closed, sample.trades.best_return)


@metric("Worst trade", "fraction", group=GROUP, vectorbt="Worst Trade [%]", backtesting="Worst Trade [%]")
def worst_trade(sample: Sample) -> Floats:
    """Lowest return of a closed trade."""
    return where_known(sample.trades.closed, sample.trades.worst_return)


@metric("Best trade P&L", "currency", group=GROUP)
def best_trade_pnl(sample: Sample) -> Floats:
    """Highest P&L of a closed trade."""
    return where_known(sample.trades.closed, sample.trades.best_pnl)


@metric("Worst trade P&L", "currency", group=GROUP)
def worst_trade_pnl(sample: Sample) -> Floats:
    """Lowest P&L of a closed trade."""
    return where_known(sample.trades.closed, sample.trades.worst_pnl)


@metric("Average trade", "fraction", group=GROUP, backtesting="Avg. Trade [%]")
def average_trade(sample: Sample) -> Floats:
    """Mean return of closed trades.

    backtesting.py: geometric mean, 0 once a trade lost everything.
    """
    stats = sample.trades
    if not sample.rules.trade_returns:
        return mean_of(stats.return_sum, stats.closed)
    geometric = exp(mean_of(stats.log_returns, stats.closed)) - 1.0
    return np.where(np.less_equal(stats.worst_return, -1.0), 0.0, geometric)


@metric("Average winning trade", "fraction", group=GROUP, vectorbt="Avg Winning Trade [%]")
def average_winning_trade(sample: Sample) -> Floats:
    """Mean return of closed trades with a P&L above zero."""
    return mean_of(sample.trades.wins.returns, sample.trades.wins.n)


@metric("Average losing trade", "fraction", group=GROUP, vectorbt="Avg Losing Trade [%]")
def average_losing_trade(sample: Sample) -> Floats:
    """Mean return of closed trades with a P&L below zero."""
    return mean_of(sample.trades.losses.returns, sample.trades.losses.n)


@metric("Longest trade", "days", group=GROUP, backtesting="Max. Trade Duration")
def max_trade_duration(sample: Sample) -> Floats:
    """Longest time from entry to exit.

    vectorbt: bars x interval. backtesting.py: rounded up to the data's resolution.
    """
    stats = sample.trades
    return mean_days(sample, np.minimum(stats.closed, 1), stats.longest_bars, stats.longest_ns)


@metric("Average trade duration", "days", group=GROUP, backtesting="Avg. Trade Duration")
def average_trade_duration(sample: Sample) -> Floats:
    """Mean time from entry to exit of closed trades."""
    stats = sample.trades
    return mean_days(sample, stats.closed, stats.bars, stats.time_ns)


@metric("Average winning trade duration", "days", group=GROUP, vectorbt="Avg Winning Trade Duration")
def average_winning_trade_duration(sample: Sample) -> Floats:
    """Mean time from entry to exit of closed trades with a P&L above zero."""
    wins = sample.trades.wins
    return mean_days(sample, wins.n, wins.bars, wins.time_ns)


@metric("Average losing trade duration", "days", group=GROUP, vectorbt="Avg Losing Trade Duration")
def average_losing_trade_duration(sample: Sample) -> Floats:
    """Mean time from entry to exit of closed trades with a P&L below zero."""
    losses = sample.trades.losses
    return mean_days(sample, losses.n, losses.bars, losses.time_ns)


@metric("Average trade in bars", "count", group=GROUP)
def average_trade_bars(sample: Sample) -> Floats:
    """Mean number of bars from entry to exit."""
    return mean_of(sample.trades.bars, sample.trades.closed)


@metric("Profit factor", "ratio", group=GROUP, vectorbt="Profit Factor", backtesting="Profit Factor")
def profit_factor(sample: Sample) -> Floats:
    """Sum of P&L above zero / |sum of P&L below zero|.

    backtesting.py: of returns instead of P&L.
    """
    stats = sample.trades
    gained, lost = stats.wins.pnl, stats.losses.pnl
    if sample.rules.trade_returns:
        gained, lost = stats.gain_returns, stats.loss_returns
    return where_known(stats.wins.n + stats.losses.n, sample.ratio(gained, -lost))


@metric("Expectancy", "currency", group=GROUP, vectorbt="Expectancy")
def expectancy(sample: Sample) -> Floats:
    """Mean P&L of closed trades."""
    return where_known(sample.trades.closed, sample.trades.pnl_mean)


@metric("Expected return of a trade", "fraction", group=GROUP, backtesting="Expectancy [%]")
def expected_trade_return(sample: Sample) -> Floats:
    """Mean return of closed trades."""
    return mean_of(sample.trades.return_sum, sample.trades.closed)


@metric("Payoff ratio", "ratio", group=GROUP)
def payoff_ratio(sample: Sample) -> Floats:
    """Mean P&L of winning trades / |mean P&L of losing trades|."""
    wins, losses = sample.trades.wins, sample.trades.losses
    return sample.ratio(mean_of(wins.pnl, wins.n), -mean_of(losses.pnl, losses.n))


@metric("SQN", "ratio", group=GROUP, source="Tharp, Definitive Guide to Position Sizing (2008)", backtesting="SQN")
def sqn(sample: Sample) -> Floats:
    """sqrt(trades) x mean P&L / standard deviation of P&L (ddof 1)."""
    stats = sample.trades
    deviation = np.sqrt(sample.variance(stats.pnl_m2, stats.closed, 1))
    return quotient(np.sqrt(stats.closed) * stats.pnl_mean, deviation)


@metric("Kelly criterion", "fraction", group=GROUP, source="Kelly (1956)", backtesting="Kelly Criterion")
def kelly(sample: Sample) -> Floats:
    """Win rate - (1 - win rate) / payoff ratio; nan without a win or without a loss."""
    payoff = payoff_ratio(sample)
    rate = win_rate(sample)
    return where_known(np.isfinite(payoff), rate - quotient(1.0 - rate, payoff))


@metric("Most wins in a row", "count", group=GROUP)
def consecutive_wins(sample: Sample) -> Floats:
    """Longest streak of closed trades with a P&L above zero, in the order of their exits."""
    return column(sample.trades.wins.longest_run)


@metric("Most losses in a row", "count", group=GROUP)
def consecutive_losses(sample: Sample) -> Floats:
    """Longest streak of closed trades with a P&L below zero, in the order of their exits."""
    return column(sample.trades.losses.longest_run)
