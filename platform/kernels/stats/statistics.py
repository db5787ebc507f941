"""Everything that is measured while a run goes on: one value, moved by one row at a time.

``observe`` is the one transition. Which periods are measured and what drawdown looks at are data
(``Rules``), so every convention runs the same machine code.
"""

import math
from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import where
from lockstep.kernels.stats.curve import (
    Curve,
    Period,
    close_curve,
    curve_init,
    extend_curve,
    observe_curve,
    open_period,
)
from lockstep.kernels.stats.drawdown import Drawdown, drawdown_init, observe_drawdown
from lockstep.kernels.stats.exposure import Exposure, exposure_init, observe_exposure
from lockstep.kernels.stats.periods import Periods, observe_period, periods_init
from lockstep.kernels.stats.relative import CoMoments, co_moments_init, observe_co_moments


class Rules(NamedTuple):
    """What a convention asks of the stream."""

    per_bar: bool
    """A period is one row; else one session."""
    skip_first: bool
    """The first period has no return: it is only where the second starts."""
    drawdown_on_rows: bool
    """Drawdown looks at every row; else at the ends of periods."""
    log_beta: bool
    """Keep co-moments of the log changes of equity and benchmark from row to row (two logarithms a row)."""


class Statistics(NamedTuple):
    """Streaming statistics of an equity curve."""

    rules: Rules
    curve: Curve
    exposure: Exposure
    drawdown: Drawdown
    log_changes: CoMoments
    """Of equity and benchmark from row to row, where the rules ask for it."""
    periods: Periods


def statistics_init(
    initial_equity: float,
    *,
    per_bar: bool = False,
    skip_first: bool = False,
    drawdown_on_rows: bool = True,
    peak_from_start: bool = True,
    log_beta: bool = False,
    required: float = 0.0,
    threshold: float = 0.0,
    benchmark_start: float = math.nan,
    warm_up: int = 0,
) -> Statistics:
    """Return the state before the first row.

    Args:
        initial_equity: equity before the first row, in the account's currency.
        per_bar: measure the return of each row instead of each session.
        skip_first: drop the first period's return.
        drawdown_on_rows: look at drawdown on each row, not only at the ends of periods.
        peak_from_start: the initial equity is the first peak; else the first row's.
        log_beta: keep co-moments of log changes from row to row.
        required: required return of one period, for downside statistics.
        threshold: Omega's threshold for one period.
        benchmark_start: benchmark level before the first row; nan: its first level.
        warm_up: number of rows before the strategy could first trade.
    """
    return Statistics(
        Rules(per_bar, skip_first, drawdown_on_rows, log_beta),
        curve_init(initial_equity, benchmark_start, warm_up),
        exposure_init(),
        drawdown_init(float(initial_equity) if peak_from_start else math.nan),
        co_moments_init(),
        periods_init(required, threshold),
    )


@kernel
def close_period(state: Statistics) -> tuple[Periods, Drawdown, Period]:
    """Return what the end of the open period changes, and that period (``closed`` if it counts)."""
    period = open_period(state.curve)
    counts = period.closed & ((state.curve.periods > 0) | (not state.rules.skip_first))
    periods = state.periods
    drawdown = state.drawdown
    if counts:
        periods = observe_period(periods, period.portfolio, period.benchmark)
    if period.closed & (not state.rules.drawdown_on_rows):
        drawdown = observe_drawdown(drawdown, state.curve.time_ns, state.curve.equity)
    return periods, drawdown, Period(counts, period.session, period.portfolio, period.benchmark)


@kernel
def log_change(before: float, after: float) -> float:
    """Return log(after / before); nan where that is not a number of finite size."""
    ratio = after / before
    return where(ratio > 0.0, math.log(where(ratio > 0.0, ratio, 1.0)), math.nan)


@kernel
def observe(
    state: Statistics, time_ns: int, session: int, equity: float, gross: float, net: float, benchmark: float
) -> tuple[Statistics, Period]:
    """Take one row and return (statistics, the period that it closed, if it did).

    Args:
        state: statistics before the row.
        time_ns: the row's time, nanoseconds UTC.
        session: session day number (days since 1970-01-01 in the exchange's zone); may only grow.
        equity: account value at the row.
        gross: sum of absolute position values.
        net: sum of signed position values.
        benchmark: benchmark level; nan: unchanged (or none).
    """
    curve = state.curve
    new = (curve.rows > curve.period_row) & (state.rules.per_bar | (session != curve.session))
    periods = state.periods
    drawdown = state.drawdown
    closed = Period(False, curve.session, 0.0, 0.0)
    # A branch: within a session this is most of the work, and it is not done.
    if new:
        periods, drawdown, closed = close_period(state)
        curve = close_curve(curve)
    moved = observe_curve(curve, time_ns, session, equity, benchmark)
    if state.rules.drawdown_on_rows:
        drawdown = observe_drawdown(drawdown, time_ns, equity)
    log_changes = state.log_changes
    if state.rules.log_beta & (curve.rows > 0):
        change = log_change(curve.equity, equity)
        market = log_change(curve.benchmark, moved.benchmark)
        # nan spreads to the sums, as it does in the covariance this reproduces.
        log_changes = observe_co_moments(log_changes, change, market, True)
    exposure = observe_exposure(state.exposure, equity, gross, net)
    return Statistics(state.rules, moved, exposure, drawdown, log_changes, periods), closed


@kernel
def observe_return(state: Statistics, time_ns: int, r: float, benchmark: float) -> Statistics:
    """Take the return of a whole period, where there is no equity curve to derive it from."""
    moved = extend_curve(state.curve, time_ns, r, benchmark)
    drawdown = observe_drawdown(state.drawdown, time_ns, moved.equity)
    periods = observe_period(state.periods, r, benchmark)
    return Statistics(state.rules, moved, state.exposure, drawdown, state.log_changes, periods)


@kernel
def finish(state: Statistics) -> tuple[Statistics, Period]:
    """Close the open period, so that nothing that was seen is missing; return (statistics, that period)."""
    periods, drawdown, closed = close_period(state)
    moved = close_curve(state.curve)
    return Statistics(state.rules, moved, state.exposure, drawdown, state.log_changes, periods), closed
