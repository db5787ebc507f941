"""From the equity of rows to the returns of periods.

A period is a session day, by the session number each row carries, or a single row. Its return is measured from the
equity at the end of the period before; the first one's from the equity before the first row.
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
    first_time_ns: int
    time_ns: int
    initial: float
    """Equity before the first row."""
    first: float
    equity: float
    """Of the last row; before the first row the initial equity."""
    highest: float
    lowest: float
    session: int
    """Session of the last row."""
    base: float
    """Equity at the end of the last closed period."""
    period_rows: int
    """Rows in the open period: 0 when none is open."""
    periods: int
    """Periods closed."""
    benchmark_first: float
    """First benchmark level seen; nan before."""
    benchmark: float
    """Last benchmark level seen; nan before."""
    benchmark_base: float
    """Benchmark level at the end of the last closed period; nan before the first level."""
    benchmark_after_warm_up: float
    """Benchmark level at row ``warm_up``, the first on which the strategy could trade."""
    warm_up: int
    weekend_rows: int
    """Rows whose session is a Saturday or Sunday."""


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
        0, 0, 0, equity, equity, equity, -math.inf, math.inf, 0, equity, 0, 0,
        math.nan, math.nan, start, math.nan, int(warm_up), 0,
    )  # fmt: skip


@kernel
def simple_return(before: float, after: float) -> float:
    """Return the change from ``before`` to ``after``, as a fraction of ``before``.

    From zero to zero it is 0, from zero to anything else infinite; from a negative value it has the sign of the change.
    """
    change = after - before
    return where(change == 0.0, 0.0, change / abs(before))


@kernel
def open_period(state: Curve) -> Period:
    """Return the open period as it stands; ``closed`` is True when there is one."""
    return Period(
        state.period_rows > 0,
        state.session,
        simple_return(state.base, state.equity),
        simple_return(state.benchmark_base, state.benchmark),
    )


@kernel
def observe_curve(state: Curve, time_ns: int, session: int, equity: float, benchmark: float, new: bool) -> Curve:
    """Take one row; ``new`` says that the period before it is closed by it."""
    known = where(is_nan(benchmark), state.benchmark, benchmark)
    base = where(new, state.benchmark, state.benchmark_base)
    first_row = state.rows == 0
    weekend = (session + THURSDAY) % 7 >= SATURDAY
    return Curve(
        state.rows + 1,
        where(first_row, time_ns, state.first_time_ns),
        time_ns,
        state.initial,
        where(first_row, equity, state.first),
        equity,
        maximum(equity, state.highest),
        minimum(equity, state.lowest),
        session,
        where(new, state.equity, state.base),
        where(new, 1, state.period_rows + 1),
        state.periods + where(new, 1, 0),
        where(is_nan(state.benchmark_first), benchmark, state.benchmark_first),
        known,
        where(is_nan(base), known, base),
        where(state.rows == state.warm_up, known, state.benchmark_after_warm_up),
        state.warm_up,
        state.weekend_rows + where(weekend, 1, 0),
    )


@kernel
def extend_curve(state: Curve, time_ns: int, r: float, benchmark: float) -> Curve:
    """Let the curve grow by the return of a whole period; the benchmark's level starts at one."""
    equity = state.equity * (1.0 + r)
    first_row = state.rows == 0
    before = where(is_nan(state.benchmark), 1.0, state.benchmark)
    level = where(is_nan(benchmark), state.benchmark, before * (1.0 + benchmark))
    return Curve(
        state.rows + 1,
        where(first_row, time_ns, state.first_time_ns),
        time_ns,
        state.initial,
        where(first_row, equity, state.first),
        equity,
        maximum(equity, state.highest),
        minimum(equity, state.lowest),
        state.session,
        equity,
        0,
        state.periods + 1,
        where(is_nan(state.benchmark_first) & (level == level), 1.0, state.benchmark_first),
        level,
        level,
        where(state.rows == state.warm_up, before, state.benchmark_after_warm_up),
        state.warm_up,
        state.weekend_rows,
    )


@kernel
def close_curve(state: Curve) -> Curve:
    """Leave no period open."""
    return Curve(
        state.rows,
        state.first_time_ns,
        state.time_ns,
        state.initial,
        state.first,
        state.equity,
        state.highest,
        state.lowest,
        state.session,
        state.equity,
        0,
        state.periods + where(state.period_rows > 0, 1, 0),
        state.benchmark_first,
        state.benchmark,
        state.benchmark,
        state.benchmark_after_warm_up,
        state.warm_up,
        state.weekend_rows,
    )
