"""Code that looks ahead, in every way people do; the line at fault ends with a mark."""

from typing import Any

import numpy as np
import polars as pl

from lockstep.data import Bars
from lockstep.kernels._jit import kernel
from lockstep.strategies import Strategy, param
from lockstep.vector import Signals, Targets

DAY_NS = 86_400_000_000_000


def next_close(df: Any) -> Any:
    tomorrow = df["close"].shift(-1)  # leak
    return (tomorrow > df["close"]).astype(float)


def centred_window(df: Any) -> Any:
    middle = df["high"].rolling(9, center=True).mean()  # leak
    return df["high"] - middle


def whole_sample_z_score(frame: pl.DataFrame) -> pl.Series:
    low = frame["low"]
    mean, deviation = low.mean(), low.std()
    z = (low - mean) / deviation  # leak
    return z.alias("z")


def min_max_scaling(frame: pl.DataFrame) -> Any:
    volume = frame["volume"].to_numpy()
    smallest = volume.min()
    return (volume - smallest) / (volume.max() - smallest)  # leak


def filled_backwards(df: Any) -> Any:
    every_fifth = np.arange(len(df)) % 5 == 4
    known = df["close"].where(every_fifth)
    return known.bfill()  # leak


def label_as_feature(df: Any) -> Any:
    frame = df[["close"]].copy()
    frame["label"] = frame["close"].shift(-5) / frame["close"] - 1.0  # leak
    frame["signal"] = frame["label"].rolling(3).mean()
    return frame["signal"]


def ranks_of_all_time(df: Any) -> Any:
    place = df["open"].rank(pct=True)  # leak
    return Signals(place.to_numpy() < 0.2, place.to_numpy() > 0.8)


def interpolated(df: Any) -> Any:
    sparse = df["low"].where(np.arange(len(df)) % 7 == 0)
    return sparse.interpolate()  # leak


def model_of_the_whole_sample(frame: pl.DataFrame) -> Any:
    close = frame["close"].to_numpy()
    change = np.diff(np.log(close), prepend=np.log(close[0]))
    weights = np.linalg.lstsq(np.stack([change[:-1], np.ones(len(change) - 1)], axis=1), change[1:], rcond=None)[0]
    expected = weights[0] * change + weights[1]  # leak
    return Targets(np.sign(expected))


def low_pass_by_fourier(frame: pl.DataFrame) -> Any:
    high = frame["high"].to_numpy()
    spectrum = np.fft.rfft(high)
    spectrum[len(spectrum) // 10 :] = 0.0
    return np.fft.irfft(spectrum, len(high))  # leak


def detrended(frame: pl.DataFrame) -> Any:
    close = frame["close"].to_numpy()
    time = np.arange(len(close), dtype=float)
    slope, level = np.polyfit(time, close, 1)
    return close - (slope * time + level)  # leak


def rolled_around(frame: pl.DataFrame) -> Any:
    close = frame["close"].to_numpy()
    before = np.roll(close, 1)  # leak
    return close - before


def target_encoding(df: Any) -> Any:
    frame = df[["close"]].copy()
    frame["day"] = df.index.dayofweek
    frame["change"] = frame["close"].pct_change()
    return frame.groupby("day")["change"].transform("mean")  # leak


def quantile_of_all_time(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select("close_time", busy=pl.col("volume") > pl.col("volume").quantile(0.9))  # leak


def highest_from_here_on(frame: pl.DataFrame) -> Any:
    high = frame["high"].to_numpy()
    ceiling = np.maximum.accumulate(high[::-1])[::-1]  # leak
    return high / ceiling


def lowest_of_the_next_bars(frame: pl.DataFrame) -> Any:
    low = frame["low"].to_numpy()
    out = np.zeros(len(low))
    for row in range(len(low)):
        out[row] = low[row : row + 4].min()  # leak
    return out


@kernel(cache=True)
def _peek(values: Any, out: Any) -> None:
    for row in range(len(values) - 1):
        out[row] = values[row + 1]


def compiled_peek(frame: pl.DataFrame) -> Any:
    out = np.zeros(frame.height)
    _peek(np.array(frame["close"].to_numpy()), out)  # leak
    return out


def smoothed_both_ways(df: Any) -> Any:
    forward = df["close"].ewm(span=9).mean()
    return forward[::-1].ewm(span=9).mean()[::-1]  # leak


def standing_of_the_day(df: Any) -> Any:
    highest = df.groupby("session")["high"].transform("max")  # leak
    return df["close"] / highest


def daily_bars_labelled_by_their_open(df: Any) -> Any:
    days = df["close"].resample("1D").last().dropna()
    return days.reindex(df.index, method="ffill")  # leak


def hours_joined_at_their_open(frame: pl.DataFrame) -> pl.DataFrame:
    hours = frame.group_by_dynamic("open_time", every="1h").agg(hour_low=pl.col("low").min())
    joined = frame.select("open_time", "close_time").join_asof(hours, on="open_time")  # leak
    return joined.select("close_time", "hour_low")


def minutes_left_in_the_session(frame: pl.DataFrame) -> pl.DataFrame:
    last = pl.col("close_time").max().over("session")
    return frame.select("close_time", left=(last - pl.col("close_time")).dt.total_minutes())  # leak


def age_of_the_history(frame: pl.DataFrame) -> Any:
    return np.linspace(0.0, 1.0, frame.height)  # leak


def best_symbol_of_all_time(frame: pl.DataFrame) -> pl.DataFrame:
    growth = frame.group_by("symbol", maintain_order=True).agg(growth=pl.col("close").last() / pl.col("close").first())
    best = growth.sort("growth")["symbol"][-1]
    return frame.select("symbol", "close_time", weight=(pl.col("symbol") == best).cast(float))  # leak


# --- strategies ------------------------------------------------------------------------------------------------------


def at_the_open(bars: Bars) -> dict[str, Any]:
    """A daily close that claims to have been known when the day began."""
    frame = bars.frame()
    return {"daily": {"known_at": frame["open_time"], "value": frame["close"], "symbol": frame["symbol"]}}  # leak


class ReadsDaily(Strategy):
    columns = ("daily",)

    @staticmethod
    def init(params: Any) -> Any:
        return (0.0,)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, 1.0 * (bar.extra[0] > bar.open)


def frozen_history(closes: Any) -> Strategy:
    """A step that has the whole history in its closure."""
    series = np.array(closes)
    last = len(series) - 1

    class Oracle(Strategy):
        @staticmethod
        def init(params: Any) -> Any:
            return (0.0,)

        @staticmethod
        def step(state: Any, bar: Any, params: Any) -> Any:
            tomorrow = series[min(bar.number + 1, last)]  # leak
            return state, 1.0 * (tomorrow > bar.close)

    return Oracle()


class Above(Strategy):
    level: float = param(100.0)

    @staticmethod
    def init(params: Any) -> Any:
        return (0.0,)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, 1.0 * (bar.close > params.level)


def fitted_to_the_whole_sample(bars: Bars) -> Strategy:
    """Parameters chosen with the whole history in view."""
    middle = float(np.median(bars.frame()["close"].to_numpy()))  # leak
    return Above(level=middle)


class BeyondItsColumns(Strategy):
    """Reads a second column of one: compiled code finds the next row's value there."""

    columns = ("mood",)

    @staticmethod
    def init(params: Any) -> Any:
        return (0,)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        # Only where the trial of new strategies has ended, which refuses this.
        at = 1 * ((bar.number > 250) & (bar.number < 300))
        return state, 1.0 * (bar.extra[at] > 0.0)


# --- not the same each time ------------------------------------------------------------------------------------------

_calls: list[float] = []


def drawn_at_random(frame: pl.DataFrame) -> Any:
    return frame["close"].to_numpy() + np.random.default_rng().normal(size=frame.height)


def counts_its_calls(frame: pl.DataFrame) -> Any:
    _calls.append(1.0)
    return frame["close"].to_numpy() * len(_calls)


_highest = [0.0]


def remembers_the_highest(frame: pl.DataFrame) -> Any:
    _highest[0] = max(_highest[0], float(frame["high"].max()))  # type: ignore[arg-type]  # bars have numbers
    return frame["close"].to_numpy() / _highest[0]


class CountsItsRuns(Strategy):
    @staticmethod
    def init(params: Any) -> Any:
        _calls.append(1.0)
        return (float(len(_calls)),)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, state[0]
