"""Stored ticks are opened wherever the store lies, and can be sent to another process."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from tests.data.ticks.helpers import SECOND, START, Made, columns, levels

from lockstep.data import Store
from lockstep.errors import AmbiguousDatasetError, NoDataError, StoreError
from lockstep.kernels.book.events import TickBlock


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store")
    store.import_ticks(Made(levels(500, step=600 * SECOND), "L2"))
    return store


def equal(one: TickBlock, other: TickBlock) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in one._fields)


def test_a_store_at_an_address_gives_the_same(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKSTEP_CACHE_DIR", str(tmp_path / "cache"))
    far = Store(f"file://{store.path}")
    assert far.ticks("X").data_hash == store.ticks("X").data_hash
    assert equal(columns(far.ticks("X")), columns(store.ticks("X")))
    with pytest.raises(StoreError, match="is read only"):
        far.import_ticks(Made(levels(5), "L2"))


def test_ticks_can_be_sent(store: Store) -> None:
    part = store.ticks("X", start="2023-11-15 12:00").between(0, START + 400 * 600 * SECOND)
    again = pickle.loads(pickle.dumps(part))
    assert (again.data_hash, again.rows, again.span) == (part.data_hash, part.rows, part.span)
    assert equal(columns(again), columns(part))


def test_what_is_not_stored_is_told(store: Store) -> None:
    with pytest.raises(NoDataError, match=r"no ticks of X for 2030-01-01 to the end"):
        store.ticks("X", start="2030-01-01")
    with pytest.raises(NoDataError, match=r"no ticks of X from 2023-11-15 12:04:00Z to .*, a gap in"):
        store.ticks("X", start="2023-11-15 12:04:00", end="2023-11-15 12:05:00")
    store.import_ticks(Made(levels(5), "L2"), "other")
    with pytest.raises(AmbiguousDatasetError, match="several datasets hold X"):
        store.ticks("X", start="2023-11-14", end="2023-11-14")
    assert store.ticks("X", dataset="other").rows == 7
