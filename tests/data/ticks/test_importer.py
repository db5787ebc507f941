"""Imports of ticks: whole or not at all, what is read is what was given, in memory for a part of it."""

import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.data.ticks.helpers import (
    SECOND,
    START,
    Made,
    block,
    columns,
    cut,
    depths,
    levels,
    orders,
    queues,
    replayed,
)

from lockstep.data import Instrument, Store
from lockstep.data.check import check
from lockstep.data.ticks import Batch, Findings, Ticks, Trouble, importer
from lockstep.data.ticks.symbol_import import BATCH_EVENTS
from lockstep.errors import (
    BackwardTimeError,
    CrossedBookError,
    DataError,
    NoDataError,
    OrderStateError,
    OverlapError,
    StoreLockedError,
    TickSizeError,
    UnknownSymbolError,
)
from lockstep.kernels.book.events import EventFlag, EventKind, TickBlock

HOUR = 3600 * SECOND
DAY = 24 * HOUR


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def news(ticks: Ticks) -> TickBlock:
    """The events that are no part of a picture."""
    events = columns(ticks)
    return TickBlock._make(column[events.flags & EventFlag.SNAPSHOT == 0] for column in events)


def same(one: TickBlock, other: TickBlock, *, but: tuple[str, ...] = ()) -> bool:
    return all((getattr(one, name) == getattr(other, name)).all() for name in one._fields if name not in but)


@pytest.mark.parametrize(("level", "made"), [("L3", orders), ("L2", levels)])
def test_what_is_stored_is_what_was_given(store: Store, level, made) -> None:
    whole = made(3000, step=3 * 60 * SECOND)  # from the 14th at 22:13 to the 21st
    report = store.import_ticks(Made(whole, level))
    assert (report.dataset, report.level, report.rows) == (f"local-{level}", level, {"X": 3000})
    assert not report.findings.counts
    ticks, memory = store.ticks("X"), Ticks.from_blocks(whole, Instrument("X"))
    assert same(news(ticks), columns(memory))
    assert (ticks.slots, ticks.span, ticks.level) == (memory.slots, memory.span, level)
    assert depths(replayed(ticks)) == depths(replayed(memory))
    assert len(list((store.path / f"local-{level}" / "X").iterdir())) == 8


def test_each_day_begins_with_the_book_as_it_was(store: Store) -> None:
    whole = orders(3000, step=3 * 60 * SECOND)
    store.import_ticks(Made(whole))
    for day in ("2023-11-15", "2023-11-18"):
        edge = int(np.datetime64(day, "ns").astype(np.int64))
        at = int(np.searchsorted(whole.time_ns, edge))
        ticks = store.ticks("X", start=day)
        assert columns(ticks).kind[0] == EventKind.CLEAR
        assert len(news(ticks).kind) == 3000 - at
        assert queues(replayed(ticks)) == queues(replayed(store.ticks("X")))
        memory = Ticks.from_blocks(whole, Instrument("X")).between(edge, 2**62)
        opening = int((columns(memory).flags & EventFlag.SNAPSHOT > 0).sum())
        assert same(
            cut(columns(ticks), 0, opening), cut(columns(memory), 0, opening), but=("time_ns", "received_ns")
        )  # fmt: skip


@pytest.mark.parametrize("moment", ["2023-11-16 09:31:00", "2023-11-17 00:00:01"])
def test_a_start_within_a_day_gives_the_book_of_that_moment(store: Store, moment: str) -> None:
    whole = orders(3000, step=3 * 60 * SECOND)
    store.import_ticks(Made(whole))
    start = int(np.datetime64(moment, "ns").astype(np.int64))
    for ticks in (store.ticks("X", start=moment), store.ticks("X").between(start, 2**62)):
        memory = Ticks.from_blocks(whole, Instrument("X")).between(start, 2**62)
        # What a file begins with has the time of its first event.
        assert same(columns(ticks), columns(memory), but=("time_ns", "received_ns") if moment[11:13] == "00" else ())
        assert queues(replayed(ticks)) == queues(replayed(memory))


def test_an_end_keeps_what_is_not_after_it(store: Store) -> None:
    store.import_ticks(Made(levels(100, step=HOUR), "L2"))
    edge = START + 10 * HOUR
    assert store.ticks("X", end=edge).rows == store.ticks("X", end=edge - 1).rows + 1
    assert store.ticks("X", "2023-11-15", "2023-11-15").span[1] < int(np.datetime64("2023-11-16", "ns").astype(int))


def test_many_symbols_of_one_feed_are_kept_apart(store: Store) -> None:
    store.import_ticks(Made(orders(500), symbols=("A", "B/C")))
    assert same(columns(store.ticks("A")), columns(store.ticks("B/C")))
    (dataset,) = store.datasets()
    assert (dataset.kind, dataset.interval, dataset.rows) == ("ticks", "L3", {"A": 500, "B/C": 500})


def test_sequence_numbers_are_kept_where_the_feed_has_them(store: Store) -> None:
    store.import_ticks(Made(levels(50), "L2", numbered=True))
    assert store.ticks("X").frame()["sequence"].to_list()[-50:] == list(range(50))


def test_the_same_events_again_change_nothing(store: Store) -> None:
    store.import_ticks(Made(orders(900)))
    before = sorted(path for path in store.path.rglob("*") if path.is_file())
    manifest = (store.path / "local-L3" / "manifest.json").read_bytes()
    assert store.import_ticks(Made(orders(900), size=123)).rows == {"X": 0}
    assert sorted(path for path in store.path.rglob("*") if path.is_file()) == before
    assert (store.path / "local-L3" / "manifest.json").read_bytes() == manifest


def test_later_events_are_appended_and_others_refused(store: Store) -> None:
    whole = orders(900)
    store.import_ticks(Made(cut(whole, 0, 600)))
    with pytest.raises(OverlapError, match=r"X: the new events start at .* Nothing was imported"):
        store.import_ticks(Made(cut(whole, 300, 900)))
    assert store.ticks("X").rows == 602
    report = store.import_ticks(Made(cut(whole, 600, 900)))
    assert report.rows == {"X": 300}
    assert report.findings.counts[Trouble.UNKNOWN_ORDER] > 0  # its orders came with the import before
    ticks = store.ticks("X")
    second = columns(ticks).kind.tolist().index(EventKind.CLEAR, 1)
    assert second == 602  # an import that knows nothing of the one before begins anew
    assert len(news(ticks).kind) == 900
    replayed(ticks)


def test_facts_that_would_make_other_prices_are_refused(store: Store) -> None:
    store.import_ticks(Made(cut(levels(20), 0, 10), "L2"))
    with pytest.raises(DataError, match=r"X is stored in ticks of 0.01 and lots of 1, the import has 0.05 and 1"):
        store.import_ticks(Made(cut(levels(20), 10, 20), "L2", instrument=Instrument("X", tick=0.05)))
    with pytest.raises(DataError, match=r"counted in ticks of 0.01 and lots of 1, which can't be set"):
        store.set_instrument("X", tick=0.05)
    assert store.set_instrument("X", multiplier=5.0).multiplier == 5.0
    store.import_ticks(Made(cut(levels(20), 10, 20), "L2"))
    assert store.ticks("X").instrument.multiplier == 5.0


def test_datasets_of_other_kinds_are_not_mixed(store: Store) -> None:
    store.import_ticks(Made(levels(20), "L2"), "mine")
    with pytest.raises(DataError, match=r"'mine' holds L2 ticks, the import has L3 ticks"):
        store.import_ticks(Made(orders(20)), "mine")
    with pytest.raises(DataError, match=r"'mine' is real, the import is synthetic"):
        store.import_ticks(Made(levels(20), "L2"), "mine", synthetic=True)
    with pytest.raises(DataError, match=r"dataset 'mine' holds ticks, here bars are asked for: store.ticks opens it"):
        store.bars("X", dataset="mine")
    with pytest.raises(NoDataError, match="holds no bars: mine alone"):
        store.bars("X")
    with pytest.raises(UnknownSymbolError, match="unknown symbol 'Y'"):
        store.ticks("Y")
    prices = {name: [1.0, 1.0] for name in ("open", "high", "low", "close")}
    frame = {"open_time": ["2023-11-14", "2023-11-15"], **prices}
    with pytest.raises(DataError, match="'mine' holds L2 ticks, the import has 1d bars:"):
        store.import_frame(frame, symbol="X", dataset="mine")
    store.import_frame(frame, symbol="X", calendar="24/7")
    assert store.bars("X").rows == 2
    assert store.ticks("X").rows == 22


def bad(kind: int, lots: int, flags: int = 1, time_ns: int = START + 5, tick: int = 12) -> TickBlock:
    """A good event, the one asked for, and a good one."""
    events = block([
        (START + 1, EventKind.SET, 0, 10, 5, 0), (time_ns, kind, 1, tick, lots, 0),
        (START + 9, EventKind.SET, 0, 8, 5, 0),
    ])  # fmt: skip
    return events._replace(flags=np.array([1, flags, 1], np.uint8))


CROSSING = bad(EventKind.SET, 5, EventFlag.SNAPSHOT | EventFlag.LAST, tick=9)


@pytest.mark.parametrize(
    ("events", "error", "trouble", "words", "kept"),
    [
        (bad(EventKind.SET, 5, time_ns=START), BackwardTimeError, Trouble.BACKWARD, "comes after", EventKind.SET),
        (bad(EventKind.TRADE, 0), TickSizeError, Trouble.BAD_SIZE, "TRADE of 0 lots", EventKind.NONE),
        (bad(EventKind.SET, -1), TickSizeError, Trouble.BAD_SIZE, "SET of -1 lots", EventKind.NONE),
        (bad(99, 5), DataError, Trouble.UNREADABLE, "kind 99, side 1, tick 12", EventKind.NONE),
        (CROSSING, CrossedBookError, Trouble.CROSSED, "a bid at or above its ask", EventKind.SET),
    ],
)
def test_trouble_stops_a_strict_import_and_is_counted_in_a_tolerant_one(
    store: Store, events: TickBlock, error: type[Exception], trouble: Trouble, words: str, kept: int
) -> None:
    with pytest.raises(error, match=rf"^event 2 of X: .*{words}.*; nothing was imported"):
        store.import_ticks(Made(events, "L2"))
    assert not [path for path in store.path.rglob("*") if path.name != ".lock"]
    report = store.import_ticks(Made(events, "L2"), strict=False)
    assert report.findings.counts == {trouble: 1}
    assert words in "\n".join(report.findings.lines())
    stored = columns(store.ticks("X"))
    assert stored.kind[-2] == kept
    assert (np.diff(stored.time_ns) >= 0).all()


CROSSED = [2, 5]
"""Events with which the book below becomes crossed: at 102 until 4, at 101 until 6."""


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_book_that_becomes_crossed_is_found_once_in_batches_of_any_size(store: Store, size: int) -> None:
    kind = EventKind.SET
    events = block([
        (START, kind, 0, 100, 1, 0), (START, kind, 1, 102, 1, 0), (START, kind, 0, 102, 1, 0),
        (START, kind, 0, 101, 1, 0), (START, kind, 0, 102, 0, 0), (START, kind, 1, 101, 1, 0),
        (START, kind, 0, 101, 0, 0),
    ])  # fmt: skip
    findings = store.import_ticks(Made(events, "L2", size), strict=False).findings
    assert [place.split(":")[0] for place in findings.places[Trouble.CROSSED]] == [
        f"event {row + 1} of X" for row in CROSSED
    ]
    with pytest.raises(CrossedBookError, match="event 3 of X: X's best bid is at or above its best ask"):
        store.import_ticks(Made(events, "L2", size), "strict")
    lawful = Made(events, "L2", size)
    lawful.findings = Findings(lawful=[Trouble.CROSSED])
    assert store.import_ticks(lawful, "lawful").findings.counts == {Trouble.CROSSED: 2}


def test_orders_that_contradict_themselves_are_trouble_and_unknown_ones_are_not(store: Store) -> None:
    known = block([
        (START, EventKind.ADD, 0, 10, 5, 1), (START, EventKind.EXECUTE, 1, 11, 2, 7),
        (START, EventKind.DELETE, 1, 9, 2, 8),
    ])  # fmt: skip
    report = store.import_ticks(Made(known), "known")
    assert report.findings.counts == {Trouble.UNKNOWN_ORDER: 2}
    assert columns(store.ticks("X")).kind[-2:].tolist() == [EventKind.TRADE, EventKind.NONE]
    twice = block([(START, EventKind.ADD, 0, 10, 5, 1), (START, EventKind.ADD, 0, 10, 5, 1)])
    with pytest.raises(OrderStateError, match=r"event 2 of X: ADD of 5 lots of order 1: duplicate order"):
        store.import_ticks(Made(twice), "twice")
    report = store.import_ticks(Made(twice), "twice", strict=False)
    assert report.findings.counts == {Trouble.ORDER: 1}


def test_an_import_without_events_leaves_nothing(store: Store) -> None:
    with pytest.raises(NoDataError, match="made holds no events that can be imported"):
        store.import_ticks(Made(cut(levels(5), 0, 0), "L2"))
    assert store.datasets() == []


KILLED = """
import os, sys
from lockstep.data import Store
from tests.data.ticks.helpers import Made, cut, orders

class Dying(Made):
    def blocks(self):
        for number, batch in enumerate(super().blocks()):
            if number == 20:
                os._exit(9)
            yield batch

Store(sys.argv[1]).import_ticks(Dying(cut(orders(9000, step=60 * 10**9), 3000, 9000), size=100))
"""


def test_a_process_killed_in_mid_import_leaves_the_old_data(store: Store, root: Path, monkeypatch) -> None:
    whole = orders(9000, step=60 * SECOND)
    monkeypatch.setattr("lockstep.data.ticks.symbol_import.BATCH_EVENTS", 50)
    store.import_ticks(Made(cut(whole, 0, 3000)))
    before, files = store.ticks("X").data_hash, set((store.path / "local-L3/X").iterdir())
    environment = os.environ | {"PYTHONPATH": str(root)}
    done = subprocess.run([sys.executable, "-c", KILLED, str(store.path)], env=environment, check=False)
    assert done.returncode == 9
    assert set((store.path / "local-L3/X").iterdir()) > files  # what the killed one left
    assert store.ticks("X").data_hash == before
    result = check(store)
    assert (result.faults, len(result.removed) > 0) == ((), True)
    assert set((store.path / "local-L3/X").iterdir()) == files
    assert store.import_ticks(Made(cut(whole, 3000, 9000))).rows == {"X": 6000}


def test_a_reader_that_fails_leaves_nothing(store: Store) -> None:
    class Failing(Made):
        def blocks(self) -> Iterator[Batch]:
            yield from super().blocks()
            raise OSError(5, "the disk is gone")

    with pytest.raises(DataError, match="the store is as it was"):
        store.import_ticks(Failing(orders(500)))
    assert not [path for path in store.path.rglob("*") if path.name != ".lock"]


def test_one_writes_at_a_time(store: Store) -> None:
    class Greedy(Made):
        def blocks(self) -> Iterator[Batch]:
            store.import_ticks(Made(levels(5), "L2"))
            yield from super().blocks()

    with pytest.raises(StoreLockedError, match="is being written by process"):
        store.import_ticks(Greedy(orders(5)))


class Long(Made):
    """The same events over and over, later each time."""

    def __init__(self, events: TickBlock, times: int, symbols: tuple[str, ...] = ("X",)) -> None:
        super().__init__(events, "L2", symbols=symbols)
        self._times = times

    def blocks(self) -> Iterator[Batch]:
        length = int(self._events.time_ns[-1] - self._events.time_ns[0]) + 1
        for turn in range(self._times):
            shifted = self._events._replace(
                time_ns=self._events.time_ns + turn * length, received_ns=self._events.received_ns + turn * length
            )
            for symbol in self._symbols:
                yield Batch(symbol, shifted)


def file_pages() -> int:
    """Bytes of files in this process's memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssFile"))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured as Linux tells it")
def test_a_long_stream_passes_through_in_bounded_memory(store: Store) -> None:
    part = levels(50_000, step=10)
    store.import_ticks(Long(part, 2), "warm")  # what is loaded and compiled once is not counted
    tracemalloc.start()
    report = store.import_ticks(Long(part, 60), "long")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    size = sum(path.stat().st_size for path in (store.path / "long" / "X").iterdir())
    assert report.rows == {"X": 3_000_000}
    assert size > 140e6
    assert peak < 12 * 47 * BATCH_EVENTS  # a few batches: 37 MB
    before = file_pages()
    most = 0
    for events in store.ticks("X", dataset="long").blocks():
        assert events.lots.max() < 10
        most = max(most, file_pages() - before)
    assert most < 20e6


def test_thousands_of_symbols_are_spilled_when_too_much_is_held(store: Store, monkeypatch) -> None:
    monkeypatch.setattr(importer, "MOST_PENDING", 5000)
    symbols = tuple(f"S{number}" for number in range(30))
    store.import_ticks(Long(levels(300, step=1000), 4, symbols))
    assert {store.ticks(symbol).rows for symbol in symbols} == {1202}
    assert check(store).faults == ()


def test_what_was_found_and_whence_a_symbol_came_is_kept(store: Store) -> None:
    for name in ("A", "B"):
        reader = Made(orders(20), "L3", symbols=(name,))
        reader.source = f"{name}.csv"
        reader.findings.note(Trouble.GAP, f"{name}.csv, line 3", "2 are missing")
        store.import_ticks(reader, "mine")
    assert [store.ticks(name).source for name in ("A", "B")] == ["A.csv", "B.csv"]
    (dataset,) = store.datasets()
    assert dataset.source == "A.csv, B.csv"
    assert [told["source"] for told in dataset.imports] == ["A.csv", "B.csv"]
    assert dataset.imports[1]["findings"] == {"gap": {"events": 1, "places": ["B.csv, line 3: 2 are missing"]}}
    assert dataset.imports[1]["rows"] == {"B": 20}
