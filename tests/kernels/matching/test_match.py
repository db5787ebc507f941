"""Price, then time. Expected trades are counted by hand."""

from tests.kernels.matching.desk import ASK, BID, Desk, story, trades

from lockstep.kernels.matching.codes import ReportKind
from lockstep.kernels.order_terms import NO_TICK, Force, Reason


def test_the_best_price_trades_first_and_at_one_price_the_first(desk: Desk) -> None:
    desk.sell(1, 5, 102)
    desk.sell(2, 5, 101)
    desk.sell(3, 5, 101)
    desk.sell(4, 5, 100)
    assert trades(desk.buy(5, 12, 101)) == [(5, 4, 100, 5), (5, 2, 101, 5), (5, 3, 101, 2)]
    assert desk.queue(ASK) == [(3, 101, 3, 0), (1, 102, 5, 0)]
    assert desk.queue(BID) == []


def test_each_side_of_a_trade_is_told_what_remains(desk: Desk) -> None:
    desk.sell(1, 5, 100, owner=1)
    accepted, taker, maker = desk.buy(2, 3, 105, owner=2)
    assert accepted.kind == ReportKind.ACCEPTED
    assert (taker.id, taker.other, taker.owner, taker.side, taker.maker) == (2, 1, 2, BID, 0)
    assert (maker.id, maker.other, maker.owner, maker.side, maker.maker) == (1, 2, 1, ASK, 1)
    assert (taker.tick, taker.lots, taker.remaining) == (100, 3, 0)
    assert (maker.tick, maker.lots, maker.remaining) == (100, 3, 2)


def test_what_is_left_of_a_limit_order_rests(desk: Desk) -> None:
    desk.buy(1, 4, 99)
    assert trades(desk.sell(2, 10, 98)) == [(2, 1, 99, 4)]
    assert desk.queue(ASK) == [(2, 98, 6, 0)]


def test_a_price_that_does_not_reach_the_other_side_rests_behind_its_own(desk: Desk) -> None:
    desk.sell(1, 1, 101)
    desk.buy(2, 1, 100)
    assert trades(desk.buy(3, 1, 100)) == []
    assert [order_id for order_id, *_ in desk.queue(BID)] == [2, 3]


def test_a_market_order_goes_through_the_book_and_never_rests(desk: Desk) -> None:
    desk.sell(1, 2, 100)
    desk.sell(2, 2, 900)  # far outside the window of prices
    reports = desk.buy(3, 5)
    assert trades(reports) == [(3, 1, 100, 2), (3, 2, 900, 2)]
    assert story(reports)[-1] == (3, ReportKind.CANCELED, Reason.NOT_FILLED, 1, 0)
    assert reports[-1].tick == NO_TICK
    assert desk.queue(BID) == desk.queue(ASK) == []


def test_immediate_or_cancel_takes_what_is_there_at_its_price(desk: Desk) -> None:
    desk.sell(1, 2, 100)
    desk.sell(2, 2, 101)
    reports = desk.buy(3, 5, 100, force=Force.IOC)
    assert trades(reports) == [(3, 1, 100, 2)]
    assert story(reports)[-1] == (3, ReportKind.CANCELED, Reason.NOT_FILLED, 3, 0)
    assert desk.queue(BID) == []


def test_positions_are_lots_bought_less_lots_sold_and_owner_0_has_none(desk: Desk) -> None:
    desk.sell(1, 5, 100, owner=1)
    desk.sell(2, 5, 100)
    desk.buy(3, 8, 100, owner=2)
    desk.sell(4, 2, 99, owner=2)
    desk.buy(5, 2, 100, owner=1)
    assert [desk.position(owner) for owner in (0, 1, 2)] == [0, -5 + 2, 8 - 2]


def test_negative_prices_trade_too(desk: Desk) -> None:
    desk.sell(1, 1, -3)
    desk.sell(2, 1, -5)
    assert trades(desk.buy(3, 2, -3)) == [(3, 2, -5, 1), (3, 1, -3, 1)]
