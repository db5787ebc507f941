"""Orders end at a time: on the clock, before the command that brings the time does anything."""

from tests.kernels.matching.desk import BID, Desk, refused, story, trades

from lockstep.kernels.book.events import Phase
from lockstep.kernels.matching.codes import CommandKind, ReportKind
from lockstep.kernels.order_terms import Force, OrderType, Reason

GTD = int(Force.GTD)


def test_a_gtd_order_ends_at_its_time(desk: Desk) -> None:
    desk.buy(1, 5, 100, force=GTD, expiry_ns=50)
    assert desk.time(49) == []
    assert story(desk.time(50)) == [(1, ReportKind.EXPIRED, Reason.NONE, 5, 0)]
    assert desk.queue(BID) == []


def test_orders_end_by_time_then_in_the_order_of_their_acceptance(desk: Desk) -> None:
    for order_id, expiry in ((7, 30), (3, 20), (9, 30), (1, 30), (5, 10), (4, 20)):
        desk.buy(order_id, 1, 100 - order_id, force=GTD, expiry_ns=expiry)
    desk.cancel(9)
    assert [order_id for order_id, *_ in story(desk.time(30))] == [5, 3, 4, 7, 1]


def test_any_command_brings_its_time(desk: Desk) -> None:
    desk.sell(1, 5, 100, force=GTD, expiry_ns=50)
    reports = desk.buy(2, 5, 100, time_ns=50)
    assert trades(reports) == []
    assert [order_id for order_id, *_ in story(reports)] == [1, 2]


def test_day_orders_end_with_the_day(desk: Desk) -> None:
    desk.buy(1, 1, 90, force=int(Force.DAY))  # no day has been set: it stays
    desk.time(10, day_end_ns=100)
    desk.buy(2, 1, 91, force=int(Force.DAY))
    desk.buy(3, 1, 92)
    assert [order_id for order_id, *_ in story(desk.time(100))] == [2]
    assert refused(desk.buy(4, 1, 91, force=int(Force.DAY))) == Reason.EXPIRED
    desk.time(101, day_end_ns=200)
    desk.buy(4, 1, 91, force=int(Force.DAY))
    assert [order_id for order_id, *_ in desk.queue(BID)] == [3, 4, 1]


def test_stops_end_too_and_so_does_what_is_left_of_a_triggered_one(desk: Desk) -> None:
    desk.sell(1, 1, 100)
    desk.buy(2, 3, type=int(OrderType.STOP), trigger=120, force=GTD, expiry_ns=50)
    desk.buy(3, 3, 99, type=int(OrderType.STOP_LIMIT), trigger=100, force=GTD, expiry_ns=60)
    desk.buy(4, 1, 100)
    assert [order_id for order_id, *_ in desk.queue(BID)] == [3]
    assert story(desk.time(55)) == [(2, ReportKind.EXPIRED, Reason.NONE, 3, 0)]
    assert story(desk.time(60)) == [(3, ReportKind.EXPIRED, Reason.NONE, 3, 0)]


def test_an_end_that_has_passed_is_refused(desk: Desk) -> None:
    desk.time(50)
    assert refused(desk.buy(1, 1, 100, force=GTD, expiry_ns=50)) == Reason.EXPIRED


def test_time_does_not_go_back(desk: Desk) -> None:
    desk.time(50)
    assert refused(desk.buy(1, 1, 100, time_ns=49)) == Reason.BACKWARD
    assert refused(desk.send(CommandKind.TIME, time_ns=49)) == Reason.BACKWARD


def test_orders_end_in_a_halt(desk: Desk) -> None:
    desk.buy(1, 5, 100, force=GTD, expiry_ns=50)
    desk.phase(Phase.HALT)
    assert len(desk.time(50)) == 1
