"""Cancels and reductions, in every phase; phases themselves."""

import pytest
from tests.kernels.matching.desk import BID, Desk, refused, story

from lockstep.kernels.book.events import Phase
from lockstep.kernels.matching.codes import ReportKind
from lockstep.kernels.order_terms import OrderType, Reason


@pytest.mark.parametrize("phase", list(Phase))
def test_cancels_and_reductions_pass_in_every_phase(desk: Desk, phase: Phase) -> None:
    desk.buy(1, 5, 100, owner=1)
    desk.buy(2, 5, owner=1, type=int(OrderType.STOP), trigger=120)
    desk.phase(phase)
    for order_id in (1, 2):
        assert story(desk.reduce(order_id, 2, owner=1)) == [(order_id, ReportKind.REDUCED, Reason.REQUESTED, 2, 3)]
        assert story(desk.cancel(order_id, owner=1)) == [(order_id, ReportKind.CANCELED, Reason.REQUESTED, 3, 0)]
    assert (desk.queue(BID), desk.waiting()) == ([], set())


def test_a_reduction_keeps_the_place_and_the_last_lot_cancels(desk: Desk) -> None:
    desk.buy(1, 5, 100)
    desk.buy(2, 5, 100)
    desk.reduce(1, 4)
    assert desk.queue(BID) == [(1, 100, 1, 0), (2, 100, 5, 0)]
    assert story(desk.reduce(1, 1)) == [(1, ReportKind.CANCELED, Reason.REQUESTED, 1, 0)]


def test_what_can_not_be_reduced(desk: Desk) -> None:
    desk.buy(1, 5, 100)
    for lots in (0, -1, 6):
        assert refused(desk.reduce(1, lots)) == Reason.BAD_SIZE
    assert refused(desk.reduce(2, 1)) == Reason.UNKNOWN_ORDER


def test_nobody_cancels_anothers_order(desk: Desk) -> None:
    desk.buy(1, 5, 100, owner=1)
    assert refused(desk.cancel(1, owner=2)) == Reason.UNKNOWN_ORDER
    assert refused(desk.reduce(1, 1, owner=2)) == Reason.UNKNOWN_ORDER
    assert len(desk.queue(BID)) == 1


@pytest.mark.parametrize("phase", [Phase.CLOSED, Phase.HALT])
def test_orders_are_refused_while_nothing_may_trade(desk: Desk, phase: Phase) -> None:
    desk.phase(phase)
    assert refused(desk.buy(1, 1, 100)) == Reason.WRONG_PHASE
    assert refused(desk.buy(1, 1, type=int(OrderType.STOP), trigger=100)) == Reason.WRONG_PHASE


def test_an_id_may_be_used_again_when_its_order_is_gone(desk: Desk) -> None:
    desk.buy(1, 5, 100)
    assert refused(desk.buy(1, 5, 100)) == Reason.DUPLICATE_ORDER
    desk.cancel(1)
    desk.buy(1, 5, 100)
    desk.buy(2, 5, type=int(OrderType.STOP), trigger=120)
    assert refused(desk.sell(2, 5, 101)) == Reason.DUPLICATE_ORDER
    assert refused(desk.buy(1, 5, type=int(OrderType.STOP), trigger=120)) == Reason.DUPLICATE_ORDER
