"""Injected orders meet history's orders, by hand; without any, the two worlds are one."""

import numpy as np
import pytest
from tests.vector.ticks.histories import BOOK, SECOND, ticks_of

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import BacktestError
from lockstep.kernels.book.events import EventKind, Phase, TickBlock
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


@pytest.mark.parametrize("block", [1, 2, 3, 100])
def test_at_one_moment_the_market_comes_first_wherever_blocks_end(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lockstep.vector.ticks.inject.ROOM", block)
    # Second 2: history takes the five at 102 and offers two at 101. Ours of that second finds the two, and then 103.
    late = (2.0, EXECUTE, 1, 102, 5, 1), (2.0, EXECUTE, 1, 102, 5, 2), (2.0, ADD, 1, 101, 2, 6), (4.0, ADD, 0, 99, 1, 7)
    result = inject(history(*ASKS, *late), own(2.0, 0, 103, 4))
    fills = result.reports[result.reports["kind"] == ReportKind.FILL]
    assert [(int(f["tick"]), int(f["lots"])) for f in fills] == [(101, 2), (103, 2)]
    assert result.divergence["time_ns"].tolist() == [1 * SECOND, 2 * SECOND, 4 * SECOND]
    assert result.divergence["injected_ask_lots"].tolist() == [10, 3, 3]


def test_commands_outside_the_history_are_refused_by_name_and_one_at_its_end_is_carried_out() -> None:
    ticks = history(*ASKS, (4.0, ADD, 0, 99, 1, 5))
    both = np.concatenate([own(2.0, 0, 102, 1), own(4.5, 0, 102, 1, 2)])
    with pytest.raises(BacktestError, match=r"command 1 is of .*00:04.5Z.*reaches from .*00:01.* to .*00:04.*longer"):
        inject(ticks, both)
    with pytest.raises(BacktestError, match=r"command 0 is of .* but the history of TEST reaches from"):
        inject(ticks, own(0.5, 0, 102, 1))
    at_the_end = inject(ticks, own(4.0, 0, 102, 1))
    assert at_the_end.reports["kind"].tolist() == [ReportKind.ACCEPTED, ReportKind.FILL]
    assert at_the_end.unsent == 0


def test_a_history_that_is_told_anew_leaves_own_orders_where_they_are() -> None:
    again = (3.0, EventKind.CLEAR, -1, 0, 0, 0), (3.0, ADD, 1, 104, 7, 6), (3.0, ADD, 0, 98, 4, 7)
    result = inject(history(*ASKS, *again, (5.0, EXECUTE, 0, 98, 2, 7)), own(2.0, 0, 100, 3))
    # Of history's orders the cleared ones are gone; ours stands before the one that is told anew at 98, and is hit.
    assert [level.tolist() for level in result.book.depth(1)] == [[104, 7, 1]]
    assert [level.tolist() for level in result.book.depth(0)] == [[100, 1, 1], [98, 4, 1]]
    assert result.history.best(0) == (98, 2)
    one_side = inject(history(*ASKS, (3.0, EventKind.CLEAR, 1, 0, 0, 0), (3.0, ADD, 1, 104, 7, 6)), new_commands(0))
    assert [level.tolist() for level in one_side.book.depth(0)] == [[100, 5, 1]]
    assert [level.tolist() for level in one_side.book.depth(1)] == [[104, 7, 1]]


def test_the_account_of_own_fills() -> None:
    ticks = history(*ASKS, (3.0, EXECUTE, 0, 100, 2, 4), (4.0, ADD, 0, 99, 1, 5))
    commands = np.concatenate([own(2.0, 0, 103, 12), own(2.5, 1, 99, 1, 2), own(2.7, 0, 101, 2, 3)])
    result = inject(ticks, commands, cash=5_000.0, maker_fee=-0.001, taker_fee=0.01)
    # Bought 10 at 102 and 2 at 103 and sold 1 at 100 as takers; the trade of history at second 3 then hits ours at 101.
    paid, taken, made = 10 * 102 + 2 * 103 - 100 + 2 * 101, 10 * 102 + 2 * 103 + 100, 2 * 101
    fees = 0.01 * taken - 0.001 * made
    assert result.account == pytest.approx((13.0, 5_000.0 - paid - fees, fees))
    assert result.account.value(100.0) == pytest.approx(5_000.0 - paid - fees + 1_300.0)
    assert inject(ticks, new_commands(0), cash=7.0).account == (0.0, 7.0, 0.0)


def test_the_run_ends_where_the_books_are_too_far_apart() -> None:
    ticks = history(*ASKS, (4.0, ADD, 1, 110, 1, 6), (9.0, ADD, 1, 111, 1, 7))
    result = inject(ticks, own(2.0, 0, 103, 15), bound=1.0)
    assert result.ended_ns == 4 * SECOND  # asks at 110 against 102: four ticks between the middles
    assert result.divergence["injected"][-1] - result.divergence["middle"][-1] == 4.0
    both = np.concatenate([own(2.0, 0, 103, 15), own(9.0, 0, 103, 15, 2)])
    assert (inject(ticks, both, bound=1.0).unsent, inject(ticks, both).unsent) == (1, 0)


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


PHASE = EventKind.PHASE
GATHERED = (
    (1.0, PHASE, -1, 0, Phase.AUCTION, 0),
    (2.0, ADD, 1, 99, 12, 1), (2.0, ADD, 1, 100, 8, 2), (2.0, ADD, 1, 104, 5, 3),
    (2.0, ADD, 0, 101, 15, 4), (2.0, ADD, 0, 100, 12, 5), (2.0, ADD, 0, 98, 5, 6),
)  # fmt: skip
"""An auction that trades 20 at 100, of order 5 but five of its twelve."""
TOLD = tuple((EXECUTE, side, 100, lots, order) for side, lots, order in ((1, 12, 1), (1, 8, 2), (0, 15, 4), (0, 5, 5)))
BEGINS = (PHASE, -1, 0, Phase.CONTINUOUS, 0)
LATER = (9.0, ADD, 0, 97, 1, 7)


def auction(order: str) -> Ticks:
    """Return an auction whose executions are told after the phase, at that moment or later, or before."""
    tail = {
        "with": [(5.0, *BEGINS), *((5.0, *one) for one in TOLD)],
        "after": [(5.0, *BEGINS), *((6.0 + k, *one) for k, one in enumerate(TOLD[:3])), (8.5, *TOLD[3])],
        "before": [*((4.0, *one) for one in TOLD), (5.0, *BEGINS)],
        "slowly": [*((3.0 + 0.1 * k, *one) for k, one in enumerate(TOLD)), (5.0, *BEGINS)],
        "closing": [(5.0, PHASE, -1, 0, Phase.CLOSED, 0), *((5.0, *one) for one in TOLD)],
    }[order]
    return history(*GATHERED, *tail, *([] if order == "closing" else [LATER]))


@pytest.mark.parametrize("order", ["with", "after", "before", "slowly", "closing"])
@pytest.mark.parametrize("block", [1, 100])
def test_an_auction_is_traded_once(order: str, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lockstep.vector.ticks.inject.ROOM", block)
    result = inject(auction(order), new_commands(0))
    assert result.unmatched == 0
    # The seven that are left at 100, which nobody hit, stand as before.
    for side in (0, 1):
        np.testing.assert_array_equal(result.book.depth(side), result.history.depth(side))
    assert result.book.best(0) == (100, 7)
    assert result.divergence[-1]["injected"] == result.divergence[-1]["middle"] == 102.0


@pytest.mark.parametrize("order", ["with", "before"])
def test_an_own_order_takes_part_in_the_auction_and_others_then_do_not(order: str) -> None:
    result = inject(auction(order), own(2.5, 0, 103, 4))
    fills = result.reports[result.reports["kind"] == ReportKind.FILL]
    assert [(int(f["tick"]), int(f["lots"]), int(f["maker"])) for f in fills] == [(100, 4, -1)]
    # Ours had four of the twenty: history's last bid got one instead of five.
    assert result.unmatched == 0
    assert result.book.best(0) == (100, 11)
    assert result.history.best(0) == (100, 7)
    assert result.account.position == 4.0


def test_what_trades_after_an_auction_is_sent_again() -> None:
    more = (6.0, EXECUTE, 0, 100, 3, 5), (7.0, EXECUTE, 0, 100, 4, 5)
    told = ((5.0, *one) for one in TOLD)
    result = inject(history(*GATHERED, (5.0, *BEGINS), *told, *more, LATER), own(5.5, 0, 100, 2))
    assert result.unmatched == 0
    assert result.reports["kind"].tolist() == [ReportKind.ACCEPTED]  # behind history's order
    assert result.book.best(0) == (100, 2)
    assert result.history.best(0) == (98, 5)


def test_what_history_trades_in_a_halt_finds_nobody_and_is_counted() -> None:
    halted = (3.0, PHASE, -1, 0, Phase.HALT, 0), (4.0, EXECUTE, 0, 100, 3, 4)
    assert inject(history(*ASKS, *halted), new_commands(0)).unmatched == 3
