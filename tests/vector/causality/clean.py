"""Code that looks back only, in the ways that have been accused elsewhere."""

from typing import Any

import numpy as np
import polars as pl

from lockstep.data import Bars
from lockstep.kernels.indicators.batch import compute
from lockstep.strategies import SmaCross, Strategy
from lockstep.vector import Orders, Signals, Targets, backtest
from lockstep.vector.higher import higher


def by_symbol(df: Any) -> Any:
    """Group a pandas frame by symbol, where it has several."""
    return df.groupby("symbol", sort=False) if "symbol" in df else df.assign(one=0).groupby("one")


def rolling_mean(df: Any) -> Any:
    return by_symbol(df)["close"].transform(lambda close: close.rolling(20).mean())


def rolling_z_score(frame: pl.DataFrame) -> pl.DataFrame:
    close = pl.col("close")
    z = (close - close.rolling_mean(15)) / close.rolling_std(15)
    return frame.select("symbol", "close_time", z=z.over("symbol"))


def exponential(df: Any) -> Any:
    return by_symbol(df)["close"].transform(lambda close: close.ewm(span=10).mean())


def exponential_polars(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select("symbol", "close_time", mean=pl.col("close").ewm_mean(span=10).over("symbol"))


def yesterday(df: Any) -> Any:
    return by_symbol(df)["close"].shift(1)


def change_since_yesterday(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select("symbol", "close_time", change=pl.col("close").pct_change().over("symbol"))


def expanding_scale(df: Any) -> Any:
    return by_symbol(df)["close"].transform(lambda c: (c - c.expanding().min()) / (c.expanding().max() + 1e-9))


def highest_so_far(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select("symbol", "close_time", high=pl.col("high").cum_max().over("symbol"))


def drawdown(frame: pl.DataFrame) -> pl.DataFrame:
    fall = pl.col("close") / pl.col("close").cum_max() - 1.0
    return frame.with_columns(fall.over("symbol").alias("drawdown"))


def session_vwap(frame: pl.DataFrame) -> pl.DataFrame:
    value = (pl.col("close") * pl.col("volume")).cum_sum()
    return frame.select("symbol", "close_time", vwap=(value / pl.col("volume").cum_sum()).over("symbol", "session"))


def session_sum(df: Any) -> Any:
    keys = ["symbol", "session"] if "symbol" in df else ["session"]
    return df.groupby(keys)["volume"].cumsum()


def first_of_the_session(df: Any) -> Any:
    keys = ["symbol", "session"] if "symbol" in df else ["session"]
    return df["close"] / df.groupby(keys)["open"].transform("first")


def last_known_report(frame: pl.DataFrame) -> pl.DataFrame:
    """A table from outside, joined as of each close."""
    when = np.datetime64("2020-01-05", "ns") + np.arange(100) * np.timedelta64(30, "D")
    reports = pl.DataFrame({"close_time": when, "earnings": np.arange(100.0)})
    reports = reports.with_columns(pl.col("close_time").cast(frame["close_time"].dtype))
    return frame.sort("close_time").join_asof(reports, on="close_time").select("symbol", "close_time", "earnings")


def closed_days(df: Any) -> Any:
    """Days by pandas, labelled by their end and one day late."""

    def days(close: Any) -> Any:
        return close.resample("1D", label="right", closed="right").last().shift(1).reindex(close.index, method="ffill")

    return by_symbol(df)["close"].transform(days)


def closed_weeks(bars: Bars) -> Any:
    return higher(bars, "1w", weekly=lambda week: week["close"].rolling_mean(2), highest="high")


def longer_bars(bars: Bars) -> Any:
    return bars.resample("1w" if bars.interval == "1d" else "1h")


def loop(frame: pl.DataFrame) -> Any:
    close, out, side = frame["close"].to_numpy(), np.zeros(frame.height), 0.0
    for row in range(1, len(close)):
        side = 1.0 if close[row] > close[row - 1] else side * 0.5
        out[row] = side
    return out


def indicator(frame: pl.DataFrame) -> Any:
    return compute("rsi", close=np.array(frame["close"].to_numpy()), period=14)


def causal_filter_by_fourier(frame: pl.DataFrame) -> Any:
    """A moving average by Fourier transform: every number is rounded with the whole sample's size."""
    close, n = frame["close"].to_numpy(), frame.height
    size = 2 * n + 10  # room for the filter behind the data, or it would come round
    product = np.fft.rfft(close, size) * np.fft.rfft(np.full(10, 0.1), size)
    return np.fft.irfft(product, size)[:n]


def convolved(frame: pl.DataFrame) -> Any:
    return np.convolve(frame["close"].to_numpy(), np.arange(1.0, 8.0) / 28.0)[: frame.height]


def refitted_on_the_past(frame: pl.DataFrame) -> Any:
    close = frame["close"].to_numpy()
    change = np.diff(np.log(close), prepend=np.log(close[0]))
    out = np.zeros(len(change))
    for start in range(100, len(change), 100):
        past = change[:start]
        weight = np.linalg.lstsq(past[:-1, None], past[1:], rcond=None)[0][0]
        out[start : start + 100] = weight * change[start : start + 100]
    return out


def expanding_rank(df: Any) -> Any:
    return by_symbol(df)["close"].transform(lambda close: close.expanding().rank(pct=True))


def filled_forward(df: Any) -> Any:
    odd = df["volume"] % 2 == 1
    return by_symbol(df.assign(seen=df["close"].where(odd)))["seen"].ffill()


def across_symbols(df: Any) -> Any:
    """A table with a column for each symbol, each keeping its latest close where others have bars."""
    if "symbol" not in df:
        return df["close"].rank(axis=0, method="first") * 0.0
    wide = df.reset_index().pivot_table(index="close_time", columns="symbol", values="close").sort_index().ffill()
    return wide.rank(axis=1, pct=True)


def pattern_of_the_clock(df: Any) -> Any:
    return (df.index.hour * 60 + df.index.minute) % 7 == 0


def seeded_noise(frame: pl.DataFrame) -> Any:
    return frame["close"].to_numpy() + np.random.default_rng(5).normal(size=frame.height)


def entries_and_exits(frame: pl.DataFrame) -> Any:
    up = frame["close"].diff().to_numpy() > 0.0
    return Signals(up, ~up)


def orders(frame: pl.DataFrame) -> Any:
    up = frame["close"].diff().to_numpy() > 0.0
    return Orders(np.where(up, np.inf, -np.inf), kind="amount")


def targets(frame: pl.DataFrame) -> Any:
    return Targets(np.sign(frame["close"].diff().fill_null(0.0).to_numpy()))


def words(frame: pl.DataFrame) -> pl.DataFrame:
    """Texts instead of numbers."""
    side = pl.when(pl.col("close") > pl.col("open")).then(pl.lit("up")).otherwise(pl.lit("down"))
    return frame.select("symbol", "close_time", side=side)


def rows_left_out(df: Any) -> Any:
    return by_symbol(df)["close"].transform(lambda close: close.rolling(10).max()).dropna()


def lagged_report(bars: Bars) -> dict[str, Any]:
    """A column that is known a day later than the bar it comes from."""
    frame = bars.frame().sort("close_time")
    late = frame["close_time"].dt.offset_by("1d")
    return {"report": {"known_at": late, "value": frame["close"].to_numpy() * 2.0, "symbol": frame["symbol"]}}


def arrays(columns: dict[str, Any]) -> list[float]:
    high, low = columns["high"], columns["low"]
    return [float(top - bottom) for top, bottom in zip(high, low, strict=True)]


def chosen_without_looking(bars: Bars) -> Strategy:
    return SmaCross(fast=4, slow=11)


def equity_of_a_run(bars: Bars) -> Any:
    return backtest(bars, SmaCross(fast=4, slow=11), cash=10_000.0, fractional=True)


FUNCTIONS = [
    rolling_mean, rolling_z_score, exponential, exponential_polars, yesterday, change_since_yesterday, expanding_scale,
    highest_so_far, drawdown, session_vwap, session_sum, first_of_the_session, last_known_report, closed_days,
    closed_weeks, longer_bars, expanding_rank, filled_forward, across_symbols, pattern_of_the_clock,
    words, rows_left_out, lagged_report, arrays, chosen_without_looking, equity_of_a_run,
]  # fmt: skip
"""For any number of symbols."""
ALONE = [
    loop, indicator, causal_filter_by_fourier, convolved, refitted_on_the_past, entries_and_exits, orders, targets,
    seeded_noise,
]  # fmt: skip
"""For one symbol."""
