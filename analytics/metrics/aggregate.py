"""Series made of returns: compounded, under water, and by week, month, quarter or year."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from lockstep.errors import MetricsInputError

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]
Span = Literal["week", "month", "quarter", "year"]

# 1970-01-01 was a Thursday; weeks begin on Mondays, as in ISO 8601.
THURSDAY = 3


def simple_returns(levels: Floats) -> Floats:
    """Return the change from each level to the next, as a fraction; one fewer than there are levels."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.diff(levels) / levels[:-1], np.float64)


def cumulative_returns(returns: Floats) -> Floats:
    """Return what was earned since the start at the end of each period."""
    return np.asarray(np.cumprod(1.0 + returns) - 1.0, np.float64)


def drawdown_series(returns: Floats) -> Floats:
    """Return the drawdown at the end of each period, from the start on: 0 at a peak, else negative."""
    level = np.concatenate([[1.0], np.cumprod(1.0 + returns)])
    return np.asarray((level / np.maximum.accumulate(level) - 1.0)[1:], np.float64)


def aggregate_returns(session: npt.NDArray[np.int64], returns: Floats, to: Span) -> tuple[Days, Floats]:
    """Compound the returns of sessions to calendar spans.

    Args:
        session: int64[n], days since 1970-01-01, ascending.
        returns: float64[n].
        to: the span.

    Returns:
        datetime64[D][k], the first day of each span in which there was a session, and float64[k], its return.

    Raises:
        MetricsInputError: the span is none of these.
    """
    if not len(returns):
        return np.empty(0, "datetime64[D]"), np.empty(0)
    starts = _first_days(session.astype("datetime64[D]"), to)
    edges = np.flatnonzero(np.append(True, starts[1:] != starts[:-1]))
    return starts[edges], np.multiply.reduceat(1.0 + returns, edges) - 1.0


def _first_days(days: Days, to: Span) -> Days:
    if to == "week":
        number = days.astype(np.int64)
        return (number - (number + THURSDAY) % 7).astype("datetime64[D]")
    if to == "month":
        return days.astype("datetime64[M]").astype("datetime64[D]")
    if to == "quarter":
        return (days.astype("datetime64[M]").astype(np.int64) // 3 * 3).astype("datetime64[M]").astype("datetime64[D]")
    if to == "year":
        return days.astype("datetime64[Y]").astype("datetime64[D]")
    raise MetricsInputError(f"expected a span of week, month, quarter or year, found {to!r}")
