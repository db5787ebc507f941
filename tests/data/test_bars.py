"""Bars travel: to other processes, and onto a screen."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from tests.data.helpers import addition, gather, minutes

import lockstep.data
from lockstep.data import Bars, Store
from lockstep.errors import DataError


def test_the_layer_offers_these_names() -> None:
    assert lockstep.data.__all__ == ["Action", "BarBlock", "Bars", "Dataset", "Instrument", "Store", "align"]


def test_stored_bars_go_to_another_process_by_name_not_by_content(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append("d", "1m", {"A": addition("A", minutes(20_000))}, source="test")
    bars = store.bars("A")
    sent = pickle.dumps(bars)
    assert len(sent) < 5000
    back: Bars = pickle.loads(sent)
    assert back.data_hash == bars.data_hash
    np.testing.assert_array_equal(gather(back).ohlcv, gather(bars).ohlcv)


def test_they_say_what_they_are(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append("d", "1m", {"A": addition("A", minutes(24 * 60))}, source="test")
    assert repr(store.bars("A")) == "Bars(A; 1m; 2020-01-01 to 2020-01-01; d: test; adjust=split)"


def test_sources_add_up_until_there_are_many(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for number in range(8):
        store.append("d", "1m", {"A": addition("A", minutes(5, start=10 * number))}, source=f"{number % 7}.csv")
    assert store.bars("A").source == "0.csv, 1.csv, 2.csv, 3.csv, 4.csv, and others"


def test_impossible_sizes_are_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append("d", "1m", {"A": addition("A", minutes(5))}, source="test")
    with pytest.raises(DataError, match="block size is 0, but must be at least 1"):
        next(store.bars("A").blocks(0))
    with pytest.raises(DataError, match="at least one symbol"):
        Bars((), "1m", "d", "test", "none")
