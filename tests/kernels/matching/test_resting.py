"""Icebergs, and orders that reduce a position only. Expected queues are worked out by hand."""

from tests.kernels.matching.desk import ASK, BID, Desk, refused, story, trades

from lockstep.kernels.matching.codes import ReportKind
from lockstep.kernels.order_terms import OrderFlag, OrderType, Reason

REDUCE_ONLY = int(OrderFlag.REDUCE_ONLY)


def test_an_iceberg_shows_its_display_and_refills_at_the_end_of_the_queue(desk: Desk) -> None:
    desk.sell(1, 7, 100, display=3)
    desk.sell(2, 4, 100)
    assert desk.queue(ASK) == [(1, 100, 3, 4), (2, 100, 4, 0)]
    # 3 of the iceberg, then the other's 4, then the refill of 3 gives one.
    assert trades(desk.buy(3, 8, 100)) == [(3, 1, 100, 3), (3, 2, 100, 4), (3, 1, 100, 1)]
    assert desk.queue(ASK) == [(1, 100, 2, 1)]


def test_two_icebergs_take_turns(desk: Desk) -> None:
    desk.sell(1, 5, 100, display=2)
    desk.sell(2, 4, 100, display=3)
    expected = [(1, 2), (2, 3), (1, 2), (2, 1), (1, 1)]
    assert [(other, lots) for _, other, _, lots in trades(desk.buy(3, 9, 100))] == expected


def test_an_iceberg_that_comes_in_trades_with_all_its_lots_and_shows_what_is_left(desk: Desk) -> None:
    desk.buy(1, 4, 100)
    assert trades(desk.sell(2, 9, 100, display=2)) == [(2, 1, 100, 4)]
    assert desk.queue(ASK) == [(2, 100, 2, 3)]


def test_a_display_that_is_not_smaller_hides_nothing(desk: Desk) -> None:
    desk.sell(1, 3, 100, display=3)
    assert desk.queue(ASK) == [(1, 100, 3, 0)]


def test_an_iceberg_far_outside_the_window_refills_in_the_room_it_had(desk: Desk) -> None:
    desk.sell(1, 4, 5000, display=1)
    assert len(trades(desk.buy(2, 3, 5000))) == 3
    assert desk.queue(ASK) == [(1, 5000, 1, 0)]


def test_reducing_an_iceberg_takes_hidden_lots_first(desk: Desk) -> None:
    desk.sell(1, 7, 100, display=3)
    desk.reduce(1, 2)
    assert desk.queue(ASK) == [(1, 100, 3, 2)]
    desk.reduce(1, 3)
    assert desk.queue(ASK) == [(1, 100, 2, 0)]


def short(desk: Desk, lots: int) -> None:
    """Owner 1 is short so many lots."""
    desk.sell(901, lots, 100, owner=1)
    desk.buy(902, lots, 100)


def test_reduce_only_is_cut_to_the_position_and_refused_without_one(desk: Desk) -> None:
    assert refused(desk.buy(1, 5, 100, owner=1, flags=REDUCE_ONLY)) == Reason.NOTHING_TO_REDUCE
    short(desk, 3)
    assert refused(desk.sell(1, 5, 100, owner=1, flags=REDUCE_ONLY)) == Reason.NOTHING_TO_REDUCE
    assert story(desk.buy(1, 5, 90, owner=1, flags=REDUCE_ONLY)) == [(1, ReportKind.ACCEPTED, Reason.NONE, 5, 3)]
    assert desk.queue(BID) == [(1, 90, 3, 0)]


def test_owner_0_has_no_position_to_reduce(desk: Desk) -> None:
    short(desk, 3)
    assert refused(desk.sell(1, 1, 100, flags=REDUCE_ONLY)) == Reason.NOTHING_TO_REDUCE


def test_resting_reduce_only_orders_never_turn_the_position(desk: Desk) -> None:
    short(desk, 4)
    desk.buy(1, 4, 90, owner=1, flags=REDUCE_ONLY)
    desk.buy(2, 4, 90, owner=1, flags=REDUCE_ONLY)
    desk.sell(3, 1, 200)
    desk.buy(4, 1, owner=1)  # 3 are left to reduce
    reports = desk.sell(5, 9, 90)
    assert trades(reports) == [(5, 1, 90, 3)]
    assert story(reports)[1:] == [
        (1, ReportKind.CANCELED, Reason.NOTHING_TO_REDUCE, 1, 0),
        (2, ReportKind.CANCELED, Reason.NOTHING_TO_REDUCE, 4, 0),
    ]
    assert desk.position(1) == 0
    assert desk.queue(ASK) == [(5, 90, 6, 0)]


def test_a_reduce_only_stop_asks_for_the_position_when_it_is_triggered(desk: Desk) -> None:
    stop = {"type": int(OrderType.STOP), "trigger": 100, "flags": REDUCE_ONLY}
    desk.buy(1, 5, owner=1, **stop)
    desk.buy(2, 5, owner=2, **stop)
    desk.sell(3, 9, 101)
    desk.sell(4, 2, 100, owner=1)
    reports = desk.buy(5, 2, 100)  # owner 1 is short 2 now, owner 2 has nothing
    assert trades(reports) == [(5, 4, 100, 2), (1, 3, 101, 2)]
    assert story(reports)[1:] == [
        (1, ReportKind.TRIGGERED, Reason.NONE, 5, 2),
        (2, ReportKind.TRIGGERED, Reason.NONE, 5, 5),
        (2, ReportKind.CANCELED, Reason.NOTHING_TO_REDUCE, 5, 0),
    ]
    assert desk.position(1) == 0
