"""From a raw table to checked columns by symbol: the way every importer takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.bar_times import SymbolTimes, bar_times
from lockstep.data.columns import Columns, Float64Array, Int64Array
from lockstep.data.complaints import Complaints
from lockstep.data.instrument import Instrument
from lockstep.data.interval import DAY_NS, parse_interval, spell_interval
from lockstep.data.names import guess_columns
from lockstep.data.rules import LISTED, Problem, find_problems
from lockstep.data.times import Times, read_times
from lockstep.errors import BadFileError, DataError

if TYPE_CHECKING:
    import polars as pl

_VALUES = ("open", "high", "low", "close", "volume")


class Table(NamedTuple):
    """A raw frame; `where` names it in messages, `locate(row)` says where a row came from.

    `symbol` is for frames without a symbol column; `calendar` is set where the format tells it.
    """

    frame: "pl.DataFrame"
    where: str
    locate: Callable[[int], str]
    symbol: str
    calendar: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is to be read; None means: find out.

    columns: our names to the table's. time_zone: of times without a zone (else the instrument's).
    time_format: strptime format of text times. label: whether a time marks a bar's open or its close.
    """

    interval: str | None = None
    columns: Mapping[str, str] | None = None
    time_zone: str | None = None
    time_format: str | None = None
    label: Literal["open", "close"] = "open"


class Asked(NamedTuple):
    """What is known of a symbol when its instrument is asked for."""

    symbol: str
    interval: str
    has_weekends: bool
    calendar: str | None


class _Parsed(NamedTuple):
    """A table's columns as numbers; `rows` are the good rows' places by symbol."""

    opens: Times
    closes: Times | None
    values: list[Float64Array]
    rows: dict[str, npt.NDArray[np.intp]]


def read_table(
    table: Table, reading: Reading, instrument_of: Callable[[Asked], Instrument]
) -> tuple[str, dict[str, tuple[Instrument, Columns]]]:
    """Read a table into (interval, instrument and columns by symbol).

    `instrument_of` is asked once for each symbol. Raises BadRowsError naming the first bad rows, BadFileError for
    an empty table, missing columns, or an interval that can't be told.
    """
    if not table.frame.height:
        raise BadFileError(f"{table.where} has no rows: expected at least one bar")
    names = guess_columns(table.frame.columns, reading.columns, table.where)
    complaints = Complaints(table.frame.height)
    parsed = _parse(table, names, reading, complaints)
    if complaints.bad.all():
        complaints.refuse(table.where, table.locate)
    interval = parse_interval(reading.interval) if reading.interval else _guess_interval(parsed, table, complaints)
    result = {}
    for symbol, rows in parsed.rows.items():
        asked = Asked(symbol, interval, _has_weekends(parsed.opens.ns[rows]), table.calendar)
        instrument = instrument_of(asked)
        result[symbol] = instrument, _finish(parsed, rows, instrument, interval, reading, complaints)
    if complaints.bad.any():
        complaints.refuse(table.where, table.locate)
    return interval, result


def _parse(table: Table, names: Mapping[str, str], reading: Reading, complaints: Complaints) -> _Parsed:
    """Parse times and numbers, and group the rows that could be read by symbol."""
    frame = table.frame
    opens = read_times(frame[names["open_time"]], reading.time_format)
    closes = read_times(frame[names["close_time"]], reading.time_format) if "close_time" in names else None
    for times in (opens, closes):
        if times is not None:
            complaints.add(times.bad, times.reason)
    # An index or a currency pair may come without a volume: none was traded as far as we know.
    values = [_numbers(frame[names[name]], complaints) if name in names else np.zeros(frame.height) for name in _VALUES]
    return _Parsed(opens, closes, values, _rows_by_symbol(table, names, complaints))


def _rows_by_symbol(table: Table, names: Mapping[str, str], complaints: Complaints) -> dict[str, npt.NDArray[np.intp]]:
    import polars as pl

    if "symbol" not in names:
        return {table.symbol: np.flatnonzero(~complaints.bad)}
    symbols = table.frame[names["symbol"]].cast(pl.String).str.strip_chars()
    empty = (symbols.is_null() | (symbols == "")).to_numpy()
    complaints.add(empty, lambda _row: f"no symbol in column {names['symbol']!r}")
    places = pl.DataFrame({"symbol": symbols, "row": np.arange(len(symbols))}).filter(pl.Series(~complaints.bad))
    groups = places.group_by("symbol", maintain_order=True).agg("row")
    return {symbol: rows.to_numpy() for symbol, rows in zip(groups["symbol"], groups["row"], strict=True)}


def _numbers(column: "pl.Series", complaints: Complaints) -> Float64Array:
    """float64[n], with a complaint for each value that is none."""
    import polars as pl

    text = column.str.strip_chars() if column.dtype == pl.String else column
    if column.dtype.is_nested() or column.dtype.is_object():
        raise BadFileError(f"column {column.name!r} holds {column.dtype} values: expected one number in each row")
    number = text.cast(pl.Float64, strict=False)

    def reason(row: int) -> str:
        value = column[row]
        if value is None or not str(value).strip():
            return f"no value in column {column.name!r}"
        return f"{value!r} in column {column.name!r} is not a number: write it like 1234.5"

    complaints.add(number.is_null().to_numpy(), reason)
    return number.fill_null(np.nan).to_numpy()


def _has_weekends(ns: Int64Array) -> bool:
    """True when bars lie on Saturdays and on Sundays: 1970-01-01 was a Thursday."""
    weekday = (ns // DAY_NS + 3) % 7
    return bool((weekday == 5).any() and (weekday == 6).any())


def _guess_interval(parsed: _Parsed, table: Table, complaints: Complaints) -> str:
    """The most common step between rows, over all symbols."""
    steps = np.concatenate([np.diff(np.unique(parsed.opens.ns[rows])) for rows in parsed.rows.values()])
    dates = parsed.opens.meaning == "dates"
    if not len(steps) and not dates:
        if complaints.bad.any():
            complaints.refuse(table.where, table.locate)
        raise BadFileError(f"{table.where}: one row does not tell its interval: give it, as in --interval 1m")
    sizes, counts = np.unique(steps, return_counts=True)
    step = int(sizes[np.argmax(counts)]) if len(steps) else DAY_NS
    if dates and step > 4 * DAY_NS:
        raise BadFileError(
            f"{table.where}: rows are {step // DAY_NS} days apart, and dates alone don't say when such a bar opens"
            " and closes: give open_time and close_time columns and the interval"
        )
    return "1d" if dates else spell_interval(step)


def _finish(
    parsed: _Parsed,
    rows: npt.NDArray[np.intp],
    instrument: Instrument,
    interval: str,
    reading: Reading,
    complaints: Complaints,
) -> Columns:
    """Give one symbol's bars their open and close in UTC, and check them against the rules."""
    if interval != "1d" and parsed.opens.meaning == "dates" and parsed.closes is None and interval.endswith("d"):
        raise DataError(
            f"{instrument.symbol}: dates alone don't say when a bar of {interval} closes: give open_time and"
            " close_time columns"
        )
    opens, closes = parsed.opens.pick(rows), parsed.closes.pick(rows) if parsed.closes else None
    times = bar_times(SymbolTimes(opens, closes, reading.time_zone, reading.label), instrument, interval)
    unclear = [Problem(int(row), times.reason(int(row))) for row in np.flatnonzero(times.bad)[:LISTED]]
    complaints.add_problems(rows, times.bad, unclear)
    good = ~times.bad
    values = [np.ascontiguousarray(value[rows[good]], np.float64) for value in parsed.values]
    columns = Columns(times.open_ns[good], times.close_ns[good], *values)
    problems = find_problems(columns)
    complaints.add_problems(rows[good], problems.bad, problems.listed)
    return columns
