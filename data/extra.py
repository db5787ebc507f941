"""The user's own columns, as they were known at each bar."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.interval import MOST_DAYS
from lockstep.errors import BacktestError

Times = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]


class ExtraColumns:
    """Columns joined as of each bar's close: a value is seen from the moment it became known, never before.

    A column is given as a frame (polars, pandas or a dict of arrays) with ``known_at`` (the time at which the
    value became known), ``value`` and, where it differs by symbol, ``symbol``; rows ascending in time. Times without
    a zone are UTC.
    """

    def __init__(self, names: Sequence[str], given: Mapping[str, Any] | None, symbols: Sequence[str]) -> None:
        """Check the columns that a strategy asks for.

        Raises ``BacktestError`` for a missing column, missing fields, or times that go back.
        """
        if given is not None and not isinstance(given, Mapping):
            raise BacktestError(f"columns must be frames by name, {{'earnings': frame}}; found {type(given).__name__}")
        missing = [name for name in names if name not in (given or {})]
        if missing:
            raise BacktestError(
                f"the strategy reads the column {missing[0]!r}: give it as columns={{{missing[0]!r}: frame}} with "
                f"'known_at' and 'value'"
            )
        self._series = [[_series(name, (given or {})[name], symbol) for name in names] for symbol in symbols]
        self._shape = (len(symbols), len(names))

    def series(self, symbol: int, column: int) -> tuple[Times, Values]:
        """Return the times at which a column's values became known (ns UTC, ascending), and the values."""
        return self._series[symbol][column]

    def at(self, time_ns: Times) -> Values:
        """Return float64[symbols, n, columns] as known at the given ascending times; nan before the first value."""
        out = np.full((self._shape[0], len(time_ns), self._shape[1]), np.nan)
        for s, columns in enumerate(self._series):
            for c, (known, values) in enumerate(columns):
                rows = np.searchsorted(known, time_ns, side="right") - 1
                out[s, :, c] = np.where(rows >= 0, values[np.maximum(rows, 0)], np.nan) if len(known) else np.nan
        return out


def _series(name: str, frame: Any, symbol: str) -> tuple[Times, Values]:
    fields = {key: _array(frame, key) for key in ("known_at", "value", "symbol")}
    absent = [key for key in ("known_at", "value") if fields[key] is None]
    if absent:
        raise BacktestError(f"column {name!r} must have the fields 'known_at' and 'value', it lacks {absent[0]!r}")
    shapes = {np.shape(field) for field in fields.values() if field is not None}
    if len(shapes) > 1 or len(shapes.pop()) != 1:
        raise BacktestError(f"column {name!r}: 'known_at', 'value' and 'symbol' must be equally long columns")
    known = _nanoseconds(name, fields["known_at"])
    try:
        values = np.asarray(fields["value"], np.float64)
    except (TypeError, ValueError) as error:
        raise BacktestError(f"column {name!r}: 'value' must be numbers ({error})") from None
    if fields["symbol"] is not None:
        mine = np.asarray(fields["symbol"]) == symbol
        known, values = known[mine], values[mine]
    if np.any(np.diff(known) < 0):
        row = int(np.flatnonzero(np.diff(known) < 0)[0]) + 1
        raise BacktestError(f"column {name!r}: 'known_at' must not go back in time: sort the frame (row {row})")
    return known, values


def _array(frame: Any, key: str) -> Any:
    if not (hasattr(frame, "columns") or isinstance(frame, Mapping)):
        return None
    if key not in (frame.columns if hasattr(frame, "columns") else frame):
        return None
    value = frame[key]
    if getattr(getattr(value, "dtype", None), "tz", None) is not None:  # pandas would hand out objects
        value = value.dt.tz_convert("UTC").dt.tz_localize(None)
    return value.to_numpy() if hasattr(value, "to_numpy") else np.asarray(value)


def _nanoseconds(name: str, times: Any) -> Times:
    """Return int64[n] ns UTC; times without a zone are UTC.

    Raises ``BacktestError`` for anything that is no time: read as an early one, its value would be known too soon.
    """
    array = np.asarray(times)
    if array.dtype.kind in "iu":
        return array.astype(np.int64)
    wrong = f"column {name!r}: 'known_at' must be times or int64 ns, found"
    if array.dtype.kind not in "MOU":
        raise BacktestError(f"{wrong} {array.dtype}")
    if array.dtype.kind != "M":
        array = np.array([_moment(value, wrong) for value in array.tolist()], "datetime64[us]")
    days = array.astype("datetime64[D]").astype(np.int64)  # the lowest int64 where there is no time
    far = np.flatnonzero((days > MOST_DAYS) | (days < -MOST_DAYS))
    if len(far):
        raise BacktestError(f"{wrong} {array[far[0]]} in row {far[0]}")
    return array.astype("datetime64[ns]").astype(np.int64)


def _moment(value: Any, wrong: str) -> Any:
    try:
        moment: Any = datetime.fromisoformat(value) if isinstance(value, str) else value
        if isinstance(moment, datetime) and moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        if isinstance(moment, (date, np.datetime64)):
            return np.datetime64(moment, "us")  # type: ignore[call-overload]  # takes either
    except (ValueError, OverflowError):
        pass
    raise BacktestError(f"{wrong} {value!r}")
