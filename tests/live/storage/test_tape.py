"""The tape keeps what it took, and after a crash what belongs to it."""

import os
from pathlib import Path

import numpy as np
import pytest
from tests.live.storage.sessions import market, read, write

from lockstep.data.recordings.files import TAPE_FILE
from lockstep.data.recordings.journal_rows import START, Head
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_layout import TAPE, Input
from lockstep.data.recordings.verify import verify
from lockstep.errors import JournalError
from lockstep.live.storage import tape as module
from lockstep.live.storage.storage import Storage
from lockstep.live.storage.tape import Tape


def test_one_by_one_and_many_at_once_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROOM", 10)
    records = market(57)
    tape = Tape(tmp_path / "a", START)
    for number in range(23):
        tape.append(records[number : number + 1])
    tape.extend(records[23:])
    assert (tape.taken, tape.written) == (57, 50)
    tape.flush()
    assert tape.written == 57
    assert b"".join(tape.content(0, 57)) == records.tobytes()
    assert b"".join(tape.content(5, 7)) == records[5:7].tobytes()
    tape.close()
    assert (tmp_path / "a").read_bytes() == records.tobytes()
    assert os.stat(tmp_path / "a").st_mode & 0o777 == 0o600


@pytest.mark.parametrize("torn", [*range(0, 64, 7), 63])
def test_a_torn_last_record_is_cut_and_the_session_goes_on_with_the_same_chain(tmp_path: Path, torn: int) -> None:
    write(tmp_path / "s", 4)
    with open(tmp_path / "s" / TAPE_FILE, "ab") as tape:
        tape.write(market(3, start=12).tobytes()[: 128 + torn])
    storage = Storage(tmp_path / "s")
    assert (storage.tape.taken, storage.tape.cut) == (14, 0)
    storage.close()
    write(tmp_path / "s", 4)
    rows, records = read(tmp_path / "s")
    assert len(rows) == 8
    np.testing.assert_array_equal(records, market(14 + 12))
    with Recording(tmp_path / "s") as recording:
        assert verify(recording) == []


def test_zeros_and_records_of_rows_that_never_became_durable_are_cut(tmp_path: Path) -> None:
    records = market(6)
    records[3]["input"], records[3]["id"] = Input.COMMAND, 7
    (tmp_path / "a").write_bytes(records.tobytes())
    for known, kept in ((7, 6), (6, 3)):
        tape = Tape(tmp_path / "a", Head(known, b"", 2, b""))
        assert (tape.taken, tape.cut) == (kept, 6 - kept)
        tape.close()
    (tmp_path / "a").write_bytes(market(2).tobytes() + bytes(128) + market(2).tobytes())
    tape = Tape(tmp_path / "a", START)
    assert (tape.taken, tape.cut) == (2, 4)
    tape.close()
    assert (tmp_path / "a").stat().st_size == 2 * TAPE.itemsize


def test_a_long_tail_is_looked_through_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE", 5 * 64)
    records = market(23)
    (tmp_path / "a").write_bytes(records.tobytes())
    for wrong in (22, 10, 9, 5, 2):
        records[wrong]["input"] = 0
        (tmp_path / "a").write_bytes(records.tobytes())
        tape = Tape(tmp_path / "a", Head(1, b"", 2, b""))
        assert (tape.taken, tape.cut) == (wrong, 23 - wrong)
        tape.close()


def test_a_tape_without_records_that_were_durable_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "s", 4)
    os.truncate(tmp_path / "s" / TAPE_FILE, 11 * 64)
    with pytest.raises(JournalError, match="holds 11 records, but 12 were durable"):
        Storage(tmp_path / "s")


def test_a_tape_whose_latest_block_was_changed_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "s", 8)
    with open(tmp_path / "s" / TAPE_FILE, "r+b") as tape:
        tape.seek(20 * 64)
        tape.write(b"\xff")
    with pytest.raises(JournalError, match="is not what was written up to record 24"):
        Storage(tmp_path / "s")


def test_a_full_disk_is_told_and_leaves_the_records_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tape = Tape(tmp_path / "a", START)
    tape.extend(market(3))
    real, left = os.pwrite, [100]

    def pwrite(handle: int, content: memoryview, at: int) -> int:
        if not left[0]:
            raise OSError(28, "No space left on device")
        done = real(handle, content[: left[0]], at)
        left[0] -= done
        return done

    monkeypatch.setattr(os, "pwrite", pwrite)
    with pytest.raises(JournalError, match="No space left on device"):
        tape.flush()
    assert tape.written == 0
    left[0] = 10_000
    tape.flush()
    assert b"".join(tape.content(0, 3)) == market(3).tobytes()
    tape.close()
