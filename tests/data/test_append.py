"""An append happens whole or not at all: whatever breaks it, the store is as it was."""

import errno
import fcntl
import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from tests.data.helpers import addition, at_minutes, gather, minutes

from lockstep.data import Store
from lockstep.data.append import orphans, symbol_folder
from lockstep.data.check import check
from lockstep.data.manifest import read_manifest
from lockstep.errors import DataError, OverlapError, StoreError, StoreLockedError

ROOT = Path(__file__).parents[2]


def first(store: Store) -> None:
    store.append("d", "1m", {"A": addition("A", minutes(500)), "B": addition("B", minutes(400))}, source="test")


def second(store: Store) -> None:
    """Two symbols, one of them new, over two periods."""
    year = 366 * 24 * 60
    store.append(
        "d", "1m",
        {"A": addition("A", at_minutes([600, 601, year, year + 1])), "C": addition("C", minutes(10))},
        source="test",
    )  # fmt: skip


def state(store: Store) -> dict[str, object]:
    """All a reader can see."""
    return {
        dataset.name: {name: gather(store.bars(name, dataset=dataset.name)).ohlcv.tobytes() for name in dataset.symbols}
        for dataset in store.datasets()
    }


def test_an_append_adds_rows_and_symbols(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first(store)
    second(store)
    (dataset,) = store.datasets()
    assert dataset.rows == {"A": 504, "B": 400, "C": 10}
    manifest = read_manifest(tmp_path / "d")
    assert manifest is not None
    assert manifest.revision == 2
    assert [segment.file for segment in manifest.symbols["A"].segments] == [
        "A/2020.r1.arrow",
        "A/2020.r2.arrow",
        "A/2021.r2.arrow",
    ]
    assert orphans(tmp_path / "d", manifest) == []


@pytest.mark.parametrize("start", [0, 100, 499, -5])
def test_rows_that_do_not_follow_the_stored_ones_are_refused_for_all_symbols(tmp_path: Path, start: int) -> None:
    store = Store(tmp_path)
    first(store)
    before = state(store)
    late = {
        "A": addition("A", minutes(600, start=start, price=50.0)),
        "B": addition("B", minutes(5, start=1000)),
    }
    with pytest.raises(OverlapError, match=r"A: the new rows start at .* stored up to 2020-01-01 08:20:00Z"):
        store.append("d", "1m", late, source="test")
    assert state(store) == before


def test_rows_that_are_all_stored_already_change_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first(store)
    before = (tmp_path / "d" / "manifest.json").read_bytes()
    store.append("d", "1m", {"A": addition("A", minutes(100, start=50))}, source="test")
    assert (tmp_path / "d" / "manifest.json").read_bytes() == before
    with pytest.raises(OverlapError):
        store.append("d", "1m", {"A": addition("A", at_minutes([10, 12]))}, source="test")


def test_a_known_symbol_may_stay_while_another_grows(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first(store)
    store.append(
        "d",
        "1m",
        {"A": addition("A", minutes(500)), "B": addition("B", minutes(9, start=400))},
        source="test",
    )
    assert store.datasets()[0].rows == {"A": 500, "B": 409}


def test_another_interval_or_kind_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first(store)
    with pytest.raises(DataError, match="holds 1m bars, the import has 5m"):
        store.append("d", "5m", {}, source="test")
    with pytest.raises(DataError, match="is real, the import is synthetic"):
        store.append("d", "1m", {}, source="test", synthetic=True)
    with pytest.raises(DataError, match=r"dataset name '../x'"):
        store.append("../x", "1m", {}, source="test")


# Every call that touches the disk during `second`; the fault strikes before, or halfway, the nth of them.
FAULTS = textwrap.dedent(
    """
    import os, sys
    from lockstep.data import Store
    from tests.data.test_append import second

    path, strike = sys.argv[1], int(sys.argv[2])
    calls = 0

    def counted(name):
        real = getattr(os, name)
        def call(*args, **kwargs):
            global calls
            calls += 1
            if calls == strike:
                if name == "write":  # half of the bytes reach the disk
                    real(args[0], bytes(args[1])[: len(args[1]) // 2])
                os._exit(9)
            return real(*args, **kwargs)
        setattr(os, name, call)

    for name in ("write", "fsync", "replace", "mkdir"):
        counted(name)
    second(Store(path))
    print(calls)
    """
)


def run_with_fault(path: Path, strike: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", FAULTS, str(path), str(strike)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_process_killed_at_any_step_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    original = tmp_path / "original"
    first(Store(original))
    before = state(Store(original))
    complete = tmp_path / "complete"
    shutil.copytree(original, complete)
    steps = int(run_with_fault(complete, 0).stdout)
    after = state(Store(complete))
    assert steps >= 12
    assert after != before
    outcomes = []
    for strike in range(1, steps + 1):
        path = tmp_path / f"strike{strike}"
        shutil.copytree(original, path)
        done = run_with_fault(path, strike)
        assert done.returncode == 9, done.stderr
        store = Store(path)
        outcomes.append("after" if state(store) == after else "before")
        assert state(store) == (after if outcomes[-1] == "after" else before)
        # The next writer finds its way, left-overs or not, and nothing is left behind.
        second(store)
        assert state(store) == after
        assert check(store).faults == ()
        assert orphans(path / "d", read_manifest(path / "d")) == []
    # Only the sync behind the rename may strike when the new state is already there.
    assert outcomes == ["before"] * (steps - 1) + ["after"]


def test_check_removes_what_a_killed_append_left(tmp_path: Path) -> None:
    first(Store(tmp_path))
    assert run_with_fault(tmp_path, 4).returncode == 9
    report = check(Store(tmp_path))
    assert report.faults == ()
    assert [path for path in report.removed if path.endswith(".arrow")]
    assert check(Store(tmp_path)).removed == ()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("name", ["write", "fsync", "replace"])
def test_a_failing_disk_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: int
) -> None:
    store = Store(tmp_path)
    first(store)
    before, files = state(store), sorted(tmp_path.rglob("*"))

    def fail(*args: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, name, fail)
        with pytest.raises(StoreError, match="the store is as it was"):
            second(store)
    assert state(store) == before
    assert sorted(tmp_path.rglob("*")) == files


def test_an_interrupt_cleans_up_and_passes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)

    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", interrupt)
        with pytest.raises(KeyboardInterrupt):
            first(store)
    assert store.datasets() == []
    assert [path.name for path in tmp_path.rglob("*")] == [".lock"]


def can_unshare() -> bool:
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"], capture_output=True, check=False
    ) if shutil.which("unshare") else None  # fmt: skip
    return done is not None and done.returncode == 0


FULL_DISK = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from lockstep.data import Store
    from lockstep.data.check import check
    from lockstep.errors import StoreError
    from tests.data.helpers import addition, minutes
    from tests.data.test_append import first, state

    store = Store(sys.argv[1])
    first(store)
    before, files = state(store), sorted(Path(sys.argv[1]).rglob("*"))
    try:
        # 40,000 rows x 56 bytes = 2.2 MB
        store.append("d", "1m", {"C": addition("C", minutes(5000)), "B": addition("B", minutes(40_000, start=1000))},
                     source="t")
    except StoreError as error:
        print(error)
    assert state(store) == before
    assert sorted(Path(sys.argv[1]).rglob("*")) == files
    assert check(store) == check(store)._replace(faults=(), removed=())
    store.append("d", "1m", {"B": addition("B", minutes(100, start=1000))}, source="t")
    assert store.datasets()[0].rows["B"] == 500
    """
)


def test_a_full_disk_during_an_append(tmp_path: Path) -> None:
    """A real one: a 2 MB tmpfs in a user namespace of its own."""
    if not can_unshare():
        pytest.skip("no user namespace with a tmpfs can be had here (unshare -Urm)")
    mount = f"mount -t tmpfs -o size=2m none {tmp_path} && exec {sys.executable} -c '{FULL_DISK}' {tmp_path}"
    done = subprocess.run(["unshare", "-Urm", "sh", "-c", mount], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "is full: free some space and import again; the store is as it was" in done.stdout


def test_a_second_writer_is_refused_while_one_is_writing(tmp_path: Path) -> None:
    first(Store(tmp_path))
    code = textwrap.dedent(
        f"""
        from lockstep.data import Store
        from lockstep.data.disk import writer_lock
        with writer_lock(Store({str(tmp_path)!r}).path):
            print("locked", flush=True)
            input()
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(StoreLockedError, match=f"is being written by process {holder.pid}: wait"):
            second(Store(tmp_path))
        assert state(Store(tmp_path))  # readers are never locked out
        holder.communicate("\n")
    second(Store(tmp_path))


def test_a_killed_writer_leaves_no_lock(tmp_path: Path) -> None:
    first(Store(tmp_path))
    run_with_fault(tmp_path, 2)
    with (tmp_path / ".lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="can't be written"):
        first(Store(tmp_path / "file"))


@pytest.mark.parametrize(
    ("symbol", "folder"),
    [
        ("AAPL", "AAPL"),
        ("BTC/USDT", "BTC%2FUSDT"),
        ("..", "%2E%2E"),
        ("BRK.B", "BRK%2EB"),
        ("^GSPC", "^GSPC"),
    ],
)
def test_any_symbol_has_a_safe_folder(tmp_path: Path, symbol: str, folder: str) -> None:
    assert symbol_folder(symbol) == folder
    Store(tmp_path / "s").append("d", "1m", {symbol: addition(symbol, minutes(3))}, source="test")
    assert (tmp_path / "s" / "d" / folder / "2020.r1.arrow").is_file()
    assert Store(tmp_path / "s").bars(symbol).rows == 3


def test_the_manifest_says_what_the_files_hold(tmp_path: Path) -> None:
    first(Store(tmp_path))
    body = json.loads((tmp_path / "d" / "manifest.json").read_text())
    assert (body["format"], body["version"], body["kind"], body["interval"]) == (
        "lockstep-store",
        2,
        "bars",
        "1m",
    )
    assert body["columns"] == {
        "open_time": "timestamp[ns, tz=UTC]",
        "close_time": "timestamp[ns, tz=UTC]",
    } | dict.fromkeys(("open", "high", "low", "close", "volume"), "double")
    (segment,) = body["symbols"]["A"]["segments"]
    assert segment["rows"] == 500
    assert subprocess.run(
        ["sha256sum", tmp_path / "d" / segment["file"]], capture_output=True, text=True, check=True
    ).stdout.startswith(segment["sha256"])
