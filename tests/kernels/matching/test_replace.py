"""Another price or size: what keeps its place, and what comes in anew."""

from tests.kernels.matching.desk import ASK, BID, Desk, refused, story, trades

from lockstep.kernels.book.events import Phase
from lockstep.kernels.matching.codes import ReportKind
from lockstep.kernels.order_terms import Force, OrderFlag, OrderType, Reason


def queue_of_two(desk: Desk, **first: int) -> None:
    desk.buy(1, 5, 100, **first)
    desk.buy(2, 5, 100)


def test_a_smaller_size_keeps_the_place(desk: Desk) -> None:
    queue_of_two(desk)
    assert story(desk.replace(1, 3, 100)) == [(1, ReportKind.REPLACED, Reason.REQUESTED, 3, 3)]
    assert desk.queue(BID) == [(1, 100, 3, 0), (2, 100, 5, 0)]


def test_a_larger_size_goes_to_the_end(desk: Desk) -> None:
    queue_of_two(desk)
    desk.replace(1, 6, 100)
    assert desk.queue(BID) == [(2, 100, 5, 0), (1, 100, 6, 0)]


def test_another_price_goes_to_the_end_of_its_queue(desk: Desk) -> None:
    queue_of_two(desk)
    desk.replace(1, 5, 101)
    desk.replace(1, 5, 100)
    assert desk.queue(BID) == [(2, 100, 5, 0), (1, 100, 5, 0)]


def test_another_display_goes_to_the_end_and_the_same_does_not(desk: Desk) -> None:
    queue_of_two(desk, display=2)
    desk.replace(1, 4, 100, display=2)
    assert desk.queue(BID) == [(1, 100, 2, 2), (2, 100, 5, 0)]
    desk.replace(1, 4, 100, display=3)
    assert desk.queue(BID) == [(2, 100, 5, 0), (1, 100, 3, 1)]


def test_a_price_that_reaches_the_other_side_trades(desk: Desk) -> None:
    desk.sell(1, 3, 102)
    desk.buy(2, 5, 100)
    assert trades(desk.replace(2, 5, 102)) == [(2, 1, 102, 3)]
    assert desk.queue(BID) == [(2, 102, 2, 0)]


def test_a_refused_replacement_leaves_the_order_as_it_was(desk: Desk) -> None:
    desk.sell(1, 3, 102)
    desk.buy(2, 5, 100, flags=int(OrderFlag.POST_ONLY))
    desk.buy(3, 5, 100)
    assert refused(desk.replace(2, 9, 102)) == Reason.WOULD_TRADE
    assert refused(desk.replace(2, 0, 100)) == Reason.BAD_SIZE
    assert desk.queue(BID) == [(2, 100, 5, 0), (3, 100, 5, 0)]


def test_the_size_given_counts_what_has_traded(desk: Desk) -> None:
    queue_of_two(desk)
    desk.sell(3, 2, 100)
    desk.replace(1, 5, 100)  # 2 of 5 have traded: 3 are left, as many as it has
    assert desk.queue(BID) == [(1, 100, 3, 0), (2, 100, 5, 0)]
    assert story(desk.replace(1, 4, 100)) == [(1, ReportKind.REPLACED, Reason.REQUESTED, 4, 2)]
    desk.replace(1, 6, 100)  # more than remain: to the end
    assert desk.queue(BID) == [(2, 100, 5, 0), (1, 100, 4, 0)]


def test_a_size_that_has_traded_already_cancels_what_is_left(desk: Desk) -> None:
    queue_of_two(desk)
    desk.sell(3, 2, 100)
    assert story(desk.replace(1, 2, 101)) == [(1, ReportKind.CANCELED, Reason.REQUESTED, 3, 0)]


def test_an_order_keeps_its_end(desk: Desk) -> None:
    desk.buy(1, 5, 100, force=int(Force.GTD), expiry_ns=50)
    desk.replace(1, 9, 99)
    assert len(desk.time(50)) == 1


def test_a_waiting_stop_gets_another_trigger_price_or_size(desk: Desk) -> None:
    stop = {"type": int(OrderType.STOP_LIMIT)}
    desk.sell(1, 1, 100)
    desk.sell(2, 2, 101)
    desk.buy(3, 5, 90, trigger=100, **stop)
    desk.buy(4, 5, 90, trigger=100, **stop)
    desk.replace(3, 4, 91, trigger=100)  # keeps its place
    desk.replace(4, 9, 90, trigger=105)
    reports = desk.buy(5, 1, 100)
    assert story(reports)[1:] == [(3, ReportKind.TRIGGERED, Reason.NONE, 4, 4)]
    assert desk.queue(BID) == [(3, 91, 4, 0)]
    reports = desk.replace(4, 2, 101, trigger=99)  # has been reached
    assert trades(reports) == [(4, 2, 101, 2)]
    assert desk.queue(ASK) == []


def test_only_the_owner_may_and_only_while_orders_are_taken(desk: Desk) -> None:
    desk.buy(1, 5, 100, owner=1)
    assert refused(desk.replace(1, 4, 100, owner=2)) == Reason.UNKNOWN_ORDER
    desk.phase(Phase.HALT)
    assert refused(desk.replace(1, 4, 100, owner=1)) == Reason.WRONG_PHASE
