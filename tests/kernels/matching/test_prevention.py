"""An order meets one of its owner's own: every mode, worked out by hand."""

import pytest
from tests.kernels.matching.desk import ASK, BID, Desk, story, trades

from lockstep.kernels.matching.codes import ReportKind
from lockstep.kernels.order_terms import Prevention, Reason

CANCELED, REDUCED, SELF = ReportKind.CANCELED, ReportKind.REDUCED, Reason.SELF_TRADE


@pytest.fixture
def asks(desk: Desk) -> Desk:
    """3 lots of another owner, 4 of owner 1, 5 of another, all at 100."""
    desk.sell(1, 3, 100, owner=2)
    desk.sell(2, 4, 100, owner=1)
    desk.sell(3, 5, 100, owner=2)
    return desk


def test_cancel_newest_keeps_what_rests(asks: Desk) -> None:
    reports = asks.buy(4, 10, 100, owner=1, prevention=int(Prevention.NEWEST))
    assert trades(reports) == [(4, 1, 100, 3)]
    assert story(reports)[1:] == [(4, CANCELED, SELF, 7, 0)]
    assert (reports[-1].other, asks.queue(ASK), asks.queue(BID)) == (2, [(2, 100, 4, 0), (3, 100, 5, 0)], [])


def test_cancel_oldest_goes_on_behind_it(asks: Desk) -> None:
    reports = asks.buy(4, 10, 100, owner=1, prevention=int(Prevention.OLDEST))
    assert trades(reports) == [(4, 1, 100, 3), (4, 3, 100, 5)]
    assert story(reports)[1:] == [(2, CANCELED, SELF, 4, 0)]
    assert (asks.queue(ASK), asks.queue(BID)) == ([], [(4, 100, 2, 0)])


def test_cancel_both(asks: Desk) -> None:
    reports = asks.buy(4, 10, 100, owner=1, prevention=int(Prevention.BOTH))
    assert trades(reports) == [(4, 1, 100, 3)]
    assert story(reports)[1:] == [(2, CANCELED, SELF, 4, 0), (4, CANCELED, SELF, 7, 0)]
    assert (asks.queue(ASK), asks.queue(BID)) == ([(3, 100, 5, 0)], [])


def test_decrement_where_the_resting_one_is_smaller(asks: Desk) -> None:
    reports = asks.buy(4, 10, 100, owner=1, prevention=int(Prevention.DECREMENT))
    # 10 - 3 traded - 4 lost with the own order - 3 of the next 5.
    assert trades(reports) == [(4, 1, 100, 3), (4, 3, 100, 3)]
    assert story(reports)[1:] == [(2, CANCELED, SELF, 4, 0), (4, REDUCED, SELF, 4, 3)]
    assert asks.queue(ASK) == [(3, 100, 2, 0)]


def test_decrement_where_the_resting_one_is_larger_or_as_large(asks: Desk) -> None:
    reports = asks.buy(4, 5, 100, owner=1, prevention=int(Prevention.DECREMENT))
    assert story(reports)[1:] == [(2, REDUCED, SELF, 2, 2), (4, CANCELED, SELF, 2, 0)]
    assert asks.queue(ASK) == [(2, 100, 2, 0), (3, 100, 5, 0)]
    reports = asks.buy(5, 2, 100, owner=1, prevention=int(Prevention.DECREMENT))
    assert story(reports)[1:] == [(2, CANCELED, SELF, 2, 0), (5, CANCELED, SELF, 2, 0)]


def test_decrement_takes_an_icebergs_hidden_lots_first(desk: Desk) -> None:
    desk.sell(1, 9, 100, owner=1, display=4)
    desk.buy(2, 7, 100, owner=1, prevention=int(Prevention.DECREMENT))
    assert desk.queue(ASK) == [(1, 100, 2, 0)]


@pytest.mark.parametrize("owner", [0, 1])
def test_without_a_mode_and_without_an_owner_they_trade(desk: Desk, owner: int) -> None:
    desk.sell(1, 2, 100, owner=owner)
    mode = Prevention.NONE if owner else Prevention.BOTH
    assert trades(desk.buy(2, 2, 100, owner=owner, prevention=int(mode))) == [(2, 1, 100, 2)]
    assert desk.position(owner) == 0


def test_the_resting_orders_mode_does_not_matter(desk: Desk) -> None:
    desk.sell(1, 2, 100, owner=1, prevention=int(Prevention.BOTH))
    assert trades(desk.buy(2, 2, 100, owner=1)) == [(2, 1, 100, 2)]
