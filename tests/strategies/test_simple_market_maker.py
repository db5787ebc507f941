"""The plain market maker: where it quotes by hand, and that it never has more than a limit at stake."""

from typing import Any

import numpy as np
import pytest
from tests.vector.ticks.histories import BOOK, SET, TRADE, ticks_of

from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.data.ticks.ticks import Ticks
from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.ticks.tables import OrderState
from lockstep.strategies.simple_market_maker import SimpleMarketMaker, State, lean_of
from lockstep.vector import backtest
from lockstep.vector.ticks.backtest import driven_over


def quotes(result):
    return [(o["side"], o["price"], o["quantity"]) for o in result.orders.sort("id").to_dicts()]


def test_it_quotes_behind_the_touch_and_leans_against_what_it_holds() -> None:
    events = (*BOOK, (1.5, TRADE, BID, 99, 4), (3.0, TRADE, -1, 101, 1))
    maker = SimpleMarketMaker(lots=4, away=1, lean=1.0, limit=6, interval_ms=1000)
    # Bid 100 - 1, offer 102 + 1. Four are bought at 1.5: one order, one tick lower, and no more than two to the limit.
    expected = [("buy", 99.0, 4.0), ("sell", 103.0, 4.0), ("buy", 98.0, 2.0), ("sell", 102.0, 4.0)]
    assert quotes(backtest(ticks_of(*events), maker, cash=1e4)) == expected


def test_a_quote_that_stands_right_is_left_alone() -> None:
    events = (*BOOK, *((float(t), TRADE, -1, 101, 1) for t in range(2, 30)))
    result = backtest(ticks_of(*events), SimpleMarketMaker(), cash=1e4)
    assert quotes(result) == [("buy", 100.0, 1.0), ("sell", 102.0, 1.0)]
    assert result.counters["acts"] > 250


def test_it_quotes_nothing_where_a_side_is_empty() -> None:
    events = (*BOOK, (2.0, SET, ASK, 102, 0), (4.0, TRADE, -1, 101, 1))
    result = backtest(ticks_of(*events), SimpleMarketMaker(interval_ms=500), cash=1e4)
    assert result.orders["state"].to_list() == ["canceled", "canceled"]


@pytest.mark.parametrize(("held", "lean"), [(0, 0), (4, 2), (-4, -2), (1, 0), (-1, 0), (3, 2), (-3, -2)])
def test_the_lean_is_the_same_both_ways(held: int, lean: int) -> None:
    assert lean_of(held, 1, 0.5) == lean


def noise(n: int, seed: int) -> Ticks:
    """Depth and trades about a middle that wanders."""
    rng = np.random.default_rng(seed)
    middle = 1000 + np.cumsum(rng.choice([-1, 1], n) * (rng.random(n) < 0.05))
    events = [(0.0, SET, BID, 995, 9), (0.0, SET, ASK, 1005, 9)]
    for k in range(n):
        side, away = int(rng.integers(2)), int(rng.geometric(0.4))
        tick = int(middle[k]) + (away if side == ASK else -away)
        if rng.random() < 0.3:
            events.append((0.01 * k, TRADE, side, tick, int(rng.integers(1, 9))))
        else:
            events.append((0.01 * k, SET, side, tick, int(rng.integers(0, 9))))
    return ticks_of(*events)


@pytest.mark.parametrize("late", [Latency(), Latency(submit=40_000_000, report=70_000_000, feed=20_000_000)])
def test_it_has_one_order_a_side_and_stays_within_its_limit(late: Latency) -> None:
    maker = SimpleMarketMaker(lots=3, limit=5, interval_ms=20)
    driven = driven_over(noise(4000, 3), maker, TickExecution(late, strict=False), 1e6)
    frame: Any = driven.frame
    while driven.step(1)[1]:
        run, own = frame.run[0], frame.own
        alive = own[np.isin(own["state"], (OrderState.SENT, OrderState.RESTING))]
        assert len(alive) <= 2
        assert len(set(alive["side"])) == len(alive)
        assert abs(run["exchange_position"]) <= 5
    assert int(driven.frame.run["fill_count"][0]) > 50
    assert isinstance(driven.bound.state.unpack(driven.frame.state), State)
