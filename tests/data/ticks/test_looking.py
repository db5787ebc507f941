"""Best prices over time and the book at a moment, against a book that is followed event by event."""

from pathlib import Path

import pytest
from tests.data.ticks.helpers import SECOND, START, Made, levels, orders

from lockstep.data import Instrument, Store
from lockstep.data.ticks import Ticks
from lockstep.errors import NoDataError
from lockstep.kernels.book.frame import Book

FACTS = Instrument("X", tick=0.5, lot=0.1)


@pytest.mark.parametrize("level", ["L2", "L3"])
def test_quotes_are_the_best_prices_whenever_they_change(level: str) -> None:
    ticks = Ticks.from_blocks(orders(400) if level == "L3" else levels(400), FACTS)
    (block,) = ticks.blocks()
    book = Book(500, window=1024, slots=ticks.slots)
    expected: list[tuple[int, list[float | None], list[float]]] = []
    for at in range(ticks.rows):
        event = (block.kind, block.side, block.tick, block.lots, block.id, block.slot)
        kind, side, tick, lots, order, slot = (int(column[at]) for column in event)
        book.apply(kind, side, tick, lots, order, slot)
        best = [book.best(side) or (0, 0) for side in (0, 1)]
        row = [(price and price * 0.5) or None for price, _ in best], [lots * 0.1 for _, lots in best]
        if not expected or expected[-1][1:] != row:
            expected.append((START + at * SECOND, *row))
    found = ticks.quotes()
    assert found.columns == ["time", "bid", "bid_size", "ask", "ask_size", "middle"]
    assert found["time"].dt.timestamp("ns").to_list() == [row[0] for row in expected]
    assert found.select("bid", "ask").rows() == [tuple(row[1]) for row in expected]
    assert found.select("bid_size", "ask_size").rows() == [tuple(row[2]) for row in expected]
    both = found.drop_nulls()
    assert both["middle"].to_list() == ((both["bid"] + both["ask"]) / 2).to_list()


def test_the_book_at_a_moment_is_that_of_a_history_from_there_on(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.import_ticks(Made(orders(300, step=600 * SECOND), "L3", instrument=FACTS))
    ticks = store.ticks("X")
    moment = START + 170 * 600 * SECOND
    found = ticks.book_at(moment)
    picture = store.ticks("X", start=moment + 1).frame().filter(kind="ADD", flags=2)
    assert found["lots"].sum() >= picture["lots"].sum() > 0
    assert found.filter(side="bid")["price"].is_sorted(descending=True)
    assert found.filter(side="ask")["price"].is_sorted()
    assert found["level"][0] == 1
    assert found.filter(side="bid")["tick"].max() < 1000 < found.filter(side="ask")["tick"].min()  # type: ignore[operator]
    assert ticks.book_at().equals(ticks.book_at("2030-01-01"))
    with pytest.raises(NoDataError, match=r"no book of X at 2001-01-01 00:00:00Z: the ticks reach from 2023-11"):
        ticks.book_at("2001-01-01")
