"""What every shipped strategy owes: no look-ahead, one answer however it is run, one compile, a sound state."""

import pickle
from typing import Any

import numpy as np
import pytest
from tests.strategies.cases import CASES, symbols_of
from tests.strategies.markets import KINDS, market, part, plain_targets, same, targets

from lockstep.kernels.layout import Layout
from lockstep.kernels.signals import States, bind_cross_step, bind_step
from lockstep.strategies.base import Strategy
from lockstep.strategies.check import try_strategy
from lockstep.strategies.over_bars.signals import NumbaSignals, initial_state
from lockstep.strategies.registry import SHIPPED

ROWS = 600
every_case = pytest.mark.parametrize("strategy", CASES, ids=repr)


def test_every_shipped_strategy_is_tested() -> None:
    assert {strategy.name for strategy in CASES} == set(SHIPPED)


@every_case
def test_the_first_bars_give_the_first_targets(strategy: Strategy) -> None:
    block = market("ticks", symbols_of(strategy), ROWS)
    full = targets(strategy, block)
    cuts = np.random.default_rng(1).choice(np.arange(2, ROWS), 48, replace=False)
    for cut in (1, ROWS - 1, *cuts.tolist()):
        assert same(targets(strategy, part(block, 0, cut)), full[:, :cut]), f"looks ahead of row {cut}"


@every_case
def test_one_row_at_a_time_is_the_same_as_a_block(strategy: Strategy) -> None:
    block = market("ticks", symbols_of(strategy), ROWS, seed=2)
    assert same(targets(strategy, block, *range(1, ROWS)), targets(strategy, block))


@every_case
@pytest.mark.parametrize("kind", KINDS)
def test_compiled_equals_plain_python(strategy: Strategy, kind: str) -> None:
    block = market(kind, symbols_of(strategy), 300, seed=3)
    assert same(targets(strategy, block), plain_targets(strategy, block))


@every_case
def test_a_state_stored_half_way_goes_on_as_if_nothing_happened(strategy: Strategy) -> None:
    block = market("walk", symbols_of(strategy), ROWS, seed=4)
    signals = NumbaSignals(strategy, symbols_of(strategy))
    before = targets(strategy, part(block, 0, 333), signals=signals)
    stored = pickle.dumps(signals._states)
    resumed = NumbaSignals(strategy, symbols_of(strategy))
    resumed._states = pickle.loads(stored)
    after = targets(strategy, part(block, 333, ROWS), signals=resumed)
    assert same(np.concatenate([before, after], axis=1), targets(strategy, block))


@every_case
def test_nothing_is_held_during_the_warm_up(strategy: Strategy) -> None:
    found = targets(strategy, market("walk", symbols_of(strategy), ROWS, seed=5, missing=0.0))
    warm_up = strategy.warm_up(strategy.params)
    assert not np.nan_to_num(found[:, :warm_up]).any()
    assert np.nan_to_num(found[:, warm_up:]).any(), "the comparisons of this file would compare nothing"


@every_case
def test_prices_that_never_move_ask_for_no_change(strategy: Strategy) -> None:
    found = targets(strategy, market("still", symbols_of(strategy), ROWS, missing=0.0))
    told = [row[~np.isnan(row)] for row in found]
    assert all((np.diff(row) == 0.0).all() for row in told)


@every_case
def test_weights_stay_within_the_capital(strategy: Strategy) -> None:
    found = np.nan_to_num(targets(strategy, market("walk", symbols_of(strategy), ROWS, seed=6)))
    assert np.abs(found).sum(axis=0).max() <= 1.0 + 1e-12


@every_case
def test_the_registration_check_finds_it_sound(strategy: Strategy) -> None:
    try_strategy(strategy, symbols_of(strategy))


def bound(strategy: Strategy, symbols: int) -> Any:
    bind = bind_cross_step if strategy.cross_sectional else bind_step
    layout = Layout(initial_state(strategy, symbols))
    return bind(strategy.compiled_step, layout, Layout(strategy.params)), layout


def run_bound(run: Any, layout: Layout, strategy: Strategy, symbols: int) -> Any:
    block = market("walk", symbols, 40)
    states = States(layout.pack(initial_state(strategy, symbols)), 1 if strategy.cross_sectional else symbols)
    params = Layout(strategy.params).pack(strategy.params)
    found = np.empty((symbols, 40))
    run(
        states.floats, states.integers, states.arena, states.offsets, states.seen, params.floats, params.integers,
        block.close_time_ns, block.session, block.present, block.ohlcv, np.empty((symbols, 40, 0)), 1.0, found,
    )  # fmt: skip
    return found


LOOKBACKS: dict[str, tuple[dict[str, int], dict[str, int]]] = {
    "mean_reversion": ({"lookback": 10}, {"lookback": 25}),
    "sma_cross": ({"fast": 3, "slow": 9}, {"fast": 5, "slow": 20}),
    "ema_cross": ({"fast": 3, "slow": 9}, {"fast": 5, "slow": 20}),
    "rsi": ({"period": 5}, {"period": 14}),
    "bollinger": ({"lookback": 5}, {"lookback": 20}),
    "donchian": ({"entry": 5, "exit": 2}, {"entry": 20, "exit": 10}),
    "macd_trend": ({"fast": 3, "slow": 6, "signal": 2}, {"fast": 5, "slow": 9, "signal": 4}),
    "momentum": ({"lookback": 5, "skip": 0}, {"lookback": 20, "skip": 3}),
    "cross_sectional_momentum": ({"lookback": 5, "skip": 0}, {"lookback": 20, "skip": 3}),
    "pairs": ({"lookback": 5}, {"lookback": 20}),
    "buy_and_hold": ({}, {}),
}


@pytest.mark.parametrize("name", SHIPPED)
def test_any_number_of_symbols_and_any_lookback_run_the_same_machine_code(name: str) -> None:
    kind = next(type(strategy) for strategy in CASES if strategy.name == name)
    short, long = (kind(**values) for values in LOOKBACKS[name])
    run, layout = bound(short, 2)
    for symbols in (2,) if name == "pairs" else (3, 4, 50):
        for strategy in (short, long):
            assert Layout(initial_state(strategy, symbols)) == layout
            run_bound(run, layout, strategy, symbols)
    assert len(run.signatures) == 1
