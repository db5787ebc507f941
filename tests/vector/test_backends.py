"""Which compiler runs a strategy, and why."""

import subprocess
import sys
from typing import Any, NamedTuple

import numpy as np
import pytest
from tests.strategies.cases import CASES, symbols_of
from tests.strategies.markets import along

from lockstep.errors import BacktestError, StrategyError
from lockstep.strategies.base import Strategy
from lockstep.strategies.cross_sectional_momentum import CrossSectionalMomentum
from lockstep.strategies.mean_reversion import MeanReversion
from lockstep.strategies.pairs import Pairs
from lockstep.vector.backends import choose_backend


class Side(NamedTuple):
    side: float


class Branches(Strategy):
    """Compiles, and can't be traced."""

    @staticmethod
    def init(params: Any) -> Any:
        return Side(0.0)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        if bar.close > 100.0:
            return Side(1.0), 1.0
        return Side(state.side), state.side


class CountsBranches(Branches):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        total = 0.0
        for i in range(int(bar.close)):
            total += i
        return state, total


class Shrinks(Branches):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, np.float64(bar.close)


def test_a_single_backtest_runs_on_numba() -> None:
    assert choose_backend(MeanReversion()) == ("numba", "a single backtest")
    assert choose_backend(MeanReversion(), "numba") == ("numba", "asked for")


@pytest.mark.parametrize("strategy", CASES, ids=repr)
def test_every_shipped_strategy_can_be_traced(strategy: Strategy) -> None:
    assert choose_backend(strategy, "jax", symbols_of(strategy)) == ("jax", "asked for")


def test_a_strategy_that_branches_runs_on_numba_and_it_is_said_where() -> None:
    backend, reason = choose_backend(Branches(), "jax")
    assert backend == "numba"
    assert reason.startswith("can't be traced by JAX: it branches on a value (line ")
    assert reason.endswith("of test_backends.py)")
    assert along(Branches(), 99, 101, 99) == [0, 1, 1]


def test_other_reasons_are_jax_s_own() -> None:
    backend, reason = choose_backend(CountsBranches(), "jax")
    assert backend == "numba"
    assert "Tracer" in reason or "Concretization" in reason


def test_strategies_over_many_symbols_need_not_be_told_how_many() -> None:
    assert choose_backend(Pairs(), "jax") == ("jax", "asked for")
    assert choose_backend(CrossSectionalMomentum(top=3, short=True), "jax") == ("jax", "asked for")
    with pytest.raises(StrategyError, match="needs at least 200 symbols, found 64"):
        choose_backend(CrossSectionalMomentum(top=200), "jax")


def test_an_unknown_backend_is_refused() -> None:
    with pytest.raises(BacktestError, match="backend must be one of auto, numba, jax, found 'torch'"):
        choose_backend(MeanReversion(), "torch")


def test_jax_is_not_loaded_unless_it_is_asked_for() -> None:
    code = (
        "import sys; from lockstep.vector.backends import choose_backend; "
        "from lockstep.strategies import MeanReversion; choose_backend(MeanReversion()); "
        "assert not {'jax', 'jaxlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
