"""Drawdown of an equity curve: depth, duration, and the sums of the pain and ulcer indices.

A drawdown lasts from a peak to the first equity that is at least as high. Its rows are those below the peak; its
time runs from the peak to the recovery, or to the last row while it lasts.
"""

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
    time_ns: int
    """Time of the last row."""
    depth: float
    """Below the peak at the last row."""
    deepest: float
    """Deepest point of the drawdown that lasts; 0 at a peak."""
    maximum: float
    """Deepest point of all drawdowns."""
    maximum_peak_ns: int
    """When the deepest drawdown began, and when it was deepest."""
    maximum_trough_ns: int
    depth_sum: float
    """Over all rows; the squares next."""
    depth_squares: float
    ended: int
    """Number of drawdowns that have recovered, with the sums of their deepest points and their durations."""
    ended_depth_sum: float
    ended_rows: int
    ended_ns: int
    longest_rows: int
    longest_ns: int


def drawdown_init(initial_equity: float = float("nan")) -> Drawdown:
    """Return the state before the first row; with an initial equity the first peak is that, else the first row."""
    return Drawdown(0, initial_equity, -1, 0, 0, 0.0, 0.0, 0.0, 0, 0, 0.0, 0.0, 0, 0.0, 0, 0, 0, 0)


@kernel
def observe_drawdown(state: Drawdown, time_ns: int, equity: float) -> Drawdown:
    """Take the equity of one row."""
    row = state.rows
    start_ns = where(row == 0, time_ns, state.peak_time_ns)
    at_peak = (equity >= state.peak) | is_nan(state.peak)
    recovered = at_peak & (state.deepest > 0.0)
    peak = where(at_peak, equity, state.peak)
    depth = where(at_peak, 0.0, where(peak > 0.0, (peak - equity) / peak, 0.0))
    deepest = where(at_peak, 0.0, maximum(depth, state.deepest))
    record = deepest > state.maximum
    # A drawdown that has just ended lasted until this row: the row itself is no longer below the peak.
    under_rows = where(recovered, row - state.peak_row - 1, row - state.peak_row)
    under_ns = time_ns - start_ns
    counted = recovered | (depth > 0.0)
    under_rows = where(counted, under_rows, 0)
    under_ns = where(counted, under_ns, 0)
    return Drawdown(
        row + 1,
        peak,
        where(at_peak, row, state.peak_row),
        where(at_peak, time_ns, start_ns),
        time_ns,
        depth,
        deepest,
        maximum(deepest, state.maximum),
        where(record, start_ns, state.maximum_peak_ns),
        where(record, time_ns, state.maximum_trough_ns),
        state.depth_sum + depth,
        state.depth_squares + depth * depth,
        state.ended + where(recovered, 1, 0),
        state.ended_depth_sum + where(recovered, state.deepest, 0.0),
        state.ended_rows + where(recovered, under_rows, 0),
        state.ended_ns + where(recovered, under_ns, 0),
        maximum(under_rows, state.longest_rows),
        maximum(under_ns, state.longest_ns),
    )
