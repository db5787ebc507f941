"""From the equity of rows to the returns of periods.

A period is a session day, by the session number each row carries, or a single row. Its return is measured
from the equity at the end of the period before; the first one's from the equity before the first row.
"""

import math
from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import is_nan, maximum, minimum, where

# 1970-01-01 was a Thursday: (day + 3) % 7 is 0 on Mondays.
THURSDAY = 3
SATURDAY = 5


class Curve(NamedTuple):
    """The equity curve as far as it was seen, and the period that is open."""

    rows: int
    time_ns: int
    """Of the last row, like the next two."""
    session: int
    equity: float
    """Before the first row the initial equity."""
    benchmark: float
    """Last benchmark level seen; nan before."""
    highest: float
    lowest: float
    period_row: int
    """First row of the open period; equal to ``rows`` when none is open."""
    base: float
    """Equity at the end of the last closed period."""
    benchmark_base: float
    """Benchmark level there; its first level where there was none yet; nan before."""
    periods: int
    """Periods closed."""
    weekend_rows: int
    """Rows of closed periods whose session is a Saturday or Sunday."""
    initial: float
    """Equity before the first row."""
    first: float
    """Of the first row, like the next."""
    first_time_ns: int
    benchmark_first: float
    """First benchmark level seen; nan before."""
    benchmark_after_warm_up: float
    """Benchmark level at row ``warm_up``, the first on which the strategy could trade."""
    warm_up: int


class Period(NamedTuple):
    """A period that has just closed; ``closed`` is False when none did."""

    closed: bool
    session: int
    portfolio: float
    """Return, 0.01 for one percent."""
    benchmark: float
    """Return; nan without a benchmark."""


def curve_init(initial_equity: float, benchmark_start: float = math.nan, warm_up: int = 0) -> Curve:
    """Return the state before the first row.

    ``benchmark_start`` is the level from which the benchmark's first return counts; nan: its first level.
    """
    equity = float(initial_equity)
    start = float(benchmark_start)
    return Curve(
        0, 0, 0, equity, math.nan, -math.inf, math.inf, 0, equity, start, 0, 0,
        equity, math.nan, 0, math.nan, math.nan, int(warm_up),
    )  # fmt: skip


@kernel
def simple_return(before: float, after: float) -> float:
    """Return the change from ``before`` to ``after``, as a fraction of ``before``.

    From zero to zero it is 0, from zero to anything else infinite; from a negative value it has the sign of
    the change.
    """
    change = after - before
    return where(change == 0.0, 0.0, change / abs(before))


@kernel
def open_period(state: Curve) -> Period:
    """Return the open period as it stands; ``closed`` is True when there is one."""
    return Period(
        state.rows > state.period_row,
        state.session,
        simple_return(state.base, state.equity),
        simple_return(state.benchmark_base, state.benchmark),
    )


@kernel
def close_curve(state: Curve) -> Curve:
    """Leave no period open: the next row begins one."""
    rows = state.rows - state.period_row
    weekend = (state.session + THURSDAY) % 7 >= SATURDAY
    return Curve(
        state.rows,
        state.time_ns,
        state.session,
        state.equity,
        state.benchmark,
        state.highest,
        state.lowest,
        state.rows,
        state.equity,
        where(is_nan(state.benchmark), state.benchmark_base, state.benchmark),
        state.periods + where(rows > 0, 1, 0),
        state.weekend_rows + where(weekend, rows, 0),
        state.initial,
        state.first,
        state.first_time_ns,
        state.benchmark_first,
        state.benchmark_after_warm_up,
        state.warm_up,
    )


@kernel
def mark_curve(state: Curve, time_ns: int, equity: float, benchmark: float) -> Curve:
    """Note what is noted once: the first row, the first benchmark level, and the level when warm-up ends."""
    first_row = state.rows == 0
    level = where(is_nan(benchmark), state.benchmark, benchmark)
    return Curve(
        state.rows,
        state.time_ns,
        state.session,
        state.equity,
        state.benchmark,
        state.highest,
        state.lowest,
        state.period_row,
        state.base,
        where(is_nan(state.benchmark_base), level, state.benchmark_base),
        state.periods,
        state.weekend_rows,
        state.initial,
        where(first_row, equity, state.first),
        where(first_row, time_ns, state.first_time_ns),
        where(is_nan(state.benchmark_first), level, state.benchmark_first),
        where(state.rows == state.warm_up, level, state.benchmark_after_warm_up),
        state.warm_up,
    )


@kernel
def move_curve(state: Curve, time_ns: int, session: int, equity: float, benchmark: float) -> Curve:
    """Take one row of the open period."""
    return Curve(
        state.rows + 1,
        time_ns,
        session,
        equity,
        where(is_nan(benchmark), state.benchmark, benchmark),
        maximum(equity, state.highest),
        minimum(equity, state.lowest),
        state.period_row,
        state.base,
        state.benchmark_base,
        state.periods,
        state.weekend_rows,
        state.initial,
        state.first,
        state.first_time_ns,
        state.benchmark_first,
        state.benchmark_after_warm_up,
        state.warm_up,
    )


@kernel
def observe_curve(state: Curve, time_ns: int, session: int, equity: float, benchmark: float) -> Curve:
    """Take one row."""
    # A branch: what happens once should cost nothing on the other rows.
    if (state.rows <= state.warm_up) | is_nan(state.benchmark_first):
        state = mark_curve(state, time_ns, equity, benchmark)
    return move_curve(state, time_ns, session, equity, benchmark)


@kernel
def extend_curve(state: Curve, time_ns: int, r: float, benchmark: float) -> Curve:
    """Let the curve grow by the return of a whole period; the benchmark's level starts at one."""
    before = where(is_nan(state.benchmark), 1.0, state.benchmark)
    level = where(is_nan(benchmark), state.benchmark, before * (1.0 + benchmark))
    # Session 0 is a Thursday: without dates, no period is a weekend's.
    return close_curve(observe_curve(state, time_ns, 0, state.equity * (1.0 + r), level))
