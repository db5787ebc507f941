"""Whatever fails at whatever write: nothing more is written, nothing acknowledged is lost, and the chain goes on.

SQLite runs over files that fail when told to. A failed session is opened again over files that work, as after a repair.
"""

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import apsw
import pytest
from tests.live.storage.faulty_disk import Disk, Done, rebuilt
from tests.live.storage.sessions import T0, content, market, read, write

from lockstep.data.recordings.files import HEAD, JOURNAL, RESERVE, TAPE_FILE
from lockstep.data.recordings.journal_rows import START
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.verify import verify
from lockstep.errors import JournalError
from lockstep.live.storage import journal_file
from lockstep.live.storage.head import HeadFile
from lockstep.live.storage.journal import Journal
from lockstep.live.storage.journal_file import JournalFile
from lockstep.live.storage.reserve import Reserve
from lockstep.live.storage.tape import Tape

TURNS, ROWS_A_TURN = 4, 2


class Ran(NamedTuple):
    """What a session came to."""

    acknowledged: int
    failure: str
    kept: int
    """Cancels that reached the reserve."""


class NotedTape(Tape):
    """A tape that says when it was synced."""

    disk: Disk

    def sync(self) -> None:
        super().sync()
        self.disk.done.append(Done("tape", "", self.written))


def run(folder: Path, disk: Disk) -> Ran:
    """Write some turns, and a cancel to the reserve in each in which the journal no longer takes it."""
    folder.mkdir(exist_ok=True)
    acknowledged, kept, failure = 0, 0, ""

    def told(seq: int) -> None:
        nonlocal acknowledged
        acknowledged = seq
        disk.done.append(Done("acknowledged", "", seq))

    head, reserve = HeadFile(folder / HEAD), Reserve(folder / RESERVE)
    try:
        file = JournalFile(folder / JOURNAL, head, disk.connect)
        tape = NotedTape(folder / TAPE_FILE, file.end)
        tape.disk = disk
        journal = Journal(file, tape, told, threaded=False)
        for turn in range(TURNS):
            tape.extend(market(3, start=tape.taken))
            try:
                for _ in range(ROWS_A_TURN):
                    number = journal.given + 1
                    journal.put("order", content(number), time_ns=T0 + number)
                journal.hand_over()
            except JournalError:
                kept += reserve.keep("cancel", {"order": f"S1-{turn}"}, time_ns=T0)
            journal.step()
        try:
            journal.close()
        except JournalError as error:
            failure = str(error)
        tape.close()
    except JournalError as error:
        failure = str(error)
    head.close()
    reserve.close()
    return Ran(acknowledged, failure, kept)


def check(folder: Path, acknowledged: int) -> None:
    """Nothing acknowledged is lost, all that is there fits, and the session goes on with the same chain."""
    write(folder, 3)
    with Recording(folder) as recording:
        assert verify(recording) == []
        rows = list(recording.rows())
    own = [row for row in rows if row.kind not in ("reserved", "mended")][: -3 or None]
    assert [row.content() for row in own] == [content(number) for number in range(1, len(own) + 1)]
    assert acknowledged <= len(own) <= TURNS * ROWS_A_TURN


def operations(folder: Path) -> list[Done]:
    disk = Disk()
    assert run(folder, disk) == Ran(TURNS * ROWS_A_TURN, "", 0)
    return [one for one in disk.done if one.what not in ("acknowledged", "tape", "folder")]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> list[Done]:
    """What a session in which nothing fails does."""
    return operations(tmp_path_factory.mktemp("clean") / "session")


def fails(error: type[Exception], at: int, *, once: bool) -> Callable[[Done], int | None]:
    """Let the operation of this number fail, and all behind it unless only ``once``."""
    count = -1

    def trouble(_: Done) -> None:
        nonlocal count
        count += 1
        if count == at or (count > at and not once):
            raise error("planted")

    return trouble


# SQLite closes a file that fails as well: what it can't do then it can't tell.
unraisable = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@unraisable
@pytest.mark.parametrize("once", [True, False])
@pytest.mark.parametrize("error", [apsw.IOError, apsw.FullError, apsw.ReadOnlyError])
def test_an_error_at_any_operation_fails_closed(
    clean: list[Done], tmp_path: Path, error: type[Exception], once: bool
) -> None:
    failed = 0
    for at in range(len(clean)):
        disk = Disk()
        disk.trouble = fails(error, at, once=once)
        ran = run(tmp_path / str(at), disk)
        disk.trouble = lambda done: None
        if ran.failure:
            failed += 1
        else:
            assert ran.acknowledged == TURNS * ROWS_A_TURN  # at the end, when all was durable
        if "the journal can't be written" in ran.failure:
            # The turn in which it failed had put its rows already; each later one has a cancel.
            assert ran.kept == max(0, TURNS - ran.acknowledged // ROWS_A_TURN - 1)
        check(tmp_path / str(at), ran.acknowledged)
    assert failed >= TURNS * 3


@unraisable
def test_a_write_torn_anywhere_fails_closed(clean: list[Done], tmp_path: Path) -> None:
    draw = random.Random(3)
    writes = [number for number, one in enumerate(clean) if one.what == "write"]
    for at in writes:
        size = draw.randrange(len(clean[at].data))
        count = -1

        def torn(done: Done, at: int = at, size: int = size) -> int | None:
            nonlocal count
            count += 1
            if count > at:
                raise apsw.IOError("planted")
            return size if count == at else None

        disk = Disk()
        disk.trouble = torn
        ran = run(tmp_path / str(at), disk)
        disk.trouble = lambda done: None
        assert ran.failure or ran.acknowledged == TURNS * ROWS_A_TURN
        check(tmp_path / str(at), ran.acknowledged)


def test_the_last_write_torn_at_every_byte_leaves_what_was_acknowledged(tmp_path: Path) -> None:
    """The log of the last commit is cut at each of its bytes: the rows before it stay, and it is whole or not there."""
    (tmp_path / "before").mkdir()
    with closing(sqlite3.connect(tmp_path / "before" / JOURNAL)) as base:
        base.executescript("PRAGMA page_size = 512; VACUUM")  # fewer bytes to cut at
    write(tmp_path / "before", 5)
    disk = Disk()
    shutil.copytree(tmp_path / "before", tmp_path / "session")
    head = HeadFile(tmp_path / "session" / HEAD)
    file = JournalFile(tmp_path / "session" / JOURNAL, head, disk.connect)
    tape = Tape(tmp_path / "session" / TAPE_FILE, file.end)
    journal = Journal(file, tape, threaded=False)
    tape.extend(market(3, start=tape.taken))
    disk.done.clear()
    journal.put("order", content(6), time_ns=T0)
    journal.hand_over()
    journal.step()
    writes = [one for one in disk.done if one.what == "write"]
    assert {one.file for one in writes} == {f"{JOURNAL}-wal"}
    torn = tmp_path / "torn"
    shutil.copytree(tmp_path / "before", torn)
    shutil.copy(tmp_path / "session" / TAPE_FILE, torn)
    log = bytearray((tmp_path / "session" / f"{JOURNAL}-wal").read_bytes())
    start, end = min(one.offset for one in writes), max(one.offset + len(one.data) for one in writes)
    before, _ = read(tmp_path / "before")
    whole = set()
    for cut in range(start, end + 1):
        (torn / f"{JOURNAL}-wal").write_bytes(log[:cut])
        with Recording(torn) as recording:
            rows = list(recording.rows())
        assert rows[:5] == before
        whole.add((cut, len(rows)))
    assert {rows for cut, rows in whole if cut < end} == {5}
    assert (end, 6) in whole
    journal.close()
    tape.close()
    head.close()


@pytest.mark.parametrize("seed", range(3))
def test_power_lost_after_any_operation_loses_nothing_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Of what was not synced any part may be gone, in any order; the tape ends where it was synced, or with zeros."""
    draw = random.Random(seed)
    disk = Disk()
    with monkeypatch.context() as patch:
        patch.setattr(journal_file, "sync_folder", lambda folder: disk.done.append(Done("folder", "")))
        assert run(tmp_path / "whole", disk).failure == ""
    tape = (tmp_path / "whole" / TAPE_FILE).read_bytes()
    for at in range(len(disk.done)):
        done = disk.done[:at]
        acknowledged = max((one.offset for one in done if one.what == "acknowledged"), default=0)
        synced = max((one.offset for one in done if one.what == "tape"), default=0)
        files = rebuilt(done, lambda one: draw.choice([0, len(one.data) or 1, draw.randrange(len(one.data) + 1)]))
        folder = tmp_path / str(at)
        folder.mkdir()
        for name, data in files.items():
            (folder / name).write_bytes(data)
        flushed = draw.randrange(synced * 64, len(tape) + 1)
        (folder / TAPE_FILE).write_bytes(tape[:flushed] + bytes(draw.randrange(200)))
        check(folder, acknowledged)


def test_files_that_were_replaced_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_file, "LOOK_SECONDS", 0.0)
    for name in (JOURNAL, f"{JOURNAL}-wal", TAPE_FILE):
        folder = tmp_path / name
        folder.mkdir()
        head = HeadFile(folder / HEAD)
        file = JournalFile(folder / JOURNAL, head)
        tape = Tape(folder / TAPE_FILE, START)
        journal = Journal(file, tape, threaded=False)
        journal.put("order", {}, time_ns=T0)
        journal.hand_over()
        journal.step()
        assert (journal.durable, journal.failure) == (1, "")
        shutil.copy(folder / name, folder / "copy")
        (folder / "copy").rename(folder / name)
        journal.put("order", {}, time_ns=T0)
        journal.hand_over()
        journal.step()
        assert journal.durable == 1
        assert f"{name} was replaced" in journal.failure
        with pytest.raises(JournalError, match="was replaced"):
            journal.close()
        tape.close()
        head.close()


def test_a_journal_behind_its_head_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "longer", 6)
    shutil.copytree(tmp_path / "longer", tmp_path / "session")
    write(tmp_path / "longer", 2)
    shutil.copy(tmp_path / "longer" / HEAD, tmp_path / "session" / HEAD)
    with pytest.raises(JournalError, match="ends at row 6 and is not the journal that was written up to row 8"):
        write(tmp_path / "session", 1)


def test_another_journal_than_the_heads_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "session", 6)
    write(tmp_path / "other", 7, records=2)
    shutil.copy(tmp_path / "other" / JOURNAL, tmp_path / "session" / JOURNAL)
    shutil.copy(tmp_path / "other" / TAPE_FILE, tmp_path / "session" / TAPE_FILE)
    with pytest.raises(JournalError, match="is not the journal that was written up to row 6"):
        write(tmp_path / "session", 1)


def test_what_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_text("a text " * 1000)
    with pytest.raises(JournalError, match="can't be used as a journal"):
        write(tmp_path, 1)


@pytest.mark.parametrize(("durable", "level", "syncs"), [("full", 2, True), ("normal", 1, False)])
def test_a_journal_leaves_it_to_the_operating_system_when_the_disk_has_its_rows_if_told_so(
    tmp_path, monkeypatch, durable, level, syncs
):
    synced, opened = [], []
    monkeypatch.setattr(Tape, "sync", lambda tape: synced.append(tape.written))

    def open_base(path):
        opened.append(sqlite3.connect(path, isolation_level=None, check_same_thread=False))
        return opened[-1]

    file = JournalFile(tmp_path / JOURNAL, HeadFile(tmp_path / HEAD), open_base, durable=durable)
    tape = Tape(tmp_path / TAPE_FILE, file.end)
    journal = Journal(file, tape, threaded=False)
    tape.extend(market(3))
    journal.put("note", {}, time_ns=T0)
    journal.hand_over()
    journal.step()
    assert opened[0].execute("PRAGMA synchronous").fetchone() == (level,)
    assert (journal.durable, bool(synced)) == (1, syncs)
    journal.close()
    tape.close()
