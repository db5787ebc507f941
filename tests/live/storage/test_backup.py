"""A copy of a session, taken while it runs, is whole, verified and goes on."""

import os
import shutil
import threading
from pathlib import Path

import pytest
from tests.live.storage.sessions import T0, content, market, read, write

from lockstep.data.recordings.files import ARCHIVE, DESCRIPTION, HEAD, JOURNAL, LOCK, TAPE_FILE
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.verify import verify
from lockstep.errors import JournalError
from lockstep.live.storage.backup import back_up, restore
from lockstep.live.storage.compaction import compact
from lockstep.live.storage.storage import Storage


def sound(folder: Path) -> bool:
    with Recording(folder) as recording:
        return verify(recording) == []


def test_a_running_session_is_copied_restored_and_goes_on(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "s")
    storage.describe({"mode": "paper"})
    started, ends = threading.Event(), threading.Event()

    def trade() -> None:
        while not ends.is_set():
            storage.tape.extend(market(5, start=storage.tape.taken))
            storage.journal.put("order", content(storage.journal.given + 1), time_ns=T0)
            storage.journal.hand_over()
            if storage.journal.durable > 20:
                started.set()

    thread = threading.Thread(target=trade)
    thread.start()
    try:
        assert started.wait(10)
        before = storage.journal.durable
        ends_at = [back_up(tmp_path / "s", tmp_path / f"copy-{n}") for n in range(3)]
    finally:
        ends.set()
        thread.join()
    storage.close()
    rows, tape = read(tmp_path / "s")
    assert before <= ends_at[0].seq <= ends_at[1].seq <= ends_at[2].seq
    for n, end in enumerate(ends_at):
        copied, records = read(tmp_path / f"copy-{n}")
        assert copied == rows[: end.seq]
        assert records.tobytes() == tape[: end.records].tobytes()
        assert (end.seq, end.hash) == (copied[-1].seq, copied[-1].hash)
        assert sound(tmp_path / f"copy-{n}")
    assert restore(tmp_path / "copy-2", tmp_path / "deep" / "restored") == ends_at[2]
    write(tmp_path / "deep" / "restored", 5)
    again, _ = read(tmp_path / "deep" / "restored")
    assert again[: ends_at[2].seq] == rows[: ends_at[2].seq]
    assert len(again) == ends_at[2].seq + 5
    assert sound(tmp_path / "deep" / "restored")


def test_all_of_a_folder_is_copied_and_nothing_of_its_owner(tmp_path: Path) -> None:
    write(tmp_path / "s", 20)
    compact(tmp_path / "s", 8)
    (tmp_path / "s" / "snapshots").mkdir()
    (tmp_path / "s" / "snapshots" / "12.bin").write_bytes(b"state")
    (tmp_path / "s" / "snapshots" / "13.bin.new").write_bytes(b"half")
    (tmp_path / "s" / DESCRIPTION).write_text("{}")
    back_up(tmp_path / "s", tmp_path / "copy")
    names = {str(path.relative_to(tmp_path / "copy")) for path in (tmp_path / "copy").rglob("*") if path.is_file()}
    segment = f"{ARCHIVE}/000000000001-000000000012.db"
    expected = {JOURNAL, TAPE_FILE, HEAD, DESCRIPTION, "reserve.bin", segment, "snapshots/12.bin"}
    assert {name for name in names if not name.endswith(("-wal", "-shm"))} == expected
    assert LOCK not in names
    for path in (tmp_path / "copy").rglob("*"):
        assert os.stat(path).st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
    assert [row.seq for row in read(tmp_path / "copy")[0]] == list(range(1, 21))


def test_cancels_in_the_reserve_come_along(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "s")
    storage.reserve.keep("cancel", {"order": "a"}, time_ns=T0)
    back_up(tmp_path / "s", tmp_path / "copy")
    storage.close()
    Storage(tmp_path / "copy").close()
    assert [row.content()["content"] for row in read(tmp_path / "copy")[0]] == [{"order": "a"}]


def test_a_flawed_session_or_copy_is_not_copied(tmp_path: Path) -> None:
    write(tmp_path / "s", 8)
    back_up(tmp_path / "s", tmp_path / "copy")
    with open(tmp_path / "copy" / TAPE_FILE, "r+b") as tape:
        tape.write(b"\xff")
    with pytest.raises(JournalError, match="records 1 to 12 of the tape are not what was written; nothing was copied"):
        restore(tmp_path / "copy", tmp_path / "restored")
    shorter = shutil.copytree(tmp_path / "s", tmp_path / "shorter")
    write(tmp_path / "s", 4)
    shutil.copy(tmp_path / "s" / HEAD, shorter / HEAD)
    with pytest.raises(JournalError, match="its tail was cut; nothing was copied"):
        back_up(shorter, tmp_path / "restored")
    with pytest.raises(JournalError, match="a journal was expected"):
        back_up(tmp_path / "none", tmp_path / "restored")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "s", "shorter"]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    write(tmp_path / "s", 2)
    (tmp_path / "there").mkdir()
    with pytest.raises(JournalError, match="is there already"):
        back_up(tmp_path / "s", tmp_path / "there")
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="can't be copied to"):
        back_up(tmp_path / "s", tmp_path / "file" / "copy")
