"""Actions join a store whole or not at all, whatever breaks the attempt."""

import errno
import os
import shutil
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path

import pytest
from tests.data.helpers import addition, gather, minutes

from lockstep.data import Action, Store
from lockstep.data.append import orphans
from lockstep.data.check import check
from lockstep.data.manifest import read_manifest
from lockstep.errors import ActionsError, AmbiguousDatasetError, DataError, StoreError, UnknownSymbolError

ROOT = Path(__file__).parents[2]
OLD, NEW = Action(date(2020, 1, 1), "dividend", 0.5), Action(date(2020, 1, 2), "split", 2.0)


def stored(path: Path) -> Store:
    """A and B with two days of bars and a dividend each."""
    store = Store(path)
    parts = {name: addition(name, minutes(2 * 24 * 60)) for name in ("A", "B")}
    store.append("d", "1m", parts, source="test")
    store.add_actions({"A": [OLD], "B": [OLD]})
    return store


def second(store: Store) -> None:
    store.add_actions({"A": [NEW], "B": [NEW]})


def state(store: Store) -> tuple[list[Action], list[Action], bytes]:
    return store.actions("d", "A"), store.actions("d", "B"), gather(store.bars(["A", "B"])).ohlcv.tobytes()


def test_what_is_new_is_told_from_what_was_there(tmp_path: Path) -> None:
    store = stored(tmp_path)
    report = store.add_actions({"A": [OLD, NEW], "B": [OLD]})
    assert (report.dataset, report.added, report.notes) == ("d", {"A": 1, "B": 0}, ())
    assert store.actions("d", "A") == [OLD, NEW]
    revision = (tmp_path / "d" / "manifest.json").read_bytes()
    second_time = store.add_actions({"A": [OLD, NEW]})
    assert second_time.added == {"A": 0}
    assert (tmp_path / "d" / "manifest.json").read_bytes() == revision
    assert store.datasets()[0].rows == {"A": 2880, "B": 2880}


def test_actions_that_wait_for_bars_are_named(tmp_path: Path) -> None:
    store = stored(tmp_path)
    (note,) = store.add_actions({"A": [Action(date(2020, 1, 3), "delist", 1.0)]}).notes
    assert note == (
        "A: the delist on 2020-01-03 comes after its last bar (2020-01-02):"
        " it applies once the history reaches that day"
    )


def test_files_and_frames_are_imported_together(tmp_path: Path) -> None:
    store = stored(tmp_path / "store")
    for name in ("A", "B"):
        (tmp_path / f"{name}.csv").write_text("ex_date,kind,value\n2020-01-02,split,2\n")
    assert store.import_actions([tmp_path / "A.csv", str(tmp_path / "B.csv")]).added == {"A": 1, "B": 1}
    frame = {"symbol": ["A"], "ex_date": ["2020-01-02"], "kind": ["dividend"], "value": [0.1]}
    assert store.import_actions(frame).added == {"A": 1}
    assert store.actions("d", "A") == [OLD, NEW, Action(date(2020, 1, 2), "dividend", 0.1)]
    with pytest.raises(ActionsError, match="is given twice"):
        store.import_actions([tmp_path / "A.csv", tmp_path / "A.csv"])


def test_the_dataset_is_named_where_several_hold_the_symbol(tmp_path: Path) -> None:
    store = stored(tmp_path)
    with pytest.raises(DataError, match="unknown dataset 'e': stored are d"):
        store.add_actions({"A": [NEW]}, "e")
    store.append("e", "1m", {"A": addition("A", minutes(5)), "C": addition("C", minutes(5))}, source="test")
    with pytest.raises(AmbiguousDatasetError, match="A are together in d, e: name the dataset"):
        store.add_actions({"A": [NEW]})
    with pytest.raises(AmbiguousDatasetError, match="B, C are in no dataset together"):
        store.add_actions({"B": [NEW], "C": [NEW]})
    with pytest.raises(UnknownSymbolError, match="unknown symbol 'D'"):
        store.add_actions({"D": [NEW]})
    with pytest.raises(ActionsError, match="name at least one symbol"):
        store.add_actions({})
    with pytest.raises(DataError, match="the store is empty"):
        Store(tmp_path / "none").add_actions({"A": [NEW]})
    assert store.add_actions({"A": [NEW]}, "e").dataset == "e"


# As for bars: every call that touches the disk is counted, and the process ends before, or halfway, the nth of them.
FAULTS = textwrap.dedent(
    """
    import os, sys
    from lockstep.data import Store
    from tests.data.test_action_import import second

    calls = 0

    def counted(name):
        real = getattr(os, name)
        def call(*args, **kwargs):
            global calls
            calls += 1
            if calls == int(sys.argv[2]):
                if name == "write":
                    real(args[0], bytes(args[1])[: len(args[1]) // 2])
                os._exit(9)
            return real(*args, **kwargs)
        setattr(os, name, call)

    for name in ("write", "fsync", "replace"):
        counted(name)
    second(Store(sys.argv[1]))
    print(calls)
    """
)


def killed_at(path: Path, strike: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", FAULTS, str(path), str(strike)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_process_killed_at_any_step_leaves_all_actions_or_none(tmp_path: Path) -> None:
    before = state(stored(tmp_path / "original"))
    shutil.copytree(tmp_path / "original", tmp_path / "complete")
    steps = int(killed_at(tmp_path / "complete", 0).stdout)
    after = state(Store(tmp_path / "complete"))
    assert steps >= 8
    assert after != before
    for strike in range(1, steps + 1):
        path = tmp_path / f"strike{strike}"
        shutil.copytree(tmp_path / "original", path)
        assert killed_at(path, strike).returncode == 9
        # Only the sync behind the rename may strike when the new state is already there.
        assert state(Store(path)) == (after if strike == steps else before)
        second(Store(path))
        assert state(Store(path)) == after
        assert check(Store(path)).faults == ()
        assert orphans(path / "d", read_manifest(path / "d")) == []


@pytest.mark.parametrize("name", ["write", "fsync", "replace"])
def test_a_full_disk_leaves_the_actions_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    store = stored(tmp_path)
    before, files = state(store), sorted(tmp_path.rglob("*"))

    def fail(*args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, name, fail)
        with pytest.raises(StoreError, match="the store is as it was"):
            second(store)
        with pytest.raises(StoreError, match="the store is as it was"):
            store.set_instrument("A", multiplier=50)
    assert state(store) == before
    assert store.instrument("A").multiplier == 1.0
    assert sorted(tmp_path.rglob("*")) == files
