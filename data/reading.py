"""From a raw table to checked columns by symbol: the way every importer takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.calendars import session_times
from lockstep.data.columns import Columns, Float64Array, Int64Array
from lockstep.data.instrument import ALWAYS_OPEN, Instrument
from lockstep.data.interval import DAY_NS, MINUTE_NS, interval_ns, parse_interval, spell_interval
from lockstep.data.names import guess_columns
from lockstep.data.rules import LISTED, Problem, find_problems
from lockstep.data.times import Times, localise, read_times
from lockstep.data.zone import Zone
from lockstep.errors import BadFileError, BadRowsError, DataError

if TYPE_CHECKING:
    import polars as pl

_VALUES = ("open", "high", "low", "close", "volume")


class Table(NamedTuple):
    """A raw frame; `where` names it in messages, `locate(row)` says where a row came from."""

    frame: "pl.DataFrame"
    where: str
    locate: Callable[[int], str]
    symbol: str


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


class _Raw(NamedTuple):
    """One symbol's rows before their times are known in UTC; `rows` are their places in the table."""

    rows: npt.NDArray[np.intp]
    opens: Times
    closes: Times | None
    values: list[Float64Array]


def read_table(
    table: Table, reading: Reading, instrument_of: Callable[[str, bool], Instrument]
) -> tuple[str, dict[str, tuple[Instrument, Columns]]]:
    """Read a table into (interval, columns by symbol), or raise BadRowsError with the first problems by place.

    `instrument_of(symbol, has_weekends)` is asked once for each symbol.
    """
    if not table.frame.height:
        raise BadFileError(f"{table.where} has no rows: expected at least one bar")
    names = guess_columns(table.frame.columns, reading.columns, table.where)
    raws, problems = _split(table, names, reading)
    _refuse(table, problems)
    interval = parse_interval(reading.interval) if reading.interval else _guess_interval(raws, table.where)
    result, count = {}, 0
    for symbol, raw in raws.items():
        instrument = instrument_of(symbol, _has_weekends(raw.opens.ns))
        columns, found = _finish(raw, instrument, interval, reading, table.frame[names["open_time"]])
        count += found[1]
        problems += [Problem(int(raw.rows[p.row]), p.reason if len(raws) == 1 else f"{symbol}: {p.reason}") for p in found[0]]
        result[symbol] = (instrument, columns)
    _refuse(table, problems, count)
    return interval, result


def _refuse(table: Table, problems: list[Problem], count: int = 0) -> None:
    if not problems:
        return
    listed = sorted(problems)[:LISTED]
    count = max(count, len(problems))
    lines = [f"  {n}. {table.locate(p.row)}: {p.reason}" for n, p in enumerate(listed, 1)]
    if count > len(listed):
        lines.append(f"  ... and {count - len(listed)} more")
    raise BadRowsError(f"{table.where}: {count} bad {'row' if count == 1 else 'rows'} of {table.frame.height};"
                       " nothing was imported. Correct them and import again:\n" + "\n".join(lines))  # fmt: skip


def _split(table: Table, names: Mapping[str, str], reading: Reading) -> tuple[dict[str, _Raw], list[Problem]]:
    """Parse times and numbers, and group rows by symbol."""
    frame = table.frame
    opens = read_times(frame[names["open_time"]], reading.time_format)
    closes = read_times(frame[names["close_time"]], reading.time_format) if "close_time" in names else None
    problems = opens.problems + (closes.problems if closes else [])
    values = []
    for name in _VALUES:
        column, bad = _numbers(frame[names[name]]) if name in names else (np.zeros(frame.height), [])
        values.append(column)
        problems += bad
    raws = {}
    for symbol, rows in _rows_by_symbol(table, names, problems).items():
        pick = [column[rows] for column in values]
        raws[symbol] = _Raw(rows, _pick(opens, rows), _pick(closes, rows) if closes else None, pick)
    return raws, problems


def _pick(times: Times, rows: npt.NDArray[np.intp]) -> Times:
    return Times(times.ns[rows], times.meaning, [], times.bad[rows])


def _rows_by_symbol(table: Table, names: Mapping[str, str], problems: list[Problem]) -> dict[str, npt.NDArray[np.intp]]:
    import polars as pl

    if "symbol" not in names:
        return {table.symbol: np.arange(table.frame.height)}
    symbols = table.frame[names["symbol"]].cast(pl.String).str.strip_chars()
    empty = (symbols.is_null() | (symbols == "")).to_numpy()
    problems += [Problem(int(row), f"no symbol in column {names['symbol']!r}") for row in np.flatnonzero(empty)[:LISTED]]
    groups = pl.DataFrame({"s": symbols, "r": np.arange(len(symbols))}).group_by("s", maintain_order=True).agg("r")
    return {
        str(symbol): np.asarray(rows, np.intp)
        for symbol, rows in zip(groups["s"], groups["r"], strict=True)
        if symbol
    }


def _numbers(column: "pl.Series") -> tuple[Float64Array, list[Problem]]:
    """float64[n], with a problem for each value that is none."""
    import polars as pl

    text = column.str.strip_chars() if column.dtype == pl.String else column
    number = text.cast(pl.Float64, strict=False)
    bad = np.flatnonzero(number.is_null().to_numpy())
    problems = []
    for row in bad[:LISTED].tolist():
        value = column[row]
        blank = value is None or not str(value).strip()
        what = "no value" if blank else f"{value!r} is not a number"
        problems.append(Problem(row, f"{what} in column {column.name!r}" + ("" if blank else ": write it like 1234.5")))
    return number.fill_null(np.nan).to_numpy(), problems


def _has_weekends(ns: Int64Array) -> bool:
    """True when bars lie on Saturdays and on Sundays: 1970-01-01 was a Thursday."""
    weekday = (ns // DAY_NS + 3) % 7
    return bool((weekday == 5).any() and (weekday == 6).any())


def _guess_interval(raws: Mapping[str, _Raw], where: str) -> str:
    """The most common step between rows, over all symbols."""
    steps = np.concatenate([np.diff(raw.opens.ns) for raw in raws.values()])
    steps = steps[steps > 0]
    dates = all(raw.opens.meaning == "dates" for raw in raws.values())
    if not len(steps):
        if dates:
            return "1d"
        raise BadFileError(f"{where}: one row does not tell its interval: give it, as in --interval 1m (interval= in Python)")
    sizes, counts = np.unique(steps, return_counts=True)
    step = int(sizes[np.argmax(counts)])
    if dates and step > 4 * DAY_NS:
        raise BadFileError(f"{where}: rows are {step // DAY_NS} days apart, and dates alone don't say when such a bar opens and"
                           " closes: give open_time and close_time columns and the interval")  # fmt: skip
    return "1d" if dates else spell_interval(step)


def _finish(
    raw: _Raw, instrument: Instrument, interval: str, reading: Reading, column: "pl.Series"
) -> tuple[Columns, tuple[list[Problem], int]]:
    """Open and close times in UTC, then the rules; problems count rows within the symbol."""
    length = interval_ns(interval)
    opens = _as_dates(raw.opens, instrument) if length >= DAY_NS and raw.closes is None else raw.opens
    if opens.meaning == "dates" and length >= DAY_NS and raw.closes is None:
        return _daily(raw, opens, instrument, interval)
    zone = Zone(reading.time_zone) if reading.time_zone else instrument.zone
    opens = localise(opens, zone, column.gather(raw.rows.tolist())) if opens.meaning != "utc" else opens
    if raw.closes is not None:
        closes = localise(raw.closes, zone, column.gather(raw.rows.tolist())) if raw.closes.meaning != "utc" else raw.closes
        open_ns, close_ns = opens.ns, _exclusive(opens.ns, closes.ns, length)
    elif reading.label == "close":
        open_ns, close_ns = opens.ns - length, opens.ns
    else:
        open_ns, close_ns = opens.ns, _until_session_close(opens.ns, opens.ns + length, instrument)
    columns = _columns(open_ns, close_ns, raw.values)
    if opens.problems:
        return columns, (opens.problems, int(opens.bad.sum()))
    return columns, find_problems(columns)


def _daily(raw: _Raw, opens: Times, instrument: Instrument, interval: str) -> tuple[Columns, tuple[list[Problem], int]]:
    if interval != "1d":
        raise DataError(f"{instrument.symbol}: dates alone don't say when a bar of {interval} closes: give open_time and"
                        " close_time columns")  # fmt: skip
    days = opens.ns // DAY_NS
    sessions = session_times(instrument, days)
    columns = _columns(sessions.open_time, sessions.close_time, raw.values)
    if not sessions.missing.any():
        return columns, find_problems(columns)
    problems = [
        Problem(int(row), f"{np.datetime64(int(days[row]), 'D')} is no session of {instrument.calendar}: correct the date, or give"
                " another calendar (--calendar 24/7 takes every day)")
        for row in np.flatnonzero(sessions.missing)[:LISTED]
    ]  # fmt: skip
    return columns, (problems, int(sessions.missing.sum()))


def _as_dates(opens: Times, instrument: Instrument) -> Times:
    """Daily moments that all lie at midnight, in UTC or at the exchange, mean dates."""
    if opens.meaning != "utc" or instrument.calendar == ALWAYS_OPEN:
        return opens
    for local in (opens.ns, opens.ns + instrument.zone.offsets(opens.ns)):
        if np.all(local % DAY_NS == 0):
            return opens._replace(ns=local, meaning="dates")
    return opens


def _exclusive(open_ns: Int64Array, close_ns: Int64Array, length: int) -> Int64Array:
    """Binance writes the last moment inside the bar (09:59:59.999); ours is the first behind it (10:00)."""
    for unit in (1_000_000, 1000, 1):
        inclusive = close_ns + unit - open_ns == length
        close_ns = np.where(inclusive, close_ns + unit, close_ns)
    return close_ns


def _until_session_close(open_ns: Int64Array, close_ns: Int64Array, instrument: Instrument) -> Int64Array:
    """An hourly bar that opens at 15:30 is over when the session is, at 16:00."""
    if instrument.calendar == ALWAYS_OPEN:
        return close_ns
    days = instrument.zone.session_days(open_ns, instrument.session_shift_ns)
    session_close, _, _ = instrument.zone.to_utc(days * DAY_NS + instrument.session_minutes[1] * MINUTE_NS)
    return np.where(open_ns < session_close, np.minimum(close_ns, session_close), close_ns)


def _columns(open_ns: Int64Array, close_ns: Int64Array, values: list[Float64Array]) -> Columns:
    times = (np.ascontiguousarray(ns, np.int64) for ns in (open_ns, close_ns))
    return Columns(*times, *(np.ascontiguousarray(value, np.float64) for value in values))
