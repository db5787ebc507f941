"""A check finds every kind of damage, and says in which file."""

import json
from datetime import date
from pathlib import Path

import pytest
from tests.data.helpers import addition, minutes

from lockstep.data import Action, Store
from lockstep.data.check import check


@pytest.fixture
def store(tmp_path: Path) -> Store:
    result = Store(tmp_path)
    result.append("d", "1m", {"A": addition("A", minutes(500)), "B": addition("B", minutes(400))}, source="test")
    return result


def segment(store: Store, symbol: str) -> Path:
    (path,) = (store.path / "d" / symbol).glob("*.arrow")
    return path


def test_a_sound_store_has_no_faults(store: Store) -> None:
    report = check(store)
    assert (report.datasets, report.segments, report.rows, report.faults) == (1, 2, 900, ())
    assert check(Store(store.path / "none")).datasets == 0


def test_a_flipped_bit_is_found(store: Store) -> None:
    path = segment(store, "A")
    content = bytearray(path.read_bytes())
    content[20_000] ^= 1
    path.write_bytes(content)
    (fault,) = [fault for fault in check(store).faults if "SHA-256" in fault]
    assert str(path) in fault
    assert "import A again" in fault


def test_a_value_that_breaks_a_rule_is_found(store: Store) -> None:
    path = segment(store, "B")
    content = path.read_bytes()
    at = content.index(minutes(400).close.tobytes())
    path.write_bytes(content[: at + 80] + b"\0" * 8 + content[at + 88 :])
    assert any("row 10: close is 0.0, but prices must be above zero" in fault for fault in check(store).faults)


def test_missing_and_truncated_files_are_found(store: Store) -> None:
    segment(store, "A").unlink()
    path = segment(store, "B")
    path.write_bytes(path.read_bytes()[:-1])
    faults = check(store).faults
    assert len(faults) == 2
    assert "No such file" in faults[0]
    assert "bytes long, the manifest says" in faults[1]


def test_a_broken_manifest_is_found_and_nothing_beside_it_removed(store: Store) -> None:
    (store.path / "d" / "manifest.json").write_text("{")
    report = check(store)
    assert "can't be read as a manifest" in report.faults[0]
    assert report.removed == ()
    assert segment(store, "A").exists()


def test_left_overs_are_removed_and_named(store: Store) -> None:
    for name in ("d/A/2020.r9.arrow", "d/C/2020.r9.arrow", "e/X/2020.r1.arrow"):
        (store.path / name).parent.mkdir(parents=True, exist_ok=True)
        (store.path / name).write_bytes(b"half")
    assert check(store).removed == ("d/A/2020.r9.arrow", "d/C/2020.r9.arrow", "e/X/2020.r1.arrow")
    assert sorted(path.name for path in store.path.iterdir()) == [".lock", "d"]
    assert check(store).faults == ()


def test_what_is_not_ours_is_never_touched(store: Store) -> None:
    """A store may have been pointed at a folder with other things in it."""
    foreign = ["photos/a.jpg", "photos/2020/b.arrow", "d/notes.txt", "d/A/mine.arrow", "d/A/actions.json", "readme"]
    for name in foreign:
        (store.path / name).parent.mkdir(parents=True, exist_ok=True)
        (store.path / name).write_text("mine")
    (store.path / "empty" / "folder").mkdir(parents=True)
    assert check(store).removed == ()
    store.append("d", "1m", {"A": addition("A", minutes(5, start=600))}, source="test")
    store.append("photos", "1m", {"2020": addition("2020", minutes(5))}, source="test")
    assert all((store.path / name).read_text() == "mine" for name in foreign)
    assert (store.path / "empty" / "folder").is_dir()
    assert check(store).faults == ()


def test_actions_at_odds_with_the_bars_are_found(store: Store) -> None:
    """As only a hand in the manifest could make them: B's delisting given to A, which trades on."""
    store.append("d", "1m", {"A": addition("A", minutes(5, start=24 * 60))}, source="test")
    store.add_actions({"B": [Action(date(2020, 1, 1), "delist")]})
    assert check(store).faults == ()
    path = store.path / "d" / "manifest.json"
    body = json.loads(path.read_text())
    body["symbols"]["A"]["actions"] = body["symbols"]["B"]["actions"]
    path.write_text(json.dumps(body))
    (fault,) = check(store).faults
    assert "d: A was delisted on 2020-01-01, but has bars up to 2020-01-02" in fault


def test_a_missing_actions_file_is_found(store: Store) -> None:
    store.add_actions({"B": [Action(date(2020, 1, 1), "delist")]})
    (path,) = (store.path / "d" / "B").glob("actions*")
    path.unlink()
    (fault,) = check(store).faults
    assert "can't be read (No such file or directory): import B again" in fault


def test_progress_is_reported(store: Store) -> None:
    told: list[tuple[str, float]] = []
    check(store, lambda what, share: told.append((what, share)))
    assert told == [("checking d A", 0.0), ("checking d B", 0.5)]
