"""Bars of trades, by hand, and the same however the history is cut into blocks."""

from typing import Any

import numpy as np
import pytest

from lockstep.kernels.book.events import EventKind, TickBlock
from lockstep.kernels.builder import BUILDER, BUILT, Measure, build, last_bar

Trade = tuple[int, int, int, int]
"""time, tick, lots, side hit"""


def block_of(trades: list[Trade], kind: EventKind = EventKind.TRADE) -> TickBlock:
    rows = np.array(trades, np.int64).reshape(-1, 4)
    n = len(rows)
    return TickBlock(
        rows[:, 0].copy(), rows[:, 0].copy(), np.full(n, kind, np.uint8), rows[:, 3].astype(np.int8),
        np.zeros(n, np.uint8), rows[:, 1].copy(), rows[:, 2].copy(), np.zeros(n, np.int64), np.full(n, -1, np.int32),
    )  # fmt: skip


def bars_of(trades: list[Trade], measure: Measure, size: float, cut: int = 1000, kind: Any = EventKind.TRADE) -> Any:
    state = np.zeros(1, BUILDER)
    state["measure"], state["size"] = measure, size
    built = []
    for start in range(0, len(trades), cut):
        block = block_of(trades[start : start + cut], kind)
        room = np.zeros(len(block.time_ns) + 1, BUILT)
        built += room[: build(state, block, room)].tolist()
    room = np.zeros(1, BUILT)
    return built + room[: last_bar(state, room)].tolist()


TRADES = [(5, 100, 2, 0), (7, 103, 1, 1), (12, 101, 4, 0), (12, 99, 3, 0), (31, 102, 5, 1)]


@pytest.mark.parametrize(
    ("measure", "size", "expected"),
    [
        # open, close, open, high, low, close, lots, trades: by time the bars are [0, 10), [10, 20), [30, 40).
        (Measure.TIME, 10, [(0, 10, 100, 103, 100, 103, 3, 2), (10, 20, 101, 101, 99, 99, 7, 2)]),
        # A moment is not parted: the second trade at 12 belongs to the bar that the first one fills.
        (Measure.TRADES, 3, [(5, 13, 100, 103, 99, 99, 10, 4)]),
        (Measure.LOTS, 3, [(5, 8, 100, 103, 100, 103, 3, 2), (12, 13, 101, 101, 99, 99, 7, 2),
                           (31, 32, 102, 102, 102, 102, 5, 1)]),
        # 100 * 2 + 103 = 303, then 404 + 297, then 510.
        (Measure.VALUE, 303, [(5, 8, 100, 103, 100, 103, 3, 2), (12, 13, 101, 101, 99, 99, 7, 2),
                              (31, 32, 102, 102, 102, 102, 5, 1)]),
        # Sold 2, bought 1, sold 4 and 3: 8 lots sold more than bought; then 5 bought.
        (Measure.IMBALANCE, 5, [(5, 13, 100, 103, 99, 99, 10, 4), (31, 32, 102, 102, 102, 102, 5, 1)]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("cut", [1, 2, 1000])
def test_by_hand(measure: Measure, size: float, expected: list[Any], cut: int) -> None:
    assert bars_of(TRADES, measure, size, cut) == expected


def test_a_moment_of_many_trades_is_one_bar_however_they_are_ordered() -> None:
    crowd = [(7, 100, 4, 0), (7, 101, 4, 1), (7, 102, 1, 1), (9, 100, 1, 0)]
    assert bars_of(crowd, Measure.TRADES, 1) == [(7, 8, 100, 102, 100, 102, 9, 3), (9, 10, 100, 100, 100, 100, 1, 1)]
    # Bought as much as sold but for one lot when the moment is over, though 4 were sold within it.
    assert bars_of(crowd, Measure.IMBALANCE, 2) == []


def test_a_bar_by_time_is_closed_by_the_clock_of_the_history_too() -> None:
    assert len(bars_of([(5, 100, 1, 0)], Measure.TIME, 10)) == 0
    state = np.zeros(1, BUILDER)
    state["measure"], state["size"] = Measure.TIME, 10
    block = block_of([(5, 100, 1, 0), (10, 0, 0, 0)])
    block.kind[1] = EventKind.SET
    room = np.zeros(3, BUILT)
    assert build(state, block, room) == 1


def test_without_a_side_the_tick_rule_says_who_traded() -> None:
    # Up, unchanged, up: three buyers of two lots each.
    trades = [(1, 100, 2, 1), (2, 100, 2, -1), (3, 101, 2, -1)]
    assert bars_of(trades, Measure.IMBALANCE, 6) == [(1, 4, 100, 101, 100, 101, 6, 3)]


def test_what_is_no_trade_builds_nothing() -> None:
    assert bars_of(TRADES, Measure.TRADES, 1, kind=EventKind.SET) == []
    assert len(bars_of(TRADES, Measure.TRADES, 1, kind=EventKind.EXECUTE)) == 4  # two are of one moment
