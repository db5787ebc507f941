"""A simulator with known settings is found again from the orders that it made."""

from typing import Any, NamedTuple

import pytest
from tests.vector.ticks.histories import BOOK, Once, ticks_of

from lockstep.data.ticks.execution import Impact, Latency, TickExecution
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import BacktestError
from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.order_terms import NO_TICK
from lockstep.kernels.ticks.desk import (
    best_ask,
    best_bid,
    cancel_all,
    lots_at,
    now,
    replace,
    submit_limit,
    submit_market,
    wake_at,
)
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.vector import backtest
from lockstep.vector.ticks.calibration import Calibration, calibrate, fit_queue
from lockstep.vector.ticks.calibration.queue import Candidate
from lockstep.vector.ticks.result import TickResult

CANDIDATES = (Candidate("risk_averse", 1.0), Candidate("power", 0.25), Candidate("power", 1.0), Candidate("power", 4.0))


class Turns(NamedTuple):
    done: int
    row: int


class Prober(OrderKernel):
    """Joins one side of the book for a while, then the other, moves there or makes room, and takes now and then."""

    on_feed = False

    @staticmethod
    def init(params: Any) -> Turns:
        return Turns(0, -1)

    @staticmethod
    def act(state: Turns, desk: Any, params: Any) -> Turns:
        wake_at(desk, now(desk) + 200_000_000)
        bid, ask, row, turn = best_bid(desk), best_ask(desk), state.row, state.done
        if bid == NO_TICK or ask == NO_TICK:
            return Turns(turn + 1, row)
        side = (turn // 2) % 2
        if turn % 2 == 0:
            cancel_all(desk, -1)
            row = submit_limit(desk, side, bid if side == BID else ask, 3)
        elif turn % 3 == 0 and row >= 0:
            replace(desk, row, bid if side == BID else ask, 2)  # where it stood, or where the market has gone
        if turn % 5 == 0:
            submit_market(desk, (turn // 20) % 2, 1 + (turn + lots_at(desk, ASK, ask)) % 7)
        return Turns(turn + 1, row)


LATE = Latency(submit=2_000_000, cancel=3_000_000, replace=4_000_000, report=1_500_000, jitter=300_000, seed=11)
TRUTH = TickExecution(LATE, queue="power", power=1.0, impact=Impact(1.5, half_life=3_000_000_000), keep_requests=True)


@pytest.fixture(scope="module")
def market() -> Ticks:
    return synthetic_flow(150_000, "L2", seed=8)


@pytest.fixture(scope="module")
def traded(market: Ticks) -> TickResult:
    return backtest(market, Prober(), cash=1e6, ticks=TRUTH)


@pytest.fixture(scope="module")
def fitted(market: Ticks, traded: TickResult) -> Calibration:
    return calibrate(market, *(traded.records[name] for name in ("orders", "fills", "requests")))


@pytest.mark.parametrize("name", ["submit", "cancel", "replace", "report"])
def test_the_latency_of_each_kind_of_message_is_found_again(fitted: Calibration, name: str) -> None:
    fit = getattr(fitted.latency, name)
    assert fit.constant.low <= getattr(LATE, name) <= fit.constant.high
    assert fit.constant.high - fit.constant.low < 30_000
    assert fit.jitter.low < 300_000 < fit.jitter.high
    assert f"latency of {name}: " in str(fitted)


def test_all_that_was_fitted_is_in_the_settings(fitted: Calibration) -> None:
    assert fitted.left_out == {}
    found = fitted.execution(TickExecution(maker_fee=0.025, latency=Latency(feed=7)))
    assert (found.maker_fee, found.latency.feed) == (0.025, 7)
    late, true = found.latency, LATE
    for one, other in ((late.submit, true.submit), (late.cancel, true.cancel), (late.report, true.report)):
        assert one == pytest.approx(other, abs=20_000)
    assert late.replace == pytest.approx(true.replace, abs=20_000)
    assert late.jitter == pytest.approx(true.jitter, rel=0.1)
    assert (found.queue, found.power) == ("power", 1.0)
    assert found.impact.coefficient == pytest.approx(1.5, rel=0.05)
    assert found.impact.half_life == 3_000_000_000


def test_the_model_that_made_the_fills_foretells_those_held_back(market: Ticks, traded: TickResult) -> None:
    """Orders that were replaced are among them: sent again as they were, each is filled as it was."""
    orders, requests = traded.records["orders"], traded.records["requests"]
    fit = fit_queue(market, orders, requests, candidates=CANDIDATES)
    assert fit.losses[Candidate("power", 1.0)] == min(fit.losses.values())
    assert fit.losses[Candidate("power", 1.0)] < fit.losses[Candidate("risk_averse", 1.0)]
    judged = fit.held_back
    assert judged.orders > 50
    assert judged.same_outcome.value > 0.97
    assert judged.same_outcome.low < judged.same_outcome.value
    assert judged.error.value < 0.05 * judged.without
    assert fit.as_good == (Candidate("power", 1.0),)


def test_models_that_the_orders_can_t_tell_apart_are_named(market: Ticks, traded: TickResult) -> None:
    """Without a power, or with another, the risk-averse model is the same."""
    twins = (Candidate("risk_averse", 1.0), Candidate("risk_averse", 2.0))
    assert fit_queue(market, traded.records["orders"], candidates=twins).as_good == twins


def test_without_requests_it_says_what_it_can_t_know(market: Ticks, traded: TickResult) -> None:
    orders, fills = traded.records["orders"], traded.records["fills"]
    fit = calibrate(market, orders, fills)
    assert (fit.latency.cancel, fit.latency.replace) == (None, None)
    assert fit.latency.report is not None
    assert set(fit.left_out) == {"latency of cancel", "latency of replace"}
    # One whose first fill is at another price than its last had been replaced in between.
    seen = fills[fills["maker"] != 0].copy()
    seen["tick"][0] += 1
    assert calibrate(market, orders, seen).left_out["replaced orders"].startswith(f"1 of {len(orders)}: give requests")


def test_without_enough_orders_it_says_so() -> None:
    ticks = ticks_of(*BOOK)
    result = backtest(ticks, Once(), cash=1000.0)
    fit = calibrate(ticks, result.records["orders"], result.records["fills"])
    assert (fit.queue, fit.slippage, fit.impact) == (None, None, None)
    assert fit.execution() == TickExecution()
    legs = {f"latency of {name}" for name in ("submit", "cancel", "replace", "report")}
    assert set(fit.left_out) == {*legs, "queue", "slippage", "impact"}
    with pytest.raises(BacktestError, match="an L3 history knows the queue"):
        fit_queue(synthetic_flow(2_000, seed=1), result.records["orders"])
