"""Recorded Binance streams, by hand and real ones."""

import gzip
import json

import numpy as np
import pytest
from tests.data.ticks.feeds import column, compared, diffs, events, places, quotes

from lockstep.data import Instrument, Store
from lockstep.data.ticks import Trouble
from lockstep.data.ticks.binance import BinanceReader
from lockstep.data.ticks.clock import Clock
from lockstep.errors import (
    BadFileError,
    CrossedBookError,
    DataError,
    OffTickError,
    SequenceGapError,
    TruncatedTicksError,
    UnreadableTicksError,
)
from lockstep.kernels.book.frame import Book

MS = 10**6
T0 = 1_723_161_600_000
X = Instrument("XUSDT", kind="crypto", tick=0.5, lot=0.001)
SPOT = Instrument("BTCUSDT", kind="crypto", tick=0.01, lot=1e-8)
USDM = Instrument("BTCUSDT", kind="perpetual", tick=0.1, lot=0.001)
SET, CLEAR, TRADE, QUOTE, HIDDEN = "SET", "CLEAR", "TRADE", "QUOTE", "HIDDEN"


def depth(first, last, bids=(), asks=(), at=0, **more):
    levels = {"b": [list(level) for level in bids], "a": [list(level) for level in asks]}
    return {"e": "depthUpdate", "E": T0 + at, "s": "XUSDT", "U": first, "u": last, **levels, **more}


def snapshot(last, bids=(), asks=(), **more):
    return {"lastUpdateId": last, "bids": [list(b) for b in bids], "asks": [list(a) for a in asks], **more}


def trade(number, price="100", size="1", at=0, maker=True, **more):
    return {"e": "trade", "E": T0 + at + 1, "T": T0 + at, "s": "XUSDT", "t": number, "p": price, "q": size, "m": maker,
            **more}  # fmt: skip


def ticker(number, bid=("100", "1"), ask=("101", "2"), **more):
    return {"u": number, "s": "XUSDT", "b": bid[0], "B": bid[1], "a": ask[0], "A": ask[1], **more}


BOOK = snapshot(10, [("100.0", "1.000"), ("99.5", "2")], [("101", "3")])


@pytest.fixture
def reader(tmp_path):
    """Return what writes messages to a file, each received `lag` ms after T0 and its place, and reads it."""

    def read(*messages, lag=5, **options):
        lines = [
            message if isinstance(message, str) else f"{(T0 + at + lag) * MS} {json.dumps(message)}"
            for at, message in enumerate(messages)
        ]
        path = tmp_path / "x.txt"
        path.write_text("\n".join(lines) + "\n")
        return BinanceReader(path, X, **{"clock": None, **options})

    return read


def test_a_snapshot_and_diffs_become_levels(reader):
    found = events(reader(BOOK, depth(9, 11, [("99.5", "0.000")], [("101", "3.5"), ("102", "1")])))
    assert found == [
        (CLEAR, -1, 0, 0, 2), (SET, 0, 200, 1000, 2), (SET, 0, 199, 2000, 2), (SET, 1, 202, 3000, 3),
        (SET, 0, 199, 0, 0), (SET, 1, 202, 3500, 0), (SET, 1, 204, 1000, 1),
    ]  # fmt: skip


def test_a_combined_stream_says_the_same_as_bare_messages(reader):
    bare = [BOOK, depth(11, 11, [("99", "1")]), trade(7)]
    wrapped = [BOOK, *({"stream": "xusdt@any", "data": message} for message in bare[1:])]
    assert events(reader(*bare)) == events(reader(*wrapped))


def test_trades_hit_the_side_of_the_maker(reader):
    one = reader(trade(7, maker=True), trade(8, "101", maker=False))
    assert events(one) == [(TRADE, 0, 200, 1000, 1), (TRADE, 1, 202, 1000, 1)]
    assert column(one, "id") == [7, 8]


def test_trades_of_an_insurance_fund_take_nothing_from_the_book(reader):
    assert events(reader(trade(7, X="INSURANCE_FUND"))) == [(HIDDEN, 0, 200, 1000, 1)]


def test_trades_in_two_groupings_count_once(reader):
    aggregate = {"e": "aggTrade", "T": T0, "s": "XUSDT", "a": 3, "p": "100", "q": "1", "f": 7, "l": 7, "m": True}
    assert [event[0] for event in events(reader(BOOK, trade(7), aggregate, trade(8)))].count(TRADE) == 2
    assert [event[0] for event in events(reader(BOOK, aggregate, trade(7)))].count(TRADE) == 1


def test_quotes_are_another_level(reader):
    messages = BOOK, ticker(11), depth(11, 12, [("99", "1")]), ticker(14, ("99", "0"))
    assert events(reader(*messages, level="L1")) == [
        (QUOTE, 0, 200, 1000, 0), (QUOTE, 1, 202, 2000, 1), (QUOTE, 0, 198, 0, 0), (QUOTE, 1, 202, 2000, 1)
    ]  # fmt: skip
    assert QUOTE not in {event[0] for event in events(reader(*messages))}


def test_other_streams_and_answers_are_passed_over(reader):
    kline = {"stream": "xusdt@kline_1m", "data": {"e": "kline", "E": T0, "s": "XUSDT", "k": {}}}
    assert len(events(reader({"result": None, "id": 1}, BOOK, kline))) == 4


def test_events_are_sorted_by_exchange_time_and_keep_their_places(reader):
    one = reader(BOOK, depth(11, 11, [("99", "1")], at=300), trade(7, at=200), trade(8, at=300))
    # The snapshot has no time of its own: it gets the first diff's.
    assert [(e[0], e[2]) for e in events(one)] == [
        (TRADE, 200), (CLEAR, 0), (SET, 200), (SET, 199), (SET, 202), (SET, 198), (TRADE, 200)
    ]  # fmt: skip
    assert places(one) == ["x.txt, line 3", *["x.txt, line 1"] * 4, "x.txt, line 2", "x.txt, line 4"]


def test_microseconds_are_told_by_their_size(reader):
    message = depth(11, 11, [("99", "1")]) | {"E": (T0 + 3) * 1000 + 7}
    assert column(reader(BOOK, message), "time_ns")[-1] == (T0 + 3) * MS + 7000


def test_receipts_are_aligned_and_latencies_reported(reader):
    messages = [BOOK, *(depth(11 + n, 11 + n, [("99", f"{n + 1}")], at=n * 100) for n in range(9))]
    # Received 1270 ms early; depth n is line n + 2 of the file, received at T0 + n + 1 - 1270.
    one = reader(*messages, lag=-1270, clock="measure", floor_ns=2 * MS)
    latency = np.array(column(one, "received_ns")) - np.array(column(one, "time_ns"))
    assert latency.min() == 2 * MS
    assert one.latencies.percentile(0.0) == 2 * MS
    assert "ms behind the exchange's" in one.lines()[0]


def test_a_clock_given_is_used(reader):
    one = reader(BOOK, depth(11, 11, [("99", "1")]), clock=Clock(T0 * MS, -3 * MS, 0.0, MS, 1))
    assert column(one, "received_ns")[-1] == (T0 + 1 + 5 + 3) * MS


def test_lines_without_a_receipt_are_received_when_they_happened(reader):
    one = reader(json.dumps(BOOK), json.dumps(depth(11, 11, [("99", "1")], at=4)))
    assert column(one, "received_ns") == column(one, "time_ns") == [(T0 + 4) * MS] * 5


def test_a_gap_empties_the_book_until_the_next_snapshot(reader):
    messages = [
        BOOK, depth(11, 11, [("99", "1")]), depth(13, 13, [("98", "1")]), depth(14, 14, [("97", "1")]),
        snapshot(13, [("96", "1")]), depth(15, 15, [("95", "1")]),
    ]  # fmt: skip
    one = reader(*messages, strict=False)
    assert [(e[0], e[2], e[4]) for e in events(one)][4:] == [
        (SET, 198, 1), (CLEAR, 0, 1), (CLEAR, 0, 2), (SET, 192, 3), (SET, 194, 1), (SET, 190, 1)
    ]  # fmt: skip
    assert one.findings.places[Trouble.GAP] == [
        "x.txt, line 3: expected update 12, found 13; the book is unknown until the next snapshot"
    ]
    with pytest.raises(SequenceGapError, match=r"x.txt, line 3"):
        events(reader(*messages))


def test_a_stream_may_go_on_where_a_book_is_known(reader):
    one = reader(depth(11, 12, [("99", "1")]), after={"XUSDT": 10})
    assert events(one) == [(SET, 0, 198, 1000, 1)]
    with pytest.raises(SequenceGapError, match="expected update 9, found 11"):
        events(reader(depth(11, 12, [("99", "1")]), after={"XUSDT": 8}))


def test_without_a_snapshot_there_is_no_book(reader):
    messages = depth(11, 12, [("99", "1")]), trade(7)
    with pytest.raises(SequenceGapError, match="no snapshot joins the 1 diffs"):
        events(reader(*messages))
    assert events(reader(*messages, strict=False)) == [(TRADE, 0, 200, 1000, 1)]


def test_missing_and_repeated_trades_are_found(reader):
    one = reader(BOOK, trade(7), trade(10), trade(10), strict=False)
    assert [e[0] for e in events(one)].count(TRADE) == 2
    assert one.findings.counts == {Trouble.GAP: 2, Trouble.REPEATED: 1}
    assert one.findings.places[Trouble.GAP] == ["x.txt, line 3: expected trade 8, found 10"]


def test_a_garbled_time_does_not_move_what_follows(reader):
    one = reader(BOOK, depth(11, 11, [("99", "1")]), trade(7, at=10**12), depth(12, 12, [("98", "1")]), strict=False)
    assert column(one, "time_ns") == [T0 * MS] * 6
    assert one.findings.counts == {Trouble.UNREADABLE: 1}
    assert "x.txt, line 3: it was received 11574.1 days from when" in one.findings.places[Trouble.UNREADABLE][0]


def test_numbers_that_start_anew_are_a_gap(reader):
    one = reader(trade(10**12), trade(5), trade(6), strict=False)
    assert column(one, "id") == [10**12, 5, 6]
    assert one.findings.counts == {Trouble.GAP: 1}
    assert len(events(reader(ticker(10**12), ticker(5), level="L1"))) == 4


def test_quotes_that_run_backward_are_left_out(reader):
    one = reader(ticker(11), ticker(9), ticker(11), level="L1", strict=False)
    assert len(events(one)) == 4
    assert one.findings.counts == {Trouble.REPEATED: 1}


def test_prices_off_the_tick_are_left_out_and_the_message_stays_whole(reader):
    messages = BOOK, depth(11, 11, [("99", "1"), ("98.7", "1")])
    one = reader(*messages, strict=False)
    assert events(one)[-1] == (SET, 0, 198, 1000, 1)
    assert one.findings.counts == {Trouble.OFF_TICK: 1}
    with pytest.raises(OffTickError, match=r"x.txt, line 2: price 98.7 is no multiple of XUSDT's tick 0.5"):
        events(reader(*messages))


def test_a_crossed_book_is_found(reader, tmp_path):
    messages = BOOK, depth(11, 11, [("101.5", "1")]), depth(12, 12, [("101.5", "0")])
    one, store = reader(*messages), Store(tmp_path / "store")
    store.import_ticks(one, strict=False)
    assert one.findings.counts == {Trouble.CROSSED: 1}
    assert one.findings.places[Trouble.CROSSED][0].startswith("x.txt, line 2: XUSDT's best bid is at or above")
    with pytest.raises(CrossedBookError):
        store.import_ticks(reader(*messages), "strict")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('1723161600000000000 {"e":"depthUpdate","E":17', "expected a message of Binance's in JSON"),
        ('1723161600000000000 {"e":"depthUpdate","E":"x"}', "expected a message of Binance's in JSON"),
        ('1723161600000000000 {"e":"trade","E":99999999999999999999,"s":"XUSDT"}', "expected a message of Binance's"),
        ('1723161600000000000 {"e":"trade","E":1,"s":"\\ud83d"}', "expected a message of Binance's in JSON"),
        ('1723161600000000000 {"e":"trade","E":1}', "expected a symbol in s"),
        ("99999999999999999999 {}", "expected a time in ns and JSON"),
        ("1723161600000000000 {}", "found JSON of another kind"),
        ("yesterday {}", "expected a time in ns and JSON, found b'yesterday {}'"),
    ],
)
def test_a_broken_line_is_found_by_its_number(reader, line, words):
    one = reader(BOOK, line, depth(11, 11, [("99", "1")]), strict=False)
    assert len(events(one)) == 5
    assert one.findings.counts == {Trouble.UNREADABLE: 1}
    assert one.findings.places[Trouble.UNREADABLE][0].startswith("x.txt, line 2: ")
    assert words in one.findings.places[Trouble.UNREADABLE][0]
    with pytest.raises(UnreadableTicksError, match=r"x.txt, line 2"):
        events(reader(BOOK, line))


def test_a_last_line_that_was_cut_is_a_truncated_file(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text(f"{T0 * MS} {json.dumps(BOOK)}\n{T0 * MS} " + json.dumps(depth(11, 11, [("99", "1")]))[:-9])
    with pytest.raises(TruncatedTicksError, match=r"x.txt, line 2"):
        events(BinanceReader(path, X))


def test_a_packed_file_that_was_cut_gives_what_it_has(tmp_path):
    lines = [BOOK, *(depth(11 + n, 11 + n, [("99", f"{n}")], at=n) for n in range(3000))]
    whole = gzip.compress("".join(f"{(T0 + n) * MS} {json.dumps(m)}\n" for n, m in enumerate(lines)).encode())
    path = tmp_path / "x.gz"
    path.write_bytes(whole[: len(whole) // 2])
    one = BinanceReader(path, X, strict=False)
    assert 4 < len(events(one)) < 3004
    assert Trouble.TRUNCATED in one.findings.counts


def test_a_symbol_without_an_instrument_is_asked_for(reader):
    with pytest.raises(DataError, match=r"x.txt, line 1: YUSDT is not among the instruments given \(XUSDT\)"):
        events(reader(trade(1) | {"s": "YUSDT"}))


def test_a_snapshot_without_a_symbol_needs_a_file_of_its_own(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text(f"{T0 * MS} {json.dumps(BOOK)}\n")
    with pytest.raises(UnreadableTicksError, match="record each symbol to a file of its own"):
        events(BinanceReader(path, [X, SPOT]))


def test_other_files_and_levels_are_refused(reader, tmp_path):
    with pytest.raises(BadFileError, match="no line is a message of this feed"):
        events(reader({"result": None, "id": 1}))
    with pytest.raises(DataError, match="level 'L3' is not in this feed"):
        reader(BOOK, level="L3")


def binance(shared_data, *names):
    return [shared_data / "binance" / f"{name}.gz" for name in names]


@pytest.mark.real_data
def test_spot_depth_rebuilds_the_venues_own_quotes(shared_data):
    path = binance(shared_data, "spot_btcusdt_20240808")
    depth_reader = BinanceReader(path, SPOT, clock=None)
    counts = compared(
        diffs(depth_reader, Book(6_150_000, slots=0)), quotes(BinanceReader(path, SPOT, level="L1", clock=None))
    )
    # 3,451 diffs were recorded: the snapshot held the first two.
    assert counts == {"diffs": 3449, "shared": 564, "shared equal": 564, "behind": 3449, "behind equal": 3449}
    assert not depth_reader.findings.counts


@pytest.mark.real_data
def test_futures_depth_rebuilds_the_venues_own_quotes(shared_data):
    path = binance(shared_data, "usdm_btcusdt_20240808")
    depth_reader = BinanceReader(path, USDM, clock=None)
    counts = compared(
        diffs(depth_reader, Book(600_000, slots=0)), quotes(BinanceReader(path, USDM, level="L1", clock=None))
    )
    # 6,551 diffs were recorded: four end before the snapshot. Each of the others is equal, not only the shared ones.
    assert counts == {"diffs": 6547, "shared": 629, "shared equal": 629, "behind": 6547, "behind equal": 6547}
    assert not depth_reader.findings.counts


@pytest.mark.real_data
def test_a_file_without_a_snapshot_continues_the_one_before(shared_data):
    both = binance(shared_data, "spot_btcusdt_20240808", "spot_btcusdt_20240809")
    counts = compared(
        diffs(BinanceReader(both, SPOT, clock=None), Book(6_150_000, slots=0)),
        quotes(BinanceReader(both, SPOT, level="L1", clock=None)),
    )
    assert counts["diffs"] == counts["behind"] == 3449 + 3044
    # After two diffs of the second file, 50093478174 and 50093480542, the best bid went before a quote was sent.
    assert counts["behind equal"] == counts["behind"] - 2
    assert counts["shared equal"] == counts["shared"] > 564


@pytest.mark.real_data
def test_it_continues_a_book_by_its_last_update(shared_data):
    (path,) = binance(shared_data, "spot_btcusdt_20240809")
    with pytest.raises(SequenceGapError, match="no snapshot joins the 3044 diffs"):
        events(BinanceReader(path, SPOT, clock=None))
    alone = BinanceReader(path, SPOT, after={"BTCUSDT": 50093421584}, clock=None)
    assert max(column(alone, "sequence")) > 50093421584
    assert not alone.findings.counts


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "instrument", "offset_ms"),
    [("spot_btcusdt_20240808", SPOT, -1275), ("usdm_btcusdt_20240808", USDM, -1273)],
)
def test_clocks_1270_ms_apart_are_aligned(shared_data, name, instrument, offset_ms):
    reader = BinanceReader(binance(shared_data, name), instrument)
    latency = np.array(column(reader, "received_ns")) - np.array(column(reader, "time_ns"))
    assert latency.min() >= MS
    # The least difference of depth in the recording is -1274.8 (spot) and -1272.2 ms; less the floor of 1 ms.
    assert reader.clock.offset_ns / MS == pytest.approx(offset_ms, abs=1.5)
    assert abs(reader.clock.drift) < 10e-6
    assert 1.0 < reader.latencies.percentile(50.0) / MS < 10.0
