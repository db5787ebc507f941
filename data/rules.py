"""The rules every bar must keep, checked on import and again by `lockstep data check`.

Open and close must lie in [low, high] up to TOLERANCE of the high: files printed with rounded digits overshoot
by that much, and nothing downstream cares. Everything else is exact.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.columns import Columns, Float64Array

TOLERANCE = 1e-9
LISTED = 20


class Problem(NamedTuple):
    """One broken rule; `row` counts from 0 in the columns checked."""

    row: int
    reason: str


class Problems(NamedTuple):
    """The first LISTED rows that break each rule, in row order, and all bad rows as a mask (bool[n])."""

    listed: list[Problem]
    bad: npt.NDArray[np.bool_]


def find_problems(columns: Columns) -> Problems:
    """Check one symbol's bars; an empty list means that all rules hold."""
    found: list[Problem] = []
    bad = np.zeros(columns.rows, np.bool_)
    for mask, reason in _broken(columns):
        # A row is reported for the first rule it breaks: a NaN would break most of the others too.
        fresh = np.flatnonzero(mask & ~bad)
        found += [Problem(int(row), reason(int(row))) for row in fresh[:LISTED]]
        bad |= mask
    return Problems(sorted(found), bad)


class _Reason:
    """Words for a broken rule, filled in with a row's own values."""

    def __init__(self, words: str, **columns: npt.NDArray[np.int64] | Float64Array) -> None:
        self._words, self._columns = words, columns

    def __call__(self, row: int) -> str:
        values = {name: _show(column, row) for name, column in self._columns.items()}
        return self._words.format(**values)


def _show(column: npt.NDArray[np.int64] | Float64Array, row: int) -> str:
    return show_time(int(column[row])) if column.dtype == np.int64 else repr(float(column[row]))


def _broken(bars: Columns) -> Iterator[tuple[npt.NDArray[np.bool_], _Reason]]:
    opens, closes = bars.open_time, bars.close_time
    for name in ("open", "high", "low", "close", "volume"):
        column = getattr(bars, name)
        yield ~np.isfinite(column), _Reason(name + " is {value}, expected a finite number", value=column)
    for name in ("open", "high", "low", "close"):
        column = getattr(bars, name)
        yield column <= 0, _Reason(name + " is {value}, but prices must be above zero", value=column)
    yield bars.volume < 0, _Reason("volume is {value}, but can't be negative", value=bars.volume)
    yield bars.high < bars.low, _Reason("high {high} is below low {low}", high=bars.high, low=bars.low)
    slack = TOLERANCE * np.abs(bars.high)
    for name in ("open", "close"):
        column = getattr(bars, name)
        outside = (column > bars.high + slack) | (column < bars.low - slack)
        words = name + " {value} lies outside low {low} to high {high}"
        yield outside, _Reason(words, value=column, low=bars.low, high=bars.high)
    yield (
        opens >= closes,
        _Reason("close time {close} is not after open time {open}", open=opens, close=closes),
    )
    yield from _order(bars)


def _order(bars: Columns) -> Iterator[tuple[npt.NDArray[np.bool_], _Reason]]:
    opens, closes = bars.open_time, bars.close_time
    before_open, before_close = np.roll(opens, 1), np.roll(closes, 1)
    if bars.rows:
        before_open[0], before_close[0] = np.iinfo(np.int64).min, np.iinfo(np.int64).min
    words = {"open": opens, "close": closes, "before": before_open, "until": before_close}
    yield opens == before_open, _Reason("the time {open} appears twice", **words)
    yield (
        opens < before_open,
        _Reason("the time {open} comes after {before}: rows must be in time order", **words),
    )
    yield (
        (opens < before_close) | (closes <= before_close),
        _Reason(
            "the bar opens at {open}, before the previous one closes at {until}: is the interval right?",
            **words,
        ),
    )


def show_time(time_ns: int) -> str:
    """Write ns UTC for people: '2020-01-31 14:30:00Z', with the fraction where there is one."""
    moment = datetime.fromtimestamp(time_ns // 10**9, UTC)
    fraction = f".{time_ns % 10**9:09d}".rstrip("0") if time_ns % 10**9 else ""
    return f"{moment:%Y-%m-%d %H:%M:%S}{fraction}Z"
