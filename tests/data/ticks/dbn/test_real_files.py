"""Real DBN files as events: books are those of plain Python, written from Databento's page on MBO."""

from pathlib import Path
from typing import Any

import databento
import numpy as np
import pytest

from lockstep.data import Instrument
from lockstep.data.ticks.dbn import DbnReader
from lockstep.kernels.book.events import EventFlag, EventKind
from lockstep.kernels.book.frame import Book

LAST = 128


def plain_books(records: Any) -> list[tuple[dict[int, int], dict[int, int]]]:
    """Sizes by price after each record with the flag LAST, (bids, asks): trades and fills leave the book as it is."""
    orders: dict[int, tuple[str, int, int]] = {}
    sides: dict[str, dict[int, int]] = {"B": {}, "A": {}}
    found = []

    def move(side: str, price: int, size: int) -> None:
        sides[side][price] = sides[side].get(price, 0) + size
        if not sides[side][price]:
            del sides[side][price]

    for record in records:
        action, order = record["action"].decode(), int(record["order_id"])
        side, price, size = record["side"].decode(), int(record["price"]), int(record["size"])
        if action == "R":
            for held in (orders, sides["B"], sides["A"]):
                held.clear()
        if action in "CM" and order in orders:
            before = orders.pop(order)
            move(before[0], before[1], -before[2])
            if action == "C" and before[2] > size:
                orders[order] = (before[0], before[1], before[2] - size)
                move(*orders[order])
        if action in "AM":
            orders[order] = (side, price, size)
            move(side, price, size)
        if record["flags"] & LAST:
            found.append((dict(sides["B"]), dict(sides["A"])))
    return found


@pytest.mark.real_data
def test_a_real_book_of_orders_is_what_plain_python_makes_of_it_and_never_crossed(shared_data: Path) -> None:
    folder = shared_data / "dbn"
    path = next(folder.glob("orderbooks_mbo*"))
    reader = DbnReader(path, definitions=folder / "orderbooks_definition.dbn.zst")
    expected = plain_books(databento.DBNStore.from_bytes(path.read_bytes()).to_ndarray())
    book, seen = Book(20_000, window=1 << 11, slots=1 << 14, entries=1 << 15), 0
    for batch in reader.blocks():
        assert batch.symbol == "ESM4"
        block = batch.block
        for k in range(len(block.kind)):
            assert not book.apply(
                int(block.kind[k]), int(block.side[k]), int(block.tick[k]), int(block.lots[k]), int(block.id[k])
            )
            if block.flags[k] & EventFlag.LAST:
                bids, asks = expected[seen]
                bid, ask = book.best(0), book.best(1)
                assert bid == (max(bids) // 250_000_000, bids[max(bids)])
                assert ask == (min(asks) // 250_000_000, asks[min(asks)])
                assert bid[0] < ask[0]
                seen += 1
    assert seen == len(expected) == 185
    for side in (0, 1):
        levels = {int(tick) * 250_000_000: int(lots) for tick, lots, _ in book.depth(side)}
        assert levels == expected[-1][side]
    assert not reader.findings.counts


@pytest.mark.real_data
def test_real_best_prices_are_those_of_every_record(shared_data: Path) -> None:
    path = next((shared_data / "dbn").glob("futures_mbp-1*"))
    records = databento.DBNStore.from_bytes(path.read_bytes()).to_ndarray()
    reader = DbnReader(path, instruments={"ESU4": Instrument("ESU4", "future", tick=0.25)})
    (batch,) = reader.blocks()
    block = batch.block
    trades = records[records["action"] == b"T"]
    is_trade = block.kind == EventKind.TRADE
    assert block.lots[is_trade].tolist() == trades["size"].tolist()
    assert block.tick[is_trade].tolist() == (trades["price"] // 250_000_000).tolist()
    assert block.side[is_trade].tolist() == np.where(trades["side"] == b"B", 1, 0).tolist()
    # The last quotes up to each record, told by its byte, are the record's own.
    assert batch.place is not None
    bytes_ = np.array([int(batch.place(k).rpartition(" ")[2]) for k in range(len(block.kind))])
    starts = len(databento.DBNStore.from_bytes(path.read_bytes()).reader.read()) - 80 * np.arange(len(records), 0, -1)
    for side, name in ((0, "bid"), (1, "ask")):
        own = (block.kind == EventKind.QUOTE) & (block.side == side)
        place = np.searchsorted(bytes_[own], starts, "right") - 1
        assert np.array_equal(block.tick[own][place] * 250_000_000, records[f"{name}_px_00"])
        assert np.array_equal(block.lots[own][place], records[f"{name}_sz_00"])
    assert not reader.findings.counts
