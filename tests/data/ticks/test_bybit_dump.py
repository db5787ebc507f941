"""Bybit's files of trades, contracts and spot."""

import gzip

import pytest
from tests.data.ticks.feeds import column, events

from lockstep.data import Instrument
from lockstep.data.ticks import Trouble
from lockstep.data.ticks.bybit_dump import BybitDumpReader
from lockstep.errors import BadFileError

X = Instrument("BTCUSDT", kind="perpetual", tick=0.1, lot=0.001)
CONTRACTS = "timestamp,symbol,side,size,price,tickDirection,trdMatchID,grossValue,homeNotional,foreignNotional"


def write(path, *lines):
    path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode()))
    return path


def test_contracts_have_seconds_with_a_fraction(tmp_path):
    path = write(
        tmp_path / "BTCUSDT2024-01-04.csv.gz", CONTRACTS,
        "1704326400.1,BTCUSDT,Buy,0.010,42500.10,PlusTick,m-1,4.25e+11,0.010,425.0",
        "1704326400.7357,BTCUSDT,Sell,0.02,42500.2,MinusTick,m-2,8.5e+11,0.020,850.0",
    )  # fmt: skip
    reader = BybitDumpReader(path, X)
    assert events(reader) == [("TRADE", 1, 425001, 10, 1), ("TRADE", 0, 425002, 20, 1)]
    assert column(reader, "time_ns") == [1704326400_100000000, 1704326400_735700000]


def test_spot_has_milliseconds_and_its_symbol_in_the_name(tmp_path):
    path = write(
        tmp_path / "BTCUSDT_2025-05-19.csv.gz", "id,timestamp,price,volume,side,rpi",
        "1,1747612800074,106453.8,0.003,sell,0", "2,x,106456.9,0.001,buy,0",
    )  # fmt: skip
    reader = BybitDumpReader(path, X, strict=False)
    assert events(reader) == [("TRADE", 0, 1064538, 3, 1)]
    assert reader.findings.counts == {Trouble.UNREADABLE: 1}
    assert column(reader, "received_ns") == [1747612800074_000000]


def test_other_files_are_refused(tmp_path):
    with pytest.raises(BadFileError, match="expected timestamp,symbol"):
        events(BybitDumpReader(write(tmp_path / "BTCUSDT_2025-05-19.csv.gz", "a,b"), X))
    with pytest.raises(BadFileError, match="names no symbol"):
        events(BybitDumpReader(write(tmp_path / "x.csv.gz", "id,timestamp,price,volume,side"), X))
