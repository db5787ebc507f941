"""Bars of the middle between best bid and ask, for feeds of quotes that tell no trades."""

from typing import TYPE_CHECKING

from lockstep.data.bars import Bars
from lockstep.data.interval import interval_ns, parse_interval
from lockstep.errors import NoDataError

if TYPE_CHECKING:
    from lockstep.data.ticks.ticks import Ticks


def middle_bars(ticks: "Ticks", interval: str) -> Bars:
    """See `Ticks.bars`; the volume is how many times the quote changed."""
    import polars as pl

    length = interval_ns(interval)
    quoted = ticks.quotes().drop_nulls("middle").with_columns(pl.col("time").dt.timestamp("ns").alias("ns"))
    opened = (pl.col("ns") // length) * length
    grouped = quoted.group_by(opened.alias("open_time"), maintain_order=True)
    middle = pl.col("middle")
    bars = grouped.agg(
        open=middle.first(), high=middle.max(), low=middle.min(), close=middle.last(), volume=pl.len().cast(pl.Float64)
    ).filter(pl.col("open_time") + length <= ticks.span[1])  # what is under way at the end may still change
    if not bars.height:
        raise NoDataError(f"no bar of {ticks.symbol}'s middle prices is full: ask for shorter ones, or a longer span")
    times = {"open_time": pl.col("open_time"), "close_time": pl.col("open_time") + length}
    frame = bars.with_columns(**{name: time.cast(pl.Datetime("ns", "UTC")) for name, time in times.items()})
    return Bars.from_frame(
        frame, symbols=ticks.symbol, interval=parse_interval(interval), instruments=ticks.instrument,
        source="synthetic" if ticks.synthetic else f"{ticks.source}, middle prices",
    )  # fmt: skip
