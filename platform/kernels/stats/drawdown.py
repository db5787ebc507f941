"""Drawdown of an equity curve: depth, duration, and the sums of the pain and ulcer indices.

A drawdown lasts from a peak to the first equity that is at least as high. Its rows are those below the peak;
its time runs from the peak to the recovery, or to the last row while it lasts.
"""

import math
from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import is_nan, maximum, where


class Drawdown(NamedTuple):
    """One pass over an equity curve. Depths are fractions of the peak, 0.25 for a fall from 100 to 75."""

    rows: int
    """Rows seen."""
    peak: float
    """nan before the first row, unless the curve starts from a given equity."""
    peak_row: int
    """-1 when the peak is the equity before the first row."""
    peak_time_ns: int
    deepest: float
    """Deepest point of the drawdown that lasts; 0 at a peak."""
    depth_sum: float
    """Over all rows; the squares next."""
    depth_squares: float
    maximum: float
    """Deepest point of all drawdowns; when that one began, and when it was deepest."""
    maximum_peak_ns: int
    maximum_trough_ns: int
    ended: int
    """Drawdowns that have recovered: how many; sums of deepest points, rows and time; the longest."""
    ended_depth_sum: float
    ended_rows: int
    ended_ns: int
    longest_rows: int
    longest_ns: int


def drawdown_init(initial_equity: float = math.nan) -> Drawdown:
    """Return the state before the first row; the first peak is the initial equity, else the first row's."""
    return Drawdown(0, initial_equity, -1, 0, 0.0, 0.0, 0.0, 0.0, 0, 0, 0, 0.0, 0, 0, 0, 0)


@kernel
def at_peak(state: Drawdown, time_ns: int, equity: float) -> Drawdown:
    """Take a row at which equity is as high as ever: a drawdown that was running has ended."""
    ended = state.deepest > 0.0
    # The row that recovers is itself no longer below the peak.
    rows = where(ended, state.rows - state.peak_row - 1, 0)
    lasted_ns = where(ended, time_ns - state.peak_time_ns, 0)
    return Drawdown(
        state.rows + 1,
        equity,
        state.rows,
        time_ns,
        0.0,
        state.depth_sum,
        state.depth_squares,
        state.maximum,
        state.maximum_peak_ns,
        state.maximum_trough_ns,
        state.ended + where(ended, 1, 0),
        state.ended_depth_sum + state.deepest,
        state.ended_rows + rows,
        state.ended_ns + lasted_ns,
        maximum(rows, state.longest_rows),
        maximum(lasted_ns, state.longest_ns),
    )


@kernel
def below_peak(state: Drawdown, time_ns: int, equity: float) -> Drawdown:
    """Take a row at which equity is below its peak."""
    depth = where(state.peak > 0.0, (state.peak - equity) / state.peak, 0.0)
    record = depth > state.maximum
    peak_time_ns = where(state.rows == 0, time_ns, state.peak_time_ns)
    return Drawdown(
        state.rows + 1,
        state.peak,
        state.peak_row,
        peak_time_ns,
        maximum(depth, state.deepest),
        state.depth_sum + depth,
        state.depth_squares + depth * depth,
        maximum(depth, state.maximum),
        where(record, peak_time_ns, state.maximum_peak_ns),
        where(record, time_ns, state.maximum_trough_ns),
        state.ended,
        state.ended_depth_sum,
        state.ended_rows,
        state.ended_ns,
        state.longest_rows,
        state.longest_ns,
    )


@kernel
def observe_drawdown(state: Drawdown, time_ns: int, equity: float) -> Drawdown:
    """Take the equity of one row.

    A branch: selecting between the two costs 3 ns more a row, because each then does the other's work too.
    """
    if (equity >= state.peak) | is_nan(state.peak):
        return at_peak(state, time_ns, equity)
    return below_peak(state, time_ns, equity)
