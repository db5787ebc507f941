"""Recorded Bybit streams, by hand and a real order book file."""

import json
import zipfile

import pytest
from tests.data.ticks.feeds import column, diffs, events

from lockstep.data import Instrument
from lockstep.data.ticks import Trouble
from lockstep.data.ticks.bybit import BybitReader
from lockstep.errors import BadFileError, SequenceGapError, UnreadableTicksError
from lockstep.kernels.book.frame import Book

MS = 10**6
T0 = 1_733_011_200_000
X = Instrument("XUSDT", kind="perpetual", tick=0.5, lot=0.001)
SET, CLEAR, TRADE, QUOTE, HIDDEN = "SET", "CLEAR", "TRADE", "QUOTE", "HIDDEN"


def book(kind, number, bids=(), asks=(), at=0, depth=500):
    data = {"s": "XUSDT", "b": [list(b) for b in bids], "a": [list(a) for a in asks], "u": number, "seq": 1}
    return {"topic": f"orderbook.{depth}.XUSDT", "type": kind, "ts": T0 + at + 2, "data": data, "cts": T0 + at}


def traded(*trades):
    data = [
        {"T": T0 + at, "s": "XUSDT", "S": side, "v": size, "p": price, "L": "PlusTick", "i": "a-b-c", "BT": block}
        for at, side, price, size, block in trades
    ]
    return {"topic": "publicTrade.XUSDT", "type": "snapshot", "ts": T0, "data": data}


BOOK = book("snapshot", 10, [("100", "1"), ("99.5", "2")], [("101", "3")])


@pytest.fixture
def reader(tmp_path):
    def read(*messages, lag=None, **options):
        stamps = ["" if lag is None else f"{(T0 + at + lag) * MS} " for at in range(len(messages))]
        path = tmp_path / "x.data"
        path.write_text("".join(f"{stamp}{json.dumps(m)}\r\n" for stamp, m in zip(stamps, messages, strict=True)))
        return BybitReader(path, X, **options)

    return read


def test_a_snapshot_and_deltas_become_levels(reader):
    one = reader(BOOK, book("delta", 11, [("99.5", "0")], [("101.5", "1")], at=100))
    assert events(one) == [
        (CLEAR, -1, 0, 0, 2), (SET, 0, 200, 1000, 2), (SET, 0, 199, 2000, 2), (SET, 1, 202, 3000, 3),
        (SET, 0, 199, 0, 0), (SET, 1, 203, 1000, 1),
    ]  # fmt: skip
    # The matching engine's time, not that of sending.
    assert column(one, "time_ns")[-1] == column(one, "received_ns")[-1] == (T0 + 100) * MS


def test_a_taker_hits_the_other_side(reader):
    found = events(
        reader(
            BOOK, traded((5, "Buy", "101", "0.5", False), (5, "Sell", "100", "0.1", False), (6, "Buy", "9", "1", True))
        )
    )
    assert found[4:] == [(TRADE, 1, 202, 500, 1), (TRADE, 0, 200, 100, 1), (HIDDEN, 1, 18, 1000, 1)]


def test_a_snapshot_starts_the_book_anew_whatever_its_number(reader):
    one = reader(BOOK, book("snapshot", 1, [("98", "1")], at=50), book("delta", 2, [("97", "1")], at=60))
    assert [(e[0], e[2]) for e in events(one)][4:] == [(CLEAR, 0), (SET, 196), (SET, 194)]


def test_a_gap_empties_the_book_until_the_next_snapshot(reader):
    messages = [
        BOOK, book("delta", 12, [("99", "1")]), book("delta", 13, [("98", "1")]), book("snapshot", 14, [("97", "1")]),
    ]  # fmt: skip
    one = reader(*messages, strict=False)
    assert [(e[0], e[2], e[4]) for e in events(one)][4:] == [(CLEAR, 0, 1), (CLEAR, 0, 2), (SET, 194, 3)]
    assert one.findings.counts == {Trouble.GAP: 1}
    with pytest.raises(SequenceGapError, match=r"x.data, line 2: expected update 11, found 12"):
        events(reader(*messages))


def test_the_best_level_is_its_own_stream(reader):
    messages = [
        book("snapshot", 10, [("100", "1")], [("101", "3")], depth=1), BOOK,
        book("delta", 11, [("100", "0"), ("99.5", "4")], depth=1, at=9),
        book("delta", 12, (), [("101", "0")], depth=1, at=9),
    ]  # fmt: skip
    assert events(reader(*messages, level="L1")) == [
        (QUOTE, 0, 200, 1000, 0), (QUOTE, 1, 202, 3000, 1), (QUOTE, 0, 199, 4000, 1), (QUOTE, 1, 0, 0, 1)
    ]  # fmt: skip
    assert len(events(reader(*messages))) == 4


def test_one_depth_of_several_is_chosen(reader):
    messages = [BOOK, book("snapshot", 7, [("50", "1")], depth=50)]
    assert len(events(reader(*messages))) == 4
    assert events(reader(*messages, depth=50)) == [(CLEAR, -1, 0, 0, 2), (SET, 0, 100, 1000, 3)]


def test_receipts_are_aligned_by_books_and_trades(reader):
    one = reader(BOOK, traded((1, "Buy", "101", "1", False)), lag=-500)
    events(one)
    # Received 500 ms early, each as late as the other: both get the floor of 1 ms.
    assert one.clock.offset_ns == -501 * MS
    assert one.latencies.percentile(0.0) == one.latencies.percentile(100.0) == MS


def test_broken_lines_are_found_by_their_number(reader):
    for broken in ({"topic": "orderbook.500.XUSDT", "data": {}}, {}, book("strange", 11)):
        with pytest.raises(UnreadableTicksError, match=r"x.data, line 2"):
            events(reader(BOOK, broken))


def test_answers_and_other_topics_are_passed_over(reader):
    assert len(events(reader({"op": "subscribe", "success": True}, BOOK, {"topic": "tickers.XUSDT", "data": {}}))) == 4
    with pytest.raises(BadFileError, match="no line is a message of this feed"):
        events(reader({"op": "subscribe"}))


def test_brackets_without_end_are_no_message(reader, tmp_path):
    (tmp_path / "x.data").write_text('{"topic":"orderbook.50.X","data":' + "[" * 9999 + "]" * 9999 + "}\n")
    one = BybitReader(tmp_path / "x.data", X)
    with pytest.raises(UnreadableTicksError, match=r"x\.data, line 1: expected a message of Bybit's"):
        events(one)


def test_a_message_without_a_time_is_found(reader):
    seconds = {**BOOK, "ts": T0 // 1000, "cts": T0 // 1000}  # as ms in 1970
    one = reader(seconds, book("delta", 11, [("99.5", "0")], at=100), strict=False)
    assert [row[0] for row in events(one)] == [SET]
    (place,) = one.findings.places[Trouble.UNREADABLE]
    assert place.startswith("x.data, line 1: neither the exchange nor the recorder tells when it happened")


@pytest.mark.real_data
def test_a_real_order_book_file_is_never_crossed(shared_data):
    path = shared_data / "bybit" / "xrpusdt-ob500.data.zip"
    with zipfile.ZipFile(path) as archive:
        messages = [json.loads(line) for line in archive.read(archive.namelist()[0]).splitlines()]
    reader = BybitReader(path, Instrument("XRPUSDT", kind="perpetual", tick=0.0001, lot=1.0))
    book = Book(19_500 - (1 << 15), slots=0)
    found = [number for number, _ in diffs(reader, book)]  # stops at a crossed book
    assert found == [message["data"]["u"] for message in messages[1:]]
    # The same levels from dictionaries of the texts.
    sides: dict[str, dict[str, str]] = {"b": {}, "a": {}}
    for message in messages:
        for side, levels in sides.items():
            levels.update(dict(message["data"][side]))
    for number, side in enumerate("ba"):
        filled = {round(float(price) * 10_000): int(size) for price, size in sides[side].items() if int(size)}
        assert dict(book.depth(number)[:, :2].tolist()) == filled
    assert not reader.findings.counts
