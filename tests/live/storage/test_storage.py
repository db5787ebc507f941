"""A session's folder as a whole: made for its owner alone, going on after any end."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from tests.live.storage.sessions import T0, content, read, write

from lockstep.data.recordings.files import HEAD, TAPE_FILE
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.verify import verify
from lockstep.live.storage.storage import MENDED, Storage

READ_ONLY = """
import fcntl, os, sys  # all modules before the user changes: Python's own may lie where only this one reads
from pathlib import Path
folder = Path(sys.argv[1])
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.verify import verify
from lockstep.errors import JournalError
from lockstep.live.storage.storage import Storage
if os.getuid() == 0:  # the superuser may write anywhere
    os.setuid(65534)
try:
    Storage(folder)
except JournalError as error:
    print(error)
with Recording(folder) as recording:
    print(recording.end().seq, verify(recording))
"""


def test_the_folder_and_all_in_it_belong_to_their_owner_alone(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "deep" / "session")
    storage.journal.put("order", {}, time_ns=T0)
    storage.journal.hand_over()
    storage.journal.wait(1)
    assert os.stat(storage.folder).st_mode & 0o777 == 0o700
    modes = {path.name: os.stat(path).st_mode & 0o777 for path in storage.folder.iterdir()}
    assert modes == dict.fromkeys(
        [".lock", "head.bin", "journal.db", "journal.db-shm", "journal.db-wal", "reserve.bin", "tape.bin"], 0o600
    )
    storage.close()


def test_a_session_goes_on_behind_its_latest_row_with_the_same_chain(tmp_path: Path) -> None:
    for more in (5, 1, 0, 7):
        write(tmp_path / "s", more)
    rows, _ = read(tmp_path / "s")
    assert [row.content() for row in rows] == [content(number) for number in range(1, 14)]
    with Recording(tmp_path / "s") as recording:
        assert verify(recording) == []


def test_what_was_put_right_leaves_a_row(tmp_path: Path) -> None:
    write(tmp_path / "s", 4)
    (tmp_path / "s" / HEAD).write_bytes(b"")
    with open(tmp_path / "s" / TAPE_FILE, "ab") as tape:
        tape.write(bytes(128))
    Storage(tmp_path / "s").close()
    Storage(tmp_path / "s").close()
    rows, _ = read(tmp_path / "s")
    assert [row.kind for row in rows[4:]] == [MENDED]
    assert rows[4].time_ns == rows[3].time_ns
    assert rows[4].content() == {
        "head": "missing or damaged",
        "tape": "2 records behind the latest that were durable were cut off",
    }
    with Recording(tmp_path / "s") as recording:
        assert verify(recording) == []


def test_a_folder_that_can_not_be_written_is_refused_and_can_be_read(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        write(Path(place) / "s", 4)
        folder = Path(place) / "s"
        for path in folder.iterdir():
            path.chmod(0o444)
        folder.chmod(0o555)
        os.chmod(place, 0o755)
        command = [sys.executable, "-c", READ_ONLY, str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        folder.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert "can't be written (Permission denied): name another folder" in done.stdout
    assert done.stdout.splitlines()[-1] == "4 []"


def test_what_fails_while_opening_leaves_nothing_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "s", 2)
    handles = len(os.listdir("/proc/self/fd"))
    (tmp_path / "s" / "reserve.bin").write_bytes(b"x" * (1 << 20))
    for _ in range(3):
        with pytest.raises(Exception, match="damaged"):
            Storage(tmp_path / "s")
    assert len(os.listdir("/proc/self/fd")) == handles
