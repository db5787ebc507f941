"""A session's folder has one owner, whoever asks and however the owner ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lockstep.errors import JournalError, SessionOwnedError
from lockstep.live.storage.lock import FolderLock
from lockstep.live.storage.storage import Storage

OWNER = """
import sys
from pathlib import Path
from lockstep.live.storage.lock import FolderLock
lock = FolderLock(Path(sys.argv[1]))
print("owned", flush=True)
sys.stdin.read()
"""


def test_a_second_owner_is_refused_with_the_process_that_owns(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OWNER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "owned\n"
        with pytest.raises(SessionOwnedError, match=f"belongs to process {owner.pid}: stop that first"):
            Storage(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == [".lock"]
        owner.kill()
    Storage(tmp_path).close()


def test_the_same_process_is_refused_too_until_the_first_is_closed(tmp_path: Path) -> None:
    first = Storage(tmp_path / "s")
    with pytest.raises(SessionOwnedError, match=f"belongs to process {os.getpid()}"):
        Storage(tmp_path / "s")
    first.close()
    Storage(tmp_path / "s").close()


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="can't be written"):
        FolderLock(tmp_path / "missing")
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="can't be written"):
        Storage(tmp_path / "file")
