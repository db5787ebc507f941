"""What code made of a history, whatever its form: series of numbers, each with the time at which it counts as known."""

import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.errors import VerifyError
from lockstep.vector.causality.market import Floats, Integers, Market
from lockstep.vector.columns import Orders, Signals, Targets

MADE_OF = ("symbol", "open_time", "close_time", "known_at", "session", "index", "level_0", "time", "date")
"""Columns of a returned frame that say of which bar a row is."""
SAME = 1e-9
"""Numbers whose difference is smaller, relative to their size, are equal."""


class Output(NamedTuple):
    """One series of numbers."""

    name: str
    known_at: Integers
    """int64[n] ns UTC: when code claims to have known each number."""
    values: Floats
    """float64[n]; texts are numbered by their letters."""
    symbol: npt.NDArray[np.str_]
    """str[n], empty texts where a number belongs to no symbol."""


class Difference(NamedTuple):
    """The earliest number that changed though nothing that was known at its time did."""

    output: str
    known_at: int
    symbol: str
    value: float
    """With the real future; nan where there was none."""
    other: float
    """With another future."""


class Rows(NamedTuple):
    """The two calendars in which numbers may be given: all symbols' bars one behind the other, or merged rows."""

    long_known: Integers
    long_symbol: npt.NDArray[np.str_]
    merged: Integers
    symbols: tuple[str, ...]

    @classmethod
    def of(cls, market: Market) -> "Rows":
        """Return the rows of a history."""
        known = [market.close_time[there] for there in market.present]
        names = [np.full(len(times), name) for times, name in zip(known, market.symbols, strict=True)]
        return cls(np.concatenate(known), np.concatenate(names), market.close_time, market.symbols)


def outputs_of(value: Any, rows: Rows) -> list[Output]:
    """Return the series that code returned.

    Raises ``VerifyError`` for what can't be put beside the bars.
    """
    found = _outputs(value, rows, "output")
    if not found:
        raise VerifyError(f"expected columns of numbers, found {type(value).__name__} without any")
    return found


def _outputs(value: Any, rows: Rows, name: str) -> list[Output]:
    if isinstance(value, Targets | Orders | Signals):
        matrix, _ = value.resolve(len(rows.merged), rows.symbols)
        return [matrix_output(type(value).__name__.lower(), matrix, rows)]
    if hasattr(value, "collect") and hasattr(value, "collect_schema"):
        value = value.collect()
    if _is_pandas(value):
        return _pandas(value, rows, name)
    if isinstance(value, Mapping) and not {"known_at", "value"} <= set(value):
        return [output for key, part in value.items() for output in _outputs(part, rows, str(key))]
    if isinstance(value, Mapping) or hasattr(value, "get_columns"):
        columns = {str(key): np.asarray(value[key]) for key in (value if isinstance(value, Mapping) else value.columns)}
        return _table(columns, rows, name)
    if hasattr(value, "histories") and hasattr(value, "frame"):  # longer bars
        return _outputs(value.frame(), rows, name)
    if hasattr(value, "equity") and hasattr(value, "fills"):  # a result
        return _result(value)
    return _array(value, rows, getattr(value, "name", None) or name)


def _result(result: Any) -> list[Output]:
    """Return a run's equity; what an order became is known at its fill."""
    equity = result.equity
    return [_output("equity", _nanoseconds(equity["time"]), equity["equity"], np.full(equity.height, ""))]


def matrix_output(name: str, matrix: Floats, rows: Rows) -> Output:
    """Return float64[symbols, rows] as one series."""
    symbols = np.repeat(np.array(rows.symbols), len(rows.merged))
    return Output(name, np.tile(rows.merged, len(matrix)), matrix.reshape(-1), symbols)


def _is_pandas(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] == "pandas"


def _pandas(value: Any, rows: Rows, name: str) -> list[Output]:
    frame = value.to_frame(value.name if value.name is not None else name) if value.ndim == 1 else value
    columns = {str(key): _plain(frame[key]) for key in frame.columns}
    index = frame.index
    if "known_at" not in columns and "close_time" not in columns and len(frame) != len(rows.long_known):
        if index.dtype.kind == "M":
            columns["known_at"] = _plain(index.to_series())
        elif index.dtype.kind in "iu" and len(index) and index.min() >= 0 and index.max() < len(rows.long_known):
            columns["known_at"] = rows.long_known[index.to_numpy()]
    return _table(columns, rows, name)


def _plain(series: Any) -> Any:
    if getattr(series.dtype, "tz", None) is not None:
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    return series.to_numpy()


def _table(columns: dict[str, Any], rows: Rows, name: str) -> list[Output]:
    height = len(next(iter(columns.values()), ()))
    symbol = columns.get("symbol")
    times = next((columns[key] for key in ("known_at", "close_time") if key in columns), None)
    if times is not None:
        known = _nanoseconds(times)
        symbol = np.full(height, "") if symbol is None else symbol.astype(str)
    else:
        known, symbol = _beside(height, rows, name)
    values = {key: part for key, part in columns.items() if key not in MADE_OF}
    alone = set(values) == {"value"}
    return [_output(name if alone else key, known, part, symbol) for key, part in values.items()]


def _array(value: Any, rows: Rows, name: str) -> list[Output]:
    array = np.asarray(value.to_numpy() if hasattr(value, "to_numpy") else value)
    if array.ndim == 2:
        known, symbol = _beside(len(array), rows, name)
        return [_output(f"{name}[{c}]", known, array[:, c], symbol) for c in range(array.shape[1])]
    if array.ndim != 1:
        raise VerifyError(
            f"{name!r} must be a series with a number for each bar, found {type(value).__name__} of shape "
            f"{array.shape}: return an array, a frame, Targets, or frames with known_at and value"
        )
    known, symbol = _beside(len(array), rows, name)
    return [_output(name, known, array, symbol)]


def _beside(height: int, rows: Rows, name: str) -> tuple[Integers, npt.NDArray[np.str_]]:
    if height == len(rows.long_known):
        return rows.long_known, rows.long_symbol
    if height == len(rows.merged):
        return rows.merged, np.full(height, "")
    raise VerifyError(
        f"{name!r} has {height} rows, but there are {len(rows.long_known)} bars and {len(rows.merged)} rows of the "
        f"calendar: return one row for each, or say with a column known_at (or close_time) when each was known"
    )


def _output(name: str, known: Integers, values: Any, symbol: npt.NDArray[np.str_]) -> Output:
    return Output(name, known, _numbers(values, name), symbol)


def _nanoseconds(times: Any) -> Integers:
    array = np.asarray(times.to_numpy() if hasattr(times, "to_numpy") else times)
    if array.dtype.kind == "O" or array.dtype.kind in "US":
        array = array.astype("M8[ns]")
    if array.dtype.kind == "M":
        return array.astype("M8[ns]").astype(np.int64)
    return array.astype(np.int64)


def _numbers(values: Any, name: str) -> Floats:
    array = np.asarray(values.to_numpy() if hasattr(values, "to_numpy") else values)
    if array.dtype.kind in "fiub":
        return array.astype(np.float64)
    if array.dtype.kind in "mM":
        whole = array.view(np.int64).astype(np.float64)
        return np.where(np.isnat(array), np.nan, whole)
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError):
        if array.ndim != 1:
            raise VerifyError(f"{name!r} must be numbers, found {array.dtype}") from None
        return np.array([np.nan if part is None else zlib.crc32(str(part).encode()) for part in array.tolist()])


def differences(clean: list[Output], other: list[Output], until_ns: int, reach: float = 1.0) -> list[Difference]:
    """Compare what two runs had known by ``until_ns``; one difference for each series, the earliest.

    ``reach`` is the factor by which the future was changed: rounding grows with it where code sums over everything,
    as a causal filter by Fourier transform does, and is no look-ahead.
    """
    others = {output.name: output for output in other}
    found = []
    for mine in clean:
        theirs = others.pop(mine.name, None)
        if theirs is None:
            theirs = mine._replace(known_at=mine.known_at[:0], values=mine.values[:0], symbol=mine.symbol[:0])
        if difference := _difference(mine, theirs, until_ns, max(SAME, 1e-12 * reach)):
            found.append(difference)
    for theirs in others.values():
        nothing = theirs._replace(known_at=theirs.known_at[:0], values=theirs.values[:0], symbol=theirs.symbol[:0])
        if difference := _difference(nothing, theirs, until_ns, SAME):
            found.append(difference)
    return found


def element_changed(clean: list[Output], other: list[Output], at: Difference, reach: float = 1.0) -> bool:
    """Did the very number of a difference change, or disappear, between two runs?"""
    values = []
    for outputs in (clean, other):
        output = next((output for output in outputs if output.name == at.output), None)
        if output is None:
            values.append(np.empty(0))
        else:
            values.append(output.values[(output.known_at == at.known_at) & (output.symbol == at.symbol)])
    mine, theirs = (part[:1] if len(part) else np.full(1, np.nan) for part in values)
    return not same(mine, theirs, max(SAME, 1e-12 * reach)).all()


def known_by(output: Output, until_ns: int) -> Output:
    """Return the part of a series that counts as known at a time."""
    there = output.known_at <= until_ns
    return output._replace(known_at=output.known_at[there], values=output.values[there], symbol=output.symbol[there])


def _difference(mine: Output, theirs: Output, until_ns: int, tolerance: float) -> Difference | None:
    a, b = known_by(mine, until_ns), known_by(theirs, until_ns)
    if not np.array_equal(a.known_at, b.known_at):
        return _missing(a, b, tolerance)
    if np.array_equal(a.values, b.values, equal_nan=True):
        return None
    wrong = np.flatnonzero(~same(a.values, b.values, tolerance))
    if not len(wrong):
        return None
    at = int(wrong[np.argmin(a.known_at[wrong])])
    return Difference(a.name, int(a.known_at[at]), str(a.symbol[at]), float(a.values[at]), float(b.values[at]))


def _missing(a: Output, b: Output, tolerance: float) -> Difference | None:
    """Find the earliest number that one run has and the other doesn't, or has otherwise."""
    mine, theirs = (
        dict(zip(zip(part.known_at.tolist(), part.symbol.tolist(), strict=True), part.values.tolist(), strict=True))
        for part in (a, b)
    )
    for key in sorted(mine.keys() | theirs.keys()):
        # A row that is not there says as much as nan: a table has no column yet for a symbol without a bar.
        value, other = mine.get(key, np.nan), theirs.get(key, np.nan)
        if not same(np.array([value]), np.array([other]), tolerance)[0]:
            return Difference(a.name, *key, value, other)
    return None


def same(a: Floats, b: Floats, tolerance: float) -> npt.NDArray[np.bool_]:
    """Return bool[n]: equal, both nan, or apart by less than rounding at the usual size of the series."""
    with np.errstate(invalid="ignore", over="ignore"):
        finite = np.abs(a[np.isfinite(a)])
        finite = finite[finite > 0.0]
        usual = float(np.median(finite)) if len(finite) else 0.0
        size = np.maximum(np.maximum(np.abs(a), np.abs(b)), usual)
        near = np.isfinite(a) & np.isfinite(b) & (np.abs(a - b) <= tolerance * size)
        equal: npt.NDArray[np.bool_] = (a == b) | (np.isnan(a) & np.isnan(b)) | near
    return equal
