"""Frames of any make as polars frames, without touching the caller's."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lockstep.errors import BadFileError

if TYPE_CHECKING:
    import polars as pl

FRAME_KINDS = "a polars frame, a pandas frame, or a dict of columns"


def as_polars(frame: Any) -> "pl.DataFrame":
    """View a polars frame, a pandas frame (its index becomes columns) or a dict of columns as a polars frame.

    Raises BadFileError for anything else, and for columns of different lengths.
    """
    import polars as pl

    if isinstance(frame, pl.LazyFrame):
        return frame.collect()
    if isinstance(frame, pl.DataFrame):
        return frame
    if isinstance(frame, Mapping):
        return _from_dict(frame)
    # Asked by name, so that pandas is not imported for those who don't use it.
    if type(frame).__module__.split(".")[0] == "pandas" and type(frame).__name__ == "DataFrame":
        return _from_pandas(frame)
    raise BadFileError(
        f"a {type(frame).__module__}.{type(frame).__name__} can't be read as bars: expected {FRAME_KINDS}"
    )


def is_frame(value: Any) -> bool:
    """True for what `as_polars` takes as one frame, rather than for one column of a dict."""
    return isinstance(value, Mapping) or type(value).__name__ in ("DataFrame", "LazyFrame")


def _from_dict(columns: Mapping[str, Any]) -> "pl.DataFrame":
    import polars as pl

    try:
        return pl.DataFrame({str(name): _series(str(name), values) for name, values in columns.items()})
    except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
        raise BadFileError(
            f"these columns make no frame ({error}): expected equally long columns of one type each"
        ) from error


def _series(name: str, values: Any) -> "pl.Series":
    import polars as pl

    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        unit = np.datetime_data(values.dtype)[0]
        # polars knows D, ms, us and ns; pandas writes seconds too.
        return pl.Series(name, values if unit in ("D", "ms", "us", "ns") else values.astype("M8[ms]"))
    return pl.Series(name, values, strict=False)


def _from_pandas(frame: Any) -> "pl.DataFrame":
    """Column by column; a second level of column names (yfinance writes tickers there) becomes a symbol column."""
    if getattr(frame.columns, "nlevels", 1) == 2:
        prices_first = "close" in {str(name).lower() for name in frame.columns.get_level_values(0)}
        level = 1 if prices_first else 0
        frame = (
            frame.stack(level, future_stack=True).rename_axis(["time", "symbol"]).sort_index(level=["symbol", "time"])
        )
    if type(frame.index).__name__ != "RangeIndex":
        frame = frame.reset_index()
    return _from_dict({str(name): _pandas_values(frame[name]) for name in frame.columns})


def _pandas_values(column: Any) -> Any:
    import polars as pl

    zone = getattr(column.dtype, "tz", None)
    if zone is not None:
        naive = column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[ns]")
        # A zone without a name ('-05:00') keeps its moments, not its midnights.
        name = getattr(zone, "key", None) or getattr(zone, "zone", None) or "UTC"
        return pl.Series(naive).dt.replace_time_zone("UTC").dt.convert_time_zone(str(name))
    values = column.to_numpy()
    return (
        [None if value is None or value != value else value for value in values] if values.dtype == object else values
    )
