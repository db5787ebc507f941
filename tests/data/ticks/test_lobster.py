"""LOBSTER message files: each type of message, bad lines with their places, and the real samples."""

import gzip
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from tests.data.ticks.helpers import columns, cut

from lockstep.data import Instrument, Store
from lockstep.data.ticks import Trouble
from lockstep.data.ticks.lobster import Lobster
from lockstep.errors import BadFileError, OffTickError, TruncatedTicksError, UnreadableTicksError
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventFlag, EventKind, Phase, TickBlock
from lockstep.kernels.book.frame import Book

NAME = "ACME_2012-06-21_34200000_57600000_message_10.csv"
OPEN = 1_340_285_400 * 10**9  # 2012-06-21 09:30 in New York is 13:30 UTC
GOOD = """34200.000000001,1,11,100,1000000,1
34200.000000002,1,12,50,1000100,-1
34200.5,2,11,10,1000000,1
34201.000000000,4,12,20,1000100,-1
34201.0,5,0,7,1000050,1
34202,3,11,90,1000000,1
34203,6,-1,300,1000100,-1
34204,7,0,0,-1,-1
34205,7,0,0,0,-1
34206.123456789,7,0,0,1,-1
"""


def news(store: Store, symbol: str = "ACME") -> TickBlock:
    events = columns(store.ticks(symbol))
    return cut(events, 2, len(events.kind))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def write(folder: Path, text: str, name: str = NAME) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_each_type_of_message(store: Store, tmp_path: Path) -> None:
    report = store.import_ticks(Lobster(write(tmp_path, GOOD)))
    assert (report.dataset, report.rows) == ("local-L3", {"ACME": 10})
    events = news(store)
    seconds = [0.000000001, 0.000000002, 0.5, 1, 1, 2, 3, 4, 5, 6.123456789]
    assert events.time_ns.tolist() == [OPEN + round(second * 1e9) for second in seconds]
    names = "ADD ADD REDUCE EXECUTE HIDDEN DELETE TRADE PHASE PHASE PHASE"
    assert [EventKind(kind).name for kind in events.kind.tolist()] == names.split()
    assert events.side.tolist() == [0, 1, 0, 1, 0, 0, -1, -1, -1, -1]  # the resting order's, not the aggressor's
    assert events.tick.tolist() == [10000, 10001, 10000, 10001, 10000, 10000, 10001, 0, 0, 0]
    assert events.lots.tolist() == [100, 50, 10, 20, 7, 90, 300, Phase.HALT, Phase.AUCTION, Phase.CONTINUOUS]
    assert events.id.tolist() == [11, 12, 11, 12, 0, 11, 0, 0, 0, 0]
    assert events.slot.tolist() == [0, 1, 0, 1, -1, 0, -1, -1, -1, -1]
    assert (events.flags == EventFlag.LAST).all()
    # The hidden execution at half a tick is no fault of the feed, and rounded down.
    assert report.findings.counts == {Trouble.OFF_TICK: 1}
    assert report.findings.places[Trouble.OFF_TICK][0].startswith(f"{NAME}, line 5: price 100.0050 is no multiple")


def test_hidden_executions_have_a_side_until_nasdaq_stopped_telling_it(store: Store, tmp_path: Path) -> None:
    for day, side in (("2014-07-11", 0), ("2014-07-14", -1)):
        store.import_ticks(Lobster(write(tmp_path, GOOD, NAME.replace("2012-06-21", day))), day)
        events = columns(store.ticks("ACME", dataset=day))
        assert events.side[events.kind == EventKind.HIDDEN].tolist() == [side]


def test_packed_files_and_small_stretches_give_the_same(store: Store, tmp_path: Path) -> None:
    store.import_ticks(Lobster(write(tmp_path, GOOD)), "plain")
    packed = tmp_path / f"{NAME}.gz"
    packed.write_bytes(gzip.compress(GOOD.encode()))
    store.import_ticks(Lobster(packed, stretch=100), "packed")
    assert store.ticks("ACME", dataset="plain").frame().equals(store.ticks("ACME", dataset="packed").frame())


def test_the_name_may_lack_symbol_and_day_when_they_are_given(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path, GOOD, "messages.csv")
    with pytest.raises(BadFileError, match=r"messages.csv does not tell its symbol and day as SYMBOL_2012-06-21_"):
        Lobster(path)
    store.import_ticks(Lobster(path, symbol="ACME", day=date(2012, 1, 3)))
    assert str(store.ticks("ACME").frame()["time"][2])[:19] == "2012-01-03 14:30:00"  # winter


def test_the_next_day_knows_no_order_of_the_day_before(store: Store, tmp_path: Path) -> None:
    files = [write(tmp_path, GOOD), write(tmp_path, GOOD, NAME.replace("06-21", "06-22"))]
    store.import_ticks(Lobster(files))
    second = columns(store.ticks("ACME", start="2012-06-22"))
    head = int((second.flags & EventFlag.SNAPSHOT > 0).sum())
    assert second.kind[head] == EventKind.CLEAR
    assert store.ticks("ACME").rows == 2 + 10 + 1 + 10


@pytest.mark.parametrize(
    ("line", "error", "trouble", "words"),
    [
        ("34207,1,13,100,1000055,1", OffTickError, Trouble.OFF_TICK, "price 100.0055 is no multiple of ACME's tick"),
        ("34207,1,13,100", TruncatedTicksError, Trouble.TRUNCATED, "found '34207,1,13,100'"),
        ("34207,x,13,100,1000000,1", UnreadableTicksError, Trouble.UNREADABLE, "found '34207,x,13,100,1000000,1'"),
        ("34207,8,13,100,1000000,1", UnreadableTicksError, Trouble.UNREADABLE, "expected time,type,id,size"),
        ("34207,1,13,100,1000000,0", UnreadableTicksError, Trouble.UNREADABLE, "expected time,type,id,size"),
        ("-1,1,13,100,1000000,1", UnreadableTicksError, Trouble.UNREADABLE, "expected time,type,id,size"),
        ("34207,7,0,0,5,-1", UnreadableTicksError, Trouble.UNREADABLE, "expected time,type,id,size"),
    ],
)  # fmt: skip
def test_a_bad_line_is_named(
    store: Store, tmp_path: Path, line: str, error: type[Exception], trouble: Trouble, words: str
) -> None:
    lines = GOOD.splitlines()
    path = write(tmp_path, "\n".join([*lines[:4], line, *lines[5:]]) + "\n\n")
    with pytest.raises(error, match=rf"^{NAME}, line 5: .*{words}"):
        store.import_ticks(Lobster(path))
    assert store.datasets() == []
    report = store.import_ticks(Lobster(path, stretch=64), strict=False)
    assert report.findings.counts == {trouble: 1}
    assert report.rows == {"ACME": 9}


def test_a_file_that_was_cut_is_found(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path, GOOD[:-12])
    with pytest.raises(TruncatedTicksError, match=rf"^{NAME}, line 10: .* found '34206.123456789'"):
        store.import_ticks(Lobster(path))
    packed = tmp_path / f"{NAME}.gz"
    packed.write_bytes(gzip.compress("".join(f"34200.5,5,0,{n},1000000,1\n" for n in range(1, 9999)).encode())[:-200])
    with pytest.raises(TruncatedTicksError, match=rf"^{NAME}.gz, line 9\d+: "):
        store.import_ticks(Lobster(packed))
    report = store.import_ticks(Lobster(packed), strict=False)
    assert list(report.findings.counts) == [Trouble.TRUNCATED]
    assert "the packed file can't be read further" in report.findings.places[Trouble.TRUNCATED][-1]
    with pytest.raises(BadFileError, match="can't be read"):
        store.import_ticks(Lobster(tmp_path / NAME.replace("ACME", "GONE")))


def test_ticks_and_lots_are_the_instruments(store: Store, tmp_path: Path) -> None:
    facts = Instrument("ACME", tick=0.0001, lot=10)
    report = store.import_ticks(Lobster(write(tmp_path, GOOD), instruments=[facts]), strict=False)
    assert report.findings.counts == {Trouble.OFF_LOT: 1}
    assert news(store).tick[0] == 1_000_000
    assert news(store).lots[:3].tolist() == [10, 5, 1]


def book_rows(path: Path, levels: int) -> Iterator[list[tuple[list[list[int]], list[list[int]]]]]:
    """Rows of a LOBSTER order book file as (bids, asks), each [[tick, lots], ...] without levels that are not there."""
    with gzip.open(path, "rt") as file:
        for line in file:
            numbers = np.array(line.split(","), np.int64).reshape(levels, 2, 2)
            asks, bids = (numbers[:, side][numbers[:, side, 1] > 0] // [100, 1] for side in (0, 1))
            yield [(bids.tolist(), asks.tolist())]


@pytest.mark.real_data
def test_the_real_samples_agree_with_what_is_published(store: Store, shared_data: Path) -> None:
    """Numbers of messages by type and of unknown orders: counted with awk over the files, see their readme."""
    folder = shared_data / "lobster"
    aapl = folder / "AAPL_2012-06-21_34200000_37800000_message_50.csv.gz"
    report = store.import_ticks(Lobster(aapl))
    assert report.rows == {"AAPL": 91_997}
    assert report.findings.counts == {Trouble.OFF_TICK: 19, Trouble.UNKNOWN_ORDER: 12 + 72}
    kinds = dict(store.ticks("AAPL").frame()["kind"].value_counts().iter_rows())
    expected = {
        "ADD": 44_256,
        "REDUCE": 469,
        "DELETE": 41_004 - 72,
        "EXECUTE": 4_067 - 12,
        "TRADE": 12,
        "HIDDEN": 2_201,
    }
    assert {name: kinds[name] for name in expected} == expected


@pytest.mark.real_data
def test_each_message_moves_the_published_book_by_what_it_says(store: Store, shared_data: Path) -> None:
    """Row k - 1 of the order book file and event k give row k, at each level that both rows must show."""
    folder = shared_data / "lobster"
    reader = Lobster(folder / "AAPL_first999_message_10.csv.gz", symbol="AAPL", day=date(2012, 6, 21))
    store.import_ticks(reader)
    events = news(store, "AAPL")
    rows = [row for (row,) in book_rows(folder / "AAPL_first999_orderbook_10.csv.gz", 10)]
    agreeing = 0
    for at in range(1, len(rows)):
        book = Book(50_000, window=1 << 14, slots=0)
        for side, shown in enumerate(rows[at - 1]):
            for tick, lots in shown:
                assert book.apply(EventKind.SET, side, tick, lots) == Code.OK
        _move(book, events, at)
        for side, shown in enumerate(rows[at]):
            found = book.depth(side, 9)[:, :2].tolist()
            assert found == shown[: len(found)], (at, side)
        agreeing += 1
    assert agreeing == 998


def _move(book: Book, events: TickBlock, at: int) -> None:
    """Change the level of an event by its lots, as a reader of the files would by hand."""
    kind, side, tick, lots = (int(column[at]) for column in (events.kind, events.side, events.tick, events.lots))
    if kind == EventKind.HIDDEN:
        return
    rest = {int(level[0]): int(level[1]) for level in book.depth(side)}.get(tick, 0)
    # An event of an order that came before the file is kept as TRADE or NONE, with its lots.
    book.apply(EventKind.SET, side, tick, rest + (lots if kind == EventKind.ADD else -lots))
