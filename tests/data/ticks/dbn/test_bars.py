"""Bars in a DBN file become bars in the store."""

from pathlib import Path

import numpy as np
import pytest
from tests.data.ticks.dbn.files import START, table, write

from lockstep.data import Store
from lockstep.data.ticks.dbn import bars_frame
from lockstep.errors import NoDataError

MINUTE = 60 * 10**9


def test_bars_are_stored_with_their_open_times(tmp_path: Path) -> None:
    # ABC has a bar a minute, XYZ every second minute; 2024-05-08 13:30 UTC is the open in New York.
    first = START + 13 * 3600 * 10**9 + 30 * MINUTE
    bars = table("ohlcv-1m", 6, instrument_id=[7, 8, 7, 7, 8, 7])
    bars["ts_event"] = first + MINUTE * np.array([0, 0, 1, 2, 2, 3])
    for name, cents in (("open", 100), ("high", 105), ("low", 95), ("close", 101)):
        bars[name] = (10_000 + cents + np.arange(6)) * 10_000_000
    bars["volume"] = 10 + np.arange(6)
    frame = bars_frame(write(tmp_path / "bars.dbn.zst", "ohlcv-1m", bars))
    assert frame["symbol"].to_list() == ["ABC", "XYZ", "ABC", "ABC", "XYZ", "ABC"]
    assert frame["close"].to_list() == [101.01, 101.02, 101.03, 101.04, 101.05, 101.06]
    store = Store(tmp_path / "store")
    store.import_frame(frame, dataset="dbn", interval="1m", label="open", calendar="XNYS")
    stored = store.bars(["ABC", "XYZ"], interval="1m", dataset="dbn").frame()
    own = stored.filter(stored["symbol"] == "XYZ")
    assert own["open_time"].cast(int).to_list() == [first, first + 2 * MINUTE]
    assert own["volume"].to_list() == [11.0, 14.0]


def test_a_file_without_bars_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "trades.dbn", "trades", table("trades", 1))
    with pytest.raises(NoDataError, match=r"trades\.dbn holds no bars"):
        bars_frame(path)
