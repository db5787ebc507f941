"""Post-only orders and stops. Cascades are followed by hand."""

from tests.kernels.matching.desk import ASK, BID, Desk, refused, story, trades

from lockstep.kernels.book.events import Phase
from lockstep.kernels.matching.codes import ReportKind
from lockstep.kernels.order_terms import OrderFlag, OrderType, Reason

STOP = {"type": int(OrderType.STOP)}
STOP_LIMIT = {"type": int(OrderType.STOP_LIMIT)}
POST_ONLY = int(OrderFlag.POST_ONLY)


def test_post_only_is_refused_where_it_would_trade(desk: Desk) -> None:
    desk.sell(1, 1, 100)
    assert refused(desk.buy(2, 1, 100, flags=POST_ONLY)) == Reason.WOULD_TRADE
    desk.buy(2, 1, 99, flags=POST_ONLY)
    assert (desk.queue(BID), desk.queue(ASK)) == ([(2, 99, 1, 0)], [(1, 100, 1, 0)])


def test_a_stop_waits_out_of_sight_until_a_trade_reaches_its_trigger(desk: Desk) -> None:
    desk.sell(1, 1, 100)
    desk.sell(2, 1, 101)
    desk.sell(3, 5, 103)
    desk.buy(4, 2, trigger=101, **STOP)
    assert (desk.queue(BID), desk.waiting()) == ([], {4})
    desk.buy(5, 1, 100)
    assert desk.waiting() == {4}
    reports = desk.buy(6, 1, 101)
    assert trades(reports) == [(6, 2, 101, 1), (4, 3, 103, 2)]
    assert story(reports)[1:] == [(4, ReportKind.TRIGGERED, Reason.NONE, 2, 2)]
    assert desk.waiting() == set()


def test_a_quote_triggers_nothing(desk: Desk) -> None:
    desk.sell(1, 1, 110)
    desk.buy(2, 1, trigger=105, **STOP)
    desk.buy(3, 1, 109)
    assert desk.waiting() == {2}


def test_a_stop_whose_trigger_the_latest_trade_has_reached_is_triggered_at_once(desk: Desk) -> None:
    desk.sell(1, 1, 100)
    desk.buy(2, 1, 100)
    reports = desk.sell(3, 4, 98, trigger=100, **STOP_LIMIT)
    assert [kind for _, kind, *_ in story(reports)] == [ReportKind.ACCEPTED, ReportKind.TRIGGERED]
    assert desk.queue(ASK) == [(3, 98, 4, 0)]


def test_a_stop_before_the_first_trade_waits(desk: Desk) -> None:
    desk.sell(1, 4, trigger=100, **STOP)
    assert desk.waiting() == {1}


def test_stops_set_one_another_off(desk: Desk) -> None:
    for order_id, tick in ((1, 100), (2, 99), (3, 98), (4, 97)):
        desk.buy(order_id, 1, tick)
    desk.sell(11, 1, trigger=98, **STOP)
    desk.sell(12, 1, trigger=99, **STOP)
    desk.sell(13, 1, trigger=96, **STOP)
    # 99 trades; 12 is triggered and trades 98; that triggers 11, which trades 97. Nobody reaches 96.
    reports = desk.sell(5, 2, 99)
    assert trades(reports) == [(5, 1, 100, 1), (5, 2, 99, 1), (12, 3, 98, 1), (11, 4, 97, 1)]
    assert desk.waiting() == {13}


def test_every_price_that_an_order_trades_at_counts(desk: Desk) -> None:
    desk.sell(1, 1, 100)
    desk.buy(2, 1, 100)
    desk.sell(3, 1, 95)
    desk.sell(4, 1, 105)
    desk.sell(5, 1, trigger=96, **STOP)
    reports = desk.buy(6, 2, 105)  # trades at 95, then at 105
    assert (5, ReportKind.TRIGGERED, Reason.NONE, 1, 1) in story(reports)


def test_stops_go_one_by_one_buys_first_the_nearest_trigger_first_then_the_first_to_come(desk: Desk) -> None:
    desk.sell(1, 1, 95)
    desk.sell(2, 1, 105)
    desk.sell(3, 1, trigger=96, **STOP)
    desk.buy(4, 1, 50, trigger=104, **STOP_LIMIT)
    desk.buy(5, 1, 50, trigger=103, **STOP_LIMIT)
    desk.buy(6, 1, 50, trigger=104, **STOP_LIMIT)
    desk.sell(7, 1, trigger=97, **STOP)
    reports = desk.buy(8, 2, 105)
    triggered = [order_id for order_id, kind, *_ in story(reports) if kind == ReportKind.TRIGGERED]
    assert triggered == [5, 4, 6, 7, 3]


def test_a_post_only_stop_limit_that_would_trade_is_canceled(desk: Desk) -> None:
    desk.sell(1, 1, 100)
    desk.sell(2, 5, 101)
    desk.buy(3, 2, 101, trigger=100, flags=POST_ONLY, **STOP_LIMIT)
    reports = desk.buy(4, 1, 100)
    assert story(reports)[-1] == (3, ReportKind.CANCELED, Reason.WOULD_TRADE, 2, 0)


def test_a_stop_limit_iceberg_rests_with_its_display(desk: Desk) -> None:
    desk.sell(1, 1, 100)
    desk.buy(2, 9, 98, trigger=100, display=2, **STOP_LIMIT)
    desk.buy(3, 1, 100)
    assert desk.queue(BID) == [(2, 98, 2, 7)]


def test_stops_wait_through_an_auction_and_go_by_its_price(desk: Desk) -> None:
    desk.sell(1, 1, 90)
    desk.buy(2, 1, 90)
    desk.phase(Phase.AUCTION)
    desk.buy(3, 1, 50, trigger=99, **STOP_LIMIT)
    desk.sell(4, 1, 200, trigger=95, **STOP_LIMIT)  # the latest trade, 90, has reached it; the uncross has not
    desk.buy(5, 1, 100)
    desk.sell(6, 1, 100)
    assert desk.waiting() == {3, 4}
    reports = desk.phase(Phase.CONTINUOUS)
    assert trades(reports) == [(5, 6, 100, 1)]
    assert (desk.waiting(), desk.queue(BID)) == ({4}, [(3, 50, 1, 0)])
