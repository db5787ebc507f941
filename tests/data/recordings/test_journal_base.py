"""A journal's file is found, frozen and read by conditions; what is damaged is told as such."""

import sqlite3
from pathlib import Path

import pytest
from tests.live.storage.sessions import T0, numbers, write

from lockstep.data.recordings.files import JOURNAL, last_row, segment_name
from lockstep.data.recordings.journal_base import TABLES, Choice, JournalBase
from lockstep.data.recordings.journal_rows import START
from lockstep.errors import JournalError


def test_an_empty_file_goes_nowhere(tmp_path: Path) -> None:
    base = sqlite3.connect(tmp_path / JOURNAL)
    base.executescript(TABLES)
    base.close()
    found = JournalBase(tmp_path / JOURNAL)
    assert (found.start, found.end(), list(found.rows()), found.row(1), found.block(1)) == (
        START,
        START,
        [],
        None,
        None,
    )
    found.close()


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice(), [1, 2, 3, 4, 5, 6]),
        (Choice(first=3, last=5), [3, 4, 5]),
        (Choice(since_ns=T0 + 2, until_ns=T0 + 5), [2, 3, 4]),
        (Choice(kinds=("order",)), [3, 6]),
        (Choice(last=5, kinds=("order", "fill")), [1, 3, 4]),
        (Choice(without=("order",)), [1, 2, 4, 5]),
        (Choice(last=5, kinds=("order", "fill"), without=("order",)), [1, 4]),
        (Choice(kinds=("'; DROP TABLE journal; --",)), []),
        (Choice(first=7), []),
        (Choice(last=1 << 70, since_ns=-(1 << 70)), [1, 2, 3, 4, 5, 6]),  # more than SQLite's numbers reach
        (Choice(first=1 << 63), []),
        (Choice(order=10**30), []),
    ],
)
def test_rows_are_chosen(tmp_path: Path, choice: Choice, expected: list[int]) -> None:
    write(tmp_path / "s", 6)
    base = JournalBase(tmp_path / "s" / JOURNAL)
    assert numbers(list(base.rows(choice))) == expected
    base.close()


def test_a_file_without_the_tables_and_one_cut_in_the_middle_are_damaged(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE x (a)").connection.close()
    with pytest.raises(JournalError, match=r"is damaged .*restore it from a backup"):
        JournalBase(tmp_path / "other.db")
    write(tmp_path / "s", 200)
    path = tmp_path / "s" / JOURNAL
    path.write_bytes(path.read_bytes()[: 3 * 4096])
    with pytest.raises(JournalError, match=r"damaged|can't be read"):
        list(JournalBase(path).rows())


def test_a_segment_is_named_by_its_rows(tmp_path: Path) -> None:
    assert segment_name(1, 250) == "000000000001-000000000250.db"
    assert last_row(tmp_path / segment_name(1, 250)) == 250
    with pytest.raises(JournalError, match="is no archived segment"):
        last_row(tmp_path / "250.db")
