import numpy as np
import pytest
from tests.data.ticks.feeds import events

from lockstep.data import Instrument
from lockstep.data.ticks.tardis import TardisReader
from lockstep.errors import DataError

BOOK = "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\n"
TRADES = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n"
X, Y = Instrument("X", tick=1.0, lot=1.0), Instrument("Y", tick=1.0, lot=1.0)


@pytest.fixture
def files(tmp_path):
    """A book and trades of two symbols: messages of several lines, each a few us after the one before."""
    rng = np.random.default_rng(7)
    book, trades, now = [], [], 1_600_000_000_000_000
    for message in range(200):
        now += int(rng.integers(0, 3))
        symbol = "XY"[int(rng.integers(2))] if message > 1 else "XY"[message]
        for _ in range(int(rng.integers(1, 5))):
            side, far = ("bid", "ask")[int(rng.integers(2))], int(rng.integers(1, 9))
            price = 100 + far * (1 if side == "ask" else -1)
            book.append(f"e,{symbol},{now},{now + message},{'true' if message < 2 else 'false'},{side},{price},{far}\n")
        if rng.random() < 0.5:
            trades.append(f"e,{symbol},{now},{now + message},{message + 1},buy,101,1\n")
    (tmp_path / "book.csv").write_text(BOOK + "".join(book))
    (tmp_path / "trades.csv").write_text(TRADES + "".join(trades))
    return [tmp_path / "book.csv", tmp_path / "trades.csv"]


def by_symbol(reader):
    found: dict[str, list[tuple[int, ...]]] = {"X": [], "Y": []}
    for batch in reader.blocks():
        block = batch.block
        found[batch.symbol] += zip(*(column.tolist() for column in block), strict=True)
    return found


@pytest.mark.parametrize("stretch", [100, 1000, 5000])
@pytest.mark.parametrize("horizon_ns", [0, 2000])
def test_the_events_are_the_same_whatever_is_read_at_once(files, monkeypatch, stretch, horizon_ns):
    whole = by_symbol(TardisReader(files, [X, Y]))
    monkeypatch.setattr("lockstep.data.ticks.csv_feed._STRETCH", stretch)
    assert by_symbol(TardisReader(files, [X, Y], horizon_ns=horizon_ns)) == whole
    assert by_symbol(TardisReader(files[::-1], [X, Y], horizon_ns=horizon_ns)) == whole
    for rows in whole.values():
        assert len(rows) > 100
        assert [row[0] for row in rows] == sorted(row[0] for row in rows)


def test_a_symbol_without_an_instrument_is_asked_for(files):
    with pytest.raises(DataError, match=r"book\.csv, line \d+: Y is not among the instruments given \(X\)"):
        events(TardisReader(files, X))


def test_what_was_read_is_a_share_of_all_files(files):
    reader = TardisReader(files, [X, Y])
    assert reader.share == 0.0
    events(reader)
    assert reader.share == 1.0
