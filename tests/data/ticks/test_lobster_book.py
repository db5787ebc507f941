"""LOBSTER's order book files with their messages: the book of every row, trades, pairs by name, and bad rows."""

import gzip
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from tests.data.ticks.helpers import columns, cut

from lockstep.data import Store
from lockstep.data.ticks import Trouble
from lockstep.data.ticks.lobster import Lobster
from lockstep.data.ticks.lobster_book import LobsterBook
from lockstep.errors import BadFileError, CrossedBookError, OffTickError, TruncatedTicksError, UnreadableTicksError
from lockstep.kernels.book.events import EventFlag, EventKind, TickBlock
from lockstep.kernels.book.frame import Book

MESSAGE = "ACME_2012-06-21_34200000_57600000_message_2.csv"
BOOK = MESSAGE.replace("message", "orderbook")
NONE = "9999999999,0,-9999999999,0"
MESSAGES = """34200.1,1,11,100,1000000,1
34200.2,1,12,50,1000100,-1
34200.3,2,11,30,1000000,1
34200.4,4,12,20,1000100,-1
34200.5,5,0,9,1000100,-1
34200.6,4,12,30,1000100,-1
"""
BOOKS = f"""1000100,30,1000000,100,{NONE}
1000100,50,1000000,100,{NONE}
1000100,50,1000000,70,9999999999,0,999900,100
1000100,30,1000000,100,{NONE}
1000100,30,1000000,100,{NONE}
9999999999,0,1000000,100,{NONE}
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    (tmp_path / MESSAGE).write_text(MESSAGES)
    (tmp_path / BOOK).write_text(BOOKS)
    return tmp_path / MESSAGE


def rows(store: Store, dataset: str) -> list[tuple[str, int, int, int, int]]:
    events = columns(store.ticks("ACME", dataset=dataset))
    news = cut(events, 2, len(events.kind))
    told = zip(*(part.tolist() for part in (news.kind, news.side, news.tick, news.lots, news.flags)), strict=True)
    return [(EventKind(kind).name, *rest) for kind, *rest in told]


def test_levels_that_differ_are_set_behind_the_trade_that_changed_them(store: Store, pair: Path) -> None:
    report = store.import_ticks(LobsterBook(pair), "book")
    assert (report.level, report.findings.counts) == ("L2", {})
    last, snapshot = int(EventFlag.LAST), int(EventFlag.SNAPSHOT)
    assert rows(store, "book") == [
        ("CLEAR", -1, 0, 0, snapshot), ("SET", 0, 10000, 100, snapshot), ("SET", 1, 10001, 30, snapshot | last),
        ("SET", 1, 10001, 50, last),
        ("SET", 0, 10000, 70, 0), ("SET", 0, 9999, 100, last),
        ("TRADE", 1, 10001, 20, 0), ("SET", 0, 9999, 0, 0), ("SET", 0, 10000, 100, 0), ("SET", 1, 10001, 30, last),
        ("HIDDEN", 1, 10001, 9, last),
        ("TRADE", 1, 10001, 30, 0), ("SET", 1, 10001, 0, last),
    ]  # fmt: skip


def test_the_best_level_alone_is_a_history_of_quotes(store: Store, pair: Path) -> None:
    report = store.import_ticks(LobsterBook(pair, level="L1"), "best")
    assert report.level == "L1"
    quotes = [row[:4] for row in rows(store, "best") if row[0] == "QUOTE"]
    assert quotes == [
        ("QUOTE", 0, 10000, 100), ("QUOTE", 1, 10001, 30), ("QUOTE", 1, 10001, 50), ("QUOTE", 0, 10000, 70),
        ("QUOTE", 0, 10000, 100), ("QUOTE", 1, 10001, 30), ("QUOTE", 1, 10001, 0),
    ]  # fmt: skip


def test_stretches_of_any_length_give_the_same(store: Store, pair: Path) -> None:
    store.import_ticks(LobsterBook(pair), "whole")
    store.import_ticks(LobsterBook([pair.with_name(BOOK), pair], stretch=40), "parts")
    assert rows(store, "parts") == rows(store, "whole")


def test_both_files_are_needed_and_told_apart_by_name(pair: Path, tmp_path: Path) -> None:
    with pytest.raises(BadFileError, match=r"has only what touched 2 level\(s\): .*--ticks lobster-book ACME_.*orderb"):
        Lobster(pair)
    with pytest.raises(BadFileError, match=r"is an order book file, which has no single orders: .*lobster-book"):
        Lobster(pair.with_name(BOOK))
    pair.with_name(BOOK).unlink()
    with pytest.raises(BadFileError, match=r"orderbook_2.csv can't be read: there is no such file; an order"):
        LobsterBook(pair)
    (tmp_path / "book.csv").write_text(BOOKS)
    with pytest.raises(BadFileError, match=r"book.csv does not tell whether it is a message or an order book"):
        LobsterBook(tmp_path / "book.csv", symbol="ACME", day=date(2012, 6, 21))


def test_a_name_that_says_otherwise_is_refused(pair: Path, store: Store) -> None:
    with pytest.raises(BadFileError, match=r"is of ACME by its name, found --symbol MSFT: leave it out, or say that"):
        LobsterBook(pair, symbol="MSFT")
    with pytest.raises(BadFileError, match=r"is of 2012-06-21 by its name, found --day 2012-06-22"):
        LobsterBook(pair, day=date(2012, 6, 22))
    store.import_ticks(LobsterBook(pair, symbol="MSFT", renamed=True))
    assert store.ticks("MSFT").rows


@pytest.mark.parametrize(
    ("line", "error", "trouble"),
    [
        (f"1000100,x,1000000,100,{NONE}", UnreadableTicksError, Trouble.UNREADABLE),
        (f"1000155,50,1000000,100,{NONE}", OffTickError, Trouble.OFF_TICK),
    ],
)
def test_a_bad_row_leaves_the_book_as_it_was(
    store: Store, pair: Path, line: str, error: type[Exception], trouble: Trouble
) -> None:
    lines = BOOKS.splitlines()
    pair.with_name(BOOK).write_text("\n".join([lines[0], line, *lines[2:]]))
    with pytest.raises(error, match=f"^{BOOK}, line 2: "):
        store.import_ticks(LobsterBook(pair))
    report = store.import_ticks(LobsterBook(pair), "tolerant", strict=False)
    assert report.findings.counts == {trouble: 1}
    assert rows(store, "tolerant")[3:5] == [("SET", 0, 10000, 70, 0), ("SET", 0, 9999, 100, 0)]


def test_an_order_book_file_that_ends_early_is_found(store: Store, pair: Path) -> None:
    pair.with_name(BOOK).write_text("".join(BOOKS.splitlines(keepends=True)[:4]))
    with pytest.raises(TruncatedTicksError, match=f"^{BOOK}, line 5: the file ends here, but {MESSAGE} goes on"):
        store.import_ticks(LobsterBook(pair))
    report = store.import_ticks(LobsterBook(pair), "tolerant", strict=False)
    assert report.findings.counts == {Trouble.TRUNCATED: 2}


def test_orders_that_left_the_levels_stop_the_import_of_single_orders(store: Store, tmp_path: Path) -> None:
    """The bid of 100.00 is canceled out of sight; then the price falls through it."""
    path = tmp_path / MESSAGE.replace("_2.csv", "_10.csv")
    path.write_text("34200.1,1,11,100,1000000,1\n34200.2,1,12,50,999900,-1\n34200.3,1,13,50,999800,1\n")
    with pytest.raises(CrossedBookError, match=r"line 2: .* Orders that left the levels of the file stay in the book"):
        store.import_ticks(Lobster(path))
    told = store.import_ticks(Lobster(path), strict=False).findings.lines()
    assert told[-1].startswith("ACME: the book is crossed at 66.7% of its moments in continuous trading")


def published(path: Path) -> Iterator[tuple[list[list[int]], list[list[int]]]]:
    """Rows of an order book file as (bids, asks), each [[tick, lots], ...] without levels that are not there."""
    with gzip.open(path, "rt") as file:
        for line in file:
            numbers = np.array(line.split(","), np.int64).reshape(-1, 2, 2)
            asks, bids = (numbers[:, side][numbers[:, side, 1] > 0] // [100, 1] for side in (0, 1))
            yield bids.tolist(), asks.tolist()


def moments(events: TickBlock) -> Iterator[tuple[int, list[list[int]], list[list[int]]]]:
    """The book whenever it is whole: time, bids, asks."""
    book = Book(int(events.tick.max()) - (1 << 15), slots=0)
    for at, (kind, side, tick, lots) in enumerate(
        zip(*(column.tolist() for column in (events.kind, events.side, events.tick, events.lots)), strict=True)
    ):
        book.apply(kind, side, tick, lots)
        if events.flags[at] & EventFlag.LAST:
            yield int(events.time_ns[at]), *(book.depth(one)[:, :2].tolist() for one in (0, 1))


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("AAPL_first999_orderbook_10.csv.gz", {"symbol": "AAPL", "day": date(2012, 6, 21)}),
        ("GOOG_2012-06-21_34200000_57600000_orderbook_1.csv.gz", {}),
    ],
)
def test_the_book_is_the_published_one_whenever_it_changed(
    store: Store, shared_data: Path, name: str, said: dict[str, object]
) -> None:
    store.import_ticks(LobsterBook(shared_data / "lobster" / name, **said))  # type: ignore[arg-type]
    events = columns(store.ticks(name[:4]))
    expected = [row for row, _ in zip(published(shared_data / "lobster" / name), range(10_000), strict=False)]
    shown = [row[1:] for row in moments(cut(events, 0, min(len(events.kind), 12_000)))][1:]  # without the head
    changes = [row for at, row in enumerate(expected) if not at or row != expected[at - 1]]
    found = [row for at, row in enumerate(shown) if not at or row != shown[at - 1]]
    many = min(len(changes), len(found))
    assert many > 500
    assert [list(row) for row in found[:many]] == [list(row) for row in changes[:many]]
