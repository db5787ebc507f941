"""Removing datasets, symbols and days: what stays is as it was, and nothing goes halfway."""

from pathlib import Path

import numpy as np
import pytest
from tests.data.ticks.helpers import START, Made, orders

from lockstep.data import Store
from lockstep.data.check import check
from lockstep.errors import DataError, NoDataError, UnknownSymbolError

DAY = 86_400
"""Seconds."""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def bars(store: Store) -> Store:
    days = np.arange("2024-01-01", "2025-01-01", dtype="datetime64[D]")
    frame = {"time": days, **{name: np.full(len(days), 10.0) for name in ("open", "high", "low", "close")}}
    frame["volume"] = np.ones(len(days))
    store.import_frame({"A": frame, "B": frame}, dataset="mine", interval="1d", calendar="24/7")
    return store


def test_a_symbol_goes_and_the_others_stay(bars: Store) -> None:
    kept = bars.bars("B").frame()
    assert bars.remove("mine", ["A"]) == {"A": 366}
    assert bars.bars("B").frame().equals(kept)
    with pytest.raises(UnknownSymbolError):
        bars.bars("A")
    assert not list((bars.path / "mine").glob("A/*"))
    with pytest.raises(UnknownSymbolError):
        bars.remove("mine", ["A"])


def test_days_in_the_middle_go_and_the_rest_is_as_it_was(bars: Store) -> None:
    whole = bars.bars("A").frame()
    assert bars.remove("mine", ["A"], "2024-03-05", "2024-06-30") == {"A": 118}
    left = bars.bars("A").frame()
    assert left.height == 366 - 118
    assert whole.join(left, on="session", how="anti").height == 118
    assert left.join(whole, on=whole.columns, how="semi").height == left.height
    assert bars.bars("B").rows == 366
    assert check(bars).faults == ()
    with pytest.raises(NoDataError, match="mine holds nothing of A for 2024-03-05 to 2024-06-30: nothing was removed"):
        bars.remove("mine", ["A"], "2024-03-05", "2024-06-30")


def test_a_dataset_goes_with_its_folder(bars: Store) -> None:
    assert bars.remove("mine") == {"A": 366, "B": 366}
    assert bars.datasets() == []
    assert not (bars.path / "mine").exists()
    with pytest.raises(DataError, match="unknown dataset 'mine': stored are none"):
        bars.remove("mine")


def test_a_day_of_ticks_goes_and_the_next_begins_with_its_own_book(store: Store) -> None:
    store.import_ticks(Made(orders(96, step=DAY * 10**9 // 24), "L3"), "mine")  # hourly, over five UTC days
    before = store.ticks("X").frame()
    assert store.remove("mine", None, "2023-11-16", "2023-11-16") == {"X": 24}
    after = store.ticks("X")
    news = after.frame().filter(after.frame()["flags"] < 2)
    assert news.height == 96 - 24
    later = store.ticks("X", start="2023-11-17").frame()
    assert later.equals(before.filter(before["time"] >= later["time"][0])) is False  # a picture stands in front of it
    assert check(store).faults == ()
    assert after.span[0] == START
    with pytest.raises(DataError, match="is a moment: only whole session days can be removed"):
        store.remove("mine", None, "2023-11-15 12:00", None)
