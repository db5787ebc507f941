"""ITCH messages as events: the books they make are those of plain dictionaries."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from tests.data.ticks.itch.flow import STOCKS, Day, framed, message

from lockstep.analytics.ticks.market import market_at
from lockstep.data import Instrument
from lockstep.data.ticks import Trouble
from lockstep.data.ticks.itch import ItchReader
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import BadFileError, DataError, OffTickError, OrderStateError
from lockstep.kernels.book.events import EventFlag, EventKind, Phase
from lockstep.kernels.book.frame import Book
from lockstep.strategies import SimpleMarketMaker
from lockstep.vector import Latency, TickExecution
from lockstep.vector.ticks.backtest import driven_over

MIDNIGHT = 1_580_360_400 * 10**9  # 2020-01-30 00:00 in New York, UTC-5
STOCK = STOCKS[7]
HEAD = [message("R", 7, 0, 0, STOCK, b"Q", b"N", 100, b"N", b"C", b"Z ", b"P", b"N", b"N", b"1", b"N", 0, b"N")]


def rows(reader: ItchReader) -> list[tuple[str, str, int, int, int, int]]:
    """Events as (symbol, kind, side, tick, lots, id)."""
    found = []
    for batch in reader.blocks():
        block = batch.block
        for kind, side, tick, lots, order in zip(block.kind, block.side, block.tick, block.lots, block.id, strict=True):
            found.append((batch.symbol, EventKind(kind).name, int(side), int(tick), int(lots), int(order)))
    return found


def write(folder: Path, messages: list[bytes], name: str = "01302020.NASDAQ_ITCH50") -> Path:
    path = folder / name
    path.write_bytes(framed(messages))
    return path


@pytest.fixture(scope="module")
def day() -> Day:
    return Day(seed=3, orders=4_000)


@pytest.fixture(scope="module")
def file(day: Day, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("day"), day.messages)


def test_a_day_gives_the_events_that_plain_dictionaries_give(day: Day, file: Path) -> None:
    for stretch in (1 << 20, 3_000):
        reader = ItchReader(file, stretch=stretch)
        found = rows(reader)
        for symbol in day.books:
            assert [row for row in found if row[0] == symbol] == [row for row in day.events if row[0] == symbol]
        assert not reader.findings.counts
        assert sum(reader.messages.values()) == len(day.messages)
        assert reader.share == 1.0
    assert set(reader.instruments) == set(day.books)


def test_books_rebuilt_from_the_events_hold_what_is_left_of_the_day(day: Day, file: Path) -> None:
    books = {symbol: Book(9_000, window=2_048, entries=1 << 14) for symbol in day.books}
    for batch in ItchReader(file).blocks():
        assert not books[batch.symbol].replay(batch.block).refused
    for symbol, book in books.items():
        for side in (0, 1):
            levels: dict[int, list[int]] = {}
            for at, price, shares in day.books[symbol].values():
                if at == side:
                    level = levels.setdefault(price // 100, [0, 0])
                    level[0], level[1] = level[0] + shares, level[1] + 1
            expected = [(tick, *levels[tick]) for tick in sorted(levels, reverse=side == 0)]
            assert [tuple(row) for row in book.depth(side).tolist()] == expected


def test_chosen_symbols_are_the_only_ones_read(day: Day, file: Path) -> None:
    reader = ItchReader(file, symbols=["MSFT"])
    assert rows(reader) == [row for row in day.events if row[0] == "MSFT"]
    assert set(reader.instruments) == {"MSFT"}


def test_times_are_of_the_day_in_new_york_and_places_are_bytes(tmp_path: Path) -> None:
    add = message("A", 7, 0, 34_200_000_000_001, 1, b"B", 100, STOCK, 1_000_000)
    batches = list(ItchReader(write(tmp_path, [*HEAD, add])).blocks())
    assert [int(batch.block.time_ns[0]) for batch in batches] == [MIDNIGHT + 34_200_000_000_001]
    assert batches[0].place is not None
    assert batches[0].place(0) == "01302020.NASDAQ_ITCH50, byte 41"
    assert batches[0].block.flags.tolist() == [EventFlag.LAST]
    assert np.array_equal(batches[0].block.received_ns, batches[0].block.time_ns)


def test_a_replacement_is_whole_after_its_second_event(tmp_path: Path) -> None:
    adds = [message("A", 7, 0, 1, 1, b"S", 100, STOCK, 1_000_000), message("U", 7, 0, 2, 1, 2, 40, 1_000_100)]
    (batch,) = ItchReader(write(tmp_path, HEAD + adds)).blocks()
    assert batch.block.kind.tolist() == [EventKind.ADD, EventKind.DELETE, EventKind.ADD]
    assert batch.block.flags.tolist() == [EventFlag.LAST, 0, EventFlag.LAST]
    assert batch.block.side.tolist() == [1, 1, 1]
    assert batch.block.tick.tolist() == [10_000, 10_000, 10_001]


def test_phases_follow_system_hours_halts_and_quotation(tmp_path: Path) -> None:
    told = [
        message("S", 0, 0, 1, b"O"), *HEAD,
        message("H", 7, 0, 2, STOCK, b"T", b" ", b"    "),  # nothing trades before system hours
        message("S", 0, 0, 3, b"S"), message("S", 0, 0, 4, b"Q"),
        message("H", 7, 0, 5, STOCK, b"P", b" ", b"LUDP"), message("H", 7, 0, 6, STOCK, b"Q", b" ", b"LUDP"),
        message("H", 7, 0, 7, STOCK, b"T", b" ", b"    "),
        message("h", 7, 0, 8, STOCK, b"B", b"H"),  # another exchange's halt
        message("h", 7, 0, 9, STOCK, b"Q", b"H"), message("h", 7, 0, 10, STOCK, b"Q", b"T"),
        message("S", 0, 0, 11, b"M"), message("S", 0, 0, 12, b"E"), message("S", 0, 0, 13, b"C"),
    ]  # fmt: skip
    (batch,) = ItchReader(write(tmp_path, told)).blocks()
    assert set(batch.block.kind.tolist()) == {EventKind.PHASE}
    assert [Phase(lots).name for lots in batch.block.lots.tolist()] == [
        "CLOSED", "CONTINUOUS", "HALT", "AUCTION", "CONTINUOUS", "HALT", "CONTINUOUS", "CLOSED",
    ]  # fmt: skip
    assert (batch.block.time_ns - MIDNIGHT).tolist() == [2, 3, 5, 6, 7, 9, 10, 12]


def test_a_stock_without_trading_action_is_halted_as_the_specification_says(tmp_path: Path) -> None:
    (batch,) = ItchReader(write(tmp_path, [*HEAD, message("S", 0, 0, 3, b"S")])).blocks()
    assert batch.block.lots.tolist() == [Phase.HALT]


def test_crosses_and_hidden_trades_leave_the_book_and_broken_ones_are_counted(tmp_path: Path) -> None:
    trades = [
        message("Q", 7, 0, 1, 0, STOCK, 0, 8, b"O"),  # an opening cross at which nothing was traded
        message("Q", 7, 0, 2, 5_000, STOCK, 1_000_000, 9, b"O"),
        message("P", 7, 0, 3, 0, b"S", 10, STOCK, 1_000_050, 10),  # half a cent: the tick below
        message("B", 7, 0, 4, 10),
    ]
    reader = ItchReader(write(tmp_path, HEAD + trades))
    reader.findings.strict = True
    assert rows(reader) == [("AAPL", "TRADE", -1, 10_000, 5_000, 9), ("AAPL", "HIDDEN", -1, 10_000, 10, 10)]
    assert reader.findings.counts == {Trouble.OFF_TICK: 1}
    assert reader.messages["B"] == 1


def test_a_cross_is_volume_once_and_takes_from_the_book_what_it_traded(tmp_path: Path) -> None:
    said = [
        message("S", 0, 0, 1, b"S"),
        message("A", 7, 0, 2, 1, b"B", 300, STOCK, 1_000_100), message("A", 7, 0, 2, 2, b"S", 500, STOCK, 1_000_000),
        message("C", 7, 0, 3, 1, 300, 9, b"N", 1_000_000), message("C", 7, 0, 3, 2, 300, 9, b"N", 1_000_000),
        message("Q", 7, 0, 3, 400, STOCK, 1_000_000, 9, b"O"),  # a hundred of them with orders that nobody saw
        message("C", 7, 0, 5 * 10**9, 2, 50, 10, b"Y", 1_000_000), message("E", 7, 0, 6 * 10**9, 2, 30, 11),
        message("P", 7, 0, 7 * 10**9, 0, b"B", 20, STOCK, 1_000_000, 12), message("D", 7, 0, 9 * 10**9, 2),
    ]  # fmt: skip
    (batch,) = ItchReader(write(tmp_path, HEAD + said)).blocks()
    block = batch.block
    unprinted = block.flags & EventFlag.UNPRINTED != 0
    assert [int(order) for order in block.id[unprinted]] == [1, 2]
    assert (block.flags & EventFlag.LAST != 0).all()
    assert (block.kind[unprinted] == EventKind.EXECUTE).all()

    share = Instrument("AAPL", "equity", tick=0.01)
    ticks = Ticks.from_blocks(block, share, level="L3")
    assert ticks.book_at(MIDNIGHT + 8 * 10**9)["lots"].to_list() == [500 - 300 - 50 - 30]
    seen = market_at(ticks, [MIDNIGHT + 4 * 10**9, MIDNIGHT + 8 * 10**9])
    assert seen.rows["traded_lots"].tolist() == [400, 400 + 50 + 30 + 20]
    assert sum(ticks.bars("1s").frame()["volume"]) == 500
    for settings in (TickExecution(), TickExecution(Latency(feed=1_000))):
        stepped = driven_over(ticks, SimpleMarketMaker(), settings, cash=1e6)
        stepped.step(1_000)
        assert (stepped.frame.run["traded"][0], stepped.frame.run["trades_heard"][0]) == (500, 4)


@pytest.mark.parametrize(("name", "side"), [("20140711.itch", 1), ("20140714.itch", -1)])
def test_hidden_trades_name_their_side_until_the_feed_stopped_saying_it(tmp_path: Path, name: str, side: int) -> None:
    # "Effective 07/14/2014, this field will always be B regardless of the resting side", says the specification.
    trade = message("P", 7, 0, 3, 0, b"S", 10, STOCK, 1_000_000, 10)
    assert rows(ItchReader(write(tmp_path, [*HEAD, trade], name))) == [("AAPL", "HIDDEN", side, 10_000, 10, 10)]


def test_an_excerpt_without_directory_names_its_stocks_by_its_orders(tmp_path: Path) -> None:
    add = message("A", 7, 0, 1, 1, b"B", 100, STOCK, 1_000_000)
    reader = ItchReader(write(tmp_path, [message("D", 7, 0, 0, 9), add]))
    assert rows(reader) == [("AAPL", "ADD", 0, 10_000, 100, 1)]
    assert reader.findings.places == {
        Trouble.UNREADABLE: [
            "01302020.NASDAQ_ITCH50, byte 0: message D of stock locate 7, which no message named before"
        ]
    }


START = message("S", 0, 0, 0, b"O")
ORDER = message("A", 7, 0, 1, 1, b"B", 100, STOCK, 1_000_000)
TROUBLES = [
    (Trouble.UNKNOWN_ORDER, message("E", 7, 0, 2, 9, 10, 1), "E names an order that was not added"),
    (Trouble.UNKNOWN_ORDER, message("U", 7, 0, 2, 9, 10, 1, 100), "U names an order that was not added"),
    (Trouble.ORDER, ORDER, "A adds an order that rests already"),
    (Trouble.ORDER, message("X", 7, 0, 2, 1, 101), "X takes more shares than rest"),
    (Trouble.BAD_SIZE, message("X", 7, 0, 2, 1, 0), "X of 0 shares"),
    (Trouble.BAD_SIZE, message("A", 7, 0, 1, 2, b"B", 0, STOCK, 1_000_000), "A of 0 shares"),
    (Trouble.BAD_SIZE, message("U", 7, 0, 2, 1, 2, 0, 1_000_000), "U of 0 shares"),
    (Trouble.UNREADABLE, message("A", 7, 0, 1, 2, b"x", 1, STOCK, 1_000_000), "A is neither B nor S"),
    (Trouble.UNREADABLE, message("A", 7, 0, 1, 2, b"B", 1, b"OTHER   ", 1_000_000), "A names another stock than stock"),
    (Trouble.UNREADABLE, message("X", 7, 0, 86_400 * 10**9, 1, 1), "X has a time a day or more after midnight"),
]


@pytest.mark.parametrize(("trouble", "bad", "words"), TROUBLES)
def test_what_contradicts_an_order_is_told_and_left_out(
    tmp_path: Path, trouble: Trouble, bad: bytes, words: str
) -> None:
    path = write(tmp_path, [START, *HEAD, ORDER, bad, message("D", 7, 0, 3, 1)])
    reader = ItchReader(path)
    assert [row[1] for row in rows(reader)] == ["ADD", "DELETE"]
    assert reader.findings.counts == {trouble: 1}
    (place,) = reader.findings.places[trouble]
    assert place.startswith("01302020.NASDAQ_ITCH50, byte 93: ")
    assert words in place
    reader = ItchReader(path)
    reader.findings.strict = True
    with pytest.raises(trouble.error, match="nothing was imported"):
        rows(reader)


def test_an_excerpt_may_name_orders_from_before_it(tmp_path: Path) -> None:
    reader = ItchReader(write(tmp_path, [*HEAD, message("E", 7, 0, 2, 9, 10, 1), ORDER]))
    reader.findings.strict = True
    assert [row[1] for row in rows(reader)] == ["ADD"]
    assert reader.findings.counts == {Trouble.UNKNOWN_ORDER: 1}


def test_an_order_between_two_ticks_is_left_out_with_all_that_follows_it(tmp_path: Path) -> None:
    odd = [
        message("A", 7, 0, 1, 1, b"B", 100, STOCK, 1_000_050), message("E", 7, 0, 2, 1, 10, 1),
        message("X", 7, 0, 3, 1, 10), message("U", 7, 0, 4, 1, 2, 50, 1_000_000), message("D", 7, 0, 5, 2),
        message("A", 7, 0, 6, 3, b"B", 100, STOCK, 1_000_000), message("U", 7, 0, 7, 3, 4, 50, 1_000_001),
        message("D", 7, 0, 8, 4),
    ]  # fmt: skip
    path = write(tmp_path, HEAD + odd)
    reader = ItchReader(path)
    (batch,) = reader.blocks()
    assert batch.block.kind.tolist() == [EventKind.ADD, EventKind.DELETE]
    assert batch.block.flags.tolist() == [EventFlag.LAST] * 2
    assert reader.findings.counts == {Trouble.OFF_TICK: 2}
    reader = ItchReader(path)
    reader.findings.strict = True
    with pytest.raises(OffTickError, match=r"0\.0001 for prices below a dollar"):
        list(reader.blocks())
    finer = ItchReader(path, instruments={"AAPL": Instrument("AAPL", tick=0.0001)})
    assert len(rows(finer)) == 10
    assert not finer.findings.counts


def test_days_stand_in_names_or_are_given(tmp_path: Path) -> None:
    for name in ("01302020.NASDAQ_ITCH50.gz", "S20200130-v50.txt", "2020-01-30.itch"):
        assert ItchReader(tmp_path / name).days == [date(2020, 1, 30)]
    with pytest.raises(BadFileError, match="no day in the file's name"):
        ItchReader(tmp_path / "sample.itch")
    assert ItchReader(tmp_path / "sample.itch", days=date(2020, 1, 31)).days == [date(2020, 1, 31)]
    with pytest.raises(BadFileError, match="2 files, but 1 days"):
        ItchReader([tmp_path / "a", tmp_path / "b"], days=[date(2020, 1, 31)])


def test_days_follow_one_another_and_may_number_stocks_anew(tmp_path: Path) -> None:
    first = write(tmp_path, [*HEAD, ORDER])
    other = message("A", 12, 0, 1, 1, b"B", 100, STOCK, 1_000_000)
    second = write(tmp_path, [other], "01312020.NASDAQ_ITCH50")
    times = [int(batch.block.time_ns[0]) for batch in ItchReader([first, second]).blocks()]
    assert times == [MIDNIGHT + 1, MIDNIGHT + 86_400 * 10**9 + 1]


def test_lots_and_finer_ticks_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD)
    for instrument in (Instrument("AAPL", lot=100.0), Instrument("AAPL", tick=0.00001)):
        with pytest.raises(DataError, match=r"multiples of 0\.0001"):
            list(ItchReader(path, instruments={"AAPL": instrument}).blocks())


def test_damaged_files_give_findings_and_events_that_can_be(day: Day, tmp_path: Path) -> None:
    raw, draw, troubles = framed(day.messages[:400]), np.random.default_rng(6), 0
    for trial in range(200):
        damaged = np.frombuffer(raw, np.uint8).copy()
        places = draw.integers(0, len(raw), 1 + trial % 20)
        damaged[places] = draw.integers(0, 256, len(places))
        path = tmp_path / "20200130.itch"
        path.write_bytes(damaged.tobytes()[: len(raw) - trial % 3])
        reader = ItchReader(path, stretch=4_000)
        for batch in reader.blocks():
            assert batch.block.kind.max() <= EventKind.PHASE
            assert np.isin(batch.block.side, (-1, 0, 1)).all()
            assert (batch.block.lots >= 0).all()
        troubles += sum(reader.findings.counts.values())
    assert troubles > 200


def test_a_day_is_stored_and_strictness_keeps_all_or_nothing(day: Day, file: Path, tmp_path: Path) -> None:
    from lockstep.data import Store

    store = Store(tmp_path / "store")
    report = store.import_ticks(ItchReader(file), dataset="itch")
    assert report.rows == {symbol: sum(row[0] == symbol for row in day.events) for symbol in day.books}
    bad = write(tmp_path, [START, *HEAD, message("D", 7, 0, 1, 9)])
    with pytest.raises(OrderStateError, match="byte 55"):
        store.import_ticks(ItchReader(bad), dataset="bad")


@pytest.mark.real_data
def test_a_real_file_of_administrative_messages_gives_phases(shared_data: Path) -> None:
    reader = ItchReader(shared_data / "itch" / "sample_bbekele.itch", days=date(2019, 12, 30))
    found = rows(reader)
    assert sum(reader.messages.values()) == 1_000
    assert reader.messages["R"] == len(reader.instruments) == 993
    # Three trading actions before system hours.
    assert [row[1:5] for row in found] == [("PHASE", -1, 0, Phase.CLOSED)] * 3
    assert not reader.findings.counts
