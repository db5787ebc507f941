"""Files of ticks: other tools read them, nothing is copied, damage is told."""

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from tests.data.ticks.helpers import Made, columns, levels, orders

from lockstep.data import Store
from lockstep.data.check import check
from lockstep.data.ticks.tick_file import NAMES, TickFile
from lockstep.errors import CorruptStoreError


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store")
    store.import_ticks(Made(orders(2000), numbered=True))
    return store


def path_of(store: Store) -> Path:
    (path,) = (store.path / "local-L3" / "X").iterdir()
    return path


def test_polars_and_arrow_read_the_files(store: Store) -> None:
    expected = columns(store.ticks("X"))
    frame = pl.read_ipc(path_of(store))
    assert frame.columns == [*NAMES, "sequence"]
    assert frame["time"].dtype == pl.Datetime("ns", "UTC")
    assert frame["tick"].to_numpy().tolist() == expected.tick.tolist()
    assert frame["slot"].to_numpy().tolist() == expected.slot.tolist()
    with pa.memory_map(str(path_of(store))) as source:
        table = pa.ipc.open_file(source).read_all()
        assert table.column("lots").to_pylist() == expected.lots.tolist()
        assert table.num_rows == 2002


def test_blocks_are_the_page_cache_and_stay_valid(store: Store) -> None:
    kept = list(store.ticks("X").blocks(500))
    assert not any(column.flags.owndata or column.flags.writeable for block in kept for column in block)
    assert np.concatenate([block.tick for block in kept]).tolist() == columns(store.ticks("X")).tick.tolist()


def test_rows_are_found_by_time_in_any_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lockstep.data.ticks.symbol_import.BATCH_EVENTS", 64)
    store = Store(tmp_path / "batches")
    store.import_ticks(Made(levels(1000), "L2", size=50))
    (part,) = store.ticks("X").parts
    times = columns(store.ticks("X")).time_ns
    file = TickFile(part.path, part.info)  # type: ignore[attr-defined]
    assert len(file.starts) > 10
    for row in (0, 5, 63, 64, 500, 999, 1001):
        assert file.find(int(times[row])) == np.searchsorted(times, times[row])
        assert file.find(int(times[row]) + 1) == np.searchsorted(times, times[row] + 1)


def test_damage_is_told(store: Store) -> None:
    path = path_of(store)
    whole = path.read_bytes()
    ticks = store.ticks("X")
    path.write_bytes(whole[:-1])
    with pytest.raises(CorruptStoreError, match="bytes long, the manifest says"):
        next(ticks.blocks())
    path.write_bytes(whole[:-30] + bytes(30))
    with pytest.raises(CorruptStoreError, match="is no complete Arrow file"):
        next(ticks.blocks())
    changed = bytearray(whole)
    changed[len(whole) // 2] ^= 1
    path.write_bytes(changed)
    assert any("has changed since it was written" in fault for fault in check(store).faults)
    path.unlink()
    with pytest.raises(CorruptStoreError, match="can't be opened"):
        next(ticks.blocks())
    assert len(check(store).faults) == 1
