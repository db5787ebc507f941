"""Tables of quotes, trades, depth and orders: what a row becomes, and bad rows with their places."""

import contextlib
import gzip
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.data.ticks.helpers import columns, cut

from lockstep.data import Instrument, Store
from lockstep.data.ticks import Trouble, table_source
from lockstep.data.ticks.merged import Merged
from lockstep.data.ticks.table import Table
from lockstep.errors import (
    BadFileError,
    LockstepError,
    OffTickError,
    OrderStateError,
    SequenceGapError,
    TickSizeError,
    UnreadableTicksError,
)
from lockstep.kernels.book.events import EventFlag, EventKind

ACME = Instrument("ACME", tick=0.01, lot=1)
SEEN = ("kind", "side", "flags", "tick", "lots", "id")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def events(store: Store, symbol: str = "ACME", dataset: str | None = None) -> list[tuple[Any, ...]]:
    """(kind, side, flags, tick, lots, id) of each event behind the picture that every file begins with."""
    found = columns(store.ticks(symbol, dataset=dataset))
    rows = cut(found, 2, len(found.kind))
    table = zip(*(getattr(rows, name).tolist() for name in SEEN), strict=True)
    return [(EventKind(kind).name, *rest) for kind, *rest in table]


def test_quotes_tell_the_side_that_changed(store: Store) -> None:
    frame = pl.DataFrame(
        {
            "timestamp": ["2024-01-02 10:00:00", "2024-01-02 10:00:01", "2024-01-02 10:00:01.5", "2024-01-02 10:00:02"],
            "bid": [9.99, 9.99, 9.99, None],
            "ask": [10.01, 10.01, 10.02, 10.02],
            "bid_size": [5, 5, 6, None],
            "ask_size": [7, 7, 7, 7],
        }
    )
    report = store.import_ticks(Table(frame, "quotes", instruments=ACME))
    assert (report.dataset, report.rows) == ("local-L1", {"ACME": 5})
    assert events(store) == [
        ("QUOTE", 0, 0, 999, 5, 0), ("QUOTE", 1, 1, 1001, 7, 0), ("QUOTE", 0, 0, 999, 6, 0),
        ("QUOTE", 1, 1, 1002, 7, 0), ("QUOTE", 0, 1, 0, 0, 0),
    ]  # fmt: skip


def test_trades_hit_the_side_opposite_to_the_aggressor(store: Store) -> None:
    frame = {
        "time": [1_704_189_600_000, 1_704_189_600_001, 1_704_189_600_002], "price": ["10.00", "10.01", "9.5"],
        "qty": [3, 4, 5], "side": ["buy", "SELL", "b"], "trade_id": [7, 8, 9], "symbol": ["ACME", "ACME", "B"],
    }  # fmt: skip
    store.import_ticks(Table(frame, "trades"))
    assert events(store) == [("TRADE", 1, 1, 1000, 3, 7), ("TRADE", 0, 1, 1001, 4, 8)]
    assert events(store, "B") == [("TRADE", 1, 1, 950, 5, 9)]
    assert str(store.ticks("B").frame()["time"][-1]) == "2024-01-02 10:00:00.002000+00:00"


def test_trades_of_an_unknown_side(store: Store) -> None:
    store.import_ticks(Table({"time": ["2024-01-02"], "price": [10.0], "size": [1]}, "trades", instruments=ACME))
    assert events(store) == [("TRADE", -1, 1, 1000, 1, 0)]


DEPTH = """ts;side;px;size;is_snapshot;seq
2024-01-02 10:00:00;bid;9.99;5;true;1
2024-01-02 10:00:00;ask;10.01;6;true;1
2024-01-02 10:00:01;bid;9.98;1;false;2
2024-01-02 10:00:01;bid;9.99;0;false;2
2024-01-02 10:00:02;ask;10.01;4;false;3
2024-01-02 10:00:09;bid;9.97;8;true;4
2024-01-02 10:00:09;bid;9.96;9;true;4
"""
SET, CLEAR, LAST, SNAP = "SET", "CLEAR", int(EventFlag.LAST), int(EventFlag.SNAPSHOT)
DEPTH_EVENTS = [
    (CLEAR, -1, SNAP, 0, 0, 0), (SET, 0, SNAP, 999, 5, 0), (SET, 1, SNAP | LAST, 1001, 6, 0),
    (SET, 0, 0, 998, 1, 0), (SET, 0, LAST, 999, 0, 0), (SET, 1, LAST, 1001, 4, 0),
    (CLEAR, -1, SNAP, 0, 0, 0), (SET, 0, SNAP, 997, 8, 0), (SET, 0, SNAP | LAST, 996, 9, 0),
]  # fmt: skip


def test_depth_sets_levels_and_snapshots_begin_anew(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "depth.csv"
    path.write_text(DEPTH)
    report = store.import_ticks(Table(path, "depth", instruments=ACME))
    assert (report.level, report.findings.counts) == ("L2", {})
    assert events(store) == DEPTH_EVENTS
    assert store.ticks("ACME").frame()["sequence"].to_list()[2:] == [1, 1, 1, 2, 2, 3, 4, 4, 4]


@pytest.mark.parametrize("kind", ["csv.gz", "parquet", "arrow", "frame", "pandas", "two files"])
def test_every_make_of_table_gives_the_same(store: Store, tmp_path: Path, monkeypatch, kind: str) -> None:
    monkeypatch.setattr(table_source, "ROWS", 2)
    frame = pl.read_csv(DEPTH.encode(), separator=";", try_parse_dates=True)
    source: Any = tmp_path / f"depth.{kind}"
    if kind == "csv.gz":
        source.write_bytes(gzip.compress(DEPTH.encode()))
    elif kind == "parquet":
        frame.write_parquet(source)
    elif kind == "arrow":
        frame.write_ipc(source)
    elif kind == "two files":
        source = [tmp_path / "one.csv", tmp_path / "two.csv"]
        lines = DEPTH.splitlines(keepends=True)
        source[0].write_text("".join(lines[:4]))
        source[1].write_text("".join([lines[0], *lines[4:]]))
    else:
        source = frame if kind == "frame" else frame.to_pandas()
    store.import_ticks(Table(source, "depth", instruments=ACME))
    assert events(store) == DEPTH_EVENTS


def test_orders_come_and_go(store: Store) -> None:
    frame = {
        "time": [f"2024-01-02 10:00:0{n}" for n in range(6)],
        "action": ["add", "new", "cancel", "execute", "modify", "delete"], "order_id": [1, 2, 1, 2, 1, 2],
        "side": ["bid", "ask", "bid", "ask", "bid", "ask"], "price": [9.9, 10.1, 9.9, 10.1, 9.8, None],
        "size": [5, 6, 2, 1, 4, None],
    }  # fmt: skip
    report = store.import_ticks(Table(frame, "orders", instruments=ACME))
    assert not report.findings.counts
    assert events(store) == [
        ("ADD", 0, 1, 990, 5, 1), ("ADD", 1, 1, 1010, 6, 2), ("REDUCE", 0, 1, 990, 2, 1), ("EXECUTE", 1, 1, 1010, 1, 2),
        ("MODIFY", 0, 1, 980, 4, 1), ("DELETE", 1, 1, 0, 0, 2),
    ]  # fmt: skip


ORPHANS = """time,action,id,side,price,size
2024-01-02 10:00:00,add,1,bid,9.90,5
2024-01-02 10:00:01,execute,99,ask,10.10,2
2024-01-02 10:00:02,delete,98,ask,10.10,2
"""


def test_a_table_of_orders_is_whole_unless_it_is_an_excerpt(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(ORPHANS)
    told = r"orders\.csv, line 3: EXECUTE of 2 lots of order 99: unknown order; nothing was imported\. .*excerpt=True"
    with pytest.raises(OrderStateError, match=told):
        store.import_ticks(Table(path, "orders", instruments=ACME))
    assert store.datasets() == []
    report = store.import_ticks(Table(path, "orders", instruments=ACME), "tolerant", strict=False)
    assert report.findings.counts == {Trouble.UNKNOWN_ORDER: 2}
    report = store.import_ticks(Table(path, "orders", instruments=ACME, excerpt=True), "excerpt")
    assert report.findings.counts == {Trouble.UNKNOWN_ORDER: 2}
    assert [event[0] for event in events(store, "ACME", "excerpt")] == ["ADD", "TRADE", "NONE"]
    with pytest.raises(BadFileError, match="excerpt is about tables of orders"):
        Table(path, "depth", excerpt=True)


def test_orders_with_trades_beside_them_are_whole_too(store: Store) -> None:
    times = ["2024-01-02 10:00:00"]
    trades = Table({"time": times, "price": [10.0], "size": [1]}, "trades", instruments=ACME)
    gone = {"time": times, "action": ["delete"], "id": [98], "side": ["ask"], "price": [10.1], "size": [2]}
    with pytest.raises(OrderStateError, match=r"DELETE of 2 lots of order 98: unknown order; .*--excerpt"):
        store.import_ticks(Merged([trades, Table(gone, "orders", instruments=ACME)]))


def test_local_times_and_times_of_receipt(store: Store) -> None:
    frame = {
        "When": ["02.01.2024 10:00:00"], "price": [10.0], "size": [1], "local_timestamp": [1_704_186_000_123_456_789]
    }  # fmt: skip
    reader = Table(
        frame, "trades", instruments=ACME, columns={"time": "When"}, time_zone="Europe/Berlin",
        time_format="%d.%m.%Y %H:%M:%S",
    )  # fmt: skip
    store.import_ticks(reader)
    row = store.ticks("ACME").frame().row(-1, named=True)
    assert str(row["time"]) == "2024-01-02 09:00:00+00:00"
    assert int(columns(store.ticks("ACME")).received_ns[-1]) == 1_704_186_000_123_456_789


@pytest.mark.parametrize(
    ("line", "error", "trouble", "words"),
    [
        ("2024-01-02 10:00:03;bid;9.995;1;false;4", OffTickError, Trouble.OFF_TICK, "price 9.995 is no multiple"),
        ("2024-01-02 10:00:03;bid;9.99;1.5;false;4", OffTickError, Trouble.OFF_LOT, "size 1.5 is no multiple"),
        ("2024-01-02 10:00:03;bid;abc;1;false;4", UnreadableTicksError, Trouble.UNREADABLE, "column price holds 'abc'"),
        ("2024-01-02 10:00:03;up;9.99;1;false;4", UnreadableTicksError, Trouble.UNREADABLE, "column side holds 'up'"),
        ("2024-01-02 10:00:03;bid", UnreadableTicksError, Trouble.UNREADABLE, "holds None: expected"),
        ("yesterday;bid;9.99;1;false;4", UnreadableTicksError, Trouble.UNREADABLE, "'yesterday'"),
        ("2024-01-02 10:00:03;bid;9.99;-1;false;4", TickSizeError, Trouble.BAD_SIZE, "SET of -1 lots"),
        ("2024-01-02 10:00:03;bid;9.99;1;false;6", SequenceGapError, Trouble.GAP, "sequence number 6 comes after 3"),
        ("2024-01-02 10:00:03;bid;9.99;1;false;2", SequenceGapError, Trouble.REPEATED, "2 comes after 3"),
    ],
)
def test_a_bad_row_is_named(
    store: Store, tmp_path: Path, line: str, error: type[Exception], trouble: Trouble, words: str
) -> None:
    path = tmp_path / "depth.csv"
    lines = DEPTH.splitlines()
    path.write_text("\n".join([*lines[:6], line]) + "\n")
    with pytest.raises(error, match=rf"^depth.csv, line 7: .*{words}"):
        store.import_ticks(Table(path, "depth", instruments=ACME))
    assert store.datasets() == []
    report = store.import_ticks(Table(path, "depth", instruments=ACME), strict=False)
    assert report.findings.counts == {trouble: 1}


def test_receipts_are_aligned_with_the_exchanges_clock(store: Store) -> None:
    times = 1_704_189_600_000_000_000 + 10**9 * np.arange(30)
    late = np.where(np.arange(30) % 4 == 0, 2_000_000, 5_000_000)
    frame = {"time": times, "received": times + late - 3_600 * 10**9, "price": ["10.00"] * 30, "size": [1] * 30}
    table = Table(frame, "trades", instruments=ACME)
    store.import_ticks(table)
    found = columns(store.ticks("ACME"))
    assert (found.received_ns - found.time_ns)[2:].tolist() == (late - 2_000_000).tolist()
    assert table.lines()[0].startswith("clocks: the recorder's is 3599998.000 ms behind the exchange's")
    for other, words in (
        (Table(frame, "trades", instruments=ACME, clock=None), "not aligned"),
        (Table({**frame, "received": times + late}, "trades", instruments=ACME), "2.000 ms at the"),
    ):
        store.import_ticks(other, words.split()[0].replace(".", "-"))
        assert words in other.lines()[0]
    assert Table({"time": times}, "trades", instruments=ACME).lines() == []


def test_a_receipt_a_day_from_its_row_is_garbled(store: Store) -> None:
    times = np.full(3, 1_704_189_600_000_000_000)
    frame = {
        "time": times,
        "received": times + np.array([1, 86_401 * 10**9, 2]),
        "price": ["10.00"] * 3,
        "size": [1] * 3,
    }
    report = store.import_ticks(Table(frame, "trades", instruments=ACME), strict=False)
    assert report.rows == {"ACME": 2}
    assert report.findings.places[Trouble.UNREADABLE][0].startswith("frame, row 1: it was received at 2024-01-03")


def test_rows_without_a_symbol_are_nobodys(store: Store) -> None:
    frame = {
        "time": [1_704_189_600_000] * 3,
        "symbol": ["ACME", None, "ACME "],
        "price": ["10.00"] * 3,
        "size": [1] * 3,
    }
    report = store.import_ticks(Table(frame, "trades"), strict=False)
    assert report.rows == {"ACME": 2}
    assert report.findings.places == {Trouble.UNREADABLE: ["frame, row 1: column symbol is empty"]}


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
def test_damaged_columnar_files_are_refused(store: Store, tmp_path: Path, name: str) -> None:
    frame = pl.DataFrame({"time": ["2024-01-02 10:00:00"] * 500, "price": ["10.00"] * 500, "size": ["1"] * 500})
    write = frame.write_parquet if name == "a.parquet" else frame.write_ipc
    write(tmp_path / name, compression="uncompressed")
    content = (tmp_path / name).read_bytes()
    # Lengths of texts, or names, that point anywhere; a reader that trusts them ends the process.
    for place in range(8, len(content) - 64, len(content) // 40):
        (tmp_path / name).write_bytes(content[:place] + b"\xff" * 24 + content[place + 24 :])
        with contextlib.suppress(LockstepError):
            store.import_ticks(Table(str(tmp_path / name), "trades", instruments=ACME), f"d{place}", strict=False)
    with pytest.raises(BadFileError, match="there is no such file"):
        store.import_ticks(Table("none.parquet", "trades", instruments=ACME))


def test_columns_that_are_missing_or_unknown(store: Store) -> None:
    frame = {"time": ["2024-01-02"], "price": [1.0]}
    with pytest.raises(BadFileError, match="frame: no column for size of trades among time, price"):
        store.import_ticks(Table(frame, "trades", instruments=ACME))
    with pytest.raises(BadFileError, match=r"columns \['prise'\] are unknown"):
        store.import_ticks(Table(frame, "trades", instruments=ACME, columns={"prise": "price"}))
    with pytest.raises(BadFileError, match="frame has no symbol column: name its symbol"):
        store.import_ticks(Table(frame | {"size": [1]}, "trades"))
    with pytest.raises(BadFileError, match="kind is 'bars': expected quotes, trades, depth, orders"):
        Table(frame, "bars")  # type: ignore[arg-type]
    with pytest.raises(BadFileError, match="no file to import"):
        Table([], "trades")


@pytest.mark.real_data
def test_real_quotes(store: Store, shared_data: Path) -> None:
    """1,000 rows, a header among the lines; with awk: the bid or the ask is another one than before 1,174 times."""
    facts = Instrument("USDJPY", "forex", tick=0.001, lot=1, currency="JPY")
    report = store.import_ticks(Table(shared_data / "fx" / "usdjpy-ticks.csv", "quotes", instruments=facts))
    assert report.rows == {"USDJPY": 1_174}
    frame = store.ticks("USDJPY").frame()
    assert frame["price"][2:4].to_list() == pytest.approx([86.655, 86.728])
