"""Checkpoints beside a writer: what was committed comes into the file, and the log begins anew."""

import sqlite3
import threading

import pytest

from lockstep.data.recordings.files import HEAD, JOURNAL, TAPE_FILE
from lockstep.errors import JournalError
from lockstep.live.storage.checkpoints import Checkpoints
from lockstep.live.storage.head import HeadFile
from lockstep.live.storage.journal import Journal
from lockstep.live.storage.journal_file import CHECKPOINT_PAGES, JournalFile, connect
from lockstep.live.storage.tape import Tape


def waited(checkpoints):
    """Return what one that is under way comes to."""
    checkpoints._thread.submit(int).result()  # behind it
    return checkpoints.done()


def write_on(journal, rows):
    """Write rows of 64 pages, each when the last is durable."""
    for _ in range(rows):
        journal.put("note", {"filler": "x" * 4096 * 64}, time_ns=1)
        journal.hand_over()
        journal.wait(journal.given)


@pytest.fixture
def base(tmp_path):
    base = connect(tmp_path / "base")
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA wal_autocheckpoint=0", "CREATE TABLE t (x)"):
        base.execute(statement).fetchone()
    yield base
    base.close()


def in_file(tmp_path):
    """Return how many rows the file has without its log."""
    copy = tmp_path / "copy"
    copy.write_bytes((tmp_path / "base").read_bytes())
    with sqlite3.connect(copy) as alone:
        return alone.execute("SELECT count(*) FROM t").fetchone()[0]


def test_what_was_committed_comes_into_the_file_and_the_log_begins_anew(base, tmp_path):
    checkpoints = Checkpoints(lambda: connect(tmp_path / "base"))
    for k in range(50):
        base.execute("INSERT INTO t VALUES (?)", (k,))
    checkpoints.begin()
    pages = waited(checkpoints)
    assert pages >= 50
    assert checkpoints.done() is None, "it is told once"
    assert in_file(tmp_path) == 50
    base.execute("INSERT INTO t VALUES (50)")
    checkpoints.begin()
    assert waited(checkpoints) < 5
    checkpoints.close()


def test_who_reads_keeps_the_log_and_nobody_waits_for_it(base, tmp_path):
    checkpoints = Checkpoints(lambda: connect(tmp_path / "base"))
    base.execute("INSERT INTO t VALUES (0)")
    reader = connect(tmp_path / "base")
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM t").fetchone() == (1,)
    base.execute("INSERT INTO t VALUES (1)")
    checkpoints.begin()
    assert waited(checkpoints) >= 2
    base.execute("INSERT INTO t VALUES (2)")
    assert reader.execute("SELECT count(*) FROM t").fetchone() == (1,)
    reader.execute("COMMIT")
    checkpoints.begin()
    waited(checkpoints)
    assert in_file(tmp_path) == 3
    reader.close()
    checkpoints.close()


def test_rows_are_durable_while_a_checkpoint_lasts(tmp_path):
    """The second connection stands still in the middle: the first one goes on."""
    begun, go_on = threading.Event(), threading.Event()
    opened = []

    class Slow:
        def __init__(self, base):
            self._base = base

        def execute(self, sql):
            begun.set()
            assert go_on.wait(60)
            return self._base.execute(sql)

        def close(self):
            self._base.close()

    def open_base(path):
        opened.append(connect(path))
        return opened[0] if len(opened) == 1 else Slow(opened[-1])

    head = HeadFile(tmp_path / HEAD)
    file = JournalFile(tmp_path / JOURNAL, head, open_base, aside=True)
    tape = Tape(tmp_path / TAPE_FILE, file.end)
    journal = Journal(file, tape)
    while not begun.is_set():
        write_on(journal, 1)
        assert journal.given < CHECKPOINT_PAGES
    before = journal.given
    write_on(journal, 5)
    assert journal.durable == before + 5
    go_on.set()
    journal.close()
    tape.close()
    head.close()


def test_one_that_fails_fails_the_journal(tmp_path):
    """What can't be put into the file can't be trusted to be there."""
    head, opened = HeadFile(tmp_path / HEAD), []

    class Failing:
        """No second library of SQLite: two of them in a process take each other's locks away."""

        def execute(self, sql):
            raise OSError("planted")

        def close(self):
            pass

    def open_base(path):
        opened.append(path)
        return connect(path) if len(opened) == 1 else Failing()

    file = JournalFile(tmp_path / JOURNAL, head, open_base, aside=True)
    tape = Tape(tmp_path / TAPE_FILE, file.end)
    journal = Journal(file, tape)
    with pytest.raises(JournalError, match="can't be written"):
        write_on(journal, 10 * CHECKPOINT_PAGES)
    with pytest.raises(JournalError):
        journal.close()
    tape.close()
    head.close()
