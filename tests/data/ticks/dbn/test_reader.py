"""DBN records as events, by hand."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import databento
import numpy as np
import pytest
from tests.data.ticks.dbn.files import START, UNDEFINED, head, table, write

from lockstep.data import Instrument, Store
from lockstep.data.ticks import Batch, Trouble
from lockstep.data.ticks.dbn import DbnReader
from lockstep.errors import BadFileError, DataError, UnknownSymbolError
from lockstep.kernels.book.events import EventFlag, EventKind, Phase
from lockstep.kernels.book.frame import Book

LAST, SNAPSHOT, MAYBE_BAD = 128, 32, 4
CENT = 10_000_000
PRICE = 100_000_000_000  # 100 dollars, tick 10,000


def rows(reader: DbnReader) -> list[tuple[str, int, int, int, int, int]]:
    """Events as (kind, side, tick, lots, id, flags)."""
    found: list[Any] = []
    for batch in reader.blocks():
        block = batch.block
        columns = (block.kind, block.side, block.tick, block.lots, block.id, block.flags)
        found += [(EventKind(row[0]).name, *map(int, row[1:])) for row in zip(*columns, strict=True)]
    return found


def mbo(path: Path, *said: tuple[str, str, int, int, int, int], **columns: Any) -> DbnReader:
    """A file of MBO records (action, side, id, cents above 100, size, flags)."""
    records = table("mbo", len(said), **columns)
    for record, (action, side, order, cents, size, flags) in zip(records, said, strict=True):
        record["action"], record["side"], record["order_id"], record["size"] = action, side, order, size
        record["price"], record["flags"] = PRICE + cents * CENT, flags
    records["sequence"] = np.arange(len(said))
    return DbnReader(write(path / "some.dbn.zst", "mbo", records))


def test_orders_come_shrink_move_and_go(tmp_path: Path) -> None:
    reader = mbo(
        tmp_path,
        ("A", "B", 1, 0, 10, LAST), ("C", "B", 1, 0, 4, LAST), ("M", "B", 1, 1, 6, LAST), ("M", "B", 1, 1, 9, LAST),
        ("C", "B", 1, 1, 9, LAST), ("N", "N", 0, 0, 0, LAST),
    )  # fmt: skip
    assert rows(reader) == [
        ("ADD", 0, 10_000, 10, 1, 1), ("REDUCE", 0, 10_000, 4, 1, 1), ("MODIFY", 0, 10_001, 6, 1, 1),
        ("MODIFY", 0, 10_001, 9, 1, 1), ("DELETE", 0, 10_001, 9, 1, 1),
    ]  # fmt: skip
    assert not reader.findings.counts
    assert reader.records == {"mbo": 6}


def test_a_sweep_executes_what_its_fills_name(tmp_path: Path) -> None:
    # One trade of 12 against orders of 5, 4 and 8; the second is canceled in part, the third is reduced by a change.
    reader = mbo(
        tmp_path,
        ("A", "A", 1, 0, 5, 0), ("A", "A", 2, 0, 6, 0), ("A", "A", 3, 1, 8, LAST),
        ("T", "B", 9, 1, 12, 0), ("F", "A", 1, 0, 5, 0), ("F", "A", 2, 0, 4, 0), ("F", "A", 3, 1, 3, 0),
        ("C", "A", 1, 0, 5, 0), ("C", "A", 2, 0, 6, 0), ("M", "A", 3, 1, 5, LAST),
    )  # fmt: skip
    assert rows(reader)[3:] == [
        ("EXECUTE", 1, 10_000, 5, 1, 0), ("EXECUTE", 1, 10_000, 4, 2, 0), ("REDUCE", 1, 10_000, 2, 2, 0),
        ("EXECUTE", 1, 10_001, 3, 3, 1),
    ]  # fmt: skip
    assert not reader.findings.counts


def test_the_reserve_of_an_iceberg_joins_the_end_of_the_queue(tmp_path: Path) -> None:
    reader = mbo(
        tmp_path,
        ("A", "A", 1, 0, 5, LAST), ("T", "B", 9, 0, 5, 0), ("F", "A", 1, 0, 5, 0), ("M", "A", 1, 0, 5, LAST),
        ("T", "B", 9, 0, 2, 0), ("F", "A", 1, 0, 2, 0), ("M", "A", 1, 2, 4, LAST),
    )  # fmt: skip
    assert rows(reader)[1:] == [
        ("EXECUTE", 1, 10_000, 5, 1, 0), ("ADD", 1, 10_000, 5, 1, 1),
        ("EXECUTE", 1, 10_000, 2, 1, 0), ("MODIFY", 1, 10_002, 4, 1, 1),
    ]  # fmt: skip


def test_what_no_resting_order_explains_is_a_hidden_trade(tmp_path: Path) -> None:
    reader = mbo(
        tmp_path,
        ("A", "A", 1, 1, 5, LAST),
        ("T", "B", 9, 0, 3, LAST),  # alone
        ("T", "A", 9, 0, 7, 0), ("T", "N", 9, 0, 4, 0), ("F", "A", 1, 1, 1, 0), ("C", "A", 1, 1, 1, LAST),
    )  # fmt: skip
    assert rows(reader)[1:] == [
        ("HIDDEN", 1, 10_000, 3, 0, 1), ("HIDDEN", 0, 10_000, 7, 0, 0), ("HIDDEN", -1, 10_000, 3, 0, 0),
        ("EXECUTE", 1, 10_001, 1, 1, 1),
    ]  # fmt: skip


def test_a_fill_that_changes_nothing_is_a_trade_and_noted(tmp_path: Path) -> None:
    reader = mbo(tmp_path, ("A", "A", 1, 1, 5, LAST), ("F", "A", 1, 1, 2, LAST), ("C", "A", 1, 1, 5, LAST))
    reader.findings.strict = True
    assert rows(reader)[1:] == [("HIDDEN", 1, 10_001, 2, 1, 1), ("DELETE", 1, 10_001, 5, 1, 1)]
    assert reader.findings.counts == {Trouble.ORDER: 1}


def test_a_group_that_ends_without_a_change_ends_all_the_same(tmp_path: Path) -> None:
    reader = mbo(tmp_path, ("A", "A", 1, 1, 5, 0), ("N", "N", 0, 0, 0, LAST), ("N", "N", 0, 0, 0, LAST))
    assert rows(reader) == [("ADD", 1, 10_001, 5, 1, 0), ("NONE", -1, 0, 0, 0, 1)]


def test_a_snapshot_is_of_the_time_it_was_taken(tmp_path: Path) -> None:
    old = [START - 10**15, START - 9 * 10**14, START - 1, START + 5]
    taken = [START + 2, START + 2, START + 3, START + 9]
    reader = mbo(
        tmp_path,
        ("R", "N", 0, 0, 0, SNAPSHOT), ("A", "B", 1, 0, 5, SNAPSHOT | LAST), ("C", "B", 1, 0, 5, LAST),
        ("R", "N", 0, 0, 0, LAST), ts_event=old, ts_recv=taken,
    )  # fmt: skip
    both = EventFlag.SNAPSHOT | EventFlag.LAST
    (batch,) = reader.blocks()
    assert batch.block.kind.tolist() == [EventKind.CLEAR, EventKind.ADD, EventKind.DELETE, EventKind.CLEAR]
    assert batch.block.flags.tolist() == [EventFlag.SNAPSHOT, both, EventFlag.LAST, EventFlag.LAST]
    assert (batch.block.time_ns - START).tolist() == [2, 2, 2, 5]
    assert (batch.block.received_ns - START).tolist() == [2, 2, 3, 9]
    assert batch.sequence is not None
    assert batch.sequence.tolist() == [0, 1, 2, 3]


def test_a_clear_forgets_the_orders_of_its_instrument_alone(tmp_path: Path) -> None:
    reader = mbo(
        tmp_path,
        ("A", "B", 1, 0, 5, LAST), ("A", "B", 1, 0, 6, LAST), ("F", "B", 1, 0, 1, 0), ("R", "N", 0, 0, 0, LAST),
        ("A", "B", 1, 0, 7, LAST), ("C", "B", 1, 0, 6, LAST), instrument_id=[7, 8, 7, 7, 7, 8],
    )  # fmt: skip
    found = {batch.symbol: batch.block for batch in reader.blocks()}
    assert found["ABC"].kind.tolist() == [EventKind.ADD, EventKind.CLEAR, EventKind.ADD]
    assert found["XYZ"].kind.tolist() == [EventKind.ADD, EventKind.DELETE]
    assert not reader.findings.counts
    assert set(reader.instruments) == {"ABC", "XYZ"}


TROUBLES = [
    (Trouble.ORDER, ("A", "B", 1, 0, 5, LAST), "rests already"),
    (Trouble.ORDER, ("C", "B", 1, 0, 6, LAST), "more is canceled than rests"),
    (Trouble.BAD_SIZE, ("A", "B", 2, 0, 0, LAST), "size 0"),
    (Trouble.UNREADABLE, ("A", "N", 2, 0, 1, LAST), "neither a bid nor an ask"),
    (Trouble.UNREADABLE, ("?", "B", 2, 0, 1, LAST), "an action that is none of"),
]


@pytest.mark.parametrize(("trouble", "bad", "words"), TROUBLES)
def test_what_contradicts_an_order_is_told_and_left_out(tmp_path: Path, trouble: Trouble, bad: Any, words: str) -> None:
    said = [("A", "B", 1, 0, 5, LAST), bad, ("C", "B", 1, 0, 5, LAST)]
    reader = mbo(tmp_path, *said)
    assert [row[0] for row in rows(reader)] == ["ADD", "DELETE"]
    assert reader.findings.counts == {trouble: 1}
    assert words in reader.findings.places[trouble][0]
    assert "some.dbn.zst, byte " in reader.findings.places[trouble][0]
    reader = mbo(tmp_path, *said)
    reader.findings.strict = True
    with pytest.raises(trouble.error):
        rows(reader)


def test_orders_between_two_ticks_are_left_out_until_they_go(tmp_path: Path) -> None:
    prices = [PRICE + 1, PRICE, PRICE + 1, PRICE, PRICE + 1, PRICE]
    reader = mbo(
        tmp_path,
        ("A", "B", 1, 0, 5, LAST), ("M", "B", 1, 0, 4, LAST), ("C", "B", 1, 0, 4, LAST),
        ("A", "B", 2, 0, 5, LAST), ("M", "B", 2, 0, 4, LAST), ("C", "B", 2, 0, 4, LAST),
    )  # fmt: skip
    path = reader.paths[0]
    records = table("mbo", 6)
    for name in ("action", "side", "order_id", "size", "flags"):
        records[name] = databento.DBNStore.from_bytes(Path(path).read_bytes()).to_ndarray()[name]
    records["price"] = prices
    reader = DbnReader(write(tmp_path / "odd.dbn", "mbo", records))
    assert rows(reader) == [("ADD", 0, 10_000, 5, 2, 1), ("DELETE", 0, 10_000, 5, 2, 1)]
    assert reader.findings.counts == {Trouble.OFF_TICK: 2}


def test_an_excerpt_takes_orders_it_never_saw_as_they_come(tmp_path: Path) -> None:
    reader = mbo(
        tmp_path,
        ("M", "B", 1, 0, 4, LAST), ("C", "B", 1, 0, 4, LAST), ("C", "A", 2, 3, 2, LAST),
        ("F", "A", 3, 3, 2, 0), ("C", "A", 3, 3, 2, LAST),
    )  # fmt: skip
    # The importer makes the last ones NONE and TRADE.
    assert rows(reader) == [
        ("ADD", 0, 10_000, 4, 1, 1), ("DELETE", 0, 10_000, 4, 1, 1), ("REDUCE", 1, 10_003, 2, 2, 1),
        ("EXECUTE", 1, 10_003, 2, 3, 1),
    ]  # fmt: skip
    assert reader.findings.counts == {Trouble.UNKNOWN_ORDER: 1}


def test_lost_messages_are_a_gap(tmp_path: Path) -> None:
    reader = mbo(tmp_path, ("A", "B", 1, 0, 4, LAST), ("A", "B", 2, 0, 4, LAST | MAYBE_BAD))
    assert len(rows(reader)) == 2
    assert reader.findings.counts == {Trouble.GAP: 1}


def test_receipts_before_the_exchange_sent_are_aligned(tmp_path: Path) -> None:
    times = START + 1_000_000_000 * np.arange(40)
    late = np.where(np.arange(40) % 5 == 0, 50_000, 900_000)
    records = table(
        "mbo", 40, order_id=1 + np.arange(40), price=PRICE, size=1, action=b"A", side=b"B", flags=LAST, ts_event=times,
        ts_recv=times + late - 3_000_000,
    )  # fmt: skip
    records["flags"][0], records["ts_event"][0] = LAST | SNAPSHOT, START - 10**15  # an order from days before
    reader = DbnReader(write(tmp_path / "behind.dbn", "mbo", records))
    store = Store(tmp_path / "store")
    assert not store.import_ticks(reader, "behind").findings.counts
    block = next(iter(store.ticks("ABC", dataset="behind").blocks()))
    news = block.flags & EventFlag.SNAPSHOT == 0
    assert (block.received_ns - block.time_ns)[news].tolist() == (late[1:] - 50_000).tolist()
    assert reader.lines()[0].startswith("clocks: the recorder's is 2.950 ms behind the exchange's, drifting by +0.000")
    # Receipts that come after are left as they are, unless a floor is given.
    records["ts_recv"] += 4_000_000
    reader = DbnReader(write(tmp_path / "after.dbn", "mbo", records))
    received = np.concatenate([batch.block.received_ns for batch in reader.blocks()])
    assert received.tolist() == records["ts_recv"].tolist()
    assert reader.lines()[0].startswith(
        "clocks: receipts come after their events, by 1.050 ms at the least (4 windows)"
    )
    reader = DbnReader(tmp_path / "after.dbn", floor_ns=50_000)
    received = np.concatenate([batch.block.received_ns for batch in reader.blocks()])
    assert (received - times)[1:].tolist() == late[1:].tolist()


@pytest.mark.parametrize(("field", "value"), [("ts_event", 5 * 10**18), ("ts_recv", 5 * 10**18), ("ts_recv", 10**15)])
def test_a_garbled_time_is_told_and_takes_none_along(tmp_path: Path, field: str, value: int) -> None:
    records = table("mbo", 3, order_id=[1, 2, 3], price=PRICE, size=1, action=b"A", side=b"B", flags=LAST)
    records[field][1] = value
    reader = DbnReader(write(tmp_path / "some.dbn", "mbo", records))
    assert [row[4] for row in rows(reader)] == [1, 3]
    (place,) = reader.findings.places[Trouble.UNREADABLE]
    assert "a time a day from that of receipt, or from what the file covers" in place


def test_one_publisher_is_chosen_where_there_are_several(tmp_path: Path) -> None:
    said = [("A", "B", number, 0, 4, LAST) for number in (1, 2, 3)]
    reader = mbo(tmp_path, *said, publisher_id=[1, 2, 1])
    assert [row[4] for row in rows(reader)] == [1, 3]
    assert "choose one by DbnReader(publisher=)" in reader.findings.places[Trouble.UNREADABLE][0]
    chosen = DbnReader(reader.paths, publisher=2)
    assert [row[4] for row in rows(chosen)] == [2]
    assert not chosen.findings.counts


def levels(records: Any, count: int, row: int, bids: list[tuple[int, int]], asks: list[tuple[int, int]]) -> None:
    """Write levels (cents above 100, size), best first, into a record; none behind them."""
    for side, given in (("bid", bids), ("ask", asks)):
        for level in range(count):
            cents, size = given[level] if level < len(given) else (None, 0)
            records[f"{side}_px_{level:02}"][row] = UNDEFINED if cents is None else PRICE + cents * CENT
            records[f"{side}_sz_{level:02}"][row] = size


def test_best_prices_come_as_quotes_of_the_sides_that_changed(tmp_path: Path) -> None:
    records = table(
        "mbp-1", 5, action=["A", "A", "T", "C", "R"], side=["B", "A", "B", "A", "N"], size=[5, 6, 2, 2, 0],
        price=PRICE + CENT, flags=[LAST, LAST, 0, LAST, LAST],
    )  # fmt: skip
    levels(records, 1, 0, [(0, 5)], [])
    levels(records, 1, 1, [(0, 5)], [(1, 6)])
    levels(records, 1, 2, [(0, 5)], [(1, 6)])
    levels(records, 1, 3, [(0, 5)], [(1, 4)])
    levels(records, 1, 4, [], [])
    reader = DbnReader(write(tmp_path / "some.dbn.zst", "mbp-1", records))
    assert reader.level == "L1"
    assert rows(reader) == [
        ("QUOTE", 0, 10_000, 5, 0, 1), ("QUOTE", 1, 10_001, 6, 0, 1), ("TRADE", 1, 10_001, 2, 0, 0),
        ("QUOTE", 1, 10_001, 4, 0, 1), ("QUOTE", 0, 0, 0, 0, 0), ("QUOTE", 1, 0, 0, 0, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(("schema", "kinds"), [("tbbo", "QQT"), ("bbo-1s", "QQ"), ("cbbo-1s", "QQ"), ("tcbbo", "QQT")])
def test_records_that_stand_alone_show_the_prices_before_their_trade(schema: str, kinds: str, tmp_path: Path) -> None:
    more: dict[str, Any] = {"action": "T"} if "action" in table(schema, 1).dtype.names else {}
    records = table(schema, 1, side="A", size=3, price=PRICE, **more)
    records["bid_px_00"], records["ask_px_00"] = PRICE, PRICE + CENT
    records["bid_sz_00"], records["ask_sz_00"] = 5, 6
    found = rows(DbnReader(write(tmp_path / "some.dbn", schema, records)))
    assert "".join(row[0][0] for row in found) == kinds
    assert [row[5] for row in found] == [0] * (len(found) - 1) + [1]
    if kinds.endswith("T"):
        assert found[-1] == ("TRADE", 0, 10_000, 3, 0, 1)


def test_samples_are_of_their_time_of_receipt(tmp_path: Path) -> None:
    records = table("bbo-1s", 1, bid_px_00=PRICE, bid_sz_00=1, ask_px_00=UNDEFINED, ts_event=(1 << 64) - 1)
    records["ts_recv"] = START + 10**9
    (batch,) = DbnReader(write(tmp_path / "some.dbn", "bbo-1s", records)).blocks()
    assert batch.block.time_ns.tolist() == [START + 10**9]


def test_trades_alone_name_the_side_that_was_hit(tmp_path: Path) -> None:
    records = table("trades", 3, action="T", side=["A", "B", "N"], size=[1, 2, 3], price=[PRICE, PRICE, PRICE + 1])
    reader = DbnReader(write(tmp_path / "some.dbn", "trades", records))
    assert rows(reader) == [
        ("TRADE", 0, 10_000, 1, 0, 1), ("TRADE", 1, 10_000, 2, 0, 1), ("TRADE", -1, 10_000, 3, 0, 1),
    ]  # fmt: skip
    assert reader.findings.counts == {Trouble.OFF_TICK: 1}


def record_of(batch: Batch, event: int) -> int:
    """The record of 368 bytes, from 0, that an event comes from."""
    assert batch.place is not None
    return (int(batch.place(event).rpartition(" ")[2]) - len(head("mbp-10"))) // 368


def test_ten_levels_give_a_book_that_shows_them_after_every_record(tmp_path: Path) -> None:
    draw = np.random.default_rng(8)
    records = table("mbp-10", 300, action="A", side="B", size=1, price=PRICE, flags=LAST)
    shown = []
    for row in range(300):
        bids = sorted(draw.choice(30, draw.integers(0, 11), replace=False).tolist(), reverse=True)
        asks = sorted((31 + draw.choice(30, draw.integers(0, 11), replace=False)).tolist())
        sized = [[(cents, int(draw.integers(1, 9))) for cents in side] for side in (bids, asks)]
        levels(records, 10, row, *sized)
        shown.append(sized)
    book = Book(9_900, window=512, slots=0)
    (batch,) = DbnReader(write(tmp_path / "some.dbn.zst", "mbp-10", records)).blocks()
    block = batch.block
    for k in range(len(block.kind)):
        book.apply(int(block.kind[k]), int(block.side[k]), int(block.tick[k]), int(block.lots[k]))
        if block.flags[k] & EventFlag.LAST:
            for side in (0, 1):
                levels_shown = shown[record_of(batch, k)][side]
                assert book.depth(side)[:, :2].tolist() == [[10_000 + cents, size] for cents, size in levels_shown]
    # Two records alike make no event; otherwise each is the end of a group.
    alike = sum(one == other for one, other in pairwise([[[], []], *shown]))
    assert int((block.flags & EventFlag.LAST).sum()) == 300 - alike


def test_status_records_are_phases(tmp_path: Path) -> None:
    records = table("status", 6, action=[1, 7, 8, 14, 3, 12])
    assert [Phase(row[3]).name for row in rows(DbnReader(write(tmp_path / "some.dbn", "status", records)))] == [
        "AUCTION", "CONTINUOUS", "HALT", "AUCTION", "CLOSED",
    ]  # fmt: skip


def test_names_among_the_records_come_before_those_of_the_head(tmp_path: Path) -> None:
    from lockstep.data.ticks.dbn import record_types

    mapping = np.zeros(1, record_types(3)[0x16].fields)
    mapping["length"], mapping["rtype"], mapping["instrument_id"] = mapping.dtype.itemsize // 4, 0x16, 7
    mapping["stype_out_symbol"] = b"NEW"
    order = table("mbo", 1, action="A", side="B", order_id=1, size=1, price=PRICE, flags=LAST)
    path = write(tmp_path / "live.dbn", "mbo", mapping.tobytes() + order.tobytes())
    reader = DbnReader(path)
    assert [batch.symbol for batch in reader.blocks()] == ["NEW"]
    assert reader.records == {"symbol_mapping": 1, "mbo": 1}
    with pytest.raises(UnknownSymbolError, match=r"live\.dbn holds no NEV; did you mean 'NEW'\?: it holds NEW\."):
        list(DbnReader(path, symbols=["NEV"]).blocks())


def test_small_stretches_give_the_same_events(tmp_path: Path) -> None:
    said = [("A", "AB"[k % 2], k + 1, k % 7 * (-1) ** (k % 2), 1 + k % 5, LAST) for k in range(2_000)]
    reader = mbo(tmp_path, *said)
    whole = rows(reader)
    assert rows(DbnReader(reader.paths, stretch=1_000)) == whole
    assert reader.share == 1.0


def test_files_are_stored_and_come_back_as_ticks(tmp_path: Path) -> None:
    reader = mbo(
        tmp_path,
        ("A", "A", 1, 1, 5, LAST), ("T", "B", 9, 1, 2, 0), ("F", "A", 1, 1, 2, 0), ("C", "A", 1, 1, 2, LAST),
        ("F", "A", 8, 1, 3, 0), ("C", "A", 8, 1, 3, LAST),  # of an order that rested before the file
    )  # fmt: skip
    store = Store(tmp_path / "store")
    report = store.import_ticks(reader, dataset="dbn")
    assert report.rows == {"ABC": 3}
    assert report.findings.counts == {Trouble.UNKNOWN_ORDER: 1}
    (found,) = store.ticks("ABC", dataset="dbn").blocks()
    # Before them, the picture of the book that every stored day begins with.
    assert found.kind.tolist()[-3:] == [EventKind.ADD, EventKind.EXECUTE, EventKind.TRADE]
    assert found.slot.tolist()[-3:] == [0, 0, -1]


def test_damaged_files_give_findings_and_events_that_can_be(tmp_path: Path) -> None:
    said = [("AACMTFR"[k % 7], "AB"[k % 2], 1 + k % 50, k % 9, 1 + k % 5, LAST * (k % 3 == 0)) for k in range(300)]
    whole = Path(mbo(tmp_path, *said).paths[0]).read_bytes()
    raw = databento.DBNStore.from_bytes(whole).reader.read()
    draw, start, troubles = np.random.default_rng(6), len(head("mbo")), 0
    for trial in range(200):
        damaged = np.frombuffer(raw, np.uint8).copy()
        places = draw.integers(start, len(raw), 1 + trial % 20)
        damaged[places] = draw.integers(0, 256, len(places))
        path = tmp_path / "damaged.dbn"
        path.write_bytes(damaged.tobytes()[: len(raw) - trial % 3])
        reader = DbnReader(path, stretch=4_000)
        for batch in reader.blocks():
            assert batch.block.kind.max() <= EventKind.PHASE
            assert np.isin(batch.block.side, (-1, 0, 1)).all()
            assert (batch.block.lots >= 0).all()
        troubles += sum(reader.findings.counts.values())
    assert troubles > 200


def test_a_file_without_ticks_or_known_tick_is_refused(tmp_path: Path) -> None:
    bars = write(tmp_path / "bars.dbn", "ohlcv-1m", table("ohlcv-1m", 1))
    with pytest.raises(BadFileError, match="found ohlcv-1m"):
        DbnReader(bars)
    records = table("trades", 1, action="T", side="A", size=1, price=PRICE)
    path = write(tmp_path / "future.dbn", "trades", records, dataset="GLBX.MDP3")
    with pytest.raises(DataError, match=r"the tick of ABC is not in a file of GLBX\.MDP3's prices"):
        list(DbnReader(path).blocks())
    reader = DbnReader(path, instruments={"ABC": Instrument("ABC", "future", tick=0.25)})
    assert rows(reader) == [("TRADE", 0, 400, 1, 0, 1)]
    with pytest.raises(DataError, match="multiples of 1e-9"):
        list(DbnReader(path, instruments={"ABC": Instrument("ABC", lot=0.1)}).blocks())


def test_the_last_definition_of_an_instrument_counts(tmp_path: Path) -> None:
    defined = table("definition", 2, raw_symbol=b"ABC", min_price_increment=[10**9, 250_000_000], currency=b"USD")
    defined["instrument_class"], defined["unit_of_measure_qty"] = b"F", 50 * 10**9
    definitions = write(tmp_path / "definitions.dbn", "definition", defined)
    records = table("trades", 1, action="T", side="A", size=1, price=PRICE)
    path = write(tmp_path / "future.dbn", "trades", records, dataset="GLBX.MDP3")
    reader = DbnReader(path, definitions=definitions)
    assert rows(reader)[0][2] == 400
    assert reader.instruments["ABC"] == Instrument("ABC", "future", tick=0.25, multiplier=50.0)
