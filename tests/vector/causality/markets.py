"""Histories on which code is tested: one symbol and several, daily and within the day, flat, with gaps."""

from functools import cache
from typing import Any

import numpy as np
import polars as pl
from tests.vector.histories import history, prices

from lockstep.data import Bars, Instrument

MINUTE_NS = 60_000_000_000
UTC = pl.Datetime("ns", "UTC")


@cache
def daily(rows: int = 320, symbols: int = 1) -> Bars:
    """Days of a random walk."""
    return history(symbols, rows, seed=3)


@cache
def gappy(rows: int = 320) -> Bars:
    """Three symbols that miss a fifth of the days each, prices that stand still for weeks, and one listed late."""
    frames: dict[str, Any] = {}
    for s, name in enumerate(("A", "B", "LATE")):
        columns = prices(rows, 40 + s, tick=0.5, flat=True)
        keep = np.random.default_rng(s).random(rows) >= 0.2
        keep[: rows // 3 if name == "LATE" else 0] = False
        frames[name] = {key: values[keep] for key, values in columns.items()}
    return Bars.from_frame(frames, interval="1d")


@cache
def still(rows: int = 200) -> Bars:
    """Prices that never move."""
    columns = prices(rows, 1)
    level = {name: np.full(rows, 50.0) for name in ("open", "high", "low", "close")}
    return Bars.from_frame(columns | level, interval="1d")


@cache
def sessions(days: int = 4) -> Bars:
    """Bars of five minutes of a stock in New York, the day after Thanksgiving among them."""
    opens = []
    for day in ("2023-11-21", "2023-11-22", "2023-11-24", "2023-11-27", "2023-11-28")[:days]:
        last = "18:00" if day == "2023-11-24" else "21:00"
        opens.append(np.arange(np.datetime64(f"{day}T14:30"), np.datetime64(f"{day}T{last}"), np.timedelta64(5, "m")))
    return _within_the_day({"STOCK": np.concatenate(opens)}, {"STOCK": Instrument.us_equity("STOCK")})


@cache
def clocks() -> Bars:
    """A stock's sessions beside a coin that never closes, a tenth of the bars missing."""
    stock = sessions(3).frame()["open_time"].to_numpy()
    coin = np.arange(stock[0] - np.timedelta64(3, "h"), stock[-1], np.timedelta64(15, "m"))
    keep = np.random.default_rng(8).random(len(stock)) > 0.1
    instruments = {"STOCK": Instrument.us_equity("STOCK"), "COIN": Instrument.crypto("COIN")}
    return _within_the_day({"STOCK": stock[keep], "COIN": coin}, instruments)


def _within_the_day(opens: dict[str, Any], instruments: dict[str, Instrument]) -> Bars:
    frames = {}
    for s, (name, times) in enumerate(opens.items()):
        columns = prices(len(times), 70 + s)
        start = times.astype("M8[ns]").astype(np.int64)
        columns["open_time"] = pl.Series(start).cast(UTC)
        columns["close_time"] = pl.Series(start + 5 * MINUTE_NS).cast(UTC)
        del columns["time"]
        frames[name] = columns
    return Bars.from_frame(frames, interval="5m", instruments=instruments)
