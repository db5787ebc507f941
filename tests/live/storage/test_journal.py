"""Rows are put at once, durable later, and told when; after a failure nothing is taken any more."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.live.storage.sessions import T0, content, market, numbers, read

from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.verify import verify
from lockstep.errors import JournalError
from lockstep.live.storage import journal as module
from lockstep.live.storage.storage import Storage


def failing(storage: Storage, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let the next statement fail."""

    def insert(*given: object) -> None:
        raise error

    monkeypatch.setattr(storage.journal._file, "_insert", insert)


def test_a_row_is_there_once_it_was_told_and_its_tape_with_it(tmp_path: Path) -> None:
    durable: list[tuple[int, int]] = []

    def told(seq: int) -> None:
        with Recording(tmp_path / "s") as recording:
            durable.append((recording.end().seq, recording.end().records))
            assert recording.end().seq == seq

    storage = Storage(tmp_path / "s", told=told)
    for number in range(1, 6):
        storage.tape.extend(market(2, start=storage.tape.taken))
        assert storage.journal.put("order", content(number), time_ns=T0 + number) == number
        storage.journal.hand_over()
        storage.journal.wait(number)
        assert storage.journal.durable >= number
    storage.close()
    assert durable == [(1, 2), (2, 4), (3, 6), (4, 8), (5, 10)]


def test_rows_of_many_turns_are_written_together_and_more_than_fit_one_statement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 250)
    storage = Storage(tmp_path / "s")
    for number in range(1, 1001):
        storage.tape.extend(market(1, start=storage.tape.taken))
        storage.journal.put("order", content(number), time_ns=T0 + number)
    storage.journal.hand_over()
    storage.journal.wait(1000)
    storage.close()
    rows, tape = read(tmp_path / "s")
    assert [row.content() for row in rows] == [content(number) for number in range(1, 1001)]
    assert (tape == market(1000)).all()
    with Recording(tmp_path / "s") as recording:
        assert verify(recording) == []
        # No block holds records behind the last row of its commit: they may name rows that are not yet durable.
        assert [(block.records, block.seq) for block in recording.blocks()] == [(n, n) for n in (250, 500, 750, 1000)]


def test_rows_without_new_tape_share_a_commit_without_a_block(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "s")
    for _ in range(2):
        storage.journal.put("login", {}, time_ns=T0)
    storage.journal.hand_over()
    storage.journal.wait(2)
    storage.close()
    with Recording(tmp_path / "s") as recording:
        assert numbers(list(recording.rows())) == [1, 2]
        assert list(recording.blocks()) == []
        assert verify(recording) == []


def test_tape_without_rows_becomes_durable_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.01)
    storage = Storage(tmp_path / "s")
    synced = threading.Event()
    sync = storage.journal._file._head.sync

    def seen() -> None:
        sync()
        if storage.journal.end.records == 3:
            synced.set()

    monkeypatch.setattr(storage.journal._file._head, "sync", seen)
    storage.tape.extend(market(3))
    storage.journal.hand_over()
    assert synced.wait(10)
    with Recording(tmp_path / "s") as recording:
        assert recording.end().records == 3
        assert verify(recording) == []
    storage.close()


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), MemoryError(), KeyError("a mistake")])
def test_after_a_failure_nothing_is_taken_and_what_was_put_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    heard: list[int] = []
    storage = Storage(tmp_path / "s", told=heard.append)
    journal = storage.journal
    journal.put("order", content(1), time_ns=T0)
    journal.hand_over()
    journal.wait(1)
    failing(storage, monkeypatch, error)
    journal.put("order", content(2), time_ns=T0)
    journal.put("cancel", content(3), time_ns=T0)
    journal.hand_over()
    with pytest.raises(JournalError, match="no new orders are taken"):
        journal.wait(2)
    with pytest.raises(JournalError, match="no new orders are taken"):
        journal.put("order", content(4), time_ns=T0)
    with pytest.raises(JournalError):
        journal.hand_over()
    assert [(row.kind, row.content()) for row in journal.lost()] == [("order", content(2)), ("cancel", content(3))]
    with pytest.raises(JournalError):
        storage.close()
    assert heard == [1, 1]
    assert numbers(read(tmp_path / "s")[0]) == [1]
    again = Storage(tmp_path / "s")
    assert again.journal.put("order", content(2), time_ns=T0) == 2
    again.close()
    with Recording(tmp_path / "s") as recording:
        assert verify(recording) == []


def test_a_tape_that_fails_fails_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = Storage(tmp_path / "s")

    def full() -> None:
        raise JournalError("the tape can't be written: No space left on device")

    storage.journal.put("order", content(1), time_ns=T0)
    monkeypatch.setattr(storage.tape, "flush", full)
    with pytest.raises(JournalError, match="No space left"):
        storage.journal.hand_over()
    assert numbers(storage.journal.lost()) == [1]
    with pytest.raises(JournalError):
        storage.close()
    assert read(tmp_path / "s")[0] == []


@pytest.mark.parametrize("called", [ValueError("no loop"), RuntimeError("closed")])
def test_a_listener_that_raises_fails_the_journal_and_not_the_process(tmp_path: Path, called: Exception) -> None:
    def told(_: int) -> None:
        raise called

    storage = Storage(tmp_path / "s", told=told)
    storage.journal.put("order", content(1), time_ns=T0)
    storage.journal.hand_over()
    storage.journal.wait(1)  # it is durable all the same
    with pytest.raises(JournalError, match=str(called)):
        storage.close()


@pytest.mark.parametrize(
    ("put", "error"),
    [
        (lambda journal: journal.put("order", {"a": object()}, time_ns=T0), TypeError),
        (lambda journal: journal.put("order", {}, time_ns=T0, symbol="\ud800"), UnicodeError),
        (lambda journal: journal.put("order", {"a": "\ud800"}, time_ns=T0), UnicodeError),
        (lambda journal: journal.put("order", {}, time_ns="now"), ValueError),
    ],
)
def test_what_can_not_be_written_is_refused_and_leaves_the_journal_as_it_was(
    tmp_path: Path, put: Callable[[module.Journal], int], error: type[Exception]
) -> None:
    storage = Storage(tmp_path / "s")
    with pytest.raises(error):
        put(storage.journal)
    assert storage.journal.put("order", {}, time_ns=T0) == 1
    storage.close()
    assert numbers(read(tmp_path / "s")[0]) == [1]


def test_waiting_ends_and_a_disk_that_is_so_slow_has_failed(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "s")
    with pytest.raises(JournalError, match=r"row 1 was not durable after 0\.01 s"):
        storage.journal.wait(1, 0.01)
    with pytest.raises(JournalError, match="row 1 was not durable"):
        storage.journal.put("order", {}, time_ns=T0)
    with pytest.raises(JournalError, match="row 1 was not durable"):
        storage.close()


def test_a_disk_that_is_far_behind_fails_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NO_ROOM", 3)
    storage = Storage(tmp_path / "s")
    let, commit = threading.Event(), storage.journal._file.commit

    def slow(*given: object) -> None:
        let.wait(10)
        commit(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(storage.journal._file, "commit", slow)
    for _ in range(5):
        storage.journal.put("order", {}, time_ns=T0)
    storage.journal.hand_over()
    with pytest.raises(JournalError, match="5 rows wait for the disk"):
        storage.journal.put("order", {}, time_ns=T0)
    let.set()
    with pytest.raises(JournalError):
        storage.close()
