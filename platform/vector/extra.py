"""The user's own columns, as they were known at each bar."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.errors import BacktestError

Times = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]


class ExtraColumns:
    """Columns joined as of each bar's close: a value is seen from the moment it became known, never before.

    A column is given as a frame (polars, pandas or a dict of arrays) with ``known_at`` (the time at which the
    value became known), ``value`` and, where it differs by symbol, ``symbol``; rows ascending in time.
    """

    def __init__(self, names: Sequence[str], given: Mapping[str, Any] | None, symbols: Sequence[str]) -> None:
        """Check the columns that a strategy asks for.

        Raises ``BacktestError`` for a missing column, missing fields, or times that go back.
        """
        missing = [name for name in names if name not in (given or {})]
        if missing:
            raise BacktestError(
                f"the strategy reads the column {missing[0]!r}: give it as columns={{{missing[0]!r}: frame}} with "
                f"'known_at' and 'value'"
            )
        self._series = [[_series(name, (given or {})[name], symbol) for name in names] for symbol in symbols]
        self._shape = (len(symbols), len(names))

    def at(self, time_ns: Times) -> Values:
        """Return float64[symbols, n, columns] as known at the given ascending times; nan before the first value."""
        out = np.full((self._shape[0], len(time_ns), self._shape[1]), np.nan)
        for s, columns in enumerate(self._series):
            for c, (known, values) in enumerate(columns):
                rows = np.searchsorted(known, time_ns, side="right") - 1
                out[s, :, c] = np.where(rows >= 0, values[np.maximum(rows, 0)], np.nan) if len(known) else np.nan
        return out


def _series(name: str, frame: Any, symbol: str) -> tuple[Times, Values]:
    fields = {key: _array(frame, key) for key in ("known_at", "value")}
    absent = [key for key, value in fields.items() if value is None]
    if absent:
        raise BacktestError(f"column {name!r} must have the fields 'known_at' and 'value', it lacks {absent[0]!r}")
    known, values = _nanoseconds(name, fields["known_at"]), np.asarray(fields["value"], np.float64)
    owners = _array(frame, "symbol")
    if owners is not None:
        mine = np.asarray(owners) == symbol
        known, values = known[mine], values[mine]
    if np.any(np.diff(known) < 0):
        row = int(np.flatnonzero(np.diff(known) < 0)[0]) + 1
        raise BacktestError(f"column {name!r}: 'known_at' must not go back in time: sort the frame (row {row})")
    return known, values


def _array(frame: Any, key: str) -> Any:
    names = frame.columns if hasattr(frame, "columns") else frame
    if key not in names:
        return None
    value = frame[key]
    return value.to_numpy() if hasattr(value, "to_numpy") else np.asarray(value)


def _nanoseconds(name: str, times: Any) -> Times:
    array = np.asarray(times)
    if array.dtype.kind == "M":
        return array.astype("datetime64[ns]").astype(np.int64)
    if array.dtype.kind in "iu":
        return array.astype(np.int64)
    try:
        return array.astype("datetime64[ns]").astype(np.int64)
    except ValueError:
        raise BacktestError(f"column {name!r}: 'known_at' must be times or int64 ns, found {array.dtype}") from None
