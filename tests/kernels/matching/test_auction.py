"""The uncross: maximum volume, then minimum imbalance, then the nearest to the reference. Tables are made by hand."""

import pytest
from tests.kernels.matching.desk import ASK, BID, Desk, new_desk, refused, story, trades

from lockstep.kernels.book.events import Phase
from lockstep.kernels.matching.codes import ReportKind
from lockstep.kernels.order_terms import NO_TICK, Force, OrderFlag, Prevention, Reason


def gather(desk: Desk, bids: dict[int, int], asks: dict[int, int]) -> None:
    """Orders of an auction: lots by price, ids 1, 2, ... for bids and 101, 102, ... for asks."""
    desk.phase(Phase.AUCTION)
    for k, (tick, lots) in enumerate(bids.items()):
        desk.buy(1 + k, lots, tick)
    for k, (tick, lots) in enumerate(asks.items()):
        desk.sell(101 + k, lots, tick)


def test_orders_gather_and_cross_without_trading(desk: Desk) -> None:
    gather(desk, {105: 5}, {95: 5})
    assert (desk.queue(BID), desk.queue(ASK)) == ([(1, 105, 5, 0)], [(101, 95, 5, 0)])


def test_maximum_volume(desk: Desk) -> None:
    # price    99  100  101  102  103
    # demand   70   70   60   30   10    bids: 10 at 103, 20 at 102, 30 at 101, 10 at 100
    # supply   20   40   50   90   90    asks: 20 at 99, 20 at 100, 10 at 101, 40 at 102
    # volume   20   40   50   30   10
    gather(desk, {103: 10, 102: 20, 101: 30, 100: 10}, {99: 20, 100: 20, 101: 10, 102: 40})
    assert desk.indicative() == (101, 50, 10)
    reports = desk.phase(Phase.CONTINUOUS)
    expected = [(1, 101, 10), (2, 101, 10), (2, 102, 10), (3, 102, 10), (3, 103, 10)]
    assert trades(reports) == [(bid, ask, 101, lots) for bid, ask, lots in expected]
    assert (reports[-1].kind, reports[-1].tick, reports[-1].lots) == (ReportKind.PHASE, 101, 50)
    assert desk.queue(BID) == [(3, 101, 10, 0), (4, 100, 10, 0)]
    assert desk.queue(ASK) == [(104, 102, 40, 0)]


def test_minimum_imbalance_among_prices_of_the_same_volume(desk: Desk) -> None:
    # price    100  101  102
    # demand    50   30   30    bids: 30 at 102, 20 at 100
    # supply    30   30   30    asks: 30 at 100
    # surplus   20    0    0
    gather(desk, {102: 30, 100: 20}, {100: 30})
    tick, lots, surplus = desk.indicative()
    assert (tick in (101, 102), lots, surplus) == (True, 30, 0)


@pytest.mark.parametrize(
    ("reference", "tick"), [(90, 96), (96, 96), (100, 100), (104, 104), (120, 104), (None, 100)], ids=str
)
def test_the_nearest_to_the_reference_among_equals(which: str, reference: int | None, tick: int) -> None:
    desk = new_desk(which, reference)
    gather(desk, {104: 5, 95: 1}, {96: 5, 105: 1})
    assert desk.indicative() == (tick, 5, 0)


def test_the_latest_trade_is_the_reference(which: str) -> None:
    desk = new_desk(which, 104)
    desk.sell(50, 1, 98)
    desk.buy(51, 1, 98)
    gather(desk, {104: 5}, {96: 5})
    assert desk.indicative() == (98, 5, 0)


@pytest.mark.parametrize(
    ("bids", "asks", "reference", "expected"),
    [
        # demand at 99: 5 + 3, supply 5; at 100: demand 5, supply 5 + 2: 2 left over is less than 3
        ({102: 5, 99: 3}, {98: 5, 100: 2}, 90, (100, 5, -2)),
        ({102: 5, 99: 2}, {98: 5, 100: 3}, 110, (99, 5, 2)),
        # 3 left over either way: the reference decides, over all such prices: 98 to 102
        ({102: 5, 99: 3}, {98: 5, 100: 3}, 90, (98, 5, 3)),
        ({102: 5, 99: 3}, {98: 5, 100: 3}, 110, (102, 5, -3)),
    ],
)
def test_neighbouring_prices_with_lots_left_over_on_either_side(
    which: str, bids: dict[int, int], asks: dict[int, int], reference: int, expected: tuple[int, int, int]
) -> None:
    desk = new_desk(which, reference)
    gather(desk, bids, asks)
    assert desk.indicative() == expected


def test_lots_left_over_at_the_price_pull_it_to_their_side(which: str) -> None:
    # Bids of 10 at 104 against asks of 4 at 96: from 96 to 104 volume 4, surplus 6. A bid at 100 adds to the
    # surplus at 100 and below, so prices from 101 up are left.
    desk = new_desk(which, 90)
    gather(desk, {104: 10, 100: 1}, {96: 4})
    assert desk.indicative() == (101, 4, 6)


def test_nothing_crosses(desk: Desk) -> None:
    gather(desk, {95: 5}, {96: 5})
    assert desk.indicative() == (NO_TICK, 0, 0)
    (report,) = desk.phase(Phase.CONTINUOUS)
    assert (report.tick, report.lots, report.remaining) == (NO_TICK, 0, Phase.CONTINUOUS)


def test_hidden_lots_take_part_portion_by_portion(desk: Desk) -> None:
    desk.phase(Phase.AUCTION)
    desk.buy(1, 5, 100, display=2)
    desk.buy(2, 2, 100)
    desk.sell(3, 6, 100)
    assert desk.indicative() == (100, 6, 1)
    reports = desk.phase(Phase.CONTINUOUS)
    assert [(bid, lots) for bid, _, _, lots in trades(reports)] == [(1, 2), (2, 2), (1, 2)]
    assert desk.queue(BID) == [(1, 100, 1, 0)]


def test_self_trade_prevention_does_not_hold_in_the_uncross(desk: Desk) -> None:
    desk.phase(Phase.AUCTION)
    desk.buy(1, 2, 100, owner=1, prevention=int(Prevention.BOTH))
    desk.sell(2, 2, 100, owner=1, prevention=int(Prevention.BOTH))
    assert trades(desk.phase(Phase.CONTINUOUS)) == [(1, 2, 100, 2)]


def test_orders_that_want_their_trade_at_once_are_refused_in_an_auction(desk: Desk) -> None:
    desk.phase(Phase.AUCTION)
    assert refused(desk.buy(1, 1)) == Reason.WRONG_PHASE
    assert refused(desk.buy(1, 1, 100, force=int(Force.IOC))) == Reason.WRONG_PHASE
    assert refused(desk.buy(1, 1, 100, force=int(Force.FOK))) == Reason.WRONG_PHASE


def test_a_closing_auction_uncrosses_and_a_halt_does_not(desk: Desk) -> None:
    gather(desk, {100: 1}, {100: 1})
    assert trades(desk.phase(Phase.HALT)) == []
    assert trades(desk.phase(Phase.AUCTION)) == []
    assert trades(desk.phase(Phase.CLOSED)) == [(1, 101, 100, 1)]


def test_a_reduce_only_order_that_drops_out_makes_room_for_another_price(desk: Desk) -> None:
    reduce_only = int(OrderFlag.REDUCE_ONLY)
    desk.sell(901, 2, 100, owner=1)
    desk.buy(902, 2, 100)  # owner 1 is short 2
    desk.phase(Phase.AUCTION)
    desk.buy(1, 2, 110, owner=1, flags=reduce_only)
    desk.buy(2, 2, 110, owner=1, flags=reduce_only)
    desk.buy(3, 1, 101)
    desk.sell(4, 4, 101)
    # 4 lots trade at 102 to 110 or at 101; the second bid closes nothing any more.
    reports = desk.phase(Phase.CONTINUOUS)
    assert sum(lots for *_, lots in trades(reports)) == 3
    assert (2, ReportKind.CANCELED, Reason.NOTHING_TO_REDUCE, 2, 0) in story(reports)
    assert (desk.position(1), desk.queue(BID), desk.queue(ASK)) == (0, [], [(4, 101, 1, 0)])
