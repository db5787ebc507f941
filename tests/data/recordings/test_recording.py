"""A recording is read by row, kind and time, while its session runs and where nothing can be written."""

import os
from pathlib import Path

import numpy as np
import pytest
from tests.live.storage.sessions import T0, content, market, numbers, write

from lockstep.data.recordings.files import ARCHIVE, DESCRIPTION, JOURNAL
from lockstep.data.recordings.recording import Recording
from lockstep.errors import JournalError
from lockstep.live.storage.compaction import compact
from lockstep.live.storage.storage import Storage

ROWS = 20


@pytest.fixture(params=[0, 13])
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A session of 20 rows, none or 13 of them archived."""
    folder = tmp_path / "session"
    write(folder, ROWS)
    if request.param:
        compact(folder, ROWS - request.param)
    return folder


def test_rows_are_found_by_number_kind_and_time(session: Path) -> None:
    with Recording(session) as recording:
        assert numbers(list(recording.rows())) == list(range(1, ROWS + 1))
        assert numbers(list(recording.rows(12, 15))) == [12, 13, 14, 15]
        assert numbers(list(recording.rows(19))) == [19, 20]
        assert numbers(list(recording.rows(kinds=["fill", "refusal"], last=8))) == [1, 2, 4, 5, 7, 8]
        assert numbers(list(recording.rows(since_ns=T0 + 5, until_ns=T0 + 8))) == [5, 6, 7]
        assert list(recording.rows(21)) == []
        row = recording.row(13)
        assert (row.kind, row.strategy, row.symbol, row.tape) == ("fill", "S1", "AAPL", 39)
        assert row.content() == content(13)


@pytest.mark.parametrize("seq", [0, 21])
def test_a_row_that_is_not_there_is_told(session: Path, seq: int) -> None:
    with Recording(session) as recording, pytest.raises(JournalError, match=f"no row {seq}: rows 1 to 20 are here"):
        recording.row(seq)


def test_the_tape_is_mapped_and_read_only(session: Path) -> None:
    with Recording(session) as recording:
        tape = recording.tape
        np.testing.assert_array_equal(tape, market(ROWS * 3))
        assert isinstance(tape, np.memmap)
        assert not tape.flags.writeable
        assert [block.records for block in recording.blocks()] == [12, 24, 36, 48, 60]
        assert (recording.end().seq, recording.end().records) == (20, 60)


def test_a_session_that_runs_is_read_as_far_as_it_is_durable(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "session")
    storage.journal.put("order", content(1), time_ns=T0)
    with Recording(storage.folder) as recording:
        assert list(recording.rows()) == []
        assert len(recording.tape) == 0
        storage.journal.hand_over()
        storage.journal.wait(1)
        assert numbers(list(recording.rows())) == [1]
        with recording.frozen():
            storage.journal.put("order", content(2), time_ns=T0)
            storage.journal.hand_over()
            storage.journal.wait(2)
            assert numbers(list(recording.rows())) == [1]
        assert numbers(list(recording.rows())) == [1, 2]
    storage.close()


def test_a_description_is_what_was_said_or_nothing(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "session")
    with Recording(storage.folder) as recording:
        assert recording.description() == {}
        storage.describe({"mode": "paper", "symbols": ["AAPL"]})
        assert recording.description() == {"mode": "paper", "symbols": ["AAPL"]}
        with pytest.raises(JournalError, match="was described already"):
            storage.describe({})
        (storage.folder / DESCRIPTION).write_text("[")
        with pytest.raises(JournalError, match="is no description of a session"):
            recording.description()
    assert os.stat(storage.folder / DESCRIPTION).st_mode & 0o777 == 0o600
    storage.close()


def test_a_folder_without_a_journal_or_with_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="a journal was expected at"):
        Recording(tmp_path)
    (tmp_path / JOURNAL).write_text("no journal " * 1000)
    with pytest.raises(JournalError, match="can't be read as a journal"):
        Recording(tmp_path)


def test_a_strange_file_in_the_archive_is_told(session: Path) -> None:
    (session / ARCHIVE).mkdir(exist_ok=True)
    (session / ARCHIVE / "old.db").write_bytes(b"")
    with pytest.raises(JournalError, match=r"named FIRST-LAST\.db"):
        Recording(session)
