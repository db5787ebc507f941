"""Stores in object stores: what is read is what was written, fetched once, and never anything else."""

import pickle
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import fsspec
import numpy as np
import pytest
from tests.data.helpers import addition, gather, minutes

from lockstep.data import Action, Store
from lockstep.data import remote_store as remote
from lockstep.data.check import check
from lockstep.errors import CorruptStoreError, NoDataError, StoreError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOCKSTEP_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def local(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store")
    for start in (0, 3000):
        store.append("d", "1m", {name: addition(name, minutes(3000, start)) for name in "AB"}, source="test")
    store.add_actions({"A": [Action.from_dict({"ex_date": "2020-01-02", "kind": "split", "value": 2.0})]})
    return store


@pytest.fixture(params=["file", "memory"])
def url(request: pytest.FixtureRequest, local: Store) -> Iterator[str]:
    if request.param == "file":
        yield f"file://{local.path}"
        return
    memory = fsspec.filesystem("memory")
    memory.put(f"{local.path}/", "/bucket/store", recursive=True)
    yield "memory://bucket/store"
    memory.rm("/bucket", recursive=True)


def files(cache: Path) -> list[Path]:
    return [path for path in (cache / "files").rglob("*") if path.is_file()]


def test_bars_are_those_of_the_folder(url: str, local: Store) -> None:
    store = Store(url)
    assert isinstance(store, remote.RemoteStore)
    assert [each._replace(bytes=0) for each in store.datasets()] == [
        each._replace(bytes=0) for each in local.datasets()
    ]
    assert store.actions("d", "A") == local.actions("d", "A") != []
    for adjust in ("split", "none"):
        far, near = store.bars(["A", "B"], adjust=adjust), local.bars(["A", "B"], adjust=adjust)
        assert far.data_hash == near.data_hash
        for ours, theirs in zip(gather(far), gather(near), strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_only_what_is_read_is_fetched_and_only_once(url: str, cache: Path) -> None:
    bars = Store(url).bars("B", start="2020-01-01 00:00", end="2020-01-01 10:00")
    gather(bars)
    assert len(files(cache)) == 1
    (name,) = files(cache)
    before = name.stat().st_mtime_ns
    gather(Store(url).bars("B", start="2020-01-01 00:00", end="2020-01-01 10:00"))
    assert [path.stat().st_mtime_ns for path in files(cache)] == [before]


def test_pickled_bars_are_small_and_fetch_their_files_where_they_arrive(
    url: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bars = Store(url).bars(["A", "B"])
    expected = gather(bars)
    sent = pickle.dumps(bars)
    assert len(sent) < 5000
    monkeypatch.setenv("LOCKSTEP_CACHE_DIR", str(cache / "elsewhere"))
    arrived = pickle.loads(sent)
    np.testing.assert_array_equal(gather(arrived).ohlcv, expected.ohlcv)
    assert len(files(cache / "elsewhere")) == 2  # A and B have the same bars


def test_a_fetched_file_that_was_damaged_is_fetched_again(url: str, cache: Path) -> None:
    expected = gather(Store(url).bars("A"))
    for path in files(cache):
        path.write_bytes(b"x" * path.stat().st_size)
    remote._looked_at.clear()  # as in another process
    np.testing.assert_array_equal(gather(Store(url).bars("A")).ohlcv, expected.ohlcv)


def test_what_changed_in_the_store_is_refused(local: Store, cache: Path) -> None:
    bars = Store(f"file://{local.path}").bars("B")
    segment = max((local.path / "d" / "B").glob("*.arrow"))
    content = bytearray(segment.read_bytes())
    content[-200] ^= 1
    segment.write_bytes(content)
    with pytest.raises(CorruptStoreError, match="not what its manifest says"):
        gather(bars)
    segment.unlink()
    with pytest.raises(CorruptStoreError, match="is not there"):
        gather(bars)
    assert not [path for path in files(cache) if "fetching" in path.name]


def test_new_bars_are_seen(local: Store) -> None:
    store = Store(f"file://{local.path}")
    assert store.bars("A").rows == 6000
    local.append("d", "1m", {"A": addition("A", minutes(10, 6000))}, source="test")
    assert store.bars("A").rows == 6010


def test_writing_is_refused(url: str) -> None:
    store = Store(url)
    attempts = (
        lambda: store.append("d", "1m", {}, source="test"), lambda: store.set_instrument("A", lot=1.0),
        lambda: store.add_actions({}), lambda: check(store),
        lambda: store.import_frame({}), lambda: store.import_files("A.csv"),
    )  # fmt: skip
    for attempt in attempts:
        with pytest.raises(StoreError, match="read only"):
            attempt()


def test_nothing_there_is_an_empty_store(tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match="is empty"):
        Store(f"file://{tmp_path}/nothing").bars("A")


def test_the_environment_may_name_an_address(local: Store, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setenv("LOCKSTEP_STORE", f"file://{local.path}")
    store = Store()
    assert store.bars("A").rows == 6000
    assert store.path.is_relative_to(cache)  # the ledger of trials goes there


def test_what_is_missing_is_told_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoreError, match="check the address"):
        Store("nosuchprotocol://x/y").datasets()
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(StoreError, match="install that package"):
        Store("s3://bucket/store").datasets()
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(StoreError, match=r"fsspec, which is not installed: .* pip install -e '.\[cluster\]'`"):
        Store("file:///x").datasets()


def test_the_cache_may_be_removed_at_any_time(url: str, cache: Path) -> None:
    bars = Store(url).bars("A")
    gather(bars)
    shutil.rmtree(cache)
    assert gather(bars).present.all()


def test_a_cache_that_cannot_be_written_is_told(local: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "no folder").write_text("")
    monkeypatch.setenv("LOCKSTEP_CACHE_DIR", str(tmp_path / "no folder"))
    with pytest.raises(StoreError, match="LOCKSTEP_CACHE_DIR"):
        gather(Store(f"file://{local.path}").bars("A"))
