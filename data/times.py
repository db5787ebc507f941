"""Reading a column of times, however it was written, into nanoseconds."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.columns import Int64Array
from lockstep.data.interval import DAY_NS, MOST_DAYS, SECOND_NS
from lockstep.data.zone import Zone

if TYPE_CHECKING:
    import polars as pl

Meaning = Literal["dates", "local", "utc"]
_TEXT = (
    r"^\s*(\d{4}[-/]\d{2}[-/]\d{2}|\d{8})"
    r"(?:[T ]+(\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?))?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?\s*$"
)
EXPECTED = (
    "expected e.g. 2020-01-31, 2020-01-31 09:30:00, 2020-01-31T14:30:00Z or an epoch, from 1680 to 2259; else give a"
    " time format such as '%d.%m.%Y'"
)


class Times(NamedTuple):
    """`ns` is int64[n]: UTC when `meaning` is 'utc', wall-clock time when it is 'local', midnights when 'dates'.

    `bad` marks what could not be read, `reason(row)` says why, `shown(row)` how the source wrote it.
    """

    ns: Int64Array
    meaning: Meaning
    bad: npt.NDArray[np.bool_]
    reason: Callable[[int], str]
    shown: Callable[[int], str]

    def pick(self, rows: npt.NDArray[np.intp]) -> "Times":
        """Keep some rows."""
        return Times(
            self.ns[rows], self.meaning, self.bad[rows],
            lambda row: self.reason(int(rows[row])), lambda row: self.shown(int(rows[row])),
        )  # fmt: skip


def read_times(column: "pl.Series", time_format: str | None = None) -> Times:
    """Read dates, date-times with and without a zone, text and epochs in s, ms, us or ns (each value by its size).

    Problems (unreadable, missing, mixed zones) name the column and the value. Times that all lie at midnight, in
    their own zone where they have one, are 'dates'.
    """
    import polars as pl

    dtype = column.dtype
    if dtype == pl.String and time_format is not None:
        coarse, exact = (column.str.strptime(pl.Datetime(unit), time_format, strict=False) for unit in ("us", "ns"))
        return _naive(column, exact.set(~_within_reach(coarse), None))
    if dtype == pl.String:
        digits = column.str.strip_chars().str.contains(r"^-?\d{9,20}(\.0*)?$").fill_null(False)
        return _epochs(column) if len(column) and digits.all() else _text(column)
    if dtype == pl.Date:
        return _naive(column, column)
    if isinstance(dtype, pl.Datetime):
        return _naive(column, column) if dtype.time_zone is None else _aware(column)
    if dtype.is_numeric():
        return _epochs(column)
    return _result(column, np.zeros(len(column), np.int64), np.ones(len(column), np.bool_), "utc")


def localise(times: Times, zone: Zone) -> Times:
    """Turn wall-clock times into UTC; those that happened twice or never are bad. UTC stays as it is."""
    if times.meaning == "utc":
        return times
    utc, twice, never = zone.to_utc(times.ns)

    def reason(row: int) -> str:
        if times.bad[row]:
            return times.reason(row)
        what = "happened twice" if twice[row] else "never happened"
        return (
            f"{times.shown(row)} {what} in {zone.name} (daylight saving): write times with their offset, or name"
            " their zone with --time-zone"
        )

    return times._replace(ns=utc, meaning="utc", bad=times.bad | twice | never, reason=reason)


def _text(column: "pl.Series") -> Times:
    import polars as pl

    groups = column.to_frame("t").select(
        day=pl.col("t").str.extract(_TEXT, 1).str.replace_all("[-/]", ""),
        clock=pl.col("t").str.extract(_TEXT, 2).str.replace(",", ".", literal=True),
        offset=pl.col("t").str.extract(_TEXT, 3),
    )
    clock = pl.when(pl.col("clock").str.len_chars() == 5).then(pl.col("clock") + ":00").otherwise(pl.col("clock"))
    parsed = groups.select(
        day=pl.col("day").str.to_date("%Y%m%d", strict=False).cast(pl.Int64),
        clock=clock.str.to_time("%H:%M:%S%.f", strict=False).cast(pl.Int64),
        offset=_offset_seconds(pl.col("offset")),
        has_clock=pl.col("clock").is_not_null(),
        has_offset=pl.col("offset").is_not_null(),
    )
    day = parsed["day"].set(parsed["day"].abs() > MOST_DAYS, None)
    bad = (day.is_null() | (parsed["clock"].is_null() & parsed["has_clock"])).to_numpy()
    local = (day.fill_null(0) * DAY_NS + parsed["clock"].fill_null(0)).to_numpy()
    aware = parsed["has_offset"].to_numpy() & ~bad
    if aware.any() and not (aware | bad).all():
        return _mixed(column, local, bad, aware)
    if np.all(local % DAY_NS == 0) or not aware.any():
        return _result(column, local, bad, "local")
    return _result(column, local - parsed["offset"].fill_null(0).to_numpy() * SECOND_NS, bad, "utc")


def _offset_seconds(text: "pl.Expr") -> "pl.Expr":
    import polars as pl

    sign = pl.when(text.str.starts_with("-")).then(-1).otherwise(1)
    digits = text.str.replace_all("[^0-9]", "")
    hours, minutes = (
        digits.str.slice(0, 2).cast(pl.Int64, strict=False),
        digits.str.slice(2, 2).cast(pl.Int64, strict=False),
    )
    return sign * (hours.fill_null(0) * 3600 + minutes.fill_null(0) * 60)


def _mixed(column: "pl.Series", local: Int64Array, bad: npt.NDArray[np.bool_], aware: npt.NDArray[np.bool_]) -> Times:
    """Some times carry a zone and some don't: the rarer kind is reported."""
    odd = aware if aware.sum() * 2 < len(aware) else ~aware & ~bad
    words = "has a zone" if odd is aware else "has no zone"
    result = _result(column, local, bad, "local")

    def reason(row: int) -> str:
        if bad[row]:
            return result.reason(row)
        return f"{result.shown(row)} in column {column.name!r} {words}, other rows differ: zones must not be mixed"

    return result._replace(bad=bad | odd, reason=reason)


def _naive(column: "pl.Series", parsed: "pl.Series") -> Times:
    import polars as pl

    ns = parsed.set(~_within_reach(parsed), None).cast(pl.Datetime("ns")).cast(pl.Int64)
    return _result(column, ns.fill_null(0).to_numpy(), ns.is_null().to_numpy(), "local")


def _within_reach(moments: "pl.Series") -> "pl.Series":
    """Which dates or times can be told in nanoseconds."""
    import polars as pl

    return moments.cast(pl.Date).cast(pl.Int64).abs() <= MOST_DAYS


def _aware(column: "pl.Series") -> Times:
    local = _naive(column, column.dt.replace_time_zone(None))
    if np.all(local.ns % DAY_NS == 0):
        return local
    utc = _naive(column, column.dt.convert_time_zone("UTC").dt.replace_time_zone(None))
    return utc._replace(meaning="utc")


def _epochs(column: "pl.Series") -> Times:
    """Each value's unit is told by its size; eight digits that all read as YYYYMMDD are dates."""
    import polars as pl

    whole = column.str.strip_chars().str.replace(r"\.0*$", "") if column.dtype == pl.String else column
    if whole.dtype.is_float():
        whole = whole.fill_nan(None)
    number = whole.cast(pl.Int64, strict=False)
    as_dates = number.cast(pl.String).str.to_date("%Y%m%d", strict=False)
    if len(number) and number.is_between(18_000_101, 22_001_231).all() and as_dates.null_count() == number.null_count():
        return _naive(column, as_dates)
    values = number.fill_null(0).to_numpy()
    size = np.abs(values)
    units = np.select([size < 10**11, size < 10**14, size < 10**17], [10**9, 10**6, 10**3], 1)
    far = np.abs(values / (DAY_NS / units)) > MOST_DAYS
    return _result(column, np.where(far, 0, values) * units, number.is_null().to_numpy() | far, "utc")


def _result(column: "pl.Series", ns: Int64Array, bad: npt.NDArray[np.bool_], meaning: Meaning) -> Times:
    if meaning == "local" and np.all(ns % DAY_NS == 0):
        meaning = "dates"
    return Times(ns, meaning, bad, lambda row: _unreadable(column, row), lambda row: str(column[row]).strip())


def _unreadable(column: "pl.Series", row: int) -> str:
    if column[row] is None or not str(column[row]).strip():
        return f"no time in column {column.name!r}"
    return f"{column[row]!r} in column {column.name!r} is not a time: {EXPECTED}"
