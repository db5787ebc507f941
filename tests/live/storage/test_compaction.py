"""Old rows move into a segment, the chain goes on through it, and a crash in between loses nothing."""

import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from tests.live.storage.sessions import read, write

from lockstep.data.recordings.files import ARCHIVE, JOURNAL, segment_name
from lockstep.data.recordings.journal_base import JournalBase
from lockstep.data.recordings.journal_rows import Head
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.verify import verify
from lockstep.errors import JournalError, SessionOwnedError
from lockstep.live.storage import compaction
from lockstep.live.storage.compaction import compact
from lockstep.live.storage.storage import Storage


def sound(folder: Path) -> bool:
    with Recording(folder) as recording:
        return verify(recording) == []


def test_rows_move_and_are_proven_and_read_as_before(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    write(folder, 30)
    rows, _ = read(folder)
    size = (folder / JOURNAL).stat().st_size
    assert compact(folder, 30) is None
    assert compact(folder, 11) == folder / ARCHIVE / segment_name(1, 19)
    assert compact(folder, 5) == folder / ARCHIVE / segment_name(20, 25)
    assert compact(folder, 5) is None
    assert read(folder)[0] == rows
    assert sound(folder)
    first, second = (JournalBase(folder / ARCHIVE / segment_name(*part)) for part in ((1, 19), (20, 25)))
    with Recording(folder) as recording:
        live = recording.parts[-1]
        assert [part.start.hash for part in (second, live)] == [first.end().hash, second.end().hash]
        assert [row.seq for row in live.rows()] == [26, 27, 28, 29, 30]
    first.close()
    second.close()
    write(folder, 10)
    assert [row.seq for row in read(folder)[0]] == list(range(1, 41))
    assert sound(folder)
    assert compact(folder, 0) == folder / ARCHIVE / segment_name(26, 40)
    write(folder, 1)
    assert sound(folder)
    assert (folder / JOURNAL).stat().st_size <= size
    files = [folder / ARCHIVE, *(folder / ARCHIVE).iterdir()]
    assert [os.stat(path).st_mode & 0o777 for path in files] == [0o700, 0o600, 0o600, 0o600]


@pytest.mark.parametrize("at", ["_write_segment", "_cut", "sync_folder"])
def test_a_crash_in_between_leaves_all_rows_and_the_next_attempt_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    folder = tmp_path / "s"
    write(folder, 20)
    rows, _ = read(folder)

    def crash(*given: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(compaction, at, crash)
        with pytest.raises(JournalError, match="nothing is lost, make room"):
            compact(folder, 8)
    assert read(folder)[0] == rows
    assert sound(folder)
    write(folder, 2)
    compact(folder, 4)
    assert [path.name for path in (folder / ARCHIVE).iterdir()] == [segment_name(1, 18)]
    assert [row.seq for row in read(folder)[0]] == list(range(1, 23))
    assert sound(folder)


def test_a_crash_behind_the_cut_leaves_the_rows_in_the_segment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "s"
    write(folder, 20)
    real = compaction._cut

    def cut(base: sqlite3.Connection, until: Head) -> None:
        real(base, until)
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(compaction, "_cut", cut)
        with pytest.raises(JournalError):
            compact(folder, 8)
    assert [row.seq for row in read(folder)[0]] == list(range(1, 21))
    assert sound(folder)
    write(folder, 1)
    assert sound(folder)


def test_flawed_rows_and_sessions_that_run_are_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    write(folder, 20)
    running = Storage(folder)
    with pytest.raises(SessionOwnedError):
        compact(folder, 1)
    running.close()
    with pytest.raises(JournalError, match="expected 0 or more"):
        compact(folder, -1)
    with sqlite3.connect(folder / JOURNAL) as base:
        base.execute("UPDATE journal SET kind = 'kill' WHERE seq = 3")
    base.close()
    with pytest.raises(JournalError, match=r"was left as it is: row 3 \(kill\)"):
        compact(folder, 1)
    assert not list((folder / ARCHIVE).glob("*.db"))
    with pytest.raises(JournalError, match="a journal was expected"):
        compact(tmp_path / "none", 1)


def test_a_session_goes_on_without_its_archive(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    write(folder, 20)
    compact(folder, 5)
    shutil.move(folder / ARCHIVE, tmp_path / "elsewhere")
    write(folder, 3)
    with Recording(folder) as recording:
        assert verify(recording, archived_elsewhere=True) == []
    shutil.move(tmp_path / "elsewhere", folder / ARCHIVE)
    assert sound(folder)
