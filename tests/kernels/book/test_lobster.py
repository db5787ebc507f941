"""NASDAQ as LOBSTER recorded it: each row of its books follows from the one before, and executions hit the head."""

from pathlib import Path

import pytest
from tests.kernels.book.blocks import cut
from tests.kernels.book.invariants import check_memory
from tests.kernels.book.lobster import CarriedBook, as_events, messages, read
from tests.kernels.book.test_resolve import resolved

from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventKind
from lockstep.kernels.book.frame import Book

pytestmark = pytest.mark.real_data


@pytest.mark.parametrize(
    ("messages_file", "book_file", "levels", "steps"),
    [
        (
            "GOOG_2012-06-21_34200000_57600000_message_1.csv.gz",
            "GOOG_2012-06-21_34200000_57600000_orderbook_1.csv.gz", 1, 49_481,
        ),
        ("AAPL_first999_message_10.csv.gz", "AAPL_first999_orderbook_10.csv.gz", 10, 998),
    ],
)  # fmt: skip
def test_each_row_is_the_one_before_and_its_message(
    shared_data: Path, messages_file: str, book_file: str, levels: int, steps: int
) -> None:
    rows, said = read(shared_data / "lobster" / book_file), messages(shared_data / "lobster" / messages_file)
    carried = CarriedBook(rows[0], levels)
    followed = 0
    for number in range(1, len(rows)):
        assert carried.step(said[number], rows[number]), f"row {number}: {said[number]}"
        followed += 1
    assert followed == steps
    assert carried.book.digest == carried.book.recount()
    check_memory(carried.book)


def test_a_wrong_row_is_noticed(shared_data: Path) -> None:
    """Each of a hundred rows in turn, one share or one cent off at a level that is in sight."""
    rows = read(shared_data / "lobster" / "AAPL_first999_orderbook_10.csv.gz")
    said = messages(shared_data / "lobster" / "AAPL_first999_message_10.csv.gz")
    carried = CarriedBook(rows[0], 10)
    for number in range(1, 101):
        wrong = rows[number].copy()
        column = number % 36  # the last level may come from outside
        wrong[column] += 100 if column % 2 == 0 else 1
        spare = CarriedBook(rows[number - 1], 10)
        assert not spare.step(said[number], wrong)
        assert carried.step(said[number], rows[number])


def test_executions_hit_the_head_of_the_queue(shared_data: Path) -> None:
    """4,031 of 4,055 executions of known orders hit the oldest known one at their price: an independent count says so.

    In the other 24 an older order rests there, and the sample does not say why.
    """
    path = shared_data / "lobster" / "AAPL_2012-06-21_34200000_37800000_message_50.csv.gz"
    events, codes = resolved(Book(50_000, slots=16, entries=32), as_events(messages(path)))
    events.kind[codes != Code.OK] = EventKind.NONE
    book = Book(50_000, slots=16)
    heads, executions, done = 0, 0, 0
    for number in (events.kind == EventKind.EXECUTE).nonzero()[0]:
        assert book.replay(cut(events, done, number)).code == Code.OK
        heads += at_head(book, int(events.slot[number]))
        executions += 1
        done = number
    assert (heads, executions) == (4031, 4055)
    assert heads >= 0.99 * executions


def at_head(book: Book, slot: int) -> bool:
    """Return whether the order in a slot is the first of its queue: what is before it is its level's row."""
    return bool(book.nodes["previous"][len(book.levels) + slot] < len(book.levels))
