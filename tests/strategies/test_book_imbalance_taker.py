"""Taking the side that the book leans to, on books written by hand."""

import pytest
from tests.vector.ticks.histories import SECOND, SET, TRADE, ticks_of

from lockstep.kernels.book.tables import ASK, BID
from lockstep.strategies.book_imbalance_taker import BookImbalanceTaker
from lockstep.vector import backtest

# Nine lots bid and one offered, (9 - 1) / 10 = 0.8; and the other way round.
BIDS = ((1.0, SET, BID, 100, 9), (1.0, SET, ASK, 102, 1))
OFFERS = ((1.0, SET, BID, 100, 1), (1.0, SET, ASK, 102, 9))
LATER = tuple((0.5 * t, TRADE, -1, 101, 1) for t in range(4, 20))


def trades(events, **parameters):
    fills = backtest(ticks_of(*events), BookImbalanceTaker(**parameters), cash=1e4).fills
    times = [time_ns / SECOND for time_ns in fills["time"].to_physical()]
    return list(zip(times, fills["side"], fills["price"], fills["quantity"], strict=True))


def test_it_buys_where_bids_outweigh_offers_and_leaves_in_time() -> None:
    assert trades((*BIDS, *LATER), hold_ms=6500)[:2] == [(1.0, "buy", 102.0, 1.0), (7.5, "sell", 100.0, 1.0)]


def test_it_sells_where_offers_outweigh_bids() -> None:
    assert trades((*OFFERS, *LATER), hold_ms=6500)[:2] == [(1.0, "sell", 100.0, 1.0), (7.5, "buy", 102.0, 1.0)]
    assert trades((*OFFERS, *LATER), short=False) == []


def test_it_waits_below_its_bound() -> None:
    assert trades((*BIDS, *LATER), bound=0.8) == []
    assert len(trades((*BIDS, *LATER), bound=0.79)) > 0


def test_only_the_best_levels_are_weighed() -> None:
    deep = (*BIDS, (1.0, SET, ASK, 103, 1), (1.0, SET, ASK, 104, 100))
    assert trades((*deep, *LATER), levels=2, bound=0.6)[0] == (1.0, "buy", 102.0, 1.0)
    assert trades((*deep, *LATER), levels=3, bound=0.6)[0][1] == "sell"


def test_it_leaves_once_the_book_turns() -> None:
    turned = (*BIDS, (2.0, TRADE, -1, 101, 1), (3.25, SET, ASK, 102, 30), (4.0, TRADE, -1, 101, 1))
    found = trades(turned, hold_ms=60_000, short=False)
    assert found == [(1.0, "buy", 102.0, 1.0), (3.25, "sell", 100.0, 1.0)]
    # (30 - 9) / 39 = 0.54 against it is not beyond 0.6.
    assert len(trades(turned, hold_ms=60_000, turn=0.6)) == 1


def test_it_takes_no_deeper_than_the_best_price() -> None:
    events = (BIDS[0], (1.0, SET, ASK, 103, 3), BIDS[1], *LATER)
    found = trades(events, lots=4, levels=1, hold_ms=500)
    assert found[0] == (1.0, "buy", 102.0, 1.0)
    assert found[1] == pytest.approx((1.5, "sell", 100.0, 1.0))
