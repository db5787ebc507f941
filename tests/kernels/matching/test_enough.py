"""Fill-or-kill: all at once, or nothing. Sums are made by hand."""

import pytest
from tests.kernels.matching.desk import ASK, Desk, refused, story, trades

from lockstep.kernels.matching.codes import ReportKind
from lockstep.kernels.order_terms import Force, OrderFlag, OrderType, Prevention, Reason

FOK = int(Force.FOK)


def test_it_trades_in_full_or_is_refused_with_the_book_as_it_was(desk: Desk) -> None:
    desk.sell(1, 3, 100)
    desk.sell(2, 3, 101)
    before = desk.queue(ASK)
    assert refused(desk.buy(3, 7, 101, force=FOK)) == Reason.NOT_ENOUGH
    assert refused(desk.buy(3, 4, 100, force=FOK)) == Reason.NOT_ENOUGH
    assert desk.queue(ASK) == before
    assert trades(desk.buy(3, 6, 101, force=FOK)) == [(3, 1, 100, 3), (3, 2, 101, 3)]


def test_a_market_order_may_be_fill_or_kill(desk: Desk) -> None:
    desk.sell(1, 3, 100)
    assert refused(desk.buy(2, 4, force=FOK)) == Reason.NOT_ENOUGH
    assert trades(desk.buy(2, 3, force=FOK)) == [(2, 1, 100, 3)]


def test_hidden_lots_count(desk: Desk) -> None:
    desk.sell(1, 9, 100, display=2)
    assert trades(desk.buy(2, 9, 100, force=FOK)) == [(2, 1, 100, 2)] * 4 + [(2, 1, 100, 1)]


@pytest.mark.parametrize("mode", [Prevention.NEWEST, Prevention.BOTH, Prevention.DECREMENT])
def test_an_own_order_bars_what_stands_behind_it(desk: Desk, mode: Prevention) -> None:
    desk.sell(1, 9, 100, display=4)
    desk.sell(2, 1, 100, owner=1)
    desk.sell(3, 5, 101)
    # 4 are shown before the own order; the iceberg's other 5 come back behind it.
    assert refused(desk.buy(4, 5, 101, owner=1, prevention=mode, force=FOK)) == Reason.NOT_ENOUGH
    assert trades(desk.buy(4, 4, 101, owner=1, prevention=mode, force=FOK)) == [(4, 1, 100, 4)]


def test_an_own_order_that_will_be_canceled_is_stepped_over(desk: Desk) -> None:
    desk.sell(1, 2, 100)
    desk.sell(2, 9, 100, owner=1)
    desk.sell(3, 2, 101)
    send = {"owner": 1, "prevention": int(Prevention.OLDEST), "force": FOK}
    assert refused(desk.buy(4, 5, 101, **send)) == Reason.NOT_ENOUGH
    assert trades(desk.buy(4, 4, 101, **send)) == [(4, 1, 100, 2), (4, 3, 101, 2)]


def test_reduce_only_orders_do_not_count_but_trade(desk: Desk) -> None:
    desk.buy(1, 5, 90, owner=1)
    desk.sell(2, 5, 90)
    desk.sell(3, 5, 100, owner=1, flags=int(OrderFlag.REDUCE_ONLY))
    assert refused(desk.buy(4, 5, 100, force=FOK)) == Reason.NOT_ENOUGH
    desk.sell(5, 5, 100)
    assert trades(desk.buy(6, 5, 100, force=FOK)) == [(6, 3, 100, 5)]


def test_a_triggered_stop_that_does_not_find_enough_is_canceled(desk: Desk) -> None:
    desk.sell(1, 1, 100)
    desk.buy(2, 5, type=int(OrderType.STOP), trigger=100, force=FOK)
    reports = desk.buy(3, 1, 100)
    assert story(reports)[1:] == [
        (2, ReportKind.TRIGGERED, Reason.NONE, 5, 5), (2, ReportKind.CANCELED, Reason.NOT_ENOUGH, 5, 0),
    ]  # fmt: skip
