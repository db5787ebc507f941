"""Binance's files for download, as https://github.com/binance/binance-public-data shows them."""

import zipfile

import pytest
from tests.data.ticks.feeds import column, events

from lockstep.data import Instrument
from lockstep.data.ticks import Trouble
from lockstep.data.ticks.binance_dump import BinanceDumpReader
from lockstep.errors import BadFileError, SequenceGapError, TruncatedTicksError, UnreadableTicksError

MS = 10**6
X = Instrument("BTCUSDT", kind="perpetual", tick=0.1, lot=0.001)
DEPTH = "symbol,timestamp,first_update_id,last_update_id,side,update_type,price,qty,pu"
TRADES = "id,price,qty,quote_qty,time,is_buyer_maker"
SET, CLEAR, TRADE, QUOTE = "SET", "CLEAR", "TRADE", "QUOTE"
T0 = 1_609_459_200_000  # 2021-01-01, ms


@pytest.fixture
def file(tmp_path):
    def write(name, *lines):
        path = tmp_path / f"{name}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{name}.csv", "\n".join(lines) + "\n")
        return path

    return write


def one_trade(path):
    reader = BinanceDumpReader(path, X)
    return events(reader), column(reader, "time_ns"), column(reader, "id")


def test_trades_with_and_without_a_header(file):
    spot = file("BTCUSDT-trades-2024-01-01", "51175358,17.80000000,5.69000000,101.28,1583709433583,True,True")
    assert one_trade(spot) == ([(TRADE, 0, 178, 5690, 1)], [1583709433583 * MS], [51175358])
    futures = file("BTCUSDT-trades-2024-01-02", TRADES, "28457,4.0,12.000,48.0,1499865549590,false")
    assert one_trade(futures) == ([(TRADE, 1, 40, 12000, 1)], [1499865549590 * MS], [28457])


def test_aggregate_trades_with_and_without_a_header(file):
    spot = file("BTCUSDT-aggTrades-2024-01-01", "7,0.20000000,50.00000000,5,6,1608872400000,False,True")
    assert one_trade(spot) == ([(TRADE, 1, 2, 50000, 1)], [1608872400000 * MS], [7])
    header = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker"
    futures = file("BTCUSDT-aggTrades-2024-01-02", header, "26129,0.1,4.700,27781,27781,1498793709153,true")
    assert one_trade(futures) == ([(TRADE, 0, 1, 4700, 1)], [1498793709153 * MS], [26129])


def test_kinds_are_told_by_their_columns_where_the_name_does_not_say(file):
    assert one_trade(file("BTCUSDT-a", "1,4.0,12,48,1499865549590,true,true"))[1] == [1499865549590 * MS]
    assert one_trade(file("BTCUSDT-b", "1,4.0,12,48,49,1499865549590,true"))[1] == [1499865549590 * MS]


def test_spot_files_from_2025_on_have_microseconds(file):
    path = file("BTCUSDT-trades-2025-01-01", "1,4.0,12,48,1735689600000123,True,True")
    assert column(BinanceDumpReader(path, X), "time_ns") == [1735689600000123 * 1000]


def test_quotes(file):
    header = "update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time"
    path = file("BTCUSDT-bookTicker-2024-01-01", header, "9001,49999.9,1.5,50000.1,2.0,1687392000123,1687392000125")
    reader = BinanceDumpReader(path, X, level="L1")
    assert events(reader) == [(QUOTE, 0, 499999, 1500, 0), (QUOTE, 1, 500001, 2000, 1)]
    assert column(reader, "sequence") == [9001, 9001]
    assert column(reader, "time_ns") == [1687392000123 * MS] * 2


def depth_files(file):
    snap = file(
        "BTCUSDT_T_DEPTH_2021-01-01_depth_snap", DEPTH,
        f"BTCUSDT,{T0},5,5,b,snap,99.0,1.5,-1", f"BTCUSDT,{T0},5,5,a,snap,101.0,2,-1",
    )  # fmt: skip
    update = file(
        "BTCUSDT_T_DEPTH_2021-01-01_depth_update", DEPTH,
        f"BTCUSDT,{T0 + 10},6,8,b,set,99.0,0,5", f"BTCUSDT,{T0 + 10},6,8,a,set,100.5,1,5",
        f"BTCUSDT,{T0 + 20},9,9,b,set,98,3,8",
    )  # fmt: skip
    return snap, update


def test_futures_depth_starts_with_its_snapshot(file):
    trades = file("BTCUSDT-trades-2021-01-01", TRADES, f"1,99.0,1.5,1,{T0 + 10},true")
    assert events(BinanceDumpReader([*depth_files(file)[::-1], trades], X)) == [
        (CLEAR, -1, 0, 0, 2), (SET, 0, 990, 1500, 2), (SET, 1, 1010, 2000, 3),
        (TRADE, 0, 990, 1500, 1), (SET, 0, 990, 0, 0), (SET, 1, 1005, 1000, 1), (SET, 0, 980, 3000, 1),
    ]  # fmt: skip


def test_a_gap_of_futures_depth_is_found(file):
    path = file("BTCUSDT_T_DEPTH_2021-01-01_depth_update", DEPTH, f"BTCUSDT,{T0},6,8,b,set,99,1,5",
                f"BTCUSDT,{T0 + 10},11,12,b,set,98,3,10")  # fmt: skip
    reader = BinanceDumpReader(path, X, strict=False)
    assert len(events(reader)) == 2
    assert (
        "line 3: expected an update that follows 8, found one that follows 10" in reader.findings.places[Trouble.GAP][0]
    )
    with pytest.raises(SequenceGapError):
        events(BinanceDumpReader(path, X))


def test_changes_of_size_are_no_sizes(file):
    path = file("BTCUSDT_T_DEPTH_2021-01-01_depth_update", DEPTH, "BTCUSDT,10,6,8,b,delta,99,1,5")
    with pytest.raises(UnreadableTicksError, match="update_type 'delta': expected 'set' or 'snap'"):
        events(BinanceDumpReader(path, X))
    assert events(BinanceDumpReader(path, X, strict=False)) == []


def test_bands_are_no_book(file):
    path = file("BTCUSDT-bookDepth-2024-01-01", "timestamp,percentage,depth,notional", "2024-01-01 00:00:08,-5,1,2")
    with pytest.raises(BadFileError, match="no order book"):
        events(BinanceDumpReader(path, X))


def test_files_of_another_kind_or_without_a_symbol_are_refused(file):
    with pytest.raises(BadFileError, match="expected trades, aggTrades, bookTicker or depth"):
        events(BinanceDumpReader(file("BTCUSDT-x", "a,b"), X))
    with pytest.raises(BadFileError, match="names no symbol"):
        events(BinanceDumpReader(file("some-trades-2024", "1,4.0,12,48,1499865549590,true"), X))


def test_a_zip_that_was_cut_is_found(file):
    path = file("BTCUSDT-trades-2024-01-01", *(f"{n},4.0,12,48,{1499865549590 + n},true" for n in range(1, 999)))
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(TruncatedTicksError, match="the zip has no end"):
        events(BinanceDumpReader(path, X))


def test_a_file_with_too_few_columns_is_refused(file):
    with pytest.raises(BadFileError, match="expected trades"):
        events(BinanceDumpReader(file("BTCUSDT-trades-2024-01-01", "1,4.0,12"), X))


def test_trades_that_are_missing_or_come_again_are_found(file):
    path = file("BTCUSDT-trades-2021-01-01", *(f"{n},4.0,12,48,{T0 + n},true" for n in (1, 2, 5, 6, 6, 7)))
    reader = BinanceDumpReader(path, X, strict=False)
    assert len(events(reader)) == 6
    assert reader.findings.places == {
        Trouble.GAP: [f"{path.name}, line 3: expected trade 3, found 5"],
        Trouble.REPEATED: [f"{path.name}, line 5: expected trade 7, found 6"],
    }
    with pytest.raises(SequenceGapError):
        events(BinanceDumpReader(path, X))


def test_times_in_another_unit_are_none(file):
    path = file("BTCUSDT-trades-2021-01-01", f"1,4.0,12,48,{T0 // 1000},true", f"2,4.0,12,48,{T0},true")
    reader = BinanceDumpReader(path, X, strict=False)
    assert len(events(reader)) == 1
    assert reader.findings.places[Trouble.UNREADABLE] == [f"{path.name}, line 1: the time is no number, or missing"]
