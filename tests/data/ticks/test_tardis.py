"""Tardis' CSV files; rows as its documentation shows them, https://docs.tardis.dev/downloadable-csv-files/data-types."""

import gzip

import pytest
from tests.data.ticks.feeds import column, events, places

from lockstep.data import Instrument
from lockstep.data.ticks import Trouble
from lockstep.data.ticks.tardis import TardisReader
from lockstep.errors import BackwardTimeError, BadFileError, OffTickError, TruncatedTicksError, UnreadableTicksError

US = 1000
X = Instrument("XBTUSD", kind="perpetual", tick=0.5, lot=1.0)
BOOK = "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount"
TRADES = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount"
QUOTES = "exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount"
SET, CLEAR, TRADE, QUOTE = "SET", "CLEAR", "TRADE", "QUOTE"
T0 = 1_585_699_200_000_000


@pytest.fixture
def file(tmp_path):
    def write(name, header, *rows):
        path = tmp_path / f"{name}.csv.gz"
        text = "\n".join([header, *(f"bitmex,XBTUSD,{row}" for row in rows)]) + "\n"
        path.write_bytes(gzip.compress(text.encode()))
        return path

    return write


def at(us, rest, lag=5000):
    return f"{T0 + us},{T0 + us + lag},{rest}"


def book_rows():
    return [
        at(0, "true,bid,100,10"), at(0, "true,ask,101,20"), at(0, "true,bid,99.5,5"),
        at(10_000, "false,bid,99.5,0"), at(10_000, "false,ask,101.5,7"), at(20_000, "false,ask,101,3"),
        at(30_000, "true,bid,98,1"), at(30_000, "true,ask,102,2"),
    ]  # fmt: skip


def test_updates_become_levels_and_snapshots_begin_with_an_empty_book(file):
    one = TardisReader(file("book", BOOK, *book_rows()), X, clock=None)
    assert events(one) == [
        (CLEAR, -1, 0, 0, 2), (SET, 0, 200, 10, 2), (SET, 1, 202, 20, 2), (SET, 0, 199, 5, 3),
        (SET, 0, 199, 0, 0), (SET, 1, 203, 7, 1), (SET, 1, 202, 3, 1),
        (CLEAR, -1, 0, 0, 2), (SET, 0, 196, 1, 2), (SET, 1, 204, 2, 3),
    ]  # fmt: skip
    assert column(one, "time_ns")[4] == (T0 + 10_000) * US
    assert column(one, "received_ns")[4] == (T0 + 15_000) * US
    assert places(one)[4] == "book.csv.gz, line 5"


def test_a_book_that_begins_with_an_update_is_noted_and_read(file):
    one = TardisReader(file("book", BOOK, at(0, "false,bid,100,1")), X)
    assert len(events(one)) == 1
    assert one.findings.counts == {Trouble.GAP: 1}


def test_trades_are_merged_with_the_book_by_exchange_time(file):
    trades = file(
        "trades", TRADES, at(10_000, "a-1,sell,100,4"), at(15_000, "77,buy,101,1"), at(16_000, "8,unknown,101,1")
    )
    both = events(TardisReader([file("book", BOOK, *book_rows()), trades], X))
    assert both[4:8] == [
        (TRADE, 0, 200, 4, 1), (SET, 0, 199, 0, 0), (SET, 1, 203, 7, 1), (TRADE, 1, 202, 1, 1)
    ]  # fmt: skip
    assert both[8] == (TRADE, -1, 202, 1, 1)
    assert column(TardisReader(trades, X), "id") == [0, 77, 8]


def test_quotes_come_with_trades_as_the_other_level(file):
    quotes = file("quotes", QUOTES, at(0, "86,101,100.5,112"), at(9, "80,101,,"))
    trades = file("trades", TRADES, at(5, "1,sell,100,4"))
    found = events(TardisReader([quotes, trades, file("book", BOOK, *book_rows())], X, level="L1"))
    assert found == [
        (QUOTE, 0, 201, 112, 0), (QUOTE, 1, 202, 86, 1), (TRADE, 0, 200, 4, 1),
        (QUOTE, 0, 0, 0, 0), (QUOTE, 1, 202, 80, 1),
    ]  # fmt: skip


def test_the_level_is_that_of_the_files(file):
    quotes, trades, book = file("q", QUOTES), file("t", TRADES), file("b", BOOK)
    assert [TardisReader(paths, X).level for paths in (quotes, trades, [trades, book, quotes])] == ["L1", "L1", "L2"]


def test_pictures_become_what_changed_between_them(file):
    header = "exchange,symbol,timestamp,local_timestamp," + ",".join(
        f"{side}[{n}].{what}" for n in range(2) for side in ("asks", "bids") for what in ("price", "amount")
    )
    one = TardisReader(
        file("book_snapshot_2", header, at(0, "101,5,100,7,101.5,6,99.5,8"), at(10, "101,5,100,7,101.5,6,99.5,8"),
             at(20, "101.5,6,100,9,,,99.5,8"), at(30, "101,1,100,9,101.5,6,99.5,8")), X,
    )  # fmt: skip
    assert events(one) == [
        (CLEAR, -1, 0, 0, 2), (SET, 0, 199, 8, 2), (SET, 0, 200, 7, 2), (SET, 1, 202, 5, 2), (SET, 1, 203, 6, 3),
        (SET, 1, 202, 0, 0), (SET, 0, 200, 9, 1), (SET, 1, 202, 1, 1),
    ]  # fmt: skip
    assert column(one, "time_ns")[-1] == (T0 + 30) * US


def test_pictures_of_negative_prices(file):
    header = "exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].amount,bids[0].price,bids[0].amount"
    assert events(TardisReader(file("b", header, at(0, "-1,5,-1.5,7")), X))[1:] == [
        (SET, 0, -3, 7, 2), (SET, 1, -2, 5, 3)
    ]  # fmt: skip


def test_long_files_are_read_part_by_part_with_messages_whole(file, monkeypatch):
    monkeypatch.setattr("lockstep.data.ticks.csv_feed._STRETCH", 150)
    one = TardisReader(file("book", BOOK, *book_rows()), X)
    short = events(one)
    monkeypatch.undo()
    assert short == events(one)


def test_several_days_follow_one_another(file):
    days = [file("a", BOOK, *book_rows()), file("b", BOOK, at(90_000, "true,bid,97,1"))]
    assert events(TardisReader(days, X))[-2:] == [(CLEAR, -1, 0, 0, 2), (SET, 0, 194, 1, 3)]


def test_receipts_before_the_exchange_sent_are_aligned(file):
    rows = [at(n * 1000, f"{n + 1},buy,100,1", lag=-40_000 + 300 * (n % 5)) for n in range(50)]
    one = TardisReader(file("trades", TRADES, *rows), X, floor_ns=2_000_000)
    assert min(r - t for r, t in zip(column(one, "received_ns"), column(one, "time_ns"), strict=True)) == 2_000_000
    assert one.clock.offset_ns == -42_000_000


def test_faults_are_found_by_line(file):
    rows = [at(0, "true,bid,100,10"), at(10, "false,bid,100.2,1"), at(20, "false,bid,x,1"), at(30, "false,bid,99"),
            "x,y,false,bid,99,1", at(40, "false,bid,99,1")]  # fmt: skip
    one = TardisReader(file("book", BOOK, *rows), X, strict=False)
    assert [e[:3] for e in events(one)] == [(CLEAR, -1, 0), (SET, 0, 200), (SET, 0, 198)]
    assert one.findings.counts == {Trouble.OFF_TICK: 1, Trouble.UNREADABLE: 3}
    assert one.findings.places[Trouble.OFF_TICK][0].startswith("book.csv.gz, line 3: ")
    listed = " ".join(one.findings.places[Trouble.UNREADABLE])
    assert "line 5: 7 fields, expected 8" in listed
    assert "line 4: the price or the size is no number" in listed
    assert "line 6: the time is no number" in listed
    with pytest.raises(OffTickError):
        events(TardisReader(file("book", BOOK, *rows[:2]), X))
    with pytest.raises(UnreadableTicksError):
        events(TardisReader(file("book", BOOK, rows[0], rows[3]), X))


def test_a_line_without_a_symbol_is_found(tmp_path):
    path = tmp_path / "trades.csv"
    path.write_text(f"{TRADES}\nbitmex,XBTUSD,{at(0, '1,buy,100,1')}\nbitmex,,{at(1, '2,buy,100,1')}\n")
    reader = TardisReader(path, X, strict=False)
    assert len(events(reader)) == 1
    assert reader.findings.places == {Trouble.UNREADABLE: ["trades.csv, line 3: the symbol is missing"]}


def test_a_receipt_a_day_from_its_line_is_garbled(file):
    path = file("a", TRADES, at(0, "1,buy,100,1"), at(1, "2,buy,100,1", lag=90_000 * 10**6), at(2, "3,buy,100,1"))
    reader = TardisReader(path, X, strict=False)
    assert len(events(reader)) == 2
    assert "line 3: it was received a day or more from when" in reader.findings.places[Trouble.UNREADABLE][0]
    assert reader.latencies.percentile(100.0) < 10 * 10**6


def test_a_book_that_runs_backward_is_found_and_keeps_its_order(file):
    rows = [at(0, "true,bid,100,10"), at(3000, "false,bid,100,1"), at(1000, "false,bid,100,2", lag=9000)]
    one = TardisReader(file("book", BOOK, *rows), X, strict=False)
    assert [e[3] for e in events(one)] == [0, 10, 1, 2]
    assert one.findings.places[Trouble.BACKWARD] == [
        "book.csv.gz, line 4: its time is 2.000 ms before that of the line before"
    ]  # fmt: skip
    assert column(one, "time_ns")[-1] == (T0 + 3000) * US
    with pytest.raises(BackwardTimeError):
        events(TardisReader(file("book", BOOK, *rows), X))


def test_a_file_that_was_cut_is_found(tmp_path, file):
    path = file("trades", TRADES, *(at(n, f"{n},buy,100,{n + 1}") for n in range(5000)))
    path.write_bytes(path.read_bytes()[:-3000])
    one = TardisReader(path, X, strict=False)
    assert 0 < len(events(one)) < 5000
    assert Trouble.TRUNCATED in one.findings.counts
    plain = tmp_path / "trades.csv"
    plain.write_text(f"{TRADES}\nbitmex,XBTUSD,{at(0, '1,buy,100,1')}\nbitmex,XBTUSD,1585")
    with pytest.raises(TruncatedTicksError, match=r"trades.csv, line 3: 3 fields, expected 8"):
        events(TardisReader(plain, X))


def test_other_files_are_refused(file, tmp_path):
    with pytest.raises(BadFileError, match="expected the header of incremental_book_L2"):
        events(TardisReader(file("x", "exchange,symbol,timestamp,local_timestamp,open_interest"), X))
    with pytest.raises(BadFileError, match="none of these files has events of level L2"):
        events(TardisReader(file("q", QUOTES), X, level="L2"))
