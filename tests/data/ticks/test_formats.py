"""Feeds by name: each gets the reader that knows it."""

from datetime import date
from pathlib import Path

import pytest
from tests.data.ticks.dbn.files import table, write

from lockstep.data.ticks.formats import FORMATS, Said, reader_of
from lockstep.errors import DataError

SAID = Said(symbol="X", day=date(2020, 1, 30), tick=0.05, lot=2.0)


HEADERS = {
    "binance-dump": "id,price,qty,quote_qty,time,is_buyer_maker",
    "bybit-dump": "timestamp,symbol,side,size,price,tickDirection,trdMatchID,grossValue,homeNotional,foreignNotional",
    "lobster-book": "1,2,3,4",
    "tardis": "exchange,symbol,timestamp,local_timestamp,id,side,price,amount",
}
"""What files of trades begin with; other readers look at theirs when they are read."""


NAMES = {"itch": "01302020.itch", "lobster-book": "some_message_1.csv"}


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"dbn"}))
def test_each_name_has_a_reader(tmp_path: Path, name: str) -> None:
    path = tmp_path / NAMES.get(name, "X-trades-2024-01-02.csv")
    path.write_text(HEADERS.get(name, "time") + "\n")
    path.with_name(path.name.replace("_message_", "_orderbook_")).write_text(path.read_text())
    reader = reader_of(name, [path], SAID)
    assert reader.source == path.name
    assert reader.level in ("L1", "L2", "L3")
    assert 0.0 <= reader.share <= 1.0
    if name != "itch":  # which knows its symbols when it has read them
        facts = reader.instruments["X"]
        assert (facts.tick, facts.lot) == (0.05, 2.0)


def test_calendars_and_names_that_are_none() -> None:
    reader = reader_of("quotes", ["file.csv"], SAID._replace(calendar="XNYS"))
    assert reader.instruments["X"].time_zone == "America/New_York"
    with pytest.raises(DataError, match="ticks of 'nasdaq' can't be read: expected one of lobster"):
        reader_of("nasdaq", [], SAID)
    with pytest.raises(DataError, match="what its prices and sizes are multiples of: give --symbol, --tick and --lot"):
        reader_of("bybit", [], Said(symbol="X"))


def test_a_step_of_zero_is_refused() -> None:
    with pytest.raises(DataError, match=r"X: tick is 0\.0, but must be a finite number above zero"):
        reader_of("trades", ["file.csv"], Said(symbol="X", tick=0.0))


def test_what_would_be_left_out_in_silence_is_refused() -> None:
    with pytest.raises(DataError, match="--tick is about one symbol: name it by --symbol"):
        reader_of("depth", ["file.csv"], Said(tick=0.25))
    with pytest.raises(DataError, match="leave them out with --ticks itch"):
        reader_of("itch", ["01302020.itch"], Said(definitions="some.dbn"))


def test_definitions_tell_the_ticks_of_databento_files(tmp_path: Path) -> None:
    rows = table("definition", 1, raw_symbol=b"ABC", min_price_increment=250_000_000, instrument_class=b"F")
    definitions = write(tmp_path / "some.definition.dbn", "definition", rows)
    trades = table("trades", 3, price=5_000_250_000_000, size=1, action=b"T", side=b"A")
    path = write(tmp_path / "some.trades.dbn", "trades", trades, dataset="GLBX.MDP3")
    reader = reader_of("dbn", [path], Said(definitions=definitions))
    assert [int(batch.block.tick[0]) for batch in reader.blocks()] == [20_001]
    assert reader.instruments["ABC"].tick == 0.25
    with pytest.raises(
        DataError, match=r"name its file of definitions \(--definitions FILE.*--symbol ABC --kind future"
    ):
        list(reader_of("dbn", [path], Said()).blocks())
