"""Frames of any make give the same bars, in memory and imported."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd  # noqa: TID253 - what a pandas user has loaded already
import polars as pl
import pytest
from tests.data.helpers import gather

from lockstep.data import Action, Bars, Instrument, Store
from lockstep.errors import BadFileError, BadRowsError, DataError, UnknownSymbolError

DAYS = [date(2020, 1, 2), date(2020, 1, 3)]
VALUES = {
    "open": [1.0, 1.5],
    "high": [2.0, 3.0],
    "low": [0.5, 1.0],
    "close": [1.5, 2.5],
    "volume": [100.0, 200.0],
}
STACK = np.array(list(VALUES.values()))

FRAMES: dict[str, Any] = {
    "dict of lists": {"time": ["2020-01-02", "2020-01-03"], **VALUES},
    "dict of arrays": {
        "time": np.array(DAYS, "M8[D]"),
        **{name: np.array(column) for name, column in VALUES.items()},
    },
    "dict with seconds": {"time": np.array(DAYS, "M8[s]"), **VALUES},
    "polars dates": pl.DataFrame({"date": DAYS, **VALUES}),
    "polars lazy": pl.LazyFrame({"date": DAYS, **VALUES}),
    "polars date-times": pl.DataFrame({"date": DAYS, **VALUES}).with_columns(pl.col("date").cast(pl.Datetime("ms"))),
    "polars whole numbers": pl.DataFrame({"date": DAYS, **VALUES}).with_columns(pl.col("volume").cast(pl.Int32)),
    "pandas index": pd.DataFrame(VALUES, index=pd.to_datetime(DAYS)),
    "pandas column": pd.DataFrame({"Date": pd.to_datetime(DAYS), **VALUES}),
    "pandas in UTC": pd.DataFrame(VALUES, index=pd.to_datetime(DAYS, utc=True)),
    "pandas in New York": pd.DataFrame(VALUES, index=pd.to_datetime(DAYS).tz_localize("America/New_York")),
    "pandas objects": pd.DataFrame({"Date": DAYS, **VALUES}).astype(object),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_every_frame_gives_the_same_bars(kind: str) -> None:
    bars = Bars.from_frame(FRAMES[kind])
    assert (bars.symbols, bars.interval, bars.dataset, bars.source, bars.adjust) == (
        ("ASSET",),
        "1d",
        "memory",
        "memory",
        "none",
    )
    block = gather(bars)
    np.testing.assert_array_equal(block.ohlcv[0], STACK)
    assert block.session.tolist() == [18_263, 18_264]
    assert block.opening_ns[0].view("M8[ns]").tolist() == np.array(DAYS, "M8[ns]").tolist()


@pytest.mark.parametrize("kind", FRAMES)
def test_every_frame_can_be_imported(tmp_path: Path, kind: str) -> None:
    store = Store(tmp_path)
    report = store.import_frame(FRAMES[kind], symbol="X", dataset="d", calendar="XNYS")
    assert report.rows == {"X": 2}
    np.testing.assert_array_equal(gather(store.bars("X")).ohlcv[0], STACK)
    assert str(store.bars("X").frame()["close_time"][0]) == "2020-01-02 21:00:00+00:00"


def test_several_symbols_by_column_by_dict_and_by_second_level() -> None:
    long = pl.concat([pl.DataFrame({"date": DAYS, "symbol": name, **VALUES}) for name in ("A", "B")])
    wide = pd.concat([FRAMES["pandas index"]] * 2, axis=1, keys=["A", "B"])
    downloaded = wide.swaplevel(axis=1).rename_axis(columns=["Price", "Ticker"])
    by_name = {"A": FRAMES["polars dates"], "B": FRAMES["dict of lists"]}
    hashes = set()
    for frame in (long, wide, downloaded, by_name):
        bars = Bars.from_frame(frame, symbols=["B", "A"])
        assert bars.symbols == ("B", "A")
        assert bars.rows == 2
        hashes.add(bars.data_hash)
    assert len(hashes) == 1
    assert Bars.from_frame(by_name, symbols="A").symbols == ("A",)
    with pytest.raises(UnknownSymbolError, match="C not in the frame: it holds A, B"):
        Bars.from_frame(by_name, symbols=["A", "C"])


def test_bars_do_not_change_with_the_callers_arrays() -> None:
    close = np.array(VALUES["close"])
    bars = Bars.from_frame({"time": np.array(DAYS, "M8[D]"), **VALUES, "close": close})
    before = bars.data_hash
    close[0] = 1.9
    assert gather(bars).ohlcv[0, 3].tolist() == [1.5, 2.5]
    assert (
        before
        == bars.data_hash
        != Bars.from_frame({"time": np.array(DAYS, "M8[D]"), **VALUES, "close": close}).data_hash
    )


def test_a_calendar_gives_sessions_in_memory_too() -> None:
    bars = Bars.from_frame(FRAMES["polars dates"], calendar="XNYS", symbols="X")
    assert bars.instruments == (Instrument.us_equity("X"),)
    assert str(bars.frame()["open_time"][0]) == "2020-01-02 14:30:00+00:00"


def test_bad_rows_are_named_by_row() -> None:
    with pytest.raises(BadRowsError, match=r"the frame: 1 of 2 rows is bad.*\n  1. row 1: high 0.1 is below low 1.0"):
        Bars.from_frame({"time": DAYS, **VALUES, "high": [2.0, 0.1]})


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (
            7,
            "a builtins.int can't be read as bars: expected a polars frame, a pandas frame, or a dict of columns",
        ),
        ({}, "has no rows"),
        ({"time": [], "open": []}, "has no rows"),
        ({"time": DAYS, "open": [1.0]}, "equally long columns"),
        ({"time": DAYS, "price": [1.0, 2.0]}, "no column for open, high, low"),
    ],
)
def test_what_is_no_frame_is_refused(frame: object, words: str) -> None:
    with pytest.raises(BadFileError, match=words):
        Bars.from_frame(frame)


def test_frames_of_different_intervals_are_refused() -> None:
    hourly = {"time": ["2020-01-02 09:00", "2020-01-02 10:00"], **VALUES}
    with pytest.raises(BadFileError, match="different intervals"):
        Bars.from_frame({"A": FRAMES["polars dates"], "B": hourly})


def test_a_frame_without_a_symbol_needs_a_name_to_be_stored(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="name its symbol with symbol='AAPL'"):
        Store(tmp_path).import_frame(FRAMES["polars dates"])


def test_instruments_actions_and_the_synthetic_mark_are_stored(tmp_path: Path) -> None:
    store, instrument = Store(tmp_path), Instrument("X", "equity", tick=0.05)
    actions = {"X": [Action(date(2020, 1, 3), "split", 2.0)]}
    store.import_frame(
        FRAMES["polars dates"], symbol="X", instruments=instrument, actions=actions, source="made up", synthetic=True
    )  # fmt: skip
    bars = store.bars("X")
    assert bars.instruments == (instrument,)
    assert bars.synthetic
    assert gather(bars).ohlcv[0, 3].tolist() == [0.75, 2.5]
    with pytest.raises(DataError, match=r"split on 2020-01-03 has the value 0.0"):
        store.import_frame(FRAMES["polars dates"], symbol="Y", actions={"Y": [Action(date(2020, 1, 3), "split", 0.0)]})


@pytest.mark.parametrize("close", [np.ones((2, 2)), [{"a": 1}, {"a": 2}], np.ones(2, np.complex128)])
def test_columns_that_hold_no_numbers_are_refused(close: Any) -> None:
    prices = {name: [1.0, 1.0] for name in ("open", "high", "low", "volume")}
    with pytest.raises(BadFileError, match=r"column 'close' holds .* expected one number in each row"):
        Bars.from_frame({"time": ["2020-01-01", "2020-01-02"], **prices, "close": close})


def test_a_symbol_is_picked_once() -> None:
    with pytest.raises(DataError, match="A asked for more than once"):
        Bars.from_frame(
            {"time": ["2020-01-01"], "open": [1.0], "high": [1.0], "low": [1.0], "close": [1.0]}, symbols=["A", "A"]
        )
