"""Injected orders meet history's orders, by hand; without any, the two worlds are one."""

import numpy as np
import pytest
from tests.vector.ticks.histories import BOOK, SECOND, ticks_of

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import BacktestError
from lockstep.kernels.book.events import EventKind, TickBlock
from lockstep.kernels.matching.codes import ReportKind
from lockstep.kernels.matching.frame import new_commands
from lockstep.kernels.order_terms import Force, Reason
from lockstep.vector.ticks.inject import inject

ADD, REDUCE, DELETE, EXECUTE = EventKind.ADD, EventKind.REDUCE, EventKind.DELETE, EventKind.EXECUTE


def history(*events: tuple[float, EventKind, int, int, int, int]) -> Ticks:
    """Return an L3 history of (second, kind, side, tick, lots, id); an order's slot is its id."""
    rows = np.array([(round(e[0] * SECOND), *map(int, e[1:])) for e in events], np.int64)
    times = rows[:, 0]
    block = TickBlock(
        times, times, rows[:, 1].astype(np.uint8), rows[:, 2].astype(np.int8), np.ones(len(rows), np.uint8),
        rows[:, 3].copy(), rows[:, 4].copy(), rows[:, 5].copy(), rows[:, 5].astype(np.int32),
    )  # fmt: skip
    return Ticks.from_blocks(block, Instrument("TEST", "crypto", tick=1.0, lot=1.0), level="L3")


ASKS = ((1.0, ADD, 1, 102, 5, 1), (1.0, ADD, 1, 102, 5, 2), (1.0, ADD, 1, 103, 5, 3), (1.0, ADD, 0, 100, 5, 4))


def own(second: float, side: int, tick: int, lots: int, order_id: int = 1, force: Force = Force.GTC) -> np.ndarray:
    command = new_commands(1)
    command["time_ns"], command["owner"], command["id"] = round(second * SECOND), 1, order_id
    command["side"], command["tick"], command["lots"], command["force"] = side, tick, lots, force
    return command


def test_without_own_orders_the_worlds_are_one() -> None:
    ticks = synthetic_flow(20_000, seed=3)
    result = inject(ticks, new_commands(0), sample_ns=SECOND // 10)
    assert result.unmatched == 0
    assert (result.distance[np.isfinite(result.distance)] == 0.0).all()
    for side in (0, 1):
        np.testing.assert_array_equal(result.book.depth(side), result.history.depth(side))


def test_what_we_take_the_others_do_not_get() -> None:
    ticks = history(*ASKS, (3.0, EXECUTE, 1, 102, 5, 1), (4.0, EXECUTE, 1, 102, 5, 2))
    result = inject(ticks, own(2.0, 0, 102, 5))
    fills = result.reports[result.reports["kind"] == ReportKind.FILL]
    assert [(int(f["tick"]), int(f["lots"])) for f in fills] == [(102, 5)]
    # History's ten lots find five: the other five may not pay more than 102.
    assert result.unmatched == 5
    assert [level.tolist() for level in result.book.depth(1)] == [[103, 5, 1]]


def test_an_order_of_ours_inside_the_spread_is_hit_first() -> None:
    ticks = history(*ASKS, (3.0, EXECUTE, 0, 100, 3, 4))
    result = inject(ticks, own(2.0, 0, 101, 2))
    fills = result.reports[result.reports["kind"] == ReportKind.FILL]
    assert [(int(f["tick"]), int(f["lots"])) for f in fills] == [(101, 2)]
    # One of the three lots is left for the order that history hit: the worlds differ by two lots from here on.
    assert result.book.best(0) == (100, 4)
    assert result.history.best(0) == (100, 2)


def test_an_order_that_history_ends_does_not_stay_behind() -> None:
    ticks = history(*ASKS, (3.0, EXECUTE, 0, 100, 5, 4), (5.0, ADD, 0, 99, 1, 5))
    result = inject(ticks, own(2.0, 0, 100, 5))
    # History's own order was first in the queue: it is hit, ours stays.
    assert result.book.best(0) == (100, 5)
    ticks = history(*ASKS, (3.0, EXECUTE, 0, 100, 5, 4), (5.0, ADD, 0, 99, 1, 5))
    result = inject(ticks, own(2.0, 0, 101, 5))
    # Ours was better and took the trade; history says that order 4 is gone, so it goes.
    assert result.book.best(0) == (99, 1)


def test_the_run_ends_where_the_books_are_too_far_apart() -> None:
    ticks = history(*ASKS, (4.0, ADD, 1, 110, 1, 6), (9.0, ADD, 1, 111, 1, 7))
    result = inject(ticks, own(2.0, 0, 103, 15), bound=1.0)
    assert result.ended_ns == 4 * SECOND  # asks at 110 against 102: four ticks between the middles
    assert result.divergence["injected"][-1] - result.divergence["middle"][-1] == 4.0


def test_what_can_not_be_injected_is_refused() -> None:
    with pytest.raises(BacktestError, match=r"history of orders \(L3\), found L2"):
        inject(ticks_of(*BOOK), new_commands(0))
    ticks = history(*ASKS)
    with pytest.raises(BacktestError, match="ascend by time"):
        inject(ticks, np.concatenate([own(3.0, 0, 100, 1), own(2.0, 0, 100, 1, 2)]))
    with pytest.raises(BacktestError, match="command 0 must be of owner 1"):
        inject(ticks, own(2.0, 0, 100, 1, order_id=0))
    with pytest.raises(BacktestError, match="must be an array of COMMAND"):
        inject(ticks, np.zeros(2))


def test_refusals_come_back_with_their_reason() -> None:
    result = inject(history(*ASKS, (5.0, ADD, 0, 99, 1, 5)), own(2.0, 0, 102, 0))
    assert result.reports["reason"].tolist() == [Reason.BAD_SIZE]
