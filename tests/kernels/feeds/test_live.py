"""The table of live orders, beside a dictionary."""

from random import Random

import numpy as np
import pytest

from lockstep.data.ticks.live_table import LiveTable
from lockstep.kernels._jit import kernel
from lockstep.kernels.borrow import borrow
from lockstep.kernels.feeds.live import LIVE, drop, drop_book, move_live, put, seek

Orders = dict[tuple[int, int], tuple[int, int, int]]


@kernel
def put_one(live, book: int, order_id: int, side: int, tick: int, lots: int) -> None:
    table = borrow(live)
    put(table, seek(table, book, order_id), book, order_id, side, tick, lots)


@kernel
def drop_one(live, book: int, order_id: int) -> bool:
    table = borrow(live)
    k = seek(table, book, order_id)
    if table[k].lots == 0:
        return False
    drop(table, k)
    return True


@kernel
def drop_all(live, book: int) -> int:
    return drop_book(borrow(live), book)


def held(live) -> Orders:
    rows = live[live["lots"] != 0]
    return {(int(r["book"]), int(r["id"])): (int(r["side"]), int(r["tick"]), int(r["lots"])) for r in rows}


@pytest.mark.parametrize("spread", [1, 1 << 32, 0x1_0000_0001])
def test_orders_come_and_go_as_in_a_dictionary(spread: int) -> None:
    # Room for 64 at most half full, so that searches are long; ids that share their low or high bits.
    draw, live, expected = Random(spread), np.zeros(64, LIVE), Orders()
    for step in range(4_000):
        key = draw.randrange(3), draw.randrange(1, 40) * spread
        if len(expected) < 32 and draw.random() < 0.6:
            expected[key] = draw.randrange(2), draw.randrange(-5, 5), draw.randrange(1, 9)
            put_one(live, *key, *expected[key])
        else:
            assert drop_one(live, *key) == (expected.pop(key, None) is not None)
        if step % 500 == 499:
            gone = [one for one in expected if one[0] == 1]
            assert drop_all(live, 1) == len(gone)
            for one in gone:
                del expected[one]
        assert held(live) == expected
        # Each is found from its home on.
        assert sum(drop_one(live.copy(), *one) for one in expected) == len(expected)


def test_a_larger_table_holds_the_same_orders() -> None:
    live = LiveTable(8)
    for order in range(1, 5):
        put_one(live.entries, 0, order << 33, 0, order, order)
    before = held(live.entries)
    live.grow()
    assert len(live.entries) == 32
    assert held(live.entries) == before
    assert move_live(live.entries, np.zeros(64, LIVE)) == 4
