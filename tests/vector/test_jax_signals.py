"""JAX gives numba's targets and states, to the bit, on the CPU."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from tests.strategies.cases import CASES, symbols_of
from tests.strategies.markets import KINDS, block_of, market, same, targets

from lockstep.kernels.ops import absolute, is_nan, logical_not, maximum, minimum, square_root, where
from lockstep.kernels.sizing import Instruction
from lockstep.kernels.window import (
    Window,
    push,
    rolling_max,
    rolling_min,
    window,
    window_deviation,
    window_max,
    window_min,
)
from lockstep.strategies.base import Strategy
from lockstep.strategies.over_bars.signals import NumbaSignals
from lockstep.strategies.parameters import param
from lockstep.vector.jax_signals import JaxSignals
from lockstep.vector.jax_start import start_jax

ROWS = 1 << 13


@pytest.fixture(autouse=True)
def _exact() -> None:
    started = start_jax()
    if not started.exact:
        pytest.skip(f"JAX can't be exact here: {started.reason}")


def leaves(value: Any) -> list[Any]:
    return [leaf for part in value for leaf in leaves(part)] if isinstance(value, tuple) else [np.asarray(value)]


def same_states(a: Any, b: Any) -> bool:
    pairs = zip(leaves(a), leaves(b), strict=True)
    return all(np.array_equal(x, y, equal_nan=x.dtype.kind == "f") for x, y in pairs)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("strategy", CASES, ids=repr)
def test_numba_and_jax_agree_on_every_shipped_strategy(strategy: Strategy, kind: str) -> None:
    symbols = symbols_of(strategy)
    block = market(kind, symbols, ROWS, seed=11)
    numba, jax = NumbaSignals(strategy, symbols), JaxSignals(strategy, symbols)
    assert jax.kind == numba.kind
    assert same(targets(strategy, block, signals=numba), targets(strategy, block, signals=jax))
    last = 1 if strategy.cross_sectional else symbols
    assert all(same_states(numba.state(s), jax.state(s)) for s in range(last))


@pytest.mark.parametrize("strategy", [CASES[0], next(c for c in CASES if c.cross_sectional)], ids=repr)
def test_blocks_of_any_length_give_the_same(strategy: Strategy) -> None:
    block = market("ticks", 3, 300, seed=12)
    whole = targets(strategy, block, signals=JaxSignals(strategy, 3))
    cut = targets(strategy, block, 1, 2, 3, 10, 138, 266, signals=JaxSignals(strategy, 3))
    assert same(whole, cut)
    assert same(whole, targets(strategy, block))


class Everything(NamedTuple):
    closes: Window
    highest: float
    lowest: float
    on: bool
    times: int


class UsesEveryOperation(Strategy):
    """Touches every operation on numbers, the columns, the session, and each kind of state."""

    target = "units"
    columns = ("first", "second")
    lookback: int = param(7, low=1)
    upward: bool = param(True)

    @staticmethod
    def init(params: Any) -> Everything:
        return Everything(window(params.lookback), np.nan, np.nan, False, 0)

    @staticmethod
    def step(state: Everything, bar: Any, params: Any) -> Any:
        closes, evicted = push(state.closes, bar.close)
        highest = rolling_max(closes, evicted, bar.close, state.highest)
        lowest = rolling_min(closes, evicted, bar.close, state.lowest)
        spread = window_max(closes) - window_min(closes)
        spread = spread + window_deviation(closes, bar.close) * 0.1
        root = square_root(maximum(spread, 0.01)) + square_root(-1.0 - spread)
        on = logical_not(state.on) & (bar.session % 2 == 0) | is_nan(root)
        times = state.times + where(on, 1, 0)
        level = minimum(absolute(bar.extra[0]), 2.0) * where(params.upward, 1.0, -1.0) + bar.extra[1] * times
        level = level + (bar.volume - 1000.0) + (bar.high - bar.low) * (highest - lowest) + bar.number * 1e-3
        level = level + (bar.time_ns % 7) * 0.01 + bar.open / bar.close
        return Everything(closes, highest, lowest, on, times), level + where(is_nan(spread), 0.0, spread)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("upward", [True, False])
def test_every_operation_column_and_kind_of_state_agrees(kind: str, upward: bool) -> None:
    strategy = UsesEveryOperation(upward=upward)
    block = market(kind, 3, 2000, seed=13)
    jax = JaxSignals(strategy, 3)
    assert jax.kind == Instruction.TARGET_UNITS
    numba = NumbaSignals(strategy, 3)
    assert same(targets(strategy, block, signals=numba), targets(strategy, block, signals=jax))
    assert all(same_states(numba.state(s), jax.state(s)) for s in range(3))


@pytest.mark.parametrize("strategy", CASES, ids=repr)
def test_a_halt_of_many_thousand_bars_is_no_difference(strategy: Strategy) -> None:
    """Averages of movements fall for ever while nothing moves; JAX takes what is below 2.2e-308 for zero."""
    symbols = symbols_of(strategy)
    moving = market("ticks", symbols, 400, seed=14, missing=0.0).ohlcv[:, 3]
    close = np.concatenate([moving, np.repeat(moving[:, -1:], 15_000, axis=1), moving], axis=1)
    block = block_of(close)
    assert same(targets(strategy, block), targets(strategy, block, signals=JaxSignals(strategy, symbols)))


def test_the_user_s_precision_is_left_alone() -> None:
    import jax.numpy as jnp

    before = jnp.asarray(1.0).dtype
    targets(CASES[0], market("walk", 3, 50), signals=JaxSignals(CASES[0], 3))
    assert jnp.asarray(1.0).dtype == before == jnp.float32


def test_it_says_that_it_is_exact() -> None:
    signals = JaxSignals(CASES[0], 3)
    assert signals.exact
    assert signals.exactness == "products and sums are rounded one by one"
