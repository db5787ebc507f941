"""Bars that were sent to another machine are found again there, and are the same or none."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from tests.data.helpers import addition, gather, minutes

from lockstep.data import Bars, Store
from lockstep.data.located import anchored, compare, located
from lockstep.errors import CorruptStoreError, StoreError


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "here" / "store")
    made.append("d", "1m", {name: addition(name, minutes(500, start)) for start, name in enumerate("AB")}, source="t")
    return made


def sent(bars: Bars) -> Bars:
    content = pickle.dumps(anchored(bars))
    assert len(content) < 4000
    arrived: Bars = pickle.loads(content)
    return arrived


def test_files_are_found_at_their_own_path(store: Store) -> None:
    bars = store.bars(["A", "B"])
    arrived = located(sent(bars))
    compare(arrived)
    assert arrived.data_hash == bars.data_hash
    np.testing.assert_array_equal(gather(arrived).ohlcv, gather(bars).ohlcv)


def test_relative_paths_are_sent_whole(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path / "here")
    arrived = sent(Store("store").bars("A"))
    monkeypatch.chdir(tmp_path)
    compare(located(arrived))


@pytest.mark.parametrize("address", ["", "file://"])
def test_files_are_found_in_this_machines_own_store(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    expected, arrived = gather(store.bars("A")), sent(store.bars("A"))
    (tmp_path / "here").rename(tmp_path / "there")
    with pytest.raises(StoreError, match=r"neither at .* nor at .*LOCKSTEP_STORE"):
        located(arrived)
    monkeypatch.setenv("LOCKSTEP_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCKSTEP_STORE", f"{address}{tmp_path}/there/store")
    found = located(arrived)
    compare(found)
    np.testing.assert_array_equal(gather(found).ohlcv, expected.ohlcv)


def test_a_part_and_bars_in_memory_arrive_too(store: Store) -> None:
    bars = store.bars("A")
    part = bars.between(bars.span[0], bars.span[0] + 100 * 60 * 10**9)
    assert located(sent(part)).rows == part.rows == 100
    longer = bars.resample("5m")
    arrived = located(pickle.loads(pickle.dumps(anchored(longer))))
    compare(arrived)
    np.testing.assert_array_equal(gather(arrived).ohlcv, gather(longer).ohlcv)
    assert arrived.data_hash == longer.data_hash


def test_other_content_under_the_same_name_is_refused(store: Store) -> None:
    bars = store.bars("A")
    (segment,) = (store.path / "d" / "A").glob("*.arrow")
    content = bytearray(segment.read_bytes())
    content[-300] ^= 1
    segment.write_bytes(content)
    with pytest.raises(CorruptStoreError, match="holds other bars"):
        compare(located(sent(bars)))
    os.unlink(segment)
    with pytest.raises(StoreError, match="still mounted"):
        compare(bars)
