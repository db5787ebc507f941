"""Trades: round trips from flat to flat, after fees. Those still open count only where it is said."""

import math

import numpy as np

from lockstep.analytics.metrics.catalogue import metric
from lockstep.analytics.metrics.drawdowns import days
from lockstep.analytics.metrics.facts import DAY_NS
from lockstep.analytics.metrics.sample import NAN, Sample

GROUP = "Trades"


def mean_of(total: float, number: int) -> float:
    """Return total / number; nan of nothing."""
    return float(total) / int(number) if number else NAN


def mean_days(sample: Sample, number: int, bars: int, time_ns: int) -> float:
    """Return the mean length in days of a number of trades that lasted so long together; nan of none."""
    if not number:
        return NAN
    if sample.rules.durations != "rows":
        return days(sample, int(time_ns), int(number))
    return int(bars) / int(number) * sample.facts.interval_ns / DAY_NS if sample.facts.interval_ns else NAN


@metric("Trades", "count", group=GROUP, vectorbt="Total Trades", backtesting="# Trades")
def trades(sample: Sample) -> float:
    """Number of trades, open ones included.

    backtesting.py: closed ones.
    """
    return float(sample.trades.closed + (0 if sample.rules.closed_trades_only else sample.trades.open))


@metric("Closed trades", "count", group=GROUP, vectorbt="Total Closed Trades")
def closed_trades(sample: Sample) -> float:
    """Number of closed trades."""
    return float(sample.trades.closed)


@metric("Open trades", "count", group=GROUP, vectorbt="Total Open Trades")
def open_trades(sample: Sample) -> float:
    """Number of trades still open at the end."""
    return float(sample.trades.open)


@metric("Open trade P&L", "currency", group=GROUP, vectorbt="Open Trade PnL")
def open_trade_pnl(sample: Sample) -> float:
    """P&L of open trades at the last price, after fees paid."""
    return float(sample.trades.open_pnl)


@metric("Long trades", "count", group=GROUP)
def long_trades(sample: Sample) -> float:
    """Number of closed long trades."""
    return float(sample.trades.longs)


@metric("Short trades", "count", group=GROUP)
def short_trades(sample: Sample) -> float:
    """Number of closed short trades."""
    return float(sample.trades.closed - sample.trades.longs)


@metric("Win rate", "fraction", group=GROUP, vectorbt="Win Rate [%]", backtesting="Win Rate [%]")
def win_rate(sample: Sample) -> float:
    """Closed trades with a P&L above zero / closed trades."""
    return mean_of(sample.trades.wins.n, sample.trades.closed)


@metric("Win rate, long", "fraction", group=GROUP)
def win_rate_long(sample: Sample) -> float:
    """Win rate of closed long trades."""
    return mean_of(sample.trades.long_wins, sample.trades.longs)


@metric("Win rate, short", "fraction", group=GROUP)
def win_rate_short(sample: Sample) -> float:
    """Win rate of closed short trades."""
    stats = sample.trades
    return mean_of(stats.wins.n - stats.long_wins, stats.closed - stats.longs)


@metric("Best trade", "fraction", group=GROUP, vectorbt="Best Trade [%]", backtesting="Best Trade [%]")
def best_trade(sample: Sample) -> float:
    """Highest return of a closed trade: P&L / (quantity x entry price)."""
    return float(sample.trades.best_return) if sample.trades.closed else NAN


@metric("Worst trade", "fraction", group=GROUP, vectorbt="Worst Trade [%]", backtesting="Worst Trade [%]")
def worst_trade(sample: Sample) -> float:
    """Lowest return of a closed trade."""
    return float(sample.trades.worst_return) if sample.trades.closed else NAN


@metric("Best trade P&L", "currency", group=GROUP)
def best_trade_pnl(sample: Sample) -> float:
    """Highest P&L of a closed trade."""
    return float(sample.trades.best_pnl) if sample.trades.closed else NAN


@metric("Worst trade P&L", "currency", group=GROUP)
def worst_trade_pnl(sample: Sample) -> float:
    """Lowest P&L of a closed trade."""
    return float(sample.trades.worst_pnl) if sample.trades.closed else NAN


@metric("Average trade", "fraction", group=GROUP, backtesting="Avg. Trade [%]")
def average_trade(sample: Sample) -> float:
    """Mean return of closed trades.

    backtesting.py: geometric mean, 0 once a trade lost everything.
    """
    stats = sample.trades
    if not (sample.rules.trade_returns and stats.closed):
        return mean_of(stats.return_sum, stats.closed)
    if stats.worst_return <= -1.0:
        return 0.0
    return math.exp(stats.log_returns / stats.closed) - 1.0


@metric("Average winning trade", "fraction", group=GROUP, vectorbt="Avg Winning Trade [%]")
def average_winning_trade(sample: Sample) -> float:
    """Mean return of closed trades with a P&L above zero."""
    return mean_of(sample.trades.wins.returns, sample.trades.wins.n)


@metric("Average losing trade", "fraction", group=GROUP, vectorbt="Avg Losing Trade [%]")
def average_losing_trade(sample: Sample) -> float:
    """Mean return of closed trades with a P&L below zero."""
    return mean_of(sample.trades.losses.returns, sample.trades.losses.n)


@metric("Longest trade", "days", group=GROUP, backtesting="Max. Trade Duration")
def max_trade_duration(sample: Sample) -> float:
    """Longest time from entry to exit.

    vectorbt: bars x interval. backtesting.py: rounded up to the data's resolution.
    """
    stats = sample.trades
    return mean_days(sample, int(stats.closed > 0), stats.longest_bars, stats.longest_ns)


@metric("Average trade duration", "days", group=GROUP, backtesting="Avg. Trade Duration")
def average_trade_duration(sample: Sample) -> float:
    """Mean time from entry to exit of closed trades."""
    stats = sample.trades
    return mean_days(sample, stats.closed, stats.bars, stats.time_ns)


@metric("Average winning trade duration", "days", group=GROUP, vectorbt="Avg Winning Trade Duration")
def average_winning_trade_duration(sample: Sample) -> float:
    """Mean time from entry to exit of closed trades with a P&L above zero."""
    wins = sample.trades.wins
    return mean_days(sample, wins.n, wins.bars, wins.time_ns)


@metric("Average losing trade duration", "days", group=GROUP, vectorbt="Avg Losing Trade Duration")
def average_losing_trade_duration(sample: Sample) -> float:
    """Mean time from entry to exit of closed trades with a P&L below zero."""
    losses = sample.trades.losses
    return mean_days(sample, losses.n, losses.bars, losses.time_ns)


@metric("Average trade in bars", "count", group=GROUP)
def average_trade_bars(sample: Sample) -> float:
    """Mean number of bars from entry to exit."""
    return mean_of(sample.trades.bars, sample.trades.closed)


@metric("Profit factor", "ratio", group=GROUP, vectorbt="Profit Factor", backtesting="Profit Factor")
def profit_factor(sample: Sample) -> float:
    """Sum of P&L above zero / |sum of P&L below zero|.

    backtesting.py: of returns instead of P&L.
    """
    stats = sample.trades
    if not stats.wins.n + stats.losses.n:
        return NAN
    if sample.rules.trade_returns:
        return sample.ratio(stats.gain_returns, -stats.loss_returns)
    return sample.ratio(stats.wins.pnl, -stats.losses.pnl)


@metric("Expectancy", "currency", group=GROUP, vectorbt="Expectancy")
def expectancy(sample: Sample) -> float:
    """Mean P&L of closed trades."""
    return float(sample.trades.pnl_mean) if sample.trades.closed else NAN


@metric("Expected return of a trade", "fraction", group=GROUP, backtesting="Expectancy [%]")
def expected_trade_return(sample: Sample) -> float:
    """Mean return of closed trades."""
    return mean_of(sample.trades.return_sum, sample.trades.closed)


@metric("Payoff ratio", "ratio", group=GROUP)
def payoff_ratio(sample: Sample) -> float:
    """Mean P&L of winning trades / |mean P&L of losing trades|."""
    wins, losses = sample.trades.wins, sample.trades.losses
    return sample.ratio(mean_of(wins.pnl, wins.n), -mean_of(losses.pnl, losses.n))


@metric("SQN", "ratio", group=GROUP, source="Tharp, Definitive Guide to Position Sizing (2008)", backtesting="SQN")
def sqn(sample: Sample) -> float:
    """sqrt(trades) x mean P&L / standard deviation of P&L (ddof 1)."""
    stats = sample.trades
    deviation = float(np.sqrt(sample.variance(stats.pnl_m2, int(stats.closed), 1)))
    return math.sqrt(stats.closed) * float(stats.pnl_mean) / deviation if deviation else NAN


@metric("Kelly criterion", "fraction", group=GROUP, source="Kelly (1956)", backtesting="Kelly Criterion")
def kelly(sample: Sample) -> float:
    """Win rate - (1 - win rate) / payoff ratio; nan without a win or without a loss."""
    payoff = payoff_ratio(sample)
    rate = win_rate(sample)
    return rate - (1.0 - rate) / payoff if math.isfinite(payoff) and payoff else NAN


@metric("Most wins in a row", "count", group=GROUP)
def consecutive_wins(sample: Sample) -> float:
    """Longest streak of closed trades with a P&L above zero, in the order of their exits."""
    return float(sample.trades.wins.longest_run)


@metric("Most losses in a row", "count", group=GROUP)
def consecutive_losses(sample: Sample) -> float:
    """Longest streak of closed trades with a P&L below zero, in the order of their exits."""
    return float(sample.trades.losses.longest_run)
