"""What the store answers, and how it refuses."""

from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.data.helpers import MINUTE, START, addition, gather, minutes

from lockstep.data import Action, Instrument, Store
from lockstep.data.append import Addition
from lockstep.data.check import check
from lockstep.data.columns import Columns
from lockstep.data.sample import install_real, install_synthetic
from lockstep.errors import (
    AmbiguousDatasetError,
    CorruptStoreError,
    DataError,
    NoDataError,
    StoreError,
    UnknownSymbolError,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    result = Store(tmp_path_factory.mktemp("store"))
    install_real(result)
    install_synthetic(result)
    return result


def test_bars_read_back_exactly(tmp_path: Path) -> None:
    store = Store(tmp_path)
    columns = minutes(3000)
    store.append("d", "1m", {"A": addition("A", columns)}, source="test")
    block = gather(store.bars("A"))
    np.testing.assert_array_equal(block.opening_ns[0], columns.open_time)
    np.testing.assert_array_equal(block.close_time_ns, columns.close_time)
    np.testing.assert_array_equal(block.ohlcv[0], np.stack(columns[2:]))
    assert block.present.all()


def test_the_default_folder_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOCKSTEP_STORE", str(tmp_path / "here"))
    assert Store().path == tmp_path / "here"
    monkeypatch.delenv("LOCKSTEP_STORE")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Store().path == tmp_path / ".lockstep" / "store"


def test_the_frame_shows_what_the_blocks_hold(store: Store) -> None:
    bars = store.bars(["AAPL", "FB"], start="2012-05-01", end="2012-06-30")
    frame, block = bars.frame(), gather(bars)
    assert frame.columns == [
        "symbol",
        "open_time",
        "close_time",
        "session",
        "open",
        "high",
        "low",
        "close",
        "volume",
    ]
    assert frame.schema["close_time"] == pl.Datetime("ns", "UTC")
    for number, symbol in enumerate(bars.symbols):
        own = frame.filter(pl.col("symbol") == symbol)
        present = block.present[number]
        np.testing.assert_array_equal(own["close"].to_numpy(), block.ohlcv[number, 3][present])
        np.testing.assert_array_equal(own["close_time"].cast(pl.Int64).to_numpy(), block.close_time_ns[present])
        np.testing.assert_array_equal(own["session"].cast(pl.Int32).to_numpy(), block.session[present])
    assert bars.rows == len(block.close_time_ns) == frame["close_time"].n_unique()
    assert bars.span == (frame["open_time"].cast(pl.Int64).min(), frame["close_time"].cast(pl.Int64).max())


NAIVE_MIDNIGHT = datetime(2012, 12, 31)  # noqa: DTZ001 - how pandas and polars write a day


@pytest.mark.parametrize(
    "end", ["2012-12-31", "20121231", date(2012, 12, 31), NAIVE_MIDNIGHT, np.datetime64("2012-12-31")]
)
def test_the_end_is_inclusive_of_its_day(store: Store, end: object) -> None:
    session = store.bars("MSFT", start="2012-12-28", end=end).frame()["session"]  # type: ignore[arg-type]
    assert session.to_list() == [date(2012, 12, 28), date(2012, 12, 31)]


def test_moments_keep_bars_that_lie_within_them(store: Store) -> None:
    """2023-01-03 09:30 in New York is 14:30 UTC; a bar counts when it has closed by the end."""
    bars = store.bars("AAPL", "1m", start="2023-01-03T14:30", end=datetime(2023, 1, 3, 14, 33, tzinfo=UTC))
    assert bars.rows == 3
    assert store.bars("AAPL", "1m", start="2023-01-03 09:31-05:00", end="2023-01-03 09:33:30-05:00").rows == 2
    whole = bars.span
    assert store.bars("AAPL", "1m", start=whole[0], end=whole[1]).rows == 3


def test_session_days_are_the_exchanges(store: Store) -> None:
    """390 minutes on a full day, 210 on the day before Independence Day."""
    assert store.bars("AAPL", start="2023-06-30", end="2023-07-02").rows == 390
    assert store.bars("AAPL", start="2023-07-03", end="2023-07-04").rows == 210


def test_unknown_symbols_are_met_with_similar_names(store: Store) -> None:
    with pytest.raises(UnknownSymbolError) as caught:
        store.bars(["AAPL", "MSTF"])
    assert "unknown symbol 'MSTF'. Did you mean MSFT?" in str(caught.value)
    assert "AAPL, FB, GOOG, GOOGL, IBM, MSFT" in str(caught.value)
    assert "lockstep data import" in str(caught.value)


def test_a_span_without_data_names_the_stored_one(store: Store) -> None:
    with pytest.raises(
        NoDataError,
        match=r"no bars of FB for 2005-01-01 to 2006-12-31:\n  sample-daily \(1d\): FB 2012-05-18 to 2013-03-01\n"
        r"`lockstep data import",
    ):
        store.bars(["AAPL", "FB"], start="2005-01-01", end="2006-12-31")
    with pytest.raises(NoDataError, match="AAPL 2000-03-01 to 2013-03-01"):
        store.bars("AAPL", interval="1d", start="2020-01-01")
    with pytest.raises(NoDataError, match="a gap in"):
        store.bars("AAPL", start="2005-01-01", end="2005-01-02")
    with pytest.raises(NoDataError, match="no 5m bars of AAPL are stored"):
        store.bars("AAPL", interval="5min")


def test_an_empty_store_says_how_to_fill_it(tmp_path: Path) -> None:
    with pytest.raises(
        NoDataError, match="is empty: `lockstep data import FILE` adds your own, `lockstep data sample`"
    ):
        Store(tmp_path / "none").bars("AAPL")
    assert Store(tmp_path / "none").datasets() == []


def test_without_an_interval_the_one_dataset_that_covers_all(store: Store) -> None:
    assert store.bars(["AAPL", "GOOG"]).interval == "1d"
    assert store.bars(["AAPL", "GOOGL"]).interval == "1m"
    assert store.bars("AAPL", start="2005-01-01", end="2012-12-31").interval == "1d"
    assert store.bars("AAPL", dataset="synthetic-minute").interval == "1m"
    with pytest.raises(AmbiguousDatasetError, match=r"sample-daily \(1d\).*\n.*synthetic-minute \(1m, synthetic\)"):
        store.bars("AAPL")
    with pytest.raises(AmbiguousDatasetError, match="GOOG is in sample-daily\n  GOOGL is in synthetic-minute"):
        store.bars(["GOOG", "GOOGL"])
    with pytest.raises(DataError, match="unknown dataset 'x': stored are sample-daily, synthetic-minute"):
        store.bars("AAPL", dataset="x")


def test_a_dataset_with_the_whole_span_wins_over_one_with_a_part(tmp_path: Path) -> None:
    store = Store(tmp_path)
    day = 24 * 60
    store.append("long", "1m", {"A": addition("A", minutes(3 * day))}, source="test")
    store.append("short", "1m", {"A": addition("A", minutes(day, start=day))}, source="test")
    assert store.bars("A", start="2020-01-01", end="2020-01-03").dataset == "long"
    with pytest.raises(AmbiguousDatasetError, match="several datasets hold A for 2020-01-02 to 2020-01-02"):
        store.bars("A", start="2020-01-02", end="2020-01-02")


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"symbols": []}, "name at least one"),
        ({"symbols": ["AAPL", "AAPL"]}, "AAPL asked for more than once"),
        ({"symbols": "AAPL", "start": "2012-02-30"}, "start is '2012-02-30': expected a date such as '2012-12-31'"),
        ({"symbols": "AAPL", "end": "soon"}, "end is 'soon'"),
        ({"symbols": "AAPL", "end": 1.5}, "end is 1.5"),
        ({"symbols": "AAPL", "start": 2005}, "start is the number 2005, .* nanoseconds since 1970: write '2005-01-01'"),
        ({"symbols": "AAPL", "end": 2012}, "end is the number 2012, .*: write '2012-12-31'"),
        ({"symbols": "AAPL", "end": 20120330}, "end is the number 20120330, .*: write '2012-03-30'"),
        ({"symbols": "AAPL", "start": "2012-01-02", "end": "2011-01-01"}, "start 2012-01-02 lies after end 2011-01-01"),
        ({"symbols": "AAPL", "interval": "1 fortnight"}, "interval '1 fortnight' is unknown"),
        ({"symbols": "AAPL", "interval": "1d", "adjust": "dividend"}, "expected 'split', 'none' or 'total'"),
    ],
)  # fmt: skip
def test_a_wrong_request_is_refused(store: Store, request_: dict[str, object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        store.bars(**request_)  # type: ignore[arg-type]


def test_the_hash_knows_content_span_and_splits(tmp_path: Path) -> None:
    first, second = Store(tmp_path / "1"), Store(tmp_path / "2")
    for store in (first, second):
        store.append("d", "1m", {"A": addition("A", minutes(100)), "B": addition("B", minutes(100))}, source="test")
    hashes = {
        first.bars("A").data_hash,
        first.bars("B").data_hash,
        first.bars(["A", "B"]).data_hash,
        first.bars("A", start=START + 5 * MINUTE).data_hash,
        first.bars("A", adjust="none").data_hash,
    }
    assert len(hashes) == 5
    assert first.bars("A").data_hash == second.bars("A").data_hash
    changed = minutes(100)
    changed.close[50] += 0.001
    Store(tmp_path / "3").append("d", "1m", {"A": addition("A", changed)}, source="test")
    assert Store(tmp_path / "3").bars("A").data_hash not in hashes


def test_instruments_and_actions_are_kept_by_symbol(tmp_path: Path) -> None:
    store = Store(tmp_path)
    future = Instrument("ES", "future", "CMES", "America/Chicago", "17:00", "16:00", 0.25, 1.0, 50.0)
    actions = (Action(date(2020, 1, 2), "dividend", 0.5), Action(date(2020, 1, 1), "split", 2.0))
    store.append("d", "1m", {"ES": Addition(future, minutes(5), actions)}, source="test")
    assert store.instrument("ES") == future
    assert store.bars("ES").instruments == (future,)
    assert store.actions("d", "ES") == sorted(actions)
    with pytest.raises(DataError, match="unknown symbol 'EX'"):
        store.actions("d", "EX")
    store.append("e", "1m", {"ES": addition("ES", minutes(5))}, source="test")
    with pytest.raises(AmbiguousDatasetError, match="ES differs between d, e"):
        store.instrument("ES")
    with pytest.raises(DataError, match="import it as another dataset, or leave the instrument out"):
        store.append("d", "1m", {"ES": addition("ES", minutes(5, start=10))}, source="test")


def test_a_changed_actions_file_is_noticed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    actions = (Action(date(2020, 1, 1), "split", 2.0),)
    store.append("d", "1m", {"A": Addition(Instrument("A"), minutes(5), actions)}, source="test")
    (path,) = tmp_path.rglob("actions*")
    path.write_text(path.read_text().replace("2.0", "3.0"))
    with pytest.raises(CorruptStoreError, match="has changed since it was written"):
        store.bars("A")


@pytest.mark.parametrize("text", ["", "{}", "{", '{"format": "lockstep-store", "version": 3}', "[]"])
def test_a_manifest_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    store = Store(tmp_path)
    store.append("d", "1m", {"A": addition("A", minutes(5))}, source="test")
    (tmp_path / "d" / "manifest.json").write_text(text)
    with pytest.raises(CorruptStoreError, match=r"d/manifest\.json"):
        store.bars("A")


prices = st.floats(1e-6, 1e9)


@settings(max_examples=40)
@given(
    rows=st.lists(
        st.tuples(prices, prices, st.floats(0, 1), st.floats(0, 1), st.floats(0, 1e12)), min_size=1, max_size=40
    ),
    cuts=st.sets(st.integers(1, 39), max_size=3),
)
def test_what_is_appended_in_any_pieces_reads_back_bit_for_bit(rows: list[tuple[float, ...]], cuts: set[int]) -> None:
    one, other, up, down, volume = np.array(rows).T
    low, high = np.minimum(one, other), np.maximum(one, other)
    inside = [np.clip(low + share * (high - low), low, high) for share in (up, down)]
    times = minutes(len(rows))
    whole = Columns(times.open_time, times.close_time, inside[0], high, low, inside[1], volume)
    edges = [0, *sorted(cut for cut in cuts if cut < len(rows)), len(rows)]
    with TemporaryDirectory() as folder:
        store = Store(folder)
        for start, stop in pairwise(edges):
            store.append("d", "1m", {"A": addition("A", whole.cut(start, stop))}, source="test")
        block = gather(store.bars("A"), 7)
        assert block.close_time_ns.tobytes() == whole.close_time.tobytes()
        assert block.ohlcv[0].tobytes() == np.stack(whole[2:]).tobytes()
        assert check(store).faults == ()


def test_a_store_that_is_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match=r"file can't be read \(Not a directory\): give another folder"):
        Store(tmp_path / "file").datasets()


@pytest.mark.parametrize("end", ["9999-12-31", "9999-12-31 23:59+00:00", date.max, 2**80])
def test_the_end_of_time_is_an_end(tmp_path: Path, end: Any) -> None:
    store = Store(tmp_path)
    store.append("d", "1m", {"A": addition("A", minutes(10))}, source="test")
    assert store.bars("A", start="0001-01-01", end=end).rows == 10
    with pytest.raises(NoDataError, match="no bars of A for 3000-01-01"):
        store.bars("A", start="3000-01-01", end=end)
