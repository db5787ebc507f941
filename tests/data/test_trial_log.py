"""Entries come back as they were written, and what is no entry is told by its length."""

from pathlib import Path

import pytest

from lockstep.data.trial_log import MARK, Entry, append, opened, read

FIRST, SECOND = Entry(b"AAAA", b"one"), Entry(b"BBBB", MARK + b"two" + MARK)


def write(path: Path, *entries: Entry) -> None:
    with opened(path, writing=True) as handle:
        append(handle, path, read(handle), entries)


def entries(path: Path) -> tuple[tuple[Entry, ...], int]:
    with opened(path, writing=False) as handle:
        log = read(handle)
    return log.entries, log.lost


def test_entries_come_back_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    write(path, FIRST, SECOND)
    write(path, Entry(b"CCCC", b""))
    assert entries(path) == ((FIRST, SECOND, Entry(b"CCCC", b"")), 0)


def test_a_mark_inside_an_entry_is_no_entry(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    write(path, SECOND)
    path.write_bytes(b"junk" + MARK + path.read_bytes() + MARK)
    assert entries(path) == ((SECOND,), 12)


def test_a_log_that_was_never_written_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), opened(tmp_path / "none.log", writing=False):
        raise AssertionError("nothing to open")


def test_an_empty_log_has_no_entries(tmp_path: Path) -> None:
    (tmp_path / "a.log").touch()
    assert entries(tmp_path / "a.log") == ((), 0)
