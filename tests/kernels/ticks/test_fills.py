"""Conservation: lots, cash, fees and positions add up, whatever the run."""

import math

import numpy as np
import pytest
from tests.kernels.ticks.test_advance import FEEDS, case
from tests.kernels.ticks.ticks_run import P, agree, buy, drive, event, frame_of, sell
from tests.twins.tick_run import Settings

from lockstep.kernels.book.events import EventKind
from lockstep.kernels.order_terms import OrderType

SET, NONE = EventKind.SET, EventKind.NONE


def ran(feed, seed):
    events, script, settings = case(feed, seed)
    frame = frame_of(events, script, settings, cash=1_000.0)
    drive(frame, events)
    frame.finish()
    return frame, settings


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("seed", range(10))
def test_cash_and_position_are_the_sums_of_all_fills(feed, seed):
    frame, s = ran(feed, seed)
    fills = frame.written("fills")
    signed = np.where(fills["side"] == 0, fills["lots"], -fills["lots"])
    paid = signed * s.lot_size * fills["tick"] * s.tick_size + fills["fee"]
    assert int(frame.run["exchange_position"][0]) == signed.sum()
    assert frame.account["cash"][0] == pytest.approx(1_000.0 - math.fsum(paid), rel=1e-12)
    assert frame.account["fees"][0] == pytest.approx(math.fsum(fills["fee"]), rel=1e-12)
    assert np.array_equal(fills["position"], np.cumsum(signed))


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("seed", range(10))
def test_the_ledger_balances(feed, seed):
    # Initial cash + realised - fees = cash + held * average cost (kernels/ledger.py).
    frame, s = ran(feed, seed)
    account, holding = frame.account[0], frame.holding[0]
    held = int(frame.run["exchange_position"][0]) * s.lot_size
    assert holding["quantity"] == pytest.approx(held, abs=1e-12)
    left = 1_000.0 + account["realised"] - account["fees"]
    assert left == pytest.approx(account["cash"] + holding["quantity"] * holding["average_cost"], rel=1e-11)


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("seed", range(10))
def test_an_order_filled_what_its_fills_say_and_no_more_than_was_asked(feed, seed):
    frame, _ = ran(feed, seed)
    fills = frame.written("fills")
    for order in frame.written("orders"):
        of_it = fills[fills["order"] == order["id"]]
        assert of_it["lots"].sum() == order["filled"] <= max(order["lots"], 0)
        limit = order["tick"]
        if order["type"] == OrderType.LIMIT and len(of_it) and order["why"] == 0 and order["state"] == 3:
            beyond = of_it["tick"][-1] - limit if order["side"] == 0 else limit - of_it["tick"][-1]
            assert beyond <= 0  # the last fill is at its last limit or better


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("seed", range(10))
def test_fees_are_their_shares_of_what_was_traded(feed, seed):
    frame, s = ran(feed, seed)
    fills = frame.written("fills")
    value = fills["lots"] * s.lot_size * fills["tick"] * s.tick_size
    rate = np.where(fills["maker"] == 1, s.maker_fee, s.taker_fee)
    np.testing.assert_allclose(fills["fee"], rate * value + s.lot_fee * fills["lots"], rtol=1e-13)


def test_a_position_in_fractions_comes_back_to_nothing_at_all():
    # 0.1 + 0.2 - 0.3 is not 0 in floats; three lots less three lots is.
    events = [event(0, SET, 0, P, 50), event(0, SET, 1, P + 1, 50), event(99, NONE)]
    script = [buy(10, 1, P + 1), buy(20, 2, P + 1), sell(30, 3, P)]
    frame, _ = agree(events, script, Settings(lot_size=0.1))
    assert frame.holding["quantity"][0] == 0.0
    trades = frame.written("trades")
    assert len(trades) == 1
    assert trades["quantity"][0] == pytest.approx(0.3)
    assert trades["pnl"][0] == pytest.approx(-0.3)
