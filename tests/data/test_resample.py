"""Longer bars: what they hold, when they are known, and that their past never depends on what follows."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from lockstep.data import Bars, Instrument
from lockstep.data.synthetic import minute_bars
from lockstep.errors import DataError

MINUTE = 60_000_000_000
UTC = pl.Datetime("ns", "UTC")


def ns(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


def minutes(opens: Any, instrument: Instrument, seed: int = 1) -> Bars:
    """Minute bars that open at the given times, with random prices."""
    opens = np.asarray(opens, np.int64)
    close = 100.0 + np.cumsum(np.random.default_rng(seed).normal(0.0, 0.1, len(opens)))
    frame = {
        "open_time": pl.Series(opens).cast(UTC), "close_time": pl.Series(opens + MINUTE).cast(UTC),
        "open": close - 0.05, "high": close + 0.2, "low": close - 0.2, "close": close,
        "volume": np.arange(1.0, len(opens) + 1),
    }  # fmt: skip
    return Bars.from_frame(frame, symbols=instrument.symbol, interval="1m", instruments=instrument)


def session(day: str, first: str, last: str) -> Any:
    return np.arange(ns(f"{day}T{first}"), ns(f"{day}T{last}"), MINUTE)


STOCK, COIN = Instrument.us_equity("STOCK"), Instrument.crypto("COIN")
WHOLE = [session(day, "14:30", "21:00") for day in ("2023-11-20", "2023-11-21", "2023-11-22")]
EARLY = session("2023-11-24", "14:30", "18:00")  # the Friday after Thanksgiving closes at 13:00 in New York


def closes(bars: Bars) -> list[str]:
    return [str(time)[:16] for time in bars.frame()["close_time"].to_numpy().astype("M8[m]")]


def test_a_longer_bar_is_open_high_low_close_and_sum() -> None:
    base = minutes(WHOLE[0], STOCK)
    rows, (longer, *_) = base.frame(), base.resample("1h").frame().rows(named=True)
    hour = rows[:60]
    assert longer["open"] == hour["open"][0]
    assert longer["high"] == hour["high"].max()
    assert longer["low"] == hour["low"].min()
    assert longer["close"] == hour["close"][-1]
    assert longer["volume"] == hour["volume"].sum() == 60 * 61 / 2


def test_hours_are_counted_from_the_open_and_end_with_the_session() -> None:
    found = closes(minutes(WHOLE[0], STOCK).resample("1h"))
    assert [time[11:] for time in found] == ["15:30", "16:30", "17:30", "18:30", "19:30", "20:30", "21:00"]


def test_an_early_close_ends_hours_days_and_weeks() -> None:
    base = minutes(np.concatenate([*WHOLE, EARLY]), STOCK)
    assert closes(base.resample("1h"))[-1] == "2023-11-24T18:00"
    assert closes(base.resample("1d"))[-2:] == ["2023-11-22T21:00", "2023-11-24T18:00"]
    assert closes(base.resample("1w")) == ["2023-11-24T18:00"]


def test_a_missing_last_bar_does_not_make_the_day_known_earlier() -> None:
    base = minutes(np.concatenate([WHOLE[0][:-30], WHOLE[1]]), STOCK)
    assert closes(base.resample("1d")) == ["2023-11-20T21:00", "2023-11-21T21:00"]


def test_a_bar_under_way_is_not_visible() -> None:
    assert closes(minutes(np.concatenate([WHOLE[0], WHOLE[1][:-1]]), STOCK).resample("1d")) == ["2023-11-20T21:00"]
    with pytest.raises(DataError, match="no bar of 1w is complete by 2023-11-22 21:00:00Z"):
        minutes(np.concatenate(WHOLE), STOCK).resample("1w")


def test_the_week_of_a_holiday_ends_with_its_last_session() -> None:
    good_friday = [session(day, "13:30", "20:00") for day in ("2023-04-03", "2023-04-04", "2023-04-05", "2023-04-06")]
    assert closes(minutes(np.concatenate(good_friday), STOCK).resample("1w")) == ["2023-04-06T20:00"]


def test_around_the_clock_a_day_ends_at_midnight_and_a_week_on_monday() -> None:
    base = minutes(np.arange(ns("2023-11-20"), ns("2023-11-28"), MINUTE), COIN)
    assert closes(base.resample("1d"))[:2] == ["2023-11-21T00:00", "2023-11-22T00:00"]
    assert closes(base.resample("1w")) == ["2023-11-27T00:00"]
    # Seven hours don't divide a day: the last stretch ends with it.
    assert [time[11:] for time in closes(base.resample("7h"))[:5]] == ["07:00", "14:00", "21:00", "00:00", "07:00"]


def test_what_lies_outside_the_session_is_in_hours_but_not_in_days() -> None:
    early, late = session("2023-11-20", "13:30", "14:30"), session("2023-11-20", "21:00", "22:30")
    base = minutes(np.concatenate([early, WHOLE[0], late, WHOLE[1]]), STOCK)
    assert [time[11:] for time in closes(base.resample("1h"))[:9]] == [
        "14:30", "15:30", "16:30", "17:30", "18:30", "19:30", "20:30", "21:00", "22:00",
    ]  # fmt: skip
    day = base.resample("1d").frame()
    inside = base.frame().filter((pl.col("open_time") >= ns("2023-11-20T14:30")) & (pl.col("volume") <= 60 + 390))
    assert day["volume"][0] == inside["volume"].sum()
    assert day["open_time"].to_numpy()[0] == np.datetime64("2023-11-20T14:30")


@pytest.mark.parametrize("interval", ["5m", "1h", "1d", "1w"])
def test_what_was_known_at_any_time_stays_as_it_was(interval: str) -> None:
    """With calendars of two kinds and a third of all bars missing: no longer bar changes or appears later."""
    rng = np.random.default_rng(3)
    made = minute_bars(seed=5)["AAPL"].open_time
    stock = made[(made >= ns("2023-11-13")) & (made < ns("2023-12-02"))]
    coin = np.arange(ns("2023-11-13"), ns("2023-12-02"), 5 * MINUTE)
    both = {"STOCK": stock[rng.random(len(stock)) > 0.3], "COIN": coin[rng.random(len(coin)) > 0.3]}
    frames = {name: minutes(opens, {"STOCK": STOCK, "COIN": COIN}[name]).frame() for name, opens in both.items()}

    def longer(until: int) -> pl.DataFrame:
        kept = {name: frame.filter(pl.col("close_time") <= until) for name, frame in frames.items()}
        return Bars.from_frame(
            {name: frame.drop("symbol", "session") for name, frame in kept.items() if len(frame)},
            interval="1m", instruments=[STOCK, COIN],
        ).resample(interval).frame()  # fmt: skip

    whole = longer(ns("2024-01-01"))
    times = np.unique(np.concatenate([frame["close_time"].to_physical().to_numpy() for frame in frames.values()]))
    edges = [ns("2023-11-24T18:00"), ns("2023-11-24T17:59"), ns("2023-11-22T21:00"), ns("2023-11-27T00:00")]
    candidates = times[times > ns("2023-11-21")]
    for time in [*rng.choice(candidates, 12).tolist(), *edges]:
        known = int(times[np.searchsorted(times, time, side="right") - 1])
        try:
            found = longer(known)
        except DataError:
            assert whole.filter(pl.col("close_time") <= known).is_empty()
            continue
        assert found.equals(whole.filter(pl.col("close_time") <= known)), np.datetime64(known, "ns")


def test_splits_are_applied_before_bars_are_put_together(tmp_path: Any) -> None:
    from lockstep.data import Store
    from lockstep.data.sample import install_real

    store = Store(tmp_path)
    install_real(store)
    week = store.bars(["AAPL"], dataset="sample-daily", start="2005-02-21", end="2005-03-04")
    frame, longer = week.frame(), week.resample("1w").frame()
    assert longer["high"].to_list() == [frame["high"][:4].max(), frame["high"][4:].max()]
    assert max(longer["high"].to_list()) < 50.0  # as traded, the first week's was above 80


def test_bars_of_the_same_length_are_the_bars() -> None:
    base = minutes(WHOLE[0], STOCK)
    assert base.resample("1min") is base


@pytest.mark.parametrize(
    ("interval", "words"),
    [("30s", "multiple of 1m"), ("2d", "'1d' or '1w'"), ("90s", "multiple of 1m"), ("soon", "is unknown")],
)
def test_lengths_that_make_no_sense_are_refused(interval: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        minutes(WHOLE[0], STOCK).resample(interval)


def test_bars_that_reach_over_an_edge_are_refused() -> None:
    opens = np.arange(ns("2023-11-20T15:00"), ns("2023-11-20T20:00"), 60 * MINUTE)
    rows = minutes(opens, STOCK).frame().drop("symbol", "session")
    hours = rows.with_columns(close_time=pl.col("open_time") + pl.duration(hours=1))
    with pytest.raises(DataError, match="from 2023-11-20 16:00:00Z to 2023-11-20 17:00:00Z reaches over"):
        Bars.from_frame(hours, symbols="STOCK", interval="1h", instruments=STOCK).resample("2h")
