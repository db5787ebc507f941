"""Impact is found again from the fills of a simulator that has one."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from tests.vector.ticks.histories import SECOND

from lockstep.data.ticks.execution import Impact, Latency, TickExecution
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import BacktestError
from lockstep.kernels.book.tables import BID
from lockstep.kernels.order_terms import NO_TICK
from lockstep.kernels.ticks.desk import best_ask, best_bid, lots_at, now, submit_market, wake_at
from lockstep.kernels.ticks.tables import TICK_FILL, TICK_ORDER
from lockstep.strategies import OrderKernel
from lockstep.vector import backtest
from lockstep.vector.ticks.calibration import fit_impact
from lockstep.vector.ticks.calibration.impact import HALF_LIVES, chosen, pressure


class Acts(NamedTuple):
    done: int


class Bursts(OrderKernel):
    """Takes at the market, nine times on one side, then nine on the other, sizes as the book's best happens to be."""

    on_feed = False

    @staticmethod
    def init(params: Any) -> Acts:
        return Acts(0)

    @staticmethod
    def act(state: Acts, desk: Any, params: Any) -> Acts:
        wake_at(desk, now(desk) + 300_000_000 + 70_000_000 * (state.done % 7))
        if best_bid(desk) != NO_TICK and best_ask(desk) != NO_TICK:
            submit_market(desk, (state.done // 9) % 2, 1 + (state.done + lots_at(desk, BID, best_bid(desk))) % 8)
        return Acts(state.done + 1)


def test_pressure_by_hand() -> None:
    orders, fills = np.zeros(4, TICK_ORDER), np.zeros(6, TICK_FILL)
    orders["id"], orders["side"] = [1, 2, 3, 4], [0, 0, 1, 0]
    fills["order"], fills["maker"] = [1, 1, 9, 2, 3, 4], [0, 0, 1, 0, 0, 0]
    fills["side"], fills["lots"] = [0, 0, 0, 0, 1, 0], [3, 1, 50, 2, 1, 7]
    fills["time_ns"] = np.array([0, 0, 5, 10, 20, 30]) * SECOND
    # Four were bought, of which two are felt ten seconds later; with two more it is two again at second 20, when a sale
    # turns around; less one it is half of one at second 30. Fills as maker push nobody away.
    assert pressure(orders, fills, 10 * SECOND).tolist() == [0.0, 2.0, 0.0, 0.5]
    assert pressure(orders, fills, 0).tolist() == [0.0, 4.0, 0.0, 5.0]


@pytest.mark.parametrize(("coefficient", "seconds", "seed"), [(0.7, 1, 101), (1.5, 3, 102), (3.0, 10, 103)])
def test_a_simulators_impact_is_found_again(coefficient: float, seconds: int, seed: int) -> None:
    market = synthetic_flow(30_000, "L2", seed=seed)
    late, impact = Latency(submit=2_000_000, jitter=300_000), Impact(coefficient, half_life=seconds * SECOND)
    made = backtest(market, Bursts(), cash=1e6, ticks=TickExecution(late, impact=impact)).records
    fit = fit_impact(market, made["orders"], made["fills"])
    assert fit.coefficient.low <= coefficient <= fit.coefficient.high
    assert fit.coefficient.high - fit.coefficient.low < 0.2 * coefficient
    assert fit.half_life.value == seconds * SECOND
    assert fit.impact().half_life == seconds * SECOND


def test_a_market_without_impact_has_none() -> None:
    market = synthetic_flow(30_000, "L2", seed=104)
    made = backtest(market, Bursts(), cash=1e6).records
    assert fit_impact(market, made["orders"], made["fills"]).impact().coefficient == 0.0


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """What orders paid strays by more than a tick, to one side, and is no whole number."""
    rng = np.random.default_rng(5)
    held = []
    for _ in range(25):
        orders, fills = np.zeros(30, TICK_ORDER), np.zeros(30, TICK_FILL)
        orders["id"] = fills["order"] = np.arange(30)
        orders["side"] = fills["side"] = rng.random(30) < 0.3
        fills["lots"] = rng.integers(1, 9, 30)
        fills["time_ns"] = np.cumsum(rng.exponential(0.5, 30)) * SECOND
        roots = np.sqrt([pressure(orders, fills, half_life) for half_life in HALF_LIVES])
        paid = 2.0 * roots[HALF_LIVES.index(3 * SECOND)] + rng.exponential(1.0, 30) - 1.0
        coefficient, half_life = chosen(roots, paid)
        held.append((coefficient.low <= 2.0 <= coefficient.high, half_life.low <= 3 * SECOND <= half_life.high))
    assert np.sum(held, axis=0).min() >= 21  # of 25: fewer happen once in 300 times where 95 % are held


def test_orders_with_a_limit_say_nothing() -> None:
    with pytest.raises(BacktestError, match="needs at least 20 market orders that were filled, found 0"):
        fit_impact(synthetic_flow(2_000, "L2", seed=1), np.zeros(30, TICK_ORDER), np.zeros(0, TICK_FILL))
