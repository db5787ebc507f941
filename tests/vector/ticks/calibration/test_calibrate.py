"""A simulator with known settings is found again from the orders that it made."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from tests.vector.ticks.histories import BOOK, Once, ticks_of

from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import BacktestError
from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.order_terms import NO_TICK
from lockstep.kernels.ticks.desk import (
    best_ask,
    best_bid,
    cancel_all,
    now,
    submit_limit,
    submit_market,
    wake_at,
)
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.vector import backtest
from lockstep.vector.ticks.calibration import calibrate, fit_queue, fit_slippage
from lockstep.vector.ticks.calibration.queue import Candidate
from lockstep.vector.ticks.result import TickResult

CANDIDATES = (Candidate("risk_averse", 1.0), Candidate("power", 0.25), Candidate("power", 1.0), Candidate("power", 4.0))


class Turns(NamedTuple):
    done: int


class Prober(OrderKernel):
    """Joins one side of the book for a while, then the other, and takes a little now and then."""

    on_feed = False

    @staticmethod
    def init(params: Any) -> Turns:
        return Turns(0)

    @staticmethod
    def act(state: Turns, desk: Any, params: Any) -> Turns:
        wake_at(desk, now(desk) + 400_000_000)
        bid, ask = best_bid(desk), best_ask(desk)
        cancel_all(desk, -1)
        if bid != NO_TICK and ask != NO_TICK:
            if state.done % 2 == 0:
                submit_limit(desk, BID, bid, 2)
            else:
                submit_limit(desk, ASK, ask, 2)
            if state.done % 5 == 0:
                submit_market(desk, (state.done // 5) % 2, 1 + (state.done // 5) % 7)
        return Turns(state.done + 1)


TRUTH = TickExecution(Latency(submit=2_000_000, jitter=300_000, seed=11), queue="power", power=1.0)


@pytest.fixture(scope="module")
def market() -> Ticks:
    return synthetic_flow(150_000, "L2", seed=8)


@pytest.fixture(scope="module")
def traded(market: Ticks) -> TickResult:
    return backtest(market, Prober(), cash=1e6, ticks=TRUTH)


def test_latency_and_queue_are_found_again(market: Ticks, traded: TickResult) -> None:
    fit = calibrate(market, traded.records["orders"], traded.records["fills"])
    assert fit.latency is not None
    assert fit.latency.constant.value == pytest.approx(2_000_000, rel=0.01)
    assert fit.latency.jitter.low < 300_000 < fit.latency.jitter.high
    settings = fit.execution()
    assert settings.latency.submit == round(fit.latency.constant.value)
    assert "latency" in str(fit)


def test_the_model_that_made_the_fills_foretells_those_held_back(market: Ticks, traded: TickResult) -> None:
    fit = fit_queue(market, traded.records["orders"], candidates=CANDIDATES)
    assert fit.losses[Candidate("power", 1.0)] == min(fit.losses.values())
    assert fit.losses[Candidate("power", 1.0)] < fit.losses[Candidate("risk_averse", 1.0)]
    judged = fit.held_back
    assert judged.orders > 50
    assert judged.same_outcome.value > 0.97
    assert judged.error.value < 0.2 * judged.without


def test_larger_orders_cost_more(market: Ticks, traded: TickResult) -> None:
    fit = fit_slippage(market, traded.records["orders"], traded.records["fills"])
    assert fit.constant.low <= fit.constant.value <= fit.constant.high
    assert np.isfinite(fit.coefficient.value)


def test_without_enough_orders_it_says_so() -> None:
    ticks = ticks_of(*BOOK)
    result = backtest(ticks, Once(), cash=1000.0)
    fit = calibrate(ticks, result.records["orders"], result.records["fills"])
    assert (fit.latency, fit.queue, fit.slippage) == (None, None, None)
    assert set(fit.left_out) == {"latency", "queue", "slippage"}
    with pytest.raises(BacktestError, match="an L3 history knows the queue"):
        fit_queue(synthetic_flow(2_000, seed=1), result.records["orders"])
